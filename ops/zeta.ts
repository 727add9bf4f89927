/** Hurwitz's zeta function, element by element; integers give floats. */
import * as words from "../lib/special/intrinsics.ts";
import { type Binary, binary } from "../lib/pointwise.ts";

/**
 * Hurwitz's zeta function, Σ (y + k)⁻ˣ over k = 0, 1, 2 ...; Riemann's for y = 1. As in PyTorch no gradient flows
 * to x. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.zeta}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * console.log(special.zeta(tensor([1, 0.5]), tensor([1, 1])).toArray()); // [Infinity, NaN]
 * ```
 */
export const zeta: Binary = binary("special.zeta", (k, x, y) => k.call(words.zeta, x, y), {
  result: "float",
  gradient: [false, null],
});
