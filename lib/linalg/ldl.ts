/** Symmetric indefinite matrices by Bunch and Kaufman's pivoting (1977), stored as LAPACK's sytrf stores it. */

/** Bounds the growth of elements the same for blocks of one and of two. */
const ALPHA = (1 + Math.sqrt(17)) / 8;

/** Factors the lower triangle; returns the 1-based index of a zero block of D, or 0. See Kernels.ldl. */
export function ldl(n: number, a: Float64Array, pivots: Int32Array): number {
  let info = 0;
  for (let k = 0; k < n;) {
    const ck = k * n, own = Math.abs(a[ck + k]), largest = largestBelow(n, a, k);
    const below = largest < n ? Math.abs(a[ck + largest]) : 0;
    let size = 1, pivot = k;
    if (!(Math.max(own, below) > 0)) { // nothing to eliminate, or NaN
      if (info === 0) info = k + 1;
      pivots[k] = ++k;
      continue;
    }
    if (own < ALPHA * below) {
      const row = largestInRow(n, a, k, largest);
      if (own < ALPHA * below * (below / row)) {
        pivot = largest;
        if (Math.abs(a[largest * n + largest]) < ALPHA * row) size = 2;
      }
    }
    const last = k + size - 1;
    if (pivot !== last) swap(n, a, k, last, pivot);
    if (size === 1) eliminateOne(n, a, k);
    else eliminateTwo(n, a, k);
    for (let i = k; i <= last; i++) pivots[i] = size === 1 ? pivot + 1 : -(pivot + 1);
    k += size;
  }
  return info;
}

/** The row of the largest element below the diagonal in column k; n where there is none. */
function largestBelow(n: number, a: Float64Array, k: number): number {
  const ck = k * n;
  let found = k + 1;
  for (let i = k + 2; i < n; i++) if (Math.abs(a[ck + i]) > Math.abs(a[ck + found])) found = i;
  return found;
}

/** The largest element of row and column i of the symmetric block from k, the diagonal apart. */
function largestInRow(n: number, a: Float64Array, k: number, i: number): number {
  let top = 0;
  for (let j = k; j < i; j++) top = Math.max(top, Math.abs(a[j * n + i]));
  for (let j = i + 1; j < n; j++) top = Math.max(top, Math.abs(a[i * n + j]));
  return top;
}

/** Exchanges rows and columns p < q of the symmetric block from k, which is all below and right of it. */
function swap(n: number, a: Float64Array, k: number, p: number, q: number): void {
  const exchange = (x: number, y: number): void => {
    const kept = a[x];
    a[x] = a[y];
    a[y] = kept;
  };
  for (let i = q + 1; i < n; i++) exchange(p * n + i, q * n + i);
  for (let i = p + 1; i < q; i++) exchange(p * n + i, i * n + q);
  exchange(p * n + p, q * n + q);
  if (p > k) exchange(k * n + p, k * n + q);
}

/** A₂₂ −= x·xᵀ/d, and x/d stays as the column of L. */
function eliminateOne(n: number, a: Float64Array, k: number): void {
  const ck = k * n, d = 1 / a[ck + k];
  for (let j = k + 1; j < n; j++) {
    const cj = j * n, factor = d * a[ck + j];
    for (let i = j; i < n; i++) a[cj + i] -= factor * a[ck + i];
  }
  for (let i = k + 1; i < n; i++) a[ck + i] *= d;
}

/** The same for the block [d₁₁ d₂₁; d₂₁ d₂₂], scaled by d₂₁, which is the largest. */
function eliminateTwo(n: number, a: Float64Array, k: number): void {
  const c0 = k * n, c1 = c0 + n, off = a[c0 + k + 1];
  const first = a[c1 + k + 1] / off, second = a[c0 + k] / off, scale = 1 / (first * second - 1) / off;
  for (let j = k + 2; j < n; j++) {
    const cj = j * n;
    const w0 = scale * (first * a[c0 + j] - a[c1 + j]), w1 = scale * (second * a[c1 + j] - a[c0 + j]);
    for (let i = j; i < n; i++) a[cj + i] -= a[c0 + i] * w0 + a[c1 + i] * w1;
    a[c0 + j] = w0;
    a[c1 + j] = w1;
  }
}

/** Solves A·X = B in place from the factors of {@link ldl}, for `count` columns of B (sytrs). */
export function solveLdl(
  n: number,
  count: number,
  a: Float64Array,
  pivots: Int32Array,
  b: Float64Array,
): void {
  for (let column = 0; column < count; column++) {
    solveColumn(n, a, pivots, b.subarray(column * n, (column + 1) * n));
  }
}

function solveColumn(n: number, a: Float64Array, pivots: Int32Array, b: Float64Array): void {
  for (let k = 0; k < n;) { // L·D·y = P·b
    const c0 = k * n, c1 = c0 + n;
    if (pivots[k] > 0) {
      exchange(b, k, pivots[k] - 1);
      for (let i = k + 1; i < n; i++) b[i] -= a[c0 + i] * b[k];
      b[k] /= a[c0 + k];
      k++;
    } else {
      exchange(b, k + 1, -pivots[k] - 1);
      for (let i = k + 2; i < n; i++) b[i] -= a[c0 + i] * b[k] + a[c1 + i] * b[k + 1];
      const off = a[c0 + k + 1], first = a[c0 + k] / off, second = a[c1 + k + 1] / off;
      const denominator = first * second - 1, x = b[k] / off, y = b[k + 1] / off;
      b[k] = (second * x - y) / denominator;
      b[k + 1] = (first * y - x) / denominator;
      k += 2;
    }
  }
  for (let k = n - 1; k >= 0;) { // Lᵀ·x = y
    const size = pivots[k] > 0 ? 1 : 2;
    for (let j = k; j > k - size; j--) {
      for (let i = k + 1; i < n; i++) b[j] -= a[j * n + i] * b[i];
    }
    exchange(b, k, Math.abs(pivots[k]) - 1);
    k -= size;
  }
}

function exchange(b: Float64Array, i: number, j: number): void {
  const kept = b[i];
  b[i] = b[j];
  b[j] = kept;
}
