/** Cases of ops: matrix_exp. */
import { matrixExp, ones } from "../../mod.ts";
import type { Table } from "./case.ts";
import { squares } from "./matrices.ts";

export const checks = {
  matrixExp: {
    cases: [
      ...squares,
      { of: [[2, 2]], from: -0.01, to: 0.01 },
      { of: [[2, 3, 3]], from: -3, to: 1 },
      { of: [{ values: [[0, 1], [0, 0]] }] },
    ],
    tolerance: 1e-10, // PyTorch takes Taylor's polynomials
    laws: {
      "exp(A)·exp(−A) is 1": ([x], [y]) => [
        y.matmul(matrixExp(x.neg())).matmul(x),
        x,
      ],
    },
    errors: [[() => matrixExp(ones([2, 3])), "Cannot call matrixExp() on [2, 3]: the input must be square"]],
  },
  "linalg.matrixExp": { elsewhere: "matrixExp" },
} satisfies Partial<Table>;
