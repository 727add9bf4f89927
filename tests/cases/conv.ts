/** Cases of ops: conv. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
