/** Gaussian elimination with partial pivoting, by halves of the columns (Toledo 1997). */
import type { Floats } from "../gemm_loop.ts";
import type { Kernels } from "./kernels.ts";
import { solveBlock, subtractProduct } from "./triangular.ts";

const BASE = 16;

/** P·A = L·U; returns the 1-based index of the first pivot that is zero, or 0. See Kernels.lu. */
export function lu(m: number, n: number, a: Float64Array, pivots: Int32Array): number {
  const k = Math.min(m, n);
  const info = luBlock(m, k, a, 0, m, pivots, 0);
  if (n > k) {
    // a wide matrix: the columns to the right only follow
    swapRows(n - k, a, k * m, m, pivots, 0, k);
    solveBlock(false, false, true, k, n - k, a, 0, m, a, k * m, m);
  }
  for (let i = 0; i < k; i++) pivots[i]++;
  return info;
}

/** Factors an m × n block, m ≥ n; pivots[at ...] become rows within the block, from 0. */
function luBlock(
  m: number,
  n: number,
  a: Float64Array,
  aAt: number,
  lda: number,
  pivots: Int32Array,
  at: number,
): number {
  if (n <= BASE) return luColumns(m, n, a, aAt, lda, pivots, at);
  const p = n >> 1, q = n - p, right = aAt + p * lda;
  let info = luBlock(m, p, a, aAt, lda, pivots, at);
  swapRows(q, a, right, lda, pivots, at, p);
  solveBlock(false, false, true, p, q, a, aAt, lda, a, right, lda);
  subtractProduct(false, m - p, q, p, a, aAt + p, lda, a, right, lda, a, right + p, lda);
  const second = luBlock(m - p, q, a, right + p, lda, pivots, at + p);
  if (info === 0 && second > 0) info = second + p;
  swapRows(p, a, aAt + p, lda, pivots, at + p, q);
  for (let i = 0; i < q; i++) pivots[at + p + i] += p;
  return info;
}

/** Swaps row i with row pivots[at + i] in `n` columns, for i = 0 .. count − 1. */
function swapRows(
  n: number,
  a: Float64Array,
  aAt: number,
  lda: number,
  pivots: Int32Array,
  at: number,
  count: number,
): void {
  for (let j = 0; j < n; j++) {
    const column = aAt + j * lda;
    for (let i = 0; i < count; i++) {
      const p = column + pivots[at + i], q = column + i, kept = a[q];
      a[q] = a[p];
      a[p] = kept;
    }
  }
}

function luColumns(
  m: number,
  n: number,
  a: Float64Array,
  aAt: number,
  lda: number,
  pivots: Int32Array,
  at: number,
): number {
  let info = 0;
  for (let j = 0; j < n; j++) {
    const cj = aAt + j * lda;
    let p = j;
    for (let i = j + 1; i < m; i++) if (Math.abs(a[cj + i]) > Math.abs(a[cj + p])) p = i;
    pivots[at + j] = p;
    const pivot = a[cj + p];
    if (pivot === 0) {
      if (info === 0) info = j + 1;
      continue;
    }
    if (p !== j) {
      for (let k = 0; k < n; k++) {
        const column = aAt + k * lda, kept = a[column + j];
        a[column + j] = a[column + p];
        a[column + p] = kept;
      }
    }
    for (let i = j + 1; i < m; i++) a[cj + i] /= pivot;
    for (let k = j + 1; k < n; k++) {
      const ck = aAt + k * lda, factor = a[ck + j];
      if (factor !== 0) { for (let i = j + 1; i < m; i++) a[ck + i] -= factor * a[cj + i]; }
    }
  }
  return info;
}

/** X from A·X = B, or Aᵀ·X = B, in place, given A's factors: `count` columns of n elements. */
export function solveLu(
  kernels: Kernels,
  transposed: boolean,
  n: number,
  count: number,
  a: Floats,
  pivots: Int32Array,
  b: Floats,
): void {
  if (!transposed) permute(n, count, pivots, b, false);
  kernels.solveTriangular(transposed, transposed, !transposed, n, count, a, b);
  kernels.solveTriangular(!transposed, transposed, transposed, n, count, a, b);
  if (transposed) permute(n, count, pivots, b, true);
}

function permute(n: number, count: number, pivots: Int32Array, b: Floats, back: boolean): void {
  for (let j = 0; j < count; j++) {
    for (let step = 0; step < n; step++) {
      const i = back ? n - 1 - step : step, p = j * n + i, q = j * n + pivots[i] - 1, kept = b[p];
      b[p] = b[q];
      b[q] = kept;
    }
  }
}
