/**
 * Batches of matrices between tensors and the kernels of linear algebra: row-major of any float type there,
 * column-major and of the precision to compute in here; and the choice between LAPACK and our own kernels.
 */
import { blas } from "./backend.ts";
import { type DType, isFloat } from "./dtype.ts";
import { ShapeError } from "./errors.ts";
import { fillElements } from "./fill.ts";
import type { Floats } from "./gemm_loop.ts";
import { type Kernels, own } from "./linalg/kernels.ts";
import { broadcastShapes, sameShape, type Shape, show, sizeOf } from "./shape.ts";
import { asTensor, empty, type Tensor } from "./tensor.ts";

/** From about this order on LAPACK is faster than our own kernels: a call through FFI costs 1 to 5 µs. */
const FFI_WORTH = 24;

/**
 * From this order on float32 is computed as such, as PyTorch does: LAPACK takes 0.6 of float64's time at 128 and half
 * at 512 (solve 6.4 ms and 10.6, svd 40 and 73; PyTorch 5.2 and 52). Below, doubles cost little and round only once.
 */
const SINGLE_WORTH = 64;

/** The kernels to factor matrices of order `n` with. */
export function kernelsFor(n: number, dtype: DType): Kernels {
  const library = n >= FFI_WORTH ? blas() : null;
  if (!library) return own;
  const single = dtype === "float32" && n >= SINGLE_WORTH ? library.lapack("single") : {};
  return isWhole(single) ? single : { ...own, ...library.lapack("double") };
}

/** Whether nothing is missing: our own kernels could not stand in for one in single precision. */
function isWhole(kernels: Partial<Kernels>): kernels is Kernels {
  return Object.keys(own).every((name) => name in kernels);
}

/** The matrices of a tensor, one after the other. */
export interface Batch<A extends Floats = Float64Array> {
  /** How many there are. */
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
  /** Matrix `i` as columns: a copy to work on until the next call. */
  columnsOf(i: number): A;
  /** Matrix `i` as rows, or its transpose as columns: a copy as above. */
  rowsOf(i: number): A;
  /** Writes matrix `i` from columns. */
  setColumns(i: number, from: Floats): void;
  /** Writes matrix `i` from rows, or a vector. */
  setRows(i: number, from: Floats | Int32Array): void;
  /** Writes number `i`. */
  setNumber(i: number, value: number): void;
}

/**
 * The last two dimensions of `x` as matrices, to read in the precision of `kernels`, or to write if it is contiguous.
 */
export function matricesOf<A extends Floats>(x: Tensor, kernels: Pick<Kernels<A>, "array">): Batch<A> {
  return batch(x, x.shape.slice(0, -2), x.shape.at(-2)!, x.shape.at(-1)!, kernels);
}

/** The last dimension of `x` as vectors: matrices of one column. */
export function vectorsOf(x: Tensor): Batch {
  return batch(x, x.shape.slice(0, -1), x.shape.at(-1)!, 1, own);
}

/** The elements of `x` as matrices of one element. */
export function numbersOf(x: Tensor): Batch {
  return batch(x, x.shape, 1, 1, own);
}

const TILE = 16; // transposing in tiles is 4 times faster from 500 x 500 on
const SET_WORTH = 64; // 4 elements take 6 ns in a loop and 40 in set(), 65,536 of one type 47 µs and 8

function batch<A extends Floats>(
  tensor: Tensor,
  shape: Shape,
  rows: number,
  columns: number,
  kernels: Pick<Kernels<A>, "array">,
): Batch<A> {
  const x = tensor.contiguous(), all = x.storage.view(x.dtype), size = rows * columns, { offset } = x;
  let work: A | undefined; // one for all: an array for each is most of the time of small matrices
  return {
    count: sizeOf(shape),
    rows,
    columns,
    columnsOf(i) {
      const out = work ??= kernels.array(size), at = offset + i * size;
      for (let r0 = 0; r0 < rows; r0 += TILE) {
        const r1 = Math.min(rows, r0 + TILE);
        for (let c = 0; c < columns; c++) {
          for (let r = r0; r < r1; r++) out[c * rows + r] = all[at + r * columns + c];
        }
      }
      return out;
    },
    rowsOf(i) {
      const out = work ??= kernels.array(size), at = offset + i * size;
      if (size >= SET_WORTH) out.set(all.subarray(at, at + size));
      else for (let k = 0; k < size; k++) out[k] = all[at + k];
      return out;
    },
    setColumns(i, from) {
      const at = offset + i * size;
      for (let r0 = 0; r0 < rows; r0 += TILE) {
        const r1 = Math.min(rows, r0 + TILE);
        for (let c = 0; c < columns; c++) {
          for (let r = r0; r < r1; r++) all[at + r * columns + c] = from[c * rows + r];
        }
      }
    },
    setRows(i, from) {
      const at = offset + i * size;
      if (size >= SET_WORTH) all.set(from, at);
      else for (let k = 0; k < size; k++) all[at + k] = from[k];
    },
    setNumber(i, value) {
      all[offset + i] = value;
    },
  };
}

/** Whether no element is NaN or infinite. */
export function allFinite(a: Floats): boolean {
  for (let i = 0; i < a.length; i++) if (!(Math.abs(a[i]) < Infinity)) return false;
  return true;
}

/** Checks that an argument of `name()` is a matrix or a batch of them, of a float type. */
export function asMatrices(name: string, what: string, value: unknown): Tensor {
  const x = asTensor(`call ${name}()`, what, value);
  if (x.shape.length < 2) {
    throw new ShapeError(
      `Cannot call ${name}() on ${show(x.shape)}: ${what} must have at least 2 dimensions`,
    );
  }
  if (isFloat(x.dtype)) return x;
  throw new TypeError(
    `Cannot call ${name}() on dtype ${x.dtype}: ${what} must be of a float dtype; use .float()`,
  );
}

/** Checks that an argument of `name()` is a square matrix or a batch of them, of a float type. */
export function asSquare(name: string, what: string, value: unknown): Tensor {
  const x = asMatrices(name, what, value);
  if (x.shape.at(-1) === x.shape.at(-2)) return x;
  throw new ShapeError(`Cannot call ${name}() on ${show(x.shape)}: ${what} must be square`);
}

/** Zeros of a dtype, off the tape: what kernels fill. */
export function zerosOf(shape: Shape, dtype: DType): Tensor {
  const y = empty(shape, dtype);
  fillElements(y, 0);
  return y;
}

/** As many identity matrices as `x` has matrices, m × n: square ones of its size if not given. */
export function identityLike(x: Tensor, m: number = x.shape.at(-1)!, n: number = m): Tensor {
  const k = Math.min(m, n), square = x.newOnes([...x.shape.slice(0, -2), k]).diagEmbed();
  return m === n ? square : square.pad([0, n - k, 0, m - k]);
}

/** Checks that B fits A in A·X = B, or in X·A = B if not `left`: sizes and dtypes. */
export function checkRightSide(name: string, a: Tensor, b: Tensor, left = true): void {
  if (a.shape.at(-2) !== b.shape.at(left ? -2 : -1)) {
    throw new ShapeError(
      `Cannot call ${name}() on ${show(a.shape)} and ${show(b.shape)}: the second must have ${
        a.shape.at(-2)
      } ${left ? "rows" : "columns"}`,
    );
  }
  if (a.dtype !== b.dtype) {
    throw new TypeError(`Cannot call ${name}() on ${a.dtype} and ${b.dtype}: the dtypes must be equal`);
  }
}

/** Both tensors of matrices, expanded to the same leading dimensions. */
export function broadcastBatches(name: string, a: Tensor, b: Tensor): [Tensor, Tensor] {
  const batch = broadcastShapes(`call ${name}() on batches`, a.shape.slice(0, -2), b.shape.slice(0, -2));
  return [a.expand([...batch, ...a.shape.slice(-2)]), b.expand([...batch, ...b.shape.slice(-2)])];
}

/** Checks LAPACK's pivots of the matrices `a`: one for each step, rows from 1 on; negative for blocks of LDLᵀ. */
export function asPivots(name: string, value: unknown, a: Tensor): Tensor {
  const pivots = asTensor(`call ${name}()`, "pivots", value), [m, n] = a.shape.slice(-2);
  const shape = [...a.shape.slice(0, -2), Math.min(m, n)];
  if (pivots.dtype !== "int32" || !sameShape(pivots.shape, shape)) {
    throw new ShapeError(
      `Cannot call ${name}() with pivots ${pivots.dtype} ${show(pivots.shape)}: they must be int32 ${
        show(shape)
      }`,
    );
  }
  const wrong = pivots.toTypedArray().find((p) => p === 0 || Math.abs(p) > m);
  if (wrong === undefined) return pivots;
  throw new RangeError(`Cannot call ${name}() with pivot ${wrong}: pivots must be rows from 1 to ${m}`);
}

/** Whether B is one vector, or one for each matrix of A. */
export function isVectorSide(a: Tensor, b: Tensor): boolean {
  return b.shape.length === 1 || sameShape(b.shape, a.shape.slice(0, -1));
}

/** Throws where some info tells of a singular matrix. */
export function checkRegular(name: string, x: Tensor, info: Tensor): void {
  const steps = info.toTypedArray(), at = steps.findIndex((k) => k > 0);
  if (at < 0) return;
  throw new Error(
    `Cannot call ${name}() on matrix ${at} of ${show(x.shape)}: it is singular, pivot ${steps[at]} is zero`,
  );
}

/** A·Bᵀ of two factors [..., m, k] and [..., n, k]. */
export function productOf(name: string, a: Tensor, b: Tensor): Tensor {
  const factor = asMatrices(name, "the second factor", b);
  if (a.shape.at(-1) === factor.shape.at(-1)) return a.matmul(factor.mT);
  throw new ShapeError(
    `Cannot call ${name}() on the factors ${show(a.shape)} and ${
      show(factor.shape)
    }: they must have equally many columns`,
  );
}
