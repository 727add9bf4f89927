/** Householder's reflections, as LAPACK stores them: H = I − τ·v·vᵀ with v₀ = 1. */

/**
 * Makes the reflection that sends the `n` elements from `at` to (β, 0, ...): β replaces the first, v₁ ... the others;
 * returns τ. As in LAPACK β has the sign opposite to the first element, and τ = 0 where there is nothing to do.
 */
export function reflector(n: number, a: Float64Array, at: number): number {
  const first = a[at], tail = norm(n - 1, a, at + 1);
  if (tail === 0) return 0;
  const length = norm(n, a, at), beta = first >= 0 ? -length : length, scale = first - beta;
  for (let i = 1; i < n; i++) a[at + i] /= scale;
  a[at] = beta;
  return (beta - first) / beta;
}

/** √Σx², scaled where squares would leave the range of numbers. */
export function norm(n: number, a: Float64Array, at: number): number {
  let sum = 0;
  for (let i = at; i < at + n; i++) sum += a[i] * a[i];
  if (sum > 1e-280 && sum < 1e300) return Math.sqrt(sum);
  let top = 0;
  for (let i = at; i < at + n; i++) top = Math.max(top, Math.abs(a[i]));
  if (top === 0 || !Number.isFinite(top)) return top;
  sum = 0;
  for (let i = at; i < at + n; i++) sum += (a[i] / top) ** 2;
  return top * Math.sqrt(sum);
}

/** Divides by a power of two near the largest element, so that no square overflows, and returns it; 0 if all are 0. */
export function unitScale(a: Float64Array): number {
  let top = 0;
  for (let i = 0; i < a.length; i++) top = Math.max(top, Math.abs(a[i]));
  if (top === 0) return 0;
  const scale = 2 ** Math.max(-1000, Math.min(1000, Math.round(Math.log2(top))));
  for (let i = 0; i < a.length; i++) a[i] /= scale;
  return scale;
}

/** Applies H to `count` columns of `n` elements, `lda` apart, from `to`; v (without its 1) follows `at`. */
export function reflect(
  n: number,
  count: number,
  tau: number,
  v: Float64Array,
  at: number,
  a: Float64Array,
  to: number,
  lda: number,
): void {
  if (tau === 0) return;
  for (let j = 0; j < count; j++) {
    const column = to + j * lda;
    let sum = a[column];
    for (let i = 1; i < n; i++) sum += v[at + i] * a[column + i];
    sum *= tau;
    a[column] -= sum;
    for (let i = 1; i < n; i++) a[column + i] -= sum * v[at + i];
  }
}

/** A = Q·R, Q = H₀·H₁ ...; see Kernels.qr. */
export function qr(m: number, n: number, a: Float64Array, tau: Float64Array): void {
  for (let j = 0; j < Math.min(m, n); j++) {
    const diagonal = j * (m + 1);
    tau[j] = reflector(m - j, a, diagonal);
    reflect(m - j, n - j - 1, tau[j], a, diagonal, a, diagonal + m, m);
  }
}

/** The first n columns of Q = H₀·H₁ ... H₍k₋₁₎, last reflection first; see Kernels.orthogonal. */
export function orthogonal(m: number, n: number, k: number, a: Float64Array, tau: Float64Array): void {
  for (let j = k; j < n; j++) {
    a.fill(0, j * m, (j + 1) * m);
    a[j * m + j] = 1;
  }
  for (let j = k - 1; j >= 0; j--) {
    const diagonal = j * (m + 1);
    reflect(m - j, n - j - 1, tau[j], a, diagonal, a, diagonal + m, m);
    for (let i = 1; i < m - j; i++) a[diagonal + i] *= -tau[j];
    a[diagonal] = 1 - tau[j];
    a.fill(0, j * m, diagonal);
  }
}
