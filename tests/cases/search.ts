/** Cases of ops: search. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
