/** Cases of ops: complex. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
