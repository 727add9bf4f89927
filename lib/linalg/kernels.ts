/**
 * What linear algebra asks of an engine, in LAPACK's terms, and our own kernels behind the same interface.
 *
 * Matrices are column-major without gaps, and are overwritten by their factors. Our own kernels know float64 only:
 * float32 is computed in double precision and rounded once, unless LAPACK does it in half the time. Results of type
 * number are LAPACK's `info`: 0, or the 1-based place where an algorithm broke down. Nothing is checked; `eigen` and
 * `svd` need finite elements.
 */
import type { Floats } from "../gemm_loop.ts";
import { cholesky } from "./cholesky.ts";
import { eigen } from "./eigen.ts";
import { ldl, solveLdl } from "./ldl.ts";
import { lu } from "./lu.ts";
import { orthogonal, qr } from "./qr.ts";
import { svd } from "./svd.ts";
import { solveTriangular } from "./triangular.ts";

/** The factorizations, by our names; a library may have some of them (see lib/blas/lapack.ts). */
export interface Kernels<A extends Floats = Floats> {
  /** Makes an array, of zeros, in the precision that these compute in. */
  array(length: number): A;
  /** P·A = L·U of an m × n matrix, rows swapped for the largest pivot; `pivots` are 1-based (getrf). */
  lu(m: number, n: number, a: A, pivots: Int32Array): number;
  /** A = Uᵀ·U from and into the upper triangle (potrf). */
  cholesky(n: number, a: A): number;
  /** P·A·Pᵀ = L·D·Lᵀ of the lower triangle, D with blocks of 1 and 2, `pivots` as LAPACK has them (sytrf). */
  ldl(n: number, a: A, pivots: Int32Array): number;
  /** X from A·X = B in place, given `ldl`'s results: `count` columns of n elements (sytrs). */
  solveLdl(n: number, count: number, a: A, pivots: Int32Array, b: A): void;
  /** A = Q·R of an m × n matrix: R above, reflectors v below the diagonal, their factors in `tau` (geqrf). */
  qr(m: number, n: number, a: A, tau: A): void;
  /** The first n columns of Q from the k reflectors in the first columns of `a`, m × n (orgqr). */
  orthogonal(m: number, n: number, k: number, a: A, tau: A): void;
  /** X from A·X = B or Aᵀ·X = B for a triangular n × n matrix and n × count right sides, in place (trsm). */
  solveTriangular(
    upper: boolean,
    transposed: boolean,
    unit: boolean,
    n: number,
    count: number,
    a: A,
    b: A,
  ): void;
  /** Eigenvalues, ascending, of the symmetric matrix in the lower triangle, zeros above; its vectors replace it (syevd). */
  eigen(n: number, a: A, values: A, vectors: boolean): number;
  /**
   * A = U·diag(s)·Vᵀ, s descending; `u` (m rows) and `vt` (n columns, `vt.length / n` rows) are filled as far as they
   * are long: nothing, min(m, n) vectors, or all (gesdd). `a` is destroyed.
   */
  svd(m: number, n: number, a: A, s: A, u: A, vt: A): number;
}

/** Our own kernels: what runs without a LAPACK, and what small matrices are fastest with. */
export const own: Kernels<Float64Array> = {
  array: (length) => new Float64Array(length),
  ...{ lu, cholesky, ldl, solveLdl, qr, orthogonal, solveTriangular, eigen, svd },
};
