/**
 * What linear algebra asks of an engine, in LAPACK's terms, and our own kernels behind the same interface.
 *
 * Matrices are column-major float64 without gaps, and are overwritten by their factors; float32 is computed in double
 * precision and rounded once, which costs a factor of two in time and saves a second set of kernels. Results of type
 * number are LAPACK's `info`: 0, or the 1-based place where an algorithm broke down. Nothing is checked; `eigen` and
 * `svd` need finite elements.
 */
import { cholesky } from "./cholesky.ts";
import { eigen } from "./eigen.ts";
import { ldl } from "./ldl.ts";
import { lu } from "./lu.ts";
import { orthogonal, qr } from "./qr.ts";
import { svd } from "./svd.ts";
import { solveTriangular } from "./triangular.ts";

/** The factorizations, by our names; a library may have some of them (see lib/blas/lapack.ts). */
export interface Kernels {
  /** P·A = L·U of an m × n matrix, rows swapped for the largest pivot; `pivots` are 1-based (getrf). */
  readonly lu: (m: number, n: number, a: Float64Array, pivots: Int32Array) => number;
  /** A = Uᵀ·U from and into the upper triangle (potrf). */
  readonly cholesky: (n: number, a: Float64Array) => number;
  /** P·A·Pᵀ = L·D·Lᵀ of the lower triangle, D with blocks of 1 and 2, `pivots` as LAPACK has them (sytrf). */
  readonly ldl: (n: number, a: Float64Array, pivots: Int32Array) => number;
  /** A = Q·R of an m × n matrix: R above, reflectors v below the diagonal, their factors in `tau` (geqrf). */
  readonly qr: (m: number, n: number, a: Float64Array, tau: Float64Array) => void;
  /** The first n columns of Q from the k reflectors in the first columns of `a`, m × n (orgqr). */
  readonly orthogonal: (m: number, n: number, k: number, a: Float64Array, tau: Float64Array) => void;
  /** X from A·X = B or Aᵀ·X = B for a triangular n × n matrix and n × count right sides, in place (trsm). */
  readonly solveTriangular: (
    upper: boolean,
    transposed: boolean,
    unit: boolean,
    n: number,
    count: number,
    a: Float64Array,
    b: Float64Array,
  ) => void;
  /** Eigenvalues, ascending, of the symmetric matrix in the lower triangle, zeros above; its vectors replace it (syevd). */
  readonly eigen: (n: number, a: Float64Array, values: Float64Array, vectors: boolean) => number;
  /**
   * A = U·diag(s)·Vᵀ, s descending; `u` (m rows) and `vt` (n columns, `vt.length / n` rows) are filled as far as they
   * are long: nothing, min(m, n) vectors, or all (gesdd). `a` is destroyed.
   */
  readonly svd: (
    m: number,
    n: number,
    a: Float64Array,
    s: Float64Array,
    u: Float64Array,
    vt: Float64Array,
  ) => number;
}

/** Our own kernels: what runs without a LAPACK, and what small matrices are fastest with. */
export const own: Kernels = { lu, cholesky, ldl, qr, orthogonal, solveTriangular, eigen, svd };
