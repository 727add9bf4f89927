/** Cases of ops: window. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
