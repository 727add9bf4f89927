/** Views of another shape: windows, split, joined and moved dimensions; and parts put back. */
import { named } from "../lib/arguments.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import { elementsOf, linesOf } from "../lib/lines.ts";
import { defineOp } from "../lib/op.ts";
import { type Dims, inferShape, resolveDim, resolveDims, type Shape, show } from "../lib/shape.ts";
import { asTensor, empty, type Tensor, viewOf } from "../lib/tensor.ts";

/** Windows of `size` elements along a dimension, `step` apart. */
interface WindowParams {
  readonly dim: number;
  readonly size: number;
  readonly step: number;
  readonly count: number;
}

const runUnfold: (inputs: readonly Tensor[], params: WindowParams) => Tensor = defineOp<WindowParams>({
  name: "unfold",
  forward: ([x], { dim, size, step, count }) => {
    const shape = [...x.shape.map((n, d) => d === dim ? count : n), size];
    const strides = [...x.strides.map((s, d) => d === dim ? s * step : s), x.strides[dim]];
    return viewOf(x, shape, strides);
  },
  isView: true,
  linear: true,
  keeps: "nothing",
  grad: [(g, [x], _y, params) => runFold([g], { ...params, shape: x.shape })],
});

/** The adjoint of unfold: each element gets the sum of what the windows have where they show it. */
const runFold: (inputs: readonly Tensor[], params: WindowParams & { shape: Shape }) => Tensor = defineOp<
  WindowParams & { shape: Shape }
>({
  name: "foldWindows",
  forward: ([x], { dim, size, step, count, shape }) => {
    const y = empty(shape, x.dtype), windows = elementsOf(x), sums = elementsOf(y).fill(0);
    const { outer, n, inner } = linesOf(shape, dim);
    for (let i = 0, at = 0; i < outer; i++) {
      for (let w = 0; w < count; w++) {
        for (let j = 0, start = (i * n + w * step) * inner; j < inner; j++, start++) {
          for (let k = 0; k < size; k++) sums[start + k * inner] += windows[at++];
        }
      }
    }
    return y;
  },
  linear: true,
  keeps: "nothing",
  grad: [(g, _inputs, _y, params) => runUnfold([g], params)],
});

/** A whole number of at least `least` among the arguments of unfold. */
function windowNumber(x: Tensor, what: string, value: unknown, least: number, most = Infinity): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most) {
    return value;
  }
  const range = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new RangeError(
    `Cannot unfold ${show(x.shape)} with ${what} ${describe(value)}: it must be a whole number ${range}`,
  );
}

/**
 * All windows of `size` elements along `dimension`, one every `step`, as a view: `dimension` counts windows, and a new
 * last dimension holds their elements. See {@link https://pytorch.org/docs/stable/generated/torch.Tensor.unfold.html}.
 *
 * @throws {RangeError} if not even one window fits, or `step` is not positive.
 *
 * @example
 * ```ts
 * import { arange } from "@dinograd/dinograd";
 *
 * console.log(arange(5).unfold(0, 3, 2).toArray()); // [[0, 1, 2], [2, 3, 4]]
 * ```
 */
export function unfold(x: Tensor, dimension: number, size: number, step: number): Tensor {
  const input = asTensor("unfold", "the input", x),
    line = input.shape.length === 0 ? input.reshape([1]) : input;
  const dim = resolveDim("unfold", dimension, line.shape), n = line.shape[dim];
  const length = windowNumber(x, "size", size, 0, n), apart = windowNumber(x, "step", step, 1);
  const windows = { dim, size: length, step: apart, count: Math.floor((n - length) / apart) + 1 };
  const y = runUnfold([line], windows);
  return input.shape.length === 0 ? y.select(0, 0) : y;
}

/**
 * A copy of `length` elements of dimension `dim` from `start` on. See
 * {@link https://pytorch.org/docs/stable/generated/torch.narrow_copy.html}.
 *
 * @throws {RangeError} if there are not as many.
 *
 * @example
 * ```ts
 * import { arange } from "@dinograd/dinograd";
 *
 * console.log(arange(5).narrowCopy(0, 1, 3).toArray()); // [1, 2, 3]
 * ```
 */
export function narrowCopy(x: Tensor, dim: number, start: number | Tensor, length: number): Tensor {
  return asTensor("narrow", "the first argument", x).narrow(dim, start, length).clone();
}

/**
 * A copy of `x` with index `index` of dimension `dim` replaced by `src`, which lacks that dimension. See
 * {@link https://pytorch.org/docs/stable/generated/torch.select_scatter.html}.
 *
 * @throws {ShapeError} if `src` has another shape than `x.select(dim, index)`.
 *
 * @example
 * ```ts
 * import { selectScatter, tensor, zeros } from "@dinograd/dinograd";
 *
 * console.log(selectScatter(zeros([2, 2]), tensor([1, 2]), 0, 1).toArray()); // [[0, 0], [1, 2]]
 * ```
 */
export function selectScatter(x: Tensor, src: Tensor, dim: number, index: number): Tensor {
  const { shape } = asTensor("call selectScatter()", "the input", x).select(dim, index);
  const part = asTensor("call selectScatter()", "src", src),
    d = resolveDim("call selectScatter()", dim, x.shape);
  if (show(part.shape) !== show(shape)) {
    throw new ShapeError(
      `Cannot call selectScatter() on ${show(x.shape)} with src of shape ${show(part.shape)}: it must be ${
        show(shape)
      }`,
    );
  }
  const at = index < 0 ? index + x.shape[d] : index;
  return x.sliceScatter(part.unsqueeze(d), d, at, at + 1);
}

/** Options of {@link unflatten}. */
export interface UnflattenOptions {
  /** The dimension to split. */
  dim?: number;
  /** What to split it into; one size may be −1, to be inferred. */
  sizes?: Shape;
}

/**
 * Splits dimension `dim` into several, one size of which may be −1. See
 * {@link https://pytorch.org/docs/stable/generated/torch.unflatten.html}.
 *
 * @throws {ShapeError} if the sizes do not multiply to that of `dim`.
 *
 * @example
 * ```ts
 * import { zeros } from "@dinograd/dinograd";
 *
 * console.log(zeros([2, 6]).unflatten(1, [3, -1]).shape); // [2, 3, 2]
 * ```
 */
export function unflatten(
  x: Tensor,
  dim: number | UnflattenOptions,
  sizes?: Shape | UnflattenOptions,
): Tensor {
  const given = named<UnflattenOptions>("unflatten", [dim, sizes], ["dim", "sizes"]);
  const { shape } = asTensor("unflatten", "the input", x), d = resolveDim("unflatten", given.dim, shape);
  if (shape.length === 0) throw new ShapeError("Cannot unflatten a 0-d tensor: it has no dimension");
  const parts = inferShape("unflatten", [shape[d]], given.sizes);
  return x.view([...shape.slice(0, d), ...parts, ...shape.slice(d + 1)]);
}

/**
 * All elements in a row: a view where possible. See {@link https://pytorch.org/docs/stable/generated/torch.ravel.html}.
 *
 * @example
 * ```ts
 * import { ravel, zeros } from "@dinograd/dinograd";
 *
 * console.log(ravel(zeros([2, 3])).shape); // [6]
 * ```
 */
export function ravel(x: Tensor): Tensor {
  return asTensor("ravel", "the input", x).reshape([-1]);
}

/** Options of {@link movedim}. */
export interface MovedimOptions {
  /** The dimensions to move. */
  source?: Dims;
  /** The position of each in the result. */
  destination?: Dims;
}

/** Dimensions in the order given, each once. */
function listed(dims: Dims | undefined, shape: Shape): number[] {
  return Array.isArray(dims) && dims.length === 0 ? [] : resolveDims("call movedim()", dims ?? NaN, shape);
}

/**
 * Moves dimensions to other positions; the others keep their order. A view. See
 * {@link https://pytorch.org/docs/stable/generated/torch.movedim.html}.
 *
 * @throws {RangeError} if a dimension appears twice, or there are more of one than of the other.
 *
 * @example
 * ```ts
 * import { zeros } from "@dinograd/dinograd";
 *
 * console.log(zeros([2, 3, 4]).movedim(0, -1).shape); // [3, 4, 2]
 * ```
 */
export function movedim(
  x: Tensor,
  source: Dims | MovedimOptions,
  destination?: Dims | MovedimOptions,
): Tensor {
  const given = named<MovedimOptions>("movedim", [source, destination], ["source", "destination"]);
  const { shape } = asTensor("call movedim()", "the input", x);
  const from = listed(given.source, shape), to = listed(given.destination, shape);
  if (from.length !== to.length) {
    throw new RangeError(
      `Cannot call movedim() with source ${describe(given.source)} and destination ${
        describe(given.destination)
      }: ` +
        `there must be as many of one as of the other`,
    );
  }
  const others = shape.map((_, d) => d).filter((d) => !from.includes(d));
  return x.permute(shape.map((_, d) => to.includes(d) ? from[to.indexOf(d)] : others.shift()!));
}

/**
 * {@link movedim} by PyTorch's other name.
 *
 * @example
 * ```ts
 * import { moveaxis, zeros } from "@dinograd/dinograd";
 *
 * console.log(moveaxis(zeros([2, 3, 4]), [0, 1], [1, 0]).shape); // [3, 2, 4]
 * ```
 */
export function moveaxis(
  x: Tensor,
  source: Dims | MovedimOptions,
  destination?: Dims | MovedimOptions,
): Tensor {
  return movedim(x, source, destination);
}

/**
 * `transpose` by the name that NumPy has for it.
 *
 * @example
 * ```ts
 * import { swapaxes, zeros } from "@dinograd/dinograd";
 *
 * console.log(swapaxes(zeros([2, 3, 4]), 0, 2).shape); // [4, 3, 2]
 * ```
 */
export function swapaxes(x: Tensor, axis0: number, axis1: number): Tensor {
  return asTensor("call swapaxes()", "the input", x).transpose(axis0, axis1);
}

/**
 * `transpose` by PyTorch's other name.
 *
 * @example
 * ```ts
 * import { swapdims, zeros } from "@dinograd/dinograd";
 *
 * console.log(swapdims(zeros([2, 3, 4]), 0, 2).shape); // [4, 3, 2]
 * ```
 */
export function swapdims(x: Tensor, dim0: number, dim1: number): Tensor {
  return asTensor("call swapdims()", "the input", x).transpose(dim0, dim1);
}
