/** Cases of ops: shift. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
