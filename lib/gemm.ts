/**
 * Matrix products of tensors on the best engine: BLAS through FFI, the WASM kernel, or the plain loop.
 *
 * An operand whose rows or columns are contiguous goes to gemm as it is, transposed by flag; only a matrix with
 * gaps in both directions is copied first.
 */
import { blas, usesWasm } from "./backend.ts";
import type { Blas } from "./blas/load.ts";
import { isFloat } from "./dtype.ts";
import type { Strided } from "./execute.ts";
import { gemmLoop } from "./gemm_loop.ts";
import { arena, type Block } from "./memory/arena.ts";
import { dismiss, locate, locateOutput } from "./memory/storage.ts";
import { sizeOf } from "./shape.ts";
import { type Batch, callProducts } from "./shared_products.ts";
import type { Tensor } from "./tensor.ts";
import { features, instantiate, type WasmFunction } from "./wasm/engine.ts";
import { type Float, gemmModule, gemmScratchBytes } from "./wasm/gemm.ts";
import { MOST_THREADS, share } from "./wasm/threads.ts";
import { watcher } from "./watch.ts";

/** Below this many multiplications the WASM kernel beats the FFI call with its three typed-array views. */
const FFI_WORTH = 2048;
/** From this many on threads may share a product or a batch of them by BLAS (20 us). */
const SHARED_BY_BLAS = 2 ** 20;
/** Up to this many the plain loop is as fast, and a small script never builds the WASM module (16 ms). */
const TINY = 128;

/** A matrix as gemm sees it. */
interface Matrix {
  readonly x: Strided;
  readonly transposed: boolean;
  readonly leading: number;
}

/** y = a · b + beta · y over [..., m, k] and [..., k, n] with equal leading sizes; rows of y are contiguous. */
export function matrixProduct(y: Tensor, a: Tensor, b: Tensor, beta: 0 | 1 = 0): void {
  if (watcher !== null) return watcher.kernel("matmul", [y], [a, b], matrixProduct, y, a, b, beta);
  const rank = y.shape.length, m = y.shape[rank - 2], n = y.shape[rank - 1], k = a.shape[rank - 1];
  const batches = sizeOf(y.shape.slice(0, -2));
  if (m * n * batches === 0) return;
  if (!isFloat(y.dtype)) return integerProduct(y, a, b, beta);
  const left = asMatrix(a), right = asMatrix(b);
  const leading = m === 1 ? n : y.strides[rank - 2];
  if (m * n * k * batches >= SHARED_BY_BLAS && rank <= 4 && shareProducts(y, left, right, k, leading, beta)) {
    return;
  }
  const gemm = chooseEngine(y, m * n * k);
  if (rank === 2) gemm(left, right, m, n, k, left.x.offset, right.x.offset, beta, y, y.offset, leading);
  else {
    eachBatch(y.shape.slice(0, -2), left.x.strides, right.x.strides, y.strides, (p, q, r) => {
      gemm(left, right, m, n, k, left.x.offset + p, right.x.offset + q, beta, y, y.offset + r, leading);
    });
  }
  dismiss();
}

/** Reads the last two dimensions as rows with a leading dimension, or as columns (transposed). */
function asMatrix(x: Tensor): Matrix {
  const rank = x.shape.length, rows = x.shape[rank - 2], columns = x.shape[rank - 1];
  const down = x.strides[rank - 2], right = x.strides[rank - 1];
  if ((right === 1 || columns === 1) && (down >= columns || rows === 1)) {
    return { x, transposed: false, leading: Math.max(rows === 1 ? columns : down, columns, 1) };
  }
  if ((down === 1 || rows === 1) && (right >= rows || columns === 1)) {
    return { x, transposed: true, leading: Math.max(columns === 1 ? rows : right, rows, 1) };
  }
  const copy = x.clone();
  return { x: copy, transposed: false, leading: Math.max(columns, 1) };
}

type Product = (
  a: Matrix,
  b: Matrix,
  m: number,
  n: number,
  k: number,
  aOffset: number,
  bOffset: number,
  beta: 0 | 1,
  y: Tensor,
  yOffset: number,
  yLeading: number,
) => void;

function chooseEngine(y: Tensor, work: number): Product {
  const wasm = usesWasm();
  if (work >= FFI_WORTH || !wasm) {
    const library = blas();
    if (library) return blasProduct(library, y.dtype === "float32" ? "s" : "d");
  }
  return wasm && work > TINY ? wasmProduct : loopProduct;
}

// deno-lint-ignore no-explicit-any -- s- and d-routines differ in the array type only; y.dtype picks the right one
type AnyRoutine = (...args: any[]) => void;

/** From this many elements on OpenBLAS is 4 times faster when told that a factor is a vector. */
const VECTOR_WORTH = 2 ** 18;

function blasProduct(library: Blas, type: "s" | "d"): Product {
  const gemm: AnyRoutine = library[`${type}gemm`];
  const gemv: AnyRoutine = library[`${type}gemv`], ger: AnyRoutine = library[`${type}ger`];
  return (a, b, m, n, k, aOffset, bOffset, beta, y, yOffset, yLeading) => {
    const p = from(a.x, aOffset), q = from(b.x, bOffset), out = from(y, yOffset);
    if (n === 1 && m * k >= VECTOR_WORTH) {
      const [rows, columns] = a.transposed ? [k, m] : [m, k];
      gemv(
        a.transposed,
        rows,
        columns,
        1,
        p,
        a.leading,
        q,
        b.transposed ? 1 : b.leading,
        beta,
        out,
        yLeading,
      );
    } else if (m === 1 && n * k >= VECTOR_WORTH) {
      const [rows, columns] = b.transposed ? [n, k] : [k, n];
      gemv(!b.transposed, rows, columns, 1, q, b.leading, p, a.transposed ? a.leading : 1, beta, out, 1);
    } else if (k === 1 && m * n >= VECTOR_WORTH && yLeading === n) {
      if (beta === 0) out.fill(0, 0, m * n);
      ger(m, n, 1, p, a.transposed ? 1 : a.leading, q, b.transposed ? b.leading : 1, out, n);
    } else {gemm(
        a.transposed,
        b.transposed,
        m,
        n,
        k,
        1,
        p,
        a.leading,
        q,
        b.leading,
        beta,
        out,
        yLeading,
      );}
  };
}

function from(x: Strided, offset: number) {
  const all = x.storage.view(x.dtype);
  return offset === 0 ? all : all.subarray(offset);
}

const kernels: Partial<Record<Float, { gemm: WasmFunction; scratch: Block }>> = {};

function kernelFor(type: Float): { gemm: WasmFunction; scratch: Block } {
  const { gemm } = instantiate(gemmModule(type, features().fma));
  const scratch = arena().allocate(MOST_THREADS * gemmScratchBytes(type), true);
  if (!scratch) throw new RangeError("Cannot multiply matrices: the 4 GiB of the arena are full");
  return { gemm, scratch };
}

const wasmProduct: Product = (a, b, m, n, k, aOffset, bOffset, beta, y, yOffset, yLeading) => {
  const type = y.dtype as Float, bytes = type === "float32" ? 4 : 8;
  const left = locate(a.x.storage) + aOffset * bytes, right = locate(b.x.storage) + bOffset * bytes;
  const out = locateOutput(y.storage) + yOffset * bytes;
  wasmProductAt(
    type,
    a.transposed,
    b.transposed,
    m,
    n,
    k,
    left,
    a.leading,
    right,
    b.leading,
    beta,
    out,
    yLeading,
  );
};

/** Products of matrices in the arena: which, then BLAS's arguments for the first, with byte addresses. */
type ProductsAt = (type: Float, batch: Batch, ...product: Arguments) => void;

/** BLAS's arguments but for alpha. */
type Arguments = [
  transA: boolean,
  transB: boolean,
  m: number,
  n: number,
  k: number,
  a: number,
  lda: number,
  b: number,
  ldb: number,
  beta: 0 | 1,
  c: number,
  ldc: number,
];

/** c = a · b + beta · c for a batch, by BLAS or the WASM kernel, for what keeps its matrices in the arena. Nothing is checked. */
export const productsAt: ProductsAt = (
  type,
  batch,
  transA,
  transB,
  m,
  n,
  k,
  a,
  lda,
  b,
  ldb,
  beta,
  c,
  ldc,
) => {
  const library = m * n * k >= FFI_WORTH ? blas() : null, { count, inner, terms } = batch;
  if (library) {
    return callProducts(library, type, batch, transA, transB, m, n, k, a, lda, b, ldb, beta, c, ldc);
  }
  const bytes = type === "float32" ? 4 : 8, operands = [batch.a, batch.b, batch.c];
  for (let at = 0; at < count; at++) {
    const i = Math.floor(at / inner), j = at % inner;
    for (let t = 0; t < terms; t++) {
      const [p, q, out] = operands.map((x) => (i * x[0] + j * x[1] + t * x[2]) * bytes),
        keep = t > 0 ? 1 : beta;
      wasmProductAt(type, transA, transB, m, n, k, a + p, lda, b + q, ldb, keep, c + out, ldc);
    }
  }
};

type ProductAt = (type: Float, ...product: Arguments) => void;

const wasmProductAt: ProductAt = (type, transA, transB, m, n, k, a, lda, b, ldb, beta, c, ldc) => {
  const { gemm, scratch } = kernels[type] ??= kernelFor(type), { address } = scratch;
  const work = m * n * k;
  if (work < SHARED_WORK) {
    gemm(transA ? 1 : 0, transB ? 1 : 0, m, n, k, 1, a, lda, b, ldb, beta, c, ldc, address);
    return;
  }
  const args = [transA ? 1 : 0, transB ? 1 : 0, m, n, k, 1, a, lda, b, ldb, beta, c, ldc, address];
  const size = type === "float32" ? 4 : 8, steps = args.map(() => 0), axis = m >= n ? 2 : 3;
  if (axis === 2) {
    steps[6] = (transA ? 1 : lda) * size;
    steps[11] = ldc * size;
  } else {
    steps[8] = (transB ? ldb : 1) * size;
    steps[11] = size;
  }
  // few pieces: each packs its own part of the operands
  const grain = Math.ceil(Math.max(m, n) / GEMM_PIECES / 32) * 32;
  share(gemm, args, { axis, steps, work, grain, scratch: { argument: 13, bytes: gemmScratchBytes(type) } });
};

/** Multiplications from which on threads may share a product (50 us), and the most pieces they cut it in. */
const SHARED_WORK = 2 ** 20, GEMM_PIECES = 8;

/** The product or products of a batch by BLAS on several threads; false where they must be made one by one. */
function shareProducts(y: Tensor, a: Matrix, b: Matrix, k: number, leading: number, beta: 0 | 1): boolean {
  const library = usesWasm() ? blas() : null, { shape, strides } = y, rank = shape.length;
  const m = shape[rank - 2], n = shape[rank - 1];
  if (!library || m === 1 || n === 1 || k === 1) return false; // vectors have routines of their own
  if (y.storage.address < 0 || a.x.storage.address < 0 || b.x.storage.address < 0) return false;
  const apart = (s: readonly number[]) =>
    [rank > 3 ? s[rank - 4] : 0, rank > 2 ? s[rank - 3] : 0, 0] as const;
  const inner = rank > 2 ? shape[rank - 3] : 1, count = rank > 3 ? shape[0] * inner : inner;
  const batch = { count, inner, terms: 1, a: apart(a.x.strides), b: apart(b.x.strides), c: apart(strides) };
  const type = y.dtype as Float, bytes = type === "float32" ? 4 : 8;
  const [p, q, out] = [a.x, b.x, y].map((x) => locate(x.storage) + x.offset * bytes);
  callProducts(
    ...[library, type, batch, a.transposed, b.transposed, m, n, k] as const,
    ...[p, a.leading, q, b.leading, beta, out, leading] as const,
  );
  return true;
}

const loopProduct: Product = (a, b, m, n, k, aOffset, bOffset, beta, y, yOffset, yLeading) => {
  gemmLoop(
    a.transposed,
    b.transposed,
    m,
    n,
    k,
    1,
    a.x.storage.view(a.x.dtype) as Float64Array,
    aOffset,
    a.leading,
    b.x.storage.view(b.x.dtype) as Float64Array,
    bOffset,
    b.leading,
    beta,
    y.storage.view(y.dtype) as Float64Array,
    yOffset,
    yLeading,
  );
};

/** Calls `body` with the offsets of both operands and the result of each batch. */
function eachBatch(
  shape: readonly number[],
  a: readonly number[],
  b: readonly number[],
  y: readonly number[],
  body: (p: number, q: number, r: number) => void,
): void {
  const index = shape.map(() => 0);
  for (let left = sizeOf(shape), p = 0, q = 0, r = 0; left > 0; left--) {
    body(p, q, r);
    for (let d = shape.length - 1; d >= 0; d--) {
      p += a[d];
      q += b[d];
      r += y[d];
      if (++index[d] < shape[d]) break;
      index[d] = 0;
      p -= a[d] * shape[d];
      q -= b[d] * shape[d];
      r -= y[d] * shape[d];
    }
  }
}

/** Whole numbers multiply in float64, exact up to 2⁵³, and wrap to the dtype as they are stored. */
function integerProduct(y: Tensor, a: Tensor, b: Tensor, beta: 0 | 1): void {
  const exact = a.to("float64").matmul(b.to("float64"));
  y.copy_((beta ? exact.add(y) : exact).to(y.dtype));
}
