/**
 * Matrix multiplication in plain TypeScript: what runs without WebAssembly, and its reference in tests.
 */

/** An array of one of the types matrices are multiplied in. */
export type Floats = Float32Array | Float64Array;

/**
 * C = alpha · op(A) · op(B) + beta · C for row-major matrices: BLAS's arguments, with the element where each matrix
 * starts behind its array. op(A) is m x k and op(B) k x n, transposed where the flag says so. C is not read where
 * beta = 0, A and B are not where alpha = 0. Nothing is checked.
 *
 * @example
 * ```ts
 * import { gemmLoop } from "./gemm_loop.ts";
 * const a = Float32Array.of(1, 2, 3, 4), c = new Float32Array(4);
 * gemmLoop(false, true, 2, 2, 2, 1, a, 0, 2, a, 0, 2, 0, c, 0, 2); // c = a·aᵀ
 * console.log(c); // 5, 11, 11, 25
 * ```
 */
export function gemmLoop(
  transA: boolean,
  transB: boolean,
  m: number,
  n: number,
  k: number,
  alpha: number,
  a: Floats,
  aOffset: number,
  lda: number,
  b: Floats,
  bOffset: number,
  ldb: number,
  beta: number,
  c: Floats,
  cOffset: number,
  ldc: number,
): void {
  const aRow = transA ? 1 : lda, aStep = transA ? lda : 1;
  const row = transB ? addDots : addRows;
  for (let i = 0; i < m; i++) {
    const ci = cOffset + i * ldc;
    scale(c, ci, n, beta);
    if (alpha !== 0) row(n, k, alpha, a, aOffset + i * aRow, aStep, b, bOffset, ldb, c, ci);
  }
}

function scale(c: Floats, start: number, n: number, beta: number): void {
  if (beta === 0) c.fill(0, start, start + n);
  else if (beta !== 1) { for (let j = start; j < start + n; j++) c[j] *= beta; }
}

/** One row of C with B as stored: c += alpha · Σ a[p] · B[p], four rows of B a pass, which halves the time of one. */
function addRows(
  n: number,
  k: number,
  alpha: number,
  a: Floats,
  ai: number,
  aStep: number,
  b: Floats,
  bi: number,
  ldb: number,
  c: Floats,
  ci: number,
): void {
  let p = 0;
  for (; p + 4 <= k; p += 4, ai += 4 * aStep, bi += 4 * ldb) {
    const a0 = alpha * a[ai], a1 = alpha * a[ai + aStep];
    const a2 = alpha * a[ai + 2 * aStep], a3 = alpha * a[ai + 3 * aStep];
    const b1 = bi + ldb, b2 = b1 + ldb, b3 = b2 + ldb;
    for (let j = 0; j < n; j++) {
      c[ci + j] += a0 * b[bi + j] + a1 * b[b1 + j] + a2 * b[b2 + j] + a3 * b[b3 + j];
    }
  }
  for (; p < k; p++, ai += aStep, bi += ldb) {
    const a0 = alpha * a[ai];
    for (let j = 0; j < n; j++) c[ci + j] += a0 * b[bi + j];
  }
}

/** One row of C with B transposed: dot products with the rows of B, four at a time so that each a[p] is read once. */
function addDots(
  n: number,
  k: number,
  alpha: number,
  a: Floats,
  ai: number,
  aStep: number,
  b: Floats,
  bi: number,
  ldb: number,
  c: Floats,
  ci: number,
): void {
  let j = 0;
  for (; j + 4 <= n; j += 4, bi += 4 * ldb) {
    const b1 = bi + ldb, b2 = b1 + ldb, b3 = b2 + ldb;
    let sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
    for (let p = 0, at = ai; p < k; p++, at += aStep) {
      const x = a[at];
      sum0 += x * b[bi + p];
      sum1 += x * b[b1 + p];
      sum2 += x * b[b2 + p];
      sum3 += x * b[b3 + p];
    }
    c[ci + j] += alpha * sum0;
    c[ci + j + 1] += alpha * sum1;
    c[ci + j + 2] += alpha * sum2;
    c[ci + j + 3] += alpha * sum3;
  }
  for (; j < n; j++, bi += ldb) {
    let sum = 0;
    for (let p = 0, at = ai; p < k; p++, at += aStep) sum += a[at] * b[bi + p];
    c[ci + j] += alpha * sum;
  }
}
