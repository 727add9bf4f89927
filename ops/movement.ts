/** Views and copies: the same elements in another arrangement. Views share storage, as in PyTorch. */
import { named } from "../lib/arguments.ts";
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
  linear: true,
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

/**
 * As {@link reshape}, but never a copy. See {@link https://pytorch.org/docs/stable/generated/torch.Tensor.view.html}.
 *
 * @example
 * ```ts
 * import { arange, view } from "@dinograd/dinograd";
 *
 * console.log(view(arange(4), [2, 2]).toArray()); // [[0, 1], [2, 3]]
 * ```
 */
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

/**
 * {@link reshape} to the shape of another tensor.
 *
 * @example
 * ```ts
 * import { arange, reshapeAs, zeros } from "@dinograd/dinograd";
 *
 * console.log(reshapeAs(arange(4), zeros([2, 2])).toArray()); // [[0, 1], [2, 3]]
 * ```
 */
export function reshapeAs(x: Tensor, other: Tensor): Tensor {
  return reshape(x, asTensor("reshape", "other", other).shape);
}

/**
 * {@link view} in the shape of another tensor.
 *
 * @example
 * ```ts
 * import { arange, viewAs, zeros } from "@dinograd/dinograd";
 *
 * console.log(viewAs(arange(4), zeros([2, 2])).toArray()); // [[0, 1], [2, 3]]
 * ```
 */
export function viewAs(x: Tensor, other: Tensor): Tensor {
  return view(x, asTensor("view", "other", other).shape);
}

const runAlias = defineOp({
  name: "alias",
  linear: true,
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
  linear: true,
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

/**
 * The transpose of a matrix; tensors of fewer dimensions stay.
 *
 * @example
 * ```ts
 * import { t, tensor } from "@dinograd/dinograd";
 *
 * console.log(t(tensor([[1, 2], [3, 4]])).toArray()); // [[1, 3], [2, 4]]
 * ```
 */
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
  linear: true,
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

/**
 * {@link expand} to the shape of another tensor.
 *
 * @example
 * ```ts
 * import { expandAs, tensor, zeros } from "@dinograd/dinograd";
 *
 * console.log(expandAs(tensor([1, 2]), zeros([2, 2])).toArray()); // [[1, 2], [1, 2]]
 * ```
 */
export function expandAs(x: Tensor, other: Tensor): Tensor {
  return expand(x, asTensor("expand", "other", other).shape);
}

/**
 * {@link expand} as a function. See {@link https://pytorch.org/docs/stable/generated/torch.broadcast_to.html}.
 *
 * @example
 * ```ts
 * import { broadcastTo, tensor } from "@dinograd/dinograd";
 *
 * console.log(broadcastTo(tensor([1, 2]), [2, 2]).toArray()); // [[1, 2], [1, 2]]
 * ```
 */
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
