/** Cases of ops: polynomial. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
