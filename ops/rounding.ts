/** Rounding, element by element; integers stay as they are, and gradients are 0. */
import { asNumber, named } from "../lib/arguments.ts";
import { isFloat } from "../lib/dtype.ts";
import type { Formula } from "../lib/formula.ts";
import { type Operand, pointwise, type Unary, unary } from "../lib/pointwise.ts";
import type { Scalar } from "../lib/scalar.ts";
import { Tensor } from "../lib/tensor.ts";

function rounding(name: string, formula: Formula): Unary {
  const op = pointwise(name, formula);
  return ((x: Operand) => isWhole(x) ? x.clone() : op.apply([x])) as Unary;
}

function isWhole(x: Operand): x is Tensor {
  return x instanceof Tensor && !isFloat(x.dtype);
}

/**
 * The whole number at or below x. See {@link https://pytorch.org/docs/stable/generated/torch.floor.html}.
 *
 * @example
 * ```ts
 * import { floor, tensor } from "@dinograd/dinograd";
 *
 * console.log(floor(tensor([1.7, -1.2])).toArray()); // [1, -2]
 * ```
 */
export const floor: Unary = rounding("floor", (k, x) => k.floor(x));

/**
 * The whole number at or above x. See {@link https://pytorch.org/docs/stable/generated/torch.ceil.html}.
 *
 * @example
 * ```ts
 * import { ceil, tensor } from "@dinograd/dinograd";
 *
 * console.log(ceil(tensor([1.2, -1.7])).toArray()); // [2, -1]
 * ```
 */
export const ceil: Unary = rounding("ceil", (k, x) => k.ceil(x));

/**
 * x without its fraction. See {@link https://pytorch.org/docs/stable/generated/torch.trunc.html}.
 *
 * @example
 * ```ts
 * import { tensor, trunc } from "@dinograd/dinograd";
 *
 * console.log(trunc(tensor([1.7, -1.7])).toArray()); // [1, -1]
 * ```
 */
export const trunc: Unary = rounding("trunc", (k, x) => k.trunc(x));

/**
 * Another name of {@link trunc}.
 *
 * @example
 * ```ts
 * import { fix, tensor } from "@dinograd/dinograd";
 *
 * console.log(fix(tensor([1.7, -1.7])).toArray()); // [1, -1]
 * ```
 */
export const fix: Unary = trunc;

const nearest = rounding("round", (k, x) => k.round(x));
const nearestMultiple = pointwise("roundDecimals", (k, x, up, down) => {
  return k.mul(k.div(k.round(k.mul(k.div(x, down), up)), up), down);
}, { params: 2 });

/** Options of {@link round}. */
export interface RoundOptions {
  /** How many decimals to keep; −2 rounds to hundreds. Default 0. */
  decimals?: number;
}

/**
 * The nearest whole number, halves to even, or the nearest with `decimals` decimals. See
 * {@link https://pytorch.org/docs/stable/generated/torch.round.html}.
 *
 * @example
 * ```ts
 * import { round, tensor } from "@dinograd/dinograd";
 *
 * console.log(round(tensor([0.5, 1.5, 2.6])).toArray()); // [0, 2, 3]
 * console.log(round(tensor([1250, 1375]), { decimals: -2 }).toArray()); // [1200, 1400]
 * ```
 */
export function round(x: Scalar, options?: RoundOptions): Scalar;
/** The same for tensors. */
export function round(x: Tensor, options?: RoundOptions): Tensor;
export function round(x: Operand, ...options: unknown[]): Tensor | Scalar {
  const { decimals = 0 } = named<RoundOptions>("round", options, [], ["decimals"]);
  if (decimals === 0 || isWhole(x)) return nearest(x as Tensor);
  const scale = 10 ** Math.abs(asNumber("round", "decimals", decimals));
  return nearestMultiple.apply(decimals > 0 ? [x, scale, 1] : [x, 1, scale]);
}

/**
 * The fraction of x, with its sign: x − trunc(x). See
 * {@link https://pytorch.org/docs/stable/generated/torch.frac.html}.
 *
 * @example
 * ```ts
 * import { frac, tensor } from "@dinograd/dinograd";
 *
 * console.log(frac(tensor([1.5, -1.25])).toArray()); // [0.5, -0.25]
 * ```
 */
export const frac: Unary = unary("frac", (k, x) => k.sub(x, k.trunc(x)), { result: "float" });
