/** Cases of ops: bessel. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
