/** Bessel functions of order 0 and 1 and Airy's, element by element; integers give floats. */
import * as words from "../lib/special/intrinsics.ts";
import { type Unary, unary } from "../lib/pointwise.ts";

const result = "float";

/**
 * The modified Bessel function of the first kind of order 0. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.i0}.
 *
 * @example
 * ```ts
 * import { i0, tensor } from "@dinograd/dinograd";
 *
 * console.log(i0(tensor([0])).toArray()); // [1]
 * ```
 */
export const i0: Unary = unary("i0", (k, x) => k.call(words.i0, x), { result });

/**
 * e^−|x| times {@link i0}, which does not overflow. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.i0e}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * console.log(special.i0e(tensor([0])).toArray()); // [1]
 * ```
 */
export const i0e: Unary = unary("special.i0e", (k, x) => k.call(words.i0e, x), { result });

/**
 * The modified Bessel function of the first kind of order 1. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.i1}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * console.log(special.i1(tensor([0])).toArray()); // [0]
 * ```
 */
export const i1: Unary = unary("special.i1", (k, x) => k.call(words.i1, x), { result });

/**
 * e^−|x| times {@link i1}, which does not overflow. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.i1e}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * console.log(special.i1e(tensor([0])).toArray()); // [0]
 * ```
 */
export const i1e: Unary = unary("special.i1e", (k, x) => k.call(words.i1e, x), { result });

/**
 * The Bessel function of the first kind of order 0. Unlike PyTorch's it has a gradient. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.bessel_j0}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * console.log(special.besselJ0(tensor([0])).toArray()); // [1]
 * ```
 */
export const besselJ0: Unary = unary("special.besselJ0", (k, x) => k.call(words.besselJ0, x), { result });

/**
 * The Bessel function of the first kind of order 1. Unlike PyTorch's it has a gradient. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.bessel_j1}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * console.log(special.besselJ1(tensor([0])).toArray()); // [0]
 * ```
 */
export const besselJ1: Unary = unary("special.besselJ1", (k, x) => k.call(words.besselJ1, x), { result });

/**
 * The Bessel function of the second kind of order 0: −Infinity at 0, NaN below. Unlike PyTorch's it has a
 * gradient. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.bessel_y0}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * console.log(special.besselY0(tensor([-1, 0])).toArray()); // [NaN, -Infinity]
 * ```
 */
export const besselY0: Unary = unary("special.besselY0", (k, x) => k.call(words.besselY0, x), { result });

/**
 * The Bessel function of the second kind of order 1: −Infinity at 0, NaN below. Unlike PyTorch's it has a
 * gradient. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.bessel_y1}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * console.log(special.besselY1(tensor([-1, 0])).toArray()); // [NaN, -Infinity]
 * ```
 */
export const besselY1: Unary = unary("special.besselY1", (k, x) => k.call(words.besselY1, x), { result });

/**
 * Another name of {@link i0}. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.modified_bessel_i0}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * console.log(special.modifiedBesselI0(tensor([0])).toArray()); // [1]
 * ```
 */
export const modifiedBesselI0: Unary = i0;

/**
 * Another name of {@link i1}. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.modified_bessel_i1}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * console.log(special.modifiedBesselI1(tensor([0])).toArray()); // [0]
 * ```
 */
export const modifiedBesselI1: Unary = i1;

/**
 * The modified Bessel function of the second kind of order 0: Infinity at 0, NaN below. Unlike PyTorch's it has a
 * gradient. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.modified_bessel_k0}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * console.log(special.modifiedBesselK0(tensor([-1, 0, Infinity])).toArray()); // [NaN, Infinity, 0]
 * ```
 */
export const modifiedBesselK0: Unary = unary("special.modifiedBesselK0", (k, x) => k.call(words.k0, x), {
  result,
});

/**
 * The modified Bessel function of the second kind of order 1: Infinity at 0, NaN below. Unlike PyTorch's it has a
 * gradient. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.modified_bessel_k1}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * console.log(special.modifiedBesselK1(tensor([-1, 0, Infinity])).toArray()); // [NaN, Infinity, 0]
 * ```
 */
export const modifiedBesselK1: Unary = unary("special.modifiedBesselK1", (k, x) => k.call(words.k1, x), {
  result,
});

/**
 * eˣ times {@link modifiedBesselK0}, which does not vanish so soon. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.scaled_modified_bessel_k0}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * console.log(special.scaledModifiedBesselK0(tensor([-1, 0, Infinity])).toArray()); // [NaN, Infinity, 0]
 * ```
 */
export const scaledModifiedBesselK0: Unary = unary(
  "special.scaledModifiedBesselK0",
  (k, x) => k.call(words.k0e, x),
  { result },
);

/**
 * eˣ times {@link modifiedBesselK1}, which does not vanish so soon. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.scaled_modified_bessel_k1}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * console.log(special.scaledModifiedBesselK1(tensor([-1, 0, Infinity])).toArray()); // [NaN, Infinity, 0]
 * ```
 */
export const scaledModifiedBesselK1: Unary = unary(
  "special.scaledModifiedBesselK1",
  (k, x) => k.call(words.k1e, x),
  { result },
);

/**
 * The spherical Bessel function of the first kind of order 0, sin(x) / x. Unlike PyTorch's it has a gradient. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.spherical_bessel_j0}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * console.log(special.sphericalBesselJ0(tensor([0, Infinity])).toArray()); // [1, 0]
 * ```
 */
export const sphericalBesselJ0: Unary = unary(
  "special.sphericalBesselJ0",
  (k, x) => k.call(words.sphericalJ0, x),
  { result },
);

/**
 * Airy's function Ai, of which no gradient flows back. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.airy_ai}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * console.log(special.airyAi(tensor([0], { dtype: "float64" })).toArray()); // [0.3550280538878172]
 * ```
 */
export const airyAi: Unary = unary("special.airyAi", (k, x) => k.call(words.airyAi, x), {
  result,
  gradient: [false],
});
