/**
 * Reductions in lanes: what a kernel keeps in vectors while it runs over elements, and the result it makes of them.
 *
 * Sums are exact to about the last digit at any length: a few float32 vectors are added as a tree and the result
 * joins a float64 total (1e7 × 0.1 gives 1e6, also in float32); float64 totals carry their rounding errors along.
 */
import type { FunctionBuilder, Local } from "./assemble.ts";
import type { Lanes } from "./lanes.ts";
import type { Combine } from "../kernel.ts";

/** The state of one reduction in a function under construction. */
export interface Accumulator {
  /** The element that changes nothing. */
  readonly neutral: Local;
  /** Writes the state of no elements. */
  reset(): void;
  /** Takes up `count` vectors, each written by `value` when it is needed. */
  take(count: number, value: (index: number) => Local): void;
  /** Writes the result of each lane by itself. */
  lanes(): Local;
  /** Writes the result of all lanes together, in lane 0. */
  fold(): Local;
}

/**
 * A reduction in the lanes of `k`. The arg- forms give positions, as int32: of the element, where a vector's lanes
 * follow each other ("lane"), or of the vector ("round").
 */
export function accumulator(
  f: FunctionBuilder,
  k: Lanes<Local>,
  combine: Combine,
  position: "lane" | "round" = "lane",
): Accumulator {
  if (combine === "argmax" || combine === "argmin") return firstExtreme(f, k, combine, position);
  if (combine === "max" || combine === "min") return extreme(f, k, combine);
  if (k.type === "float32") return doubled(f, k, combine);
  return combine === "sum" && k.type === "float64" ? compensated(f, k) : plain(f, k, combine);
}

/** Combines vectors pairwise, as a tree: few are alive at once, and rounding errors do not add up. */
function tree(
  from: number,
  to: number,
  value: (i: number) => Local,
  join: (a: Local, b: Local) => Local,
): Local {
  if (to - from === 1) return value(from);
  const middle = (from + to) >> 1;
  return join(tree(from, middle, value, join), tree(middle, to, value, join));
}

/** Writes `state` = `value`. */
function assign(f: FunctionBuilder, state: Local, value: Local): void {
  f.get(value).set(state);
}

const swapHalves = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];
const swapPairs = [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11];
const lowHalves = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
const lowWords = [0, 1, 2, 3, 8, 9, 10, 11, 0, 0, 0, 0, 0, 0, 0, 0];

function apply(
  f: FunctionBuilder,
  instruction: string,
  x: readonly Local[],
  ...immediates: number[][]
): Local {
  const y = f.local("v128");
  for (const local of x) f.get(local);
  f.op(instruction, ...immediates).set(y);
  return y;
}

function shuffle(f: FunctionBuilder, a: Local, b: Local, from: number[]): Local {
  return apply(f, "i8x16.shuffle", [a, b], from);
}

/** The turns that bring every lane to lane 0 once, each result joined with the one before. */
function turns(k: Lanes<Local>): readonly number[][] {
  return k.type === "float64" ? [swapHalves] : [swapHalves, swapPairs];
}

/** One vector in the lane type: products, and sums of integers. */
function plain(f: FunctionBuilder, k: Lanes<Local>, combine: "sum" | "prod"): Accumulator {
  const state = f.local("v128"), neutral = k.constant(combine === "sum" ? 0 : 1);
  const join = combine === "sum" ? k.add : k.mul;
  return {
    neutral,
    reset: () => assign(f, state, neutral),
    take: (count, value) => assign(f, state, join(state, tree(0, count, value, join))),
    lanes: () => state,
    fold: () => turns(k).reduce((v, turn) => join(v, shuffle(f, v, v, turn)), state),
  };
}

/** Sums and products of float32: a tree of vectors, whose result joins float64 states for the two halves. */
function doubled(f: FunctionBuilder, k: Lanes<Local>, combine: "sum" | "prod"): Accumulator {
  const low = f.local("v128"), high = f.local("v128"), neutral = k.constant(combine === "sum" ? 0 : 1);
  const join = combine === "sum" ? k.add : k.mul, doubleJoin = combine === "sum" ? "f64x2.add" : "f64x2.mul";
  const start = new Float64Array(2).fill(combine === "sum" ? 0 : 1);
  const demote = (v: Local) => apply(f, "f32x4.demote_f64x2_zero", [v]);
  return {
    neutral,
    reset: () => {
      for (const half of [low, high]) f.op("v128.const", [...new Uint8Array(start.buffer)]).set(half);
    },
    take: (count, value) => {
      const v = tree(0, count, value, join);
      f.get(low).get(v).op("f64x2.promote_low_f32x4").op(doubleJoin).set(low);
      f.get(high).get(shuffle(f, v, v, swapHalves)).op("f64x2.promote_low_f32x4").op(doubleJoin).set(high);
    },
    lanes: () => shuffle(f, demote(low), demote(high), lowHalves),
    fold: () => {
      const both = apply(f, doubleJoin, [low, high]);
      return demote(apply(f, doubleJoin, [both, shuffle(f, both, both, swapHalves)]));
    },
  };
}

/** Sums of float64: the total's rounding errors add up beside it (Knuth's two-sum) and join it in the end. */
function compensated(f: FunctionBuilder, k: Lanes<Local>): Accumulator {
  const total = f.local("v128"), error = f.local("v128"), neutral = k.constant(0);
  const take = (x: Local) => {
    // t = fl(total + x); error += (total − (t − z)) + (x − z) with z = fl(t − total)
    const t = k.add(total, x), z = k.sub(t, total);
    assign(f, error, k.add(error, k.add(k.sub(total, k.sub(t, z)), k.sub(x, z))));
    assign(f, total, t);
  };
  // an infinite total has the error NaN, and stands
  const lanes = () => k.select(k.eq(error, error), k.add(total, error), total);
  return {
    neutral,
    reset: () => [total, error].forEach((state) => assign(f, state, neutral)),
    take: (count, value) => take(tree(0, count, value, k.add)),
    lanes,
    fold: () => {
      assign(f, error, k.add(error, shuffle(f, error, error, swapHalves)));
      take(shuffle(f, total, total, swapHalves));
      return lanes();
    },
  };
}

/**
 * max and min. The instructions that propagate NaN take seven of the machine's, so floats use the one-instruction
 * form, and a second vector remembers where a NaN went by.
 */
function extreme(f: FunctionBuilder, k: Lanes<Local>, combine: "max" | "min"): Accumulator {
  const state = f.local("v128"), float = k.type !== "int32", nan = f.local("v128");
  const neutral = k.constant(worst(k, combine)), none = k.bits(0);
  const join = combine === "max" ? (float ? k.pmax : k.max) : (float ? k.pmin : k.min);
  const result = (v: Local, sawNaN: Local) => float ? k.or(v, sawNaN) : v; // all bits set are a NaN
  const watched = (v: Local) => {
    if (float) assign(f, nan, k.or(nan, k.ne(v, v)));
    return v;
  };
  return {
    neutral,
    reset: () => {
      assign(f, state, neutral);
      assign(f, nan, none);
    },
    take: (count, value) => assign(f, state, join(state, tree(0, count, (i) => watched(value(i)), join))),
    lanes: () => result(state, nan),
    fold: () => {
      let v: Local = state, sawNaN: Local = nan;
      for (const turn of turns(k)) {
        v = join(v, shuffle(f, v, v, turn));
        if (float) sawNaN = k.or(sawNaN, shuffle(f, sawNaN, sawNaN, turn));
      }
      return result(v, sawNaN);
    },
  };
}

function worst(k: Lanes<Local>, combine: Combine): number {
  const sign = combine === "max" || combine === "argmax" ? -1 : 1;
  return k.type !== "int32" ? sign * Infinity : sign < 0 ? -0x80000000 : 0x7fffffff;
}

/** argmax and argmin: each lane's best element and where it stood; positions are integers as wide as a lane. */
function firstExtreme(
  f: FunctionBuilder,
  k: Lanes<Local>,
  combine: "argmax" | "argmin",
  position: "lane" | "round",
): Accumulator {
  const best = f.local("v128"), at = f.local("v128"), here = f.local("v128");
  const wide = k.type === "float64", neutral = k.constant(worst(k, combine)), none = k.bits(0);
  const step = k.bits(position === "round" ? 1 : wide ? 2 : 4);
  const numbered = wide ? BigInt64Array.of(0n, 1n) : Int32Array.of(0, 1, 2, 3);
  const start = position === "round" ? none : f.constant([...new Uint8Array(numbered.buffer)]);

  // beats: not (a ≤ b) holds for a > b and for NaN; nothing beats NaN
  const beats = (a: Local, b: Local) =>
    k.and(k.not(combine === "argmax" ? k.le(a, b) : k.le(b, a)), k.eq(b, b));
  const ties = (a: Local, b: Local) => k.or(k.eq(a, b), k.and(k.ne(a, a), k.ne(b, b)));
  const before = (a: Local, b: Local) => apply(f, wide ? "i64x2.lt_s" : "i32x4.lt_s", [a, b]);
  const packed = (v: Local) => wide ? shuffle(f, v, v, lowWords) : v;
  return {
    neutral,
    reset: () => {
      assign(f, best, neutral);
      assign(f, at, none);
      assign(f, here, start);
    },
    take: (count, value) => {
      for (let i = 0; i < count; i++) {
        const x = value(i), better = beats(x, best);
        assign(f, best, k.select(better, x, best));
        assign(f, at, k.select(better, here, at));
        assign(f, here, k.iadd(here, step));
      }
    },
    lanes: () => packed(at),
    fold: () => {
      let v: Local = best, i: Local = at;
      for (const turn of turns(k)) {
        const other = shuffle(f, v, v, turn), j = shuffle(f, i, i, turn);
        const better = k.or(beats(other, v), k.and(ties(other, v), before(j, i)));
        v = k.select(better, other, v);
        i = k.select(better, j, i);
      }
      return packed(i);
    },
  };
}
