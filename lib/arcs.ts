/**
 * The inverses of sine, cosine and tangent, in SIMD lanes within 2 ulp over the whole range.
 *
 * Angles come as n · π/4 + q + q z P(z): n and q exact, or nearly so, and a polynomial in z ≤ q² that is small beside
 * them. π/4 is a pair, high + low, of which the small terms take the low part.
 */
import type { Algebra, Expr, Intrinsic } from "./formula.ts";
import { polynomial, withSign } from "./wasm/floats.ts";
import type { Lanes, LaneType } from "./wasm/lanes.ts";

type PerType<T> = Readonly<Record<Exclude<LaneType, "int32">, T>>;

// Our own minimax fits (Sollya's fpminimax), lowest power first; behind each its error relative to the result.
/** (asin(√z) / √z − 1) / z for z ≤ 1/4. */
const asinTail: PerType<readonly number[]> = {
  float32: [0.16666673, 0.07498792, 0.04501303, 0.026482504, 0.03822652], // 2^-25.7
  // 2^-57.4
  float64: [
    0.16666666666666669,
    0.07499999999998082,
    0.04464285714685709,
    0.030381944106381384,
    0.022372174069959706,
    0.017352368660149088,
    0.013971544247760754,
    0.011476140458759408,
    0.010341531198859215,
    0.005380898146972242,
    0.0176005268792511,
    -0.01515168178557629,
    0.02895526599412778,
  ],
};
/** (atan(√z) / √z − 1) / z for √z ≤ tan(π/8). */
const atanTail: PerType<readonly number[]> = {
  float32: [-0.3333333, 0.19999512, -0.14263396, 0.10739649, -0.06441872], // 2^-28.2
  // 2^-57.4
  float64: [
    -0.3333333333333333,
    0.19999999999996138,
    -0.14285714284749557,
    0.11111111020307932,
    -0.09090904745411892,
    0.07692186496420357,
    -0.06664552158475817,
    0.05858464126780331,
    -0.050869409194905665,
    0.03927102922134563,
    -0.019221335002297005,
  ],
};
/** π/4, the high part so short that 3 times it is exact. */
const quarter: PerType<readonly [high: number, low: number]> = {
  float32: [0.7853975296020508, 6.337954e-07],
  float64: [0.7853981633974483, 3.061616997868383e-17],
};

function perType<T, V>(k: Lanes<V>, values: PerType<T>): T {
  return values[k.type === "float32" ? "float32" : "float64"];
}

/** n · π/4 + q + q z P(z) */
function angle<V>(k: Lanes<V>, n: V, q: V, z: V, tail: PerType<readonly number[]>): V {
  const [high, low] = perType(k, quarter), p = polynomial(k, z, perType(k, tail));
  const small = k.fma(k.mul(q, z), p, k.mul(n, k.constant(low)));
  return k.add(k.add(k.mul(n, k.constant(high)), q), small);
}

/** Where |x| > 1/2: asin |x| = π/2 − 2 asin s with s = √((1 − |x|) / 2). */
function halved<V>(k: Lanes<V>, x: V): { far: V; s: V; z: V } {
  const a = k.abs(x), half = k.constant(0.5), far = k.lt(half, a);
  const z = k.select(far, k.mul(k.sub(k.constant(1), a), half), k.mul(a, a)), root = k.sqrt(z);
  return { far, s: k.select(far, k.add(root, root), a), z };
}

function asinLanes<V>(k: Lanes<V>, x: V): V {
  const { far, s, z } = halved(k, x);
  const size = angle(k, k.and(far, k.constant(2)), k.select(far, k.neg(s), s), z, asinTail);
  return withSign(k, size, x);
}

// π/2 − x near 0; beyond 1/2 the angle itself, or π less it
function acosLanes<V>(k: Lanes<V>, x: V): V {
  const { far, s, z } = halved(k, x), two = k.constant(2), negative = k.lt(x, k.constant(0));
  const n = k.select(far, k.and(negative, k.constant(4)), two);
  return angle(k, n, k.select(far, withSign(k, s, x), k.neg(x)), z, asinTail);
}

/**
 * The angle of the point (x, y) from the half-axis of positive x, for a = the smaller and b = the larger of |x| and |y|,
 * b > 0: below π/8 it is atan(a / b), above π/4 − atan((b − a) / (b + a)); and mirrored where |y| > |x| and where x < 0.
 */
function direction<V>(k: Lanes<V>, a: V, b: V, steep: V, negative: V | null): V {
  const middle = k.lt(k.mul(b, k.constant(Math.SQRT2 - 1)), a);
  const t = k.div(k.select(middle, k.sub(a, b), a), k.select(middle, k.add(a, b), b));
  let n = k.and(middle, k.constant(1)), turned = steep;
  n = k.select(steep, k.sub(k.constant(2), n), n);
  if (negative !== null) {
    n = k.select(negative, k.sub(k.constant(4), n), n);
    turned = k.xor(steep, negative);
  }
  return angle(k, n, k.xor(t, k.and(turned, k.constant(-0))), k.mul(t, t), atanTail);
}

function atanLanes<V>(k: Lanes<V>, x: V): V {
  const a = k.abs(x), one = k.constant(1);
  return withSign(k, direction(k, k.pmin(a, one), k.pmax(a, one), k.lt(one, a), null), x);
}

function atan2Lanes<V>(k: Lanes<V>, y: V, x: V): V {
  const tall = k.abs(y), wide = k.abs(x), steep = k.lt(wide, tall);
  const a = k.pmin(tall, wide),
    b = k.pmax(tall, wide),
    negative = k.shrSigned(x, k.type === "float32" ? 31 : 63);
  const largest = k.constant(k.type === "float32" ? 2 ** 126 : 2 ** 1022);
  const usual = k.and(k.lt(k.constant(0), b), k.lt(k.add(tall, wide), largest)); // and neither is NaN
  const size = k.rarely(k.not(usual), direction(k, a, b, steep, negative), () => {
    // 0/0 counts as 0/1, ∞/∞ as 1/1
    const one = k.constant(1), half = k.constant(0.5), end = k.constant(Infinity);
    const p = k.select(usual, a, k.select(k.eq(a, end), one, k.mul(a, half)));
    const either = k.or(k.eq(b, k.constant(0)), k.eq(a, end));
    const q = k.select(usual, b, k.select(either, one, k.mul(b, half)));
    return k.or(direction(k, p, q, steep, negative), k.or(k.ne(x, x), k.ne(y, y)));
  });
  return withSign(k, size, y);
}

/** 1 / √(1 − a²) */
function slope(k: Algebra<Expr>, a: Expr): Expr {
  const one = k.constant(1);
  return k.div(one, k.sqrt(k.mul(k.sub(one, a), k.add(one, a))));
}

function squares(k: Algebra<Expr>, a: Expr, b: Expr): Expr {
  return k.add(k.mul(a, a), k.mul(b, b));
}

/** The angle from −π/2 to π/2 whose sine is x. */
export const asin: Intrinsic = {
  name: "asin",
  compute: Math.asin,
  partials: [(k, _y, a) => slope(k, a)],
  lanes: asinLanes,
};

/** The angle from 0 to π whose cosine is x. */
export const acos: Intrinsic = {
  name: "acos",
  compute: Math.acos,
  partials: [(k, _y, a) => k.neg(slope(k, a))],
  lanes: acosLanes,
};

/** The angle from −π/2 to π/2 whose tangent is x. */
export const atan: Intrinsic = {
  name: "atan",
  compute: Math.atan,
  partials: [(k, _y, a) => k.div(k.constant(1), squares(k, a, k.constant(1)))],
  lanes: atanLanes,
};

/** The angle from −π to π of the point (x, y), given as y, x. */
export const atan2: Intrinsic = {
  name: "atan2",
  compute: Math.atan2,
  partials: [(k, _y, a, b) => k.div(b, squares(k, a, b)), (k, _y, a, b) => k.neg(k.div(a, squares(k, a, b)))],
  lanes: atan2Lanes,
};
