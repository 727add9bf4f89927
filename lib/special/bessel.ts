/**
 * Bessel functions of order 0 and 1, first and second kind.
 *
 * The polynomials are our own Chebyshev fits: up to 5 in t = 2x²/25 − 1, of what is left when zeros and singularities
 * are taken out; beyond in v = 25/x², of Hankel's amplitudes.
 */
import type { Algebra } from "../formula.ts";
import { polynomial, polynomialIn } from "./polynomial.ts";

/** J₀(x) / ((x² − A²)(x² − B²)); 2^-52. */
const j0Near = [
  0.0031873556303932387,
  -0.0019210870437164043,
  0.00048768271776558413,
  -7.121705240575853e-05,
  6.854954847199373e-06,
  -4.7062916645708525e-07,
  2.4286220380254094e-08,
  -9.781438946172569e-10,
  3.1637239892118345e-11,
  -8.404185273180054e-13,
  1.8688672682728884e-14,
  -3.524289753004227e-16,
];
/** J₁(x) / (x (x² − C²)); 2^-54. */
const j1Near = [
  -0.01587595431164548,
  0.013090777521810029,
  -0.004240225993395723,
  0.0007552540432951285,
  -8.592956232067133e-05,
  6.814683895177347e-06,
  -3.991381172349697e-07,
  1.799515992374399e-08,
  -6.443125533715618e-10,
  1.877381214599579e-11,
  -4.5448929602915886e-13,
  9.268080204743411e-15,
];
/** Y₀(x) − 2/π log(x) J₀(x); to 2^-54 of 1. */
const y0Near = [
  0.4837248578102995,
  -0.4326558222855129,
  -0.4705763655297288,
  0.38851639956571976,
  -0.11151682184328636,
  0.017635345389255822,
  -0.0018028096665512298,
  0.00012994629120517665,
  -6.985504372448188e-06,
  2.914215949682796e-07,
  -9.720956655939652e-09,
  2.657788970384047e-10,
  -6.0494543140061334e-12,
];
/** (Y₁(x) − 2/π (log(x) J₁(x) − 1/x)) / x; to 2^-54 of 1. */
const y1Near = [
  0.13974939033568806,
  0.09108650838448443,
  -0.16312020358118715,
  0.06634695354779145,
  -0.01343343374081816,
  0.001668803132860553,
  -0.00014141835794487096,
  8.733098315276023e-06,
  -4.113778078975399e-07,
  1.528888444688957e-08,
  -4.6013015686338337e-10,
  1.1462846982460235e-11,
  -2.3976176456816346e-13,
];
/** Hankel's P and Q √(1/v) of order 0, then 1; 2^-53 and, for the smaller Q, 2^-51. */
const far = [
  {
    p: [
      0.9999999999999999,
      -0.002812499999960999,
      0.00017944335553018504,
      -3.66399374877444e-05,
      1.5546237516562845e-05,
      -1.1220955732039756e-05,
      1.2025422870892294e-05,
      -1.656532621066264e-05,
      2.4946545056073973e-05,
      -3.5730044224563876e-05,
      4.423258753641627e-05,
      -4.4456221284246585e-05,
      3.4581513517161526e-05,
      -1.9830508932844518e-05,
      7.84408255599263e-06,
      -1.9044418284853425e-06,
      2.1337425426053742e-07,
    ],
    q: [
      -0.024999999999999988,
      0.0005859374999899828,
      -7.267455931370259e-05,
      2.2114850505148844e-05,
      -1.2481168919246503e-05,
      1.1263113030690272e-05,
      -1.4624748437778368e-05,
      2.4392578215080687e-05,
      -4.560258208393044e-05,
      8.409479749720883e-05,
      -0.0001394764458710372,
      0.00019618955021022692,
      -0.00022516384667913158,
      0.0002045004380716785,
      -0.00014244739161792662,
      7.307711642791072e-05,
      -2.593744230859575e-05,
      5.677728488788928e-06,
      -5.767204317434484e-07,
    ],
  },
  {
    p: [
      1.0,
      0.004687499999958732,
      -0.00023071288655704143,
      4.330176332579293e-05,
      -1.7619319933573187e-05,
      1.2404263965013525e-05,
      -1.3083844010365798e-05,
      1.784600769826724e-05,
      -2.6720814056984607e-05,
      3.814662917747022e-05,
      -4.713506459731216e-05,
      4.731883161871843e-05,
      -3.678094276959434e-05,
      2.108111601022608e-05,
      -8.335780807398088e-06,
      2.023285437638597e-06,
      -2.2664403255333074e-07,
    ],
    q: [
      0.07499999999999996,
      -0.0008203124999729174,
      8.882445989557005e-05,
      -2.551707192618011e-05,
      1.3948140578265299e-05,
      -1.2316971009951971e-05,
      1.5627457971449824e-05,
      -2.5035415853902007e-05,
      4.3684367576076683e-05,
      -7.298304639762553e-05,
      0.00010682725386491592,
      -0.0001294534320103513,
      0.0001247848751425812,
      -9.229930980660419e-05,
      5.019496961714531e-05,
      -1.8835049611626885e-05,
      4.345473311451308e-06,
      -4.6375029646342477e-07,
    ],
  },
];

/** The first zeros of J₀ and that of J₁; each with the rest that the number lacks. */
const A = 2.404825557695773, A_REST = -1.176691651530894e-16;
const B = 5.520078110286311, B_REST = 8.088597146146722e-17;
const C = 3.8317059702075125, C_REST = -1.5269184090088067e-16;

/** J₀(x), even. */
export function besselJ0(x: number): number {
  const a = Math.abs(x);
  if (!(a <= 5)) return oscillation(0, a, false);
  return (a - A - A_REST) * (a + A) * (a - B - B_REST) * (a + B) * polynomial(j0Near, 0.08 * a * a - 1);
}

/** J₁(x), odd. */
export function besselJ1(x: number): number {
  const a = Math.abs(x);
  if (!(a <= 5)) return x < 0 ? -oscillation(1, a, false) : oscillation(1, a, false);
  return x * (a - C - C_REST) * (a + C) * polynomial(j1Near, 0.08 * a * a - 1);
}

/** Y₀(x): −Infinity at 0, NaN below. */
export function besselY0(x: number): number {
  if (!(x <= 5)) return oscillation(0, x, true);
  if (x <= 0) return x < 0 ? NaN : -Infinity;
  return 2 / Math.PI * Math.log(x) * besselJ0(x) + polynomial(y0Near, 0.08 * x * x - 1);
}

/** Y₁(x): −Infinity at 0, NaN below. */
export function besselY1(x: number): number {
  if (!(x <= 5)) return oscillation(1, x, true);
  if (x <= 0) return x < 0 ? NaN : -Infinity;
  return 2 / Math.PI * (Math.log(x) * besselJ1(x) - 1 / x) + x * polynomial(y1Near, 0.08 * x * x - 1);
}

// With χ = x − (order + ½) π/2: J = √(2/πx) (P cos χ − Q sin χ), Y = √(2/πx) (P sin χ + Q cos χ)
function oscillation(order: 0 | 1, x: number, second: boolean): number {
  const { p, q } = far[order], v = 25 / (x * x), cos = Math.cos(x), sin = Math.sin(x);
  const c = order === 0 ? cos + sin : sin - cos, s = order === 0 ? sin - cos : -cos - sin; // √2 cos χ, √2 sin χ
  const big = polynomial(p, v), small = polynomial(q, v) * 5 / x;
  return (second ? big * s + small * c : big * c - small * s) / Math.sqrt(Math.PI * x);
}

/** J or, with `second`, Y of an order as a formula for |x| up to 5: what the functions say, in their order. */
export function nearFormula<V, M>(k: Algebra<V, M>, x: V, order: 0 | 1, second: boolean): V {
  const c = k.constant, a = k.abs(x), t = k.sub(k.mul(k.mul(c(0.08), a), a), c(1)), even = order === 0;
  const root = (at: number, rest: number) => [k.sub(k.sub(a, c(at)), c(rest)), k.add(a, c(at))];
  const roots = even ? [...root(A, A_REST), ...root(B, B_REST)] : [x, ...root(C, C_REST)];
  let y = [...roots, polynomialIn(k, even ? j0Near : j1Near, t)].reduce(k.mul);
  if (!second) return y;
  const rest = polynomialIn(k, even ? y0Near : y1Near, t), log = k.log(a), scale = c(2 / Math.PI);
  y = even
    ? k.add(k.mul(k.mul(scale, log), y), rest)
    : k.add(k.mul(scale, k.sub(k.mul(log, y), k.div(c(1), a))), k.mul(a, rest));
  return k.select(k.lt(c(0), x), y, k.select(k.eq(x, c(0)), c(-Infinity), c(NaN)));
}

/** Whether that holds. */
export function isNear<V, M>(k: Algebra<V, M>, x: V): M {
  return k.le(k.abs(x), k.constant(5));
}

/** The same for |x| from 5 up. */
export function farFormula<V, M>(k: Algebra<V, M>, x: V, order: 0 | 1, second: boolean): V {
  const c = k.constant, a = k.abs(x), sin = k.sin(a), cos = k.cos(a), v = k.div(c(25), k.mul(a, a));
  const { p, q } = far[order], big = polynomialIn(k, p, v);
  const small = k.div(k.mul(polynomialIn(k, q, v), c(5)), a);
  const cosine = order === 0 ? k.add(cos, sin) : k.sub(sin, cos);
  const sine = order === 0 ? k.sub(sin, cos) : k.neg(k.add(cos, sin));
  const wave = second
    ? k.add(k.mul(big, sine), k.mul(small, cosine))
    : k.sub(k.mul(big, cosine), k.mul(small, sine));
  const y = k.div(wave, k.sqrt(k.mul(c(Math.PI), a)));
  if (second) return k.select(k.lt(x, c(0)), c(NaN), y);
  return order === 0 ? y : k.select(k.lt(x, c(0)), k.neg(y), y);
}
