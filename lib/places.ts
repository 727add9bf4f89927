/**
 * Reading and writing tensors at listed places: what indexing, gathering, masks and index maps come down to.
 *
 * A tensor x is seen as blocks of equal length in row-major order; {@link Places} lists blocks of x in the order in
 * which they form another tensor y. `taking` ops read them, spread is their adjoint, `changing` ops add to or replace
 * the listed blocks of a copy. Whoever lists places has checked them against x.
 */
import { isFloat } from "./dtype.ts";
import { ShapeError } from "./errors.ts";
import { assign } from "./inplace.ts";
import { checkIndices, type IndexLike, outerSum, readIndices, scaled, steps } from "./indices.ts";
import { mode } from "./node.ts";
import { defineOp } from "./op.ts";
import { isContiguous, resolveDim, sameShape, type Shape, show, sizeOf, stridesOf } from "./shape.ts";
import { currentNode } from "./tape.ts";
import { asTensor, empty, indexer, Tensor } from "./tensor.ts";

/** Which blocks of x make up y. */
export interface Places {
  /** Numbers of blocks in x, in the order of y; negative: none, y has zeros there. */
  readonly at: Int32Array;
  /** Elements in a block. */
  readonly block: number;
  /** The shape of y. */
  readonly shape: Shape;
  /** The blocks to which gradients go, if not all of `at`: negative where none does. */
  readonly back?: Int32Array;
}

/** A block at least this long is copied by one call; shorter ones in a loop, which is faster below. */
const LONG = 48;

/** Places with `x` seen through one index list per dimension; null keeps a dimension as it is. */
export function placesAlong(from: Shape, maps: readonly (Int32Array | null)[]): Places {
  const shape = from.map((size, d) => maps[d]?.length ?? size);
  let mapped = from.length;
  while (mapped > 0 && !maps[mapped - 1]) mapped--;
  const strides = stridesOf(from.slice(0, mapped));
  let at = steps(1, 0);
  for (let d = 0; d < mapped; d++) {
    const map = maps[d];
    at = outerSum(at, map ? scaled(map, strides[d]) : steps(from[d], strides[d]));
  }
  return { at, block: sizeOf(from.slice(mapped)), shape };
}

/** Places of gather and scatter: at each position of the index, the element of x at that position but for `dim`. */
export function elementPlaces(name: string, x: Tensor, dim: number, index: IndexLike): Places {
  const from = x.shape.length === 0 ? [1] : x.shape, d = resolveDim(`call ${name}()`, dim, from);
  const { values, shape } = readIndices(name, index), to = shape.length === 0 ? [1] : shape;
  if (values.length === 0) return { at: values, block: 1, shape };
  if (to.length !== from.length || to.some((size, i) => i !== d && size > from[i])) {
    throw new ShapeError(
      `Cannot call ${name}() on ${show(x.shape)} with an index of shape ${
        show(shape)
      }: the index must have as many ` +
        `dimensions and, except in dim ${d}, sizes at most as large`,
    );
  }
  checkIndices(name, values, x.shape, d, from[d]);
  const strides = stridesOf(from);
  let others = steps(1, 0);
  for (let i = 0; i < to.length; i++) others = outerSum(others, steps(to[i], i === d ? 0 : strides[i]));
  const at = new Int32Array(values.length), step = strides[d];
  for (let i = 0; i < at.length; i++) at[i] = others[i] + values[i] * step;
  return { at, block: 1, shape };
}

/** The part of `source` that an index of shape `shape` covers: its first elements along each dimension. */
export function partOf(name: string, shape: Shape, source: Tensor): Tensor {
  if (sameShape(shape, source.shape)) return source;
  if (sizeOf(shape) === 0) return source.newZeros(shape);
  if (sizeOf(shape) === 1 && sizeOf(source.shape) === 1) return source.reshape(shape);
  if (shape.length !== source.shape.length || shape.some((size, i) => size > source.shape[i])) {
    throw new ShapeError(
      `Cannot call ${name}() with an index of shape ${show(shape)} and src of shape ${
        show(source.shape)
      }: the index ` +
        `must have as many dimensions and nowhere be larger`,
    );
  }
  return shape.reduce((part, size, i) => part.narrow(i, 0, size), source);
}

/** Checks what is to be written into `x` and gives it the dtype of `x`. */
export function asSource(name: string, what: string, value: unknown, x: Tensor): Tensor {
  const source = asTensor(`call ${name}()`, what, value);
  if (isFloat(source.dtype) && !isFloat(x.dtype)) {
    throw new TypeError(
      `Cannot call ${name}() on dtype ${x.dtype} with ${what} of dtype ${source.dtype}: convert one with .to()`,
    );
  }
  return source.to(x.dtype);
}

/** An op that reads blocks: y = x at the places. */
export function taking(name: string): (x: Tensor, places: Places) => Tensor {
  const run = defineOp<Places>({
    name,
    forward: ([x], places) => take(x, places),
    keeps: "nothing",
    grad: [(g, [x], _y, { at, block, back = at }) => spread([g], { at: back, block, shape: x.shape })],
  });
  return (x, places) => run([x], places);
}

/** The adjoint of taking: zeros of `shape`, to which the blocks of x are added at their places. */
const spread = defineOp<Places>({
  name: "spread",
  forward: ([x], places) => {
    const y = empty(places.shape, x.dtype);
    y.storage.view(y.dtype).fill(0, y.offset, y.offset + sizeOf(y.shape));
    write(y, places, x, "add");
    return y;
  },
  keeps: "nothing",
  grad: [(g, [x], _y, { at, block }) => takeBack(g, { at, block, shape: x.shape })],
});

const takeBack = taking("takePlaces");

/** How a change treats what was there. */
export type Change = "add" | "put";

interface ChangeParams extends Places {
  /** What to write if there is no source tensor. */
  readonly value: number;
}

/** An op that changes blocks of a copy of x: to a number, or to those of `source`, which has the places' shape. */
export interface ChangeOp {
  (x: Tensor, places: Places, source: Tensor | number): Tensor;
  /** The same in place. */
  inPlace(x: Tensor, places: Places, source: Tensor | number): Tensor;
}

/** Defines an op that adds to or replaces blocks. */
export function changing(name: string, change: Change): ChangeOp {
  const run = defineOp<ChangeParams>({
    name,
    forward: ([x, source], params) => {
      const y = x.clone();
      write(y, params, source ?? params.value, change);
      return y;
    },
    keeps: "nothing",
    grad: [
      (g, _inputs, _y, params) => change === "add" ? g : clear(g, params, 0),
      (g, _inputs, _y, params) => takeBack(g, params),
    ],
  });
  const apply = (x: Tensor, places: Places, source: Tensor | number) =>
    source instanceof Tensor
      ? run([x, source], { ...places, value: 0 })
      : run([x], { ...places, value: source });
  const inPlace = (x: Tensor, places: Places, source: Tensor | number): Tensor => {
    const recorded = mode.recording &&
      (takesGradient(x) || (source instanceof Tensor && takesGradient(source)));
    refuseLeaf(`${name}_`, x);
    if (recorded || !x.isContiguous()) return assign(`${name}_`, x, () => apply(x, places, source));
    write(x, places, source, change);
    x.storage.version++;
    return x;
  };
  return Object.assign(apply, { inPlace });
}

/** Checks that `x` is not, and is not a view of, a leaf whose change the tape would lose. */
export function refuseLeaf(name: string, x: Tensor): void {
  if (!mode.recording || !currentNode(x.base ?? x)?.isLeaf) return;
  throw new Error(
    `Cannot call ${name}() on a ${
      x.base ? "view of a " : ""
    }leaf that takes a gradient: its change could not be ` +
      `differentiated; wrap it in noGrad()`,
  );
}

function takesGradient(x: Tensor): boolean {
  return currentNode(x) !== null;
}

const clear = changing("clearPlaces", "put");

function take(x: Tensor, { at, block, shape }: Places): Tensor {
  const y = empty(shape, x.dtype), out = y.storage.view(y.dtype), o = y.offset;
  const few = at.length * block * 8 < sizeOf(x.shape);
  if (few && !isContiguous(x.shape, x.strides)) { // few elements of a large view: fetch each, copy nothing else
    const all = x.storage.view(x.dtype), position = indexer(x);
    for (let i = 0, k = o; i < at.length; i++) {
      for (let j = 0; j < block; j++) out[k++] = at[i] < 0 ? 0 : all[position(at[i] * block + j)];
    }
    return y;
  }
  const source = x.contiguous(), all = source.storage.view(x.dtype), s = source.offset;
  if (block === 1) {
    for (let i = 0; i < at.length; i++) out[o + i] = at[i] < 0 ? 0 : all[s + at[i]];
    return y;
  }
  for (let i = 0; i < at.length; i++) {
    const to = o + i * block, from = s + at[i] * block;
    if (at[i] < 0) out.fill(0, to, to + block);
    else if (block >= LONG) out.set(all.subarray(from, from + block), to);
    else for (let j = 0; j < block; j++) out[to + j] = all[from + j];
  }
  return y;
}

/** Writes a number or the blocks of `source` into the contiguous tensor `y`, at their places. */
function write(y: Tensor, { at, block }: Places, source: Tensor | number, change: Change): void {
  const all = y.storage.view(y.dtype), o = y.offset;
  if (typeof source === "number") {
    const value = y.dtype === "bool" ? Number(source !== 0) : source;
    for (let i = 0; i < at.length; i++) {
      const to = o + at[i] * block;
      if (at[i] < 0) continue;
      if (change === "put") all.fill(value, to, to + block);
      else if (y.dtype === "bool") all.fill(1, to, value !== 0 ? to + block : to);
      else for (let j = 0; j < block; j++) all[to + j] += value;
    }
    return;
  }
  const given = source.storage === y.storage ? source.clone() : source.contiguous();
  const values = given.storage.view(given.dtype), s = given.offset;
  for (let i = 0; i < at.length; i++) {
    const to = o + at[i] * block, from = s + i * block;
    if (at[i] < 0) continue;
    if (change === "put") {
      if (block >= LONG) all.set(values.subarray(from, from + block), to);
      else for (let j = 0; j < block; j++) all[to + j] = values[from + j];
    } else if (y.dtype === "bool") { for (let j = 0; j < block; j++) all[to + j] |= values[from + j]; }
    else for (let j = 0; j < block; j++) all[to + j] += values[from + j];
  }
}
