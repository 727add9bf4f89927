/**
 * The numbers of the vectorised mathematics of math.ts, for each float type.
 *
 * The polynomials are our own minimax fits (Remez exchange in 200 bits, then the coefficients rounded one after the
 * other, the rest fitted again; or Sollya's fpminimax), lowest power first. Behind each: its largest error in the
 * exact function's relative terms, before rounding in evaluation.
 */

/** How a float type is laid out, and its approximations. */
export interface Coefficients {
  /** Bits of the whole. */
  readonly width: 32 | 64;
  /** Bits of the fraction; the exponent stands above them. */
  readonly fraction: number;
  /** What the exponent field holds for 1. */
  readonly bias: number;
  /** The bits of √½. */
  readonly rootHalf: bigint;
  /** The smallest normal number. */
  readonly tiny: number;
  /** log 2 = high + low, high so short that its product with any exponent is exact. */
  readonly log2: readonly [high: number, low: number];
  /** exp is 0 below the first and Infinity above the second. */
  readonly expRange: readonly [number, number];
  /** (eˣ − 1 − x) / x² for |x| ≤ log 2. */
  readonly exp: readonly number[];
  /** (eˣ − 1 − x) / x² for |x| ≤ log 2 / 2, in terms of expm1. */
  readonly expm1: readonly number[];
  /** expm1(x) is −1 below −this, tanh(x) is 1 above half of it. */
  readonly expm1End: number;
  /** (2 atanh(s) / s − 2) / z in z = s², for |s| ≤ 3 − 2√2; log x = 2 atanh((x − 1) / (x + 1)). */
  readonly atanh: readonly number[];
  /** π in parts; the product of each but the last with a multiple of ½ up to `sineEnd` / π is exact. */
  readonly pi: readonly [number, number, number, number];
  /** The largest argument that `pi` reduces to full precision. */
  readonly sineEnd: number;
  /** (sin(r) / r − 1) / z + 1/8 in z = r², for |r| ≤ π/2. */
  readonly sine: readonly number[];
  /** erf(x) / x − 1 + x²/4 in x², up to 1.25 in float32 and 1.6 in float64, too large above. */
  readonly erfNear: readonly number[];
  /** (1 − erf(x))^(−1/n) from there up, too large below, n = 2^`erfSquarings`; in terms of erf. */
  readonly erfFar: readonly number[];
  readonly erfSquarings: number;
}

/** For float32. */
export const single: Coefficients = {
  width: 32,
  fraction: 23,
  bias: 127,
  rootHalf: 0x3f3504f3n,
  tiny: 2 ** -126,
  log2: [0.693145751953125, 1.4286068203094173e-06],
  expRange: [-104, 89],
  exp: [0.50000036, 0.16666615, 0.04166119, 0.008336043, 0.0014105669, 0.00019621121], // 2^-26.0
  expm1: [0.49999997, 0.16666543, 0.041667506, 0.00836656, 0.0013864302], // 2^-26.1
  expm1End: 18.5,
  atanh: [0.66666776, 0.39977583, 0.2987084], // 2^-30.2
  pi: [3.1416015625, -8.907169103622437e-06, -1.7412276065442711e-09, 1.2446744e-13],
  sineEnd: 6400,
  sine: [-0.0416666, 0.008333076, -0.00019810004, 2.606204e-06], // 2^-27, searched nearby: no result passes 1
  // 2^-25.3 and 2^-24.9; then searched nearby for the smallest error with rounding
  erfNear: [0.1283791, -0.12612456, 0.11281999, -0.02679912, 0.0051023187, -0.0007379465, 6.096782e-05],
  erfFar: [1.0277272, 0.032058917, 0.26869673, -0.13387406, 0.08346181, -0.02097079, 0.0030543806],
  erfSquarings: 3,
};

/** For float64. */
export const double: Coefficients = {
  width: 64,
  fraction: 52,
  bias: 1023,
  rootHalf: 0x3fe6a09e667f3bcdn,
  tiny: 2 ** -1022,
  log2: [0.6931471805592082, 7.371002565167799e-13],
  expRange: [-746, 710],
  // 2^-56.4
  exp: [
    0.4999999999999993,
    0.16666666666666943,
    0.04166666666670231,
    0.008333333333268592,
    0.0013888888883541557,
    0.0001984126989370661,
    2.480159084995359e-05,
    2.7557300362810826e-06,
    2.755615333763577e-07,
    2.505507337696029e-08,
    2.1062724584347855e-09,
    1.5933629824479607e-10,
  ],
  // 2^-55.5
  expm1: [
    0.5000000000000006,
    0.1666666666666659,
    0.041666666666573385,
    0.008333333333388086,
    0.0013888888932507156,
    0.000198412697232275,
    2.4801504244523427e-05,
    2.7557402858338722e-06,
    2.76264223175677e-07,
    2.5055540746264917e-08,
  ],
  expm1End: 40,
  // 2^-59.5
  atanh: [
    0.6666666666666734,
    0.39999999999416586,
    0.28571428742063143,
    0.22222198598766732,
    0.18183563325215352,
    0.15314068919225507,
    0.14795830315162106,
  ],
  pi: [3.1415926534682512, 1.2154201012607932e-10, 4.044532497422333e-21, 1.69568553207378e-31],
  sineEnd: 3e6,
  // 2^-61.5
  sine: [
    -0.041666666666666664,
    0.008333333333333207,
    -0.0001984126984121248,
    2.7557319211569474e-06,
    -2.5052106904420924e-08,
    1.6058941002147327e-10,
    -7.643019367239049e-13,
    2.7214195323922618e-15,
  ],
  // 2^-54.1, 2^-52.2
  erfNear: [
    0.12837916709551253,
    -0.12612638903183043,
    0.11283791670935606,
    -0.026866170642966567,
    0.005223977612851531,
    -0.0008548326582742657,
    0.00012055322910145287,
    -1.4925492232915393e-05,
    1.6460353823116537e-06,
    -1.6351688949255454e-07,
    1.4724402619740734e-08,
    -1.193947382090394e-09,
    8.35874338171587e-11,
    -4.470521380641365e-12,
    1.3247500102162422e-13,
  ],
  erfFar: [
    1.0000031116969919,
    0.07050769630513967,
    0.042312701077387674,
    0.009235644774591016,
    0.00020008673662526156,
    0.00019214450968151002,
    0.00013562608214706486,
    -5.440003611006979e-05,
    1.750913602313904e-05,
    -3.4037772472136417e-06,
    4.7328019611995605e-07,
    -3.92808362706953e-08,
    1.7178454090642278e-09,
  ],
  erfSquarings: 4,
};
