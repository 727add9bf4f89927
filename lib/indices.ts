/**
 * Indices as users give them (int32 tensors, masks, plain numbers in arrays) and the arithmetic that turns them into
 * positions. What is read here is a copy: an index tensor may change after the call without harm to backward.
 */
import type { TypedArray } from "./dtype.ts";
import { describe, ShapeError } from "./errors.ts";
import { broadcastStrides, type Shape, show, sizeOf, stridesOf } from "./shape.ts";
import { empty, type NestedArray, Tensor } from "./tensor.ts";

/** What is accepted as indices: an int32 (or uint8) tensor, a number, or nested arrays of numbers. */
export type IndexLike = Tensor | number | readonly number[] | NestedArray[];

/** Indices, read and laid out in row-major order. */
export interface Indices {
  readonly values: Int32Array;
  readonly shape: Shape;
}

/** Reads indices for `name()`. They are not held against a size yet; see {@link checkIndices}. */
export function readIndices(name: string, value: unknown): Indices {
  if (!(value instanceof Tensor)) {
    const { flat, shape, truths } = readNested(name, value);
    if (truths) {
      throw new TypeError(`Cannot call ${name}() with a mask as index: indices must be whole numbers`);
    }
    return { values: Int32Array.from(flat), shape };
  }
  if (value.dtype !== "int32" && value.dtype !== "uint8") {
    throw new TypeError(
      `Cannot call ${name}() with an index of dtype ${value.dtype}: it must be int32; use .int()` +
        (value.dtype === "bool" ? ", or index() for masks" : ""),
    );
  }
  const all: TypedArray = value.toTypedArray();
  return { values: all instanceof Int32Array ? all : Int32Array.from(all), shape: value.shape };
}

/** Indices as an int32 tensor of their own. */
export function indexTensor({ values, shape }: Indices): Tensor {
  const y = empty(shape, "int32");
  y.storage.view("int32").set(values, y.offset);
  return y;
}

/** Reads a number, a boolean or nested arrays of one of them; `truths`: they were booleans. */
export function readNested(
  name: string,
  value: unknown,
): { flat: number[]; shape: number[]; truths: boolean } {
  const shape: number[] = [], flat: number[] = [];
  for (let level = value; Array.isArray(level); level = level[0]) shape.push(level.length);
  let truths: boolean | undefined;
  const visit = (item: unknown, depth: number): void => {
    if (depth < shape.length) {
      if (!Array.isArray(item) || item.length !== shape[depth]) {
        throw new ShapeError(
          `Cannot call ${name}() with ragged arrays as index: at depth ${depth} sizes differ`,
        );
      }
      for (const inner of item) visit(inner, depth + 1);
      return;
    }
    const truth = typeof item === "boolean";
    truths ??= truth;
    const whole = truth || (Number.isInteger(item) && Math.abs(item as number) < 2 ** 31);
    if (!whole || truth !== truths) {
      throw new TypeError(
        `Cannot call ${name}() with index ${
          describe(item)
        }: it must be a whole number, an int32 tensor or an array of ` +
          `whole numbers`,
      );
    }
    flat.push(Number(item));
  };
  visit(value, 0);
  return { flat, shape, truths: truths === true };
}

/** Holds indices against the size of `dim`; if `wraps`, negative ones count from the end and are rewritten. */
export function checkIndices(
  name: string,
  values: Int32Array,
  shape: Shape,
  dim: number,
  size: number,
  wraps = false,
): void {
  for (let i = 0; i < values.length; i++) {
    const v = values[i];
    if (v >= 0 && v < size) continue;
    if (!wraps || v >= size || v < -size) throw outOfRange(name, v, shape, dim, size, wraps);
    values[i] = v + size;
  }
}

/** The error for an index beyond its dimension; dim −1 stands for all elements in a row. */
export function outOfRange(
  name: string,
  index: number,
  shape: Shape,
  dim: number,
  size: number,
  wraps: boolean,
): RangeError {
  const where = dim < 0 ? `its ${size} elements` : `dim ${dim} of size ${size}`;
  return new RangeError(
    `Cannot call ${name}() on ${show(shape)}: index ${index} is outside ${where}` +
      (size === 0 ? ", which is empty" : `, it must be from ${wraps ? -size : 0} to ${size - 1}`),
  );
}

/** All sums a[i] + b[j], those with b's neighbours next to each other. */
export function outerSum(a: Int32Array, b: Int32Array): Int32Array {
  if (a.length === 1 && a[0] === 0) return b;
  const sums = new Int32Array(a.length * b.length), n = b.length;
  for (let i = 0, k = 0; i < a.length; i++) {
    const start = a[i];
    for (let j = 0; j < n; j++) sums[k++] = start + b[j];
  }
  return sums;
}

/** The positions 0, step, 2·step ... */
export function steps(count: number, step: number): Int32Array {
  const positions = new Int32Array(count);
  for (let i = 0; i < count; i++) positions[i] = i * step;
  return positions;
}

/** `values` times `factor`, in a new array unless the factor is 1. */
export function scaled(values: Int32Array, factor: number): Int32Array {
  if (factor === 1) return values;
  const positions = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) positions[i] = values[i] * factor;
  return positions;
}

/** `values` of shape `from` as they stand when broadcast to `to`. */
export function broadcastValues(values: Int32Array, from: Shape, to: Shape): Int32Array {
  let positions = steps(1, 0);
  const strides = broadcastStrides(from, stridesOf(from), to);
  if (sizeOf(to) === values.length) return values;
  for (let d = 0; d < to.length; d++) positions = outerSum(positions, steps(to[d], strides[d]));
  const result = new Int32Array(positions.length);
  for (let i = 0; i < result.length; i++) result[i] = values[positions[i]];
  return result;
}

/** The positions at which a mask is true, in row-major order. */
export function truePositions(mask: TypedArray): Int32Array {
  // arithmetic, as a branch on random truths would often be mispredicted: 4 times as fast
  let count = 0;
  for (let i = 0; i < mask.length; i++) count = (count + +(mask[i] !== 0)) | 0;
  const positions = new Int32Array(count);
  for (let i = 0, k = 0; k < count; i++) {
    positions[k] = i;
    k = (k + +(mask[i] !== 0)) | 0;
  }
  return positions;
}

/** Python's start:stop:step; users make it with `slice()`. */
export class Slice {
  /** Library use. */
  constructor(readonly start: number | null, readonly stop: number | null, readonly step: number) {}

  /** Where it begins in a dimension of `size` elements, and how many it takes. */
  on(size: number): { start: number; length: number } {
    const { start, stop, step } = this;
    const clip = (at: number) => Math.min(Math.max(at < 0 ? at + size : at, 0), size);
    const from = start === null ? 0 : clip(start), to = stop === null ? size : clip(stop);
    return { start: from, length: Math.max(0, Math.ceil((to - from) / step)) };
  }

  /** The Python spelling. */
  toString(): string {
    return `${this.start ?? ""}:${this.stop ?? ""}${this.step === 1 ? "" : `:${this.step}`}`;
  }
}
