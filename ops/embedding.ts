/** Tables of embeddings: rows looked up one by one, or summed up in bags. */
import { asChoice, asFlag, asNumber, named } from "../lib/arguments.ts";
import { ORIGIN } from "../lib/blocks.ts";
import { isFloat } from "../lib/dtype.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import { checkIndices, type IndexLike, type Indices, readIndices } from "../lib/indices.ts";
import { asPartner } from "../lib/layer.ts";
import { defineOp } from "../lib/op.ts";
import { taking } from "../lib/places.ts";
import { type Shape, show } from "../lib/shape.ts";
import { combineAlong, type Routes, sparseMap } from "../lib/sparse_map.ts";
import { asTensor, empty, Tensor, viewOf } from "../lib/tensor.ts";
import { again, derived } from "../lib/watch.ts";

/** Options of {@link embedding}. */
export interface EmbeddingOptions {
  /** The row that takes no gradient: that of padding. */
  paddingIdx?: number | null;
  /** Rows that are looked up are first shortened, in place, to this norm. */
  maxNorm?: number | null;
  /** The p of the norm; default 2. */
  normType?: number;
  /** Divide each row's gradient by how often it was looked up; default false. */
  scaleGradByFreq?: boolean;
  /** Accepted for PyTorch's sake: gradients are dense. */
  sparse?: boolean;
}

const runEmbedding = taking("embedding");

/** The same numbers; gradients are multiplied by `scale`, which broadcasts to them. */
const scaleGradient = defineOp<{ scale: Tensor }>({
  name: "scaleGradient",
  forward: ([x]) => viewOf(x, x.shape, x.strides),
  keeps: "nothing",
  grad: [(g, _inputs, _y, { scale }) => g.mul(scale)],
});

/** Indices and table, whose dtypes tell them apart if they come in the other order. */
function inOrder(indices: unknown, weight: unknown): [indices: unknown, weight: unknown] {
  const isTable = indices instanceof Tensor && isFloat(indices.dtype);
  return isTable && weight instanceof Tensor && !isFloat(weight.dtype)
    ? [weight, indices]
    : [indices, weight];
}

/** A table and the rows to look up in it. */
interface Lookup {
  readonly table: Tensor;
  readonly values: Int32Array;
  /** The shape of the indices. */
  readonly shape: Shape;
  readonly padding: number | null;
  /** What a gradient for each row of the table is divided by; null: by nothing. */
  readonly counts: Int32Array | null;
}

/** Reads what {@link embedding} and {@link embeddingBag} share, and shortens rows that are too long. */
function lookUp(name: string, first: unknown, second: unknown, options: EmbeddingOptions): Lookup {
  const [indices, weight] = inOrder(first, second);
  const { maxNorm = null, normType = 2, scaleGradByFreq = false, sparse = false } = options;
  const table = asTensor(`call ${name}()`, "weight", weight);
  if (table.shape.length !== 2) {
    throw new ShapeError(
      `Cannot call ${name}() with weight of shape ${show(table.shape)}: it must have 2 dimensions`,
    );
  }
  const [rows] = table.shape, padding = paddingRow(name, options.paddingIdx ?? null, rows);
  const read = () => rowsOf(name, table, indices);
  const { values, shape } = name === "embedding" ? derived(name, read) : read();
  asFlag(name, "sparse", sparse);
  if (maxNorm !== null) {
    shorten(table, values, asNumber(name, "maxNorm", maxNorm), asNumber(name, "normType", normType));
  }
  const counts = asFlag(name, "scaleGradByFreq", scaleGradByFreq)
    ? derived(name, () => occurrences(values, rows))
    : null;
  return { table, values, shape, padding, counts };
}

/**
 * The rows of `weight` [n, d] that `indices` [...] name: [..., d]. Two tensors may come in either order, as their
 * dtypes tell them apart. See {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.embedding.html}.
 *
 * @throws {RangeError} if an index is not a row of `weight`.
 *
 * @example
 * ```ts
 * import { embedding, tensor } from "@dinograd/dinograd";
 *
 * const weight = tensor([[0.1, 0.2], [0.3, 0.4]], { dtype: "float64" });
 * console.log(embedding([1, 0, 1], weight).toArray()); // [[0.3, 0.4], [0.1, 0.2], [0.3, 0.4]]
 * ```
 */
export function embedding(
  indices: IndexLike,
  weight: Tensor,
  ...rest: (number | boolean | null | EmbeddingOptions | undefined)[]
): Tensor {
  const order = ["paddingIdx", "maxNorm", "normType", "scaleGradByFreq", "sparse"] as const;
  const options = named<EmbeddingOptions>("embedding", rest, order);
  const { table, values, shape, padding, counts } = lookUp("embedding", indices, weight, options),
    width = table.shape[1];
  const y = runEmbedding(table, { outer: ORIGIN, at: values, block: width, shape: [...shape, width] });
  if (padding === null && !counts) return y;
  const scale = empty([...shape, 1], y.dtype);
  again("embedding", () => {
    const out = scale.storage.view(y.dtype);
    for (let i = 0; i < values.length; i++) {
      out[scale.offset + i] = values[i] === padding ? 0 : counts ? 1 / counts[values[i]] : 1;
    }
  });
  return scaleGradient([y], { scale });
}

/** The indices of rows of a table, checked. */
function rowsOf(name: string, table: Tensor, indices: unknown): Indices {
  const found = readIndices(name, indices);
  checkIndices(name, found.values, table.shape, 0, table.shape[0]);
  return found;
}

/** How often each of `count` numbers is among the values. */
function occurrences(values: Int32Array, count: number): Int32Array {
  const counts = new Int32Array(count);
  for (let i = 0; i < values.length; i++) counts[values[i]]++;
  return counts;
}

function paddingRow(name: string, paddingIdx: unknown, rows: number): number | null {
  if (paddingIdx === null) return null;
  if (
    typeof paddingIdx === "number" && Number.isInteger(paddingIdx) && paddingIdx >= -rows && paddingIdx < rows
  ) {
    return paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
  }
  throw new RangeError(
    `Cannot call ${name}() with paddingIdx ${
      describe(paddingIdx)
    }: weight has ${rows} rows, it must be from ${-rows} ` +
      `to ${rows - 1}`,
  );
}

/** Scales those rows of a table whose p-norm is above `limit` down to it, in place. */
function shorten(table: Tensor, rows: Int32Array, limit: number, p: number): void {
  const all = table.storage.view(table.dtype), [step, by] = table.strides, width = table.shape[1];
  for (const row of new Set(rows)) {
    const start = table.offset + row * step;
    let sum = 0, largest = 0;
    for (let j = 0; j < width; j++) {
      const size = Math.abs(all[start + j * by]);
      sum += size ** p;
      if (size > largest) largest = size;
    }
    const norm = p === Infinity ? largest : sum ** (1 / p);
    if (norm <= limit) continue;
    const factor = limit / (norm + 1e-7); // PyTorch's guard
    for (let j = 0; j < width; j++) all[start + j * by] *= factor;
  }
  table.storage.version++;
}

/** Options of {@link embeddingBag}. */
export interface EmbeddingBagOptions extends EmbeddingOptions {
  /** Where each bag begins; for 1-d indices only, and required there. */
  offsets?: IndexLike | null;
  /** How a bag is summed up; default "mean". */
  mode?: "sum" | "mean" | "max";
  /** What each row is multiplied by, of the shape of the indices; in mode "sum" only. */
  perSampleWeights?: Tensor | null;
  /** Whether the last offset is the end of the last bag, not the start of another; default false. */
  includeLastOffset?: boolean;
}

/**
 * Sums, means or maxima of bags of rows of `weight` [n, d]: [bags, d]. 2-d `indices` have a bag in each row; 1-d ones
 * are divided by `offsets`. Rows of `paddingIdx` do not count; an empty bag gives 0. The two tensors may come in either
 * order. See {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.embedding_bag.html}.
 *
 * @throws {RangeError} if an index is not a row of `weight`, or offsets do not go up from 0.
 *
 * @example
 * ```ts
 * import { embeddingBag, tensor } from "@dinograd/dinograd";
 *
 * const weight = tensor([[1, 2], [3, 4], [5, 6]]);
 * console.log(embeddingBag([[0, 2], [1, 1]], weight).toArray()); // [[3, 4], [3, 4]]
 * console.log(embeddingBag([0, 1, 2], weight, [0, 2], { mode: "sum" }).toArray()); // [[4, 6], [5, 6]]
 * ```
 */
export function embeddingBag(
  indices: IndexLike,
  weight: Tensor,
  ...rest: (IndexLike | string | boolean | null | EmbeddingBagOptions | undefined)[]
): Tensor {
  const options = named<EmbeddingBagOptions>("embeddingBag", rest, [
    "offsets",
    "maxNorm",
    "normType",
    "scaleGradByFreq",
    "mode",
    "sparse",
    "perSampleWeights",
    "includeLastOffset",
    "paddingIdx",
  ]);
  const mode = asChoice("embeddingBag", "mode", options.mode ?? "mean", ["sum", "mean", "max"]);
  const found = lookUp("embeddingBag", indices, weight, options), { table, shape, counts } = found;
  const factors = asPartner("embeddingBag", "perSampleWeights", options.perSampleWeights, table, shape);
  if (factors && mode !== "sum") {
    throw new TypeError(
      `Cannot call embeddingBag() with perSampleWeights in mode "${mode}": only "sum" takes them`,
    );
  }
  if (counts && mode === "max") {
    throw new TypeError('Cannot call embeddingBag() with scaleGradByFreq in mode "max": the others take it');
  }
  const routes = bagsOf(found, options);
  if (mode === "max") return largest(table, routes);
  const rows = counts ? scaleGradient([table], { scale: inverse(counts, table) }) : table,
    [n, d] = rows.shape;
  if (!factors) {
    const sums = combineAlong(rows, 0, { ...routes, weight: new Float64Array(routes.source.length).fill(1) });
    return mode === "mean" ? sums.mul(inverse(countsOf(routes), sums)) : sums;
  }
  return sparseMap(
    [rows.reshape([1, 1, n, d]), factors.reshape([1, shape.reduce((a, b) => a * b, 1)])],
    routes,
  )
    .reshape([routes.size, d]);
}

/** From the row that each index names to its bag. */
function bagsOf({ values, shape, padding, table }: Lookup, options: EmbeddingBagOptions): Routes {
  const { offsets = null, includeLastOffset = false } = options,
    hasEnd = asFlag("embeddingBag", "includeLastOffset", includeLastOffset);
  if (shape.length < 1 || shape.length > 2 || (shape.length === 1) === (offsets === null)) {
    throw new ShapeError(
      `Cannot call embeddingBag() on ${show(table.shape)} with indices of shape ${show(shape)} ${
        offsets === null ? "without" : "and"
      } offsets: 1-d indices need offsets, 2-d ones must have none`,
    );
  }
  const starts = shape.length === 2
    ? Int32Array.from({ length: shape[0] }, (_, i) => i * shape[1])
    : startsOf(offsets!, values.length, hasEnd);
  const size = shape.length === 2 ? shape[0] : hasEnd ? starts.length - 1 : starts.length;
  const target = new Int32Array(values.length).fill(-1);
  for (let bag = 0; bag < size; bag++) {
    const end = bag + 1 < starts.length ? starts[bag + 1] : values.length;
    for (let i = starts[bag]; i < end; i++) target[i] = bag;
  }
  return {
    source: padding === null ? values : values.map((row) => row === padding ? -1 : row),
    target,
    size,
  };
}

function startsOf(offsets: IndexLike, count: number, hasEnd: boolean): Int32Array {
  const { values, shape } = readIndices("embeddingBag", offsets);
  const rises = values.every((at, i) => i === 0 ? at === 0 : at >= values[i - 1] && at <= count);
  if (shape.length === 1 && rises && (!hasEnd || values.length > 0)) return values;
  throw new RangeError(
    `Cannot call embeddingBag() on ${count} indices with offsets ${
      describe([...values])
    }: they must be 1-d, begin with ` +
      `0, go up and end at ${count} or before`,
  );
}

/** How many rows each bag has. */
function countsOf({ source, target, size }: Routes): Int32Array {
  const counts = new Int32Array(size);
  for (let i = 0; i < source.length; i++) if (source[i] >= 0 && target[i] >= 0) counts[target[i]]++;
  return counts;
}

/** The largest element of each bag, column by column; the first of equal ones takes the gradient. */
function largest(table: Tensor, { source, target, size }: Routes): Tensor {
  const d = table.shape[1], packed = table.detach().contiguous(), all = packed.storage.view(packed.dtype);
  const best = new Int32Array(size * d).fill(-1);
  for (let i = 0; i < source.length; i++) {
    if (source[i] < 0 || target[i] < 0) continue;
    for (let j = 0; j < d; j++) {
      const at = source[i] * d + j, k = target[i] * d + j, old = best[k];
      if (old < 0 || all[packed.offset + at] > all[packed.offset + old]) best[k] = at;
    }
  }
  const routes = {
    source: best,
    target: best.map((_, k) => k),
    weight: new Float64Array(size * d).fill(1),
    size: size * d,
  };
  return combineAlong(table.reshape([-1]), 0, routes).reshape([size, d]);
}

/** 1 / counts as a column, and 0 for none: rows that were not looked up, empty bags. */
function inverse(counts: Int32Array, like: Tensor): Tensor {
  const y = empty([counts.length, 1], like.dtype);
  y.storage.view(y.dtype).set(Float64Array.from(counts, (n) => n > 0 ? 1 / n : 0), y.offset);
  return y;
}
