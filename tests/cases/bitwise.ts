/** Cases of ops: bitwise. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
