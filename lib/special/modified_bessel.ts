/**
 * Modified Bessel functions of order 0 and 1, also scaled by e^±x, and the spherical ones of order 0 and 1.
 *
 * The polynomials are our own Chebyshev fits.
 */
import type { Algebra } from "../formula.ts";
import { polynomial, polynomialIn } from "./polynomial.ts";

/** I₀(x), then I₁(x) / x, in x² for |x| ≤ 8; 2^-54. */
const near = [[
  1.0,
  0.25,
  0.015625000000000007,
  0.00043402777777777445,
  6.781684027778812e-06,
  6.781684027758202e-08,
  4.709502797312111e-10,
  2.4028075474081917e-12,
  9.385967122158306e-15,
  2.896902788810415e-17,
  7.242279005317181e-20,
  1.4962822964042478e-22,
  2.5987841051325663e-25,
  3.829411247002327e-28,
  5.0327117729737235e-31,
  4.601357767863732e-34,
  8.487698345602824e-37,
], [
  0.5,
  0.06250000000000001,
  0.0026041666666666574,
  5.42534722222271e-05,
  6.781684027764357e-07,
  5.651403356704746e-09,
  3.3639305668982475e-11,
  1.5017547367976848e-13,
  5.214425120919993e-16,
  1.448455537254395e-18,
  3.2918259018287706e-21,
  6.2370206832638684e-24,
  9.956969230500738e-27,
  1.408926251589232e-29,
  1.3808181584914298e-32,
  2.716505589516919e-35,
]];
/** e⁻ˣ √x I(x) of order 0, then 1, in 16/x − 1 for x ≥ 8; 2^-54. */
const far = [[
  0.4021765094450081,
  0.0033605519836678913,
  0.00013621607438951463,
  1.114303378845176e-05,
  1.4838476780922646e-06,
  2.9735992084667734e-07,
  8.872014585661555e-08,
  3.932512321137824e-08,
  2.156780676115673e-08,
  7.559364098665437e-09,
  -6.856484545962442e-09,
  -1.3427511481900905e-08,
  -5.0175940345046716e-09,
  7.600254486433509e-09,
  6.522264862032271e-09,
  -3.5862834111582305e-09,
  -4.5305710768621196e-09,
  1.6084886155781772e-09,
  2.163681278413876e-09,
  -6.327909921997027e-10,
  -6.494591114401118e-10,
  1.7698085539456536e-10,
  9.114760157514253e-11,
  -2.4421972688131832e-11,
], [
  0.38939845902587233,
  -0.009749577193235765,
  -0.00021923576383137776,
  -1.5038547198221758e-05,
  -1.8349102493990178e-06,
  -3.4838563464253135e-07,
  -1.0001075046243961e-07,
  -4.3128498031006734e-08,
  -2.3394122958362557e-08,
  -8.432168972932417e-09,
  6.84757829926934e-09,
  1.4051746928735543e-08,
  5.5720183980930355e-09,
  -7.687251308765992e-09,
  -6.9444186339873875e-09,
  3.501765193290176e-09,
  4.763780078020254e-09,
  -1.5218214060680734e-09,
  -2.2624401109204446e-09,
  5.870664618471487e-10,
  6.7727478454462e-10,
  -1.6283264322621244e-10,
  -9.491890392992048e-11,
  2.2421768596847442e-11,
]];

/** I₀(x), even. */
export function i0(x: number): number {
  const a = Math.abs(x);
  return a <= 8 ? polynomial(near[0], a * a) : grown(0, a);
}

/** e^−|x| I₀(x), even. */
export function i0e(x: number): number {
  const a = Math.abs(x);
  return a <= 8 ? Math.exp(-a) * polynomial(near[0], a * a) : amplitude(0, a);
}

/** I₁(x), odd. */
export function i1(x: number): number {
  const a = Math.abs(x);
  return a <= 8 ? x * polynomial(near[1], a * a) : Math.sign(x) * grown(1, a);
}

/** e^−|x| I₁(x), odd. */
export function i1e(x: number): number {
  const a = Math.abs(x);
  return a <= 8 ? x * Math.exp(-a) * polynomial(near[1], a * a) : Math.sign(x) * amplitude(1, a);
}

/** e⁻ˣ I(x) for x ≥ 8. */
function amplitude(order: 0 | 1, x: number): number {
  return polynomial(far[order], 16 / x - 1) / Math.sqrt(x);
}

/** I(x) for x ≥ 8; eˣ alone would overflow before it. */
function grown(order: 0 | 1, x: number): number {
  const root = Math.exp(0.5 * x);
  return root * amplitude(order, x) * root;
}

/** I of an order, scaled or not, as a formula for |x| up to 8: a tenth of the time in SIMD lanes. */
export function besselIFormula<V, M>(k: Algebra<V, M>, x: V, order: 0 | 1, scaled: boolean): V {
  let y = polynomialIn(k, near[order], k.mul(x, x));
  if (order === 1) y = k.mul(y, x);
  return scaled ? k.mul(y, k.exp(k.neg(k.abs(x)))) : y;
}

/** Whether that holds. */
export function isBesselINear<V, M>(k: Algebra<V, M>, x: V): M {
  return k.le(k.abs(x), k.constant(8));
}

/** The same for |x| from 8 up. */
export function besselIFarFormula<V, M>(k: Algebra<V, M>, x: V, order: 0 | 1, scaled: boolean): V {
  const a = k.abs(x), t = k.sub(k.div(k.constant(16), a), k.constant(1));
  let y = k.div(polynomialIn(k, far[order], t), k.sqrt(a));
  if (!scaled) {
    const root = k.exp(k.mul(k.constant(0.5), a));
    y = k.mul(k.mul(root, y), root);
  }
  return order === 1 ? k.select(k.lt(x, k.constant(0)), k.neg(y), y) : y;
}

/** K₀(x) + log(x/2) I₀(x), then (K₁(x) − 1/x − log(x/2) I₁(x)) / x, in x² for x ≤ 2; to 2^-55 of 1. */
const decayNear = [[
  -0.5772156649015329,
  0.10569608377461678,
  0.014418505235913549,
  0.0005451899602568561,
  1.0214014135961433e-05,
  1.1570350941095384e-07,
  8.819883094824484e-10,
  4.8431971437706104e-12,
  2.009241432611261e-14,
  6.515238891874141e-17,
  1.7854414371292447e-19,
], [
  0.03860783245076643,
  -0.042049020943654196,
  -0.0028371119837633627,
  -7.493042905990667e-05,
  -1.0892182538383959e-06,
  -1.0112909430427642e-08,
  -6.540195368821488e-11,
  -3.120924064560395e-13,
  -1.1438082386291495e-15,
  -3.4954207496477915e-18,
]];
/** eˣ √x K(x) of order 0, then 1, in 4/x − 1 for x ≥ 2; 2^-54. */
const decayFar = [[
  1.2185953385133905,
  -0.031071461824889863,
  0.003032891810274143,
  -0.00047976905673534966,
  9.95605474680701e-05,
  -2.4735205374482363e-05,
  7.002244891192467e-06,
  -2.191167925216506e-06,
  7.427862249156294e-07,
  -2.6897300718519323e-07,
  1.0292557328065749e-07,
  -4.106658027115221e-08,
  1.713185600678902e-08,
  -8.004851515961861e-09,
  3.649704196745876e-09,
  -6.909445532095268e-10,
  2.3928247577454007e-10,
  -1.2154646925329214e-09,
  6.696909677353191e-10,
  4.297822831935991e-10,
  -2.511583623750801e-10,
  -1.7415792636713548e-10,
  9.815402008859526e-11,
], [
  1.363151890371342,
  0.1033497377538656,
  -0.005566729880073309,
  0.0007357241548745106,
  -0.0001395902196146278,
  3.2843866443823695e-05,
  -8.961206568008175e-06,
  2.7300306911646126e-06,
  -9.067153917791994e-07,
  3.230534911986308e-07,
  -1.2200063909110853e-07,
  4.8165011477502914e-08,
  -1.990916912542139e-08,
  9.191838293612963e-09,
  -4.159564044495663e-09,
  8.254002611298962e-10,
  -2.915889725458638e-10,
  1.3385849977465314e-09,
  -7.347807544194839e-10,
  -4.671582670762342e-10,
  2.7260400995214217e-10,
  1.9076899650576552e-10,
  -1.0724391572705258e-10,
]];

/** K₀(x): Infinity at 0, NaN below. */
export function k0(x: number): number {
  return x <= 2 ? k0Near(x) : Math.exp(-x) * decay(0, x);
}

/** eˣ K₀(x): Infinity at 0, NaN below. */
export function k0e(x: number): number {
  return x <= 2 ? Math.exp(x) * k0Near(x) : decay(0, x);
}

/** K₁(x): Infinity at 0, NaN below. */
export function k1(x: number): number {
  return x <= 2 ? k1Near(x) : Math.exp(-x) * decay(1, x);
}

/** eˣ K₁(x): Infinity at 0, NaN below. */
export function k1e(x: number): number {
  return x <= 2 ? Math.exp(x) * k1Near(x) : decay(1, x);
}

function k0Near(x: number): number {
  return polynomial(decayNear[0], x * x) - Math.log(0.5 * x) * i0(x);
}

function k1Near(x: number): number {
  if (x === 0) return Infinity;
  return 1 / x + Math.log(0.5 * x) * i1(x) + x * polynomial(decayNear[1], x * x);
}

/** eˣ K(x) for x ≥ 2. */
function decay(order: 0 | 1, x: number): number {
  return polynomial(decayFar[order], 4 / x - 1) / Math.sqrt(x);
}

/** Taylor's series of the spherical functions in x², for |x| < ½. */
const spherical0 = [1, -1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39916800, 1 / 6227020800];
const spherical1 = [1 / 3, -1 / 30, 1 / 840, -1 / 45360, 1 / 3991680, -1 / 518918400, 1 / 93405312000];

/** j₀(x) = sin(x) / x. */
export function sphericalJ0(x: number): number {
  if (Math.abs(x) < 0.5) return polynomial(spherical0, x * x);
  return Math.abs(x) === Infinity ? 0 : Math.sin(x) / x;
}

/** j of an order as a formula. */
export function sphericalFormula<V, M>(k: Algebra<V, M>, x: V, order: 0 | 1): V {
  const a = k.abs(x), series = polynomialIn(k, order === 0 ? spherical0 : spherical1, k.mul(x, x));
  const wave = k.div(k.sin(x), x);
  const near = order === 0 ? series : k.mul(x, series);
  const far = order === 0 ? wave : k.div(k.sub(wave, k.cos(x)), x);
  return k.select(
    k.lt(a, k.constant(0.5)),
    near,
    k.select(k.eq(a, k.constant(Infinity)), k.constant(0), far),
  );
}

/** j₁(x) = −j₀′(x). */
export function sphericalJ1(x: number): number {
  if (Math.abs(x) < 0.5) return x * polynomial(spherical1, x * x);
  return Math.abs(x) === Infinity ? 0 : (Math.sin(x) / x - Math.cos(x)) / x;
}
