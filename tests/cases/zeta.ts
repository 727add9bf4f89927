/** Cases of ops: zeta. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
