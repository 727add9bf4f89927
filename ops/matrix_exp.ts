/** The exponential of matrices. */
import { asSquare, identityLike } from "../lib/matrices.ts";
import { defineOp } from "../lib/op.ts";
import type { Tensor } from "../lib/tensor.ts";
import { solveEx } from "./solve.ts";

/** Coefficients of the numerator of Padé's approximant of order 13, and up to which norm it holds in float64. */
const PADE = [
  ...[64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000],
  ...[10559470521600, 670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1],
];
const LARGEST = 5.371920351148152;

/** exp(A) = exp(A/2ˢ)^(2ˢ), the inner one by Padé's approximant (Higham 2005); float32 in double precision too. */
function exponential(input: Tensor): Tensor {
  if (input.numel() === 0) return input.clone();
  const x = input.to("float64"), norms = x.abs().sum(-2).amax(-1, true).unsqueeze(-1);
  const halvings = norms.div(LARGEST).log2().ceil().clamp(0, 1074).nanToNum(0);
  const a = x.div(halvings.exp2()), one = identityLike(x);
  const a2 = a.matmul(a), a4 = a2.matmul(a2), a6 = a4.matmul(a2);
  const series = (first: number) => { // Σ b·A^(2i) over every second coefficient
    const b = (i: number) => PADE[first + 2 * i];
    const high = a6.mul(b(6)).add(a4.mul(b(5))).add(a2.mul(b(4)));
    return a6.matmul(high).add(a6.mul(b(3))).add(a4.mul(b(2))).add(a2.mul(b(1))).add(one.mul(b(0)));
  };
  const even = series(0), odd = a.matmul(series(1));
  let [y] = solveEx(even.sub(odd), even.add(odd));
  const most = Math.max(...halvings.toTypedArray());
  for (let i = 0; i < most; i++) y = halvings.gt(i).where(y.matmul(y), y);
  return y.to(input.dtype);
}

const runMatrixExp = defineOp({
  name: "matrixExp",
  forward: ([x]) => exponential(x),
  // exp([Aᵀ g; 0 Aᵀ]) has the gradient in its upper right corner (Al-Mohy and Higham 2009)
  grad: [(g, [x]) => {
    const n = x.shape.at(-1)!, xt = x.mT;
    const block = xt.pad([0, n, 0, n]).add(g.pad([n, 0, 0, n])).add(xt.pad([n, 0, n, 0]));
    return matrixExp(block).narrow(-2, 0, n).narrow(-1, n, n);
  }],
});

/**
 * The exponentials of matrices [..., n, n]: Σ Aᵏ/k!. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.matrix_exp.html}.
 *
 * @example
 * ```ts
 * import { matrixExp, tensor } from "@dinograd/dinograd";
 *
 * console.log(matrixExp(tensor([[0, 1], [0, 0]])).toArray()); // [[1, 1], [0, 1]]
 * ```
 */
export function matrixExp(x: Tensor): Tensor {
  return runMatrixExp([asSquare("matrixExp", "the input", x)], undefined);
}
