/** Integers as strings of bits, and their common divisors, element by element. Shapes broadcast; nothing is recorded. */
import { isFloat } from "../lib/dtype.ts";
import { describe } from "../lib/errors.ts";
import type { Intrinsic } from "../lib/formula.ts";
import {
  and,
  gcd as divisor,
  lcm as multiple,
  not,
  or,
  shiftLeft,
  shiftRight,
  xor,
} from "../lib/integers.ts";
import { pointwise } from "../lib/pointwise.ts";
import { Tensor } from "../lib/tensor.ts";

/** An op of two integer or bool tensors; either may be a whole number. */
export interface IntegerBinary {
  (x: number, y: Tensor): Tensor;
  (x: Tensor, y: Tensor | number): Tensor;
}

/** Refuses operands other than tensors of integers or bools and whole numbers. */
function checkWhole(name: string, operands: readonly unknown[]): void {
  operands.forEach((x, i) => {
    if (x instanceof Tensor ? !isFloat(x.dtype) : Number.isInteger(x)) return;
    const given = x instanceof Tensor ? x.dtype : describe(x);
    throw new TypeError(`Cannot call ${name}() on ${given}: operand ${i} must have integers or bools`);
  });
}

function onIntegers(name: string, f: Intrinsic): IntegerBinary {
  const op = pointwise(name, (k, x, y) => k.call(f, x, y), { gradient: [false, false] });
  return (x, y) => {
    checkWhole(name, [x, y]);
    return op.apply([x, y]) as Tensor;
  };
}

/**
 * The bits that x and y both have; for bools, whether both are true. See
 * {@link https://pytorch.org/docs/stable/generated/torch.bitwise_and.html}.
 *
 * @throws {TypeError} for floats.
 *
 * @example
 * ```ts
 * import { bitwiseAnd, tensor } from "@dinograd/dinograd";
 *
 * console.log(bitwiseAnd(tensor([12, 10], { dtype: "int32" }), 6).toArray()); // [4, 2]
 * ```
 */
export const bitwiseAnd: IntegerBinary = onIntegers("bitwiseAnd", and);

/**
 * The bits that x or y has; for bools, whether one is true. See
 * {@link https://pytorch.org/docs/stable/generated/torch.bitwise_or.html}.
 *
 * @throws {TypeError} for floats.
 *
 * @example
 * ```ts
 * import { bitwiseOr, tensor } from "@dinograd/dinograd";
 *
 * console.log(bitwiseOr(tensor([12, 10], { dtype: "int32" }), 6).toArray()); // [14, 14]
 * ```
 */
export const bitwiseOr: IntegerBinary = onIntegers("bitwiseOr", or);

/**
 * The bits that one of x and y has; for bools, whether they differ. See
 * {@link https://pytorch.org/docs/stable/generated/torch.bitwise_xor.html}.
 *
 * @throws {TypeError} for floats.
 *
 * @example
 * ```ts
 * import { bitwiseXor, tensor } from "@dinograd/dinograd";
 *
 * console.log(bitwiseXor(tensor([12, 10], { dtype: "int32" }), 6).toArray()); // [10, 12]
 * ```
 */
export const bitwiseXor: IntegerBinary = onIntegers("bitwiseXor", xor);

const complement = pointwise("bitwiseNot", (k, x) => k.call(not, x), { gradient: [false] });

/**
 * The other bits than those of x, −1 − x; for bools, the opposite. See
 * {@link https://pytorch.org/docs/stable/generated/torch.bitwise_not.html}.
 *
 * @throws {TypeError} for floats.
 *
 * @example
 * ```ts
 * import { bitwiseNot, tensor } from "@dinograd/dinograd";
 *
 * console.log(bitwiseNot(tensor([0, 5], { dtype: "int32" })).toArray()); // [-1, -6]
 * ```
 */
export function bitwiseNot(x: Tensor): Tensor {
  checkWhole("bitwiseNot", [x]);
  return x.dtype === "bool" ? x.logicalNot() : complement.apply([x]) as Tensor;
}

/**
 * x · 2ʸ without the bits that leave at the top; 0 for y below 0 or above 31. See
 * {@link https://pytorch.org/docs/stable/generated/torch.bitwise_left_shift.html}.
 *
 * @throws {TypeError} for floats.
 *
 * @example
 * ```ts
 * import { bitwiseLeftShift, tensor } from "@dinograd/dinograd";
 *
 * console.log(bitwiseLeftShift(tensor([1, 3], { dtype: "int32" }), 4).toArray()); // [16, 48]
 * ```
 */
export const bitwiseLeftShift: IntegerBinary = onIntegers("bitwiseLeftShift", shiftLeft);

/**
 * ⌊x / 2ʸ⌋; for y below 0 or above 31 what is left is the sign, −1 or 0. See
 * {@link https://pytorch.org/docs/stable/generated/torch.bitwise_right_shift.html}.
 *
 * @throws {TypeError} for floats.
 *
 * @example
 * ```ts
 * import { bitwiseRightShift, tensor } from "@dinograd/dinograd";
 *
 * console.log(bitwiseRightShift(tensor([16, -7], { dtype: "int32" }), 2).toArray()); // [4, -2]
 * ```
 */
export const bitwiseRightShift: IntegerBinary = onIntegers("bitwiseRightShift", shiftRight);

/**
 * The greatest common divisor, not negative; 0 for two zeros. See
 * {@link https://pytorch.org/docs/stable/generated/torch.gcd.html}.
 *
 * @throws {TypeError} for floats.
 *
 * @example
 * ```ts
 * import { gcd, tensor } from "@dinograd/dinograd";
 *
 * console.log(gcd(tensor([12, -8], { dtype: "int32" }), 18).toArray()); // [6, 2]
 * ```
 */
export const gcd: IntegerBinary = onIntegers("gcd", divisor);

/**
 * The least common multiple, not negative; 0 where one of the two is 0. See
 * {@link https://pytorch.org/docs/stable/generated/torch.lcm.html}.
 *
 * @throws {TypeError} for floats.
 *
 * @example
 * ```ts
 * import { lcm, tensor } from "@dinograd/dinograd";
 *
 * console.log(lcm(tensor([4, -6], { dtype: "int32" }), 10).toArray()); // [20, 30]
 * ```
 */
export const lcm: IntegerBinary = onIntegers("lcm", multiple);
