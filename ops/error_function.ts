/** The error function, its complements and its inverse, element by element; integers give floats. */
import * as words from "../lib/special/intrinsics.ts";
import { type Unary, unary } from "../lib/pointwise.ts";

const result = "float";

/**
 * The error function, 2/√π ∫₀ˣ exp(−t²) dt. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.erf}.
 *
 * @example
 * ```ts
 * import { erf, tensor } from "@dinograd/dinograd";
 *
 * console.log(erf(tensor([0, 10])).toArray()); // [0, 1]
 * ```
 */
export const erf: Unary = unary("erf", (k, x) => k.erf(x), { result });

/**
 * 1 − erf(x), to full precision also where that is tiny. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.erfc}.
 *
 * @example
 * ```ts
 * import { erfc, tensor } from "@dinograd/dinograd";
 *
 * console.log(erfc(tensor([0, 40])).toArray()); // [1, 0]
 * ```
 */
export const erfc: Unary = unary("erfc", (k, x) => k.call(words.erfc, x), { result });

/**
 * exp(x²) erfc(x), which neither overflows nor vanishes for positive x. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.erfcx}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * console.log(special.erfcx(tensor([0])).toArray()); // [1]
 * ```
 */
export const erfcx: Unary = unary("special.erfcx", (k, x) => k.call(words.erfcx, x), { result });

/**
 * The inverse of {@link erf}: ±Infinity at ±1, NaN beyond. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.erfinv}.
 *
 * @example
 * ```ts
 * import { erfinv, tensor } from "@dinograd/dinograd";
 *
 * console.log(erfinv(tensor([-1, 0, 1])).toArray()); // [-Infinity, 0, Infinity]
 * ```
 */
export const erfinv: Unary = unary("erfinv", (k, x) => k.call(words.erfinv, x), { result });
