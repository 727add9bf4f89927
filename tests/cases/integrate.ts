/** Cases of ops: integrate. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
