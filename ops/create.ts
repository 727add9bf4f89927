/** Making tensors from numbers. */
import { asDType, type DType, type TypedArray } from "../lib/dtype.ts";
import { asCount, asNumber, isOptions, named } from "../lib/arguments.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import { fillElements } from "../lib/fill.ts";
import { asShape, type Shape, shapeFrom, show, sizeOf } from "../lib/shape.ts";
import { asTensor, empty as allocate, type NestedArray, Tensor, viewOf } from "../lib/tensor.ts";

/** Options of everything that makes a tensor. */
export interface CreateOptions {
  /** Element type; default float32, or what the values are. */
  dtype?: DType;
  /** Whether to record operations on the tensor. */
  requiresGrad?: boolean;
}

/** Options of {@link tensor}. */
export interface TensorOptions extends CreateOptions {
  /** The shape that flat values are laid out in. */
  shape?: Shape;
}

/**
 * Makes a tensor from a number, nested arrays, or a typed array (which is copied).
 *
 * Numbers become float32, booleans bool; a typed array keeps its type (int64 and other integers become int32).
 *
 * @throws {ShapeError} if nested arrays are ragged, or the values do not fill `shape`.
 *
 * @example
 * ```ts
 * import { tensor } from "@dinograd/dinograd";
 *
 * console.log(tensor([[1, 2], [3, 4]]).shape); // [2, 2]
 * console.log(tensor(new Float64Array(6), { shape: [2, 3] }).dtype); // float64
 * ```
 */
export function tensor(
  values: NestedArray | ArrayLike<number> | Tensor,
  options: TensorOptions = {},
): Tensor {
  const { shape: wanted, dtype: type, requiresGrad = false } = named<TensorOptions>(
    "tensor",
    [options],
    [],
    ["shape", "dtype", "requiresGrad"],
  );
  const source = values instanceof Tensor ? values.toTypedArray() : values;
  const natural = values instanceof Tensor ? values.shape : shapeOfValues(source);
  const dtype = type !== undefined
    ? asDType("make a tensor", type)
    : values instanceof Tensor
    ? values.dtype
    : naturalDType(source);
  const shape = wanted === undefined ? natural : asShape("make a tensor", wanted);
  if (sizeOf(shape) !== sizeOf(natural)) {
    throw new ShapeError(
      `Cannot fill shape ${show(shape)} with ${sizeOf(natural)} values: it holds ${sizeOf(shape)}`,
    );
  }
  const y = allocate([...shape], dtype), out = y.storage.view(dtype);
  if (ArrayBuffer.isView(source)) copyTyped(source as TypedArray, out, y.offset, dtype);
  else fillNested(source as NestedArray, out, y.offset, natural.length, dtype);
  return requiresGrad ? y.requiresGrad_() : y;
}

function shapeOfValues(values: unknown): number[] {
  if (typeof values === "number" || typeof values === "boolean") return [];
  if (ArrayBuffer.isView(values) && !(values instanceof DataView)) return [(values as TypedArray).length];
  const shape: number[] = [];
  for (let level = values; Array.isArray(level); level = level[0]) shape.push(level.length);
  if (shape.length === 0) {
    throw new TypeError(
      `Cannot make a tensor of ${
        describe(values)
      }: it must be a number, nested arrays of numbers or a typed array`,
    );
  }
  return shape;
}

function naturalDType(values: unknown): DType {
  if (ArrayBuffer.isView(values)) {
    if (values instanceof Float64Array) return "float64";
    if (values instanceof Uint8Array || values instanceof Uint8ClampedArray) return "uint8";
    return values instanceof Float32Array || values instanceof Float16Array ? "float32" : "int32";
  }
  let first = values;
  while (Array.isArray(first)) first = first[0];
  return typeof first === "boolean" ? "bool" : "float32";
}

function copyTyped(
  source: TypedArray | BigInt64Array | BigUint64Array,
  out: TypedArray,
  offset: number,
  dtype: DType,
): void {
  if (source instanceof BigInt64Array || source instanceof BigUint64Array) {
    for (let i = 0; i < source.length; i++) out[offset + i] = Number(source[i]);
  } else if (dtype === "bool") {
    for (let i = 0; i < source.length; i++) out[offset + i] = source[i] !== 0 ? 1 : 0;
  } else out.set(source, offset);
}

function fillNested(values: NestedArray, out: TypedArray, offset: number, depth: number, dtype: DType): void {
  let at = offset;
  const expected: number[] = [];
  const visit = (value: NestedArray, level: number): void => {
    if (level < depth) {
      if (!Array.isArray(value)) throw ragged(level, describe(value));
      expected[level] ??= value.length;
      if (value.length !== expected[level]) throw ragged(level, `${value.length} items`, expected[level]);
      for (const item of value) visit(item, level + 1);
      return;
    }
    if (typeof value !== "number" && typeof value !== "boolean") throw ragged(level, describe(value));
    out[at++] = dtype === "bool" ? (Number(value) !== 0 ? 1 : 0) : Number(value);
  };
  visit(values, 0);
}

function ragged(level: number, found: string, expected?: number): Error {
  return new ShapeError(
    `Cannot make a tensor of nested arrays: at depth ${level} there is ${found} where ` +
      (expected === undefined
        ? "arrays of equal length holding numbers are needed"
        : `others have ${expected}`),
  );
}

/** Makes a tensor like `x` filled with `value`. */
function filledLike(name: string, x: Tensor, value: number, options: CreateOptions): Tensor {
  const like = asTensor(`call ${name}()`, "the first argument", x);
  const { dtype = like.dtype, requiresGrad = false } = named<CreateOptions>(name, [options], [], [
    "dtype",
    "requiresGrad",
  ]);
  return filled(like.shape, value, asDType(`call ${name}()`, dtype), requiresGrad);
}

function filled(shape: Shape, value: number, dtype: DType, requiresGrad: boolean): Tensor {
  const y = allocate(shape, dtype);
  fillElements(y, value);
  return requiresGrad ? y.requiresGrad_() : y;
}

/**
 * A tensor of zeros with the shape and dtype of `x`.
 *
 * @example
 * ```ts
 * import { tensor, zerosLike } from "@dinograd/dinograd";
 *
 * console.log(zerosLike(tensor([5, 6])).toArray()); // [0, 0]
 * ```
 */
export function zerosLike(x: Tensor, options: CreateOptions = {}): Tensor {
  return filledLike("zerosLike", x, 0, options);
}

/**
 * A tensor of ones with the shape and dtype of `x`.
 *
 * @example
 * ```ts
 * import { onesLike, tensor } from "@dinograd/dinograd";
 *
 * console.log(onesLike(tensor([5, 6])).toArray()); // [1, 1]
 * ```
 */
export function onesLike(x: Tensor, options: CreateOptions = {}): Tensor {
  return filledLike("onesLike", x, 1, options);
}

/**
 * A tensor with the shape and dtype of `x`, filled with `value`.
 *
 * @example
 * ```ts
 * import { fullLike, tensor } from "@dinograd/dinograd";
 *
 * console.log(fullLike(tensor([1, 2]), 7).toArray()); // [7, 7]
 * ```
 */
export function fullLike(x: Tensor, value: number, options: CreateOptions = {}): Tensor {
  return filledLike("fullLike", x, asNumber("fullLike", "value", value), options);
}

/**
 * A tensor with the shape and dtype of `x`, contents unspecified.
 *
 * @example
 * ```ts
 * import { emptyLike, tensor } from "@dinograd/dinograd";
 *
 * console.log(emptyLike(tensor([1, 2])).shape); // [2]
 * ```
 */
export function emptyLike(x: Tensor, options: CreateOptions = {}): Tensor {
  return filledLike("emptyLike", x, 0, options);
}

/**
 * A tensor of zeros of another shape with the dtype of `x`; arguments as {@link zeros}.
 *
 * @example
 * ```ts
 * import { newZeros, tensor } from "@dinograd/dinograd";
 *
 * console.log(newZeros(tensor([1, 2]), [3]).toArray()); // [0, 0, 0]
 * ```
 */
export function newZeros(x: Tensor, ...args: SizeArguments): Tensor {
  const { shape, dtype, requiresGrad } = sizesAndOptions("newZeros", args, dtypeOf("newZeros", x));
  return filled(shape, 0, dtype, requiresGrad);
}

/**
 * A tensor of ones of another shape with the dtype of `x`; arguments as {@link zeros}.
 *
 * @example
 * ```ts
 * import { newOnes, tensor } from "@dinograd/dinograd";
 *
 * console.log(newOnes(tensor([1, 2]), [3]).toArray()); // [1, 1, 1]
 * ```
 */
export function newOnes(x: Tensor, ...args: SizeArguments): Tensor {
  const { shape, dtype, requiresGrad } = sizesAndOptions("newOnes", args, dtypeOf("newOnes", x));
  return filled(shape, 1, dtype, requiresGrad);
}

/**
 * A tensor of another shape with the dtype of `x`, filled with `value`.
 *
 * @example
 * ```ts
 * import { newFull, tensor } from "@dinograd/dinograd";
 *
 * console.log(newFull(tensor([1, 2]), [3], 7).toArray()); // [7, 7, 7]
 * ```
 */
export function newFull(x: Tensor, shape: Shape, value: number, options: CreateOptions = {}): Tensor {
  return full(shape, value, { dtype: dtypeOf("newFull", x), ...options });
}

/**
 * A tensor of another shape with the dtype of `x`, contents unspecified; arguments as {@link zeros}. See
 * {@link https://pytorch.org/docs/stable/generated/torch.Tensor.new_empty.html}.
 *
 * @example
 * ```ts
 * import { ones } from "@dinograd/dinograd";
 *
 * console.log(ones([2], { dtype: "int32" }).newEmpty([3, 4]).dtype); // int32
 * ```
 */
export function newEmpty(x: Tensor, ...args: SizeArguments): Tensor {
  const { shape, dtype, requiresGrad } = sizesAndOptions("newEmpty", args, dtypeOf("newEmpty", x));
  return unspecified(allocate([...shape], dtype), requiresGrad);
}

/**
 * As {@link newEmpty}, laid out with the given strides. See
 * {@link https://pytorch.org/docs/stable/generated/torch.Tensor.new_empty_strided.html}.
 *
 * @example
 * ```ts
 * import { ones } from "@dinograd/dinograd";
 *
 * console.log(ones([2]).newEmptyStrided([2, 3], [1, 2]).stride()); // [1, 2]
 * ```
 */
export function newEmptyStrided(
  x: Tensor,
  size: Shape,
  stride: readonly number[],
  options: CreateOptions = {},
): Tensor {
  const { shape, dtype, requiresGrad } = sizesAndOptions(
    "newEmptyStrided",
    [size, options],
    dtypeOf("newEmptyStrided", x),
  );
  const strides = asShape("call newEmptyStrided()", stride); // whole numbers, none negative, as sizes are
  if (strides.length !== shape.length) {
    throw new ShapeError(
      `Cannot call newEmptyStrided() with size ${show(shape)} and stride ${
        show(strides)
      }: each size needs one`,
    );
  }
  const reach = sizeOf(shape) === 0 ? 0 : shape.reduce((at, n, i) => at + (n - 1) * strides[i], 1);
  return unspecified(viewOf(allocate([reach], dtype), [...shape], [...strides]), requiresGrad);
}

function unspecified(y: Tensor, requiresGrad: boolean): Tensor {
  return requiresGrad ? y.requiresGrad_() : y;
}

function dtypeOf(name: string, x: Tensor): DType {
  return asTensor(`call ${name}()`, "the first argument", x).dtype;
}

/** Sizes as one array or as separate numbers, then options. */
export type SizeArguments = [shape: Shape, options?: CreateOptions] | [...sizes: number[]] | [
  ...sizes: number[],
  options: CreateOptions,
];

function sizesAndOptions(
  name: string,
  args: readonly unknown[],
  natural: DType = "float32",
): { shape: Shape; dtype: DType; requiresGrad: boolean } {
  const options = isOptions(args.at(-1)) ? args.at(-1) : undefined;
  const { dtype = natural, requiresGrad = false } = named<CreateOptions>(
    name,
    [options],
    [],
    ["dtype", "requiresGrad"],
  );
  const sizes = options ? args.slice(0, -1) : args;
  return { shape: shapeFrom(`call ${name}()`, sizes), dtype: asDType(`call ${name}()`, dtype), requiresGrad };
}

/**
 * A tensor of zeros. See {@link https://pytorch.org/docs/stable/generated/torch.zeros.html}.
 *
 * @example
 * ```ts
 * import { zeros } from "@dinograd/dinograd";
 *
 * console.log(zeros([2, 3]).shape, zeros(2, 3, { dtype: "int32" }).dtype); // [2, 3] int32
 * ```
 */
export function zeros(...args: SizeArguments): Tensor {
  const { shape, dtype, requiresGrad } = sizesAndOptions("zeros", args);
  return filled(shape, 0, dtype, requiresGrad);
}

/**
 * A tensor of ones; arguments as {@link zeros}.
 *
 * @example
 * ```ts
 * import { ones } from "@dinograd/dinograd";
 *
 * console.log(ones([2, 2]).toArray()); // [[1, 1], [1, 1]]
 * ```
 */
export function ones(...args: SizeArguments): Tensor {
  const { shape, dtype, requiresGrad } = sizesAndOptions("ones", args);
  return filled(shape, 1, dtype, requiresGrad);
}

/**
 * A tensor of unspecified contents; arguments as {@link zeros}.
 *
 * @example
 * ```ts
 * import { empty } from "@dinograd/dinograd";
 *
 * console.log(empty([2, 3]).shape); // [2, 3]
 * ```
 */
export function empty(...args: SizeArguments): Tensor {
  const { shape, dtype, requiresGrad } = sizesAndOptions("empty", args);
  return unspecified(allocate([...shape], dtype), requiresGrad);
}

/**
 * A tensor filled with one number; its dtype follows the number: bool, int32 for whole numbers only if asked.
 *
 * @example
 * ```ts
 * import { full } from "@dinograd/dinograd";
 *
 * console.log(full([2], 7.5).toArray()); // [7.5, 7.5]
 * ```
 */
export function full(shape: Shape, value: number, options: CreateOptions = {}): Tensor {
  const { dtype = "float32", requiresGrad = false } = named<CreateOptions>("full", [options], [], [
    "dtype",
    "requiresGrad",
  ]);
  const size = asShape("call full()", shape);
  return filled(
    [...size],
    asNumber("full", "value", typeof value === "boolean" ? Number(value) : value),
    asDType("call full()", dtype),
    requiresGrad,
  );
}

/**
 * The identity matrix: ones on the diagonal. See
 * {@link https://pytorch.org/docs/stable/generated/torch.eye.html}.
 *
 * @example
 * ```ts
 * import { eye } from "@dinograd/dinograd";
 *
 * console.log(eye(2).toArray()); // [[1, 0], [0, 1]]
 * ```
 */
export function eye(n: number, m?: number | CreateOptions, options: CreateOptions = {}): Tensor {
  const rows = asCount("eye", "n", n), columns = typeof m === "number" ? asCount("eye", "m", m) : rows;
  const { shape, dtype, requiresGrad } = sizesAndOptions("eye", [
    [rows, columns],
    isOptions(m) ? m : options,
  ]);
  const y = filled(shape, 0, dtype, false), out = y.storage.view(dtype);
  for (let i = 0; i < Math.min(rows, columns); i++) out[y.offset + i * columns + i] = 1;
  return requiresGrad ? y.requiresGrad_() : y;
}
