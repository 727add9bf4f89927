/**
 * Matrix products by BLAS on threads of ours, all of them in the arena.
 *
 * The library itself stays on one thread: its own spin for milliseconds after a product, on the cores that kernels want
 * (784-512-512-10 MLP step 2.6 ms with them, 1.85 without).
 */
import type { Blas } from "./blas/load.ts";
import { productsOf, productsText } from "./blas/products.ts";
import { type TypedArray, viewArray } from "./dtype.ts";
import { arena } from "./memory/arena.ts";
import { lend, type WasmFunction } from "./wasm/engine.ts";
import type { Float } from "./wasm/gemm.ts";
import { kernelThreads, share } from "./wasm/threads.ts";

/** Products of one form: how many, how many in a row, and elements from one row, and from one in it, to the next. */
export interface Batch {
  readonly count: number;
  readonly inner: number;
  readonly a: readonly [outer: number, inner: number];
  readonly b: readonly [outer: number, inner: number];
  readonly c: readonly [outer: number, inner: number];
}

/** Cuts between products or, of one, along its longer side: few pieces, as each packs its own part of the operands. */
export function callProducts(
  library: Blas,
  type: Float,
  batch: Batch,
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
): void {
  const { count, inner } = batch, bytes = type === "float32" ? 4 : 8;
  const args = [count, 0, inner, transA ? 1 : 0, transB ? 1 : 0, m, n, k];
  args.push(a, lda, ...batch.a, b, ldb, ...batch.b, beta, c, ldc, ...batch.c);
  const steps = new Array<number>(args.length).fill(0), axis = count > 1 ? 0 : m >= n ? 5 : 6;
  if (axis === 0) steps[1] = 1; // the number of the first
  else if (axis === 5) {
    steps[8] = (transA ? 1 : lda) * bytes;
    steps[17] = ldc * bytes;
  } else {
    steps[12] = (transB ? ldb : 1) * bytes;
    steps[17] = bytes;
  }
  const work = count * m * n * k + m + n; // tells forms apart
  const pieces = kernelThreads() * (work > LARGE ? 2 : 1), grain = axis === 0 ? 1 : 16;
  share(productsFor(library, type), args, {
    axis,
    steps,
    work,
    grain: Math.ceil(args[axis] / pieces / grain) * grain,
  });
}

/** From so many multiplications on (1 ms) a second piece a thread makes up for one that is late. */
const LARGE = 2 ** 27;

const products = new WeakMap<Blas, Partial<Record<Float, WasmFunction>>>();

function productsFor(library: Blas, type: Float): WasmFunction {
  let known = products.get(library);
  if (!known) products.set(library, known = {});
  return known[type] ??= makeProducts(library, type);
}

function makeProducts(library: Blas, type: Float): WasmFunction {
  const gemm = library.native(type === "float32" ? "sgemm" : "dgemm");
  const f = productsOf(gemm, () => wholeArena(type) as Float32Array) as WasmFunction;
  lend(f, productsText(gemm));
  return f;
}

const wholes: Partial<Record<Float, TypedArray>> = {};

/** All of the arena as an array; again when it has grown. */
export function wholeArena(type: Float): TypedArray {
  const { buffer } = arena(), known = wholes[type];
  if (known?.buffer === buffer) return known;
  return wholes[type] = viewArray(type, buffer, 0, buffer.byteLength / (type === "float32" ? 4 : 8));
}
