/** Special functions, element by element; integers give floats. */
import { type Unary, unary } from "../lib/pointwise.ts";

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
export const erf: Unary = unary("erf", (k, x) => k.erf(x), { result: "float" });
