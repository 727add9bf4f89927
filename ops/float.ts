/** What floats are and hold: their parts, powers of two, values that are no numbers. */
import { asNumber, named } from "../lib/arguments.ts";
import { isFloat } from "../lib/dtype.ts";
import { exponent as exponentOf, mantissa } from "../lib/float_parts.ts";
import { sigmoid } from "../lib/phrases.ts";
import { type Binary, binary, type Operand, pointwise } from "../lib/pointwise.ts";
import type { Scalar } from "../lib/scalar.ts";
import { asTensor, Tensor } from "../lib/tensor.ts";

const power = pointwise("floatPower", (k, x, y) => k.pow(x, y), { verb: "exponentiate" });

/**
 * x to the power `exponent`, in float64. Shapes broadcast. See
 * {@link https://pytorch.org/docs/stable/generated/torch.float_power.html}.
 *
 * @example
 * ```ts
 * import { floatPower, tensor } from "@dinograd/dinograd";
 *
 * console.log(floatPower(tensor([1, 2, 3], { dtype: "int32" }), -1).dtype); // float64
 * ```
 */
export function floatPower(x: number, exponent: Tensor): Tensor;
/** The same for scalars. */
export function floatPower(x: Scalar, exponent: Scalar | number): Scalar;
/** The same for tensors. */
export function floatPower(x: Tensor, exponent: Operand): Tensor;
export function floatPower(x: Operand, exponent: Operand): Tensor | Scalar {
  if (x instanceof Tensor && typeof exponent === "number") return x.double().pow(exponent);
  return power.apply([x, exponent].map((a) => a instanceof Tensor ? a.double() : a));
}

/**
 * x · 2ʸ; integers give floats. Shapes broadcast. See
 * {@link https://pytorch.org/docs/stable/generated/torch.ldexp.html}.
 *
 * @example
 * ```ts
 * import { ldexp, tensor } from "@dinograd/dinograd";
 *
 * console.log(ldexp(tensor([0.5, 0.75]), tensor([1, 4])).toArray()); // [1, 12]
 * ```
 */
export const ldexp: Binary = binary("ldexp", (k, x, y) => k.mul(x, k.pow(k.constant(2), y)), {
  result: "float",
  gradient: [
    (k, g, _z, _x, y) => k.mul(g, k.pow(k.constant(2), y)),
    (k, g, z) => k.mul(g, k.mul(z, k.constant(Math.LN2))),
  ],
});

const mantissaOp = pointwise("frexp", (k, x) => k.call(mantissa, x));
const exponentOp = pointwise("frexpExponent", (k, x) => k.call(exponentOf, x), { result: "int32" });

/**
 * x as [mantissa, exponent]: x = mantissa · 2 ** exponent, ½ ≤ |mantissa| < 1, exponents int32; 0, ±Infinity and NaN
 * have the exponent 0. See {@link https://pytorch.org/docs/stable/generated/torch.frexp.html}.
 *
 * @throws {TypeError} for integers.
 *
 * @example
 * ```ts
 * import { frexp, tensor } from "@dinograd/dinograd";
 *
 * const [mantissa, exponent] = frexp(tensor([1, 12]));
 * console.log(mantissa.toArray(), exponent.toArray()); // [0.5, 0.75] [1, 4]
 * ```
 */
export function frexp(x: Tensor): [mantissa: Tensor, exponent: Tensor] {
  if (!isFloat(asTensor("call frexp()", "the input", x).dtype)) {
    throw new TypeError(`Cannot call frexp() on ${x.dtype}: it must have floats; use x.float()`);
  }
  return [mantissaOp.apply([x]) as Tensor, exponentOp.apply([x]) as Tensor];
}

/**
 * log₂(2ˣ + 2ʸ) without overflow. See {@link https://pytorch.org/docs/stable/generated/torch.logaddexp2.html}.
 *
 * @example
 * ```ts
 * import { logaddexp2, tensor } from "@dinograd/dinograd";
 *
 * console.log(logaddexp2(tensor([1e4, 3]), tensor([0, 3])).toArray()); // [10000, 4]
 * ```
 */
export const logaddexp2: Binary = binary("logaddexp2", (k, x, y) => {
  const way = k.select(k.eq(x, y), k.constant(0), k.sub(y, x)); // Infinity − Infinity is 0 here
  const ratio = k.exp(k.mul(k.constant(-Math.LN2), k.abs(way)));
  return k.add(k.max(x, y), k.mul(k.constant(Math.LOG2E), k.log1p(ratio)));
}, {
  result: "float",
  gradient: [
    (k, g, _z, x, y) => k.mul(g, sigmoid(k, k.mul(k.constant(Math.LN2), k.sub(x, y)))),
    (k, g, _z, x, y) => k.mul(g, sigmoid(k, k.mul(k.constant(Math.LN2), k.sub(y, x)))),
  ],
});

const repaired = pointwise("nanToNum", (k, x, nan, posinf, neginf) => {
  const zero = k.constant(0), infinite = k.select(k.lt(x, zero), neginf, posinf);
  return k.select(k.eq(x, x), k.select(k.eq(k.sub(x, x), zero), x, infinite), nan); // ∞ − ∞ is NaN
}, {
  params: 3,
  gradient: [(k, g, _y, x) => k.select(k.lt(k.abs(x), k.constant(Infinity)), g, k.constant(0))],
});

/** Options of {@link nanToNum}. */
export interface NanToNumOptions {
  /** Instead of NaN; default 0. */
  nan?: number | null;
  /** Instead of Infinity; default: the largest number of x's dtype. */
  posinf?: number | null;
  /** Instead of −Infinity; default: the smallest number of x's dtype. */
  neginf?: number | null;
}

/** The largest float32. */
const LARGEST_SINGLE = (2 - 2 ** -23) * 2 ** 127;

/**
 * x with numbers instead of NaN, Infinity and −Infinity, where its gradient is 0; integers stay as they are. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nan_to_num.html}.
 *
 * @example
 * ```ts
 * import { nanToNum, tensor } from "@dinograd/dinograd";
 *
 * console.log(nanToNum(tensor([NaN, Infinity, 2]), { posinf: 9 }).toArray()); // [0, 9, 2]
 * ```
 */
export function nanToNum(x: Scalar, ...options: (number | null | NanToNumOptions)[]): Scalar;
/** The same for tensors. */
export function nanToNum(x: Tensor, ...options: (number | null | NanToNumOptions)[]): Tensor;
export function nanToNum(x: Operand, ...options: unknown[]): Tensor | Scalar {
  const given = named<NanToNumOptions>("nanToNum", options, ["nan", "posinf", "neginf"]);
  const largest = x instanceof Tensor && x.dtype === "float32" ? LARGEST_SINGLE : Number.MAX_VALUE;
  const number = (option: keyof NanToNumOptions, otherwise: number) =>
    asNumber("nanToNum", option, given[option] ?? otherwise);
  const values = [number("nan", 0), number("posinf", largest), number("neginf", -largest)];
  return x instanceof Tensor && !isFloat(x.dtype) ? x.clone() : repaired.apply([x, ...values]);
}
