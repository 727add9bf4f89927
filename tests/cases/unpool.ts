/** Cases of ops: unpool. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
