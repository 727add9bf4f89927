/** Cases of ops: sort. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
