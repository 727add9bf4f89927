/** Cases of ops: margin. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
