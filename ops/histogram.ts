/** Histograms: how many elements, or how much weight, each bin gets. */
import { asCount, asFlag, asNumber, named, type Optional } from "../lib/arguments.ts";
import { type DType, isFloat } from "../lib/dtype.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import { sameShape, show, sizeOf } from "../lib/shape.ts";
import { asTensor, empty, Tensor } from "../lib/tensor.ts";

/** An input that can be counted: floats, as in PyTorch. */
function countable(name: string, x: unknown): Tensor {
  const input = asTensor(`call ${name}()`, "the input", x);
  if (isFloat(input.dtype)) return input.detach();
  throw new TypeError(
    `Cannot call ${name}() on dtype ${input.dtype}: it must be a float dtype; use .float()`,
  );
}

/** Numbers rounded as the dtype rounds them. */
function rounding(dtype: DType): (x: number) => number {
  return dtype === "float32" ? Math.fround : (x) => x;
}

/** The range of bins over the numbers `values[first]`, `values[first + step]` ...; where it is one number, `room` around it. */
function rangeOf(
  name: string,
  values: ArrayLike<number>,
  given: readonly [number, number] | null,
  room: number,
  [first, step]: readonly [number, number] = [0, 1],
): [number, number] {
  let [low, high] = given ?? (first < values.length ? [Infinity, -Infinity] : [0, 1]);
  if (given === null) {
    for (let i = first; i < values.length; i += step) {
      low = Math.min(low, values[i]);
      high = Math.max(high, values[i]);
    }
  }
  if (!Number.isFinite(low) || !Number.isFinite(high) || low > high) {
    throw new RangeError(
      `Cannot call ${name}() over the range from ${low} to ${high}: its ends must be finite and in this order`,
    );
  }
  return low === high ? [low - room, high + room] : [low, high];
}

/** Options of {@link histc}. */
export interface HistcOptions {
  /** How many bins; default 100. */
  bins?: number;
  /** Where the first begins; default 0. */
  min?: number;
  /** Where the last ends; default 0. Where both are equal the range is that of the elements. */
  max?: number;
}

/**
 * How many elements are in each of `bins` equal parts of the range from `min` to `max`; those outside, and NaN, are
 * passed over. See {@link https://pytorch.org/docs/stable/generated/torch.histc.html}.
 *
 * @example
 * ```ts
 * import { histc, tensor } from "@dinograd/dinograd";
 *
 * console.log(histc(tensor([1, 2, 1]), { bins: 4, min: 0, max: 3 }).toArray()); // [0, 2, 1, 0]
 * ```
 */
export function histc(x: Tensor, ...options: Optional<HistcOptions>): Tensor {
  const { bins = 100, min = 0, max = 0 } = named<HistcOptions>("histc", options, ["bins", "min", "max"]);
  const input = countable("histc", x), count = asBins("histc", bins), values = input.toTypedArray();
  const given = [asNumber("histc", "min", min), asNumber("histc", "max", max)] as const;
  const [low, high] = rangeOf("histc", values, given[0] === given[1] && values.length > 0 ? null : given, 1);
  const y = empty([count], input.dtype), round = rounding(input.dtype), totals = new Float64Array(count);
  const start = round(low), end = round(high), width = round(end - start);
  for (let i = 0; i < values.length; i++) {
    const v = values[i];
    if (!(v >= start && v <= end)) continue;
    totals[Math.min(Math.trunc(round(round(round(v - start) / width) * count)), count - 1)]++;
  }
  y.storage.view(y.dtype).set(totals, y.offset);
  return y;
}

function asBins(name: string, bins: unknown): number {
  const count = asCount(name, "bins", bins, 1);
  if (count < 2 ** 31) return count;
  throw new RangeError(`Cannot call ${name}() with bins ${count}: it must be below 2^31`);
}

/** The edges of equal bins, from both ends, so that the last is exact. */
function equalEdges(low: number, high: number, count: number, dtype: DType): Float64Array {
  const edges = new Float64Array(count + 1), round = rounding(dtype), from = round(low), to = round(high);
  const step = round(round(to - from) / count);
  for (let i = 0; i <= count; i++) {
    edges[i] = round(i < (count + 1) / 2 ? from + step * i : to - step * (count - i));
  }
  return edges;
}

/** The edges that a tensor lists. */
function listedEdges(name: string, bins: Tensor, dtype: DType): Float64Array {
  if (bins.ndim !== 1 || bins.numel() < 2 || bins.dtype !== dtype) {
    throw new ShapeError(
      `Cannot call ${name}() on ${dtype} with bins ${
        show(bins.shape)
      } of dtype ${bins.dtype}: edges must be at least two, in one row, of that dtype`,
    );
  }
  return Float64Array.from(bins.toTypedArray());
}

/**
 * The bin of v: from its left edge up to the next, which only the last one holds; −1 outside and for NaN. Searches as
 * C++'s upper_bound does, so that edges out of order give PyTorch's result.
 */
function binOf(v: number, edges: Float64Array): number {
  const last = edges.length - 1;
  if (!(v >= edges[0] && v <= edges[last])) return -1;
  let above = 0, length = edges.length;
  while (length > 0) {
    const half = length >> 1;
    if (v < edges[above + half]) length = half;
    else {
      above += half + 1;
      length -= half + 1;
    }
  }
  return Math.min(above, last) - 1;
}

/** {@link binOf} for equal bins: the right one at once, or one next to it. */
function equalBinOf(v: number, edges: Float64Array): number {
  const last = edges.length - 1, first = edges[0];
  if (!(v >= first && v <= edges[last])) return -1;
  let bin = Math.min(Math.trunc((v - first) / (edges[last] - first) * last), last - 1);
  while (bin > 0 && v < edges[bin]) bin--;
  while (bin < last - 1 && v >= edges[bin + 1]) bin++;
  return bin;
}

/** Counts the points of values [n, D] into the bins of each dimension, with their weights. */
function count(
  values: ArrayLike<number>,
  edges: readonly Float64Array[],
  equal: boolean,
  weight: ArrayLike<number> | null,
): Float64Array {
  const sizes = edges.map((list) => list.length - 1),
    totals = new Float64Array(sizeOf(sizes)),
    d = edges.length;
  for (let i = 0, n = 0; i < values.length; i += d, n++) {
    let at = 0;
    for (let j = 0; j < d && at >= 0; j++) {
      const bin = equal ? equalBinOf(values[i + j], edges[j]) : binOf(values[i + j], edges[j]);
      at = bin < 0 ? -1 : at * sizes[j] + bin;
    }
    if (at >= 0) totals[at] += weight === null ? 1 : weight[n];
  }
  return totals;
}

/** Divides totals by their sum and by the volume of each bin. */
function toDensity(totals: Float64Array, edges: readonly Float64Array[]): void {
  let sum = 0;
  for (let i = 0; i < totals.length; i++) sum += totals[i];
  for (let i = 0; i < totals.length; i++) {
    let volume = 1;
    for (let d = edges.length - 1, rest = i; d >= 0; d--) {
      const size = edges[d].length - 1, bin = rest % size;
      volume *= edges[d][bin + 1] - edges[d][bin];
      rest = (rest - bin) / size;
    }
    totals[i] /= sum * volume;
  }
}

/** Bins of one dimension: how many equal ones, or their edges in order. */
export type Bins = number | Tensor;

/** Options of {@link histogram} and {@link histogramdd}. */
export interface HistogramOptions {
  /** The first and last edge of equal bins, for each dimension; default: the range of the input. */
  range?: readonly number[] | null;
  /** What each element adds to its bin; default 1. */
  weight?: Tensor | null;
  /** Divide by the sum and by the size of each bin; default false. */
  density?: boolean;
}

function asRow(values: Float64Array, shape: readonly number[], dtype: DType): Tensor {
  const y = empty(shape, dtype);
  y.storage.view(dtype).set(values, y.offset);
  return y;
}

/** The histogram of `points` [..., D] over D lists of bins. */
function histogramOf(
  name: string,
  points: Tensor,
  bins: readonly Bins[],
  pointShape: readonly number[],
  options: readonly unknown[],
): [Tensor, Tensor[]] {
  const order = ["range", "weight", "density"] as const, values = points.toTypedArray(), { dtype } = points;
  const { range = null, weight = null, density = false } = named<HistogramOptions>(name, options, order);
  if (range !== null && (!Array.isArray(range) || range.length !== 2 * bins.length)) {
    throw new TypeError(
      `Cannot call ${name}() with range ${describe(range)}: it must be an array of ${
        2 * bins.length
      } numbers`,
    );
  }
  const ends = (range ?? []).map((end) => asNumber(name, "range", end));
  const edges = bins.map((given, d) => {
    if (given instanceof Tensor) return listedEdges(name, given, dtype);
    const wanted = range === null ? null : [ends[2 * d], ends[2 * d + 1]] as const;
    const [low, high] = rangeOf(name, values, wanted, 0.5, [d, bins.length]);
    return equalEdges(low, high, asBins(name, given), dtype);
  });
  const w = weight === null ? null : asTensor(`call ${name}()`, "weight", weight);
  if (w !== null && (!sameShape(w.shape, pointShape) || w.dtype !== dtype)) {
    throw new ShapeError(
      `Cannot call ${name}() with weight ${show(w.shape)} of dtype ${w.dtype}: it must be ${
        show(pointShape)
      } of dtype ${dtype}`,
    );
  }
  const totals = count(
    values,
    edges,
    bins.every((given) => typeof given === "number"),
    w === null ? null : w.toTypedArray(),
  );
  if (asFlag(name, "density", density)) toDensity(totals, edges);
  const sizes = edges.map((list) => list.length - 1);
  return [asRow(totals, sizes, dtype), edges.map((list) => asRow(list, [list.length], dtype))];
}

/**
 * The pair [histogram, edges] of all elements: bins hold their left edge, the last one both. See
 * {@link https://pytorch.org/docs/stable/generated/torch.histogram.html}.
 *
 * @throws {RangeError} if the range of equal bins is not finite.
 *
 * @example
 * ```ts
 * import { histogram, tensor } from "@dinograd/dinograd";
 *
 * const [counts, edges] = histogram(tensor([1, 2, 1]), 2, { range: [0, 4] });
 * console.log(counts.toArray(), edges.toArray()); // [2, 1] [0, 2, 4]
 * ```
 */
export function histogram(x: Tensor, bins: Bins, ...options: Optional<HistogramOptions>): [Tensor, Tensor] {
  const input = countable("histogram", x);
  const [totals, [edges]] = histogramOf(
    "histogram",
    input.reshape([input.numel(), 1]),
    [bins],
    input.shape,
    options,
  );
  return [totals, edges];
}

/**
 * The pair [histogram, edges of each dimension] of points, the rows of x [..., D]. `bins` is a number for all
 * dimensions, or for each a number or the edges. See
 * {@link https://pytorch.org/docs/stable/generated/torch.histogramdd.html}.
 *
 * @example
 * ```ts
 * import { histogramdd, tensor } from "@dinograd/dinograd";
 *
 * const [counts] = histogramdd(tensor([[0, 1], [1, 0], [2, 2], [2, 2]]), [2, 2]);
 * console.log(counts.toArray()); // [[0, 1], [1, 2]]
 * ```
 */
export function histogramdd(
  x: Tensor,
  bins: number | readonly Bins[],
  ...options: Optional<HistogramOptions>
): [Tensor, Tensor[]] {
  const input = countable("histogramdd", x), d = input.shape[input.ndim - 1];
  if (input.ndim < 2 || d === 0) {
    throw new ShapeError(`Cannot call histogramdd() on ${show(input.shape)}: it must be [..., D], D above 0`);
  }
  const list = Array.isArray(bins) ? bins : new Array<unknown>(d).fill(bins);
  if (list.length !== d) {
    throw new ShapeError(
      `Cannot call histogramdd() on ${show(input.shape)} with ${list.length} bins: it takes ${d}`,
    );
  }
  return histogramOf("histogramdd", input, list, input.shape.slice(0, -1), options);
}
