/** Looking elements up: in the flattened tensor, along a broadcast dimension, in a table of embeddings. */
import { asCount, asFlag, asNumber, named } from "../lib/arguments.ts";
import { isFloat } from "../lib/dtype.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import { checkIndices, type IndexLike, indexTensor, readIndices } from "../lib/indices.ts";
import { ORIGIN, type Places } from "../lib/blocks.ts";
import { changing, taking } from "../lib/places.ts";
import { defineOp } from "../lib/op.ts";
import { broadcastShapes, resolveDim, show, sizeOf } from "../lib/shape.ts";
import { asTensor, empty, Tensor, viewOf } from "../lib/tensor.ts";

const runTake = taking("take"), runPut = changing("put", "put"), runPutAdd = changing("putAdd", "add");

/** Places of single elements of `x` counted in row-major order. */
function elementsOf(name: string, x: Tensor, index: IndexLike): Places {
  const input = asTensor(`call ${name}()`, "the input", x), { values, shape } = readIndices(name, index);
  checkIndices(name, values, input.shape, -1, sizeOf(input.shape), true);
  return { outer: ORIGIN, at: values, block: 1, shape };
}

/**
 * Elements of `x` counted as if it were flat; negative indices count from the end. The result has the shape of the
 * index. See {@link https://pytorch.org/docs/stable/generated/torch.take.html}.
 *
 * @throws {RangeError} if an index is beyond the last element.
 *
 * @example
 * ```ts
 * import { take, tensor } from "@dinograd/dinograd";
 *
 * console.log(take(tensor([[4, 3], [2, 1]]), [0, -1]).toArray()); // [4, 1]
 * ```
 */
export function take(x: Tensor, index: IndexLike): Tensor {
  return runTake(x, elementsOf("take", x, index));
}

/** Reads the arguments of put. */
function putPlan(
  x: Tensor,
  index: IndexLike,
  source: Tensor,
  options: { accumulate?: boolean } | boolean,
): { add: boolean; places: Places; source: Tensor } {
  const { accumulate = false } = named<{ accumulate: boolean }>("put", [options], ["accumulate"]);
  const places = elementsOf("put", x, index), given = asTensor("call put()", "source", source);
  if (sizeOf(given.shape) !== places.at.length) {
    throw new ShapeError(
      `Cannot call put() with ${places.at.length} indices and source of shape ${
        show(given.shape)
      }: it must have as ` +
        `many elements`,
    );
  }
  if (given.dtype !== x.dtype) {
    throw new TypeError(
      `Cannot call put() on dtype ${x.dtype} with source of dtype ${given.dtype}: use .to()`,
    );
  }
  return { add: asFlag("put", "accumulate", accumulate), places, source: given.reshape(places.shape) };
}

/**
 * A copy of `x` whose elements at `index`, counted as if it were flat, are those of `source`, or have them added. See
 * {@link https://pytorch.org/docs/stable/generated/torch.Tensor.put_.html}.
 *
 * @example
 * ```ts
 * import { put, tensor, zeros } from "@dinograd/dinograd";
 *
 * console.log(put(zeros([2, 2]), [1, -1], tensor([5, 6])).toArray()); // [[0, 5], [0, 6]]
 * ```
 */
export function put(
  x: Tensor,
  index: IndexLike,
  source: Tensor,
  options: { accumulate?: boolean } | boolean = false,
): Tensor {
  const { add, places, source: given } = putPlan(x, index, source, options);
  return add ? runPutAdd(x, places, given) : runPut(x, places, given);
}

/**
 * {@link put} in place.
 *
 * @example
 * ```ts
 * import { tensor, zeros } from "@dinograd/dinograd";
 *
 * console.log(zeros([3]).put_([-1], tensor([7])).toArray()); // [0, 0, 7]
 * ```
 */
export function put_(
  x: Tensor,
  index: IndexLike,
  source: Tensor,
  options: { accumulate?: boolean } | boolean = false,
): Tensor {
  const { add, places, source: given } = putPlan(x, index, source, options);
  return (add ? runPutAdd : runPut).inPlace(x, places, given);
}

/**
 * {@link gather} with `x` and `indices` broadcast against each other in all dimensions but `dim`; without `dim`,
 * elements of the flattened tensor. Takes what argsort and argmax return. See
 * {@link https://pytorch.org/docs/stable/generated/torch.take_along_dim.html}.
 *
 * @example
 * ```ts
 * import { takeAlongDim, tensor } from "@dinograd/dinograd";
 *
 * console.log(takeAlongDim(tensor([[30, 10], [20, 40]]), tensor([[1], [0]]).int(), 1).toArray()); // [[10], [20]]
 * ```
 */
export function takeAlongDim(
  x: Tensor,
  indices: Tensor,
  dim?: number | null | { dim?: number | null },
): Tensor {
  const { dim: along = null } = named<{ dim: number | null }>(
    "takeAlongDim",
    dim === undefined || dim === null ? [] : [dim],
    ["dim"],
  );
  const input = asTensor("call takeAlongDim()", "the input", x);
  const index = asTensor("call takeAlongDim()", "indices", indices);
  if (along === null) return input.reshape([-1]).gather(0, index.reshape([-1]));
  if (input.shape.length !== index.shape.length) {
    throw new ShapeError(
      `Cannot call takeAlongDim() on ${show(input.shape)} with indices of shape ${
        show(index.shape)
      }: they must have as many dimensions`,
    );
  }
  const d = resolveDim("call takeAlongDim()", along, input.shape);
  const others = broadcastShapes(
    "call takeAlongDim() with shapes",
    input.shape.map((size, i) => i === d ? 1 : size),
    index.shape.map((size, i) => i === d ? 1 : size),
  );
  const withDim = (size: number) => others.map((other, i) => i === d ? size : other);
  const wide = index.expand(withDim(index.shape[d] ?? 1)), size = input.shape[d] ?? 1;
  const { values } = readIndices("takeAlongDim", wide);
  checkIndices("takeAlongDim", values, input.shape, d, size, true);
  return input.expand(withDim(size)).gather(d, indexTensor({ values, shape: wide.shape }));
}

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
  paddingIdx?: number | null | EmbeddingOptions,
  ...rest: (number | boolean | null | EmbeddingOptions)[]
): Tensor {
  if (
    indices instanceof Tensor && isFloat(indices.dtype) && weight instanceof Tensor && !isFloat(weight.dtype)
  ) {
    return embedding(weight, indices, paddingIdx, ...rest);
  }
  const order = ["paddingIdx", "maxNorm", "normType", "scaleGradByFreq", "sparse"] as const;
  const options = named<EmbeddingOptions>("embedding", [paddingIdx, ...rest], order);
  const { maxNorm = null, normType = 2, scaleGradByFreq = false } = options;
  const table = asTensor("call embedding()", "weight", weight),
    { values, shape } = readIndices("embedding", indices);
  if (table.shape.length !== 2) {
    throw new ShapeError(
      `Cannot call embedding() with weight of shape ${show(table.shape)}: it must have 2 dimensions`,
    );
  }
  const [rows, width] = table.shape, padding = paddingRow(options.paddingIdx ?? null, rows);
  checkIndices("embedding", values, table.shape, 0, rows);
  if (maxNorm !== null) {
    shorten(
      table,
      values,
      asNumber("embedding", "maxNorm", maxNorm),
      asNumber("embedding", "normType", normType),
    );
  }
  const y = runEmbedding(table, { outer: ORIGIN, at: values, block: width, shape: [...shape, width] });
  const byCount = asFlag("embedding", "scaleGradByFreq", scaleGradByFreq);
  if (padding === null && !byCount) return y;
  const counts = new Int32Array(rows),
    scale = empty([...shape, 1], y.dtype),
    out = scale.storage.view(y.dtype);
  for (let i = 0; i < values.length; i++) counts[values[i]]++;
  for (let i = 0; i < values.length; i++) {
    out[scale.offset + i] = values[i] === padding ? 0 : byCount ? 1 / counts[values[i]] : 1;
  }
  return scaleGradient([y], { scale });
}

function paddingRow(paddingIdx: unknown, rows: number): number | null {
  if (paddingIdx === null) return null;
  if (
    typeof paddingIdx === "number" && Number.isInteger(paddingIdx) && paddingIdx >= -rows && paddingIdx < rows
  ) {
    return paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
  }
  throw new RangeError(
    `Cannot call embedding() with paddingIdx ${
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

/**
 * For each whole number of `x`, a row of `numClasses` zeros with a 1 at that place: int32, shape [..., numClasses]. By
 * default there are as many classes as the largest number needs. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.one_hot.html}.
 *
 * @throws {RangeError} if a number is negative or not below `numClasses`.
 *
 * @example
 * ```ts
 * import { oneHot, tensor } from "@dinograd/dinograd";
 *
 * console.log(oneHot(tensor([2, 0], { dtype: "int32" })).toArray()); // [[0, 0, 1], [1, 0, 0]]
 * ```
 */
export function oneHot(x: IndexLike, numClasses: number | { numClasses?: number } = -1): Tensor {
  const { numClasses: wanted = -1 } = named<{ numClasses: number }>("oneHot", [numClasses], ["numClasses"]);
  const { values, shape } = readIndices("oneHot", x);
  let classes = wanted;
  if (wanted === -1) {
    classes = 0;
    for (let i = 0; i < values.length; i++) classes = Math.max(classes, values[i] + 1);
    if (values.length === 0) {
      throw new ShapeError(
        `Cannot call oneHot() on ${show(shape)}: without elements, numClasses must be given`,
      );
    }
  } else asCount("oneHot", "numClasses", wanted, values.length === 0 ? 1 : 0);
  for (let i = 0; i < values.length; i++) {
    if (values[i] >= 0 && values[i] < classes) continue;
    throw new RangeError(
      `Cannot call oneHot() on class ${values[i]} at position ${i}: it must be ${
        wanted === -1 ? "at least 0" : `from 0 to ${classes - 1}`
      }`,
    );
  }
  const y = empty([...shape, classes], "int32"), out = y.storage.view("int32");
  out.fill(0, y.offset, y.offset + values.length * classes);
  for (let i = 0; i < values.length; i++) out[y.offset + i * classes + values[i]] = 1;
  return y;
}
