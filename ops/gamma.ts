/** The gamma function's logarithm, its derivatives and its parts, element by element; integers give floats. */
import { asCount, named } from "../lib/arguments.ts";
import * as words from "../lib/special/intrinsics.ts";
import {
  type Binary,
  binary,
  type Operand,
  Pointwise,
  pointwise,
  type Unary,
  unary,
} from "../lib/pointwise.ts";
import type { Scalar } from "../lib/scalar.ts";
import type { Tensor } from "../lib/tensor.ts";

const result = "float";

/**
 * log |Γ(x)|: Infinity at 0, −1, −2 ... See
 * {@link https://pytorch.org/docs/stable/generated/torch.lgamma.html}.
 *
 * @example
 * ```ts
 * import { lgamma, tensor } from "@dinograd/dinograd";
 *
 * console.log(lgamma(tensor([-1, 0, 1, 2])).toArray()); // [Infinity, Infinity, 0, 0]
 * ```
 */
export const lgamma: Unary = unary("lgamma", (k, x) => k.call(words.lgamma, x), { result });

/**
 * The derivative of {@link lgamma}: ∓Infinity at ±0, NaN at −1, −2 ... See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.digamma}.
 *
 * @example
 * ```ts
 * import { digamma, tensor } from "@dinograd/dinograd";
 *
 * console.log(digamma(tensor([-1, 0])).toArray()); // [NaN, -Infinity]
 * ```
 */
export const digamma: Unary = unary("digamma", (k, x) => k.call(words.digamma, x), { result });

const derivative = pointwise("polygamma", (k, x, n) => k.call(words.polygamma, n, x), { result, params: 1 });

/**
 * The derivative of order n of {@link digamma}, n being a whole number from 0; as a method `x.polygamma(n)`. Throws a
 * RangeError for other n. See {@link https://pytorch.org/docs/stable/special.html#torch.special.polygamma}.
 *
 * @example
 * ```ts
 * import { polygamma, tensor } from "@dinograd/dinograd";
 *
 * console.log(polygamma(1, tensor([0, 1], { dtype: "float64" })).toArray()); // [Infinity, 1.6449340668482264]
 * ```
 */
export function polygamma(n: number, x: Scalar): Scalar;
/** The same for tensors. */
export function polygamma(n: number, x: Tensor): Tensor;
/** The same with x first. */
export function polygamma(x: Scalar, n: number | { n: number }): Scalar;
/** The same with x first, for tensors. */
export function polygamma(x: Tensor, n: number | { n: number }): Tensor;
export function polygamma(first: Operand, second: Operand | { n: number }): Tensor | Scalar {
  const [x, order] = typeof first === "number" ? [second as Operand, first] : [first, second];
  const { n } = named<{ n: number }>("polygamma", [order], ["n"]);
  return derivative.apply([x, asCount("polygamma", "n", n)]);
}

/** The sums of {@link mvlgamma}, each one kernel, by their number of terms. */
const multivariate = new Map<number, Pointwise>();

/**
 * The logarithm of the multivariate gamma function of dimension p: p (p − 1) / 4 log π + Σ log Γ(x − j / 2) over j from
 * 0 to p − 1. Throws a RangeError unless p is a whole number from 1. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.multigammaln}.
 *
 * @example
 * ```ts
 * import { mvlgamma, tensor } from "@dinograd/dinograd";
 *
 * console.log(mvlgamma(tensor([1, 2]), 1).toArray()); // [0, 0]
 * ```
 */
export function mvlgamma(x: Scalar, p: number | { p: number }): Scalar;
/** The same for tensors. */
export function mvlgamma(x: Tensor, p: number | { p: number }): Tensor;
export function mvlgamma(x: Operand, ...options: unknown[]): Tensor | Scalar {
  const { p } = named<{ p: number }>("mvlgamma", options, ["p"]), terms = asCount("mvlgamma", "p", p, 1);
  let op = multivariate.get(terms);
  if (!op) multivariate.set(terms, op = sumOf(terms));
  return op.apply([x]);
}

function sumOf(terms: number): Pointwise {
  return new Pointwise("mvlgamma", (k, x) => {
    let y = k.constant(terms * (terms - 1) / 4 * Math.log(Math.PI));
    for (let j = 0; j < terms; j++) y = k.add(y, k.call(words.lgamma, k.sub(x, k.constant(j / 2))));
    return y;
  }, { result });
}

/**
 * The regularised lower incomplete gamma function, ∫₀ʸ tˣ⁻¹ e⁻ᵗ dt / Γ(x): NaN for negative operands. As in
 * PyTorch no gradient flows to x. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.gammainc}.
 *
 * @example
 * ```ts
 * import { igamma, tensor } from "@dinograd/dinograd";
 *
 * console.log(igamma(tensor([2, 2]), tensor([0, Infinity])).toArray()); // [0, 1]
 * ```
 */
export const igamma: Binary = binary("igamma", (k, x, y) => k.call(words.igamma, x, y), {
  result,
  gradient: [false, null],
});

/**
 * The regularised upper incomplete gamma function, 1 − {@link igamma}, to full precision also where it is tiny.
 * See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.gammaincc}.
 *
 * @example
 * ```ts
 * import { igammac, tensor } from "@dinograd/dinograd";
 *
 * console.log(igammac(tensor([2, 2]), tensor([0, Infinity])).toArray()); // [1, 0]
 * ```
 */
export const igammac: Binary = binary("igammac", (k, x, y) => k.call(words.igammac, x, y), {
  result,
  gradient: [false, null],
});
