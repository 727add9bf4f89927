/**
 * The inner parts of matrix multiplication as WebAssembly functions: the panel kernel, copying and transposing.
 *
 * Addresses, and the distances between rows here, are bytes; what is blocked and packed where is gemm.ts's affair.
 */
import type { FunctionBuilder, Local, ModuleBuilder, ValueType } from "./assemble.ts";

/** The types `gemm` computes in. */
export type Float = "float32" | "float64";

/** The words of WebAssembly for one type. */
export interface FloatWords {
  readonly bytes: number;
  /** Elements in a vector. */
  readonly lanes: number;
  readonly scalar: "f32" | "f64";
  readonly vector: "f32x4" | "f64x2";
  /** The instruction that loads one element into every lane. */
  readonly splat: string;
}

/** {@link FloatWords} of each type. */
export const floatWords: Readonly<Record<Float, FloatWords>> = {
  float32: { bytes: 4, lanes: 4, scalar: "f32", vector: "f32x4", splat: "v128.load32_splat" },
  float64: { bytes: 8, lanes: 2, scalar: "f64", vector: "f64x2", splat: "v128.load64_splat" },
};

/**
 * Vectors in a row of a tile of C. Of the bare kernels (k = 256, float32, with and without FMA, GFLOP/s) 2x16 does
 * 52 and 40, 3x12 53 and 42, 4x8 49 and 38, 6x8 51 and 29; 4x12, 2x20 and 3x16 need more than the 15 registers V8
 * hands out on x64 and do 22 to 27. Of the fast ones 2x16 wastes least at the edges of usual sizes.
 */
export const VECTORS = 4;
/** Sums in a tile: 8 hide the latency of FMA, 4 cycles and 2 a cycle. A narrower panel has higher tiles. */
const SUMS = 8;
/** Bytes of one row of a panel of B, and of a tile of C. */
export const PANEL_BYTES = 16 * VECTORS;

/** `count` locals or parameters of one type. */
export function repeat<T>(count: number, value: T): T[] {
  return new Array<T>(count).fill(value);
}

/** Declares `count` locals of `type`. */
export function locals(f: FunctionBuilder, count: number, type: ValueType): Local[] {
  return Array.from({ length: count }, () => f.local(type));
}

/** local += by, or local += by · times. */
export function advance(f: FunctionBuilder, local: Local, by: Local, times?: Local): void {
  f.get(local).get(by);
  if (times) f.get(times).op("i32.mul");
  f.op("i32.add").set(local);
}

/** sum += a · b, rounded once where `fma`. */
export function emitMadd(
  f: FunctionBuilder,
  t: FloatWords,
  fma: boolean,
  a: Local,
  b: Local,
  sum: Local,
): void {
  if (fma) f.get(a).get(b).get(sum).op(`${t.vector}.relaxed_madd`).set(sum);
  else f.get(sum).get(a).get(b).op(`${t.vector}.mul`).op(`${t.vector}.add`).set(sum);
}

/** Adds `storePart`: c[0..count) = value + beta · c for a vector that is not full, and nothing behind it. */
function addStorePart(module: ModuleBuilder, t: FloatWords): number {
  return module.add("storePart", ["i32", "v128", t.scalar, "i32"], [], (f, c, value, beta, count) => {
    const old = f.local("v128"), bits = 8 * t.bytes;
    const eachLane = (emit: (lane: number) => void) => {
      emit(0);
      for (let lane = 1; lane < t.lanes - 1; lane++) {
        f.get(count).i32(lane).op("i32.gt_u").if(() => emit(lane));
      }
    };
    f.get(beta).op(`${t.scalar}.const`, 0).op(`${t.scalar}.ne`).if(() => {
      eachLane((lane) => f.get(c).get(old).op(`v128.load${bits}_lane`, lane * t.bytes, lane).set(old));
      f.get(value).get(beta).op(`${t.vector}.splat`).get(old).op(`${t.vector}.mul`);
      f.op(`${t.vector}.add`).set(value);
    });
    eachLane((lane) => f.get(c).get(value).op(`v128.store${bits}_lane`, lane * t.bytes, lane));
  });
}

/**
 * Adds `panel1` to `panel4`: C = alpha · A · B + beta · C for any number of rows and 1 to 4 vectors of columns.
 *
 * Element (i, p) of A is read at a + i·aRow + p·aStep, row p of B at b + p·bStep. If `tail` is not 0, the last vector
 * has only so many columns in C. C is not read where beta = 0.
 */
export function addPanels(module: ModuleBuilder, t: FloatWords, fma: boolean): number[] {
  const storePart = addStorePart(module, t);
  return Array.from({ length: VECTORS }, (_, i) => addPanel(module, t, fma, i + 1, storePart));
}

function addPanel(
  module: ModuleBuilder,
  t: FloatWords,
  fma: boolean,
  vectors: number,
  storePart: number,
): number {
  const params = [...repeat<ValueType>(10, "i32"), t.scalar, t.scalar];
  return module.add(`panel${vectors}`, params, [], (f, ...all) => {
    const [rows, k, a, aRow, aStep, b, bStep, c, ldc, tail, alpha, beta] = all;
    const most = Math.round(SUMS / vectors); // rows of a tile: 8, 4, 3 or 2
    const unroll = vectors === VECTORS ? 8 : 4; // 8 % faster than 4, which is 12 % faster than 2
    const sums = locals(f, most * vectors, "v128"), right = locals(f, vectors, "v128");
    const left = f.local("v128"), scale = f.local("v128"), keep = f.local("v128");
    const fromA = locals(f, most, "i32"), fromB = f.local("i32"), steps = f.local("i32"), to = f.local("i32");

    function clear(height: number): void {
      for (const sum of sums.slice(0, height * vectors)) f.op("v128.const", repeat(16, 0)).set(sum);
    }

    /**
     * Asks for C early, so that it is in the cache when the sums are done: 20 % at n = 1025. WebAssembly has no
     * prefetch and V8 drops loads that nobody uses, so what is read is masked into sums that are still 0.
     */
    function touch(height: number): void {
      f.get(c).set(to);
      for (let i = 0; i < height; i++) {
        for (const j of new Set([0, vectors - 1])) {
          f.get(to).op(t.splat, 16 * j).get(sums[i * vectors + j]).op("v128.and").set(sums[i * vectors + j]);
        }
        advance(f, to, ldc);
      }
    }

    function step(height: number): void {
      right.forEach((v, j) => f.get(fromB).op("v128.load", 16 * j).set(v));
      advance(f, fromB, bStep);
      for (let i = 0; i < height; i++) {
        f.get(fromA[i]).op(t.splat).set(left);
        advance(f, fromA[i], aStep);
        right.forEach((v, j) => emitMadd(f, t, fma, left, v, sums[i * vectors + j]));
      }
    }

    /** C = alpha · sums + beta · C for row `i` of the tile. */
    function store(i: number): void {
      const row = sums.slice(i * vectors, (i + 1) * vectors), last = vectors - 1;
      const vector = (from: number, to: number) => {
        f.get(beta).op(`${t.scalar}.const`, 0).op(`${t.scalar}.ne`).if(() => {
          for (let j = from; j < to; j++) {
            f.get(row[j]).get(c).op("v128.load", 16 * j).get(keep).op(`${t.vector}.mul`);
            f.op(`${t.vector}.add`).set(row[j]);
          }
        });
        for (let j = from; j < to; j++) f.get(c).get(row[j]).op("v128.store", 16 * j);
      };
      for (const sum of row) f.get(sum).get(scale).op(`${t.vector}.mul`).set(sum);
      if (last > 0) vector(0, last);
      f.get(tail).if(
        () => f.get(c).i32(16 * last).op("i32.add").get(row[last]).get(beta).get(tail).op("call", storePart),
        () => vector(last, vectors),
      );
    }

    function tile(height: number): void {
      f.get(a).set(fromA[0]);
      for (let i = 1; i < height; i++) f.get(fromA[i - 1]).get(aRow).op("i32.add").set(fromA[i]);
      f.get(b).set(fromB).get(k).set(steps);
      clear(height);
      if (height === most) {
        f.get(k).i32(64).op("i32.ge_u").if(() => touch(height));
        f.while(() => f.get(steps).i32(unroll).op("i32.ge_u"), () => {
          for (let u = 0; u < unroll; u++) step(height);
          f.increment(steps, -unroll);
        });
      }
      f.while(() => f.get(steps), () => {
        step(height);
        f.increment(steps, -1);
      });
      for (let i = 0; i < height; i++) {
        store(i);
        advance(f, a, aRow);
        advance(f, c, ldc);
      }
    }

    f.get(alpha).op(`${t.vector}.splat`).set(scale).get(beta).op(`${t.vector}.splat`).set(keep);
    for (let height = most; height >= 1; height >>= 1) {
      f.while(() => f.get(rows).i32(height).op("i32.ge_u"), () => {
        tile(height);
        f.increment(rows, -height);
      });
    }
  });
}

/** Adds `copy`: to[i][j] = from[i][j] for `rows` rows of `columns` elements. */
export function addCopy(module: ModuleBuilder, t: FloatWords): number {
  return module.add("copy", repeat<ValueType>(6, "i32"), [], (f, to, toRow, from, fromRow, rows, columns) => {
    const p = f.local("i32"), q = f.local("i32"), left = f.local("i32");
    f.while(() => f.get(rows), () => {
      f.get(from).set(p).get(to).set(q).get(columns).set(left);
      f.while(() => f.get(left).i32(t.lanes).op("i32.ge_u"), () => {
        f.get(q).get(p).op("v128.load").op("v128.store");
        f.increment(p, 16).increment(q, 16).increment(left, -t.lanes);
      });
      f.while(() => f.get(left), () => {
        f.get(q).get(p).op(`${t.scalar}.load`).op(`${t.scalar}.store`);
        f.increment(p, t.bytes).increment(q, t.bytes).increment(left, -1);
      });
      advance(f, from, fromRow);
      advance(f, to, toRow);
      f.increment(rows, -1);
    });
  });
}

/** Adds `transpose`: to[j][i] = from[i][j] for `rows` rows of `columns` elements, in squares as wide as a vector. */
export function addTranspose(module: ModuleBuilder, t: FloatWords): number {
  return module.add(
    "transpose",
    repeat<ValueType>(6, "i32"),
    [],
    (f, to, toRow, from, fromRow, rows, columns) => {
      const p = locals(f, t.lanes, "i32"), square = locals(f, t.lanes, "v128");
      const q = f.local("i32"), left = f.local("i32");

      function band(height: number): void {
        f.get(to).set(q).get(columns).set(left);
        for (const row of p.slice(0, height)) {
          f.get(from).set(row);
          advance(f, from, fromRow);
        }
        if (height === t.lanes) f.while(() => f.get(left).i32(t.lanes).op("i32.ge_u"), moveSquare);
        f.while(() => f.get(left), () => {
          for (let i = 0; i < height; i++) {
            f.get(q).get(p[i]).op(`${t.scalar}.load`).op(`${t.scalar}.store`, i * t.bytes);
            f.increment(p[i], t.bytes);
          }
          advance(f, q, toRow);
          f.increment(left, -1);
        });
        f.increment(to, height * t.bytes).increment(rows, -height);
      }

      function moveSquare(): void {
        p.forEach((row, i) => f.get(row).op("v128.load").set(square[i]).increment(row, 16));
        transposeSquare(f, t, square);
        for (const column of square) {
          f.get(q).get(column).op("v128.store");
          advance(f, q, toRow);
        }
        f.increment(left, -t.lanes);
      }

      f.while(() => f.get(rows).i32(t.lanes).op("i32.ge_u"), () => band(t.lanes));
      f.while(() => f.get(rows), () => band(1));
    },
  );
}

/** Turns vectors that hold the rows of a square into its columns: neighbours, then pairs, are interleaved. */
function transposeSquare(f: FunctionBuilder, t: FloatWords, square: readonly Local[]): void {
  const shuffle = (x: Local, y: Local, lanes: readonly number[], to: Local) =>
    f.get(x).get(y).op("i8x16.shuffle", laneBytes(lanes, t.bytes)).set(to);
  if (t.lanes === 2) {
    const [a, b] = square, first = f.local("v128");
    shuffle(a, b, [0, 2], first);
    shuffle(a, b, [1, 3], b);
    f.get(first).set(a);
    return;
  }
  const [a, b, c, d] = square, [abLow, abHigh, cdLow, cdHigh] = locals(f, 4, "v128");
  shuffle(a, b, [0, 4, 1, 5], abLow);
  shuffle(a, b, [2, 6, 3, 7], abHigh);
  shuffle(c, d, [0, 4, 1, 5], cdLow);
  shuffle(c, d, [2, 6, 3, 7], cdHigh);
  shuffle(abLow, cdLow, [0, 1, 4, 5], a);
  shuffle(abLow, cdLow, [2, 3, 6, 7], b);
  shuffle(abHigh, cdHigh, [0, 1, 4, 5], c);
  shuffle(abHigh, cdHigh, [2, 3, 6, 7], d);
}

/** The bytes that a shuffle takes for lanes of so many bytes each. */
export function laneBytes(lanes: readonly number[], bytes: number): number[] {
  return lanes.flatMap((lane) => Array.from({ length: bytes }, (_, i) => lane * bytes + i));
}
