/** Division, element by element: quotients, whole quotients and remainders. Shapes broadcast. */
import { asChoice, named } from "../lib/arguments.ts";
import { floorQuotient, fmod as remainderOf, modulo } from "../lib/division.ts";
import { type DType, isFloat } from "../lib/dtype.ts";
import type { Formula } from "../lib/formula.ts";
import { type Binary, type Operand, pointwise, type PointwiseOptions } from "../lib/pointwise.ts";
import type { Scalar } from "../lib/scalar.ts";
import { Tensor } from "../lib/tensor.ts";
import { again } from "../lib/watch.ts";

const verb = "divide";
const quotient = pointwise("div", (k, x, y) => k.div(x, y), { verb, result: "float" });

/** An op that integers have too: they are computed in float64, where their quotients are exact, and refuse 0. */
function division(name: string, formula: Formula, options: PointwiseOptions = {}): Binary {
  const op = pointwise(name, formula, { verb, integersIn: "float64", ...options });
  return ((x: Operand, y: Operand) => {
    const z = op.apply([x, y]);
    if (z instanceof Tensor && !isFloat(z.dtype) && z.numel() > 0) again(name, () => refuseZero(y, z.dtype));
    return z;
  }) as Binary;
}

function refuseZero(y: Operand, dtype: DType): void {
  if (y instanceof Tensor ? y.all().item() !== 0 : y !== 0) return;
  throw new RangeError(`Cannot divide ${dtype} by 0: integers have neither Infinity nor NaN; use x.float()`);
}

const rounded = {
  floor: division("divFloor", (k, x, y) => floorQuotient(k, x, y)),
  trunc: division("divTrunc", (k, x, y) => k.trunc(k.div(x, y))),
};

/** Options of {@link div}. */
export interface DivOptions {
  /** null (default) keeps the fraction; "floor" rounds down, "trunc" towards 0, and integers stay integers. */
  roundingMode?: "floor" | "trunc" | null;
}

/**
 * Divides; integers give floats unless the quotient is rounded. The gradient of a rounded quotient is 0. Shapes
 * broadcast. See {@link https://pytorch.org/docs/stable/generated/torch.div.html}.
 *
 * @throws {RangeError} for integers by 0, rounded.
 *
 * @example
 * ```ts
 * import { div, tensor } from "@dinograd/dinograd";
 *
 * console.log(div(tensor([1, 2], { dtype: "int32" }), 4).toArray()); // [0.25, 0.5]
 * console.log(div(tensor([7, -7]), 2, { roundingMode: "floor" }).toArray()); // [3, -4]
 * ```
 */
export function div(x: Scalar, y: Scalar | number, options?: DivOptions): Scalar;
/** The same for tensors. */
export function div(x: Tensor, y: Operand, options?: DivOptions): Tensor;
export function div(x: Operand, y: Operand, ...options: unknown[]): Tensor | Scalar {
  if (options.length === 0) return quotient.apply([x, y]);
  const { roundingMode = null } = named<DivOptions>("div", options, [], ["roundingMode"]);
  if (roundingMode === null) return quotient.apply([x, y]);
  return rounded[asChoice("div", "roundingMode", roundingMode, ["floor", "trunc"])](x as Tensor, y);
}

/**
 * Another name of {@link div}.
 *
 * @example
 * ```ts
 * import { divide, tensor } from "@dinograd/dinograd";
 *
 * console.log(divide(tensor([1, 2]), 4).toArray()); // [0.25, 0.5]
 * ```
 */
export const divide: typeof div = div;

/**
 * {@link div} without rounding. See {@link https://pytorch.org/docs/stable/generated/torch.true_divide.html}.
 *
 * @example
 * ```ts
 * import { tensor, trueDivide } from "@dinograd/dinograd";
 *
 * console.log(trueDivide(tensor([1, 2]), 4).toArray()); // [0.25, 0.5]
 * ```
 */
export const trueDivide: Binary = ((x: Operand, y: Operand) => quotient.apply([x, y])) as Binary;

/**
 * ⌊x / y⌋; integers stay integers. Not recorded; div(x, y, { roundingMode: "floor" }) is. See
 * {@link https://pytorch.org/docs/stable/generated/torch.floor_divide.html}.
 *
 * @throws {RangeError} for integers by 0.
 *
 * @example
 * ```ts
 * import { floorDivide, tensor } from "@dinograd/dinograd";
 *
 * console.log(floorDivide(tensor([7, -7]), 2).toArray()); // [3, -4]
 * ```
 */
export const floorDivide: Binary = division("floorDivide", (k, x, y) => floorQuotient(k, x, y), {
  gradient: [false, false],
});

/**
 * x − y · trunc(x / y), exactly: the remainder with the sign of x. See
 * {@link https://pytorch.org/docs/stable/generated/torch.fmod.html}.
 *
 * @throws {RangeError} for integers by 0.
 *
 * @example
 * ```ts
 * import { fmod, tensor } from "@dinograd/dinograd";
 *
 * console.log(fmod(tensor([7, -7]), 3).toArray()); // [1, -1]
 * ```
 */
export const fmod: Binary = division("fmod", (k, x, y) => k.call(remainderOf, x, y));

/**
 * x − y · ⌊x / y⌋: the remainder with the sign of y. See
 * {@link https://pytorch.org/docs/stable/generated/torch.remainder.html}.
 *
 * @throws {RangeError} for integers by 0.
 *
 * @example
 * ```ts
 * import { remainder, tensor } from "@dinograd/dinograd";
 *
 * console.log(remainder(tensor([7, -7]), 3).toArray()); // [1, 2]
 * ```
 */
export const remainder: Binary = division("remainder", (k, x, y) => modulo(k, x, y), {
  gradient: [null, (k, g, _r, x, y) => k.neg(k.mul(g, floorQuotient(k, x, y)))],
});
