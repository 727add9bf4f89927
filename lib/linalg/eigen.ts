/** Eigenvalues of symmetric matrices: Householder's tridiagonal form, then implicit QL steps (Golub and Van Loan 8.3). */
import { reflect, reflector, unitScale } from "./qr.ts";

const STEPS = 50; // QL steps for one eigenvalue; 2 or 3 are usual

/**
 * Eigenvalues in ascending order and, where `vectors`, orthonormal eigenvectors in the columns of `a`, which holds the
 * lower triangle and zeros above. Returns 0, or 1 where the steps do not converge.
 */
export function eigen(n: number, a: Float64Array, values: Float64Array, vectors: boolean): number {
  const scale = unitScale(a);
  const off = new Float64Array(n), tau = new Float64Array(n);
  tridiagonal(n, a, values, off, tau);
  if (vectors) accumulate(n, a, tau);
  if (implicitQL(n, values, off, vectors ? a : null) > 0) return 1;
  sort(n, values, vectors ? a : null);
  for (let i = 0; i < n; i++) values[i] *= scale;
  return 0;
}

/** Qᵀ·A·Q = T with diagonal `d` and `e` beside it; the reflections stay below the diagonal of `a`. */
function tridiagonal(n: number, a: Float64Array, d: Float64Array, e: Float64Array, tau: Float64Array): void {
  const w = new Float64Array(n);
  for (let j = 0; j < n - 1; j++) {
    const at = j * (n + 1) + 1, size = n - j - 1, next = (j + 1) * (n + 1); // v, its length, and the block A₂₂
    tau[j] = reflector(size, a, at);
    d[j] = a[j * (n + 1)];
    e[j] = a[at];
    if (tau[j] === 0) continue;
    a[at] = 1;
    // p = τ·A₂₂·v, w = p − ½τ(pᵀv)·v, A₂₂ −= v·wᵀ + w·vᵀ, all on the lower triangle
    w.fill(0, 0, size);
    for (let c = 0; c < size; c++) {
      const column = next + c * n, vc = a[at + c];
      let sum = a[column + c] * vc;
      for (let r = c + 1; r < size; r++) {
        sum += a[column + r] * a[at + r];
        w[r] += vc * a[column + r];
      }
      w[c] += sum;
    }
    let dot = 0;
    for (let i = 0; i < size; i++) {
      w[i] *= tau[j];
      dot += w[i] * a[at + i];
    }
    const half = 0.5 * tau[j] * dot;
    for (let i = 0; i < size; i++) w[i] -= half * a[at + i];
    for (let c = 0; c < size; c++) {
      const column = next + c * n, vc = a[at + c], wc = w[c];
      for (let r = c; r < size; r++) a[column + r] -= a[at + r] * wc + w[r] * vc;
    }
  }
  if (n > 0) d[n - 1] = a[n * n - 1];
}

/** Q from the reflections that {@link tridiagonal} left, in place: each moves a column to the right. */
function accumulate(n: number, a: Float64Array, tau: Float64Array): void {
  for (let j = n - 1; j > 0; j--) a.copyWithin(j * n, (j - 1) * n, j * n);
  a.fill(0, 0, n);
  if (n > 0) a[0] = 1;
  for (let j = n - 1; j > 0; j--) {
    const diagonal = j * (n + 1), t = tau[j - 1];
    a.fill(0, j * n, diagonal);
    reflect(n - j, n - j - 1, t, a, diagonal, a, diagonal + n, n);
    for (let i = 1; i < n - j; i++) a[diagonal + i] *= -t;
    a[diagonal] = 1 - t;
  }
}

/** QL steps with implicit shifts on the tridiagonal (d, e), rotating pairs of columns of `q` along. */
function implicitQL(n: number, d: Float64Array, e: Float64Array, q: Float64Array | null): number {
  if (n > 0) e[n - 1] = 0;
  let top = 0;
  for (let i = 0; i < n; i++) top = Math.max(top, Math.abs(d[i]), Math.abs(e[i]));
  const nothing = 2 ** -54 * top; // beside this the rounding of the tridiagonal form is large
  for (let l = 0; l < n; l++) {
    for (let step = 0;; step++) {
      let m = l;
      while (m < n - 1 && Math.abs(e[m]) > nothing + 2 ** -53 * (Math.abs(d[m]) + Math.abs(d[m + 1]))) m++;
      if (m === l) break;
      if (step === STEPS) return 1;
      // Wilkinson's shift
      let g = (d[l + 1] - d[l]) / (2 * e[l]), r = Math.sqrt(g * g + 1);
      g = d[m] - d[l] + e[l] / (g + (g >= 0 ? r : -r));
      let s = 1, c = 1, p = 0, i = m - 1;
      for (; i >= l; i--) {
        const f = s * e[i], b = c * e[i];
        r = Math.sqrt(f * f + g * g); // of order 1 at most: unitScale
        e[i + 1] = r;
        if (r === 0) { // the matrix splits here
          d[i + 1] -= p;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        if (q !== null) rotate(n, q, i * n, (i + 1) * n, c, s);
      }
      if (r === 0 && i >= l) continue;
      d[l] -= p;
      e[l] = g;
      e[m] = 0;
    }
  }
  return 0;
}

/** (x, y) ← (c·x − s·y, s·x + c·y) for two columns of n elements. */
export function rotate(n: number, a: Float64Array, x: number, y: number, c: number, s: number): void {
  for (let k = 0; k < n; k++) {
    const xk = a[x + k], yk = a[y + k];
    a[x + k] = c * xk - s * yk;
    a[y + k] = s * xk + c * yk;
  }
}

function sort(n: number, values: Float64Array, q: Float64Array | null): void {
  for (let i = 0; i < n - 1; i++) {
    let least = i;
    for (let j = i + 1; j < n; j++) if (values[j] < values[least]) least = j;
    if (least === i) continue;
    const value = values[i];
    values[i] = values[least];
    values[least] = value;
    if (q === null) continue;
    const column = q.slice(i * n, (i + 1) * n);
    q.copyWithin(i * n, least * n, (least + 1) * n);
    q.set(column, least * n);
  }
}
