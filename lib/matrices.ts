/**
 * Batches of matrices between tensors and the kernels of linear algebra: row-major of any float type there,
 * column-major float64 here; and the choice between LAPACK and our own kernels.
 */
import { blas } from "./backend.ts";
import { type DType, isFloat } from "./dtype.ts";
import { ShapeError } from "./errors.ts";
import { fillElements } from "./fill.ts";
import { type Kernels, own } from "./linalg/kernels.ts";
import { broadcastShapes, sameShape, type Shape, show, sizeOf } from "./shape.ts";
import { asTensor, empty, type Tensor } from "./tensor.ts";

/** From about this order on LAPACK is faster than our own kernels: a call through FFI costs 1 to 5 µs. */
const FFI_WORTH = 24;

/** The kernels to factor matrices of order `n` with. */
export function kernelsFor(n: number): Kernels {
  const library = n >= FFI_WORTH ? blas() : null;
  return library ? { ...own, ...library.lapack() } : own;
}

/** The matrices of a tensor, one after the other. */
export interface Batch {
  /** How many there are. */
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
  /** Matrix `i` as columns, float64: a copy to work on until the next call. */
  columnsOf(i: number): Float64Array;
  /** Matrix `i` as rows, or its transpose as columns: a copy as above. */
  rowsOf(i: number): Float64Array;
  /** Writes matrix `i` from columns. */
  setColumns(i: number, from: Float64Array): void;
  /** Writes matrix `i` from rows, or a vector. */
  setRows(i: number, from: Float64Array | Int32Array): void;
  /** Writes number `i`. */
  setNumber(i: number, value: number): void;
}

/** The last two dimensions of `x` as matrices, to read, or to write if it is contiguous. */
export function matricesOf(x: Tensor): Batch {
  return batch(x, x.shape.slice(0, -2), x.shape.at(-2)!, x.shape.at(-1)!);
}

/** The last dimension of `x` as vectors: matrices of one column. */
export function vectorsOf(x: Tensor): Batch {
  return batch(x, x.shape.slice(0, -1), x.shape.at(-1)!, 1);
}

/** The elements of `x` as matrices of one element. */
export function numbersOf(x: Tensor): Batch {
  return batch(x, x.shape, 1, 1);
}

const TILE = 16; // transposing in tiles is 4 times faster from 500 x 500 on

function batch(tensor: Tensor, shape: Shape, rows: number, columns: number): Batch {
  const x = tensor.contiguous(), all = x.storage.view(x.dtype), size = rows * columns, { offset } = x;
  let work: Float64Array | undefined; // one for all: an array for each is most of the time of small matrices
  return {
    count: sizeOf(shape),
    rows,
    columns,
    columnsOf(i) {
      const out = work ??= new Float64Array(size), at = offset + i * size;
      for (let r0 = 0; r0 < rows; r0 += TILE) {
        const r1 = Math.min(rows, r0 + TILE);
        for (let c = 0; c < columns; c++) {
          for (let r = r0; r < r1; r++) out[c * rows + r] = all[at + r * columns + c];
        }
      }
      return out;
    },
    rowsOf(i) {
      const out = work ??= new Float64Array(size), at = offset + i * size;
      for (let k = 0; k < size; k++) out[k] = all[at + k];
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
      for (let k = 0; k < size; k++) all[at + k] = from[k];
    },
    setNumber(i, value) {
      all[offset + i] = value;
    },
  };
}

/** Whether no element is NaN or infinite. */
export function allFinite(a: Float64Array): boolean {
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
