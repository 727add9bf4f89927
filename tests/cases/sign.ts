/** Cases of ops: sign. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
