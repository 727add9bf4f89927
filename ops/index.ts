/**
 * Indexing as in PyTorch's C++ front end: `x.index([0, slice(1, 3), null, "...", mask])` is x[0, 1:3, None, ..., mask].
 *
 * Whole numbers, slices, null and "..." make one view; index tensors and masks then pick from it by places.
 */
import { asFlag, named } from "../lib/arguments.ts";
import { isFloat, type TypedArray } from "../lib/dtype.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import {
  broadcastValues,
  checkIndices,
  outerSum,
  outOfRange,
  readIndices,
  readNested,
  scaled,
  Slice,
  steps,
  truePositions,
} from "../lib/indices.ts";
import { refuseLeaf } from "../lib/inplace.ts";
import { defineOp } from "../lib/op.ts";
import type { Places } from "../lib/blocks.ts";
import { asSource, changing, taking } from "../lib/places.ts";
import { broadcastShapes, sameShape, type Shape, show, sizeOf, stridesOf } from "../lib/shape.ts";
import { asTensor, type NestedArray, Tensor, viewOf } from "../lib/tensor.ts";

export type { Slice };

/**
 * A range of one dimension for {@link index}: from `start` up to but without `stop`, every `step`-th; null leaves a
 * bound open, negative bounds count from the end. Beginning with a tensor it is {@link sliceDim}.
 *
 * @throws {RangeError} if the step is not at least 1.
 *
 * @example
 * ```ts
 * import { arange, slice } from "@dinograd/dinograd";
 *
 * console.log(arange(6).index([slice(1, null, 2)]).toArray()); // [1, 3, 5]
 * ```
 */
export function slice(start?: number | null, stop?: number | null, step?: number | null): Slice;
/** Part of one dimension of a tensor, as a view; see `sliceDim`. */
/** A range of dimension `dim` of a tensor, as a view. */
export function slice(
  x: Tensor,
  dim?: number,
  start?: number | null,
  end?: number | null,
  step?: number,
): Tensor;
export function slice(...args: unknown[]): Slice | Tensor {
  const [first, ...rest] = args;
  if (first instanceof Tensor) {
    return first.sliceDim(...rest as [number?, (number | null)?, (number | null)?, number?]);
  }
  const step = args[2] ?? 1;
  if (typeof step !== "number" || !Number.isInteger(step) || step < 1) {
    throw new RangeError(
      `Cannot slice with step ${describe(step)}: it must be a whole number of at least 1; flip() reverses`,
    );
  }
  return new Slice(asBound(first), asBound(args[1]), step);
}

function asBound(at: unknown): number | null {
  if (at === null || at === undefined) return null;
  if (typeof at === "number" && (Number.isInteger(at) || Math.abs(at) === Infinity)) return at;
  throw new TypeError(`Cannot slice from or to ${describe(at)}: bounds must be whole numbers or null`);
}

/**
 * One index: a whole number, a slice, null for a new dimension, "..." for all dimensions not mentioned, true or false
 * for a new dimension of size 1 or 0, an int32 tensor or array of indices, a bool tensor or array as mask.
 */
export type Index = number | Slice | null | string | boolean | Tensor | readonly number[] | NestedArray[];

/**
 * The view that plain indices make: which dimension of x each of its dimensions walks along (−1: a new one), and how.
 */
interface ViewParams {
  readonly shape: number[];
  readonly dims: number[];
  readonly steps: number[];
  /** Where the view begins, along each dimension of x. */
  readonly starts: number[];
}

const runView: (inputs: readonly Tensor[], params: ViewParams) => Tensor = defineOp<ViewParams>({
  name: "indexView",
  forward: ([x], params) => viewAt(x, params),
  isView: true,
  keeps: "nothing",
  grad: [(g, [x], _y, params) => viewBack([g], { from: x.shape, params })],
});

/** The adjoint of the view: zeros of the shape of x, with g where the view was. */
const viewBack = defineOp<{ from: Shape; params: ViewParams }>({
  name: "indexViewBackward",
  forward: ([g], { from, params }) => {
    const y = g.newZeros(from);
    viewAt(y, params).copy_(g);
    return y;
  },
  keeps: "nothing",
  grad: [(g, _inputs, _y, { params }) => runView([g], params)],
});

function viewAt(x: Tensor, { shape, dims, steps, starts }: ViewParams): Tensor {
  const offset = starts.reduce((at, start, d) => at + start * x.strides[d], x.offset);
  return viewOf(x, shape, dims.map((d, i) => d < 0 ? 1 : x.strides[d] * steps[i]), offset);
}

/** What an index tensor or mask picks from `span` dimensions of the view, beginning with `dim`. */
interface Pick {
  readonly dim: number;
  readonly span: number;
  readonly values: Int32Array;
  readonly shape: Shape;
}

/** An index tensor or a mask, read. */
class Chosen {
  constructor(readonly values: TypedArray, readonly shape: Shape, readonly isMask: boolean) {}
}

type Item = number | Slice | null | "..." | boolean | Chosen;

function readItem(name: string, item: Index): Item {
  if (item === null || item === "..." || typeof item === "boolean" || item instanceof Slice) return item;
  if (item instanceof Tensor) {
    if (item.shape.length === 0 && !isFloat(item.dtype)) {
      return item.dtype === "bool" ? item.item() !== 0 : item.item();
    }
    if (item.dtype === "bool") return new Chosen(item.toTypedArray(), item.shape, true);
    const { values, shape } = readIndices(name, item);
    return new Chosen(values, shape, false);
  }
  if (!Array.isArray(item) && typeof item !== "number") {
    throw new TypeError(
      `Cannot call ${name}() with index ${
        describe(item)
      }: an index is a whole number, slice(), null, "...", true, ` +
        `false, or an int32 or bool tensor or array`,
    );
  }
  const { flat, shape, truths } = readNested(name, item);
  return shape.length === 0 ? flat[0] : new Chosen(Int32Array.from(flat), shape, truths);
}

/** How many dimensions of the tensor an index uses up. */
function spanOf(item: Item): number {
  if (item instanceof Chosen) return item.isMask ? item.shape.length : 1;
  return typeof item === "number" || item instanceof Slice ? 1 : 0;
}

/** Sorts indices into the view that the plain ones make and what the tensors pick from it. */
class Plan implements ViewParams {
  readonly shape: number[] = [];
  readonly dims: number[] = [];
  readonly steps: number[] = [];
  readonly starts: number[];
  readonly picks: Pick[] = [];
  #next = 0;

  constructor(readonly name: string, readonly x: Tensor, indices: readonly Index[]) {
    const items = indices.map((item) => readItem(name, item));
    const rank = x.shape.length, used = items.reduce<number>((sum, item) => sum + spanOf(item), 0);
    if (items.indexOf("...") !== items.lastIndexOf("...")) {
      throw new TypeError(`Cannot call ${name}() with "..." twice: it may stand once`);
    }
    if (used > rank) {
      throw new ShapeError(
        `Cannot call ${name}() on ${show(x.shape)} with indices for ${used} dimensions: it has ${rank}`,
      );
    }
    this.starts = new Array(rank).fill(0);
    for (const item of items) {
      if (item === "...") this.#keep(rank - used);
      else if (typeof item === "number") this.#select(item);
      else if (item instanceof Chosen) this.#pick(item);
      else if (item instanceof Slice) {
        const { start, length } = item.on(x.shape[this.#next]);
        this.starts[this.#next] = length > 0 ? start : 0;
        this.#add(length, this.#next++, item.step);
      } else {
        const values = item ? steps(1, 0) : steps(0, 0), { length } = values;
        if (item !== null) this.picks.push({ dim: this.shape.length, span: 1, values, shape: [length] });
        this.#add(1, -1, 1);
      }
    }
    this.#keep(rank - this.#next);
  }

  /** The view; x itself where it is all of x and something is picked from it. */
  view(): Tensor {
    const { x, shape, dims, steps, starts } = this;
    const whole = this.picks.length > 0 && sameShape(shape, x.shape) &&
      dims.every((d, i) => d === i && steps[i] === 1 && starts[i] === 0);
    return whole ? x : runView([x], { shape, dims, steps, starts });
  }

  /** Where in the view the picked elements are. */
  places(): Places {
    const { shape, picks } = this, last = picks[picks.length - 1].dim + picks[picks.length - 1].span;
    const block = sizeOf(shape.slice(last)), strides = stridesOf(shape.slice(0, last));
    const common = picks.reduce<Shape>((to, pick) => broadcastShapes("index with", to, pick.shape), []);
    let picked = steps(sizeOf(common), 0), others = steps(1, 0), next = 0, adjacent = true;
    const before: number[] = [];
    // an index into nothing is an error only if, broadcast, it asks for something
    const empty = picks.find((pick) => pick.values.length > 0 && shape[pick.dim] === 0);
    if (empty && picked.length > 0) {
      throw outOfRange(this.name, empty.values[0], this.x.shape, this.dims[empty.dim], 0, true);
    }
    for (const [i, { dim, span, values, shape: from }] of picks.entries()) {
      const positions = broadcastValues(scaled(values, strides[dim + span - 1]), from, common);
      picked = i === 0 ? positions : picked.map((at, k) => at + positions[k]);
      if (i > 0 && dim !== next) adjacent = false;
      for (; next < dim; next++) {
        before.push(shape[next]);
        others = outerSum(others, steps(shape[next], strides[next]));
      }
      next = dim + span;
    }
    const after = shape.slice(last);
    return adjacent
      ? { outer: others, at: picked, block, shape: [...before, ...common, ...after] }
      : { outer: picked, at: others, block, shape: [...common, ...before, ...after] };
  }

  #add(size: number, dim: number, step: number): void {
    this.shape.push(size);
    this.dims.push(dim);
    this.steps.push(step);
  }

  #keep(count: number): void {
    for (; count > 0; count--) this.#add(this.x.shape[this.#next], this.#next++, 1);
  }

  #select(index: number): void {
    const dim = this.#next++, size = this.x.shape[dim];
    if (index < -size || index >= size) throw outOfRange(this.name, index, this.x.shape, dim, size, true);
    this.starts[dim] = index < 0 ? index + size : index;
  }

  #pick({ values, shape, isMask }: Chosen): void {
    const { x, name } = this, dim = this.shape.length, at = this.#next, span = isMask ? shape.length : 1;
    if (!isMask) {
      const indices = values as Int32Array; // readItem reads indices as such
      if (x.shape[at] > 0) checkIndices(name, indices, x.shape, at, x.shape[at], true); // else see places()
      this.picks.push({ dim, span, values: indices, shape });
    } else {
      const covered = x.shape.slice(at, at + span), chosen = truePositions(values);
      if (!sameShape(covered, shape)) {
        throw new ShapeError(
          `Cannot call ${name}() on ${show(x.shape)} with a mask of shape ${
            show(shape)
          }: from dim ${at} on it must have ` +
            `shape ${show(covered)}`,
        );
      }
      this.picks.push({ dim, span, values: chosen, shape: [chosen.length] });
    }
    this.#keep(span);
  }
}

function planOf(name: string, x: Tensor, indices: Index | readonly Index[]): Plan {
  const list = Array.isArray(indices) ? indices as readonly Index[] : [indices as Index];
  return new Plan(name, asTensor(`call ${name}()`, "the input", x), list);
}

const runPick = taking("index");

/**
 * x[indices]. Numbers, slices, null and "..." give a view; index tensors (int32) gather, broadcast together and put
 * their dimensions in place of those they index, or first if these are not neighbours; masks choose. Negative indices
 * count from the end. See {@link https://pytorch.org/cppdocs/notes/tensor_indexing.html}.
 *
 * @throws {RangeError} if an index is not in its dimension.
 *
 * @example
 * ```ts
 * import { slice, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * console.log(x.index([0, slice(1)]).toArray(), x.index(["...", [2, 0]]).toArray()); // [2, 3] [[3, 1], [6, 4]]
 * ```
 */
export function index(x: Tensor, indices: Index | readonly Index[]): Tensor {
  const plan = planOf("index", x, indices);
  return plan.picks.length === 0 ? plan.view() : runPick(plan.view(), plan.places());
}

const runPut = changing("indexPut", "put"), runPutAdd = changing("indexPutAdd", "add");

/** `value` in the dtype of `x` and expanded to `shape`; sizes of 1 in front are dropped as assignment does. */
function valueFor(name: string, x: Tensor, shape: Shape, value: unknown): Tensor | number {
  if (typeof value === "number" || typeof value === "boolean") return Number(value);
  let source = asSource(name, "value", value, x);
  const extra = source.shape.length - shape.length;
  if (extra > 0 && source.shape.slice(0, extra).every((size) => size === 1)) {
    source = source.reshape(source.shape.slice(extra));
  }
  if (sameShape(source.shape, shape)) return source;
  const pad = shape.length - source.shape.length;
  if (pad >= 0 && source.shape.every((size, d) => size === 1 || size === shape[pad + d])) {
    return source.expand(shape);
  }
  throw new ShapeError(
    `Cannot call ${name}() with value of shape ${show(source.shape)}: the indices name elements of shape ${
      show(shape)
    }, ` +
      `to which it must broadcast`,
  );
}

/** Options of {@link indexPut}. */
export interface IndexPutOptions {
  /** Add to what is there; repeated indices add up. Default false. */
  accumulate?: boolean;
}

function accumulates(name: string, options: IndexPutOptions | boolean): boolean {
  const { accumulate = false } = named<IndexPutOptions>(name, [options], ["accumulate"]);
  return asFlag(name, "accumulate", accumulate);
}

/**
 * x[indices] = value, in place; indices as for {@link index}, `value` a number or a tensor that broadcasts. See
 * {@link https://pytorch.org/docs/stable/generated/torch.Tensor.index_put_.html}.
 *
 * @example
 * ```ts
 * import { tensor, zeros } from "@dinograd/dinograd";
 *
 * const x = zeros([2, 2]).indexPut_([1], tensor([5, 6]));
 * console.log(x.indexPut_([[0, 0], [1, 1]], 1, { accumulate: true }).toArray()); // [[0, 2], [5, 6]]
 * ```
 */
export function indexPut_(
  x: Tensor,
  indices: Index | readonly Index[],
  value: Tensor | number | boolean,
  options: IndexPutOptions | boolean = {},
): Tensor {
  const add = accumulates("indexPut_", options), plan = planOf("indexPut_", x, indices);
  refuseLeaf("indexPut_", x);
  const view = plan.view();
  if (plan.picks.length > 0) {
    const places = plan.places();
    (add ? runPutAdd : runPut).inPlace(view, places, valueFor("indexPut_", x, places.shape, value));
    return x;
  }
  const given = valueFor("indexPut_", x, view.shape, value);
  if (add) view.add_(given);
  else view.copy_(typeof given === "number" ? x.newFull([], given) : given);
  return x;
}

/**
 * {@link indexPut_} on a copy.
 *
 * @example
 * ```ts
 * import { indexPut, zeros } from "@dinograd/dinograd";
 *
 * console.log(indexPut(zeros([3]), [[0, 2]], 5).toArray()); // [5, 0, 5]
 * ```
 */
export function indexPut(
  x: Tensor,
  indices: Index | readonly Index[],
  value: Tensor | number | boolean,
  options: IndexPutOptions | boolean = {},
): Tensor {
  const add = accumulates("indexPut", options), plan = planOf("indexPut", x, indices);
  if (plan.picks.length === 0 || plan.view() !== x) return indexPut_(x.clone(), indices, value, options);
  const places = plan.places(), given = valueFor("indexPut", x, places.shape, value);
  return (add ? runPutAdd : runPut)(x, places, given);
}
