/** Cases of ops: unique. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
