/** Cases of ops: grid. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
