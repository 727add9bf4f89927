/** Cases of ops: attention. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
