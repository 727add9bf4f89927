/**
 * The tensor: a strided view of a storage, and its place on the tape.
 *
 * Knows how to be read and printed; every operation on it is an op of ops/, installed as a method by mod.ts. Only
 * the types of ops are imported here.
 */
import type * as pointwiseOps from "../ops/pointwise.ts";
import type * as ops from "../ops/mod.ts"; // types only: nothing in lib/ runs code from ops/
import type { InPlaceName } from "./install.ts";
import type { BackwardOptions } from "./backward.ts";
import { type DType, isFloat, itemSize, type TypedArray } from "./dtype.ts";
import { describe, ShapeError } from "./errors.ts";
import { formatTensor } from "./format.ts";
import { watcher } from "./watch.ts";
import { allocate, type Storage } from "./memory/storage.ts";
import type { Node } from "./node.ts";
import { isContiguous, resolveDim, type Shape, show, sizeOf, stridesOf } from "./shape.ts";

/** Nested arrays of numbers, as deep as a tensor has dimensions. */
export type NestedArray = number | boolean | NestedArray[];

/** What a backward hook may return: a replacement for the gradient, or nothing. */
export type Hook = (gradient: Tensor) => Tensor | void;

/** Every op as a method: `mul(x, y)` is also `x.mul(y)`, with the same types and docs; overloads are kept. */
export type Methods<Ops> = { [K in keyof Ops]: Method<Ops[K]> };

/** The method form of one op: all its overloads that begin with a tensor, without that first parameter. */
export type Method<F> = F extends {
  (x: Tensor, ...a: infer A): infer R;
  (x: Tensor, ...b: infer B): infer S;
  (x: Tensor, ...c: infer C): infer T;
} ? { (...a: A): R; (...b: B): S; (...c: C): T }
  : F extends { (x: Tensor, ...a: infer A): infer R; (x: Tensor, ...b: infer B): infer S }
    ? { (...a: A): R; (...b: B): S }
  : F extends (x: Tensor, ...a: infer A) => infer R ? (...a: A) => R
  : never;

/**
 * An n-dimensional array that remembers how it was made. Create one with {@link tensor} and its siblings.
 *
 * @example
 * ```ts
 * import { tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([[1, 2], [3, 4]], { requiresGrad: true });
 * x.mul(x).sum().backward();
 * console.log(x.grad!.toArray()); // [[2, 4], [6, 8]]
 * ```
 */
export class Tensor {
  /** The bytes; views of one tensor share them. */
  readonly storage: Storage;
  /** Sizes, outermost first. */
  readonly shape: Shape;
  /** Steps between neighbours along each dimension, in elements. */
  readonly strides: readonly number[];
  /** Position of the first element in the storage, in elements. */
  readonly offset: number;
  /** Element type. */
  readonly dtype: DType;
  /** What the tape knows of this tensor: null if it takes no gradient. Library use. */
  node: Node | null = null;
  /** Which output of its node this tensor is. Library use. */
  output = 0;
  /** The tensor this is a view of; itself for a view made inside noGrad(). Library use. */
  base: Tensor | null = null;
  /** Of a base: how often its history was rewritten. Of a view: the base's when its own was made. Of what the
   * tape saved: the version of the storage then. Library use. */
  stamp = 0;
  #grad: Tensor | null = null;

  /** Library use: a tensor over given storage. Users call {@link tensor}, {@link zeros} and the like. */
  constructor(storage: Storage, shape: Shape, dtype: DType, strides: readonly number[], offset = 0) {
    this.storage = storage;
    this.shape = shape;
    this.dtype = dtype;
    this.strides = strides;
    this.offset = offset;
  }

  /** The gradient that `backward()` left here; null before. Assigning replaces it. */
  get grad(): Tensor | null {
    if (watcher !== null) watcher.gradient(this, true);
    return this.#grad;
  }

  set grad(value: Tensor | null) {
    if (watcher !== null) watcher.gradient(this, false);
    if (value !== null && !(value instanceof Tensor)) {
      throw new TypeError(`Cannot set grad to ${describe(value)}: it must be a tensor or null`);
    }
    if (value && sizeOf(value.shape) !== sizeOf(this.shape)) {
      throw new ShapeError(
        `Cannot set grad of shape ${show(value.shape)} on a tensor of shape ${
          show(this.shape)
        }: they must be equal`,
      );
    }
    if (value) value.storage.escaped = true;
    this.#grad = value;
  }

  /** The number of dimensions. */
  get ndim(): number {
    return this.shape.length;
  }

  /** Whether operations on this tensor are recorded; set it on leaves only. */
  get requiresGrad(): boolean {
    return this.node !== null;
  }

  set requiresGrad(value: boolean) {
    this.requiresGrad_(value);
  }

  /** Whether this tensor was made by the user rather than by a recorded operation. */
  get isLeaf(): boolean {
    return this.node === null || this.node.isLeaf;
  }

  /** The recorded operation that made this tensor; null for leaves. */
  get gradFn(): Node | null {
    return this.node && !this.node.isLeaf ? this.node : null;
  }

  /** A view with the dimensions in reverse order. */
  get T(): Tensor {
    return this.permute(this.shape.map((_, d) => this.shape.length - 1 - d));
  }

  /** A view of matrices transposed: the last two dimensions swapped; a 0-d tensor stays. */
  get mT(): Tensor {
    if (this.shape.length === 0) return this;
    if (this.shape.length > 1) return this.transpose(-2, -1);
    throw new ShapeError(`Cannot take mT of ${show(this.shape)}: it must have 2 dimensions or more`);
  }

  /** A view of one matrix transposed and conjugated, which for real numbers is transposed; a 0-d tensor stays. */
  get H(): Tensor {
    if (this.shape.length === 0 || this.shape.length === 2) return this.mT;
    throw new ShapeError(`Cannot take H of ${show(this.shape)}: it must have 2 dimensions; use mH`);
  }

  /** A view of matrices transposed and conjugated: {@link mT}, for real numbers. */
  get mH(): Tensor {
    return this.mT;
  }

  /** The number of elements. */
  numel(): number {
    return sizeOf(this.shape);
  }

  /** The number of dimensions. */
  dim(): number {
    return this.shape.length;
  }

  /** The shape, or the size of one dimension. */
  size(): Shape;
  /** The size of one dimension. */
  size(dim: number): number;
  size(dim?: number): Shape | number {
    return dim === undefined ? this.shape : this.shape[resolveDim("take the size", dim, this.shape)];
  }

  /** The strides, or the stride of one dimension, in elements. */
  stride(): readonly number[];
  /** The stride of one dimension, in elements. */
  stride(dim: number): number;
  stride(dim?: number): readonly number[] | number {
    return dim === undefined ? this.strides : this.strides[resolveDim("take the stride", dim, this.shape)];
  }

  /** Whether the elements follow each other in row-major order. */
  isContiguous(): boolean {
    return isContiguous(this.shape, this.strides);
  }

  /** Whether the dtype is a float type. */
  isFloatingPoint(): boolean {
    return isFloat(this.dtype);
  }

  /**
   * The only element, as a number.
   *
   * @throws {ShapeError} if the tensor does not have exactly one element.
   */
  item(): number {
    if (sizeOf(this.shape) !== 1) {
      throw new ShapeError(
        `Cannot take item() of a tensor of shape ${show(this.shape)}: it has ${
          sizeOf(this.shape)
        } elements, not 1`,
      );
    }
    return this.storage.view(this.dtype)[this.offset];
  }

  /** A copy of the elements in row-major order. */
  toTypedArray(): TypedArray {
    const { storage, offset } = this.isContiguous() ? this : this.detach().contiguous();
    return storage.view(this.dtype).slice(offset, offset + sizeOf(this.shape));
  }

  /** The elements as nested arrays; a 0-d tensor gives a number, bool tensors give booleans. */
  toArray(): NestedArray {
    const flat = this.toTypedArray(), bool = this.dtype === "bool";
    let at = 0;
    const build = (dim: number): NestedArray => {
      if (dim === this.shape.length) return bool ? flat[at++] !== 0 : flat[at++];
      return Array.from({ length: this.shape[dim] }, () => build(dim + 1));
    };
    return build(0);
  }

  /** The elements as nested arrays, so that `JSON.stringify` works. */
  toJSON(): NestedArray {
    return this.toArray();
  }

  /** The printed form, laid out as PyTorch prints. */
  toString(): string {
    const all = this.storage.view(this.dtype), at = indexer(this);
    const history = this.gradFn
      ? [`gradFn=<${this.gradFn.title}>`]
      : this.requiresGrad
      ? ["requiresGrad=true"]
      : [];
    return formatTensor((i) => all[at(i)], this.shape, this.dtype, history);
  }

  /** What `console.log` and the REPL show. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  /** What Node's `console.log` shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** What a notebook shows. */
  [Symbol.for("Jupyter.display")](): Record<string, string> {
    return { "text/plain": this.toString() };
  }

  /** The slices along the first dimension. */
  *[Symbol.iterator](): Generator<Tensor> {
    if (this.shape.length === 0) {
      throw new ShapeError("Cannot iterate over a 0-d tensor: it has no dimension");
    }
    for (let i = 0; i < this.shape[0]; i++) yield this.select(0, i);
  }
}

/** The in-place twins of ops: `x.mul_(y)` is `x.mul(y)` written into `x`, `x.squeeze_()` makes `x` its own view. */
export type InPlace<Ops, Names = keyof Ops> = {
  [K in keyof Ops & Names & string as `${K}_`]: Ops[K] extends (x: Tensor, ...rest: infer A) => Tensor
    ? (...rest: A) => Tensor
    : never;
};

/** Every op as a method, their in-place twins, and the tape's methods. */
export interface Tensor
  extends Methods<typeof ops>, InPlace<typeof pointwiseOps>, InPlace<typeof ops, InPlaceName> {
  /** Adds this tensor's gradient into `grad` of every leaf it was computed from; see {@link backward}. */
  backward(gradient?: Tensor | BackwardOptions | null, options?: BackwardOptions): void;
  /** Keeps the gradient of this non-leaf tensor in `grad` during backward. */
  retainGrad(): void;
  /** Calls `hook` with the gradient of this tensor when backward reaches it; returns a handle to remove it. */
  registerHook(hook: Hook): { remove(): void } & Disposable;
  /** Turns recording on or off for this leaf, and returns it. */
  requiresGrad_(requiresGrad?: boolean): Tensor;
}

/** What a typed array can hold: 16 GiB. */
const LARGEST = 2 ** 34;

/** A new contiguous tensor, contents unspecified. */
export function empty(shape: Shape, dtype: DType, strides: readonly number[] = stridesOf(shape)): Tensor {
  const bytes = sizeOf(shape) * itemSize[dtype];
  if (!(bytes <= LARGEST)) {
    throw new RangeError(
      `Cannot make a tensor of shape ${show(shape)}: it takes ${bytes} bytes, at most ${LARGEST}`,
    );
  }
  const storage = allocate(bytes);
  return new Tensor(storage, shape, dtype, strides);
}

/** Another view of the same storage, off the tape. */
export function viewOf(
  x: Tensor,
  shape: Shape,
  strides: readonly number[],
  offset: number = x.offset,
): Tensor {
  return new Tensor(x.storage, shape, x.dtype, strides, offset);
}

/** What a tensor shows of which storage. */
type Geometry = Pick<Tensor, "storage" | "shape" | "strides" | "offset">;

/** Makes `x` show what `view` shows: nobody but resize_, squeeze_ and their kin may change what a tensor is. */
export function become(x: Tensor, view: Geometry): void {
  const own: { -readonly [K in keyof Geometry]: Geometry[K] } = x;
  own.storage = view.storage;
  own.shape = view.shape;
  own.strides = view.strides;
  own.offset = view.offset;
}

/** Maps a row-major index to a position in the storage. */
export function indexer(
  { shape, strides, offset }: Pick<Tensor, "shape" | "strides" | "offset">,
): (i: number) => number {
  if (isContiguous(shape, strides)) return (i) => offset + i;
  return (i) => {
    let at = offset;
    for (let d = shape.length - 1; d >= 0; d--) {
      at += (i % shape[d]) * strides[d];
      i = Math.floor(i / shape[d]);
    }
    return at;
  };
}

/** Checks that a value is a tensor; `what` names the argument. */
export function asTensor(action: string, what: string, value: unknown): Tensor {
  if (value instanceof Tensor) return value;
  throw new TypeError(`Cannot ${action}: ${what} must be a tensor, got ${describe(value)}`);
}

/** Checks that a value is a tensor with `rank` dimensions; `what` names the argument of `name()`. */
export function asRank(name: string, what: string, value: unknown, rank: number): Tensor {
  const x = asTensor(`call ${name}()`, what, value);
  if (x.shape.length === rank) return x;
  throw new ShapeError(
    `Cannot call ${name}() on ${show(x.shape)}: ${what} must have ${rank} dimension${rank === 1 ? "" : "s"}`,
  );
}
