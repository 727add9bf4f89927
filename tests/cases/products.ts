/** Cases of ops: products. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
