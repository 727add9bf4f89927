/** The logarithm of the gamma function and its first derivatives. The polynomials are our own Chebyshev fits. */
import type { Algebra } from "../formula.ts";
import { polynomial, polynomialIn } from "./polynomial.ts";

/** log Γ(2 + t) / t for |t| ≤ ½; 2^-54. */
const near2 = [
  0.42278433509846713,
  0.32246703342411326,
  -0.0673523010531981,
  0.02058080842778038,
  -0.0073855510286719986,
  0.002890510331034267,
  -0.0011927539118428156,
  0.0005096695154115458,
  -0.00022315475400520507,
  9.945767355819498e-05,
  -4.49263133791557e-05,
  2.0505590755833454e-05,
  -9.438715099211532e-06,
  4.38470440459836e-06,
  -2.0439048107029907e-06,
  9.200527894968101e-07,
  -4.3252393445604814e-07,
  2.78740805211359e-07,
  -1.3219945666117874e-07,
];

/** x (log Γ(x) − (x − ½) log x + x − ½ log 2π), Stirling's series, in 1/x² for x ≥ 5/2; 2^-50 of what is small. */
const stirling = [
  0.08333333333333325,
  -0.002777777777623419,
  0.0007936507466535246,
  -0.0005952323836025104,
  0.0008413836627094221,
  -0.0019031412413929255,
  0.006035234354704072,
  -0.022593560645490073,
  0.08129466384616944,
  -0.23176632972839445,
  0.43176800571851115,
  -0.3798798444577467,
];
const START = 2.5;

/** log |Γ(x)|: Infinity at 0, −1, −2 ... */
export function lgamma(x: number): number {
  if (x >= START) return (x - 0.5) * (Math.log(x) - 1) + (HALF_LOG_TAU - 0.5) + stirlingRest(x);
  if (Math.abs(x) < 0.5) return x * polynomial(near2, x) - Math.log(Math.abs(x) * (1 + x)); // Γ(x) x (x + 1) = Γ(x + 2)
  if (x >= 1.5) return (x - 2) * polynomial(near2, x - 2);
  if (x > 0) return (x - 1) * polynomial(near2, x - 1) - Math.log(x); // Γ(x) x = Γ(x + 1)
  if (!(x < 0)) return NaN;
  if (x === Math.floor(x)) return Infinity;
  // Γ(x) Γ(−x) = −π / (x sin πx)
  return Math.log(Math.PI / (-x * Math.abs(Math.sin(Math.PI * fraction(x))))) - lgamma(-x);
}

const HALF_LOG_TAU = 0.5 * Math.log(2 * Math.PI);

/** {@link lgamma} as a formula, every branch computed: a quarter of the time in SIMD lanes. */
export function lgammaFormula<V, M>(k: Algebra<V, M>, x: V): V {
  const c = k.constant, half = c(0.5), one = c(1), a = k.abs(x), isLarge = k.le(c(START), a);
  const pick = (small: V, middle: V, large: V) =>
    k.select(k.lt(a, half), small, k.select(k.lt(a, c(1.5)), middle, large));
  const t = pick(x, k.sub(a, one), k.sub(a, c(2)));
  const log = k.log(k.select(isLarge, a, pick(k.mul(a, k.add(one, x)), a, one)));
  const near = k.sub(k.mul(t, polynomialIn(k, near2, t)), log);
  const power = k.mul(k.sub(a, half), k.sub(log, one));
  const rest = k.div(polynomialIn(k, stirling, k.div(one, k.mul(a, a))), a);
  const y = k.select(isLarge, k.add(k.add(power, c(HALF_LOG_TAU - 0.5)), rest), near);
  const sine = k.abs(k.sin(k.mul(c(Math.PI), k.sub(a, k.round(a)))));
  const reflects = k.and(k.le(x, c(-0.5)), k.lt(c(-Infinity), x));
  return k.select(reflects, k.sub(k.log(k.div(c(Math.PI), k.mul(a, sine))), y), y);
}

/** log Γ(1 + x), exact near 0. */
export function lgamma1p(x: number): number {
  return Math.abs(x) < 0.5 ? x * polynomial(near2, x) - Math.log1p(x) : lgamma(1 + x);
}

/** log Γ(x) less Stirling's formula (x − ½) log x − x + ½ log 2π, for x ≥ 5/2. */
export function stirlingRest(x: number): number {
  return polynomial(stirling, 1 / (x * x)) / x;
}

/** x less the nearest whole number. */
function fraction(x: number): number {
  return x - Math.round(x);
}

/** The zero of digamma, in two parts. */
const ROOT = 1.4616321449683622, ROOT_REST = 9.549995429965697e-17;
/** ψ(x) / (x − root) in x − 3/2, for x from 1 to 2; 2^-54. */
const nearRoot = [
  0.9510558760318328,
  -0.4236274212814606,
  0.24054248424078697,
  -0.14840492305388092,
  0.09498872445289039,
  -0.06192213327548831,
  0.040760833940846085,
  -0.026975796659787055,
  0.017907248317313294,
  -0.011908220105959716,
  0.007927021796868154,
  -0.005279937255532708,
  0.003518106563802472,
  -0.0023454947397380833,
  0.0015633696313653504,
  -0.0010364584817312839,
  0.0006909255761282986,
  -0.00048595039220036254,
  0.00032395945401345196,
  -0.00014480643368061614,
  9.653646261410062e-05,
  -0.0001782188548855923,
  0.00011881232908510335,
];
/** x² (log x − 1 / 2x − ψ(x)) in 1/x² for x ≥ 2; 2^-50 of what is small. */
const digammaFar = [
  0.08333333333333327,
  -0.00833333333318452,
  0.0039682539097871125,
  -0.004166657396361771,
  0.007574966399902255,
  -0.02105066512086723,
  0.08179756237833083,
  -0.4022338607124256,
  2.2014011415430006,
  -11.77867747480453,
  55.7160530137686,
  -217.23460044082935,
  661.8790916266628,
  -1495.7739887386454,
  2341.022311950741,
  -2254.90719925929,
  1004.1765132997648,
];

/** ψ(x), the derivative of log Γ(x): NaN at −1, −2 ... */
export function digamma(x: number): number {
  if (x >= 2) {
    const inverse = 1 / x, square = inverse * inverse;
    return Math.log(x) - 0.5 * inverse - square * polynomial(digammaFar, square);
  }
  if (x >= 1) return (x - ROOT - ROOT_REST) * polynomial(nearRoot, x - 1.5);
  if (x > 0) return digamma(x + 1) - 1 / x;
  if (!(x < 0)) return -1 / x; // -0 has a sign, and NaN stays
  // ψ(x) = ψ(1 − x) − π cot πx
  return x === Math.floor(x) ? NaN : digamma(1 - x) - Math.PI / Math.tan(Math.PI * fraction(x));
}

/** x³ (ψ′(x) − 1/x − 1/2x²) in 1/x² for x ≥ 3; 2^-49 of what is small. */
const trigammaFar = [
  0.1666666666666664,
  -0.03333333333256124,
  0.02380952341320001,
  -0.03333325213575144,
  0.07574876782139701,
  -0.25253066621004117,
  1.1410199101729828,
  -6.294462335345315,
  36.45762991653208,
  -187.7783922672314,
  737.1452968666961,
  -1862.8228642609376,
  2215.60182698085,
];

/** ψ′(x): Infinity at 0, −1, −2 ... */
export function trigamma(x: number): number {
  if (x < 0.5) {
    // ψ′(x) = π² / sin² πx − ψ′(1 − x)
    if (x === Math.floor(x)) return x < 0 && !Number.isFinite(x) ? NaN : Infinity;
    const sine = Math.sin(Math.PI * fraction(x)) / Math.PI;
    return 1 / (sine * sine) - trigamma(1 - x);
  }
  let sum = 0;
  for (; x < 3; x++) sum += 1 / (x * x);
  const inverse = 1 / x, square = inverse * inverse;
  return sum + inverse * (1 + 0.5 * inverse + square * polynomial(trigammaFar, square));
}
