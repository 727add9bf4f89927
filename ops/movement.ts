/** Views and copies: the same elements in another arrangement. Views share storage, as in PyTorch. */
import { isOptions, named } from "../lib/arguments.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import { defineOp } from "../lib/op.ts";
import {
  asShape,
  broadcastStrides,
  checkExpands,
  type Dims,
  inferShape,
  isContiguous,
  resolveDim,
  resolveDims,
  sameShape,
  type Shape,
  show,
  sizeOf,
  stridesOf,
} from "../lib/shape.ts";
import { asTensor, type Tensor, viewOf } from "../lib/tensor.ts";

const runReshape = defineOp<{ shape: Shape }>({
  name: "reshape",
  forward: ([x], { shape }) => {
    const strides = viewStrides(x, shape);
    return strides ? viewOf(x, shape, strides) : viewOf(x.contiguous(), shape, stridesOf(shape), 0);
  },
  isView: true,
  keeps: "nothing",
  grad: [(g, [x]) => g.reshape(x.shape)],
});

/** Strides that show `x` in another shape without a copy; null where there are none. */
function viewStrides(x: Tensor, shape: Shape): number[] | null {
  if (isContiguous(x.shape, x.strides)) return stridesOf(shape);
  const strides = new Array<number>(shape.length);
  let d = x.shape.length - 1, left = 1, step = 0;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] === 1) {
      strides[i] = 1;
      continue;
    }
    while (left === 1 && d >= 0) {
      left = x.shape[d];
      step = x.strides[d--];
    }
    // take further dimensions in as long as they continue this one
    while (left % shape[i] !== 0 && d >= 0 && x.strides[d] === step * left) left *= x.shape[d--];
    if (left % shape[i] !== 0) return null;
    strides[i] = step;
    step *= shape[i];
    left /= shape[i];
  }
  return strides;
}

/**
 * The same elements in another shape, one size of which may be −1 to be inferred: a view where possible, else a
 * copy. See {@link https://pytorch.org/docs/stable/generated/torch.reshape.html}.
 *
 * @throws {ShapeError} if the sizes hold another number of elements.
 *
 * @example
 * ```ts
 * import { arange } from "@dinograd/dinograd";
 *
 * console.log(arange(6).reshape([2, -1]).shape); // [2, 3]
 * ```
 */
export function reshape(x: Tensor, ...shape: [Shape] | number[]): Tensor {
  const wanted = shape.length === 1 && Array.isArray(shape[0]) ? shape[0] : shape;
  const to = inferShape("reshape", asTensor("reshape", "the first argument", x).shape, wanted);
  return sameShape(to, x.shape) ? alias(x) : runReshape([x], { shape: to });
}

/** As {@link reshape}, but never a copy. See {@link https://pytorch.org/docs/stable/generated/torch.Tensor.view.html}. */
export function view(x: Tensor, ...shape: [Shape] | number[]): Tensor {
  const wanted = shape.length === 1 && Array.isArray(shape[0]) ? shape[0] : shape;
  const to = inferShape("view", asTensor("view", "the first argument", x).shape, wanted);
  if (viewStrides(x, to) === null) {
    throw new ShapeError(
      `Cannot view ${show(x.shape)} as ${show(to)}: its strides [${
        x.strides.join(", ")
      }] do not allow it without a ` +
        `copy; use reshape`,
    );
  }
  return runReshape([x], { shape: to });
}

/** {@link reshape} to the shape of another tensor. */
export function reshapeAs(x: Tensor, other: Tensor): Tensor {
  return reshape(x, asTensor("reshape", "other", other).shape);
}

/** {@link view} in the shape of another tensor. */
export function viewAs(x: Tensor, other: Tensor): Tensor {
  return view(x, asTensor("view", "other", other).shape);
}

const runAlias = defineOp({
  name: "alias",
  forward: ([x]) => viewOf(x, x.shape, x.strides),
  isView: true,
  keeps: "nothing",
  grad: [(g) => g],
});

function alias(x: Tensor): Tensor {
  return runAlias([x], undefined);
}

const runPermute = defineOp<{ dims: readonly number[] }>({
  name: "permute",
  forward: ([x], { dims }) => viewOf(x, dims.map((d) => x.shape[d]), dims.map((d) => x.strides[d])),
  isView: true,
  keeps: "nothing",
  grad: [(g, _inputs, _y, { dims }) => g.permute(dims.map((_, i) => dims.indexOf(i)))],
});

/**
 * Reorders dimensions, as a view. See {@link https://pytorch.org/docs/stable/generated/torch.permute.html}.
 *
 * @throws {RangeError} if `dims` is not each dimension once.
 *
 * @example
 * ```ts
 * import { zeros } from "@dinograd/dinograd";
 *
 * console.log(zeros([2, 3, 4]).permute([2, 0, 1]).shape); // [4, 2, 3]
 * ```
 */
export function permute(x: Tensor, ...dims: [readonly number[]] | number[]): Tensor {
  const list: readonly unknown[] = dims.length === 1 && Array.isArray(dims[0]) ? dims[0] : dims;
  const { shape } = asTensor("permute", "the first argument", x);
  const order = list.map((dim) => resolveDim("permute", dim, shape));
  if (order.length !== x.shape.length || new Set(order).size !== order.length) {
    throw new RangeError(
      `Cannot permute ${show(x.shape)} by ${
        describe(list)
      }: each of its ${x.shape.length} dims must appear once`,
    );
  }
  return runPermute([x], { dims: order });
}

/**
 * Swaps two dimensions, as a view. See {@link https://pytorch.org/docs/stable/generated/torch.transpose.html}.
 *
 * @example
 * ```ts
 * import { zeros } from "@dinograd/dinograd";
 *
 * console.log(zeros([2, 3, 4]).transpose(0, -1).shape); // [4, 3, 2]
 * ```
 */
export function transpose(x: Tensor, dim0: number, dim1: number): Tensor {
  const { shape } = asTensor("transpose", "the first argument", x);
  const a = resolveDim("transpose", dim0, shape), b = resolveDim("transpose", dim1, shape);
  if (shape.length === 0) return alias(x);
  return runPermute([x], { dims: shape.map((_, i) => i === a ? b : i === b ? a : i) });
}

/** The transpose of a matrix; tensors of fewer dimensions stay. */
export function t(x: Tensor): Tensor {
  if (asTensor("call t()", "the first argument", x).shape.length > 2) {
    throw new ShapeError(
      `Cannot take t() of ${show(x.shape)}: it has more than 2 dimensions; use transpose or mT`,
    );
  }
  return x.shape.length < 2 ? alias(x) : transpose(x, 0, 1);
}

const runExpand = defineOp<{ shape: Shape }>({
  name: "expand",
  forward: ([x], { shape }) => viewOf(x, shape, broadcastStrides(x.shape, x.strides, shape)),
  isView: true,
  keeps: "nothing",
  grad: [(g, [x]) => g.sumToSize(x.shape)],
});

/**
 * Repeats along dimensions of size 1 without a copy; −1 keeps a size. See
 * {@link https://pytorch.org/docs/stable/generated/torch.Tensor.expand.html}.
 *
 * @throws {ShapeError} if a size is neither 1 nor the one wanted.
 *
 * @example
 * ```ts
 * import { tensor } from "@dinograd/dinograd";
 *
 * console.log(tensor([[1], [2]]).expand([2, 3]).toArray()); // [[1, 1, 1], [2, 2, 2]]
 * ```
 */
export function expand(x: Tensor, ...shape: [Shape] | number[]): Tensor {
  const from = asTensor("expand", "the first argument", x).shape;
  const wanted: unknown = shape.length === 1 && Array.isArray(shape[0]) ? shape[0] : shape;
  const given = Array.isArray(wanted) ? wanted : [wanted], pad = given.length - from.length;
  const to = asShape("expand", given.map((size, i) => size === -1 && i >= pad ? from[i - pad] : size));
  checkExpands("expand", from, to);
  return runExpand([x], { shape: to });
}

/** {@link expand} to the shape of another tensor. */
export function expandAs(x: Tensor, other: Tensor): Tensor {
  return expand(x, asTensor("expand", "other", other).shape);
}

/** {@link expand} as a function. See {@link https://pytorch.org/docs/stable/generated/torch.broadcast_to.html}. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  return expand(x, shape);
}

/**
 * Drops dimensions of size 1: all of them, or those of `dim` that are. See
 * {@link https://pytorch.org/docs/stable/generated/torch.squeeze.html}.
 *
 * @example
 * ```ts
 * import { zeros } from "@dinograd/dinograd";
 *
 * console.log(zeros([1, 3, 1]).squeeze().shape); // [3]
 * ```
 */
export function squeeze(x: Tensor, dim?: Dims | { dim?: Dims }): Tensor {
  const { shape } = asTensor("squeeze", "the first argument", x);
  const wanted = typeof dim === "object" && dim !== null && !Array.isArray(dim)
    ? (dim as { dim?: Dims }).dim
    : dim as Dims | undefined;
  const dims = new Set(resolveDims("squeeze", wanted, shape));
  return runReshape([x], { shape: shape.filter((size, i) => size !== 1 || !dims.has(i)) });
}

/**
 * Inserts a dimension of size 1 at `dim`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.unsqueeze.html}.
 *
 * @example
 * ```ts
 * import { zeros } from "@dinograd/dinograd";
 *
 * console.log(zeros([3]).unsqueeze(-1).shape); // [3, 1]
 * ```
 */
export function unsqueeze(x: Tensor, dim: number): Tensor {
  const { shape } = asTensor("unsqueeze", "the first argument", x);
  const at = resolveDim("unsqueeze", dim, [...shape, 1]);
  return runReshape([x], { shape: [...shape.slice(0, at), 1, ...shape.slice(at)] });
}

/** Options of {@link flatten}. */
export interface FlattenOptions {
  /** The first dimension to join; default 0. */
  startDim?: number;
  /** The last dimension to join; default −1, the last. */
  endDim?: number;
}

/**
 * Joins the dimensions from `startDim` to `endDim` into one. See
 * {@link https://pytorch.org/docs/stable/generated/torch.flatten.html}.
 *
 * @example
 * ```ts
 * import { zeros } from "@dinograd/dinograd";
 *
 * console.log(zeros([2, 3, 4]).flatten(1).shape); // [2, 12]
 * ```
 */
export function flatten(x: Tensor, ...args: (number | FlattenOptions | undefined)[]): Tensor {
  const { startDim = 0, endDim = -1 } = named<FlattenOptions>("flatten", args, ["startDim", "endDim"]);
  const { shape } = asTensor("flatten", "the first argument", x);
  const from = resolveDim("flatten", startDim, shape), to = resolveDim("flatten", endDim, shape);
  if (from > to) {
    throw new RangeError(
      `Cannot flatten ${show(shape)} from dim ${startDim} to ${endDim}: the first comes later`,
    );
  }
  if (shape.length === 0) return reshape(x, [1]);
  return reshape(x, [...shape.slice(0, from), sizeOf(shape.slice(from, to + 1)), ...shape.slice(to + 1)]);
}

/** A view by strides, and the strides of the tensor that it is a view of. */
interface StridedParams {
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
  readonly layout: readonly number[];
}

const runStrided: (inputs: readonly Tensor[], params: StridedParams) => Tensor = defineOp<StridedParams>({
  name: "asStrided",
  forward: ([x], { shape, strides, offset }) => viewOf(x, shape, strides, x.offset + offset),
  isView: true,
  keeps: "nothing",
  grad: [(g, [x], _y, params) => stridedScatter([g.newZeros(x.shape), g], { ...params, layout: x.strides })],
});

/** `into` with the part that asStrided shows replaced by `part`; elements shown several times add up. */
const stridedScatter: (inputs: readonly Tensor[], params: StridedParams) => Tensor = defineOp<StridedParams>({
  name: "asStridedScatter",
  forward: ([into, part], params) => {
    const { shape, strides, offset } = params;
    const y = laidOut(into, params), target = viewOf(y, shape, strides, y.offset + offset);
    if (!overlaps(shape, strides)) target.copy_(part);
    else addInto(target, part);
    return y;
  },
  keeps: "nothing",
  grad: [
    (g, _inputs, _y, params) => stridedScatter([g, g.newZeros(params.shape)], params),
    (g, _inputs, _y, params) => runStrided([runLayOut([g], params)], params),
  ],
});

const runLayOut = defineOp<StridedParams>({
  name: "layOut",
  forward: ([x], params) => laidOut(x, params),
  keeps: "nothing",
  grad: [(g) => g],
});

/** A copy of `x` with the strides of `layout`, so that the view shows in it what it shows in the original. */
function laidOut(x: Tensor, { shape, strides, offset, layout }: StridedParams): Tensor {
  const reach = (shape: Shape, strides: readonly number[]) =>
    sizeOf(shape) === 0 ? 0 : shape.reduce((at, n, i) => at + (n - 1) * strides[i], 1);
  const size = Math.max(reach(x.shape, layout), offset + reach(shape, strides));
  if (isContiguous(x.shape, layout) && size <= sizeOf(x.shape)) return x.clone();
  const y = viewOf(x.newZeros([size]), x.shape, layout, 0);
  y.copy_(x);
  return y;
}

/** Whether two indices may show one element. */
function overlaps(shape: Shape, strides: readonly number[]): boolean {
  const dims = shape.map((size, i) => [size, strides[i]]).filter(([size]) => size > 1).sort((a, b) =>
    a[1] - b[1]
  );
  let reach = 0;
  for (const [size, stride] of dims) {
    if (stride <= reach) return true;
    reach += (size - 1) * stride;
  }
  return false;
}

/** Zeros what `target` shows, then adds `part` element by element, as repeated places need. */
function addInto(target: Tensor, part: Tensor): void {
  const all = target.storage.view(target.dtype), values = part.toTypedArray();
  const places = positions(target);
  for (let i = 0; i < places.length; i++) all[places[i]] = 0;
  for (let i = 0; i < places.length; i++) all[places[i]] += values[i];
  target.storage.version++;
}

function positions({ shape, strides, offset }: Tensor): Int32Array {
  const result = new Int32Array(sizeOf(shape)), index = shape.map(() => 0);
  for (let i = 0, at = offset; i < result.length; i++) {
    result[i] = at;
    for (let d = shape.length - 1; d >= 0; d--) {
      at += strides[d];
      if (++index[d] < shape[d]) break;
      at -= strides[d] * shape[d];
      index[d] = 0;
    }
  }
  return result;
}

/**
 * A view with any strides, in elements, over the storage of `x`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.as_strided.html}.
 *
 * @throws {RangeError} if an index would leave the storage.
 */
export function asStrided(
  x: Tensor,
  shape: Shape,
  strides: readonly number[],
  storageOffset: number | { storageOffset?: number } = 0,
): Tensor {
  return runStrided([x], stridedParams("asStrided", x, shape, strides, storageOffset));
}

/** Checks that a view with these strides stays inside the storage of `x`. */
function stridedParams(
  name: string,
  x: Tensor,
  shape: Shape,
  strides: readonly number[],
  storageOffset: number | { storageOffset?: number },
): StridedParams {
  const { storage, dtype } = asTensor(`call ${name}()`, "the first argument", x);
  const offset = isOptions(storageOffset) ? storageOffset.storageOffset ?? 0 : storageOffset;
  const size = asShape(`call ${name}()`, shape);
  const fits = Array.isArray(strides) && strides.length === size.length &&
    strides.every((s) => Number.isSafeInteger(s) && s >= 0) && Number.isSafeInteger(offset) &&
    offset >= 0;
  const last = fits ? size.reduce((at, n, i) => at + Math.max(n - 1, 0) * strides[i], offset) : 0;
  if (!fits || (sizeOf(size) > 0 && last >= storage.view(dtype).length - x.offset)) {
    throw new RangeError(
      `Cannot call ${name}() with shape ${describe(shape)}, strides ${describe(strides)} and offset ` +
        `${describe(offset)}: they must be whole, not negative, and stay inside the storage of ${
          show(x.shape)
        }`,
    );
  }
  return { shape: size, strides, offset, layout: x.strides };
}

/** Part of one dimension: `length` elements from `start` on, `step` apart. */
interface SliceParams {
  readonly dim: number;
  readonly start: number;
  readonly length: number;
  readonly step: number;
}

/** The arguments of {@link sliceDim} for given parameters. */
function boundsOf({ dim, start, length, step }: SliceParams): [number, number, number, number] {
  return [dim, start, start + length * step, step];
}

const runSlice = defineOp<SliceParams>({
  name: "slice",
  forward: ([x], { dim, start, length, step }) => {
    const shape = x.shape.map((size, i) => i === dim ? length : size);
    const strides = x.strides.map((s, i) => i === dim ? s * step : s);
    return viewOf(x, shape, strides, x.offset + start * x.strides[dim]);
  },
  isView: true,
  keeps: "nothing",
  grad: [(g, [x], _y, params) => g.newZeros(x.shape).sliceScatter(g, ...boundsOf(params))],
});

/** `into` with the part that {@link sliceDim} shows replaced by `part`. */
const runSliceScatter = defineOp<SliceParams>({
  name: "sliceScatter",
  forward: ([into, part], params) => {
    const y = into.clone();
    runSlice([y], params).copy_(part);
    return y;
  },
  keeps: "nothing",
  grad: [
    (g, [, part], _y, params) => g.sliceScatter(g.newZeros(part.shape), ...boundsOf(params)),
    (g, _inputs, _y, params) => g.sliceDim(...boundsOf(params)),
  ],
});

/** Python's slice of a dimension of `size` elements: bounds from the end where negative, clipped to the dimension. */
function sliceBounds(
  start: number | null,
  end: number | null,
  step: number,
  size: number,
): { start: number; length: number } {
  if (!Number.isInteger(step) || step < 1) {
    throw new RangeError(`Cannot slice with step ${describe(step)}: it must be a whole number of at least 1`);
  }
  const clip = (at: number | null, otherwise: number): number => {
    if (at === null || at === undefined) return otherwise;
    if (typeof at !== "number" || (!Number.isInteger(at) && Math.abs(at) !== Infinity)) {
      throw new TypeError(`Cannot slice from or to ${describe(at)}: bounds must be whole numbers`);
    }
    return Math.min(Math.max(at < 0 ? at + size : at, 0), size);
  };
  const from = clip(start, 0), to = clip(end, size);
  return { start: from, length: Math.max(0, Math.ceil((to - from) / step)) };
}

/**
 * Every `step`-th index of dimension `dim` from `start` up to `end`, as a view; bounds as in Python, null for all. What
 * `x.index([slice(start, end, step)])` does to one dimension.
 *
 * @example
 * ```ts
 * import { arange } from "@dinograd/dinograd";
 *
 * console.log(arange(6).sliceDim(0, 1, null, 2).toArray()); // [1, 3, 5]
 * ```
 */
export function sliceDim(
  x: Tensor,
  dim = 0,
  start: number | null = null,
  end: number | null = null,
  step = 1,
): Tensor {
  const d = resolveDim("slice", dim, asTensor("slice", "the first argument", x).shape);
  if (x.shape.length === 0) throw new ShapeError("Cannot slice a 0-d tensor: it has no dimension");
  return runSlice([x], { dim: d, step, ...sliceBounds(start, end, step, x.shape[d]) });
}

/** A copy of `x` in which what {@link sliceDim} shows is replaced by `src`. */
export function sliceScatter(
  x: Tensor,
  src: Tensor,
  dim = 0,
  start: number | null = null,
  end: number | null = null,
  step = 1,
): Tensor {
  const d = resolveDim("slice", dim, asTensor("slice", "the first argument", x).shape);
  const bounds = sliceBounds(start, end, step, x.shape[d]);
  checkExpands(
    "scatter",
    asTensor("scatter", "src", src).shape,
    x.shape.map((n, i) => i === d ? bounds.length : n),
  );
  return runSliceScatter([x, src], { dim: d, step, ...bounds });
}

/** A copy of `x` in which what {@link asStrided} shows is replaced by `src`. */
export function asStridedScatter(
  x: Tensor,
  src: Tensor,
  shape: Shape,
  strides: readonly number[],
  storageOffset: number | { storageOffset?: number } = 0,
): Tensor {
  const params = stridedParams("asStridedScatter", x, shape, strides, storageOffset);
  checkExpands("scatter", asTensor("scatter", "src", src).shape, params.shape);
  return stridedScatter([x, src], params);
}

/**
 * `length` elements of dimension `dim` from `start` on, as a view. See
 * {@link https://pytorch.org/docs/stable/generated/torch.narrow.html}.
 *
 * @example
 * ```ts
 * import { arange } from "@dinograd/dinograd";
 *
 * console.log(arange(5).narrow(0, 1, 3).toArray()); // [1, 2, 3]
 * ```
 */
export function narrow(x: Tensor, dim: number, start: number, length: number): Tensor {
  const d = resolveDim("narrow", dim, asTensor("narrow", "the first argument", x).shape),
    size = x.shape[d] ?? 0;
  const from = typeof start === "number" && start < 0 ? start + size : start;
  if (
    !Number.isInteger(from) || !Number.isInteger(length) || from < 0 || length < 0 || from + length > size
  ) {
    throw new RangeError(
      `Cannot narrow dim ${dim} of ${show(x.shape)} to ${describe(length)} elements from ${
        describe(start)
      } on: it has ${size}`,
    );
  }
  return runSlice([x], { dim: d, start: from, length, step: 1 });
}

/**
 * One index of dimension `dim`, as a view without that dimension. See
 * {@link https://pytorch.org/docs/stable/generated/torch.select.html}.
 *
 * @example
 * ```ts
 * import { tensor } from "@dinograd/dinograd";
 *
 * console.log(tensor([[1, 2], [3, 4]]).select(1, -1).toArray()); // [2, 4]
 * ```
 */
export function select(x: Tensor, dim: number, index: number): Tensor {
  if (asTensor("select", "the first argument", x).shape.length === 0) {
    throw new ShapeError("Cannot select from a 0-d tensor: it has no dimension");
  }
  const d = resolveDim("select", dim, x.shape), size = x.shape[d];
  if (!Number.isInteger(index) || index < -size || index >= size) {
    throw new RangeError(
      `Cannot select index ${describe(index)} of dim ${dim} of ${
        show(x.shape)
      }: it must be from ${-size} to ${size - 1}`,
    );
  }
  const part = runSlice([x], { dim: d, start: index < 0 ? index + size : index, length: 1, step: 1 });
  return runReshape([part], { shape: x.shape.filter((_, i) => i !== d) });
}
