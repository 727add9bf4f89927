/** Cases of ops: norm_layer. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
