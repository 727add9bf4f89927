/**
 * What a kernel computes, said once for every engine: the WASM compiler (wasm/) and the plain loops (loops.ts)
 * both turn these descriptions into code, and tests hold one against the other.
 *
 * A kernel walks `rows` × `n` elements: the caller folds a tensor's dimensions into these two where it can, and
 * loops over the rest. The integer strides are in bytes for WASM and in elements for the plain loops.
 */
import type { DType } from "./dtype.ts";
import type { Expr } from "./formula.ts";

/** The types kernels compute in; uint8 and bool are widened when read and narrowed when written. */
export type ComputeType = "float32" | "float64" | "int32";

/**
 * How an operand is laid out along a row: "vector" elements follow each other, "splat" one element serves the whole
 * row, "stride" they are a column stride apart, "number" is no memory at all but a number passed with the call.
 */
export type Mode = "vector" | "splat" | "stride" | "number";

/** An input of a kernel. */
export interface Operand {
  readonly dtype: DType;
  readonly mode: Mode;
}

/** output[r, i] = root(inputs[r, i] ...): `root` reads input i as {@link Expr} input i. */
export interface PointwiseSpec {
  readonly root: Expr;
  readonly compute: ComputeType;
  readonly inputs: readonly Operand[];
  readonly output: { readonly dtype: DType; readonly mode: "vector" | "stride" };
}

/** How a reduction combines elements. The arg- forms give the index (int32) of the first extreme; NaN is extreme. */
export type Combine = "sum" | "prod" | "max" | "min" | "argmax" | "argmin";

/**
 * Along "row": output[r] = combine over i of root(inputs[r, i] ...). Along "column": output[i] = combine over r.
 * Rows are contiguous ("vector"), or "splat" or "number".
 */
export interface ReduceSpec {
  readonly root: Expr;
  readonly combine: Combine;
  readonly along: "row" | "column";
  readonly compute: ComputeType;
  readonly inputs: readonly Operand[];
  readonly output: DType;
}

/**
 * A fused kernel over the rows of a matrix: steps in order, each a formula of the row inputs and of the results of
 * earlier steps. Expression input i is kernel input i, input (inputs.length + j) the result of step j: one number
 * per row after "reduce", a row after "map". A map with `output` writes that output's row (at most one map an
 * output is final, but an output may be written and read again); steps without memory are recomputed or fused.
 */
export interface RowsSpec {
  readonly compute: "float32" | "float64";
  readonly inputs: readonly Operand[];
  readonly steps: readonly RowStep[];
  /** How many outputs the kernel has; row outputs are contiguous rows, "reduce" outputs one element a row. */
  readonly outputs: readonly ("row" | "one")[];
}

/** One step of a {@link RowsSpec}; `output` is the index of the output that receives the result. */
export type RowStep =
  | {
    readonly kind: "reduce";
    readonly combine: "sum" | "max" | "min";
    readonly root: Expr;
    readonly output?: number;
  }
  | { readonly kind: "map"; readonly root: Expr; readonly output: number }
  | { readonly kind: "one"; readonly root: Expr; readonly output?: number };
