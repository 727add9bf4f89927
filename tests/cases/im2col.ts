/** Cases of ops: im2col. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
