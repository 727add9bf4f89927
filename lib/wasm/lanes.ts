/**
 * The instructions of a SIMD lane vector under names that do not depend on the lane type.
 *
 * A vector is 128 untyped bits, as in WebAssembly: an integer operation may follow a float one on the same value,
 * which is what the vector mathematics of math.ts is made of. {@link emitLanes} writes them into a function.
 */
import type { FunctionBuilder, Local } from "./assemble.ts";

/** The lane types kernels compute in; uint8 and bool are widened on load and narrowed on store. */
export type LaneType = "float32" | "float64" | "int32";

/** Operations on vectors `V` of one lane type. Masks are vectors of all-ones and all-zeros lanes. */
export interface Lanes<V> {
  readonly type: LaneType;
  /** The number `c` in every lane. */
  constant(c: number): V;
  /** The bits of an integer as wide as a lane, in every lane. */
  bits(c: number | bigint): V;
  add(a: V, b: V): V;
  sub(a: V, b: V): V;
  mul(a: V, b: V): V;
  /** Floats only, as are sqrt, floor, ceil, trunc, nearest and fma. */
  div(a: V, b: V): V;
  neg(a: V): V;
  abs(a: V): V;
  min(a: V, b: V): V;
  max(a: V, b: V): V;
  /** b < a ? b : a, so NaN if a is and a if b is: one instruction where min takes eight. Floats only. */
  pmin(a: V, b: V): V;
  /** a < b ? b : a */
  pmax(a: V, b: V): V;
  sqrt(a: V): V;
  floor(a: V): V;
  ceil(a: V): V;
  trunc(a: V): V;
  /** The nearest whole number, halves to even. */
  nearest(a: V): V;
  /** a · b + c, rounded once where the machine has relaxed FMA, else twice. */
  fma(a: V, b: V, c: V): V;
  /** c − a · b, rounded likewise. */
  nmadd(a: V, b: V, c: V): V;
  eq(a: V, b: V): V;
  ne(a: V, b: V): V;
  lt(a: V, b: V): V;
  le(a: V, b: V): V;
  and(a: V, b: V): V;
  /** a and not b */
  andnot(a: V, b: V): V;
  or(a: V, b: V): V;
  xor(a: V, b: V): V;
  not(a: V): V;
  /** a where the mask is set, else b. */
  select(mask: V, a: V, b: V): V;
  /** Integer addition on lanes as wide as the type's (32 or 64 bits). */
  iadd(a: V, b: V): V;
  isub(a: V, b: V): V;
  /** Shifts by a constant count: left, right with sign, right with zeros. */
  shl(a: V, count: number): V;
  shrSigned(a: V, count: number): V;
  shr(a: V, count: number): V;
  /** Float32 only: what `compute` makes of the two halves of `x` in float64 lanes, rounded to float32. */
  inDouble(compute: (lanes: Lanes<V>, ...x: V[]) => V, ...x: V[]): V;
  /** Float32 only: a · b + c, rounded once on every machine. */
  fused(a: V, b: V, c: V): V;
  /** y, or if any lane of `rare` is set what `repair` makes. The test costs three instructions. */
  rarely(rare: V, y: V, repair: () => V): V;
  /** The JavaScript function `f`, under a name that is its own, of each lane: 10 ns and more a lane. */
  call(name: string, f: (...x: number[]) => number, ...x: V[]): V;
}

// Byte orders for shuffle: a's and b's low halves; a's (and b's) high half first.
const LOW_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
const HIGH_HALF_FIRST = [8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31];

/** How a lane becomes JavaScript's number and back; float64 lanes are that already. */
const conversions: Readonly<Record<LaneType, readonly [widen?: string, narrow?: string]>> = {
  float32: ["f64.promote_f32", "f32.demote_f64"],
  float64: [],
  int32: ["f64.convert_i32_s", "i32.trunc_sat_f64_s"],
};

/**
 * Writes lane operations into `f`: each result goes to a fresh local, constants are set once on entry. `fma` says
 * whether relaxed SIMD exists, which also selects in one instruction instead of three.
 */
export function emitLanes(f: FunctionBuilder, type: LaneType, fma: boolean): Lanes<Local> {
  const shape = { float32: "f32x4", float64: "f64x2", int32: "i32x4" }[type];
  const bitShape = type === "float64" ? "i64x2" : "i32x4", signed = type === "int32" ? "_s" : "";
  const result = () => {
    const y = f.local("v128");
    f.set(y);
    return y;
  };
  const unary = (name: string) => (a: Local) => {
    f.get(a).op(name);
    return result();
  };
  const binary = (name: string) => (a: Local, b: Local) => {
    f.get(a).get(b).op(name);
    return result();
  };
  const shift = (name: string) => (a: Local, count: number) => {
    f.get(a).i32(count).op(name);
    return result();
  };
  const literal = (bytes: ArrayBuffer) => f.constant([...new Uint8Array(bytes)]);
  const promote = (a: Local, upper: boolean) => {
    f.get(a);
    if (upper) f.get(a).op("i8x16.shuffle", HIGH_HALF_FIRST);
    f.op("f64x2.promote_low_f32x4");
    return result();
  };
  const mul = binary(`${shape}.mul`), add = binary(`${shape}.add`), sub = binary(`${shape}.sub`);
  return {
    type,
    constant: (c) =>
      literal(
        (type === "float32"
          ? Float32Array.of(c, c, c, c)
          : type === "float64"
          ? Float64Array.of(c, c)
          : Int32Array.of(c, c, c, c))
          .buffer,
      ),
    bits: (c) =>
      literal(
        type === "float64"
          ? BigInt64Array.of(BigInt.asIntN(64, BigInt(c)), BigInt.asIntN(64, BigInt(c))).buffer
          : Int32Array.from({ length: 4 }, () => Number(c)).buffer,
      ),
    add,
    sub,
    mul,
    div: binary(`${shape}.div`),
    neg: unary(`${shape}.neg`),
    abs: unary(`${shape}.abs`),
    min: binary(`${shape}.min${signed}`),
    max: binary(`${shape}.max${signed}`),
    pmin: binary(`${shape}.pmin`),
    pmax: binary(`${shape}.pmax`),
    sqrt: unary(`${shape}.sqrt`),
    floor: unary(`${shape}.floor`),
    ceil: unary(`${shape}.ceil`),
    trunc: unary(`${shape}.trunc`),
    nearest: unary(`${shape}.nearest`),
    fma(a, b, c) {
      if (!fma) return add(mul(a, b), c);
      f.get(a).get(b).get(c).op(`${shape}.relaxed_madd`);
      return result();
    },
    nmadd(a, b, c) {
      if (!fma) return sub(c, mul(a, b));
      f.get(a).get(b).get(c).op(`${shape}.relaxed_nmadd`);
      return result();
    },
    eq: binary(`${shape}.eq`),
    ne: binary(`${shape}.ne`),
    lt: binary(`${shape}.lt${signed}`),
    le: binary(`${shape}.le${signed}`),
    and: binary("v128.and"),
    andnot: binary("v128.andnot"),
    or: binary("v128.or"),
    xor: binary("v128.xor"),
    not: unary("v128.not"),
    select(mask, a, b) {
      f.get(a).get(b).get(mask).op(fma ? `${bitShape}.relaxed_laneselect` : "v128.bitselect");
      return result();
    },
    iadd: binary(`${bitShape}.add`),
    isub: binary(`${bitShape}.sub`),
    shl: shift(`${bitShape}.shl`),
    shrSigned: shift(`${bitShape}.shr_s`),
    shr: shift(`${bitShape}.shr_u`),
    inDouble(compute, ...x) {
      const double = emitLanes(f, "float64", fma);
      const [low, high] = [false, true].map((upper) => {
        const y = compute(double, ...x.map((a) => promote(a, upper)));
        f.get(y).op("f32x4.demote_f64x2_zero");
        return result();
      });
      f.get(low).get(high).op("i8x16.shuffle", LOW_HALVES);
      return result();
    },
    fused(a, b, c) {
      return fma ? this.fma(a, b, c) : this.inDouble((d, a, b, c) => d.add(d.mul(a, b), c), a, b, c);
    },
    rarely(rare, y, repair) {
      const either = f.local("v128");
      f.get(y).set(either).get(rare).op("v128.any_true").if(() => f.get(repair()).set(either));
      return either;
    },
    call(name, callee, ...x) {
      const [widen, narrow] = conversions[type];
      let y = x[0];
      for (let lane = 0; lane < (type === "float64" ? 2 : 4); lane++) {
        f.get(y);
        for (const a of x) {
          f.get(a).op(`${shape}.extract_lane`, lane);
          if (widen) f.op(widen);
        }
        f.callHost(name, callee, x.length);
        if (narrow) f.op(narrow);
        f.op(`${shape}.replace_lane`, lane);
        y = result();
      }
      return y;
    },
  };
}
