/** Cases of ops: matrix. */
import type { Table } from "./case.ts";

export const checks = {
  "linalg.matmul": { elsewhere: "matmul" },
} satisfies Partial<Table>;
