/** Cases of ops: gated. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
