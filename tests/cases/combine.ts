/** Cases of ops: combine. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
