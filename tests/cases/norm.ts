/** Cases of ops: norm. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
