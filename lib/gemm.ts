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
import type { Tensor } from "./tensor.ts";
import { features, instantiate, type WasmFunction } from "./wasm/engine.ts";
import { type Float, gemmModule, gemmScratchBytes } from "./wasm/gemm.ts";

/** Below this many multiplications the WASM kernel beats the FFI call with its three typed-array views. */
const FFI_WORTH = 2048;
/** Up to this many the plain loop is as fast, and a small script never builds the WASM module (16 ms). */
const TINY = 128;

/** A matrix as gemm sees it. */
interface Matrix {
  readonly x: Strided;
  readonly transposed: boolean;
  readonly leading: number;
}

/** y = a · b + beta · y over [..., m, k] and [..., k, n] with equal leading sizes; y is contiguous. */
export function matrixProduct(y: Tensor, a: Tensor, b: Tensor, beta: 0 | 1 = 0): void {
  const rank = y.shape.length, m = y.shape[rank - 2], n = y.shape[rank - 1], k = a.shape[rank - 1];
  const batches = sizeOf(y.shape.slice(0, -2));
  if (m * n * batches === 0) return;
  if (!isFloat(y.dtype)) return integerProduct(y, a, b, beta);
  const left = asMatrix(a), right = asMatrix(b);
  const gemm = chooseEngine(y, m * n * k);
  if (rank === 2) gemm(left, right, m, n, k, left.x.offset, right.x.offset, beta, y, y.offset);
  else {
    eachBatch(y.shape.slice(0, -2), left.x.strides, right.x.strides, (i, p, q) => {
      gemm(left, right, m, n, k, left.x.offset + p, right.x.offset + q, beta, y, y.offset + i * m * n);
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
  return (a, b, m, n, k, aOffset, bOffset, beta, y, yOffset) => {
    const p = from(a.x, aOffset), q = from(b.x, bOffset), out = from(y, yOffset);
    if (n === 1 && m * k >= VECTOR_WORTH) {
      const [rows, columns] = a.transposed ? [k, m] : [m, k];
      gemv(a.transposed, rows, columns, 1, p, a.leading, q, b.transposed ? 1 : b.leading, beta, out, 1);
    } else if (m === 1 && n * k >= VECTOR_WORTH) {
      const [rows, columns] = b.transposed ? [n, k] : [k, n];
      gemv(!b.transposed, rows, columns, 1, q, b.leading, p, a.transposed ? a.leading : 1, beta, out, 1);
    } else if (k === 1 && m * n >= VECTOR_WORTH) {
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
        Math.max(n, 1),
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
  const scratch = arena().allocate(gemmScratchBytes(type), true);
  if (!scratch) throw new RangeError("Cannot multiply matrices: the 4 GiB of the arena are full");
  return { gemm, scratch };
}

const wasmProduct: Product = (a, b, m, n, k, aOffset, bOffset, beta, y, yOffset) => {
  const type = y.dtype as Float, bytes = type === "float32" ? 4 : 8;
  const { gemm, scratch } = kernels[type] ??= kernelFor(type);
  const left = locate(a.x.storage) + aOffset * bytes, right = locate(b.x.storage) + bOffset * bytes;
  const out = locateOutput(y.storage) + yOffset * bytes;
  gemm(
    a.transposed ? 1 : 0,
    b.transposed ? 1 : 0,
    m,
    n,
    k,
    1,
    left,
    a.leading,
    right,
    b.leading,
    beta,
    out,
    Math.max(n, 1),
    scratch.address,
  );
};

const loopProduct: Product = (a, b, m, n, k, aOffset, bOffset, beta, y, yOffset) => {
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
    Math.max(n, 1),
  );
};

/** Calls `body` with the number of each batch and the offsets of its two operands. */
function eachBatch(
  shape: readonly number[],
  a: readonly number[],
  b: readonly number[],
  body: (i: number, p: number, q: number) => void,
): void {
  const index = shape.map(() => 0);
  for (let i = 0, p = 0, q = 0; i < sizeOf(shape); i++) {
    body(i, p, q);
    for (let d = shape.length - 1; d >= 0; d--) {
      p += a[d];
      q += b[d];
      if (++index[d] < shape[d]) break;
      index[d] = 0;
      p -= a[d] * shape[d];
      q -= b[d] * shape[d];
    }
  }
}

/** Whole numbers multiply in float64, exact up to 2⁵³, and wrap to the dtype as they are stored. */
function integerProduct(y: Tensor, a: Tensor, b: Tensor, beta: 0 | 1): void {
  const exact = a.to("float64").matmul(b.to("float64"));
  y.copy_((beta ? exact.add(y) : exact).to(y.dtype));
}
