/**
 * Blocks: a tensor seen as runs of equal length, listed in the order in which they form another tensor.
 *
 * The loops of places.ts, and the lists they go by. Lists are checked when they are made; the loops trust them. Sums
 * of positions carry `| 0`, without which V8 computes them as doubles and gathering a million numbers takes 1.2 ms,
 * not 0.8.
 */
import { ShapeError } from "./errors.ts";
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
import { asTensor, empty, indexer, Tensor } from "./tensor.ts";

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
export type Change = "add" | "put";

/** Writes a number or the blocks of `source` into the contiguous tensor `y`, at the places. */
export function writeBlocks(y: Tensor, places: Places, source: Tensor | number, change: Change): void {
  if (!(source instanceof Tensor)) return fillBlocks(y, places, source, change);
  const { outer, at, block } = places, all = y.storage.view(y.dtype), count = at.length;
  const given = source.storage === y.storage ? source.clone() : source.contiguous();
  const values = given.storage.view(given.dtype),
    adds = change === "add",
    either = adds && y.dtype === "bool";
  for (let i = 0, k = given.offset | 0; i < outer.length; i++) {
    if (block === 1 && !either) {
      const start = (y.offset + outer[i]) | 0;
      if (adds) { for (let j = 0; j < count; j++) all[(start + at[j]) | 0] += values[k++]; }
      else for (let j = 0; j < count; j++) all[(start + at[j]) | 0] = values[k++];
      continue;
    }
    for (let j = 0; j < count; j++, k += block) {
      const to = (y.offset + (outer[i] + at[j]) * block) | 0;
      if (either) { for (let n = 0; n < block; n++) all[to + n] |= values[k + n]; }
      else if (adds) { for (let n = 0; n < block; n++) all[to + n] += values[k + n]; }
      else if (block >= LONG) all.set(values.subarray(k, k + block), to);
      else for (let n = 0; n < block; n++) all[to + n] = values[k + n];
    }
  }
}

function fillBlocks(y: Tensor, { outer, at, block }: Places, number: number, change: Change): void {
  const all = y.storage.view(y.dtype),
    isBool = y.dtype === "bool",
    value = isBool ? Number(number !== 0) : number;
  for (let i = 0; i < outer.length; i++) {
    for (let j = 0; j < at.length; j++) {
      const to = (y.offset + (outer[i] + at[j]) * block) | 0;
      if (change === "put") { for (let n = 0; n < block; n++) all[to + n] = value; }
      else if (isBool) { for (let n = 0; n < block; n++) all[to + n] |= value; }
      else for (let n = 0; n < block; n++) all[to + n] += value;
    }
  }
}

/** How the elements that meet at one place combine. */
export type Reduction = "sum" | "prod" | "mean" | "amax" | "amin";

/** Combines the blocks of `source` into those of the contiguous tensor `y`; what is there takes part if `includeSelf`. */
export function reduceBlocks(
  y: Tensor,
  { outer, at, block }: Places,
  source: Tensor,
  reduce: Reduction,
  includeSelf: boolean,
): void {
  const all = y.storage.view(y.dtype), given = source.contiguous(), values = given.storage.view(given.dtype);
  const counts = new Int32Array(sizeOf(y.shape) / Math.max(block, 1)).fill(includeSelf ? 1 : 0);
  for (let i = 0, k = given.offset | 0; i < outer.length; i++) {
    for (let j = 0; j < at.length; j++, k += block) {
      const place = (outer[i] + at[j]) | 0, to = (y.offset + place * block) | 0;
      if (counts[place]++ === 0) { for (let n = 0; n < block; n++) all[to + n] = values[k + n]; }
      else if (reduce === "prod") { for (let n = 0; n < block; n++) all[to + n] *= values[k + n]; }
      else if (reduce === "amax") {
        for (let n = 0; n < block; n++) all[to + n] = Math.max(all[to + n], values[k + n]);
      } else if (reduce === "amin") {
        for (let n = 0; n < block; n++) all[to + n] = Math.min(all[to + n], values[k + n]);
      } else for (let n = 0; n < block; n++) all[to + n] += values[k + n];
    }
  }
  if (reduce !== "mean") return;
  const isFloatMean = y.isFloatingPoint();
  for (let place = 0, to = y.offset; place < counts.length; place++, to += block) {
    const count = counts[place];
    if (count <= 1) continue;
    for (let n = 0; n < block; n++) {
      const mean = all[to + n] / count;
      all[to + n] = isFloatMean ? mean : Math.floor(mean);
    }
  }
}
