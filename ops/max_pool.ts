/** Pooling by maxima, over windows that slide or that start at random (fractional pooling). */
import { fillUniform, targetOf } from "../lib/distributions.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import {
  type IndicesOptions,
  type MaxPooling,
  maxPooling,
  type MaxPoolingWithIndices,
} from "../lib/pooling.ts";
import { defaultGenerator } from "../lib/random.ts";
import { show } from "../lib/shape.ts";
import { asTensor, empty, type Tensor } from "../lib/tensor.ts";
import {
  checkPlanes,
  type PoolOptions,
  poolWindows,
  readSizes,
  type Sizes,
  type Spans,
  spansOf,
} from "../lib/windows.ts";

export type { IndicesOptions, MaxPooling, MaxPoolingWithIndices };

/** Options of {@link maxPool1d}, {@link maxPool2d} and {@link maxPool3d}. */
export interface MaxPoolOptions extends PoolOptions, IndicesOptions {
  /** The distance between neighbours in a window; default 1. */
  dilation?: Sizes;
}

const order = ["kernelSize", "stride", "padding", "dilation", "ceilMode", "returnIndices"] as const;

function sliding(rank: number) {
  const name = `maxPool${rank}d`;
  return maxPooling<MaxPoolOptions>(name, order, (x, options) => {
    const spans = poolWindows(name, x.shape, rank, options).map(spansOf);
    if (spans.every(({ from, to }) => from.every((start, j) => start < to[j]))) return spans.map((s) => [s]);
    throw new RangeError(
      `Cannot call ${name}() on ${
        show(x.shape)
      }: a window has nothing but padding; take less of it, or of dilation`,
    );
  });
}

const [signals, images, volumes] = [1, 2, 3].map(sliding);

/**
 * The maxima of windows that slide over signals [N, C, L] or [C, L]; padding never is one. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.max_pool1d.html}.
 *
 * @throws {ShapeError} if no window fits.
 *
 * @example
 * ```ts
 * import { maxPool1d, tensor } from "@dinograd/dinograd";
 *
 * console.log(maxPool1d(tensor([[1, 3, 2, 0]]), 2).toArray()); // [[3, 2]]
 * ```
 */
export const maxPool1d: MaxPooling<MaxPoolOptions> = signals.pool;

/**
 * {@link maxPool1d} with indices: the pair [maxima, indices].
 *
 * @example
 * ```ts
 * import { maxPool1dWithIndices, tensor } from "@dinograd/dinograd";
 *
 * console.log(maxPool1dWithIndices(tensor([[1, 3, 2, 0]]), 2).map((t) => t.toArray())); // [[[3, 2]], [[1, 2]]]
 * ```
 */
export const maxPool1dWithIndices: MaxPoolingWithIndices<MaxPoolOptions> = signals.withIndices;

/**
 * The maxima of windows that slide over images [N, C, H, W] or [C, H, W]; padding never is one. Equal ones give the first,
 * NaN counts as largest. See {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.max_pool2d.html}.
 *
 * @throws {ShapeError} if no window fits.
 *
 * @example
 * ```ts
 * import { maxPool2d, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([[[1, 2, 0, 1], [4, 3, 5, 1]]]);
 * console.log(maxPool2d(x, 2).toArray()); // [[[4, 5]]]
 * const [, indices] = maxPool2d(x, 2, { returnIndices: true });
 * console.log(indices.toArray()); // [[[4, 6]]]
 * ```
 */
export const maxPool2d: MaxPooling<MaxPoolOptions> = images.pool;

/**
 * {@link maxPool2d} with indices: the pair [maxima, indices].
 *
 * @example
 * ```ts
 * import { maxPool2dWithIndices, tensor } from "@dinograd/dinograd";
 *
 * console.log(maxPool2dWithIndices(tensor([[[1, 2], [4, 3]]]), 2).map((t) => t.toArray())); // [[[[4]]], [[[2]]]]
 * ```
 */
export const maxPool2dWithIndices: MaxPoolingWithIndices<MaxPoolOptions> = images.withIndices;

/**
 * The maxima of windows that slide over volumes [N, C, D, H, W] or [C, D, H, W]; padding never is one. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.max_pool3d.html}.
 *
 * @throws {ShapeError} if no window fits.
 *
 * @example
 * ```ts
 * import { maxPool3d, ones } from "@dinograd/dinograd";
 *
 * console.log(maxPool3d(ones([2, 5, 5, 5]), 2, { ceilMode: true }).shape); // [2, 3, 3, 3]
 * ```
 */
export const maxPool3d: MaxPooling<MaxPoolOptions> = volumes.pool;

/**
 * {@link maxPool3d} with indices: the pair [maxima, indices].
 *
 * @example
 * ```ts
 * import { maxPool3dWithIndices, ones } from "@dinograd/dinograd";
 *
 * console.log(maxPool3dWithIndices(ones([1, 4, 4, 4]), 2).map((t) => t.shape)); // [[1, 2, 2, 2], [1, 2, 2, 2]]
 * ```
 */
export const maxPool3dWithIndices: MaxPoolingWithIndices<MaxPoolOptions> = volumes.withIndices;

/** Options of {@link fractionalMaxPool2d} and {@link fractionalMaxPool3d}. */
export interface FractionalMaxPoolOptions extends IndicesOptions {
  /** How many elements a window covers. */
  kernelSize?: Sizes;
  /** How many windows there are. */
  outputSize?: Sizes | null;
  /** Instead of `outputSize`: how many there are for each element, between 0 and 1. */
  outputRatio?: number | readonly number[] | null;
  /** Numbers from 0 to 1 [N, C, dims] to put the windows by; default: drawn from the generator. */
  _randomSamples?: Tensor | null;
}

const fractionalOrder = [
  "kernelSize",
  "outputSize",
  "outputRatio",
  "returnIndices",
  "_randomSamples",
] as const;

function fractional(rank: number) {
  const name = `fractionalMaxPool${rank}d`;
  return maxPooling<FractionalMaxPoolOptions>(name, fractionalOrder, (x, options) => {
    const kernel = readSizes(name, "kernelSize", options.kernelSize, rank, 1);
    checkPlanes(name, x.shape, rank);
    const sizes = x.shape.slice(-rank), counts = countsOf(name, sizes, options);
    const odd = sizes.findIndex((size, d) => counts[d] + kernel[d] - 1 > size);
    if (odd >= 0) {
      throw new ShapeError(
        `Cannot call ${name}() on ${show(x.shape)}: ${show(counts)} windows of ${
          show(kernel)
        } elements need more`,
      );
    }
    const samples = samplesOf(name, x, rank, options._randomSamples ?? null);
    // PyTorch takes the samples of a plane for width, then height, but those of a volume for depth, height, width
    const turn = rank === 2 ? [1, 0] : [0, 1, 2];
    return sizes.map((size, d) =>
      Array.from({ length: Math.max(samples.length / rank, 1) }, (_, plane) => {
        const sample = samples[plane * rank + turn[d]] ?? 0; // an empty batch has none, and planes of some size
        return randomSpans(size, counts[d], kernel[d], sample, x.dtype === "float32" ? Math.fround : Number);
      })
    );
  });
}

/** How many windows along each dimension, from `outputSize` or `outputRatio`. */
function countsOf(
  name: string,
  sizes: readonly number[],
  options: FractionalMaxPoolOptions,
): readonly number[] {
  const { outputSize = null, outputRatio = null } = options, rank = sizes.length;
  if (outputSize !== null) return readSizes(name, "outputSize", outputSize, rank, 1);
  const ratios: readonly unknown[] = Array.isArray(outputRatio) ? outputRatio : sizes.map(() => outputRatio);
  const isRatio = (r: unknown): r is number => typeof r === "number" && r > 0 && r <= 1;
  if (ratios.length === rank && ratios.every(isRatio)) {
    return sizes.map((size, d) => Math.trunc(size * ratios[d]));
  }
  throw new TypeError(
    `Cannot call ${name}() with outputRatio ${
      describe(outputRatio)
    }: it needs outputSize, or a ratio between 0 and 1`,
  );
}

/** One number for each dimension of each plane. */
function samplesOf(name: string, x: Tensor, rank: number, given: Tensor | null): ArrayLike<number> {
  const shape = [x.ndim === rank + 2 ? x.shape[0] : 1, x.shape[x.ndim - rank - 1], rank];
  if (given === null) {
    const samples = empty(shape, x.dtype === "float64" ? "float64" : "float32");
    fillUniform(defaultGenerator(), targetOf(samples), 0, 1);
    return samples.toTypedArray();
  }
  const samples = asTensor(`call ${name}()`, "_randomSamples", given);
  if (samples.ndim === 3 && samples.shape.every((n, d) => d === 0 ? n >= shape[0] : n === shape[d])) {
    return samples.narrow(0, 0, shape[0]).toTypedArray();
  }
  throw new ShapeError(
    `Cannot call ${name}() on ${show(x.shape)} with _randomSamples ${
      show(samples.shape)
    }: it must have shape ` +
      show(shape),
  );
}

// window j starts at ⌊(j + u) α⌋ − ⌊u α⌋, where α lets the last one end at the end; computed in the input's precision
function randomSpans(
  size: number,
  count: number,
  kernel: number,
  u: number,
  round: (x: number) => number,
): Spans {
  const room = size - kernel, alpha = round(room / (count - 1));
  const from = Int32Array.from({ length: count }, (_, j) => {
    if (j === count - 1) return room;
    return Math.trunc(round(round(j + u) * alpha)) - Math.trunc(round(u * alpha));
  });
  return { size, from, to: from.map((start) => start + kernel), step: 1 };
}

const [randomImages, randomVolumes] = [2, 3].map(fractional);

/**
 * The maxima of windows that are put at random so that just `outputSize` of them fill the images [N, C, H, W] or [C, H, W]
 * (Graham 2014). See {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.fractional_max_pool2d.html}.
 *
 * @throws {ShapeError} if that many windows do not fit.
 *
 * @example
 * ```ts
 * import { fractionalMaxPool2d, ones } from "@dinograd/dinograd";
 *
 * console.log(fractionalMaxPool2d(ones([1, 9, 9]), 2, { outputRatio: 0.7 }).shape); // [1, 6, 6]
 * ```
 */
export const fractionalMaxPool2d: MaxPooling<FractionalMaxPoolOptions> = randomImages.pool;

/**
 * {@link fractionalMaxPool2d} with indices: the pair [maxima, indices].
 *
 * @example
 * ```ts
 * import { fractionalMaxPool2dWithIndices, ones } from "@dinograd/dinograd";
 *
 * console.log(fractionalMaxPool2dWithIndices(ones([1, 9, 9]), 2, 6).map((t) => t.shape)); // [[1, 6, 6], [1, 6, 6]]
 * ```
 */
export const fractionalMaxPool2dWithIndices: MaxPoolingWithIndices<FractionalMaxPoolOptions> =
  randomImages.withIndices;

/**
 * {@link fractionalMaxPool2d} for volumes [N, C, D, H, W] or [C, D, H, W]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.FractionalMaxPool3d.html}.
 *
 * @throws {ShapeError} if that many windows do not fit.
 *
 * @example
 * ```ts
 * import { fractionalMaxPool3d, ones } from "@dinograd/dinograd";
 *
 * console.log(fractionalMaxPool3d(ones([1, 6, 6, 6]), 2, [3, 4, 5]).shape); // [1, 3, 4, 5]
 * ```
 */
export const fractionalMaxPool3d: MaxPooling<FractionalMaxPoolOptions> = randomVolumes.pool;

/**
 * {@link fractionalMaxPool3d} with indices: the pair [maxima, indices].
 *
 * @example
 * ```ts
 * import { fractionalMaxPool3dWithIndices, ones } from "@dinograd/dinograd";
 *
 * console.log(fractionalMaxPool3dWithIndices(ones([1, 6, 6, 6]), 2, 3).map((t) => t.shape)); // [[1, 3, 3, 3], [1, 3, 3, 3]]
 * ```
 */
export const fractionalMaxPool3dWithIndices: MaxPoolingWithIndices<FractionalMaxPoolOptions> =
  randomVolumes.withIndices;
