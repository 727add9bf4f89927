/** Cases of ops: pool. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
