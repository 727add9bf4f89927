/** Cases of ops: histogram. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
