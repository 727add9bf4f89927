/** Cases of ops: factor. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
