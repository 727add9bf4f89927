/** Reductions of runs of rows: segments next to each other along one dimension. */
import { asChoice, asFlag, asNumber, named, type Optional } from "../lib/arguments.ts";
import { isFloat } from "../lib/dtype.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import { indexTensor, readIndices } from "../lib/indices.ts";
import { mode } from "../lib/node.ts";
import { defineOp } from "../lib/op.ts";
import { resolveDim, sameShape, show, sizeOf } from "../lib/shape.ts";
import { asTensor, empty, type Tensor } from "../lib/tensor.ts";

/** How the rows of a segment become one. */
export type SegmentReduction = "sum" | "mean" | "max" | "min" | "prod";

/** Options of {@link segmentReduce}: `lengths` or `offsets` are needed. */
export interface SegmentReduceOptions {
  /** How many rows each segment has: the shape of the data up to `axis`, whose size is the number of segments. */
  lengths?: Tensor | null;
  /** In PyTorch, too, not in use. */
  indices?: null;
  /** Where each segment begins, and where the last ends. */
  offsets?: Tensor | null;
  /** The dimension of segments; default 0. */
  axis?: number;
  /** Segments need not cover the dimension; default false. */
  unsafe?: boolean;
  /** What each segment starts with; default: nothing, so that an empty one has no mean. */
  initial?: number | null;
}

/** The options as they are read: axis is one with dim everywhere. */
interface SegmentReduceArguments extends Omit<SegmentReduceOptions, "axis"> {
  readonly dim?: number;
}

/** Segments of the rows of a matrix: rows starts[i] up to ends[i]. */
interface Segments {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** The sums of the segments of x [rows, m]: [segments, m]. */
const segmentSum: (inputs: readonly Tensor[], params: Segments) => Tensor = defineOp<Segments>({
  name: "segmentSum",
  linear: true,
  forward: ([x], params) => combine(x, params, 0, "sum"),
  keeps: "nothing",
  grad: [(g, [x], _y, params) => spread([g], { ...params, rows: x.shape[0] })],
});

/** The reverse: the row of each segment of x [segments, m] in all its places, 0 elsewhere. */
const spread = defineOp<Segments & { readonly rows: number }>({
  name: "segmentSpread",
  linear: true,
  forward: ([x], { starts, ends, rows }) => {
    const y = x.newZeros([rows, x.shape[1]]), from = x.contiguous(), m = x.shape[1];
    const out = y.storage.view(y.dtype), values = from.storage.view(x.dtype);
    for (let i = 0; i < starts.length; i++) {
      for (let k = 0; k < m; k++) {
        const v = values[from.offset + i * m + k], end = y.offset + ends[i] * m;
        for (let at = y.offset + starts[i] * m + k; at < end; at += m) out[at] = v;
      }
    }
    return y;
  },
  keeps: "nothing",
  grad: [(g, _inputs, _y, { starts, ends }) => segmentSum([g], { starts, ends })],
});

const segmentExtreme = defineOp<Segments & { readonly initial: number; readonly how: "max" | "min" }>({
  name: "segmentExtreme",
  forward: ([x], { initial, how, ...segments }) => combine(x, segments, initial, how),
  keeps: "both",
  // all extremes of a segment share its gradient; so do all NaN
  grad: [(g, [x], y, { starts, ends }) => {
    const segments = { starts, ends }, all = { ...segments, rows: x.shape[0] };
    const isExtreme = x.eq(spread([y.detach()], all)).logicalOr(x.isnan()).to(x.dtype);
    return isExtreme.mul(spread([g.div(segmentSum([isExtreme], segments).clampMin(1))], all));
  }],
});

const segmentProduct = defineOp<Segments>({
  name: "segmentProduct",
  forward: ([x], params) => combine(x, params, 1, "prod"),
  keeps: "inputs",
  grad: [(g, [x], _y, { starts, ends }) => {
    return spread([g], { starts, ends, rows: x.shape[0] }).mul(others([x], { starts, ends }));
  }],
});

/** For each element the product of the others in its segment. */
const others: (inputs: readonly Tensor[], params: Segments) => Tensor = defineOp<Segments>({
  name: "segmentOthers",
  forward: ([x], params) => productsOfOthers(x, params, null),
  keeps: "both",
  grad: [(g, [x], y, params) => {
    if (!mode.recording) return productsOfOthers(x, params, g);
    // the third derivative and beyond, for elements that are not 0: (Σ g y − g y) / x
    const gy = g.mul(y);
    return spread([segmentSum([gy], params)], { ...params, rows: x.shape[0] }).sub(gy).div(x);
  }],
});

/**
 * Πₗ x[l] over l ≠ j in the segment of j; with g its gradient for x[j], Σₖ g[k] Πₗ x[l] over k ≠ j and l ≠ j, k. Of what
 * is before and what is after j come the product P and, with g, the sum S of g times products of the others; two parts
 * join to (P P', S P' + P S').
 */
function productsOfOthers(x: Tensor, { starts, ends }: Segments, g: Tensor | null): Tensor {
  const m = x.shape[1], from = x.contiguous(), y = x.newZeros(x.shape), weights = g?.contiguous();
  const out = y.storage.view(y.dtype),
    values = from.storage.view(x.dtype),
    w = weights?.storage.view(x.dtype);
  const before = new Float64Array(maxLength({ starts, ends })), sums = new Float64Array(before.length);
  for (let i = 0; i < starts.length; i++) {
    const n = ends[i] - starts[i];
    for (let k = 0; k < m; k++) {
      const first = starts[i] * m + k, at = from.offset + first, shift = weights ? weights.offset + first : 0;
      let product = 1, sum = 0;
      for (let j = 0; j < n; j++) {
        before[j] = product;
        sums[j] = sum;
        const v = values[at + j * m];
        if (w) sum = sum * v + product * w[shift + j * m];
        product *= v;
      }
      product = 1;
      sum = 0;
      for (let j = n - 1; j >= 0; j--) {
        const v = values[at + j * m];
        out[y.offset + first + j * m] = w ? sums[j] * product + before[j] * sum : before[j] * product;
        if (w) sum = sum * v + product * w[shift + j * m];
        product *= v;
      }
    }
  }
  return y;
}

function maxLength({ starts, ends }: Segments): number {
  let most = 0;
  for (let i = 0; i < starts.length; i++) most = Math.max(most, ends[i] - starts[i]);
  return most;
}

function combine(
  x: Tensor,
  { starts, ends }: Segments,
  initial: number,
  how: "sum" | "max" | "min" | "prod",
): Tensor {
  const m = x.shape[1], from = x.contiguous(), y = empty([starts.length, m], x.dtype);
  const out = y.storage.view(y.dtype), values = from.storage.view(x.dtype);
  for (let i = 0; i < starts.length; i++) {
    const end = from.offset + ends[i] * m;
    for (let k = 0; k < m; k++) {
      let total = initial, at = from.offset + starts[i] * m + k;
      if (how === "sum") { for (; at < end; at += m) total += values[at]; }
      else if (how === "prod") { for (; at < end; at += m) total *= values[at]; }
      else if (how === "max") { for (; at < end; at += m) total = Math.max(total, values[at]); }
      else for (; at < end; at += m) total = Math.min(total, values[at]);
      out[y.offset + i * m + k] = total;
    }
  }
  return y;
}

/** Reads where segments are: in rows of all the data before the axis, one after the other. */
function segmentsOf(
  x: Tensor,
  options: SegmentReduceArguments,
): { segments: Segments; axis: number; count: number } {
  const { lengths = null, offsets = null, unsafe = false } = options, name = "segmentReduce";
  const axis = resolveDim(`call ${name}()`, options.dim ?? 0, x.shape),
    loose = asFlag(name, "unsafe", unsafe);
  const what = offsets === null ? "lengths" : "offsets", given = offsets ?? lengths;
  if (given === null) {
    throw new TypeError(`Cannot call ${name}() without lengths or offsets: one of them is needed`);
  }
  const { values, shape } = readIndices(name, asTensor(`call ${name}()`, what, given)), size = x.shape[axis];
  const count = shape[axis] - (offsets === null ? 0 : 1), before = x.shape.slice(0, axis);
  if (shape.length !== axis + 1 || !sameShape(shape.slice(0, axis), before) || count < 0) {
    throw new ShapeError(
      `Cannot call ${name}() on ${show(x.shape)} along axis ${axis} with ${what} of shape ${
        show(shape)
      }: it must be ${show(before).replace("]", before.length ? ", " : "")}${
        offsets === null ? "segments" : "segments + 1"
      }]`,
    );
  }
  const outer = sizeOf(before), starts = new Int32Array(outer * count), ends = new Int32Array(outer * count);
  for (let o = 0, i = 0; o < outer; o++) {
    let at = offsets === null ? 0 : values[o * (count + 1)], covers = at === 0;
    for (let j = 0; j < count; j++, i++) {
      const stop = offsets === null ? at + values[i] : values[o * (count + 1) + j + 1];
      if (stop < at || at < 0 || stop > size) {
        throw new RangeError(
          `Cannot call ${name}() with a segment from ${at} to ${stop}: axis ${axis} has size ${size}`,
        );
      }
      starts[i] = o * size + at;
      ends[i] = o * size + (at = stop);
    }
    covers &&= at === size;
    if (covers || loose) continue;
    throw new RangeError(
      `Cannot call ${name}() with ${what} ${
        describe([...values])
      }: segments must cover axis ${axis} of size ${size}`,
    );
  }
  return { segments: { starts, ends }, axis, count };
}

/**
 * Reduces segments of `data` along `axis`: of `lengths` [3, 1], the first three rows and the next one. See
 * {@link https://pytorch.org/docs/stable/generated/torch.segment_reduce.html}.
 *
 * @throws {RangeError} if segments go beyond the axis, or leave some of it out and `unsafe` does not allow it.
 *
 * @example
 * ```ts
 * import { segmentReduce, tensor } from "@dinograd/dinograd";
 *
 * const lengths = tensor([3, 1], { dtype: "int32" });
 * console.log(segmentReduce(tensor([1, 2, 3, 4]), "sum", { lengths }).toArray()); // [6, 4]
 * ```
 */
export function segmentReduce(
  data: Tensor,
  reduce: SegmentReduction,
  ...options: Optional<SegmentReduceOptions>
): Tensor {
  const name = "segmentReduce",
    order = ["lengths", "indices", "offsets", "dim", "unsafe", "initial"] as const;
  const read = named<SegmentReduceArguments>(name, options, order), { initial = null } = read;
  const how = asChoice(name, "reduce", reduce, ["sum", "mean", "max", "min", "prod"]);
  const x = asTensor(`call ${name}()`, "data", data);
  if (!isFloat(x.dtype) || x.ndim === 0 || x.numel() === 0) {
    throw new TypeError(
      `Cannot call ${name}() on ${
        show(x.shape)
      } of dtype ${x.dtype}: it must be a float dtype, and not empty`,
    );
  }
  const start = initial === null ? null : asNumber(name, "initial", initial);
  const { segments, axis, count } = segmentsOf(x, read), inner = x.shape.slice(axis + 1);
  const rows = x.reshape([sizeOf(x.shape.slice(0, axis + 1)), sizeOf(inner)]);
  const y = reduceRows(rows, segments, how, start);
  return y.reshape([...x.shape.slice(0, axis), count, ...inner]);
}

function reduceRows(x: Tensor, segments: Segments, how: SegmentReduction, initial: number | null): Tensor {
  if (how === "prod") {
    const y = segmentProduct([x], segments);
    return initial === null ? y : y.mul(initial);
  }
  if (how === "max" || how === "min") {
    return segmentExtreme([x], {
      ...segments,
      how,
      initial: initial ?? (how === "max" ? -Infinity : Infinity),
    });
  }
  const sums = segmentSum([x], segments), y = initial === null ? sums : sums.add(initial);
  if (how === "sum") return y;
  // an empty segment has no mean, but may have an initial one
  const counts = segments.ends.map((end, i) => Math.max(end - segments.starts[i], initial === null ? 0 : 1));
  return y.div(indexTensor({ values: counts, shape: [counts.length, 1] }));
}
