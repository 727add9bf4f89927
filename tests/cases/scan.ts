/** Cases of ops: scan. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
