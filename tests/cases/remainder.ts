/** Cases of ops: remainder. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
