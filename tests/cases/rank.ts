/** Cases of ops: rank. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
