/** What floats are made of: signs, neighbours, and x = m 2ᵉ. */
import type { Intrinsic } from "./formula.ts";
import { type Coefficients, double, single } from "./wasm/coefficients.ts";
import { exponentOf, withSign } from "./wasm/floats.ts";
import type { Lanes } from "./wasm/lanes.ts";

const view = new DataView(new ArrayBuffer(8)), SUBNORMAL_LIFT = 54;

/** Whether the sign of x is −, also that of −0 and NaN. */
function isNegative(x: number): boolean {
  view.setFloat64(0, x);
  return view.getInt32(0) < 0;
}

/** What a float type is made of; int32 lanes are as wide as float32's. */
function coefficients<V>(k: Lanes<V>): Coefficients {
  return k.type === "float64" ? double : single;
}

/** 1 for a minus sign, else 0. */
export const signbit: Intrinsic = {
  name: "signbit",
  compute: (x) => isNegative(x) ? 1 : 0,
  partials: [null, null],
  lanes: (k, x) => k.and(k.shrSigned(x, coefficients(k).width - 1), k.constant(1)),
  cost: 2,
};

/** |a| with the sign of b. */
export const copysign: Intrinsic = {
  name: "copysign",
  compute: (a, b) => isNegative(a) === isNegative(b) ? a : -a,
  partials: [(k, y, a) => k.select(k.eq(a, k.constant(0)), k.constant(0), k.div(y, a)), null],
  lanes: (k, a, b) => withSign(k, k.abs(a), b),
  cost: 3,
};

// Beside each other in order of size stand numbers whose bits, read as an integer, differ by 1.
function neighbour<V>(k: Lanes<V>, x: V, y: V): V {
  const zero = k.constant(0), upwards = k.lt(x, y), outwards = k.xor(k.lt(x, zero), upwards);
  const moved = k.iadd(x, k.select(outwards, k.bits(1), k.bits(-1)));
  const next = k.select(k.eq(x, zero), withSign(k, k.bits(1), y), moved);
  return k.or(k.select(k.eq(x, y), y, next), k.or(k.ne(x, x), k.ne(y, y)));
}

function after(x: number, y: number, least: number, move: (x: number, by: 1 | -1) => number): number {
  if (x === y || x !== x || y !== y) return x === y ? y : NaN;
  return x === 0 ? (y < 0 ? -least : least) : move(x, x < y === x > 0 ? 1 : -1);
}

/** The number next to x towards y, of each float type. */
export const nextafter: Readonly<Record<"float32" | "float64", Intrinsic>> = {
  float32: {
    name: "nextafter32",
    only: "float32",
    compute: (x, y) =>
      after(x, y, 2 ** -149, (x, by) => {
        view.setFloat32(0, x);
        view.setInt32(0, view.getInt32(0) + by);
        return view.getFloat32(0);
      }),
    partials: [null, null],
    lanes: neighbour,
  },
  float64: {
    name: "nextafter64",
    only: "float64",
    compute: (x, y) =>
      after(x, y, Number.MIN_VALUE, (x, by) => {
        view.setFloat64(0, x);
        view.setBigInt64(0, view.getBigInt64(0) + BigInt(by));
        return view.getFloat64(0);
      }),
    partials: [null, null],
    lanes: neighbour,
  },
};

/** The bits of x's high half with x made normal, and by how many powers of two that lifted it. */
function liftedHigh(x: number): [high: number, lift: number] {
  const lift = Math.abs(x) < double.tiny ? SUBNORMAL_LIFT : 0;
  view.setFloat64(0, x * 2 ** lift);
  return [view.getInt32(0), lift];
}

/** What `normal` makes of normal numbers; for subnormal ones it gets them times 2ˡⁱᶠᵗ, and 0, ±∞ and NaN give `other`. */
function parted<V>(k: Lanes<V>, x: V, other: V, normal: (x: V, lift: number) => V): V {
  const c = coefficients(k), size = k.abs(x), finite = k.lt(size, k.constant(Infinity));
  const usual = k.and(finite, k.le(k.constant(c.tiny), size)), y = normal(x, 0);
  return k.rarely(k.not(usual), y, () => {
    const lifted = normal(k.mul(x, k.constant(2 ** SUBNORMAL_LIFT)), SUBNORMAL_LIFT);
    const subnormal = k.and(finite, k.lt(k.constant(0), size));
    return k.select(usual, y, k.select(subnormal, lifted, other));
  });
}

/** The m of x = m 2ᵉ with ½ ≤ |m| < 1; 0, ±∞ and NaN themselves. */
export const mantissa: Intrinsic = {
  name: "mantissa",
  compute: (x) => {
    if (x === 0 || !Number.isFinite(x)) return x;
    const [high] = liftedHigh(x);
    view.setInt32(0, high & 0x800fffff | 0x3fe00000);
    return view.getFloat64(0);
  },
  // 2⁻ᵉ
  partials: [(k, y, x) => {
    const size = k.abs(x), ordinary = k.and(k.lt(k.constant(0), size), k.lt(size, k.constant(Infinity)));
    return k.select(ordinary, k.div(y, x), k.constant(1));
  }],
  lanes: (k, x) => {
    const field = k.constant(Infinity); // all bits of the exponent
    return parted(k, x, x, (x) => k.or(k.andnot(x, field), k.constant(0.5)));
  },
};

/** The e of x = m 2ᵉ with ½ ≤ |m| < 1; 0 for 0, ±∞ and NaN. */
export const exponent: Intrinsic = {
  name: "exponent",
  compute: (x) => {
    if (x === 0 || !Number.isFinite(x)) return 0;
    const [high, lift] = liftedHigh(x);
    return (high >>> 20 & 0x7ff) - 1022 - lift;
  },
  partials: [null, null],
  lanes: (k, x) =>
    parted(k, x, k.constant(0), (x, lift) => exponentOf(k, coefficients(k), k.abs(x), lift - 1)),
};
