/** Angles and hyperbolas, element by element; integers give floats. */
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
