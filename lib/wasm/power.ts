/** aᵇ in SIMD lanes, with the special cases of C's pow; errors below 1 ulp in float32, 2 ulp in float64. */
import { double } from "./coefficients.ts";
import { exponentOf, polynomial, powerOfTwo, splitFloat } from "./floats.ts";
import type { Lanes } from "./lanes.ts";

/** a to the power b. */
export function power<V>(k: Lanes<V>, a: V, b: V): V {
  const size = k.abs(a), zero = k.constant(0);
  // enough to overflow for every a but 1, and 1 to it is 1
  const limit = 2 ** 66, bounded = k.pmax(k.pmin(b, k.constant(limit)), k.constant(-limit));
  const y = k.type === "float32" ? k.inDouble(single, size, bounded) : precise(k, size, bounded);
  const usual = k.and(k.and(k.lt(zero, a), k.lt(a, k.constant(Infinity))), k.eq(b, b));
  return k.rarely(k.not(usual), y, () => complete(k, y, a, size, b));
}

// Our own minimax fits: 2 atanh(s) / (s log 2) in s², relative error 2^-37.8; (2ˣ − 1) / x, 2^-28.9.
const log2Short = [
  2.8853900817901055,
  0.9617966733162746,
  0.5770835901169927,
  0.41167239393619615,
  0.34073639807562117,
];
const exp2Short = [
  0.6931472029849075,
  0.2402264789690114,
  0.05550332163064681,
  0.009618438599178348,
  0.001339900341691639,
  0.00015353258430159802,
];

// For float32, in float64: 2^(b log₂ a). A float32 is never subnormal there, and the result is rounded once.
function single<V>(k: Lanes<V>, a: V, b: V): V {
  const { m, moved } = splitFloat(k, double, a), one = k.constant(1);
  const s = k.div(k.sub(m, one), k.add(m, one));
  const log = k.fma(s, polynomial(k, k.mul(s, s), log2Short), exponentOf(k, double, moved));
  const t = k.pmax(k.pmin(k.mul(b, log), k.constant(200)), k.constant(-200));
  const { n, scale } = powerOfTwo(k, double, 0, (magic) => k.add(t, magic));
  return k.mul(polynomial(k, k.sub(t, n), [1, ...exp2Short]), scale);
}

// (3 atanh(s) / s − 3 − z) / z² in z = s², in terms of atanh 2^-66.3
const atanhLong = [
  0.600000000000034,
  0.4285714285514318,
  0.33333333781128993,
  0.27272676430659404,
  0.23080141991917066,
  0.198850770465924,
  0.19795966945469273,
];

// 2 / (3 log 2), the first part short enough for exact products
const scaleHigh = 0.9617966860532761, scaleLow = 7.872699542894897e-09;

/** x without the low half of its fraction, so that a product of two such is exact. */
function upper<V>(k: Lanes<V>, x: V): V {
  return k.and(x, k.bits(-1n << 27n));
}

// For float64: log₂ a as an unevaluated sum of two numbers, exact to about 2^-62; the way of fdlibm's e_pow.c.
function precise<V>(k: Lanes<V>, a: V, b: V): V {
  const subnormal = k.lt(a, k.constant(double.tiny)), lift = 54, one = k.constant(1);
  const { m, moved } = splitFloat(k, double, k.select(subnormal, k.mul(a, k.constant(2 ** lift)), a));
  const e = k.sub(exponentOf(k, double, moved), k.and(subnormal, k.constant(lift)));

  // s = f / d = sHigh + sLow
  const f = k.sub(m, one), d = k.add(m, one), s = k.div(f, d);
  const sHigh = upper(k, s), dHigh = upper(k, d), dLow = k.sub(m, k.sub(dHigh, one));
  const sLow = k.div(k.sub(k.sub(f, k.mul(sHigh, dHigh)), k.mul(sHigh, dLow)), d);

  // log m = 2/3 s u with u = 3 + s² + s⁴ P(s²)
  const z = k.mul(s, s), zHigh = k.mul(sHigh, sHigh), three = k.constant(3);
  const zLow = k.mul(sLow, k.add(sHigh, s)), rest = k.fma(k.mul(z, z), polynomial(k, z, atanhLong), zLow);
  const uHigh = upper(k, k.add(k.add(three, zHigh), rest));
  const uLow = k.sub(rest, k.sub(k.sub(uHigh, three), zHigh));
  const product = k.mul(sHigh, uHigh), productLow = k.fma(sLow, uHigh, k.mul(uLow, s));

  // log₂ a = e + 2 / (3 log 2) s u
  const pHigh = upper(k, k.add(product, productLow)), pLow = k.sub(productLow, k.sub(pHigh, product));
  const main = k.mul(pHigh, k.constant(scaleHigh));
  const small = k.fma(pHigh, k.constant(scaleLow), k.mul(pLow, k.constant(scaleHigh + scaleLow)));
  const logHigh = k.add(e, main), logLow = k.add(k.sub(main, k.sub(logHigh, e)), small);

  // t = b log₂ a = tHigh + tLow
  const bHigh = upper(k, b), lHigh = upper(k, logHigh), lLow = k.add(k.sub(logHigh, lHigh), logLow);
  const tHigh = k.mul(bHigh, lHigh), tLow = k.fma(b, lLow, k.mul(k.sub(b, bHigh), lHigh));
  return exp2(k, tHigh, tLow);
}

// 2^(high + low) = 2²ʰ 2ʳ as in exp
function exp2<V>(k: Lanes<V>, high: V, low: V): V {
  const c = double, end = k.constant(2040), t = k.add(high, low); // far beyond overflow, within reach of scale
  const clamped = k.pmax(k.pmin(t, end), k.constant(-2040));
  const { n: h, scale } = powerOfTwo(k, c, 0, (magic) => k.fma(clamped, k.constant(0.5), magic));
  const r = k.select(k.le(k.abs(t), end), k.add(k.sub(high, k.add(h, h)), low), k.constant(0));
  const x = k.mul(r, k.constant(Math.LN2)), one = k.constant(1);
  const y = k.fma(k.fma(polynomial(k, x, c.exp), x, one), x, one);
  return k.mul(k.mul(y, scale), scale);
}

/** Completes `y` = |a|ᵇ, right for positive finite a: zeros, infinities, NaN and negative a. */
function complete<V>(k: Lanes<V>, y: V, a: V, size: V, b: V): V {
  const zero = k.constant(0), one = k.constant(1), infinity = k.constant(Infinity), half = k.constant(0.5);
  // 0 and ∞ (and NaN) to a power: themselves or their inverse
  const ordinary = k.and(k.lt(zero, size), k.lt(size, infinity));
  y = k.select(ordinary, y, k.select(k.lt(b, zero), k.div(one, size), size));
  // an odd power of a negative number is negative, a fractional one NaN
  const whole = k.eq(k.nearest(b), b), b2 = k.mul(b, half), even = k.eq(k.nearest(b2), b2);
  const odd = k.andnot(whole, even);
  y = k.or(y, k.and(k.and(a, k.constant(-0)), odd));
  const fractional = k.andnot(k.and(k.lt(a, zero), k.lt(size, infinity)), whole);
  y = k.or(k.or(y, fractional), k.ne(b, b));
  return k.select(k.or(k.eq(a, one), k.eq(b, zero)), one, y);
}
