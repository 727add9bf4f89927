/** Cases of ops: statistics. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
