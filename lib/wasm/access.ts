/**
 * How kernels reach memory: vectors loaded and stored, converting between an operand's dtype and the type computed
 * in, and the walk of every operand along its row.
 *
 * Loads and stores never touch a byte outside the operand: the last, partial vector of a row moves lane by lane.
 */
import type { FunctionBuilder, Local, ValueType } from "./assemble.ts";
import { type DType, itemSize } from "../dtype.ts";
import type { ComputeType, Mode, Operand } from "../kernel.ts";

/** Elements in one vector. */
export const laneCount: Readonly<Record<ComputeType, number>> = { float32: 4, float64: 2, int32: 4 };

/** The name of a vector's shape in instructions. */
const shapes = { float32: "f32x4", float64: "f64x2", int32: "i32x4" } as const;

const bytesToInts = ["i16x8.extend_low_i8x16_u", "i32x4.extend_low_i16x8_u"];

/** Instructions that turn packed elements, the first ones of a vector, into lanes of the compute type. */
const widen: Readonly<Record<ComputeType, Partial<Record<DType, readonly string[]>>>> = {
  float32: {
    float32: [],
    int32: ["f32x4.convert_i32x4_s"],
    uint8: [...bytesToInts, "f32x4.convert_i32x4_s"],
  },
  float64: {
    float64: [],
    float32: ["f64x2.promote_low_f32x4"],
    int32: ["f64x2.convert_low_i32x4_s"],
    uint8: [...bytesToInts, "f64x2.convert_low_i32x4_s"],
  },
  int32: { int32: [], float32: ["i32x4.trunc_sat_f32x4_s"], uint8: bytesToInts },
};

/** Instructions that turn lanes of the compute type into packed elements; "bytes" keeps each integer's low byte. */
const narrow: Readonly<Record<ComputeType, Partial<Record<DType, readonly string[]>>>> = {
  float32: {
    float32: [],
    int32: ["i32x4.trunc_sat_f32x4_s"],
    uint8: ["i32x4.trunc_sat_f32x4_s", "bytes"],
  },
  float64: {
    float64: [],
    float32: ["f32x4.demote_f64x2_zero"],
    int32: ["i32x4.trunc_sat_f64x2_s_zero"],
    uint8: ["i32x4.trunc_sat_f64x2_s_zero", "bytes"],
  },
  int32: { int32: [], float32: ["f32x4.convert_i32x4_s"], uint8: ["bytes"] },
};

/** One element as an f64 on the stack. */
const toDouble: Readonly<Record<DType, readonly string[]>> = {
  float64: ["f64.load"],
  float32: ["f32.load", "f64.promote_f32"],
  int32: ["i32.load", "f64.convert_i32_s"],
  uint8: ["i32.load8_u", "f64.convert_i32_s"],
  bool: ["i32.load8_u", "f64.convert_i32_s"],
};

const loads: Readonly<Record<number, string>> = {
  2: "v128.load16_splat",
  4: "v128.load32_zero",
  8: "v128.load64_zero",
  16: "v128.load",
};

/** The parameters of a kernel for an operand in memory: address, row stride and, if asked, column stride, in bytes. */
export function placeTypes(strides = 2): ValueType[] {
  return new Array(1 + strides).fill("i32");
}

/** An operand in memory while a kernel runs; `row` and `cursor` are addresses that move. */
export interface Place {
  readonly dtype: DType;
  readonly mode: Mode;
  /** Where the current row starts. */
  readonly row: Local;
  readonly rowStride: Local;
  /** From one element to the next, for mode "stride". */
  readonly step?: Local;
  /** The next element of the current row. */
  readonly cursor: Local;
}

/** Memory seen from a kernel under construction. */
export class Access {
  /** Elements in one vector. */
  readonly lanes: number;

  /** Writes into `f`, computing in `compute`. */
  constructor(readonly f: FunctionBuilder, readonly compute: ComputeType, lanes = laneCount[compute]) {
    this.lanes = lanes;
  }

  /** The operand whose address and `strides` strides are the first of `parameters`, which it takes. */
  place(operand: Operand, parameters: Local[], strides = 2): Place {
    const [row, rowStride, step] = parameters.splice(0, 1 + strides);
    return { ...operand, row, rowStride, step, cursor: this.f.local("i32") };
  }

  /** A number (f64) as a vector of the compute type. */
  splatNumber(number: Local): Local {
    this.f.get(number);
    return this.#splat();
  }

  /** Lane 0 of `v` in every lane. */
  splatFirst(v: Local): Local {
    const size = 16 / this.lanes;
    this.f.get(v).get(v).op("i8x16.shuffle", Array.from({ length: 16 }, (_, i) => i % size));
    return this.#set();
  }

  /** The element at the start of the current row, in every lane. */
  loadSplat(place: Place): Local {
    const { f } = this;
    f.get(place.row);
    if (place.dtype === this.compute) return this.#set(`v128.load${8 * itemSize[place.dtype]}_splat`);
    for (const name of toDouble[place.dtype]) f.op(name);
    return this.#splat();
  }

  /**
   * Loads the `index`-th vector from the cursor on; a strided cursor moves with every element. Where only `left`
   * elements are left, the lanes past them are 0.
   */
  load(place: Place, index = 0, left?: Local): Local {
    const { f } = this, bytes = this.bytes(place), y = f.local("v128");
    const whole = () => {
      if (place.mode === "stride" || bytes > 16) return this.#loadLanes(place, y, index);
      f.get(place.cursor).op(loads[bytes], index * bytes);
      this.#convert(widen, place.dtype);
      f.set(y);
    };
    if (left) this.#whole(left, whole, () => this.#loadLanes(place, y, index, left));
    else whole();
    return y;
  }

  /** Stores `v` as the `index`-th vector from the cursor on, at most `left` elements; for bool `v` is a mask. */
  store(place: Place, v: Local, index = 0, left?: Local): void {
    const { f } = this, bytes = this.bytes(place), packed = this.#pack(place.dtype, v);
    const lanes = (count?: Local) =>
      this.#each(place, index, count, (lane, offset) => {
        f.get(place.cursor).get(packed).op(`v128.store${8 * itemSize[place.dtype]}_lane`, offset, lane);
      });
    const whole = () => {
      if (place.mode === "stride") return lanes();
      f.get(place.cursor).get(packed);
      if (bytes === 16) f.op("v128.store", index * bytes);
      else f.op(`v128.store${8 * bytes}_lane`, index * bytes, 0);
    };
    if (left) this.#whole(left, whole, () => lanes(left));
    else whole();
  }

  /** Stores lane 0 of `v` at the start of the current row. */
  storeOne(place: Place, v: Local): void {
    const packed = this.#pack(place.dtype, v);
    this.f.get(place.row).get(packed).op(`v128.store${8 * itemSize[place.dtype]}_lane`, 0, 0);
  }

  /**
   * Writes the loop over the current row, of `n` elements (fewer than 2³¹): rounds of `unroll` whole vectors, then
   * rounds of one vector, of which the last may be partial; these pass the number of elements left.
   */
  walk(
    n: Local,
    unroll: number,
    places: readonly Place[],
    round: (vectors: number, left?: Local) => void,
  ): void {
    const { f, lanes } = this, left = f.local("i32");
    const loop = (vectors: number, atLeast: number) => {
      f.while(() => f.get(left).i32(atLeast).op("i32.ge_s"), () => {
        round(vectors, vectors === 1 ? left : undefined);
        for (const place of places) this.#advance(place, vectors);
        f.increment(left, -vectors * lanes);
      });
    };
    for (const place of places) f.get(place.row).set(place.cursor);
    f.get(n).set(left);
    if (unroll > 1) loop(unroll, unroll * lanes);
    loop(1, 1);
  }

  /** `v` with `neutral` in the lanes past the first `left`. */
  keepFirst(left: Local, v: Local, neutral: Local): Local {
    const { f } = this, wide = this.compute === "float64", y = f.local("v128");
    const numbered = wide ? BigInt64Array.of(0n, 1n) : Int32Array.of(0, 1, 2, 3);
    f.get(v).set(y);
    this.#whole(left, () => {}, () => {
      f.get(v).get(neutral).op("v128.const", [...new Uint8Array(numbered.buffer)]).get(left);
      if (wide) f.op("i64.extend_i32_u").op("i64x2.splat").op("i64x2.lt_s");
      else f.op("i32x4.splat").op("i32x4.lt_s");
      f.op("v128.bitselect").set(y);
    });
    return y;
  }

  /** Moves to the next row. */
  nextRow(place: Place): void {
    this.f.get(place.row).get(place.rowStride).op("i32.add").set(place.row);
  }

  /** Bytes that `vectors` vectors take in memory, where elements follow each other. */
  bytes(place: Place, vectors = 1): number {
    return itemSize[place.dtype] * this.lanes * vectors;
  }

  #loadLanes(place: Place, y: Local, index: number, count?: Local): void {
    const { f } = this, size = itemSize[place.dtype];
    const wide = this.bytes(place) > 16; // float64 into four lanes: one at a time
    f.op("v128.const", new Array(16).fill(0)).set(y);
    this.#each(place, index, count, (lane, offset) => {
      if (wide) {
        f.get(y).get(place.cursor).op("f64.load", offset);
        this.#fromDouble();
        f.op(`${shapes[this.compute]}.replace_lane`, lane);
      } else f.get(place.cursor).get(y).op(`v128.load${8 * size}_lane`, offset, lane);
      f.set(y);
    });
    if (wide) return;
    f.get(y);
    this.#convert(widen, place.dtype);
    f.set(y);
  }

  /**
   * Runs `body` for every lane of the `index`-th vector, or only for the first `count`; the lane's element is `offset`
   * bytes from the cursor.
   */
  #each(
    place: Place,
    index: number,
    count: Local | undefined,
    body: (lane: number, offset: number) => void,
  ): void {
    const { f } = this, strided = place.mode === "stride";
    f.block(() => {
      for (let lane = 0; lane < this.lanes; lane++) {
        if (count && lane > 0) f.get(count).i32(lane).op("i32.le_u").op("br_if", 0);
        body(lane, strided ? 0 : index * this.bytes(place) + lane * itemSize[place.dtype]);
        if (strided) f.get(place.cursor).get(place.step!).op("i32.add").set(place.cursor);
      }
    });
  }

  /** Moves the cursor past whole vectors; a strided one has moved with its elements. */
  #advance(place: Place, vectors: number): void {
    if (place.mode === "vector") this.f.increment(place.cursor, this.bytes(place, vectors));
  }

  #whole(left: Local, then: () => void, otherwise: () => void): void {
    this.f.get(left).i32(this.lanes).op("i32.ge_s").if(then, otherwise);
  }

  #convert(table: typeof widen, dtype: DType): void {
    const instructions = table[this.compute][dtype === "bool" ? "uint8" : dtype];
    if (!instructions) throw new Error(`Bug: no conversion between ${dtype} and ${this.compute}`);
    for (const name of instructions) {
      if (name === "bytes") this.#lowBytes(4);
      else this.f.op(name);
    }
  }

  /** `v` as packed elements of `dtype`. */
  #pack(dtype: DType, v: Local): Local {
    this.f.get(v);
    if (dtype !== "bool") this.#convert(narrow, dtype);
    else {
      this.#lowBytes(itemSize[this.compute]);
      this.f.op("v128.const", new Array(16).fill(1)).op("v128.and");
    }
    return this.#set();
  }

  /** Packs the lowest byte of each lane of `width` bytes at the front of the vector. */
  #lowBytes(width: number): void {
    const v = this.#set(), from = Array.from({ length: 16 }, (_, i) => (i * width) % 16);
    this.f.get(v).get(v).op("i8x16.shuffle", from);
  }

  /** The number on the stack (f64) as a vector of the compute type. */
  #splat(): Local {
    this.#fromDouble();
    return this.#set(`${shapes[this.compute]}.splat`);
  }

  /** The number on the stack (f64) as one of the compute type. */
  #fromDouble(): void {
    if (this.compute === "float32") this.f.op("f32.demote_f64");
    if (this.compute === "int32") this.f.op("i32.trunc_sat_f64_s");
  }

  /** Keeps the vector on the stack, or what `instruction` makes of the stack. */
  #set(instruction?: string): Local {
    const y = this.f.local("v128");
    if (instruction) this.f.op(instruction);
    this.f.set(y);
    return y;
  }
}
