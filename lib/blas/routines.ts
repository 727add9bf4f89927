/**
 * The routines of a BLAS: their C signatures for `Deno.dlopen`, and the same as TypeScript calls.
 *
 * A new routine needs a line in {@linkcode signatures} and one in {@linkcode rowMajor}. It opens nothing.
 *
 * @module
 */

import type { Affix } from "./vendor.ts";

/** C ← alpha·op(A)·op(B) + beta·C, where C is m x n and op(A) m x k; op transposes where its flag says so. */
export type Gemm<Data, Flag = boolean, Int = number> = (
  transA: Flag,
  transB: Flag,
  m: Int,
  n: Int,
  k: Int,
  alpha: number,
  a: Data,
  lda: Int,
  b: Data,
  ldb: Int,
  beta: number,
  c: Data,
  ldc: Int,
) => void;

/** y ← alpha·op(A)·x + beta·y, where A itself is m x n and op transposes it where the flag says so. */
export type Gemv<Data, Flag = boolean, Int = number> = (
  transA: Flag,
  m: Int,
  n: Int,
  alpha: number,
  a: Data,
  lda: Int,
  x: Data,
  incx: Int,
  beta: number,
  y: Data,
  incy: Int,
) => void;

/** A ← alpha·x·yᵀ + A, where A is m x n. */
export type Ger<Data, Int = number> = (
  m: Int,
  n: Int,
  alpha: number,
  x: Data,
  incx: Int,
  y: Data,
  incy: Int,
  a: Data,
  lda: Int,
) => void;

/**
 * The routines of a BLAS. Matrices are row-major; `lda` counts the elements from one row to the next, `incx`
 * those from one element of a vector to the next. Arguments are NOT checked: a size too large reads and
 * writes past the end of the array.
 */
export interface Routines {
  /** Multiplies two float32 matrices. */
  readonly sgemm: Gemm<Float32Array>;
  /** Multiplies two float64 matrices. */
  readonly dgemm: Gemm<Float64Array>;
  /** Multiplies a float32 matrix by a vector. */
  readonly sgemv: Gemv<Float32Array>;
  /** Multiplies a float64 matrix by a vector. */
  readonly dgemv: Gemv<Float64Array>;
  /** Adds the outer product of two float32 vectors to a matrix. */
  readonly sger: Ger<Float32Array>;
  /** Adds the outer product of two float64 vectors to a matrix. */
  readonly dger: Ger<Float64Array>;
}

/** The same routines as C has them, where `Int` is number for LP64 and bigint for ILP64. */
export type NativeRoutines<Int> = {
  readonly sgemm: RowMajor<Gemm<Float32Array, number, Int>>;
  readonly dgemm: RowMajor<Gemm<Float64Array, number, Int>>;
  readonly sgemv: RowMajor<Gemv<Float32Array, number, Int>>;
  readonly dgemv: RowMajor<Gemv<Float64Array, number, Int>>;
  readonly sger: RowMajor<Ger<Float32Array, Int>>;
  readonly dger: RowMajor<Ger<Float64Array, Int>>;
};

/** A CBLAS call: the order of the matrices comes before the arguments of the routine. */
export type RowMajor<Call extends (...values: never) => void> = (
  order: number,
  ...values: Parameters<Call>
) => void;

/** The signatures for `Deno.dlopen` under a library's spelling, where `int` is the width of its integers. */
export function signatures(
  { prefix, suffix }: Affix,
  int: "i32" | "i64",
): Record<keyof Routines, Deno.ForeignFunction> {
  function routine(name: string, parameters: Deno.NativeType[]): Deno.ForeignFunction {
    return { name: `${prefix}cblas_${name}${suffix}`, parameters: ["i32", ...parameters], result: "void" };
  }
  function gemm(name: string, real: "f32" | "f64"): Deno.ForeignFunction {
    const product: Deno.NativeType[] = [real, "buffer", int, "buffer", int];
    return routine(name, ["i32", "i32", int, int, int, ...product, real, "buffer", int]);
  }
  function gemv(name: string, real: "f32" | "f64"): Deno.ForeignFunction {
    return routine(name, ["i32", int, int, real, "buffer", int, "buffer", int, real, "buffer", int]);
  }
  function ger(name: string, real: "f32" | "f64"): Deno.ForeignFunction {
    return routine(name, [int, int, real, "buffer", int, "buffer", int, "buffer", int]);
  }
  return {
    sgemm: gemm("sgemm", "f32"),
    dgemm: gemm("dgemm", "f64"),
    sgemv: gemv("sgemv", "f32"),
    dgemv: gemv("dgemv", "f64"),
    sger: ger("sger", "f32"),
    dger: ger("dger", "f64"),
  };
}

/**
 * Wraps the routines of C: booleans for transposes, plain numbers for sizes. `int` turns a size into the
 * library's integer; for LP64 it is the identity, which V8 inlines away.
 */
export function rowMajor<Int>(native: NativeRoutines<Int>, int: (n: number) => Int): Routines {
  return {
    sgemm: gemm(native.sgemm, int),
    dgemm: gemm(native.dgemm, int),
    sgemv: gemv(native.sgemv, int),
    dgemv: gemv(native.dgemv, int),
    sger: ger(native.sger, int),
    dger: ger(native.dger, int),
  };
}

// CBLAS's names for its flags.
const ROW_MAJOR = 101;
const NO_TRANS = 111;
const TRANS = 112;

function gemm<Data, Int>(native: RowMajor<Gemm<Data, number, Int>>, int: (n: number) => Int): Gemm<Data> {
  return (transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) => {
    const flagA = transA ? TRANS : NO_TRANS;
    const flagB = transB ? TRANS : NO_TRANS;
    native(
      ROW_MAJOR,
      flagA,
      flagB,
      int(m),
      int(n),
      int(k),
      alpha,
      a,
      int(lda),
      b,
      int(ldb),
      beta,
      c,
      int(ldc),
    );
  };
}

function gemv<Data, Int>(native: RowMajor<Gemv<Data, number, Int>>, int: (n: number) => Int): Gemv<Data> {
  return (transA, m, n, alpha, a, lda, x, incx, beta, y, incy) => {
    const flagA = transA ? TRANS : NO_TRANS;
    native(ROW_MAJOR, flagA, int(m), int(n), alpha, a, int(lda), x, int(incx), beta, y, int(incy));
  };
}

function ger<Data, Int>(native: RowMajor<Ger<Data, Int>>, int: (n: number) => Int): Ger<Data> {
  return (m, n, alpha, x, incx, y, incy, a, lda) => {
    native(ROW_MAJOR, int(m), int(n), alpha, x, int(incx), y, int(incy), a, int(lda));
  };
}

/**
 * Makes the conversion of sizes for ILP64, where Deno takes 10 times longer over a number than over a BigInt.
 * The table saves their allocation: a 2 x 2 sgemm takes 0.09 us, and 0.17 us without it.
 */
export function toBigInt(): (n: number) => bigint {
  const table = Array.from({ length: 4097 }, (_, n) => BigInt(n));
  return (n) => n >= 0 && n <= 4096 ? table[n] : BigInt(n);
}
