/** Remainders and quotients of floats that are exact, also where x / y is large or rounds up to a whole number. */
import type { Algebra, Intrinsic } from "./formula.ts";
import { withSign } from "./wasm/floats.ts";
import type { Lanes } from "./wasm/lanes.ts";

const rest = (x: number, y: number) => x % y;

// r = x − q y with q = x / y rounded to nearest, in float64. y is split into 26 and 27 bits: up to q = 2²⁵ both products
// are exact; and since |r| ≤ |y| / 2, so are both differences. Where r has not the sign of x, q was one too far.
function remainder<V>(k: Lanes<V>, x: V, y: V): V {
  const q = k.nearest(k.div(x, y)), high = k.and(y, k.bits(-1n << 27n)), low = k.sub(y, high);
  const r = k.sub(k.sub(x, k.mul(q, high)), k.mul(q, low)), size = k.abs(r), whole = k.abs(y);
  const tooFar = k.and(k.shrSigned(k.xor(r, x), 63), k.lt(k.constant(0), size));
  const exact = k.and(k.le(k.abs(q), k.constant(2 ** 25)), k.le(size, whole));
  const y0 = withSign(k, k.select(tooFar, k.sub(whole, size), size), x);
  return k.rarely(k.not(exact), y0, () => k.call("fmod", rest, x, y));
}

/** x − y trunc(x / y), exactly: the remainder that has the sign of x. */
export const fmod: Intrinsic = {
  name: "fmod",
  compute: rest,
  partials: [(k) => k.constant(1), (k, _r, x, y) => k.neg(k.trunc(k.div(x, y)))],
  lanes: (k, x, y) => k.type === "float32" ? k.inDouble(remainder, x, y) : remainder(k, x, y),
};

/** Whether a and b have opposite signs, and neither is 0. */
function opposed<V, M>(k: Algebra<V, M>, a: V, b: V): M {
  const zero = k.constant(0);
  return k.or(k.and(k.lt(a, zero), k.lt(zero, b)), k.and(k.lt(zero, a), k.lt(b, zero)));
}

/** The remainder of x / y that has the sign of y. */
export function modulo<V, M>(k: Algebra<V, M>, x: V, y: V): V {
  const r = k.call(fmod, x, y);
  return k.select(opposed(k, r, y), k.add(r, y), r);
}

/** ⌊x / y⌋, also where x / y rounds up to the next whole number: (x − r) / y is whole but for its own rounding. */
export function floorQuotient<V, M>(k: Algebra<V, M>, x: V, y: V): V {
  const zero = k.constant(0), one = k.constant(1), r = k.call(fmod, x, y);
  const quotient = k.div(k.sub(x, r), y), near = k.select(opposed(k, r, y), k.sub(quotient, one), quotient);
  const plain = k.or(k.eq(y, zero), k.eq(near, zero)); // also gives 0 its sign and x / 0 its infinity
  return k.select(plain, k.floor(k.div(x, y)), k.round(near));
}
