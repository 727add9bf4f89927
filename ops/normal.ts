/** The normal distribution's functions and the terms of entropies, element by element; integers give floats. */
import * as words from "../lib/special/intrinsics.ts";
import { type Binary, binary, type Unary, unary } from "../lib/pointwise.ts";

const result = "float";

/**
 * The normal distribution's function, the area under its bell up to x. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.ndtr}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * console.log(special.ndtr(tensor([-Infinity, 0, Infinity])).toArray()); // [0, 0.5, 1]
 * ```
 */
export const ndtr: Unary = unary(
  "special.ndtr",
  (k, x) => k.mul(k.constant(0.5), k.call(words.erfc, k.mul(k.constant(-Math.SQRT1_2), x))),
  { result },
);

/**
 * The logarithm of {@link ndtr}, to full precision also far below 0. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.log_ndtr}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * console.log(special.logNdtr(tensor([-Infinity, Infinity])).toArray()); // [-Infinity, -0]
 * ```
 */
export const logNdtr: Unary = unary("special.logNdtr", (k, x) => k.call(words.logNdtr, x), { result });

/**
 * The inverse of {@link ndtr}: quantiles of the normal distribution, NaN outside 0 to 1. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.ndtri}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * console.log(special.ndtri(tensor([0, 0.5, 1])).toArray()); // [-Infinity, 0, Infinity]
 * ```
 */
export const ndtri: Unary = unary("special.ndtri", (k, x) => k.call(words.ndtri, x), { result });

/**
 * −x log x, a term of an entropy: 0 at 0, −Infinity below. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.entr}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * console.log(special.entr(tensor([-1, 0, 1])).toArray()); // [-Infinity, 0, -0]
 * ```
 */
export const entr: Unary = unary("special.entr", (k, x) => {
  const zero = k.constant(0), edge = k.select(k.eq(x, zero), zero, k.constant(-Infinity));
  return k.select(k.le(x, zero), edge, k.neg(k.mul(x, k.log(x))));
}, {
  result,
  gradient: [(k, g, _y, x) => k.neg(k.mul(g, k.add(k.constant(1), k.log(x))))],
});

/**
 * x · log(1 + y), and 0 where x is 0 unless y is NaN. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.xlog1py}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * console.log(special.xlog1py(tensor([0, 2]), tensor([-1, 0])).toArray()); // [0, 0]
 * ```
 */
export const xlog1py: Binary = binary("special.xlog1py", (k, x, y) => {
  const zero = k.constant(0), plain = k.and(k.eq(x, zero), k.eq(y, y));
  return k.select(plain, zero, k.mul(x, k.log1p(y)));
}, {
  result,
  gradient: [
    (k, g, _y, x, y) => {
      const zero = k.constant(0);
      return k.select(k.and(k.eq(x, zero), k.le(y, k.constant(-1))), zero, k.mul(g, k.log1p(y)));
    },
    (k, g, _y, x, y) => k.div(k.mul(g, x), k.add(k.constant(1), y)),
  ],
});
