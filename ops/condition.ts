/** Conditions at work: choosing element by element, and telling whether two tensors agree. */
import { asFlag, asNumber, named } from "../lib/arguments.ts";
import { type Operand, pointwise } from "../lib/pointwise.ts";
import type { Scalar } from "../lib/scalar.ts";
import { sameShape } from "../lib/shape.ts";
import { asTensor, Tensor } from "../lib/tensor.ts";

const choice = pointwise("where", (k, condition, x, y) => k.select(k.truth(condition), x, y), {
  gradient: [false, null, null],
});

/**
 * x where `condition` (bool) is true, y elsewhere; also `x.where(condition, y)`. Shapes broadcast. What was not chosen
 * gets gradient 0, whatever arrives. See {@link https://pytorch.org/docs/stable/generated/torch.where.html}.
 *
 * @throws {TypeError} if the condition is not a bool tensor.
 *
 * @example
 * ```ts
 * import { tensor, where } from "@dinograd/dinograd";
 *
 * const x = tensor([-1, 2, -3]);
 * console.log(where(x.gt(0), x, 0).toArray()); // [0, 2, 0]
 * ```
 */
export function where(condition: Scalar, x: Scalar | number, y: Scalar | number): Scalar;
/** The same for tensors. */
export function where(condition: Tensor, x: Operand, y: Operand): Tensor;
export function where(condition: Tensor | Scalar, x: Operand, y: Operand): Tensor | Scalar {
  if (!(condition instanceof Tensor) || condition.dtype === "bool") return choice.apply([condition, x, y]);
  // also in the order of the method, as PyTorch's own tables call it
  if (x instanceof Tensor && x.dtype === "bool") return choice.apply([x, condition, y]);
  throw new TypeError(
    `Cannot choose by a condition of dtype ${condition.dtype}: it must be bool; use x.ne(0) or another comparison`,
  );
}

/** Options of {@link isclose} and {@link allclose}. */
export interface CloseOptions {
  /** How far apart they may be as a part of |y|; default 1e-5. */
  rtol?: number;
  /** How far apart they may be in any case; default 1e-8. */
  atol?: number;
  /** Whether NaN equals NaN; default false. */
  equalNan?: boolean;
}

const closeness = pointwise("isclose", (k, x, y, rtol, atol, equalNan) => {
  const distance = k.abs(k.sub(x, y)), allowed = k.add(atol, k.mul(rtol, k.abs(y)));
  const near = k.and(k.le(distance, allowed), k.lt(distance, k.constant(Infinity)));
  const nan = k.not(k.or(k.eq(x, x), k.eq(y, y)));
  return k.number(k.or(k.or(k.eq(x, y), near), k.and(nan, k.truth(equalNan))));
}, { verb: "compare", result: "bool", integersIn: "float64", params: 3 });

function compare(name: string, x: Tensor, y: Operand, options: readonly unknown[]): Tensor {
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = named<CloseOptions>(name, options, [
    "rtol",
    "atol",
    "equalNan",
  ]);
  return closeness.apply([
    asTensor("compare", "the first argument", x),
    y,
    asNumber(name, "rtol", rtol),
    asNumber(name, "atol", atol),
    asFlag(name, "equalNan", equalNan) ? 1 : 0,
  ]) as Tensor;
}

/**
 * Whether |x − y| ≤ atol + rtol · |y|, element by element. See
 * {@link https://pytorch.org/docs/stable/generated/torch.isclose.html}.
 *
 * @example
 * ```ts
 * import { isclose, tensor } from "@dinograd/dinograd";
 *
 * console.log(isclose(tensor([1, 2]), tensor([1.000001, 2.1])).toArray()); // [true, false]
 * ```
 */
export function isclose(x: Tensor, y: Operand, ...options: (number | boolean | CloseOptions)[]): Tensor {
  return compare("isclose", x, y, options);
}

/**
 * Whether {@link isclose} holds for all elements. See
 * {@link https://pytorch.org/docs/stable/generated/torch.allclose.html}.
 *
 * @example
 * ```ts
 * import { allclose, tensor } from "@dinograd/dinograd";
 *
 * console.log(allclose(tensor([1, 2]), tensor([1, 2.1]), { rtol: 0.1 })); // true
 * ```
 */
export function allclose(x: Tensor, y: Operand, ...options: (number | boolean | CloseOptions)[]): boolean {
  return isAll(compare("allclose", x, y, options));
}

/**
 * Whether x and y have the same shape and equal elements. See
 * {@link https://pytorch.org/docs/stable/generated/torch.equal.html}.
 *
 * @example
 * ```ts
 * import { equal, tensor } from "@dinograd/dinograd";
 *
 * console.log(equal(tensor([1, 2]), tensor([1, 2]))); // true
 * ```
 */
export function equal(x: Tensor, y: Tensor): boolean {
  asTensor("compare", "the first argument", x);
  if (!sameShape(x.shape, asTensor("compare", "the second argument", y).shape)) return false;
  // what differs mostly differs at once
  const start = (t: Tensor) => t.reshape([-1]).narrow(0, 0, FIRST);
  if (x.numel() > FIRST && x.isContiguous() && y.isContiguous() && !isAll(start(x).eq(start(y)))) {
    return false;
  }
  return isAll(x.eq(y));
}

const FIRST = 1024;

function isAll(x: Tensor): boolean {
  return x.sum().item() === x.numel();
}
