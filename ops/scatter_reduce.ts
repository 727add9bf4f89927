/** Scattering that combines what meets at one place: sums, products, means, extremes. */
import { asChoice, asFlag, named } from "../lib/arguments.ts";
import { elementPlaces, type Places, reduceBlocks, type Reduction, slicePlaces } from "../lib/blocks.ts";
import { ShapeError } from "../lib/errors.ts";
import { type IndexLike, readIndices } from "../lib/indices.ts";
import { assign, refuseLeaf } from "../lib/inplace.ts";
import { defineOp } from "../lib/op.ts";
import { asSource, clearPlaces, partOf, recorded, spread, takePlaces } from "../lib/places.ts";
import { sameShape, show } from "../lib/shape.ts";
import { asTensor, type Tensor } from "../lib/tensor.ts";

/** How elements at one place combine. */
export type ScatterReduction = Reduction;

/** Options of {@link scatterReduce}. */
export interface ScatterReduceOptions {
  /** Whether what `x` has there takes part; default true. */
  includeSelf?: boolean;
}

interface Params {
  readonly places: Places;
  readonly reduce: ScatterReduction;
  readonly includeSelf: boolean;
}

const run: (inputs: readonly Tensor[], params: Params) => Tensor = defineOp<Params>({
  name: "scatterReduce",
  forward: ([x, src], { places, reduce, includeSelf }) => {
    const y = x.clone();
    reduceBlocks(y, places, src, reduce, includeSelf);
    return y;
  },
  keeps: "both",
  grad: [
    (g, [x, src], y, params) => {
      const gx = gradientOfSelf(g, x, src, y, params);
      return params.includeSelf ? gx : clearPlaces(gx, params.places, 0);
    },
    (g, [x, src], y, params) => gradientOfSource(g, x, src, y, params),
  ],
});

/** The sum of what goes to each place of y. */
function sumAt(y: Tensor, x: Tensor, { places }: Params): Tensor {
  return spread([x], { ...places, shape: y.shape });
}

/** How many elements met at each place of y, 1 where none did. */
function countsOf(y: Tensor, src: Tensor, params: Params): Tensor {
  return sumAt(y, src.onesLike(), params).add(params.includeSelf ? 1 : 0).clamp(1);
}

/** For amax and amin: the gradient at each place divided by how many of the elements there are the extreme. */
function shared(g: Tensor, x: Tensor, src: Tensor, y: Tensor, params: Params): Tensor {
  const hits = src.eq(takePlaces(y, params.places)).to(g.dtype), own = x.eq(y).to(g.dtype);
  return g.div(own.add(sumAt(y, hits, params)).clamp(1));
}

function gradientOfSelf(g: Tensor, x: Tensor, src: Tensor, y: Tensor, params: Params): Tensor {
  const { reduce } = params;
  if (reduce === "sum") return g;
  if (reduce === "mean") return g.div(countsOf(y, src, params));
  if (reduce !== "prod") return x.eq(y).to(g.dtype).mul(shared(g, x, src, y, params));
  const other = x.maskedFill(x.eq(0), 1); // dividing the result by x would lose the others' product at 0
  return g.mul(run([other, src], params)).div(other);
}

function gradientOfSource(g: Tensor, x: Tensor, src: Tensor, y: Tensor, params: Params): Tensor {
  const { reduce, places } = params, there = (t: Tensor) => takePlaces(t, places);
  if (reduce === "sum") return there(g);
  if (reduce === "mean") return there(g.div(countsOf(y, src, params)));
  if (reduce !== "prod") return src.eq(there(y)).to(g.dtype).mul(there(shared(g, x, src, y, params)));
  // A zero that is alone at its place: the product of the others. Of several zeros none has an effect.
  const isZero = src.eq(0), zeros = sumAt(y, isZero.to(g.dtype), params);
  const alone = isZero.mul(there(zeros).eq(1)), rest = src.maskedFill(alone, 1);
  const others = there(g.mul(run([x, rest], params)));
  const usual = there(g.mul(y)).div(src.maskedFill(isZero, 1));
  return others.where(alone, usual);
}

/** Reads the arguments behind `src`: how elements combine at the places. */
function paramsOf(name: string, places: Places, rest: readonly unknown[]): Params {
  const { reduce, includeSelf = true } = named<ScatterReduceOptions & { reduce: ScatterReduction }>(
    name,
    rest.filter((a) => a !== undefined),
    ["reduce"],
    ["includeSelf"],
  );
  return {
    places,
    reduce: asChoice(name, "reduce", reduce, ["sum", "prod", "mean", "amax", "amin"]),
    includeSelf: asFlag(name, "includeSelf", includeSelf),
  };
}

/** The arguments of scatterReduce as inputs and parameters of the op. */
function elementPlan(
  name: string,
  x: Tensor,
  dim: number,
  index: IndexLike,
  src: Tensor,
  rest: readonly unknown[],
): [Tensor[], Params] {
  const input = asTensor(`call ${name}()`, "the input", x), places = elementPlaces(name, input, dim, index);
  const source = partOf(name, places.shape, asSource(name, "src", src, input));
  return [[input, source], paramsOf(name, places, rest)];
}

/** The same for indexReduce: whole slices. */
function slicePlan(
  name: string,
  x: Tensor,
  dim: number,
  index: IndexLike,
  source: Tensor,
  rest: readonly unknown[],
): [Tensor[], Params] {
  const input = asTensor(`call ${name}()`, "the input", x), list = readIndices(name, index);
  const places = slicePlaces(name, input, dim, list), given = asSource(name, "source", source, input);
  if (sameShape(given.shape, places.shape)) return [[input, given], paramsOf(name, places, rest)];
  throw new ShapeError(
    `Cannot call ${name}() on ${show(input.shape)} with source of shape ${
      show(given.shape)
    }: for these indices it must have shape ${show(places.shape)}`,
  );
}

function inPlace(name: string, [x, src]: readonly Tensor[], params: Params): Tensor {
  refuseLeaf(name, x);
  if (recorded(x, src) || !x.isContiguous()) return assign(name, x, () => run([x, src], params));
  reduceBlocks(x, params.places, src, params.reduce, params.includeSelf);
  x.storage.version++;
  return x;
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
  return run(...elementPlan("scatterReduce", x, dim, index, src, [reduce, options]));
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
  return inPlace("scatterReduce_", ...elementPlan("scatterReduce_", x, dim, index, src, [reduce, options]));
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
  return run(...slicePlan("indexReduce", x, dim, index, source, [reduce, options]));
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
  return inPlace("indexReduce_", ...slicePlan("indexReduce_", x, dim, index, source, [reduce, options]));
}
