/** The matrix of cofactors: det(A)·A⁻ᵀ, which has a meaning where A has no inverse. */
import type { Floats } from "../gemm_loop.ts";
import type { Kernels } from "./kernels.ts";
import { solveLu } from "./lu.ts";

/** Pivots further apart than this leave too few digits of an inverse. */
const REGULAR = 1e-6;

/** Replaces an n × n matrix by its cofactors; returns whether it was regular enough to do so by its inverse. */
export function cofactors(kernels: Kernels, n: number, a: Floats): boolean {
  const lu = a.slice(), pivots = new Int32Array(n);
  kernels.lu(n, n, lu, pivots);
  let least = Infinity, most = 0, det = 1;
  for (let i = 0; i < n; i++) {
    const u = lu[i * (n + 1)];
    least = Math.min(least, Math.abs(u));
    most = Math.max(most, Math.abs(u));
    det *= pivots[i] === i + 1 ? u : -u;
  }
  if (least <= REGULAR * most) return bySingularValues(kernels, n, a);
  a.fill(0);
  for (let i = 0; i < n; i++) a[i * (n + 1)] = det;
  solveLu(kernels, true, n, n, lu, pivots, a);
  return true;
}

/** With A = U·diag(s)·Vᵀ the cofactors are ±U·diag(p)·Vᵀ, where pᵢ is the product of all s but sᵢ. */
function bySingularValues(kernels: Kernels, n: number, a: Floats): boolean {
  const s = kernels.array(n), u = kernels.array(n * n), vt = kernels.array(n * n);
  if (kernels.svd(n, n, a, s, u, vt) !== 0) s.fill(NaN); // not finite
  const sign = orientation(kernels, n, u) * orientation(kernels, n, vt);
  a.fill(0);
  for (let k = 0; k < n; k++) {
    let others = sign;
    for (let j = 0; j < n; j++) if (j !== k) others *= s[j];
    for (let j = 0; j < n; j++) {
      const factor = others * vt[j * n + k];
      for (let i = 0; i < n; i++) a[j * n + i] += u[k * n + i] * factor;
    }
  }
  return false;
}

/** The determinant of an orthogonal matrix: 1 or −1. */
function orientation(kernels: Kernels, n: number, q: Floats): number {
  const lu = q.slice(), pivots = new Int32Array(n);
  kernels.lu(n, n, lu, pivots);
  let sign = 1;
  for (let i = 0; i < n; i++) if ((pivots[i] === i + 1) !== (lu[i * (n + 1)] > 0)) sign = -sign;
  return sign;
}
