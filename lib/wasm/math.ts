/**
 * The words of the formula algebra in SIMD lanes.
 *
 * Exact words are single instructions. Transcendental ones reduce their argument, evaluate a polynomial and put the
 * result together without branches, so that every lane goes the same way; only what is rare (zeros, subnormal numbers
 * and infinities in log, huge arguments of sin) is repaired behind a test of the whole vector, which costs less than
 * its share of every vector would. Nothing relies on fma being fused: it may be or not, and errors stay within 2 ulp
 * in float32 and 3 ulp in float64 over the whole range, subnormal numbers included.
 */
import { type Algebra, arity, type Intrinsic } from "../formula.ts";
import { type Coefficients, double, single } from "./coefficients.ts";
import { exponentOf, horner, inversePower, polynomial, powerOfTwo, splitFloat, withSign } from "./floats.ts";
import type { Lanes } from "./lanes.ts";
import { power } from "./power.ts";

/** Reads formulas as operations on lanes; in int32 lanes only the words that whole numbers have. */
export function laneAlgebra<V>(lanes: Lanes<V>): Algebra<V> {
  const words = integerWords(lanes);
  if (lanes.type !== "int32") {
    const algebra: Algebra<V> = {
      ...words,
      ...floatWords(lanes),
      call: (f, ...x) => f.formula ? callFormula(lanes, algebra, f, x) : words.call(f, ...x),
    };
    return algebra;
  }
  const missing = Object.keys(arity).filter((word) => !(word in words)).map((word) => [word, () => {
    throw new Error(`Bug: ${word} was asked of int32 lanes`);
  }]);
  return { ...Object.fromEntries(missing), ...words } as Algebra<V>; // every word is in one of the two
}

function callFormula<V>(lanes: Lanes<V>, k: Algebra<V>, f: Intrinsic, x: V[]): V {
  if (f.precise && lanes.type === "float32") {
    return lanes.inDouble((double, ...x) => callFormula(double, laneAlgebra(double), f, x), ...x);
  }
  const y = f.formula!(k, ...x), usual = f.usual?.(k, ...x);
  if (usual === undefined) return y;
  const elsewhere = () => f.otherwise ? f.otherwise(k, ...x) : lanes.call(f.name, f.compute, ...x);
  return lanes.rarely(lanes.not(usual), y, () => k.select(usual, y, elsewhere()));
}

type FloatWord = "neg" | "div" | "sqrt" | "floor" | "ceil" | "trunc" | "round" | Transcendental;
type Transcendental = "pow" | "exp" | "expm1" | "log" | "log1p" | "sin" | "cos" | "tanh" | "erf";

function integerWords<V>(lanes: Lanes<V>): Omit<Algebra<V>, Exclude<FloatWord, "neg">> {
  const { constant, add, sub, mul, neg, abs, min, max, eq, lt, le, and, or, not, select } = lanes;
  return {
    ...{ constant, add, sub, mul, neg, abs, min, max, eq, lt, le, and, or, not, select },
    truth: (a) => lanes.ne(a, constant(0)),
    number: (mask) => and(mask, constant(1)),
    call: (f, ...x) => f.lanes ? f.lanes(lanes, ...x) : lanes.call(f.name, f.compute, ...x),
  };
}

function floatWords<V>(lanes: Lanes<V>): Pick<Algebra<V>, FloatWord> {
  const c = lanes.type === "float32" ? single : double;
  const { div, sqrt, floor, ceil, trunc, nearest } = lanes;
  return {
    neg: (a) => lanes.xor(a, lanes.constant(-0)),
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

// eˣ = 2²ʰ eʳ with h = x / (2 log 2) rounded. Halving the exponent lets two multiplications by 2ʰ reach subnormal
// numbers and the overflow, for two terms more of the polynomial; splitting it afterwards costs five instructions.
function exp<V>(k: Lanes<V>, c: Coefficients, x: V): V {
  x = k.pmin(k.pmax(x, k.constant(c.expRange[0])), k.constant(c.expRange[1]));
  const { n: h, scale } = powerOfTwo(k, c, 0, (magic) => k.fma(x, k.constant(Math.LOG2E / 2), magic));
  let r = k.fma(h, k.constant(-2 * c.log2[0]), x);
  r = k.fma(h, k.constant(-2 * c.log2[1]), r);
  const one = k.constant(1), y = k.fma(k.fma(polynomial(k, r, c.exp), r, one), r, one);
  return k.mul(k.mul(y, scale), scale);
}

// With x = n log 2 + r: eˣ − 1 = 2ⁿ (eʳ − 1) + (2ⁿ − 1), here times 2ˢʰⁱᶠᵗ. Needs 2ⁿ⁺ˢʰⁱᶠᵗ to be a normal number.
function scaledExpm1<V>(k: Lanes<V>, c: Coefficients, x: V, shift: number): V {
  const { n, scale } = powerOfTwo(k, c, shift, (magic) => k.fma(x, k.constant(Math.LOG2E), magic));
  let r = k.fma(n, k.constant(-c.log2[0]), x);
  r = k.fma(n, k.constant(-c.log2[1]), r);
  // 2ⁿ r + (2ⁿ − 1) first: nearly exact where the two cancel
  const scaled = k.mul(scale, r), sum = k.add(scaled, k.sub(scale, k.constant(2 ** shift)));
  return k.fma(k.mul(scaled, r), polynomial(k, r, c.expm1), sum);
}

function expm1<V>(k: Lanes<V>, c: Coefficients, x: V): V {
  const clamped = k.pmin(k.pmax(x, k.constant(-c.expm1End)), k.constant(c.expRange[1]));
  const half = scaledExpm1(k, c, clamped, -1); // at the overflow 2ⁿ alone would be too large
  return withSign(k, k.add(half, half), x);
}

// With u = (exp(2|x|) − 1) / 2: tanh |x| = q = u / (u + 1); where it is small, u − u q has fewer roundings.
function tanh<V>(k: Lanes<V>, c: Coefficients, x: V): V {
  const a = k.pmin(k.abs(x), k.constant(c.expm1End / 2)), u = scaledExpm1(k, c, k.add(a, a), -1);
  const q = k.div(u, k.add(u, k.constant(1)));
  return withSign(k, k.select(k.lt(a, k.constant(0.25)), k.nmadd(u, q, u), q), x);
}

// log(1 + f) + e log 2 with s = f / (2 + f), the way of fdlibm's e_log.c: f − s (f − s² P(s²)).
function logarithm<V>(k: Lanes<V>, c: Coefficients, f: V, e: V): V {
  const s = k.div(f, k.add(f, k.constant(2))), z = k.mul(s, s);
  const w = k.nmadd(z, polynomial(k, z, c.atanh), f);
  const low = k.nmadd(s, w, k.mul(e, k.constant(c.log2[1])));
  return k.fma(e, k.constant(c.log2[0]), k.add(f, low));
}

/** log(x 2⁻ˡⁱᶠᵗ) of normal positive x. */
function normalLog<V>(k: Lanes<V>, c: Coefficients, x: V, lift = 0): V {
  const { m, moved } = splitFloat(k, c, x);
  return logarithm(k, c, k.sub(m, k.constant(1)), exponentOf(k, c, moved, lift));
}

/** `y`, the logarithm of positive finite x, completed: −Infinity at 0, NaN below, Infinity and NaN as x has them. */
function completeLog<V>(k: Lanes<V>, y: V, x: V): V {
  const zero = k.constant(0);
  y = k.select(k.lt(x, k.constant(Infinity)), y, x);
  y = k.select(k.eq(x, zero), k.constant(-Infinity), y);
  return k.or(y, k.lt(x, zero)); // all bits set are a NaN
}

function log<V>(k: Lanes<V>, c: Coefficients, x: V): V {
  const normal = k.and(k.le(k.constant(c.tiny), x), k.lt(x, k.constant(Infinity))), y = normalLog(k, c, x);
  return k.rarely(k.not(normal), y, () => {
    const lift = c.fraction + 1, lifted = k.mul(x, k.constant(2 ** lift)); // subnormal numbers become normal
    return completeLog(k, k.select(normal, y, normalLog(k, c, lifted, lift)), x);
  });
}

// With 1 + x = m 2ᵉ: m − 1 = x 2⁻ᵉ + (2⁻ᵉ − 1), which has the digits of x that 1 + x loses.
function log1p<V>(k: Lanes<V>, c: Coefficients, x: V): V {
  const one = k.constant(1), u = k.add(x, one);
  const { moved } = splitFloat(k, c, u), inverse = inversePower(k, c, moved);
  const f = k.fma(x, inverse, k.sub(inverse, one));
  const y = withSign(k, logarithm(k, c, f, exponentOf(k, c, moved)), x);
  const usual = k.and(k.lt(k.constant(-1), x), k.lt(x, k.constant(2 ** (c.fraction + 2))));
  return k.rarely(k.not(usual), y, () => completeLog(k, k.select(usual, y, normalLog(k, c, u)), u));
}

// x = h π + r with |r| ≤ π/2, in four parts of π (Cody and Waite). All products but the last are exact; what the
// second difference loses joins the third product, so that r is rounded once (the fourth is far below its last bit
// unless r is near 0, where the others are exact).
function subtractPi<V>(k: Lanes<V>, c: Coefficients, h: V, x: V): V {
  const [first, second, third, fourth] = c.pi.map((part) => k.constant(-part));
  const a = k.fma(h, first, x), b = k.mul(h, second), r = k.add(a, b);
  const lost = k.add(k.sub(a, r), b);
  return k.fma(h, fourth, k.add(r, k.fma(h, third, lost)));
}

// (−1)ⁿ sin r, n being in the low bits of `t`. sin r = r + r u with u = −z/8 + z P(z): the first term is exact, and
// what is left for P so small that its rounding does not count.
function alternatingSine<V>(k: Lanes<V>, c: Coefficients, r: V, t: V): V {
  const z = k.mul(r, r), u = k.fma(z, k.constant(-1 / 8), k.mul(z, polynomial(k, z, c.sine)));
  return k.xor(k.fma(r, u, r), k.shl(t, c.width - 1));
}

// sin x = (−1)ⁿ sin(x − n π)
function sin<V>(k: Lanes<V>, c: Coefficients, x: V): V {
  const magic = k.constant(1.5 * 2 ** c.fraction), t = k.fma(x, k.constant(1 / Math.PI), magic);
  const y = alternatingSine(k, c, subtractPi(k, c, k.sub(t, magic), x), t);
  const itself = k.lt(k.abs(x), k.constant(2 ** -(c.fraction / 2 + 1))); // keeps the sign of −0
  return beyondReduction(k, c, k.select(itself, x, y), "sin", x);
}

// cos x = (−1)ⁿ sin(x − (n − ½) π)
function cos<V>(k: Lanes<V>, c: Coefficients, x: V): V {
  const magic = k.constant(1.5 * 2 ** c.fraction), half = k.constant(0.5);
  const t = k.add(k.fma(x, k.constant(1 / Math.PI), half), magic);
  const y = alternatingSine(k, c, subtractPi(k, c, k.sub(k.sub(t, magic), half), x), t);
  const flat = k.lt(k.abs(x), k.constant(2 ** -(c.fraction / 2 + 1))); // 1 − x²/2 rounds to 1, and cos 0 is 1
  return beyondReduction(k, c, k.select(flat, k.constant(1), y), "cos", x);
}

// Beyond the reach of `subtractPi` (6,400 in float32, 3 million in float64) all of π counts. JavaScript has the
// hundreds of lines that takes; a vector with one such lane costs about 100 ns.
function beyondReduction<V>(k: Lanes<V>, c: Coefficients, y: V, name: "sin" | "cos", x: V): V {
  return k.rarely(k.lt(k.constant(c.sineEnd), k.abs(x)), y, () => k.call(name, Math[name], x));
}

// For small a = |x| a + a (P(a²) − a²/4), like the sine; for large a 1 − 1 / Q(a)ⁿ, n a power of two (the form of
// Abramowitz and Stegun 7.1.28). The polynomials are such that each is above the other where it does not serve.
function erf<V>(k: Lanes<V>, c: Coefficients, x: V): V {
  const size = k.abs(x), z = k.mul(x, x), one = k.constant(1);
  const a = c === double ? k.pmin(size, k.constant(6)) : size; // its Q is computed in halves: no ∞ − ∞
  const near = k.fma(a, k.fma(z, k.constant(-1 / 4), horner(k, z, c.erfNear)), a);
  let q = polynomial(k, a, c.erfFar);
  for (let i = 0; i < c.erfSquarings; i++) q = k.mul(q, q);
  return withSign(k, k.pmin(k.sub(one, k.div(one, q)), near), x);
}
