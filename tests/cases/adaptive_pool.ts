/** Cases of ops: adaptive_pool. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
