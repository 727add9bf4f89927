/**
 * Orthogonal polynomials, element by element; integers give floats.
 *
 * The first operand is the argument x, the second the degree n, which loses its fraction; below 0 it gives 0. As in
 * PyTorch no gradient flows back.
 */
import type { Intrinsic } from "../lib/formula.ts";
import * as words from "../lib/special/intrinsics.ts";
import { type Binary, binary } from "../lib/pointwise.ts";

/** The polynomials `f` of x; if `shifted` of 2x − 1, which goes from −1 to 1 where x goes from 0 to 1. */
function polynomials(name: string, f: Intrinsic, shifted = false): Binary {
  return binary(`special.${name}`, (k, x, n) => {
    const t = shifted ? k.sub(k.add(x, x), k.constant(1)) : x;
    return k.call(f, t, n);
  }, { result: "float", gradient: [false, false] });
}

/**
 * Chebyshev's polynomials of the first kind: T₂(x) = 2x² − 1. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.chebyshev_polynomial_t}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([2]), n = tensor([2]);
 * console.log(special.chebyshevPolynomialT(x, n).toArray()); // [7]
 * ```
 */
export const chebyshevPolynomialT: Binary = polynomials("chebyshevPolynomialT", words.chebyshevT);

/**
 * Chebyshev's polynomials of the second kind: U₂(x) = 4x² − 1. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.chebyshev_polynomial_u}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([2]), n = tensor([2]);
 * console.log(special.chebyshevPolynomialU(x, n).toArray()); // [15]
 * ```
 */
export const chebyshevPolynomialU: Binary = polynomials("chebyshevPolynomialU", words.chebyshevU);

/**
 * Chebyshev's polynomials of the third kind: V₂(x) = 4x² − 2x − 1. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.chebyshev_polynomial_v}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([2]), n = tensor([2]);
 * console.log(special.chebyshevPolynomialV(x, n).toArray()); // [11]
 * ```
 */
export const chebyshevPolynomialV: Binary = polynomials("chebyshevPolynomialV", words.chebyshevV);

/**
 * Chebyshev's polynomials of the fourth kind: W₂(x) = 4x² + 2x − 1. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.chebyshev_polynomial_w}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([2]), n = tensor([2]);
 * console.log(special.chebyshevPolynomialW(x, n).toArray()); // [19]
 * ```
 */
export const chebyshevPolynomialW: Binary = polynomials("chebyshevPolynomialW", words.chebyshevW);

/**
 * {@link chebyshevPolynomialT} of 2x − 1. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.shifted_chebyshev_polynomial_t}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([2]), n = tensor([2]);
 * console.log(special.shiftedChebyshevPolynomialT(x, n).toArray()); // [17]
 * ```
 */
export const shiftedChebyshevPolynomialT: Binary = polynomials(
  "shiftedChebyshevPolynomialT",
  words.chebyshevT,
  true,
);

/**
 * {@link chebyshevPolynomialU} of 2x − 1. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.shifted_chebyshev_polynomial_u}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([2]), n = tensor([2]);
 * console.log(special.shiftedChebyshevPolynomialU(x, n).toArray()); // [35]
 * ```
 */
export const shiftedChebyshevPolynomialU: Binary = polynomials(
  "shiftedChebyshevPolynomialU",
  words.chebyshevU,
  true,
);

/**
 * {@link chebyshevPolynomialV} of 2x − 1. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.shifted_chebyshev_polynomial_v}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([2]), n = tensor([2]);
 * console.log(special.shiftedChebyshevPolynomialV(x, n).toArray()); // [29]
 * ```
 */
export const shiftedChebyshevPolynomialV: Binary = polynomials(
  "shiftedChebyshevPolynomialV",
  words.chebyshevV,
  true,
);

/**
 * {@link chebyshevPolynomialW} of 2x − 1. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.shifted_chebyshev_polynomial_w}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([2]), n = tensor([2]);
 * console.log(special.shiftedChebyshevPolynomialW(x, n).toArray()); // [41]
 * ```
 */
export const shiftedChebyshevPolynomialW: Binary = polynomials(
  "shiftedChebyshevPolynomialW",
  words.chebyshevW,
  true,
);

/**
 * Hermite's polynomials as physicists have them: H₂(x) = 4x² − 2. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.hermite_polynomial_h}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([2]), n = tensor([2]);
 * console.log(special.hermitePolynomialH(x, n).toArray()); // [14]
 * ```
 */
export const hermitePolynomialH: Binary = polynomials("hermitePolynomialH", words.hermiteH);

/**
 * Hermite's polynomials as statisticians have them: He₂(x) = x² − 1. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.hermite_polynomial_he}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([2]), n = tensor([2]);
 * console.log(special.hermitePolynomialHe(x, n).toArray()); // [3]
 * ```
 */
export const hermitePolynomialHe: Binary = polynomials("hermitePolynomialHe", words.hermiteHe);

/**
 * Laguerre's polynomials: L₂(x) = (x² − 4x + 2) / 2. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.laguerre_polynomial_l}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([2]), n = tensor([2]);
 * console.log(special.laguerrePolynomialL(x, n).toArray()); // [-1]
 * ```
 */
export const laguerrePolynomialL: Binary = polynomials("laguerrePolynomialL", words.laguerreL);

/**
 * Legendre's polynomials: P₂(x) = (3x² − 1) / 2. See
 * {@link https://pytorch.org/docs/stable/special.html#torch.special.legendre_polynomial_p}.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([2]), n = tensor([2]);
 * console.log(special.legendrePolynomialP(x, n).toArray()); // [5.5]
 * ```
 */
export const legendrePolynomialP: Binary = polynomials("legendrePolynomialP", words.legendreP);
