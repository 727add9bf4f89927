/** Cases of ops: normal. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
