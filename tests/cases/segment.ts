/** Cases of ops: segment. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
