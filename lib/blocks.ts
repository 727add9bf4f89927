/**
 * Blocks: a tensor seen as runs of equal length, listed in the order in which they form another tensor.
 *
 * The loops of places.ts, and the lists they go by. Lists are checked when they are made; the loops trust them. Sums
 * of positions carry `| 0`, without which V8 computes them as doubles and gathering a million numbers takes 1.2 ms,
 * not 0.8.
 */
import { type DType, isFloat, type TypedArray } from "./dtype.ts";
import { ShapeError } from "./errors.ts";
import { PointwiseKernel } from "./execute.ts";
import { Graph } from "./formula.ts";
import {
  checkIndices,
  type IndexLike,
  type Indices,
  outerSum,
  outOfRange,
  readIndices,
  scaled,
  steps,
} from "./indices.ts";
import { isContiguous, resolveDim, type Shape, show, sizeOf, stridesOf } from "./shape.ts";
import { asTensor, empty, indexer, type Tensor, viewOf } from "./tensor.ts";
import { derived } from "./watch.ts";

/** Which blocks of x make up y: block outer[i] + at[j] of x is block i · at.length + j of y. */
export interface Places {
  readonly outer: Int32Array;
  readonly at: Int32Array;
  /** Elements in a block. */
  readonly block: number;
  /** The shape of y. */
  readonly shape: Shape;
}

/** The outer list of places that one list describes. */
export const ORIGIN: Int32Array = new Int32Array(1);

/** A block at least this long is copied by one call, which takes 60 ns; shorter ones in a loop. */
const LONG = 48;

/** Places with `x` seen through one index list per dimension; null keeps a dimension as it is. */
export function placesAlong(from: Shape, maps: readonly (Int32Array | null)[]): Places {
  const shape = from.map((size, d) => maps[d]?.length ?? size);
  let mapped = from.length;
  while (mapped > 0 && !maps[mapped - 1]) mapped--;
  const strides = stridesOf(from.slice(0, mapped)), block = sizeOf(from.slice(mapped));
  let outer = ORIGIN, at = ORIGIN;
  for (let d = 0; d < mapped; d++) {
    const map = maps[d], positions = map ? scaled(map, strides[d]) : steps(from[d], strides[d]);
    if (d < mapped - 1) outer = outerSum(outer, positions);
    else at = positions;
  }
  return { outer, at, block, shape };
}

/** Places of gather and scatter: at each position of the index, the element of x at that position but for `dim`. */
export function elementPlaces(name: string, x: Tensor, dim: number, index: IndexLike): Places {
  return derived(name, () => placesOfElements(name, x, dim, index));
}

function placesOfElements(name: string, x: Tensor, dim: number, index: IndexLike): Places {
  const from = x.shape.length === 0 ? [1] : x.shape, d = resolveDim(`call ${name}()`, dim, from);
  const { values: at, shape } = readIndices(name, index), to = shape.length === 0 ? [1] : shape;
  if (at.length === 0) return { outer: ORIGIN, at, block: 1, shape };
  if (to.length !== from.length || to.some((size, i) => i !== d && size > from[i])) {
    throw new ShapeError(
      `Cannot call ${name}() on ${show(x.shape)} with an index of shape ${
        show(shape)
      }: the index must have as many ` +
        `dimensions and, except in dim ${d}, sizes at most as large`,
    );
  }
  const strides = stridesOf(from), last = from.length - 1, columns = to[last], size = from[d];
  const along = strides[d], across = d === last ? 0 : 1;
  let rows = ORIGIN;
  for (let i = 0; i < last; i++) rows = outerSum(rows, steps(to[i], i === d ? 0 : strides[i]));
  for (let row = 0, k = 0; row < rows.length; row++) {
    const start = rows[row];
    for (let j = 0; j < columns; j++) {
      const v = at[k];
      if (v < 0 || v >= size) throw outOfRange(name, v, x.shape, d, size, false);
      at[k++] = (start + v * along + j * across) | 0;
    }
  }
  return { outer: ORIGIN, at, block: 1, shape };
}

/** Places of the slices of `x` that a list of indices along `dim` names; if `wraps`, negative ones count from the end. */
export function slicePlaces(
  name: string,
  x: Tensor,
  dim: number,
  { values, shape }: Indices,
  wraps = false,
): Places {
  const input = asTensor(`call ${name}()`, "the input", x),
    d = resolveDim(`call ${name}()`, dim, input.shape);
  if (shape.length > 1) {
    throw new ShapeError(
      `Cannot call ${name}() with an index of shape ${show(shape)}: it must have one dimension`,
    );
  }
  checkIndices(name, values, input.shape, d, input.shape[d] ?? 1, wraps);
  if (input.shape.length > 0) {
    return placesAlong(
      input.shape,
      input.shape.map((_, i) => i === d ? values : null),
    );
  }
  if (values.length === 1 || name !== "indexSelect") {
    return { outer: ORIGIN, at: values, block: 1, shape: [] };
  }
  throw new ShapeError(`Cannot call ${name}() on a 0-d tensor with ${values.length} indices: it must be one`);
}

/** The blocks of `x` at the places, as a new tensor. */
export function takeBlocks(x: Tensor, { outer, at, block, shape }: Places): Tensor {
  const y = empty(shape, x.dtype), out = y.storage.view(y.dtype), count = at.length;
  let k = y.offset | 0;
  if (!isContiguous(x.shape, x.strides) && sizeOf(shape) * 8 < sizeOf(x.shape)) {
    // few elements of a large view: fetch each rather than copy everything
    const all = x.storage.view(x.dtype), position = indexer(x);
    for (let i = 0; i < outer.length; i++) {
      for (let j = 0; j < count; j++) {
        const from = (outer[i] + at[j]) * block;
        for (let n = 0; n < block; n++) out[k++] = all[position(from + n)];
      }
    }
    return y;
  }
  const source = x.contiguous(), all = source.storage.view(x.dtype), start = source.offset;
  for (let i = 0; i < outer.length; i++) {
    if (block === 1) {
      const from = (start + outer[i]) | 0;
      for (let j = 0; j < count; j++) out[k++] = all[(from + at[j]) | 0];
      continue;
    }
    for (let j = 0; j < count; j++) {
      const from = (start + (outer[i] + at[j]) * block) | 0;
      if (block >= LONG) out.set(all.subarray(from, from + block), k);
      else for (let n = 0; n < block; n++) out[k + n] = all[from + n];
      k += block;
    }
  }
  return y;
}

/** How a change treats what was there. */
export type Change = "put" | "add" | "mul" | "max" | "min";

/** Blocks at least this long are combined by kernels, whose calls take 250 ns: 3 times faster from 2000 elements on. */
const WIDE = 256;

const graph = new Graph(), [there, given] = [graph.input(0), graph.input(1)];
const kernels = {
  add: new PointwiseKernel(graph.algebra.add(there, given)),
  mul: new PointwiseKernel(graph.algebra.mul(there, given)),
  max: new PointwiseKernel(graph.algebra.max(there, given)),
  min: new PointwiseKernel(graph.algebra.min(there, given)),
};

/** Combines the blocks of `source` with those of the contiguous tensor `y` at the places. */
export function writeBlocks(y: Tensor, { outer, at, block }: Places, source: Tensor, change: Change): void {
  const all = y.storage.view(y.dtype), count = at.length;
  const given = source.storage === y.storage ? source.clone() : source.contiguous();
  const values = given.storage.view(given.dtype);
  const how = change === "add" && y.dtype === "bool" ? "max" : change;
  const kernel = how !== "put" && block >= WIDE && isFloat(y.dtype) ? kernels[how] : null;
  for (let i = 0, k = given.offset | 0; i < outer.length; i++) {
    if (block === 1) {
      writeElements(all, (y.offset + outer[i]) | 0, at, values, k, how);
      k += count;
      continue;
    }
    for (let j = 0; j < count; j++, k += block) {
      const to = (y.offset + (outer[i] + at[j]) * block) | 0;
      if (kernel) {
        const part = viewOf(y, [block], [1], to);
        kernel.run(part, y.dtype, [part, viewOf(given, [block], [1], k)]);
      } else if (how === "put" && block >= LONG) all.set(values.subarray(k, k + block), to);
      else writeRun(all, to, values, k, block, how);
    }
  }
}

/** Combines the elements of `values` from `k` on with those of `all` listed by `at`. */
function writeElements(
  all: TypedArray,
  start: number,
  at: Int32Array,
  values: TypedArray,
  k: number,
  change: Change,
): void {
  const count = at.length;
  switch (change) {
    case "put":
      for (let j = 0; j < count; j++) all[(start + at[j]) | 0] = values[k + j];
      break;
    case "add":
      for (let j = 0; j < count; j++) all[(start + at[j]) | 0] += values[k + j];
      break;
    case "mul":
      for (let j = 0; j < count; j++) all[(start + at[j]) | 0] *= values[k + j];
      break;
    default: {
      const isMax = change === "max";
      for (let j = 0; j < count; j++) {
        const to = (start + at[j]) | 0, v = values[k + j];
        all[to] = isMax ? Math.max(all[to], v) : Math.min(all[to], v);
      }
    }
  }
}

/** Combines `count` elements of `values` from `k` on with as many of `all` from `to` on. */
function writeRun(
  all: TypedArray,
  to: number,
  values: TypedArray,
  k: number,
  count: number,
  change: Change,
): void {
  switch (change) {
    case "put":
      for (let n = 0; n < count; n++) all[to + n] = values[k + n];
      break;
    case "add":
      for (let n = 0; n < count; n++) all[to + n] += values[k + n];
      break;
    case "mul":
      for (let n = 0; n < count; n++) all[to + n] *= values[k + n];
      break;
    case "max":
      for (let n = 0; n < count; n++) all[to + n] = Math.max(all[to + n], values[k + n]);
      break;
    default:
      for (let n = 0; n < count; n++) all[to + n] = Math.min(all[to + n], values[k + n]);
  }
}

/** Writes a number into the blocks of the contiguous tensor `y` at the places, or adds it to them. */
export function fillBlocks(
  y: Tensor,
  { outer, at, block }: Places,
  number: number,
  change: "put" | "add",
): void {
  const all = y.storage.view(y.dtype),
    isBool = y.dtype === "bool",
    value = isBool ? Number(number !== 0) : number;
  for (let i = 0; i < outer.length; i++) {
    for (let j = 0; j < at.length; j++) {
      const to = (y.offset + (outer[i] + at[j]) * block) | 0;
      if (change === "put") all.fill(value, to, to + block);
      else if (isBool) { for (let n = 0; n < block; n++) all[to + n] |= value; }
      else for (let n = 0; n < block; n++) all[to + n] += value;
    }
  }
}

/** How the elements that meet at one place combine. */
export type Reduction = "sum" | "prod" | "mean" | "amax" | "amin";

const changes = { sum: "add", prod: "mul", mean: "add", amax: "max", amin: "min" } as const;

/** Combines the blocks of `source` with those of the contiguous tensor `y`, or with each other only. */
export function reduceBlocks(
  y: Tensor,
  places: Places,
  source: Tensor,
  reduce: Reduction,
  includeSelf: boolean,
): void {
  if (!includeSelf) fillBlocks(y, places, neutral(reduce, y.dtype), "put");
  writeBlocks(y, places, source, changes[reduce]);
  if (reduce === "mean") divideBlocks(y, places, includeSelf);
}

/** What changes nothing that is combined with it. */
function neutral(reduce: Reduction, dtype: DType): number {
  if (reduce === "sum" || reduce === "mean") return 0;
  if (reduce === "prod") return 1;
  const [low, high] = isFloat(dtype)
    ? [-Infinity, Infinity]
    : dtype === "int32"
    ? [-(2 ** 31), 2 ** 31 - 1]
    : [0, 255];
  return reduce === "amax" ? low : high;
}

/** Divides each block by how often the places list it, once more if `includeSelf`. */
function divideBlocks(y: Tensor, { outer, at, block }: Places, includeSelf: boolean): void {
  const all = y.storage.view(y.dtype), cuts = !isFloat(y.dtype);
  const counts = new Int32Array(sizeOf(y.shape) / Math.max(block, 1)).fill(includeSelf ? 1 : 0);
  for (let i = 0; i < outer.length; i++) {
    for (let j = 0; j < at.length; j++) counts[outer[i] + at[j]]++;
  }
  for (let place = 0, to = y.offset; place < counts.length; place++, to += block) {
    const count = counts[place];
    if (count <= 1) continue;
    for (let n = 0; n < block; n++) {
      const mean = all[to + n] / count;
      all[to + n] = cuts ? Math.floor(mean) : mean;
    }
  }
}
