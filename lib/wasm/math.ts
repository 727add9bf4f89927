/**
 * The words of the formula algebra in SIMD lanes.
 *
 * Exact words are single instructions. Transcendental ones reduce their argument, evaluate a polynomial and put the
 * result together without branches, so that every lane goes the same way; sin and cos of huge arguments alone leave
 * it (see {@link Lanes.rarely}). Nothing here relies on fma being fused: it may be or not, and the errors stay within
 * 2 ulp in float32 (pow 4) and 4 ulp in float64 (pow 16), subnormal numbers included.
 *
 * A `magic` number is 1.5 times the weight of a float's last bit: adding it rounds to a whole number, which then
 * stands in the low bits of the sum.
 */
import { type Algebra, arity } from "../formula.ts";
import { type Coefficients, double, single } from "./coefficients.ts";
import type { Lanes } from "./lanes.ts";
import { power } from "./power.ts";

/** Reads formulas as operations on lanes; in int32 lanes only the words that whole numbers have. */
export function laneAlgebra<V>(lanes: Lanes<V>): Algebra<V> {
  const words = integerWords(lanes);
  if (lanes.type !== "int32") return { ...words, ...floatWords(lanes) };
  const missing = Object.keys(arity).filter((word) => !(word in words)).map((word) => [word, () => {
    throw new Error(`Bug: ${word} was asked of int32 lanes`);
  }]);
  return { ...Object.fromEntries(missing), ...words } as Algebra<V>; // every word is in one of the two
}

type FloatWord = "div" | "sqrt" | "floor" | "ceil" | "trunc" | "round" | Transcendental;
type Transcendental = "pow" | "exp" | "expm1" | "log" | "log1p" | "sin" | "cos" | "tanh" | "erf";

function integerWords<V>(lanes: Lanes<V>): Omit<Algebra<V>, FloatWord> {
  const { constant, add, sub, mul, neg, abs, min, max, eq, lt, le, and, or, not, select } = lanes;
  return {
    ...{ constant, add, sub, mul, neg, abs, min, max, eq, lt, le, and, or, not, select },
    truth: (a) => lanes.ne(a, constant(0)),
    number: (mask) => and(mask, constant(1)),
  };
}

function floatWords<V>(lanes: Lanes<V>): Pick<Algebra<V>, FloatWord> {
  const c = lanes.type === "float32" ? single : double;
  const { div, sqrt, floor, ceil, trunc, nearest } = lanes;
  return {
    ...{ div, sqrt, floor, ceil, trunc, round: nearest },
    exp: (x) => exp(lanes, c, x),
    expm1: (x) => expm1(lanes, c, x),
    log: (x) => log(lanes, c, x),
    log1p: (x) => log1p(lanes, c, x),
    sin: (x) => sin(lanes, c, x),
    cos: (x) => cos(lanes, c, x),
    tanh: (x) => tanh(lanes, c, x),
    erf: (x) => erf(lanes, c, x),
    pow: (a, b) => power(lanes, a, b),
  };
}

/** c₀ + x (c₁ + x (c₂ + ...)) */
export function polynomial<V>(k: Lanes<V>, x: V, coefficients: readonly number[]): V {
  const last = coefficients.length - 1;
  let y = k.constant(coefficients[last]);
  for (let i = last - 1; i >= 0; i--) y = k.fma(y, x, k.constant(coefficients[i]));
  return y;
}

/** The nearest whole number n to a · b (or to a), and 2ⁿ⁺ˢʰⁱᶠᵗ. */
export function powerOfTwo<V>(k: Lanes<V>, c: Coefficients, shift: number, a: V, b?: V): { n: V; scale: V } {
  const magic = k.constant(1.5 * 2 ** c.fraction + c.bias + shift);
  const t = b === undefined ? k.add(a, magic) : k.fma(a, b, magic);
  return { n: k.sub(t, magic), scale: k.shl(t, c.fraction) };
}

/** `size` with the sign of x. */
export function withSign<V>(k: Lanes<V>, size: V, x: V): V {
  return k.or(size, k.and(x, k.constant(-0)));
}

// eˣ = 2²ʰ eʳ with h = x / (2 log 2) rounded. Halving the exponent lets two multiplications by 2ʰ reach subnormal
// numbers and the overflow, for two terms more of the polynomial; splitting it afterwards costs five instructions.
function exp<V>(k: Lanes<V>, c: Coefficients, x: V): V {
  x = k.pmin(k.pmax(x, k.constant(c.expRange[0])), k.constant(c.expRange[1]));
  const { n: h, scale } = powerOfTwo(k, c, 0, x, k.constant(Math.LOG2E / 2));
  let r = k.fma(h, k.constant(-2 * c.log2[0]), x);
  r = k.fma(h, k.constant(-2 * c.log2[1]), r);
  const y = polynomial(k, r, [1, 1, ...c.exp]);
  return k.mul(k.mul(y, scale), scale);
}

// With x = n log 2 + r and p = eʳ − 1: eˣ − 1 = 2ⁿ p + (2ⁿ − 1), times 2ˢʰⁱᶠᵗ. Needs 2ⁿ⁺ˢʰⁱᶠᵗ to be a normal number.
function scaledExpm1<V>(k: Lanes<V>, c: Coefficients, x: V, shift: number): V {
  const { n, scale } = powerOfTwo(k, c, shift, x, k.constant(Math.LOG2E));
  let r = k.fma(n, k.constant(-c.log2[0]), x);
  r = k.fma(n, k.constant(-c.log2[1]), r);
  const scaled = k.mul(scale, r), lines = k.add(scaled, k.sub(scale, k.constant(2 ** shift)));
  return k.fma(k.mul(scaled, r), polynomial(k, r, c.expm1), lines);
}

function expm1<V>(k: Lanes<V>, c: Coefficients, x: V): V {
  const clamped = k.pmin(k.pmax(x, k.constant(-c.expm1End)), k.constant(c.expRange[1]));
  const half = scaledExpm1(k, c, clamped, -1); // at the overflow 2ⁿ alone would be too large
  return withSign(k, k.add(half, half), x);
}

// With t = exp(2|x|) − 1: tanh |x| = q = t / (t + 2); where it is small, t/2 (1 − q) has fewer roundings.
function tanh<V>(k: Lanes<V>, c: Coefficients, x: V): V {
  const a = k.pmin(k.abs(x), k.constant(c.expm1End / 2));
  const t = scaledExpm1(k, c, k.add(a, a), 0), q = k.div(t, k.add(t, k.constant(2)));
  const half = k.mul(t, k.constant(-0.5)), small = k.fma(half, q, k.neg(half));
  return withSign(k, k.select(k.lt(a, k.constant(0.25)), small, q), x);
}

// log(1 + f) + e log 2 with s = f / (2 + f), the way of fdlibm's e_log.c.
function logarithm<V>(k: Lanes<V>, c: Coefficients, f: V, e: V): V {
  const s = k.div(f, k.add(f, k.constant(2))), z = k.mul(s, s);
  const half = k.mul(k.mul(f, k.constant(0.5)), f);
  const low = k.fma(k.fma(z, polynomial(k, z, c.atanh), half), s, k.mul(e, k.constant(c.log2[1])));
  return k.fma(e, k.constant(c.log2[0]), k.sub(f, k.sub(half, low)));
}

/** x = m 2ᵉ with m from √½ to √2, for normal positive x: m, and e + bias in the exponent's place. */
export function splitFloat<V>(k: Lanes<V>, c: Coefficients, x: V): { m: V; exponent: V } {
  const one = BigInt(c.bias) << BigInt(c.fraction), root = BigInt(c.rootHalf);
  const moved = k.iadd(x, k.bits(one - root)), fraction = k.bits((1n << BigInt(c.fraction)) - 1n);
  return { m: k.iadd(k.and(moved, fraction), k.bits(root)), exponent: k.andnot(moved, fraction) };
}

/** The exponent that {@link splitFloat} found, less `bias`, as a float. */
export function toFloat<V>(k: Lanes<V>, c: Coefficients, exponent: V, bias: number): V {
  const unit = 2 ** c.fraction; // as a float its last bit weighs 1
  return k.sub(k.or(k.shr(exponent, c.fraction), k.constant(unit)), k.constant(unit + bias));
}

/** `y`, the logarithm of positive finite x, completed: −Infinity at 0, NaN below, Infinity and NaN as x has them. */
function completeLog<V>(k: Lanes<V>, y: V, x: V): V {
  const zero = k.constant(0);
  y = k.select(k.lt(x, k.constant(Infinity)), y, x);
  y = k.select(k.eq(x, zero), k.constant(-Infinity), y);
  return k.or(y, k.lt(x, zero)); // all bits set are a NaN
}

function log<V>(k: Lanes<V>, c: Coefficients, x: V): V {
  const subnormal = k.lt(x, k.constant(c.tiny)), lift = c.fraction + 1;
  const normal = k.select(subnormal, k.mul(x, k.constant(2 ** lift)), x);
  const { m, exponent } = splitFloat(k, c, normal);
  let e = toFloat(k, c, exponent, c.bias);
  e = k.sub(e, k.and(subnormal, k.constant(lift)));
  return completeLog(k, logarithm(k, c, k.sub(m, k.constant(1)), e), x);
}

// With 1 + x = m 2ᵉ: m − 1 = x 2⁻ᵉ + (2⁻ᵉ − 1), which has the digits of x that 1 + x loses.
function log1p<V>(k: Lanes<V>, c: Coefficients, x: V): V {
  const one = k.constant(1), u = k.add(x, one);
  const { m, exponent } = splitFloat(k, c, u);
  const inverse = k.isub(k.bits(BigInt(2 * c.bias) << BigInt(c.fraction)), exponent);
  const exact = k.fma(x, inverse, k.sub(inverse, one));
  const f = k.select(k.lt(x, k.constant(2 ** (c.fraction + 2))), exact, k.sub(m, one));
  const y = completeLog(k, logarithm(k, c, f, toFloat(k, c, exponent, c.bias)), u);
  return withSign(k, y, x);
}

// x = h π + r with |r| ≤ π/2, in four parts of π (Cody and Waite). The first two products are exact; what the
// second difference loses joins the last two, so that r is rounded once.
function subtractPi<V>(k: Lanes<V>, c: Coefficients, h: V, x: V): V {
  const [first, second, third, fourth] = c.pi.map((part) => k.constant(-part));
  const a = k.fma(h, first, x), b = k.mul(h, second), r = k.add(a, b);
  const lost = k.add(k.sub(a, r), b);
  return k.add(r, k.fma(h, fourth, k.fma(h, third, lost)));
}

function sinePolynomial<V>(k: Lanes<V>, c: Coefficients, r: V): V {
  const z = k.mul(r, r);
  return k.fma(k.mul(r, z), polynomial(k, z, c.sine), r);
}

/** Gives y the sign (−1)ⁿ, n being in the low bits of `t`. */
function alternate<V>(k: Lanes<V>, c: Coefficients, y: V, t: V): V {
  return k.xor(y, k.shl(t, c.width - 1));
}

// sin x = (−1)ⁿ sin(x − n π)
function sin<V>(k: Lanes<V>, c: Coefficients, x: V): V {
  const magic = k.constant(1.5 * 2 ** c.fraction), t = k.fma(x, k.constant(1 / Math.PI), magic);
  const r = subtractPi(k, c, k.sub(t, magic), x);
  const y = alternate(k, c, sinePolynomial(k, c, r), t);
  const itself = k.lt(k.abs(x), k.constant(2 ** -(c.fraction / 2 + 1))); // keeps the sign of −0
  return outside(k, c, k.select(itself, x, y), "sin", x);
}

// cos x = (−1)ⁿ sin(x − (n − ½) π)
function cos<V>(k: Lanes<V>, c: Coefficients, x: V): V {
  const magic = k.constant(1.5 * 2 ** c.fraction), half = k.constant(0.5);
  const t = k.add(k.fma(x, k.constant(1 / Math.PI), half), magic);
  const r = subtractPi(k, c, k.sub(k.sub(t, magic), half), x);
  return outside(k, c, alternate(k, c, sinePolynomial(k, c, r), t), "cos", x);
}

/** `y`, but beyond the reach of the reduction what JavaScript says. */
function outside<V>(k: Lanes<V>, c: Coefficients, y: V, name: "sin" | "cos", x: V): V {
  return k.rarely(k.lt(k.constant(c.sineEnd), k.abs(x)), y, name, x);
}

// Near 0 x + x P(x²); elsewhere 1 − 1 / Q(|x|)ⁿ, n a power of two (the form of Abramowitz and Stegun 7.1.28).
function erf<V>(k: Lanes<V>, c: Coefficients, x: V): V {
  const a = k.abs(x), one = k.constant(1);
  const near = k.fma(x, polynomial(k, k.mul(x, x), c.erfNear), x);
  let q = polynomial(k, a, c.erfFar);
  for (let i = 0; i < c.erfSquarings; i++) q = k.mul(q, q);
  const far = withSign(k, k.sub(one, k.div(one, q)), x);
  return k.select(k.lt(a, k.constant(c.erfCut)), near, far);
}
