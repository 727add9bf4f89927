/** Exponentials, logarithms, roots, and what is built of them, element by element; integers give floats. */
import { asNumber, named } from "../lib/arguments.ts";
import type { Algebra } from "../lib/formula.ts";
import { inside, sigmoid as logistic, softplus as softRamp } from "../lib/phrases.ts";
import {
  type Adjustable,
  adjustable,
  type Binary,
  binary,
  type Operand,
  pointwise,
  type Unary,
  unary,
} from "../lib/pointwise.ts";
import type { Scalar } from "../lib/scalar.ts";
import type { Tensor } from "../lib/tensor.ts";

const result = "float";

/**
 * e to the power x. See {@link https://pytorch.org/docs/stable/generated/torch.exp.html}.
 *
 * @example
 * ```ts
 * import { exp, tensor } from "@dinograd/dinograd";
 *
 * console.log(exp(tensor([-Infinity, 0])).toArray()); // [0, 1]
 * ```
 */
export const exp: Unary = unary("exp", (k, x) => k.exp(x), { result });

/**
 * 2 to the power x. See {@link https://pytorch.org/docs/stable/generated/torch.exp2.html}.
 *
 * @example
 * ```ts
 * import { exp2, tensor } from "@dinograd/dinograd";
 *
 * console.log(exp2(tensor([-1, 0, 3])).toArray()); // [0.5, 1, 8]
 * ```
 */
export const exp2: Unary = unary("exp2", (k, x) => k.pow(k.constant(2), x), {
  result,
  gradient: [(k, g, y) => k.mul(k.mul(g, y), k.constant(Math.LN2))],
});

/**
 * eˣ − 1, exact near 0. See {@link https://pytorch.org/docs/stable/generated/torch.expm1.html}.
 *
 * @example
 * ```ts
 * import { expm1, tensor } from "@dinograd/dinograd";
 *
 * console.log(expm1(tensor([-Infinity, 0])).toArray()); // [-1, 0]
 * ```
 */
export const expm1: Unary = unary("expm1", (k, x) => k.expm1(x), { result });

/**
 * The natural logarithm: −Infinity at 0, NaN below. See
 * {@link https://pytorch.org/docs/stable/generated/torch.log.html}.
 *
 * @example
 * ```ts
 * import { log, tensor } from "@dinograd/dinograd";
 *
 * console.log(log(tensor([0, 1])).toArray()); // [-Infinity, 0]
 * ```
 */
export const log: Unary = unary("log", (k, x) => k.log(x), { result });

/**
 * The logarithm to base 2. See {@link https://pytorch.org/docs/stable/generated/torch.log2.html}.
 *
 * @example
 * ```ts
 * import { log2, tensor } from "@dinograd/dinograd";
 *
 * console.log(log2(tensor([0.5, 1, 8])).toArray()); // [-1, 0, 3]
 * ```
 */
export const log2: Unary = unary("log2", (k, x) => logarithm(k, x, Math.LN2), {
  result,
  gradient: [(k, g, _y, x) => k.div(g, k.mul(x, k.constant(Math.LN2)))],
});

/**
 * The logarithm to base 10. See {@link https://pytorch.org/docs/stable/generated/torch.log10.html}.
 *
 * @example
 * ```ts
 * import { log10, tensor } from "@dinograd/dinograd";
 *
 * console.log(log10(tensor([1, 10])).toArray()); // [0, 1]
 * ```
 */
export const log10: Unary = unary("log10", (k, x) => logarithm(k, x, Math.LN10), {
  result,
  gradient: [(k, g, _y, x) => k.div(g, k.mul(x, k.constant(Math.LN10)))],
});

// log(x) / log(base). A whole number within two roundings is the exact result: base to that power, or so near it that
// nothing better can be said.
function logarithm<V, M>(k: Algebra<V, M>, x: V, logBase: number): V {
  const y = k.div(k.log(x), k.constant(logBase)), whole = k.round(y);
  const isSingle = k.eq(k.mul(whole, k.constant(1 + 2 ** -30)), whole); // there 1 + 2⁻³⁰ is 1
  const two = k.select(isSingle, k.constant(2 ** -22), k.constant(2 ** -51));
  return k.select(k.le(k.abs(k.sub(y, whole)), k.mul(k.abs(whole), two)), whole, y);
}

/**
 * log(1 + x), exact near 0. See {@link https://pytorch.org/docs/stable/generated/torch.log1p.html}.
 *
 * @example
 * ```ts
 * import { log1p, tensor } from "@dinograd/dinograd";
 *
 * console.log(log1p(tensor([-1, 0])).toArray()); // [-Infinity, 0]
 * ```
 */
export const log1p: Unary = unary("log1p", (k, x) => k.log1p(x), { result });

/**
 * The square root: NaN below 0. See {@link https://pytorch.org/docs/stable/generated/torch.sqrt.html}.
 *
 * @example
 * ```ts
 * import { sqrt, tensor } from "@dinograd/dinograd";
 *
 * console.log(sqrt(tensor([4, 9])).toArray()); // [2, 3]
 * ```
 */
export const sqrt: Unary = unary("sqrt", (k, x) => k.sqrt(x), { result });

/**
 * 1 / √x. See {@link https://pytorch.org/docs/stable/generated/torch.rsqrt.html}.
 *
 * @example
 * ```ts
 * import { rsqrt, tensor } from "@dinograd/dinograd";
 *
 * console.log(rsqrt(tensor([4, 16])).toArray()); // [0.5, 0.25]
 * ```
 */
export const rsqrt: Unary = unary("rsqrt", (k, x) => k.div(k.constant(1), k.sqrt(x)), {
  result,
  gradient: [(k, g, y) => k.mul(k.mul(g, k.constant(-0.5)), k.mul(y, k.mul(y, y)))],
});

/**
 * 1 / (1 + e⁻ˣ), from 0 to 1. See {@link https://pytorch.org/docs/stable/generated/torch.sigmoid.html}.
 *
 * @example
 * ```ts
 * import { sigmoid, tensor } from "@dinograd/dinograd";
 *
 * console.log(sigmoid(tensor([-1e4, 0, 1e4])).toArray()); // [0, 0.5, 1]
 * ```
 */
export const sigmoid: Unary = unary("sigmoid", (k, x) => logistic(k, x), {
  result,
  gradient: [(k, g, y) => k.mul(k.mul(g, y), k.sub(k.constant(1), y))],
});

const logOdds = pointwise("logit", (k, x) => k.log(k.div(x, k.sub(k.constant(1), x))), {
  result,
  gradient: [(k, g, _y, x) => {
    const one = k.constant(1), possible = k.and(k.le(k.constant(0), x), k.le(x, one));
    return k.select(possible, k.div(g, k.mul(x, k.sub(one, x))), k.constant(NaN));
  }],
});
const clampedLogOdds = pointwise("logitEps", (k, x, eps) => {
  const one = k.constant(1), p = k.min(k.max(x, eps), k.sub(one, eps));
  return k.log(k.div(p, k.sub(one, p)));
}, {
  result,
  params: 1,
  gradient: [(k, g, _y, x, eps) => {
    const one = k.constant(1);
    return inside(k, k.div(g, k.mul(x, k.sub(one, x))), x, eps, k.sub(one, eps));
  }],
});

/** Options of {@link logit}. */
export interface LogitOptions {
  /** Limits x to the range from eps to 1 − eps first; default: not. */
  eps?: number | null;
}

/**
 * log(x / (1 − x)), the inverse of {@link sigmoid}; NaN outside 0 to 1. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.logit}.
 *
 * @example
 * ```ts
 * import { logit, tensor } from "@dinograd/dinograd";
 *
 * console.log(logit(tensor([0, 0.5, 1])).toArray()); // [-Infinity, 0, Infinity]
 * ```
 */
export function logit(x: Scalar, eps?: number | null | LogitOptions): Scalar;
/** The same for tensors. */
export function logit(x: Tensor, eps?: number | null | LogitOptions): Tensor;
export function logit(x: Operand, ...options: unknown[]): Tensor | Scalar {
  const { eps = null } = named<LogitOptions>("logit", options, ["eps"]);
  return eps === null ? logOdds.apply([x]) : clampedLogOdds.apply([x, asNumber("logit", "eps", eps)]);
}

/** Options of {@link softplus}. */
export interface SoftplusOptions {
  /** How sharp the bend at 0 is; default 1. */
  beta?: number;
  /** Where beta · x is larger, the result is x itself; default 20. */
  threshold?: number;
}

/**
 * log(1 + exp(beta · x)) / beta, a smooth {@link relu}. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.softplus.html}.
 *
 * @example
 * ```ts
 * import { softplus, tensor } from "@dinograd/dinograd";
 *
 * console.log(softplus(tensor([-1e4, 1e4])).toArray()); // [0, 10000]
 * ```
 */
export const softplus: Adjustable<SoftplusOptions> = adjustable("softplus", { beta: 1, threshold: 20 }, (
  k,
  x,
  beta,
  threshold,
) => {
  const z = k.mul(beta, x);
  return k.select(k.lt(threshold, z), x, k.div(softRamp(k, z), beta));
}, {
  result,
  gradient: [(k, g, _y, x, beta, threshold) => {
    const z = k.mul(beta, x);
    return k.select(k.lt(threshold, z), g, k.mul(g, logistic(k, z)));
  }],
});

/**
 * log(sigmoid(x)) without losing digits or overflowing. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.logsigmoid.html}.
 *
 * @example
 * ```ts
 * import { logsigmoid, tensor } from "@dinograd/dinograd";
 *
 * console.log(logsigmoid(tensor([-1e4, 1e4])).toArray()); // [-10000, -0]
 * ```
 */
export const logsigmoid: Unary = unary("logsigmoid", (k, x) => k.neg(softRamp(k, k.neg(x))), { result });

/**
 * Another name of {@link logsigmoid}.
 *
 * @example
 * ```ts
 * import { logSigmoid, tensor } from "@dinograd/dinograd";
 *
 * console.log(logSigmoid(tensor([-1e4])).toArray()); // [-10000]
 * ```
 */
export const logSigmoid: Unary = logsigmoid;

/**
 * log(eˣ + eʸ) without overflow. See {@link https://pytorch.org/docs/stable/generated/torch.logaddexp.html}.
 *
 * @example
 * ```ts
 * import { logaddexp, tensor } from "@dinograd/dinograd";
 *
 * console.log(logaddexp(tensor([1e4]), tensor([0])).toArray()); // [10000]
 * ```
 */
export const logaddexp: Binary = binary("logaddexp", (k, x, y) => {
  const way = k.select(k.eq(x, y), k.constant(0), k.sub(y, x)); // Infinity − Infinity is 0 here
  return k.add(k.max(x, y), k.log1p(k.exp(k.neg(k.abs(way)))));
}, {
  result,
  gradient: [
    (k, g, _y, a, b) => k.mul(g, logistic(k, k.sub(a, b))),
    (k, g, _y, a, b) => k.mul(g, logistic(k, k.sub(b, a))),
  ],
});

/**
 * x · log(y), and 0 where x is 0 unless y is NaN. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.xlogy}.
 *
 * @example
 * ```ts
 * import { tensor, xlogy } from "@dinograd/dinograd";
 *
 * console.log(xlogy(tensor([0, 2]), tensor([0, 1])).toArray()); // [0, 0]
 * ```
 */
export const xlogy: Binary = binary("xlogy", (k, x, y) => {
  const zero = k.constant(0), plain = k.and(k.eq(x, zero), k.eq(y, y));
  return k.select(plain, zero, k.mul(x, k.log(y)));
}, {
  result,
  gradient: [
    (k, g, _y, x, y) => {
      const zero = k.constant(0);
      return k.select(k.and(k.eq(x, zero), k.le(y, zero)), zero, k.mul(g, k.log(y)));
    },
    (k, g, _y, x, y) => k.div(k.mul(g, x), y),
  ],
});
