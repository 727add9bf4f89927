/** Cases of ops: interpolate. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
