/**
 * Singular values by one-sided Jacobi rotations (Demmel and Veselić 1992): accurate even for tiny ones.
 *
 * Rotations alone take 8 to 10 sweeps; started from the eigenvectors of AᵀA, which is as good as half the digits, they
 * take 2 or 3.
 */
import { gemmLoop } from "../gemm_loop.ts";
import { eigen, rotate } from "./eigen.ts";
import { norm, orthogonal, qr, unitScale } from "./qr.ts";

const SWEEPS = 60;
const EPSILON = 2 ** -52;
/** Up to so many columns a start from eigenvectors costs more than it saves. */
const FEW = 10;
/** Columns shorter than this, where the longest is near 1, have no direction to trust: their squares vanish. */
const NOTHING = 1e-140;

/** A = U·diag(s)·Vᵀ; see Kernels.svd. Returns 1 where the rotations do not converge. */
export function svd(
  m: number,
  n: number,
  a: Float64Array,
  s: Float64Array,
  u: Float64Array,
  vt: Float64Array,
): number {
  const k = Math.min(m, n), wantsVectors = u.length + vt.length > 0, scale = unitScale(a);
  if (scale === 0) { // PyTorch's subgradients of norms at 0 show these vectors
    s.fill(0);
    identity(m, u.length / Math.max(m, 1), u);
    identity(vt.length / Math.max(n, 1), n, vt);
    return 0;
  }
  // the columns of W span what A does, at most k of them: of A where it is tall, of Aᵀ where it is wide
  const tall = m >= n, rows = tall ? m : n, w = tall ? a : transposed(m, n, a), v = new Float64Array(k * k);
  if (k <= FEW) identity(k, k, v);
  const turned = k <= FEW ? w : nearlyOrthogonal(rows, k, w, v);
  if (!orthogonalize(rows, k, turned, v)) return 1;
  const order = sorted(rows, k, turned, s);
  if (wantsVectors) {
    const count = tall ? u.length / m : vt.length / n, long = normalized(rows, count, turned, order, s);
    const short = new Float64Array(k * k);
    for (let j = 0; j < k; j++) short.set(v.subarray(order[j] * k, (order[j] + 1) * k), j * k);
    u.set(tall ? long : short);
    vt.set(tall ? transposed(k, k, short) : transposed(n, count, long));
  }
  for (let j = 0; j < k; j++) s[j] *= scale;
  return 0;
}

/** W·V with the eigenvectors V of WᵀW, those of the largest values first. */
function nearlyOrthogonal(m: number, k: number, w: Float64Array, v: Float64Array): Float64Array {
  const total = new Float64Array(k * k), values = new Float64Array(k), turned = new Float64Array(m * k);
  gemmLoop(false, true, k, k, m, 1, w, 0, m, w, 0, m, 0, total, 0, k);
  eigen(k, total, values, true);
  for (let j = 0; j < k; j++) v.set(total.subarray((k - 1 - j) * k, (k - j) * k), j * k);
  gemmLoop(false, false, k, m, k, 1, v, 0, k, w, 0, m, 0, turned, 0, m);
  return turned;
}

/** Ones on the diagonal, zeros elsewhere. */
function identity(m: number, n: number, a: Float64Array): void {
  a.fill(0);
  for (let i = 0; i < Math.min(m, n); i++) a[i * (m + 1)] = 1;
}

/** The transpose, n × m, of a column-major m × n matrix. */
function transposed(m: number, n: number, a: Float64Array): Float64Array {
  const t = new Float64Array(m * n);
  for (let j = 0; j < n; j++) for (let i = 0; i < m; i++) t[i * n + j] = a[j * m + i];
  return t;
}

/** Rotates pairs of columns of `w`, and those of `v` along, until all are orthogonal. */
function orthogonalize(m: number, n: number, w: Float64Array, v: Float64Array): boolean {
  const limit = EPSILON * Math.sqrt(m); // the cosine that rounding alone leaves
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let rotations = 0;
    for (let i = 0; i < n - 1; i++) {
      const ci = i * m;
      for (let j = i + 1; j < n; j++) {
        const cj = j * m;
        let p = 0, q = 0, dot = 0;
        for (let r = 0; r < m; r++) {
          const x = w[ci + r], y = w[cj + r];
          p += x * x;
          q += y * y;
          dot += x * y;
        }
        if (Math.min(p, q) < NOTHING ** 2 || Math.abs(dot) <= limit * Math.sqrt(p) * Math.sqrt(q)) continue;
        rotations++;
        // tan 2θ = 2·dot / (q − p), the smaller angle
        const zeta = (q - p) / (2 * dot),
          t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        const c = 1 / Math.sqrt(1 + t * t), s = c * t;
        rotate(m, w, ci, cj, c, s);
        rotate(n, v, i * n, j * n, c, s);
      }
    }
    if (rotations === 0) return true;
  }
  return false;
}

/** Puts the lengths of the columns of `w` into `s`, longest first, and returns the columns in that order. */
function sorted(m: number, n: number, w: Float64Array, s: Float64Array): number[] {
  const lengths = Array.from({ length: n }, (_, j) => norm(m, w, j * m));
  const order = lengths.map((_, j) => j).sort((i, j) => lengths[j] - lengths[i]);
  for (let j = 0; j < n; j++) s[j] = lengths[order[j]];
  return order;
}

/** The columns of `w` in the given order at length 1, completed to `count` orthonormal ones. */
function normalized(
  m: number,
  count: number,
  w: Float64Array,
  order: readonly number[],
  s: Float64Array,
): Float64Array {
  const long = new Float64Array(m * count);
  let rank = 0;
  for (; rank < order.length && s[rank] >= NOTHING; rank++) {
    for (let i = 0; i < m; i++) long[rank * m + i] = w[order[rank] * m + i] / s[rank];
  }
  if (rank === count) return long;
  const q = long.slice(), tau = new Float64Array(rank);
  qr(m, rank, q, tau);
  orthogonal(m, count, rank, q, tau);
  long.set(q.subarray(rank * m), rank * m);
  return long;
}
