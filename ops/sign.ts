/** Signs, steps, neighbours, and the larger and smaller number where the other is none, element by element. */
import { copysign as withSign, nextafter as neighbour, signbit as minus } from "../lib/float_parts.ts";
import type { Algebra } from "../lib/formula.ts";
import {
  type Binary,
  binary,
  commonDType,
  type Operand,
  pointwise,
  type Unary,
  unary,
} from "../lib/pointwise.ts";
import { Tensor } from "../lib/tensor.ts";

/**
 * 1 for positive numbers, −1 for negative ones, 0 for 0 and NaN; its gradient is 0. See
 * {@link https://pytorch.org/docs/stable/generated/torch.sign.html}.
 *
 * @example
 * ```ts
 * import { sign, tensor } from "@dinograd/dinograd";
 *
 * console.log(sign(tensor([-3, 0, 2])).toArray()); // [-1, 0, 1]
 * ```
 */
export const sign: Unary = unary("sign", (k, x) => {
  const zero = k.constant(0);
  return k.sub(k.number(k.lt(zero, x)), k.number(k.lt(x, zero)));
});

/**
 * Another name of {@link sign}: for real numbers they are the same.
 *
 * @example
 * ```ts
 * import { sgn, tensor } from "@dinograd/dinograd";
 *
 * console.log(sgn(tensor([-3, 0, 2])).toArray()); // [-1, 0, 1]
 * ```
 */
export const sgn: Unary = sign;

/**
 * |x| with the sign of y, of which also −0 and NaN have one; integers give floats. The gradient for x is 0 at 0, that
 * for y is 0. See {@link https://pytorch.org/docs/stable/generated/torch.copysign.html}.
 *
 * @example
 * ```ts
 * import { copysign, tensor } from "@dinograd/dinograd";
 *
 * console.log(copysign(tensor([1, -2]), tensor([-0, 5])).toArray()); // [-1, 2]
 * ```
 */
export const copysign: Binary = binary("copysign", (k, x, y) => k.call(withSign, x, y), { result: "float" });

/**
 * Whether x has a minus sign, as −0 has. See {@link https://pytorch.org/docs/stable/generated/torch.signbit.html}.
 *
 * @example
 * ```ts
 * import { signbit, tensor } from "@dinograd/dinograd";
 *
 * console.log(signbit(tensor([-2, -0, 0])).toArray()); // [true, true, false]
 * ```
 */
export const signbit: Unary = unary("signbit", (k, x) => k.call(minus, x), { result: "bool" });

/**
 * Whether x is Infinity. See {@link https://pytorch.org/docs/stable/generated/torch.isposinf.html}.
 *
 * @example
 * ```ts
 * import { isposinf, tensor } from "@dinograd/dinograd";
 *
 * console.log(isposinf(tensor([1, Infinity, -Infinity])).toArray()); // [false, true, false]
 * ```
 */
export const isposinf: Unary = unary("isposinf", (k, x) => k.number(k.eq(x, k.constant(Infinity))), {
  result: "bool",
  integersIn: "float32",
});

/**
 * Whether x is −Infinity. See {@link https://pytorch.org/docs/stable/generated/torch.isneginf.html}.
 *
 * @example
 * ```ts
 * import { isneginf, tensor } from "@dinograd/dinograd";
 *
 * console.log(isneginf(tensor([1, Infinity, -Infinity])).toArray()); // [false, false, true]
 * ```
 */
export const isneginf: Unary = unary("isneginf", (k, x) => k.number(k.eq(x, k.constant(-Infinity))), {
  result: "bool",
  integersIn: "float32",
});

/**
 * The step from 0 to 1 at 0, where it is `values`; 0 for NaN. Not recorded. See
 * {@link https://pytorch.org/docs/stable/generated/torch.heaviside.html}.
 *
 * @example
 * ```ts
 * import { heaviside, tensor } from "@dinograd/dinograd";
 *
 * console.log(heaviside(tensor([-3, 0, 2]), 0.5).toArray()); // [0, 0.5, 1]
 * ```
 */
export const heaviside: Binary = binary("heaviside", (k, x, values) => {
  const zero = k.constant(0);
  return k.select(k.eq(x, zero), values, k.number(k.lt(zero, x)));
}, { gradient: [false, false] });

/** a where it is wanted and no NaN, or where b is NaN; and the same of gradients. */
function prefer<V, M>(k: Algebra<V, M>, isWanted: M, b: V, then: V, otherwise: V): V {
  return k.select(k.or(isWanted, k.not(k.eq(b, b))), then, otherwise);
}

/**
 * The larger of x and y, or the one that is not NaN; where they are equal x takes the gradient. See
 * {@link https://pytorch.org/docs/stable/generated/torch.fmax.html}.
 *
 * @example
 * ```ts
 * import { fmax, tensor } from "@dinograd/dinograd";
 *
 * console.log(fmax(tensor([1, NaN, 5]), tensor([3, 4, NaN])).toArray()); // [3, 4, 5]
 * ```
 */
export const fmax: Binary = binary("fmax", (k, x, y) => prefer(k, k.le(y, x), y, x, y), {
  gradient: [
    (k, g, _z, x, y) => prefer(k, k.le(y, x), y, g, k.constant(0)),
    (k, g, _z, x, y) => prefer(k, k.le(y, x), y, k.constant(0), g),
  ],
});

/**
 * The smaller of x and y, or the one that is not NaN; where they are equal x takes the gradient. See
 * {@link https://pytorch.org/docs/stable/generated/torch.fmin.html}.
 *
 * @example
 * ```ts
 * import { fmin, tensor } from "@dinograd/dinograd";
 *
 * console.log(fmin(tensor([1, NaN, 5]), tensor([3, 4, NaN])).toArray()); // [1, 4, 5]
 * ```
 */
export const fmin: Binary = binary("fmin", (k, x, y) => prefer(k, k.le(x, y), y, x, y), {
  gradient: [
    (k, g, _z, x, y) => prefer(k, k.le(x, y), y, g, k.constant(0)),
    (k, g, _z, x, y) => prefer(k, k.le(x, y), y, k.constant(0), g),
  ],
});

const stepping = { result: "float", gradient: [false, false] } as const;
const wide = pointwise("nextafter", (k, x, y) => k.call(neighbour.float64, x, y), stepping);
const narrow = pointwise("nextafterSingle", (k, x, y) => k.call(neighbour.float32, x, y), stepping);

/**
 * The number next to x in the direction of y, in the precision of the result. Not recorded. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nextafter.html}.
 *
 * @example
 * ```ts
 * import { nextafter, tensor } from "@dinograd/dinograd";
 *
 * console.log(nextafter(tensor([1]), 2).sub(1).item() === 2 ** -23); // true
 * ```
 */
export const nextafter: Binary = ((x: Operand, y: Operand) => {
  const inDouble = !(x instanceof Tensor || y instanceof Tensor) || commonDType([x, y], 2) === "float64";
  return (inDouble ? wide : narrow).apply([x, y]);
}) as Binary;
