/** Cases of ops: likelihood. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
