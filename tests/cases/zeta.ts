/** Cases of ops: zeta. */
import { zeta } from "../../ops/zeta.ts";
import type { Table } from "./case.ts";

export const checks = {
  "special.zeta": {
    cases: [
      { of: [{ values: [[1.5], [2], [7.3]], constant: true }, [3]], from: 0.3, to: 20 },
      { of: [{ values: 3, constant: true }, [2, 2]], from: -2.9, to: -2.1 },
      {
        of: [{ values: [[0.5], [1], [1.5], [2], [3], [60]], constant: true }, {
          values: [-2, -1.5, 0, 1e-10, 1, 40, NaN],
        }],
        kinks: true,
      },
      { of: [{ values: [2, 3], dtype: "int32" }, { values: [1, 2], dtype: "int32" }], gradient: "none" },
    ],
    laws: {
      "ζ(s, q) = ζ(s, q + 1) + q⁻ˢ": ([s, q], [y]) => [y, zeta(s, q.add(1)).add(q.pow(s.neg()))],
    },
  },
} satisfies Partial<Table>;
