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

/**
 * Products of one form: how many, how many in a row, and of how many terms each is the sum. Then elements from one row, one
 * in it, and one term to the next.
 */
export interface Batch {
  readonly count: number;
  readonly inner: number;
  readonly terms: number;
  readonly a: Distances;
  readonly b: Distances;
  readonly c: Distances;
}

type Distances = readonly [outer: number, inner: number, term: number];

/** Where Products (blas/products.ts) have their arguments. */
const COUNT = 0, FIRST = 1, M = 6, N = 7, A = 9, B = 14, C = 20;

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
  const { count, inner, terms } = batch, bytes = type === "float32" ? 4 : 8;
  const args = [count, 0, inner, terms, transA ? 1 : 0, transB ? 1 : 0, m, n, k];
  args.push(a, lda, ...batch.a, b, ldb, ...batch.b, beta, c, ldc, ...batch.c);
  const steps = new Array<number>(args.length).fill(0), axis = count > 1 ? COUNT : m >= n ? M : N;
  if (axis === COUNT) steps[FIRST] = 1;
  else if (axis === M) {
    steps[A] = (transA ? 1 : lda) * bytes;
    steps[C] = ldc * bytes;
  } else {
    steps[B] = (transB ? ldb : 1) * bytes;
    steps[C] = bytes;
  }
  const work = count * terms * m * n * k + m + n; // tells forms apart
  const pieces = kernelThreads() * (work > LARGE ? 2 : 1), grain = axis === COUNT ? 1 : 16;
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
