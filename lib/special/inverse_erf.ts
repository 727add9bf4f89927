/** Inverses of the error function and of the normal distribution's function. */
import { erfcx } from "./erf.ts";
import type { Algebra } from "../formula.ts";
import { polynomial, polynomialIn } from "./polynomial.ts";

/** erf⁻¹(x) / x in w = −log(1 − x²), for w up to 5; 2^-54, our own Chebyshev fit. */
const central = [
  0.886226925452758,
  0.23201366653465447,
  0.011549342038271269,
  -0.0023351016416132786,
  -0.00012804329426957493,
  4.6611440619793335e-05,
  2.0199875410115092e-06,
  -1.0125499088838222e-06,
  -3.7305538432280765e-08,
  2.2810717376713785e-08,
  7.328493332230435e-10,
  -5.034243614405025e-10,
  -3.19816551203337e-11,
  2.163123461334697e-11,
  -4.024889366473407e-12,
  1.3241519030404648e-12,
  -4.720191835482685e-13,
  1.0889621576168297e-13,
  -1.6256824781182754e-14,
  1.6090319045571103e-15,
  -1.0350553716829025e-16,
  3.960001804019825e-18,
  -6.890747263782666e-20,
];
const END = 5;

/** The y with erf(y) = x: Infinity at 1, NaN beyond. */
export function erfinv(x: number): number {
  const a = Math.abs(x);
  if (!(a < 1)) return a === 1 ? x * Infinity : NaN;
  const w = -Math.log((1 - a) * (1 + a));
  return w < END ? x * polynomial(central, w) : Math.sign(x) * tail(1 - a);
}

/** The quantile of the normal distribution: the y with ndtr(y) = p; NaN unless p is from 0 to 1. */
export function ndtri(p: number): number {
  if (!(p > 0 && p < 1)) return p === 0 ? -Infinity : p === 1 ? Infinity : NaN;
  const w = -Math.log(4 * p * (1 - p));
  if (w < END) return Math.SQRT2 * (2 * p - 1) * polynomial(central, w);
  return p < 0.5 ? -Math.SQRT2 * tail(2 * p) : Math.SQRT2 * tail(2 * (1 - p));
}

/** As a formula where {@link isCentral}, with q = 1 − erf(y)², for x = erf(y). */
export function centralFormula<V, M>(k: Algebra<V, M>, x: V, q: V): V {
  return k.mul(x, polynomialIn(k, central, k.neg(k.log(q))));
}

/** Whether q = 1 − erf(y)² is in the reach of {@link centralFormula}. */
export function isCentral<V, M>(k: Algebra<V, M>, q: V): M {
  return k.lt(k.constant(Math.exp(-END)), q);
}

// Newton's method for log erfc(y) = log q: y² − log erfcx(y) + log q is nearly a parabola, and three steps from the
// asymptotic formula are enough for all q < 0.004.
function tail(q: number): number {
  const goal = -Math.log(q);
  let y = Math.sqrt(goal - 0.5 * Math.log(Math.PI * goal));
  for (let step = 0; step < 3; step++) {
    const scaled = erfcx(y);
    y -= (y * y - Math.log(scaled) - goal) * (Math.sqrt(Math.PI) / 2) * scaled;
  }
  return y;
}
