/** The element types of tensors, and PyTorch's rules for mixing them. Pure: imports errors only. */
import { describe } from "./errors.ts";

/** An element type. int32 is also the type of indices (PyTorch's int64 is held as int32). */
export type DType = "float32" | "float64" | "int32" | "uint8" | "bool";

/** The typed arrays that hold elements; uint8 and bool share one. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** Bytes per element. */
export const itemSize: Readonly<Record<DType, number>> = {
  float32: 4,
  float64: 8,
  int32: 4,
  uint8: 1,
  bool: 1,
};

/** Order of generality: arithmetic on two tensors happens in the later of the two types. */
const rank: Readonly<Record<DType, number>> = { bool: 0, uint8: 1, int32: 2, float32: 3, float64: 4 };

/** What users may call a dtype, besides its own name. */
const aliases: Readonly<Record<string, DType>> = {
  ...{ float: "float32", double: "float64", int: "int32", long: "int32", int64: "int32", boolean: "bool" },
  ...{ float32: "float32", float64: "float64", int32: "int32", uint8: "uint8", bool: "bool" },
};

/** Whether values of `dtype` can take a gradient. */
export function isFloat(dtype: DType): boolean {
  return dtype === "float32" || dtype === "float64";
}

/** Checks that a value names a dtype; accepts PyTorch's aliases such as "long". */
export function asDType(action: string, value: unknown): DType {
  const dtype = typeof value === "string" && Object.hasOwn(aliases, value) ? aliases[value] : undefined;
  if (dtype) return dtype;
  throw new TypeError(
    `Cannot ${action} with dtype ${describe(value)}: dtype must be one of ${Object.keys(rank).join(", ")}`,
  );
}

/** bool < integers < floats: the three categories of PyTorch's promotion. */
function category(dtype: DType): number {
  return dtype === "bool" ? 0 : isFloat(dtype) ? 2 : 1;
}

/** The common type of two tensors of equal standing. */
export function promote(a: DType, b: DType): DType {
  return rank[a] >= rank[b] ? a : b;
}

/**
 * The type of an operation on `a` and `b`, where `b` has less standing: a 0-d tensor beside one with dimensions,
 * or a number beside a tensor. It decides only when its category (bool, integer, float) is the higher one.
 *
 * See {@link https://pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc}.
 */
export function promoteWeak(a: DType, b: DType): DType {
  return category(b) > category(a) ? b : a;
}

/** The dtype a JavaScript number stands for beside a tensor: whole numbers are integers. */
export function numberDType(value: number): DType {
  return Number.isInteger(value) ? "int32" : "float32";
}

/** A zeroed typed array for `length` elements. */
export function allocateArray(dtype: DType, length: number): TypedArray {
  if (dtype === "float32") return new Float32Array(length);
  if (dtype === "float64") return new Float64Array(length);
  return dtype === "int32" ? new Int32Array(length) : new Uint8Array(length);
}

/** The same bytes of `buffer` seen as elements of `dtype`. */
export function viewArray(
  dtype: DType,
  buffer: ArrayBufferLike,
  byteOffset: number,
  length: number,
): TypedArray {
  if (dtype === "float32") return new Float32Array(buffer, byteOffset, length);
  if (dtype === "float64") return new Float64Array(buffer, byteOffset, length);
  return dtype === "int32"
    ? new Int32Array(buffer, byteOffset, length)
    : new Uint8Array(buffer, byteOffset, length);
}
