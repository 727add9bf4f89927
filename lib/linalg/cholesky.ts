/** Cholesky's factorization by halves (Gustavson 1997). */
import { solveBlock, subtractProduct } from "./triangular.ts";

const BASE = 32;

/** A = Uᵀ·U in the upper triangle; returns the order of the first leading minor that is not positive, or 0. */
export function cholesky(n: number, a: Float64Array): number {
  return choleskyBlock(n, a, 0, n);
}

function choleskyBlock(n: number, a: Float64Array, at: number, lda: number): number {
  if (n <= BASE) return choleskyColumns(n, a, at, lda);
  // [A₁₁ A₁₂; · A₂₂]: U₁₁ᵀU₁₁ = A₁₁, U₁₂ = U₁₁⁻ᵀA₁₂, U₂₂ᵀU₂₂ = A₂₂ − U₁₂ᵀU₁₂
  const p = n >> 1, q = n - p, right = at + p * lda, second = right + p;
  const first = choleskyBlock(p, a, at, lda);
  if (first > 0) return first;
  solveBlock(true, true, false, p, q, a, at, lda, a, right, lda);
  subtractProduct(true, q, q, p, a, right, lda, a, right, lda, a, second, lda);
  const info = choleskyBlock(q, a, second, lda);
  return info > 0 ? info + p : 0;
}

function choleskyColumns(n: number, a: Float64Array, at: number, lda: number): number {
  for (let j = 0; j < n; j++) {
    const cj = at + j * lda;
    for (let i = 0; i < j; i++) {
      const ci = at + i * lda;
      let sum = a[cj + i];
      for (let k = 0; k < i; k++) sum -= a[ci + k] * a[cj + k];
      a[cj + i] = sum / a[ci + i];
    }
    let pivot = a[cj + j];
    for (let k = 0; k < j; k++) pivot -= a[cj + k] * a[cj + k];
    if (pivot <= 0) return j + 1; // NaN goes on, as in OpenBLAS
    a[cj + j] = Math.sqrt(pivot);
  }
  return 0;
}
