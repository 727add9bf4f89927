/** Angles and hyperbolas, element by element; integers give floats. */
import { acos as acosOf, asin as asinOf, atan as atanOf, atan2 as atan2Of } from "../lib/arcs.ts";
import { copysign } from "../lib/float_parts.ts";
import type { Algebra } from "../lib/formula.ts";
import { cosh as coshOf, sinh as sinhOf } from "../lib/phrases.ts";
import { type Binary, binary, type Unary, unary } from "../lib/pointwise.ts";

const result = "float";

/**
 * The sine of radians. See {@link https://pytorch.org/docs/stable/generated/torch.sin.html}.
 *
 * @example
 * ```ts
 * import { sin, tensor } from "@dinograd/dinograd";
 *
 * console.log(sin(tensor([0])).toArray()); // [0]
 * ```
 */
export const sin: Unary = unary("sin", (k, x) => k.sin(x), { result });

/**
 * The cosine of radians. See {@link https://pytorch.org/docs/stable/generated/torch.cos.html}.
 *
 * @example
 * ```ts
 * import { cos, tensor } from "@dinograd/dinograd";
 *
 * console.log(cos(tensor([0, Math.PI], { dtype: "float64" })).toArray()); // [1, -1]
 * ```
 */
export const cos: Unary = unary("cos", (k, x) => k.cos(x), { result });

/**
 * The tangent of radians. See {@link https://pytorch.org/docs/stable/generated/torch.tan.html}.
 *
 * @example
 * ```ts
 * import { tan, tensor } from "@dinograd/dinograd";
 *
 * console.log(tan(tensor([0])).toArray()); // [0]
 * ```
 */
export const tan: Unary = unary("tan", (k, x) => k.div(k.sin(x), k.cos(x)), {
  result,
  gradient: [(k, g, y) => k.mul(g, k.add(k.constant(1), k.mul(y, y)))],
});

/**
 * The hyperbolic sine. See {@link https://pytorch.org/docs/stable/generated/torch.sinh.html}.
 *
 * @example
 * ```ts
 * import { sinh, tensor } from "@dinograd/dinograd";
 *
 * console.log(sinh(tensor([0])).toArray()); // [0]
 * ```
 */
export const sinh: Unary = unary("sinh", (k, x) => sinhOf(k, x), {
  result,
  gradient: [(k, g, _y, x) => k.mul(g, coshOf(k, x))],
});

/**
 * The hyperbolic cosine. See {@link https://pytorch.org/docs/stable/generated/torch.cosh.html}.
 *
 * @example
 * ```ts
 * import { cosh, tensor } from "@dinograd/dinograd";
 *
 * console.log(cosh(tensor([0])).toArray()); // [1]
 * ```
 */
export const cosh: Unary = unary("cosh", (k, x) => coshOf(k, x), {
  result,
  gradient: [(k, g, _y, x) => k.mul(g, sinhOf(k, x))],
});

/**
 * The hyperbolic tangent. See {@link https://pytorch.org/docs/stable/generated/torch.tanh.html}.
 *
 * @example
 * ```ts
 * import { tanh, tensor } from "@dinograd/dinograd";
 *
 * console.log(tanh(tensor([-1e4, 0, 1e4])).toArray()); // [-1, 0, 1]
 * ```
 */
export const tanh: Unary = unary("tanh", (k, x) => k.tanh(x), { result });

/**
 * The angle from −π/2 to π/2 whose sine is x; NaN outside −1 to 1. See
 * {@link https://pytorch.org/docs/stable/generated/torch.asin.html}.
 *
 * @example
 * ```ts
 * import { asin, tensor } from "@dinograd/dinograd";
 *
 * console.log(asin(tensor([0, 2])).toArray()); // [0, NaN]
 * ```
 */
export const asin: Unary = unary("asin", (k, x) => k.call(asinOf, x), { result });

/**
 * Another name of {@link asin}.
 *
 * @example
 * ```ts
 * import { arcsin, tensor } from "@dinograd/dinograd";
 *
 * console.log(arcsin(tensor([0, 2])).toArray()); // [0, NaN]
 * ```
 */
export const arcsin: Unary = asin;

/**
 * The angle from 0 to π whose cosine is x; NaN outside −1 to 1. See
 * {@link https://pytorch.org/docs/stable/generated/torch.acos.html}.
 *
 * @example
 * ```ts
 * import { acos, tensor } from "@dinograd/dinograd";
 *
 * console.log(acos(tensor([1, 2])).toArray()); // [0, NaN]
 * ```
 */
export const acos: Unary = unary("acos", (k, x) => k.call(acosOf, x), { result });

/**
 * Another name of {@link acos}.
 *
 * @example
 * ```ts
 * import { arccos, tensor } from "@dinograd/dinograd";
 *
 * console.log(arccos(tensor([1, 2])).toArray()); // [0, NaN]
 * ```
 */
export const arccos: Unary = acos;

/**
 * The angle from −π/2 to π/2 whose tangent is x. See
 * {@link https://pytorch.org/docs/stable/generated/torch.atan.html}.
 *
 * @example
 * ```ts
 * import { atan, tensor } from "@dinograd/dinograd";
 *
 * console.log(atan(tensor([0, -0])).toArray()); // [0, -0]
 * ```
 */
export const atan: Unary = unary("atan", (k, x) => k.call(atanOf, x), { result });

/**
 * Another name of {@link atan}.
 *
 * @example
 * ```ts
 * import { arctan, tensor } from "@dinograd/dinograd";
 *
 * console.log(arctan(tensor([0, -0])).toArray()); // [0, -0]
 * ```
 */
export const arctan: Unary = atan;

/**
 * The angle from −π to π of the point with the coordinates `other` to the right and x upwards. See
 * {@link https://pytorch.org/docs/stable/generated/torch.atan2.html}.
 *
 * @example
 * ```ts
 * import { atan2, tensor } from "@dinograd/dinograd";
 *
 * console.log(atan2(tensor([0, 0]), tensor([1, 3])).toArray()); // [0, 0]
 * ```
 */
export const atan2: Binary = binary("atan2", (k, x, other) => k.call(atan2Of, x, other), { result });

/**
 * Another name of {@link atan2}.
 *
 * @example
 * ```ts
 * import { arctan2, tensor } from "@dinograd/dinograd";
 *
 * console.log(arctan2(tensor([0, 0]), tensor([1, 3])).toArray()); // [0, 0]
 * ```
 */
export const arctan2: Binary = atan2;

/**
 * log(1 + u) for u ≥ 0, or log 2 more where `isFar`: u² is not computed there, for it could overflow. From `FAR` on,
 * √(u² ± 1) is u in both precisions.
 */
function farLog<V, M>(k: Algebra<V, M>, isFar: M, u: V): V {
  return k.add(k.log1p(u), k.select(isFar, k.constant(Math.LN2), k.constant(0)));
}

const FAR = 2 ** 56;

/**
 * The number whose hyperbolic sine is x. See
 * {@link https://pytorch.org/docs/stable/generated/torch.asinh.html}.
 *
 * @example
 * ```ts
 * import { asinh, tensor } from "@dinograd/dinograd";
 *
 * console.log(asinh(tensor([0, -Infinity])).toArray()); // [0, -Infinity]
 * ```
 */
export const asinh: Unary = unary("asinh", (k, x) => {
  // log(a + √(a² + 1)) = log1p(a + a² / (1 + √(a² + 1)))
  const a = k.abs(x), square = k.mul(a, a), isFar = k.lt(k.constant(FAR), a), one = k.constant(1);
  const u = k.add(a, k.div(square, k.add(one, k.sqrt(k.add(one, square)))));
  return k.call(copysign, farLog(k, isFar, k.select(isFar, a, u)), x);
}, {
  result,
  gradient: [(k, g, _y, x) => k.div(g, k.sqrt(k.add(k.mul(x, x), k.constant(1))))],
});

/**
 * Another name of {@link asinh}.
 *
 * @example
 * ```ts
 * import { arcsinh, tensor } from "@dinograd/dinograd";
 *
 * console.log(arcsinh(tensor([0, -Infinity])).toArray()); // [0, -Infinity]
 * ```
 */
export const arcsinh: Unary = asinh;

/**
 * The number, not negative, whose hyperbolic cosine is x; NaN below 1. See
 * {@link https://pytorch.org/docs/stable/generated/torch.acosh.html}.
 *
 * @example
 * ```ts
 * import { acosh, tensor } from "@dinograd/dinograd";
 *
 * console.log(acosh(tensor([0, 1, Infinity])).toArray()); // [NaN, 0, Infinity]
 * ```
 */
export const acosh: Unary = unary("acosh", (k, x) => {
  // log(x + √(x² − 1)) = log1p(t + √(2t + t²)) with t = x − 1
  const one = k.constant(1), t = k.sub(x, one), isFar = k.lt(k.constant(FAR), x);
  const u = k.add(t, k.sqrt(k.add(k.add(t, t), k.mul(t, t))));
  return k.select(k.lt(x, one), k.constant(NaN), farLog(k, isFar, k.select(isFar, x, u)));
}, {
  result,
  gradient: [(k, g, _y, x) => {
    const one = k.constant(1), a = k.abs(x); // +Infinity also at −1
    return k.div(g, k.sqrt(k.mul(k.sub(a, one), k.add(a, one))));
  }],
});

/**
 * Another name of {@link acosh}.
 *
 * @example
 * ```ts
 * import { arccosh, tensor } from "@dinograd/dinograd";
 *
 * console.log(arccosh(tensor([0, 1, Infinity])).toArray()); // [NaN, 0, Infinity]
 * ```
 */
export const arccosh: Unary = acosh;

/**
 * The number whose hyperbolic tangent is x; NaN outside −1 to 1. See
 * {@link https://pytorch.org/docs/stable/generated/torch.atanh.html}.
 *
 * @example
 * ```ts
 * import { atanh, tensor } from "@dinograd/dinograd";
 *
 * console.log(atanh(tensor([0, 1, 2])).toArray()); // [0, Infinity, NaN]
 * ```
 */
export const atanh: Unary = unary("atanh", (k, x) => {
  // log((1 + a) / (1 − a)) / 2
  const a = k.abs(x), ratio = k.div(k.add(a, a), k.sub(k.constant(1), a));
  return k.call(copysign, k.mul(k.constant(0.5), k.log1p(ratio)), x);
}, {
  result,
  gradient: [(k, g, _y, x) => {
    const one = k.constant(1);
    return k.div(g, k.mul(k.sub(one, x), k.add(one, x)));
  }],
});

/**
 * Another name of {@link atanh}.
 *
 * @example
 * ```ts
 * import { arctanh, tensor } from "@dinograd/dinograd";
 *
 * console.log(arctanh(tensor([0, 1, 2])).toArray()); // [0, Infinity, NaN]
 * ```
 */
export const arctanh: Unary = atanh;

/** sinc'(z) / z for |z| < 1/2, in z²: Σ (−1)ⁿ 2n / (2n + 1)! z²ⁿ⁻², n from 1; the next term is below 1e-17. */
const sincSlope = [-1 / 3, 1 / 30, -1 / 840, 1 / 45360, -1 / 3991680, 1 / 518918400];

/**
 * sin(πx) / (πx), and 1 at 0. See {@link https://pytorch.org/docs/stable/generated/torch.sinc.html}.
 *
 * @example
 * ```ts
 * import { sinc, tensor } from "@dinograd/dinograd";
 *
 * console.log(sinc(tensor([0])).toArray()); // [1]
 * ```
 */
export const sinc: Unary = unary("sinc", (k, x) => {
  const z = k.mul(k.constant(Math.PI), x);
  return k.select(k.eq(z, k.constant(0)), k.constant(1), k.div(k.sin(z), z));
}, {
  result,
  // π (cos z − sin z / z) / z, whose digits cancel near 0
  gradient: [(k, g, _y, x) => {
    const pi = k.constant(Math.PI), z = k.mul(pi, x), square = k.mul(z, z);
    const series = sincSlope.reduceRight((sum, c) => k.add(k.mul(sum, square), k.constant(c)), k.constant(0));
    const slope = k.div(k.sub(k.cos(z), k.div(k.sin(z), z)), z);
    return k.mul(k.mul(g, pi), k.select(k.lt(k.abs(z), k.constant(0.5)), k.mul(z, series), slope));
  }],
});

/**
 * √(x² + y²) without overflow. See {@link https://pytorch.org/docs/stable/generated/torch.hypot.html}.
 *
 * @example
 * ```ts
 * import { hypot, tensor } from "@dinograd/dinograd";
 *
 * console.log(hypot(tensor([3, 6]), tensor([4, 8])).toArray()); // [5, 10]
 * ```
 */
export const hypot: Binary = binary("hypot", (k, x, y) => {
  const a = k.abs(x), b = k.abs(y), long = k.max(a, b), infinity = k.constant(Infinity);
  const ratio = k.div(k.min(a, b), long);
  const length = k.mul(long, k.sqrt(k.add(k.constant(1), k.mul(ratio, ratio))));
  const finite = k.select(k.eq(long, k.constant(0)), k.constant(0), length);
  return k.select(k.or(k.eq(a, infinity), k.eq(b, infinity)), infinity, finite);
}, {
  result,
  gradient: [
    (k, g, y, a) => k.mul(g, k.div(a, y)),
    (k, g, y, _a, b) => k.mul(g, k.div(b, y)),
  ],
});

/**
 * Degrees to radians. See {@link https://pytorch.org/docs/stable/generated/torch.deg2rad.html}.
 *
 * @example
 * ```ts
 * import { deg2rad, tensor } from "@dinograd/dinograd";
 *
 * console.log(deg2rad(tensor([0])).toArray()); // [0]
 * ```
 */
export const deg2rad: Unary = unary("deg2rad", (k, x) => k.mul(x, k.constant(Math.PI / 180)), { result });

/**
 * Radians to degrees. See {@link https://pytorch.org/docs/stable/generated/torch.rad2deg.html}.
 *
 * @example
 * ```ts
 * import { rad2deg, tensor } from "@dinograd/dinograd";
 *
 * console.log(rad2deg(tensor([0])).toArray()); // [0]
 * ```
 */
export const rad2deg: Unary = unary("rad2deg", (k, x) => k.mul(x, k.constant(180 / Math.PI)), { result });
