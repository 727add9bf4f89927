/** Reading and writing elements by index tensors along a dimension. Index arrays of numbers are accepted throughout. */
import { asChoice, asNumber, named } from "../lib/arguments.ts";
import { ShapeError } from "../lib/errors.ts";
import { type IndexLike, readIndices } from "../lib/indices.ts";
import { elementPlaces, type Places, slicePlaces } from "../lib/blocks.ts";
import { asSource, changing, partOf, taking } from "../lib/places.ts";
import { resolveDim, sameShape, show, sizeOf } from "../lib/shape.ts";
import { asTensor, type Tensor } from "../lib/tensor.ts";
import { derived } from "../lib/watch.ts";

export type { IndexLike };

const runGather = taking("gather"),
  runScatter = changing("scatter", "put"),
  runScatterAdd = changing("scatterAdd", "add");

/**
 * Picks one element along `dim` for each element of `index`: y[i][j] = x[index[i][j]][j] for dim 0. The result has the
 * shape of the index. See {@link https://pytorch.org/docs/stable/generated/torch.gather.html}.
 *
 * @throws {RangeError} if an index is not in the dimension.
 *
 * @example
 * ```ts
 * import { gather, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * console.log(gather(x, 1, [[0, 0], [1, 0]]).toArray()); // [[1, 1], [4, 3]]
 * ```
 */
export function gather(
  x: Tensor,
  dim: number,
  index: IndexLike,
  _options?: { sparseGrad?: boolean },
): Tensor {
  return runGather(x, elementPlaces("gather", asTensor("call gather()", "the input", x), dim, index));
}

/** Options of {@link scatter}. */
export interface ScatterOptions {
  /** The number to write, instead of `src`. */
  value?: number;
  /** Combine with what is there instead of replacing it. */
  reduce?: "add" | "multiply";
}

/** Reads the arguments of scatter: the places, and the source of their shape or the number. */
function scatterPlan(
  name: string,
  x: Tensor,
  dim: number,
  index: IndexLike,
  rest: readonly unknown[],
): { places: Places; source: Tensor | number; reduce?: "add" | "multiply" } {
  const options = named<ScatterOptions & { src: Tensor | number }>(
    name,
    rest.filter((a) => a !== undefined),
    ["src"],
    ["value", "reduce"],
  );
  const given = options.src ?? options.value;
  const places = elementPlaces(name, asTensor(`call ${name}()`, "the input", x), dim, index);
  if (options.reduce !== undefined) asChoice(name, "reduce", options.reduce, ["add", "multiply"]);
  const source = typeof given === "number"
    ? given
    : partOf(name, places.shape, asSource(name, "src", given, x));
  return { places, source, reduce: options.reduce };
}

/**
 * A copy of `x` with elements replaced: y[index[i][j]][j] = src[i][j] for dim 0, the reverse of {@link gather}. `src`
 * is a tensor or a number. See {@link https://pytorch.org/docs/stable/generated/torch.Tensor.scatter_.html}.
 *
 * @throws {RangeError} if an index is not in the dimension.
 *
 * @example
 * ```ts
 * import { scatter, zeros } from "@dinograd/dinograd";
 *
 * console.log(scatter(zeros([2, 3]), 1, [[2], [0]], 1).toArray()); // [[0, 0, 1], [1, 0, 0]]
 * ```
 */
export function scatter(
  x: Tensor,
  dim: number,
  index: IndexLike,
  src: Tensor | number | (ScatterOptions & { src?: Tensor }),
  options?: ScatterOptions,
): Tensor {
  const { places, source, reduce } = scatterPlan("scatter", x, dim, index, [src, options]);
  if (reduce === "multiply") return x.scatterReduce(dim, index, filled(source, x, places), "prod");
  return reduce === "add" ? runScatterAdd(x, places, source) : runScatter(x, places, source);
}

function filled(source: Tensor | number, x: Tensor, { shape }: Places): Tensor {
  return typeof source === "number" ? x.newFull(shape, source) : source;
}

/**
 * {@link scatter} in place.
 *
 * @example
 * ```ts
 * import { tensor, zeros } from "@dinograd/dinograd";
 *
 * console.log(zeros([3]).scatter_(0, [2, 0], tensor([7, 8])).toArray()); // [8, 0, 7]
 * ```
 */
export function scatter_(
  x: Tensor,
  dim: number,
  index: IndexLike,
  src: Tensor | number | (ScatterOptions & { src?: Tensor }),
  options?: ScatterOptions,
): Tensor {
  const { places, source, reduce } = scatterPlan("scatter", x, dim, index, [src, options]);
  if (reduce === "multiply") return x.scatterReduce_(dim, index, filled(source, x, places), "prod");
  return (reduce === "add" ? runScatterAdd : runScatter).inPlace(x, places, source);
}

/**
 * A copy of `x` with elements of `src` added: y[index[i][j]][j] += src[i][j] for dim 0. Repeated indices add up. See
 * {@link https://pytorch.org/docs/stable/generated/torch.Tensor.scatter_add_.html}.
 *
 * @example
 * ```ts
 * import { scatterAdd, tensor, zeros } from "@dinograd/dinograd";
 *
 * console.log(scatterAdd(zeros([3]), 0, [0, 2, 0], tensor([1, 2, 3])).toArray()); // [4, 0, 2]
 * ```
 */
export function scatterAdd(x: Tensor, dim: number, index: IndexLike, src: Tensor): Tensor {
  const { places, source } = scatterPlan("scatterAdd", x, dim, index, [src]);
  return runScatterAdd(x, places, source);
}

/**
 * {@link scatterAdd} in place.
 *
 * @example
 * ```ts
 * import { tensor, zeros } from "@dinograd/dinograd";
 *
 * console.log(zeros([3]).scatterAdd_(0, [1, 1], tensor([7, 8])).toArray()); // [0, 15, 0]
 * ```
 */
export function scatterAdd_(x: Tensor, dim: number, index: IndexLike, src: Tensor): Tensor {
  const { places, source } = scatterPlan("scatterAdd", x, dim, index, [src]);
  return runScatterAdd.inPlace(x, places, source);
}

const runSelect = taking("indexSelect"),
  runIndexAdd = changing("indexAdd", "add"),
  runIndexCopy = changing("indexCopy", "put"),
  runIndexFill = changing("indexFill", "put");

/** Places of the slices of `x` that a list of indices along `dim` names. */
function slicesOf(name: string, x: Tensor, dim: number, index: IndexLike): Places {
  return derived(name, () => slicePlaces(name, x, dim, readIndices(name, index)));
}

/** The same for {@link indexFill}: negative indices wrap, and each slice counts once, however often it is named. */
function distinctSlices(name: string, x: Tensor, dim: number, index: IndexLike): Places {
  const { shape } = asTensor(`call ${name}()`, "the input", x),
    { values, ...read } = readIndices(name, index);
  const size = shape[resolveDim(`call ${name}()`, dim, shape)] ?? 1;
  const distinct = new Set(values.map((v) => v < 0 && v >= -size ? v + size : v));
  return slicePlaces(name, x, dim, { values: Int32Array.from(distinct), ...read }, true);
}

/**
 * The slices of `x` along `dim` that `index` lists, in its order. Rows are copied whole. See
 * {@link https://pytorch.org/docs/stable/generated/torch.index_select.html}.
 *
 * @throws {RangeError} if an index is not in the dimension.
 *
 * @example
 * ```ts
 * import { indexSelect, tensor } from "@dinograd/dinograd";
 *
 * console.log(indexSelect(tensor([[1, 2], [3, 4]]), 0, [1, 1]).toArray()); // [[3, 4], [3, 4]]
 * ```
 */
export function indexSelect(x: Tensor, dim: number, index: IndexLike): Tensor {
  return runSelect(x, slicesOf("indexSelect", x, dim, index));
}

/** `source` for the slices at `places`: its shape must be theirs. */
function sliceSource(name: string, x: Tensor, places: Places, value: unknown): Tensor {
  const source = asSource(name, "source", value, x);
  if (sameShape(source.shape, places.shape)) return source;
  if (sizeOf(source.shape) === 1 && sizeOf(places.shape) === 1) return source.reshape(places.shape);
  throw new ShapeError(
    `Cannot call ${name}() on ${show(x.shape)} with source of shape ${
      show(source.shape)
    }: for these indices it must ` +
      `have shape ${show(places.shape)}`,
  );
}

/** Reads the arguments of indexAdd. */
function additionPlan(
  x: Tensor,
  dim: number,
  index: IndexLike,
  source: Tensor,
  options: { alpha?: number } | number,
): [Tensor, Places, Tensor] {
  const { alpha = 1 } = named<{ alpha: number }>("indexAdd", [options], ["alpha"]);
  const places = slicesOf("indexAdd", x, dim, index), added = sliceSource("indexAdd", x, places, source);
  return [x, places, asNumber("indexAdd", "alpha", alpha) === 1 ? added : added.mul(alpha).to(x.dtype)];
}

/**
 * A copy of `x` to whose slices at `index` along `dim` those of `alpha` · `source` are added; repeated ones add up. See
 * {@link https://pytorch.org/docs/stable/generated/torch.Tensor.index_add_.html}.
 *
 * @example
 * ```ts
 * import { indexAdd, tensor, zeros } from "@dinograd/dinograd";
 *
 * console.log(indexAdd(zeros([3]), 0, [1, 1], tensor([2, 3])).toArray()); // [0, 5, 0]
 * ```
 */
export function indexAdd(
  x: Tensor,
  dim: number,
  index: IndexLike,
  source: Tensor,
  options: { alpha?: number } | number = {},
): Tensor {
  return runIndexAdd(...additionPlan(x, dim, index, source, options));
}

/**
 * {@link indexAdd} in place.
 *
 * @example
 * ```ts
 * import { tensor, zeros } from "@dinograd/dinograd";
 *
 * console.log(zeros([3]).indexAdd_(0, [1], tensor([7])).toArray()); // [0, 7, 0]
 * ```
 */
export function indexAdd_(
  x: Tensor,
  dim: number,
  index: IndexLike,
  source: Tensor,
  options: { alpha?: number } | number = {},
): Tensor {
  return runIndexAdd.inPlace(...additionPlan(x, dim, index, source, options));
}

/**
 * A copy of `x` whose slices at `index` along `dim` are those of `source`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.Tensor.index_copy_.html}.
 *
 * @example
 * ```ts
 * import { indexCopy, tensor, zeros } from "@dinograd/dinograd";
 *
 * console.log(indexCopy(zeros([3]), 0, [2, 0], tensor([7, 8])).toArray()); // [8, 0, 7]
 * ```
 */
export function indexCopy(x: Tensor, dim: number, index: IndexLike, source: Tensor): Tensor {
  const places = slicesOf("indexCopy", x, dim, index);
  return runIndexCopy(x, places, sliceSource("indexCopy", x, places, source));
}

/**
 * {@link indexCopy} in place.
 *
 * @example
 * ```ts
 * import { tensor, zeros } from "@dinograd/dinograd";
 *
 * console.log(zeros([3]).indexCopy_(0, [1], tensor([7])).toArray()); // [0, 7, 0]
 * ```
 */
export function indexCopy_(x: Tensor, dim: number, index: IndexLike, source: Tensor): Tensor {
  const places = slicesOf("indexCopy", x, dim, index);
  return runIndexCopy.inPlace(x, places, sliceSource("indexCopy", x, places, source));
}

/** A number, or a 0-d tensor repeated over the places. */
function fillSource(name: string, x: Tensor, places: Places, value: Tensor | number): Tensor | number {
  if (typeof value === "number") return value;
  const source = asSource(name, "value", value, x);
  if (source.shape.length === 0) return source.expand(places.shape);
  throw new ShapeError(
    `Cannot call ${name}() with value of shape ${show(source.shape)}: it must be a number or a 0-d tensor`,
  );
}

/**
 * A copy of `x` whose slices at `index` along `dim` are all `value`, a number or a 0-d tensor; negative indices count
 * from the end. See {@link https://pytorch.org/docs/stable/generated/torch.Tensor.index_fill_.html}.
 *
 * @example
 * ```ts
 * import { indexFill, zeros } from "@dinograd/dinograd";
 *
 * console.log(indexFill(zeros([3]), 0, [0, -1], 5).toArray()); // [5, 0, 5]
 * ```
 */
export function indexFill(x: Tensor, dim: number, index: IndexLike, value: Tensor | number): Tensor {
  const places = distinctSlices("indexFill", x, dim, index);
  return runIndexFill(x, places, fillSource("indexFill", x, places, value));
}

/**
 * {@link indexFill} in place.
 *
 * @example
 * ```ts
 * import { zeros } from "@dinograd/dinograd";
 *
 * console.log(zeros([3]).indexFill_(0, [-1], 7).toArray()); // [0, 0, 7]
 * ```
 */
export function indexFill_(x: Tensor, dim: number, index: IndexLike, value: Tensor | number): Tensor {
  const places = distinctSlices("indexFill", x, dim, index);
  return runIndexFill.inPlace(x, places, fillSource("indexFill", x, places, value));
}
