/** Cases of ops: resize. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
