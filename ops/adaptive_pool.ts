/** Pooling to a given size, whatever that of the input: averages and maxima of parts as equal as can be. */
import { named, type Optional } from "../lib/arguments.ts";
import { isFloat } from "../lib/dtype.ts";
import {
  averageBoxes,
  type IndicesOptions,
  type MaxPooling,
  maxPooling,
  type MaxPoolingWithIndices,
} from "../lib/pooling.ts";
import type { Shape } from "../lib/shape.ts";
import { asTensor, type Tensor } from "../lib/tensor.ts";
import { adaptiveSpans, checkPlanes, readSizes, type Spans } from "../lib/windows.ts";

/** One size for all pooled dimensions, or a list; null keeps a dimension as it is. */
export type AdaptiveSizes = number | null | readonly (number | null)[];

/** Options of the adaptive poolings by averages. */
export interface AdaptivePoolOptions {
  /** The size of the result. */
  outputSize?: AdaptiveSizes;
}

/** Options of the adaptive poolings by maxima. */
export interface AdaptiveMaxPoolOptions extends AdaptivePoolOptions, IndicesOptions {}

/** The parts along each of the last `rank` dimensions. */
function partsOf(name: string, shape: Shape, rank: number, outputSize: unknown): Spans[] {
  checkPlanes(name, shape, rank);
  const sizes = shape.slice(-rank), list: unknown[] = Array.isArray(outputSize) ? outputSize : [outputSize];
  const given = list.length === 1 ? sizes.map(() => list[0]) : list;
  const wanted = given.map((n, d) => n === null ? sizes[d] : n);
  const counts = readSizes(name, "outputSize", wanted.length === rank ? wanted : outputSize, rank, 0);
  return sizes.map((size, d) => adaptiveSpans(size, counts[d]));
}

function averageOf(name: string, rank: number, input: Tensor, args: Optional<AdaptivePoolOptions>): Tensor {
  const { outputSize } = named<AdaptivePoolOptions>(name, args, ["outputSize"]);
  const x = asTensor(`call ${name}()`, "the input", input), parts = partsOf(name, x.shape, rank, outputSize);
  if (!isFloat(x.dtype)) throw new TypeError(`Cannot call ${name}() on dtype ${x.dtype}: it must be a float`);
  return averageBoxes(x, parts, parts.map(({ from, to }) => to.map((end, j) => end - from[j])));
}

function maximaOf(rank: number) {
  const name = `adaptiveMaxPool${rank}d`;
  return maxPooling<AdaptiveMaxPoolOptions>(name, ["outputSize", "returnIndices"], (x, { outputSize }) => {
    return partsOf(name, x.shape, rank, outputSize).map((spans) => [spans]);
  });
}

/**
 * The averages of `outputSize` parts of signals [N, C, L] or [C, L]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_avg_pool1d.html}.
 *
 * @throws {ShapeError} if the input has another number of dimensions.
 *
 * @example
 * ```ts
 * import { adaptiveAvgPool1d, tensor } from "@dinograd/dinograd";
 *
 * console.log(adaptiveAvgPool1d(tensor([[1, 3, 5, 7]]), 2).toArray()); // [[2, 6]]
 * ```
 */
export function adaptiveAvgPool1d(input: Tensor, ...options: Optional<AdaptivePoolOptions>): Tensor {
  return averageOf("adaptiveAvgPool1d", 1, input, options);
}

/**
 * The averages of `outputSize` parts of images [N, C, H, W] or [C, H, W]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_avg_pool2d.html}.
 *
 * @throws {ShapeError} if the input has another number of dimensions.
 *
 * @example
 * ```ts
 * import { adaptiveAvgPool2d, ones } from "@dinograd/dinograd";
 *
 * console.log(adaptiveAvgPool2d(ones([1, 8, 7, 9]), [3, null]).shape); // [1, 8, 3, 9]
 * ```
 */
export function adaptiveAvgPool2d(input: Tensor, ...options: Optional<AdaptivePoolOptions>): Tensor {
  return averageOf("adaptiveAvgPool2d", 2, input, options);
}

/**
 * The averages of `outputSize` parts of volumes [N, C, D, H, W] or [C, D, H, W]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_avg_pool3d.html}.
 *
 * @throws {ShapeError} if the input has another number of dimensions.
 *
 * @example
 * ```ts
 * import { adaptiveAvgPool3d, ones } from "@dinograd/dinograd";
 *
 * console.log(adaptiveAvgPool3d(ones([8, 5, 6, 7]), 2).shape); // [8, 2, 2, 2]
 * ```
 */
export function adaptiveAvgPool3d(input: Tensor, ...options: Optional<AdaptivePoolOptions>): Tensor {
  return averageOf("adaptiveAvgPool3d", 3, input, options);
}

const [signals, images, volumes] = [1, 2, 3].map(maximaOf);

/**
 * The maxima of `outputSize` parts of signals [N, C, L] or [C, L]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_max_pool1d.html}.
 *
 * @throws {ShapeError} if the input has another number of dimensions.
 *
 * @example
 * ```ts
 * import { adaptiveMaxPool1d, tensor } from "@dinograd/dinograd";
 *
 * console.log(adaptiveMaxPool1d(tensor([[1, 3, 2, 0]]), 2).toArray()); // [[3, 2]]
 * ```
 */
export const adaptiveMaxPool1d: MaxPooling<AdaptiveMaxPoolOptions> = signals.pool;

/**
 * {@link adaptiveMaxPool1d} with indices: the pair [maxima, indices].
 *
 * @example
 * ```ts
 * import { adaptiveMaxPool1dWithIndices, tensor } from "@dinograd/dinograd";
 *
 * console.log(adaptiveMaxPool1dWithIndices(tensor([[1, 3, 2, 0]]), 2).map((t) => t.toArray())); // [[[3, 2]], [[1, 2]]]
 * ```
 */
export const adaptiveMaxPool1dWithIndices: MaxPoolingWithIndices<AdaptiveMaxPoolOptions> =
  signals.withIndices;

/**
 * The maxima of `outputSize` parts of images [N, C, H, W] or [C, H, W]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_max_pool2d.html}.
 *
 * @throws {ShapeError} if the input has another number of dimensions.
 *
 * @example
 * ```ts
 * import { adaptiveMaxPool2d, ones } from "@dinograd/dinograd";
 *
 * const [values, indices] = adaptiveMaxPool2d(ones([1, 8, 7, 9]), [3, null], { returnIndices: true });
 * console.log(values.shape, indices.dtype); // [1, 8, 3, 9] int32
 * ```
 */
export const adaptiveMaxPool2d: MaxPooling<AdaptiveMaxPoolOptions> = images.pool;

/**
 * {@link adaptiveMaxPool2d} with indices: the pair [maxima, indices].
 *
 * @example
 * ```ts
 * import { adaptiveMaxPool2dWithIndices, ones } from "@dinograd/dinograd";
 *
 * console.log(adaptiveMaxPool2dWithIndices(ones([1, 4, 4]), 2).map((t) => t.shape)); // [[1, 2, 2], [1, 2, 2]]
 * ```
 */
export const adaptiveMaxPool2dWithIndices: MaxPoolingWithIndices<AdaptiveMaxPoolOptions> = images.withIndices;

/**
 * The maxima of `outputSize` parts of volumes [N, C, D, H, W] or [C, D, H, W]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_max_pool3d.html}.
 *
 * @throws {ShapeError} if the input has another number of dimensions.
 *
 * @example
 * ```ts
 * import { adaptiveMaxPool3d, ones } from "@dinograd/dinograd";
 *
 * console.log(adaptiveMaxPool3d(ones([8, 5, 6, 7]), 2).shape); // [8, 2, 2, 2]
 * ```
 */
export const adaptiveMaxPool3d: MaxPooling<AdaptiveMaxPoolOptions> = volumes.pool;

/**
 * {@link adaptiveMaxPool3d} with indices: the pair [maxima, indices].
 *
 * @example
 * ```ts
 * import { adaptiveMaxPool3dWithIndices, ones } from "@dinograd/dinograd";
 *
 * console.log(adaptiveMaxPool3dWithIndices(ones([1, 4, 4, 4]), 2).map((t) => t.shape)); // [[1, 2, 2, 2], [1, 2, 2, 2]]
 * ```
 */
export const adaptiveMaxPool3dWithIndices: MaxPoolingWithIndices<AdaptiveMaxPoolOptions> =
  volumes.withIndices;
