/** Scattering that combines what meets at one place: sums, products, means, extremes. */
import { asChoice, asFlag, named } from "../lib/arguments.ts";
import { type IndexLike, indexTensor, readIndices } from "../lib/indices.ts";
import { assign } from "../lib/inplace.ts";
import { defineOp } from "../lib/op.ts";
import { elementPlaces, type Places } from "../lib/blocks.ts";
import { asSource, partOf } from "../lib/places.ts";
import { resolveDim, show, sizeOf } from "../lib/shape.ts";
import { ShapeError } from "../lib/errors.ts";
import { asTensor, type Tensor } from "../lib/tensor.ts";

/** How elements at one place combine. */
export type ScatterReduction = "sum" | "prod" | "mean" | "amax" | "amin";

/** Options of {@link scatterReduce}. */
export interface ScatterReduceOptions {
  /** Whether what `x` has there takes part; default true. */
  includeSelf?: boolean;
}

interface Params {
  readonly places: Places;
  readonly dim: number;
  readonly index: Tensor;
  readonly reduce: ScatterReduction;
  readonly includeSelf: boolean;
}

const run = defineOp<Params>({
  name: "scatterReduce",
  forward: ([x, src], params) => {
    const y = x.clone();
    reduceInto(y, src.contiguous(), params);
    return y;
  },
  keeps: "both",
  grad: [
    (g, [x, src], y, params) => {
      const gx = gradientOfSelf(g, x, src, y, params);
      return params.includeSelf ? gx : gx.scatter(params.dim, params.index, 0);
    },
    (g, [x, src], y, params) => gradientOfSource(g, x, src, y, params),
  ],
});

/** Combines the elements of `src` into the contiguous tensor `y`. */
function reduceInto(y: Tensor, src: Tensor, { places, reduce, includeSelf }: Params): void {
  const { at } = places, all = y.storage.view(y.dtype), values = src.storage.view(src.dtype), o = y.offset;
  const counts = new Int32Array(sizeOf(y.shape)).fill(includeSelf ? 1 : 0);
  for (let i = 0; i < at.length; i++) {
    const to = o + at[i], v = values[src.offset + i];
    if (counts[at[i]]++ === 0) all[to] = v;
    else if (reduce === "prod") all[to] *= v;
    else if (reduce === "amax") all[to] = Math.max(all[to], v);
    else if (reduce === "amin") all[to] = Math.min(all[to], v);
    else all[to] += v;
  }
  if (reduce !== "mean") return;
  const whole = !y.isFloatingPoint();
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] > 1) all[o + i] = whole ? Math.floor(all[o + i] / counts[i]) : all[o + i] / counts[i];
  }
}

/** How many elements met at each place of y, 1 where none did. */
function countsOf(y: Tensor, src: Tensor, { dim, index, includeSelf }: Params): Tensor {
  const start = includeSelf ? y.onesLike() : y.zerosLike();
  return start.scatterAdd(dim, index, src.onesLike()).clamp(1);
}

/** For amax and amin: the gradient at each place divided by how many of the elements there are the extreme. */
function shared(g: Tensor, x: Tensor, src: Tensor, y: Tensor, { dim, index }: Params): Tensor {
  const hits = src.eq(y.gather(dim, index)).to(g.dtype), own = x.eq(y).to(g.dtype);
  return g.div(own.scatterAdd(dim, index, hits).clamp(1));
}

function gradientOfSelf(g: Tensor, x: Tensor, src: Tensor, y: Tensor, params: Params): Tensor {
  const { dim, index, reduce, includeSelf } = params;
  if (reduce === "sum") return g;
  if (reduce === "mean") return g.div(countsOf(y, src, params));
  if (reduce !== "prod") return x.eq(y).to(g.dtype).mul(shared(g, x, src, y, params));
  const other = x.maskedFill(x.eq(0), 1); // dividing the result by x would lose the others' product at 0
  return g.mul(other.scatterReduce(dim, index, src, "prod", { includeSelf })).div(other);
}

function gradientOfSource(g: Tensor, x: Tensor, src: Tensor, y: Tensor, params: Params): Tensor {
  const { dim, index, reduce, includeSelf } = params;
  if (reduce === "sum") return g.gather(dim, index);
  if (reduce === "mean") return g.div(countsOf(y, src, params)).gather(dim, index);
  if (reduce !== "prod") {
    return src.eq(y.gather(dim, index)).to(g.dtype).mul(shared(g, x, src, y, params).gather(dim, index));
  }
  // A zero that is alone at its place: the product of the others. Of several zeros none has an effect.
  const isZero = src.eq(0), zeros = g.newZeros(y.shape).scatterAdd(dim, index, isZero.to(g.dtype));
  const alone = isZero.mul(zeros.gather(dim, index).eq(1)), rest = src.maskedFill(alone, 1);
  const others = g.mul(x.scatterReduce(dim, index, rest, "prod", { includeSelf })).gather(dim, index);
  const usual = g.mul(y).gather(dim, index).div(src.maskedFill(isZero, 1));
  return others.where(alone, usual);
}

function planOf(
  name: string,
  x: Tensor,
  dim: number,
  index: IndexLike,
  src: Tensor,
  rest: readonly unknown[],
): { source: Tensor; params: Params } {
  const options = named<ScatterReduceOptions & { reduce: ScatterReduction }>(
    name,
    rest.filter((a) => a !== undefined),
    ["reduce"],
    ["includeSelf"],
  );
  const reduce = asChoice(name, "reduce", options.reduce, ["sum", "prod", "mean", "amax", "amin"]);
  const input = asTensor(`call ${name}()`, "the input", x), places = elementPlaces(name, input, dim, index);
  const source = partOf(name, places.shape, asSource(name, "src", src, input));
  const d = resolveDim(`call ${name}()`, dim, input.shape), read = indexTensor(readIndices(name, index));
  const includeSelf = asFlag(name, "includeSelf", options.includeSelf ?? true);
  return { source, params: { places, dim: d, index: read, reduce, includeSelf } };
}

/**
 * A copy of `x` where y[index[i][j]][j] (for dim 0) combines all src[i][j] that go there, by `reduce`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.Tensor.scatter_reduce_.html}.
 *
 * @throws {RangeError} if an index is not in the dimension.
 *
 * @example
 * ```ts
 * import { scatterReduce, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([1, 1]), src = tensor([4, 2, 6]);
 * console.log(scatterReduce(x, 0, [0, 1, 1], src, "amax").toArray()); // [4, 6]
 * ```
 */
export function scatterReduce(
  x: Tensor,
  dim: number,
  index: IndexLike,
  src: Tensor,
  reduce: ScatterReduction | (ScatterReduceOptions & { reduce: ScatterReduction }),
  options?: ScatterReduceOptions,
): Tensor {
  const { source, params } = planOf("scatterReduce", x, dim, index, src, [reduce, options]);
  return run([x, source], params);
}

/**
 * {@link scatterReduce} in place.
 *
 * @example
 * ```ts
 * import { tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([1, 1]);
 * console.log(x.scatterReduce_(0, [0, 0], tensor([4, 2]), "prod").toArray()); // [8, 1]
 * ```
 */
export function scatterReduce_(
  x: Tensor,
  dim: number,
  index: IndexLike,
  src: Tensor,
  reduce: ScatterReduction | (ScatterReduceOptions & { reduce: ScatterReduction }),
  options?: ScatterReduceOptions,
): Tensor {
  const { source, params } = planOf("scatterReduce_", x, dim, index, src, [reduce, options]);
  return assign("scatterReduce_", x, () => run([x, source], params));
}

/**
 * As {@link scatterReduce}, for whole slices along `dim`: those of `source` go to the slices of `x` that `index`, a
 * list, names. See {@link https://pytorch.org/docs/stable/generated/torch.Tensor.index_reduce_.html}.
 *
 * @example
 * ```ts
 * import { indexReduce, tensor } from "@dinograd/dinograd";
 *
 * console.log(indexReduce(tensor([2, 3]), 0, [0, 0], tensor([5, 7]), "prod").toArray()); // [70, 3]
 * ```
 */
export function indexReduce(
  x: Tensor,
  dim: number,
  index: IndexLike,
  source: Tensor,
  reduce: Exclude<ScatterReduction, "sum"> | (ScatterReduceOptions & { reduce: ScatterReduction }),
  options?: ScatterReduceOptions,
): Tensor {
  return scatterReduce(x, ...wide("indexReduce", x, dim, index, source), reduce, options);
}

/**
 * {@link indexReduce} in place.
 *
 * @example
 * ```ts
 * import { tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([2, 3]);
 * console.log(x.indexReduce_(0, [0, 0], tensor([5, 7]), "amax").toArray()); // [7, 3]
 * ```
 */
export function indexReduce_(
  x: Tensor,
  dim: number,
  index: IndexLike,
  source: Tensor,
  reduce: Exclude<ScatterReduction, "sum"> | (ScatterReduceOptions & { reduce: ScatterReduction }),
  options?: ScatterReduceOptions,
): Tensor {
  return scatterReduce_(x, ...wide("indexReduce_", x, dim, index, source), reduce, options);
}

/** A list of indices along `dim`, repeated over the other dimensions of `source`. */
function wide(
  name: string,
  x: Tensor,
  dim: number,
  index: IndexLike,
  source: Tensor,
): [number, Tensor, Tensor] {
  const { shape } = asTensor(`call ${name}()`, "the input", x), d = resolveDim(`call ${name}()`, dim, shape);
  const list = readIndices(name, index),
    given = asTensor(`call ${name}()`, "source", source),
    to = given.shape;
  const fits = list.shape.length <= 1 && to.length === shape.length && (to[d] ?? 1) === list.values.length &&
    to.every((size, i) => i === d || size === shape[i]);
  if (fits) {
    const along = indexTensor(list).reshape(to.map((size, i) => i === d ? size : 1));
    return [d, along.expand(to), given];
  }
  throw new ShapeError(
    `Cannot call ${name}() on ${show(shape)} with an index of shape ${show(list.shape)} and source of shape ${
      show(to)
    }: ` +
      `source must have a slice along dim ${d} for each index, and else the shape of the input`,
  );
}
