/** Cases of ops: inverse. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
