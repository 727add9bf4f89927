/** Arithmetic, element by element; shapes broadcast. */
import { asNumber, named } from "../lib/arguments.ts";
import { isFloat } from "../lib/dtype.ts";
import { type Binary, binary, type Operand, pointwise, type Unary, unary } from "../lib/pointwise.ts";
import type { Scalar } from "../lib/scalar.ts";
import { Tensor } from "../lib/tensor.ts";

/** Options of {@link add} and {@link sub}. */
export interface AlphaOptions {
  /** The factor of the second operand; default 1. */
  alpha?: number;
}

const sum = pointwise("add", (k, x, y) => k.add(x, y), { verb: "add" });
const scaledSum = pointwise("addScaled", (k, x, y, alpha) => k.add(x, k.mul(alpha, y)), {
  verb: "add",
  params: 1,
});
const difference = pointwise("sub", (k, x, y) => k.sub(x, y), { verb: "subtract" });

/**
 * Adds: x + alpha · y. Shapes broadcast. See {@link https://pytorch.org/docs/stable/generated/torch.add.html}.
 *
 * @example
 * ```ts
 * import { add, tensor } from "@dinograd/dinograd";
 *
 * console.log(add(tensor([1, 2]), tensor([[10], [20]])).toArray()); // [[11, 12], [21, 22]]
 * ```
 */
export function add(x: Scalar, y: Scalar | number): Scalar;
/** The same for tensors. */
export function add(x: Tensor, y: Operand, options?: AlphaOptions): Tensor;
export function add(x: Operand, y: Operand, options?: AlphaOptions): Tensor | Scalar {
  if (options === undefined) return sum.apply([x, y]);
  const { alpha = 1 } = named<Required<AlphaOptions>>("add", [options], [], ["alpha"]);
  return scaledSum.apply([x, y, asNumber("add", "alpha", alpha)]);
}

/**
 * Subtracts: x − alpha · y. Shapes broadcast. See {@link https://pytorch.org/docs/stable/generated/torch.sub.html}.
 *
 * @example
 * ```ts
 * import { sub, tensor } from "@dinograd/dinograd";
 *
 * console.log(sub(tensor([5, 7]), 1).toArray()); // [4, 6]
 * ```
 */
export function sub(x: Scalar, y: Scalar | number): Scalar;
/** The same for tensors. */
export function sub(x: Tensor, y: Operand, options?: AlphaOptions): Tensor;
export function sub(x: Operand, y: Operand, options?: AlphaOptions): Tensor | Scalar {
  if (options === undefined) return difference.apply([x, y]);
  const { alpha = 1 } = named<Required<AlphaOptions>>("sub", [options], [], ["alpha"]);
  return scaledSum.apply([x, y, -asNumber("sub", "alpha", alpha)]);
}

/**
 * Another name of {@link sub}.
 *
 * @example
 * ```ts
 * import { subtract, tensor } from "@dinograd/dinograd";
 *
 * console.log(subtract(tensor([5, 7]), 1).toArray()); // [4, 6]
 * ```
 */
export const subtract: typeof sub = sub;

const reversed = pointwise("rsub", (k, x, y) => k.sub(y, x), { verb: "subtract" });
const scaledReversed = pointwise("rsubScaled", (k, x, y, alpha) => k.sub(y, k.mul(alpha, x)), {
  verb: "subtract",
  params: 1,
});

/**
 * Subtracts from y: y − alpha · x. Shapes broadcast. See
 * {@link https://pytorch.org/docs/stable/generated/torch.sub.html}.
 *
 * @example
 * ```ts
 * import { rsub, tensor } from "@dinograd/dinograd";
 *
 * console.log(rsub(tensor([5, 7]), 1).toArray()); // [-4, -6]
 * ```
 */
export function rsub(x: Scalar, y: Scalar | number): Scalar;
/** The same for tensors. */
export function rsub(x: Tensor, y: Operand, options?: number | AlphaOptions): Tensor;
export function rsub(x: Operand, y: Operand, ...options: unknown[]): Tensor | Scalar {
  const { alpha = 1 } = named<AlphaOptions>("rsub", options, ["alpha"]);
  if (alpha === 1) return reversed.apply([x, y]);
  return scaledReversed.apply([x, y, asNumber("rsub", "alpha", alpha)]);
}

/**
 * Multiplies. Shapes broadcast. See {@link https://pytorch.org/docs/stable/generated/torch.mul.html}.
 *
 * @example
 * ```ts
 * import { mul, tensor } from "@dinograd/dinograd";
 *
 * console.log(mul(tensor([1, 2, 3]), 10).toArray()); // [10, 20, 30]
 * ```
 */
export const mul: Binary = binary("mul", (k, x, y) => k.mul(x, y), { verb: "multiply" });

/**
 * Another name of {@link mul}.
 *
 * @example
 * ```ts
 * import { multiply, tensor } from "@dinograd/dinograd";
 *
 * console.log(multiply(tensor([1, 2, 3]), 10).toArray()); // [10, 20, 30]
 * ```
 */
export const multiply: Binary = mul;

/**
 * Flips every sign. See {@link https://pytorch.org/docs/stable/generated/torch.neg.html}.
 *
 * @example
 * ```ts
 * import { neg, tensor } from "@dinograd/dinograd";
 *
 * console.log(neg(tensor([1, -2])).toArray()); // [-1, 2]
 * ```
 */
export const neg: Unary = unary("neg", (k, x) => k.neg(x));

/**
 * Another name of {@link neg}.
 *
 * @example
 * ```ts
 * import { negative, tensor } from "@dinograd/dinograd";
 *
 * console.log(negative(tensor([1, -2])).toArray()); // [-1, 2]
 * ```
 */
export const negative: Unary = neg;

/**
 * The absolute value; its gradient at 0 is 0. See {@link https://pytorch.org/docs/stable/generated/torch.abs.html}.
 *
 * @example
 * ```ts
 * import { abs, tensor } from "@dinograd/dinograd";
 *
 * console.log(abs(tensor([-3, 0, 2])).toArray()); // [3, 0, 2]
 * ```
 */
export const abs: Unary = unary("abs", (k, x) => k.abs(x));

/**
 * Another name of {@link abs}.
 *
 * @example
 * ```ts
 * import { absolute, tensor } from "@dinograd/dinograd";
 *
 * console.log(absolute(tensor([-3, 2])).toArray()); // [3, 2]
 * ```
 */
export const absolute: Unary = abs;

const inverse = pointwise("reciprocal", (k, x) => k.div(k.constant(1), x), {
  result: "float",
  gradient: [(k, g, y) => k.mul(g, k.neg(k.mul(y, y)))], // −1/x² = −y²
});

/**
 * 1 / x; integers give floats. See {@link https://pytorch.org/docs/stable/generated/torch.reciprocal.html}.
 *
 * @example
 * ```ts
 * import { reciprocal, tensor } from "@dinograd/dinograd";
 *
 * console.log(reciprocal(tensor([2, 4])).toArray()); // [0.5, 0.25]
 * ```
 */
export const reciprocal: Unary = ((x: Operand) => inverse.apply([x])) as Unary;

const verb = "exponentiate";
const power = pointwise("pow", (k, x, y) => k.pow(x, y), { verb });
// whole numbers to whole powers: 0⁻¹ and the like are 0, as PyTorch says
const wholePower = pointwise("powWhole", (k, x, y) => {
  const zero = k.constant(0);
  return k.select(k.and(k.eq(x, zero), k.lt(y, zero)), zero, k.pow(x, y));
}, { verb, integersIn: "float64" });
/** Exponents that have a shorter formula. */
const powers = new Map([
  [0.5, pointwise("powHalf", (k, x) => k.sqrt(x), { verb, result: "float" })],
  [-1, inverse],
  [
    2,
    pointwise("pow2", (k, x) => k.mul(x, x), {
      verb,
      gradient: [(k, g, _y, x) => k.mul(g, k.mul(k.constant(2), x))],
    }),
  ],
  [
    3,
    pointwise("pow3", (k, x) => k.mul(k.mul(x, x), x), {
      verb,
      gradient: [(k, g, _y, x) => k.mul(k.mul(g, k.constant(3)), k.mul(x, x))],
    }),
  ],
]);

/**
 * x to the power `exponent`; either may be a number. The gradient for x is 0 where the exponent is 0, the gradient
 * for the exponent is 0 where x is 0 and the exponent is not negative. See
 * {@link https://pytorch.org/docs/stable/generated/torch.pow.html}.
 *
 * @throws {RangeError} for integers to a negative number.
 *
 * @example
 * ```ts
 * import { pow, tensor } from "@dinograd/dinograd";
 *
 * console.log(pow(tensor([1, 2, 3]), 2).toArray()); // [1, 4, 9]
 * console.log(pow(2, tensor([1, 2, 3])).toArray()); // [2, 4, 8]
 * ```
 */
export function pow(x: number, exponent: Tensor): Tensor;
/** The same for scalars. */
export function pow(x: Scalar, exponent: Scalar | number): Scalar;
/** The same for tensors. */
export function pow(x: Tensor, exponent: Operand): Tensor;
export function pow(x: Operand, exponent: Operand): Tensor | Scalar {
  const whole = isWhole(x) && isWhole(exponent) && (x instanceof Tensor || exponent instanceof Tensor);
  if (typeof exponent !== "number") return (whole ? wholePower : power).apply([x, exponent]);
  if (whole && exponent < 0) {
    throw new RangeError(
      `Cannot raise ${
        (x as Tensor).dtype
      } to the power ${exponent}: integers take exponents of at least 0; ` +
        `use x.float()`,
    );
  }
  const short = powers.get(exponent);
  if (short && !(x instanceof Tensor && x.dtype === "bool")) return short.apply([x]);
  return (whole ? wholePower : power).apply([x, exponent]);
}

function isWhole(x: Operand): boolean {
  return x instanceof Tensor ? !isFloat(x.dtype) : Number.isInteger(x);
}

/**
 * x · x. See {@link https://pytorch.org/docs/stable/generated/torch.square.html}.
 *
 * @example
 * ```ts
 * import { square, tensor } from "@dinograd/dinograd";
 *
 * console.log(square(tensor([1, -2, 3])).toArray()); // [1, 4, 9]
 * ```
 */
export const square: Unary = ((x: Tensor) => pow(x, 2)) as Unary;

/** Options of {@link addcmul} and {@link addcdiv}. */
export interface ValueOptions {
  /** The factor of the product or quotient; default 1. */
  value?: number;
}

const addProduct = pointwise("addcmul", (k, x, a, b, value) => k.add(x, k.mul(k.mul(value, a), b)), {
  params: 1,
});
const addQuotient = pointwise("addcdiv", (k, x, a, b, value) => k.add(x, k.div(k.mul(value, a), b)), {
  params: 1,
  result: "float",
});

function valueOf(name: string, options: ValueOptions): number {
  return asNumber(name, "value", named<ValueOptions>(name, [options], [], ["value"]).value ?? 1);
}

/**
 * x + value · a · b. See {@link https://pytorch.org/docs/stable/generated/torch.addcmul.html}.
 *
 * @example
 * ```ts
 * import { addcmul, tensor } from "@dinograd/dinograd";
 *
 * console.log(addcmul(tensor([1, 1]), tensor([2, 3]), tensor([4, 5]), { value: 10 }).toArray()); // [81, 151]
 * ```
 */
export function addcmul(x: Scalar, a: Scalar | number, b: Scalar | number, options?: ValueOptions): Scalar;
/** The same for tensors. */
export function addcmul(x: Tensor, a: Operand, b: Operand, options?: ValueOptions): Tensor;
export function addcmul(x: Operand, a: Operand, b: Operand, options: ValueOptions = {}): Tensor | Scalar {
  return addProduct.apply([x, a, b, valueOf("addcmul", options)]);
}

/**
 * x + value · a / b. See {@link https://pytorch.org/docs/stable/generated/torch.addcdiv.html}.
 *
 * @example
 * ```ts
 * import { addcdiv, tensor } from "@dinograd/dinograd";
 *
 * console.log(addcdiv(tensor([1, 1]), tensor([6, 8]), tensor([2, 4])).toArray()); // [4, 3]
 * ```
 */
export function addcdiv(x: Scalar, a: Scalar | number, b: Scalar | number, options?: ValueOptions): Scalar;
/** The same for tensors. */
export function addcdiv(x: Tensor, a: Operand, b: Operand, options?: ValueOptions): Tensor;
export function addcdiv(x: Operand, a: Operand, b: Operand, options: ValueOptions = {}): Tensor | Scalar {
  return addQuotient.apply([x, a, b, valueOf("addcdiv", options)]);
}

// from whichever end is nearer, so that weights 0 and 1 give the ends exactly
const interpolation = pointwise("lerp", (k, x, end, weight) => {
  const way = k.sub(end, x), rest = k.sub(k.constant(1), weight);
  return k.select(
    k.lt(weight, k.constant(0.5)),
    k.add(x, k.mul(weight, way)),
    k.sub(end, k.mul(way, rest)),
  );
}, {
  verb: "interpolate",
  result: "float",
  gradient: [
    (k, g, _y, _x, _end, weight) => k.mul(g, k.sub(k.constant(1), weight)),
    (k, g, _y, _x, _end, weight) => k.mul(g, weight),
    (k, g, _y, x, end) => k.mul(g, k.sub(end, x)),
  ],
});

/**
 * Goes from x towards `end` by the fraction `weight`: x + weight · (end − x). See
 * {@link https://pytorch.org/docs/stable/generated/torch.lerp.html}.
 *
 * @example
 * ```ts
 * import { lerp, tensor } from "@dinograd/dinograd";
 *
 * console.log(lerp(tensor([0, 10]), tensor([4, 20]), 0.25).toArray()); // [1, 12.5]
 * ```
 */
export function lerp(x: Scalar, end: Scalar | number, weight: Scalar | number): Scalar;
/** The same for tensors. */
export function lerp(x: Tensor, end: Operand, weight: Operand): Tensor;
export function lerp(x: Operand, end: Operand, weight: Operand): Tensor | Scalar {
  return interpolation.apply([x, end, weight]);
}
