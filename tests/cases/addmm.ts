/** Cases of ops: addmm. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
