/** Cases of ops: eigen. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
