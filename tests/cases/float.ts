/** Cases of ops: float. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
