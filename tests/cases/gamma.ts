/** Cases of ops: gamma. */
import type { Table } from "./case.ts";

export const checks = {} satisfies Partial<Table>;
