/** Cases of ops: distance. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
