/** Parts of one dimension: slices, ranges and single indices, as views. */
import { isFloat } from "../lib/dtype.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import { defineOp } from "../lib/op.ts";
import { checkExpands, resolveDim, show } from "../lib/shape.ts";
import { asTensor, Tensor, viewOf } from "../lib/tensor.ts";

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
  linear: true,
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

/**
 * A copy of `x` in which what {@link sliceDim} shows is replaced by `src`.
 *
 * @example
 * ```ts
 * import { sliceScatter, tensor, zeros } from "@dinograd/dinograd";
 *
 * console.log(sliceScatter(zeros([4]), tensor([7, 8]), 0, 1, 3).toArray()); // [0, 7, 8, 0]
 * ```
 */
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

/**
 * `length` elements of dimension `dim` from `start` on, as a view; `start` may be a 0-d integer tensor. See
 * {@link https://pytorch.org/docs/stable/generated/torch.narrow.html}.
 *
 * @example
 * ```ts
 * import { arange } from "@dinograd/dinograd";
 *
 * console.log(arange(5).narrow(0, 1, 3).toArray()); // [1, 2, 3]
 * ```
 */
export function narrow(x: Tensor, dim: number, start: number | Tensor, length: number): Tensor {
  const d = resolveDim("narrow", dim, asTensor("narrow", "the first argument", x).shape),
    size = x.shape[d] ?? 0;
  const first = start instanceof Tensor && start.shape.length === 0 && !isFloat(start.dtype)
    ? start.item()
    : start;
  const from = typeof first === "number" && first < 0 ? first + size : first;
  if (
    typeof from !== "number" || !Number.isInteger(from) || !Number.isInteger(length) || from < 0 ||
    length < 0 || from + length > size
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
  return part.reshape(x.shape.filter((_, i) => i !== d));
}
