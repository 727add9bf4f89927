/** Cases of ops: solve. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
