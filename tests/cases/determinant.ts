/** Cases of ops: determinant. */
import { det, logdet, ones, slogdet } from "../../mod.ts";
import type { Case, Table } from "./case.ts";
import { positive, python, squares } from "./matrices.ts";

/** Ranks one below full and lower still, alone and beside a regular matrix. */
const singular: Case[] = [
  { of: [{ values: [[1, 2], [2, 4]] }] },
  { of: [{ values: [[1, 2, 3], [4, 5, 6], [7, 8, 9]] }] },
  { of: [{ values: [[1, 2, -1], [2, 4, -2], [-1, -2, 1]] }] },
  { of: [{ values: [[0, 0], [0, 0]] }] },
  { of: [{ values: [[0]] }] },
  { of: [{ values: [[[1, 2], [2, 4]], [[1, 2], [3, 4]]] }] },
];
const zero: Case = { of: [{ values: [[1, 2], [2, 4]], constant: true }] };

export const checks = {
  det: {
    cases: [...squares, ...singular],
    // Laplace's expansion: PyTorch's own gradient is 0 wherever the determinant is exactly 0
    torch:
      "(lambda f: f(f, a))(lambda f, m: m.new_ones(m.shape[:-2]) if m.shape[-1] == 0 else sum((-1)**j * m[..., 0, j] * " +
      "f(f, m[..., 1:, [k for k in range(m.shape[-1]) if k != j]]) for j in range(m.shape[-1])))",
    laws: { "that of the transpose is the same": ([x], [y]) => [det(x.mT), y] },
    errors: [
      [() => det(ones([2, 3])), "Cannot call det() on [2, 3]: the input must be square"],
      [() => det(ones([2])), "Cannot call det() on [2]: the input must have at least 2 dimensions"],
    ],
  },
  "linalg.det": { elsewhere: "det" },
  slogdet: {
    cases: [...squares, zero],
    laws: { "sign · exp(log) is the determinant": ([x]) => [multiplied(slogdet(x)), det(x)] },
  },
  "linalg.slogdet": { elsewhere: "slogdet" },
  logdet: {
    cases: squares,
    call: ([x]) => logdet(positive(x)),
    torch: `torch.logdet(${python.positive})`,
  },
} satisfies Partial<Table>;

function multiplied([sign, log]: ReturnType<typeof slogdet>) {
  return sign.mul(log.exp());
}
