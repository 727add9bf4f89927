/** Shapes, strides and dims: pure arithmetic and its error messages. */
import { describe, ShapeError } from "./errors.ts";

/** Sizes of a tensor, outermost first; `[]` is a 0-d tensor, one number. */
export type Shape = readonly number[];

/** One dim or several; negative ones count from the end. */
export type Dims = number | readonly number[];

/** How every message writes a shape: `[2, 3]`. */
export function show(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** The number of elements. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (let i = 0; i < shape.length; i++) size *= shape[i];
  return size;
}

/** Whether two shapes are equal. */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  for (let i = shape.length - 1, step = 1; i >= 0; i--) {
    strides[i] = step;
    step *= Math.max(shape[i], 1);
  }
  return strides;
}

/** Whether elements with these strides follow each other in row-major order without gaps. */
export function isContiguous(shape: Shape, strides: readonly number[]): boolean {
  for (let i = shape.length - 1, step = 1; i >= 0; i--) {
    if (shape[i] === 0) return true;
    if (shape[i] !== 1 && strides[i] !== step) return false;
    step *= shape[i];
  }
  return true;
}

/** The common shape of NumPy broadcasting; `action` is the user's verb, as in "Cannot multiply". */
export function broadcastShapes(action: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b) || b.length === 0) return a;
  if (a.length === 0) return b;
  const rank = Math.max(a.length, b.length), result = new Array<number>(rank);
  for (let i = -1; i >= -rank; i--) {
    const p = a[a.length + i] ?? 1, q = b[b.length + i] ?? 1;
    if (p !== q && p !== 1 && q !== 1) {
      throw new ShapeError(
        `Cannot ${action} ${show(a)} and ${
          show(b)
        }: dimension ${i} is ${p} on the left and ${q} on the right, ` +
          `and neither is 1`,
      );
    }
    result[rank + i] = p === 1 ? q : p;
  }
  return result;
}

/** Strides that read a tensor as if expanded to `shape`: 0 along every repeated dimension. */
export function broadcastStrides(from: Shape, strides: readonly number[], shape: Shape): number[] {
  const pad = shape.length - from.length;
  return shape.map((_, i) => i < pad || from[i - pad] === 1 ? 0 : strides[i - pad]);
}

/** Checks that `from` expands to exactly `to`. */
export function checkExpands(action: string, from: Shape, to: Shape): void {
  const pad = to.length - from.length;
  if (pad < 0 || from.some((size, i) => size !== 1 && size !== to[pad + i])) {
    throw new ShapeError(
      `Cannot ${action} ${show(from)} to ${show(to)}: aligned from the right, every size must match or be 1`,
    );
  }
}

/** `dim` counted from the front; the error names the range. A 0-d tensor has the dims -1 and 0. */
export function resolveDim(action: string, dim: unknown, shape: Shape): number {
  const rank = Math.max(shape.length, 1);
  if (typeof dim !== "number" || !Number.isInteger(dim) || dim < -rank || dim >= rank) {
    const error = typeof dim === "number" ? RangeError : TypeError;
    throw new error(
      `Cannot ${action} along dim ${describe(dim)} of a tensor of shape ${
        show(shape)
      }: dim must be a whole ` +
        `number from ${-rank} to ${rank - 1}`,
    );
  }
  return dim < 0 ? dim + rank : dim;
}

/** Several dims, each once; null, undefined and (as in PyTorch) an empty list mean all of them. */
export function resolveDims(action: string, dims: unknown, shape: Shape): number[] {
  if (dims === null || dims === undefined || (Array.isArray(dims) && dims.length === 0)) {
    return shape.map((_, i) => i);
  }
  const list = (Array.isArray(dims) ? dims : [dims]).map((dim) => resolveDim(action, dim, shape));
  if (list.some((dim, i) => list.indexOf(dim) !== i)) {
    throw new RangeError(`Cannot ${action} along dims ${describe(dims)}: each dim may appear once`);
  }
  return shape.length === 0 ? [] : list;
}

/** Checks that a value is a shape: an array of whole numbers, none negative. */
export function asShape(action: string, value: unknown): Shape {
  if (Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0)) return value;
  throw new TypeError(
    `Cannot ${action} with shape ${describe(value)}: a shape is an array of whole numbers, none negative`,
  );
}

/** Accepts a shape as one array or as separate numbers: `zeros([2, 3])`, `zeros(2, 3)`. */
export function shapeFrom(action: string, sizes: readonly unknown[]): Shape {
  return asShape(action, sizes.length === 1 && Array.isArray(sizes[0]) ? sizes[0] : sizes);
}

/** Replaces the one -1 of a shape by what makes `size` elements, and checks that the total fits. */
export function inferShape(action: string, from: Shape, wanted: unknown): Shape {
  const total = sizeOf(from);
  if (!Array.isArray(wanted) || !wanted.every((size) => Number.isSafeInteger(size) && size >= -1)) {
    throw new TypeError(
      `Cannot ${action} ${show(from)} to ${
        describe(wanted)
      }: a shape is an array of whole numbers, at most one -1`,
    );
  }
  const at = wanted.indexOf(-1), rest = wanted.reduce((p, size) => size === -1 ? p : p * size, 1);
  const shape = [...wanted];
  if (at >= 0 && wanted.indexOf(-1, at + 1) < 0 && rest > 0) shape[at] = total / rest;
  if (shape.every((size) => Number.isInteger(size) && size >= 0) && sizeOf(shape) === total) return shape;
  throw new ShapeError(
    `Cannot ${action} ${show(from)} to ${show(wanted)}: the first holds ${total} elements, ` +
      (at < 0
        ? `the second ${rest}`
        : `which the second cannot; at most one size may be -1, and it must be definite`),
  );
}

/** The shape that is left when `dims` are reduced. */
export function reducedShape(shape: Shape, dims: readonly number[], keepdim: boolean): number[] {
  return keepdim
    ? shape.map((size, i) => dims.includes(i) ? 1 : size)
    : shape.filter((_, i) => !dims.includes(i));
}
