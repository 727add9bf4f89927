/** Hurwitz's zeta function, and the derivatives of digamma, which are made of it. */
import { digamma, trigamma } from "./gamma.ts";

/** (2k)! / B₂ₖ of the Euler-Maclaurin formula. */
const factors = [
  12,
  -720,
  30240,
  -1209600,
  47900160,
  -1307674368000 / 691,
  74724249600,
  -10670622842880000 / 3617,
  5109094217170944000 / 43867,
  -802857662698291200000 / 174611,
  155112100433309859840000 / 854513,
  -1693824136731743669452800000 / 236364091,
];

/** Σ (q + k)⁻ˢ over k = 0, 1, 2 ...: Infinity at s = 1 and q = 0, −1, −2 ...; NaN for s < 1. */
export function zeta(s: number, q: number): number {
  if (!(s > 1)) return s === 1 ? Infinity : NaN;
  if (q === Infinity) return 0;
  if (q <= 0) {
    if (q === Math.floor(q)) return Infinity;
    return s === Math.floor(s) ? reflected(s, q) : NaN;
  }
  let sum = 0, a = q, term = a ** -s;
  for (const start = 8 + 0.7 * s; a < start; term = (++a) ** -s) {
    sum += term;
    if (!(term > 1e-17 * sum)) return sum;
  }
  // Euler-Maclaurin: what is left of the sum is ∫ + term / 2 + Σ B₂ₖ / (2k)! · derivatives
  sum += term * (a / (s - 1) + 0.5);
  const inverse = 1 / a, square = inverse * inverse;
  let factor = s * term * inverse;
  for (let k = 0; k < factors.length; k++) {
    const part = factor / factors[k];
    sum += part;
    if (Math.abs(part) < 1e-17 * sum) break;
    factor *= (s + 2 * k + 1) * (s + 2 * k + 2) * square;
  }
  return sum;
}

// With q = d − m, m the whole number that makes |d| ≤ ½: the terms above d, d⁻ˢ itself, and the m terms below,
// which are those above −d up to m, with the sign of (−1)ˢ.
function reflected(s: number, q: number): number {
  const d = q - Math.round(q), below = zeta(s, 1 - d) - zeta(s, 1 - q);
  return zeta(s, 1 + d) + d ** -s + (s % 2 === 0 ? below : -below);
}

/** The derivative of order n of {@link digamma}: (−1)ⁿ⁺¹ n! ζ(n + 1, x). */
export function polygamma(n: number, x: number): number {
  if (n < 2) return n === 0 ? digamma(x) : trigamma(x);
  let factorial = n % 2 ? 1 : -1;
  for (let k = 2; k <= n && Number.isFinite(factorial); k++) factorial *= k;
  return factorial * zeta(n + 1, x);
}
