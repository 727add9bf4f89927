/** Solves triangular systems by halves, so that most of the work is matrix products. */
import { gemmLoop } from "../gemm_loop.ts";

/** Up to this size columns are solved one by one; larger blocks lose to the cache. */
const BASE = 32;

/** C −= op(A)·B on column-major blocks that start at the given elements: row-major, that is Cᵀ −= Bᵀ·op(A)ᵀ. */
export function subtractProduct(
  transposed: boolean,
  m: number,
  n: number,
  k: number,
  a: Float64Array,
  aAt: number,
  lda: number,
  b: Float64Array,
  bAt: number,
  ldb: number,
  c: Float64Array,
  cAt: number,
  ldc: number,
): void {
  if (m * n * k > 0) gemmLoop(false, transposed, n, m, k, -1, b, bAt, ldb, a, aAt, lda, 1, c, cAt, ldc);
}

/** X from op(A)·X = B in place; see Kernels.solveTriangular. */
export function solveTriangular(
  upper: boolean,
  transposed: boolean,
  unit: boolean,
  n: number,
  count: number,
  a: Float64Array,
  b: Float64Array,
): void {
  solveBlock(upper, transposed, unit, n, count, a, 0, n, b, 0, n);
}

/** {@link solveTriangular} for blocks of larger matrices. */
export function solveBlock(
  upper: boolean,
  transposed: boolean,
  unit: boolean,
  n: number,
  count: number,
  a: Float64Array,
  aAt: number,
  lda: number,
  b: Float64Array,
  bAt: number,
  ldb: number,
): void {
  if (n <= BASE) {
    const forward = upper === transposed;
    for (let j = 0; j < count; j++) {
      const column = bAt + j * ldb;
      if (transposed) solveByDots(forward, unit, n, a, aAt, lda, b, column);
      else solveByColumns(forward, unit, n, a, aAt, lda, b, column);
    }
    return;
  }
  const p = n >> 1, q = n - p, second = aAt + p * (lda + 1);
  const corner = upper ? aAt + p * lda : aAt + p; // the block off the diagonal
  const top = () => solveBlock(upper, transposed, unit, p, count, a, aAt, lda, b, bAt, ldb);
  const bottom = () => solveBlock(upper, transposed, unit, q, count, a, second, lda, b, bAt + p, ldb);
  if (upper === transposed) {
    top();
    subtractProduct(transposed, q, count, p, a, corner, lda, b, bAt, ldb, b, bAt + p, ldb);
    bottom();
  } else {
    bottom();
    subtractProduct(transposed, p, count, q, a, corner, lda, b, bAt + p, ldb, b, bAt, ldb);
    top();
  }
}

/** One column of A·X = B: each element found leaves the others' sums. */
function solveByColumns(
  forward: boolean,
  unit: boolean,
  n: number,
  a: Float64Array,
  aAt: number,
  lda: number,
  b: Float64Array,
  bAt: number,
): void {
  for (let step = 0; step < n; step++) {
    const i = forward ? step : n - 1 - step, column = aAt + i * lda;
    const x = unit ? b[bAt + i] : b[bAt + i] /= a[column + i];
    const start = forward ? i + 1 : 0, end = forward ? n : i;
    for (let r = start; r < end; r++) b[bAt + r] -= x * a[column + r];
  }
}

/** One column of Aᵀ·X = B: each element by a dot product with a column of A. */
function solveByDots(
  forward: boolean,
  unit: boolean,
  n: number,
  a: Float64Array,
  aAt: number,
  lda: number,
  b: Float64Array,
  bAt: number,
): void {
  for (let step = 0; step < n; step++) {
    const i = forward ? step : n - 1 - step, column = aAt + i * lda;
    const start = forward ? 0 : i + 1, end = forward ? i : n;
    let sum = b[bAt + i];
    for (let r = start; r < end; r++) sum -= a[column + r] * b[bAt + r];
    b[bAt + i] = unit ? sum : sum / a[column + i];
  }
}
