/**
 * The error function and its complements, to full double precision.
 *
 * The reference for the vectorised form in wasm/math.ts, and what scalars and the plain loops use.
 */
import type { Algebra } from "../formula.ts";
import { polynomial, polynomialIn } from "./polynomial.ts";

// Rational minimax approximations of fdlibm's s_erf.c (Sun Microsystems, 1993), lowest power first.
/** (erf(x) − x) / x in x², for |x| < 27/32. */
const near0 = {
  p: [
    1.28379167095512558561e-01,
    -3.25042107247001499370e-01,
    -2.84817495755985104766e-02,
    -5.77027029648944159157e-03,
    -2.37630166566501626084e-05,
  ],
  q: [
    1,
    3.97917223959155352819e-01,
    6.50222499887672944485e-02,
    5.08130628187576562776e-03,
    1.32494738004321644526e-04,
    -3.96022827877536812320e-06,
  ],
};
/** erf(x) − erf1 in |x| − 1, for |x| from 27/32 to 5/4. */
const near1 = {
  p: [
    -2.36211856075265944077e-03,
    4.14856118683748331666e-01,
    -3.72207876035701323847e-01,
    3.18346619901161753674e-01,
    -1.10894694282396677476e-01,
    3.54783043256182359371e-02,
    -2.16637559486879084300e-03,
  ],
  q: [
    1,
    1.06420880400844228286e-01,
    5.40397917702171048937e-01,
    7.18286544141962662868e-02,
    1.26171219808761642112e-01,
    1.36370839120290507362e-02,
    1.19844998467991074170e-02,
  ],
};
const erf1 = 8.45062911510467529297e-01;
/** log(x erfc(x)) + x² + 9/16 in 1/x², for |x| from 5/4 to 20/7. */
const middle = {
  p: [
    -9.86494403484714822705e-03,
    -6.93858572707181764372e-01,
    -1.05586262253232909814e+01,
    -6.23753324503260060396e+01,
    -1.62396669462573470355e+02,
    -1.84605092906711035994e+02,
    -8.12874355063065934246e+01,
    -9.81432934416914548592e+00,
  ],
  q: [
    1,
    1.96512716674392571292e+01,
    1.37657754143519042600e+02,
    4.34565877475229228821e+02,
    6.45387271733267880336e+02,
    4.29008140027567833386e+02,
    1.08635005541779435134e+02,
    6.57024977031928170135e+00,
    -6.04244152148580987438e-02,
  ],
};
/** The same from 20/7 up. */
const far = {
  p: [
    -9.86494292470009928597e-03,
    -7.99283237680523006574e-01,
    -1.77579549177547519889e+01,
    -1.60636384855821916062e+02,
    -6.37566443368389627722e+02,
    -1.02509513161107724954e+03,
    -4.83519191608651397019e+02,
  ],
  q: [
    1,
    3.03380607434824582924e+01,
    3.25792512996573918826e+02,
    1.53672958608443695994e+03,
    3.19985821950859553908e+03,
    2.55305040643316442583e+03,
    4.74528541206955367215e+02,
    -2.24409524465858183362e+01,
  ],
};

/**
 * The error function, 2/√π ∫₀ˣ exp(−t²) dt.
 *
 * @example
 * ```ts
 * import { erf } from "./erf.ts";
 * erf(Infinity); // 1
 * ```
 */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 1e-154) return x + 0.12837916709551257 * x; // x² would underflow
  if (a < 0.84375) return x + x * ratio(near0, x * x);
  if (a < 1.25) return Math.sign(x) * (erf1 + ratio(near1, a - 1));
  if (a >= 6) return Math.sign(x);
  if (!(a < 6)) return NaN;
  return Math.sign(x) * (1 - Math.exp(-a * a - 0.5625 + tail(a)) / a);
}

/** 1 − erf(x), to full relative precision also where it is tiny. */
export function erfc(x: number): number {
  if (x < 0.84375) return 1 - erf(x);
  if (x < 1.25) return 1 - erf1 - ratio(near1, x - 1);
  if (!(x < 28)) return x >= 28 ? 0 : NaN;
  const z = Math.fround(x); // z² is exact
  return Math.exp(-z * z - 0.5625) * Math.exp((z - x) * (z + x) + tail(x)) / x;
}

/** (1 + 2a) exp(a²) erfc(a) in (a − 4) / (a + 4), for all a ≥ 0; 2^-54, our own Chebyshev fit. */
const scaled = [
  1.2329951186255526,
  -0.1396211168405625,
  0.01537965210261013,
  0.06809705425468617,
  -0.10103906603585143,
  0.09373283499865352,
  -0.06633036582053041,
  0.037167515531811024,
  -0.016197733979684093,
  0.005031970032837566,
  -0.0007577737154228166,
  -0.00019925700561204424,
  0.00015062312177980045,
  -2.4398113217215658e-05,
  -1.1225148249909932e-05,
  5.707230076916061e-06,
  2.980696821160014e-07,
  -8.217899451910011e-07,
  7.111121967036034e-08,
  1.0682492144378798e-07,
  -1.635391031898024e-08,
  -1.2540647202056304e-08,
  1.5705610462638003e-09,
  9.647537924531736e-10,
];

/** {@link erfc} as a formula, every branch computed: a fifth of the time in SIMD lanes. */
export function erfcFormula<V, M>(k: Algebra<V, M>, x: V): V {
  const c = k.constant, one = c(1), a = k.min(k.abs(x), c(30));
  const t = k.sub(one, k.div(c(8), k.add(a, c(4))));
  const z = k.mul(k.round(k.mul(a, c(16))), c(1 / 16)); // z² is exact in single precision too
  const bell = k.mul(k.exp(k.neg(k.mul(z, z))), k.exp(k.mul(k.sub(z, a), k.add(z, a))));
  const y = k.div(k.mul(bell, polynomialIn(k, scaled, t)), k.add(one, k.add(a, a)));
  const wide = k.select(k.lt(x, c(0)), k.sub(c(2), y), y);
  return k.select(k.lt(a, c(0.5)), k.sub(one, k.erf(x)), wide);
}

/** exp(x²) erfc(x), which neither overflows nor vanishes for positive x. */
export function erfcx(x: number): number {
  if (x >= 1.25) return Math.exp(tail(x) - 0.5625) / x;
  if (x < -27) return Infinity;
  const z = Math.fround(x), square = Math.exp(z * z) * Math.exp((x - z) * (x + z));
  return x < -1.25 ? 2 * square - erfcx(-x) : square * erfc(x);
}

/** The logarithm of ½ erfc(−x / √2), the normal distribution's function. */
export function logNdtr(x: number): number {
  const t = x * Math.SQRT1_2;
  return x < -1 ? Math.log(0.5 * erfcx(-t)) - t * t : Math.log1p(-0.5 * erfc(t));
}

/** log(x erfc(x)) + x² + 9/16 for x ≥ 5/4. */
function tail(x: number): number {
  return ratio(x < 20 / 7 ? middle : far, 1 / (x * x));
}

function ratio({ p, q }: { p: readonly number[]; q: readonly number[] }, x: number): number {
  return polynomial(p, x) / polynomial(q, x);
}
