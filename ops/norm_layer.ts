/** Normalization layers as functions: mean 0 and variance 1 over a layer, a group of channels, or a batch. */
import { asCount, asFlag, asNumber, named } from "../lib/arguments.ts";
import { normalizeBatch, SHORT } from "../lib/batch_norm.ts";
import { ShapeError } from "../lib/errors.ts";
import { noGrad } from "../lib/grad_mode.ts";
import { asFloats, asPartner } from "../lib/layer.ts";
import { asShape, type Shape, show, sizeOf } from "../lib/shape.ts";
import { moments, scaleAndShift } from "../lib/moments.ts";
import { layerNormRows } from "../lib/standardize.ts";
import type { Tensor } from "../lib/tensor.ts";
import { UpdateRule } from "../lib/update.ts";

/** Options of {@link layerNorm}. */
export interface LayerNormOptions {
  /** Multiplies the normalized elements; of the normalized shape. */
  weight?: Tensor | null;
  /** Added at the end; of the normalized shape. */
  bias?: Tensor | null;
  /** Added to the variance; default 1e-5. */
  eps?: number;
}

/**
 * Brings the last dimensions of x, which must be `normalizedShape`, to mean 0 and variance 1, then applies weight and
 * bias. Shape unchanged. Ba, Kiros and Hinton, 2016. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.layer_norm.html}.
 *
 * @throws {ShapeError} if `normalizedShape` is not the end of x's shape, or weight or bias differ from it.
 *
 * @example
 * ```ts
 * import { layerNorm, tensor } from "@dinograd/dinograd";
 *
 * console.log(layerNorm(tensor([1, 3]), [2], { eps: 0 }).toArray()); // [-1, 1]
 * ```
 */
export function layerNorm(
  x: Tensor,
  normalizedShape: Shape | (LayerNormOptions & { normalizedShape: Shape }),
  weight?: Tensor | null | LayerNormOptions,
  bias?: Tensor | null | LayerNormOptions,
  eps?: number | LayerNormOptions,
  options?: LayerNormOptions,
): Tensor {
  return layerNormOf("layerNorm", x, [normalizedShape, weight, bias, eps, options]).y;
}

/**
 * {@link layerNorm} with all arguments; returns [y, mean, rstd], of which the mean and the reciprocal standard
 * deviation take no gradient, as in PyTorch.
 *
 * @example
 * ```ts
 * import { nativeLayerNorm, tensor } from "@dinograd/dinograd";
 *
 * const [, mean, rstd] = nativeLayerNorm(tensor([[1, 3]]), [2], null, null, 0);
 * console.log(mean.toArray(), rstd.toArray()); // [[2]] [[1]]
 * ```
 */
export function nativeLayerNorm(
  x: Tensor,
  normalizedShape: Shape,
  weight: Tensor | null,
  bias: Tensor | null,
  eps: number,
): [y: Tensor, mean: Tensor, rstd: Tensor] {
  const { y, mean, rstd } = layerNormOf("nativeLayerNorm", x, [normalizedShape, weight, bias, eps]);
  const shape = x.shape.map((size, d) => d < x.shape.length - normalizedShape.length ? size : 1);
  return [y, mean.detach().reshape(shape), rstd.detach().reshape(shape)];
}

function layerNormOf(
  name: string,
  x: Tensor,
  args: readonly unknown[],
): { y: Tensor; mean: Tensor; rstd: Tensor } {
  const { normalizedShape, weight, bias, eps = 1e-5 } = named<
    LayerNormOptions & { normalizedShape: Shape }
  >(name, args, ["normalizedShape", "weight", "bias", "eps"]);
  const input = asFloats(name, x), wanted = asShape(`call ${name}()`, normalizedShape);
  const first = input.shape.length - wanted.length;
  if (wanted.length === 0 || first < 0 || wanted.some((size, d) => size !== input.shape[first + d])) {
    throw new ShapeError(
      `Cannot call ${name}() on ${show(input.shape)} with normalizedShape ${
        show(wanted)
      }: its last dimensions must ` +
        `be these`,
    );
  }
  const flat = [sizeOf(wanted)], rows = input.reshape([sizeOf(input.shape.slice(0, first)), ...flat]);
  const w = asPartner(name, "weight", weight, input, wanted) ?? input.newOnes(flat);
  const b = asPartner(name, "bias", bias, input, wanted) ?? input.newZeros(flat);
  const [y, mean, rstd] = layerNormRows([rows, w.reshape(flat), b.reshape(flat)], {
    eps: asNumber(name, "eps", eps),
  });
  return { y: y.reshape(input.shape), mean, rstd };
}

/** Options of {@link groupNorm}. */
export interface GroupNormOptions {
  /** Multiplies each channel. */
  weight?: Tensor | null;
  /** Added to each channel. */
  bias?: Tensor | null;
  /** Added to the variance; default 1e-5. */
  eps?: number;
}

/**
 * Divides the channels of x [n, channels, ...] into groups and brings each group of each sample to mean 0 and
 * variance 1, then applies weight and bias [channels]. Shape unchanged. Wu and He, 2018. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.group_norm.html}.
 *
 * @throws {ShapeError} if the channels do not divide into groups, or a group has one element only.
 *
 * @example
 * ```ts
 * import { groupNorm, tensor } from "@dinograd/dinograd";
 *
 * console.log(groupNorm(tensor([[1, 3, 10, 30]]), 2, { eps: 0 }).toArray()); // [[-1, 1, -1, 1]]
 * ```
 */
export function groupNorm(
  x: Tensor,
  numGroups: number | (GroupNormOptions & { numGroups: number }),
  ...rest: (Tensor | number | null | GroupNormOptions | undefined)[]
): Tensor {
  const given = named<GroupNormOptions & { numGroups: number }>(
    "groupNorm",
    [numGroups, ...rest],
    ["numGroups", "weight", "bias", "eps"],
  );
  const input = channelled("groupNorm", x), [n, channels] = input.shape;
  const groups = asCount("groupNorm", "numGroups", given.numGroups, 1);
  if (channels % groups !== 0) {
    throw new ShapeError(
      `Cannot call groupNorm() on ${
        show(input.shape)
      }: ${channels} channels do not divide into ${groups} groups`,
    );
  }
  const length = channels / groups * sizeOf(input.shape.slice(2));
  if (n * length === 1) throw tooFew("groupNorm", input, "group");
  const rows = input.reshape([n * groups, length]), [mean, variance] = moments([rows], { dim: 1 });
  const rstd = variance.add(asNumber("groupNorm", "eps", given.eps ?? 1e-5)).rsqrt();
  const weight = asPartner("groupNorm", "weight", given.weight, input, [channels]);
  const bias = asPartner("groupNorm", "bias", given.bias, input, [channels]);
  const zeros = input.newZeros([channels]), wide = channelsOf(input);
  if (wide.dim === 1) {
    const each = (t: Tensor) => t.expand([n * groups, channels / groups]).reshape([n * channels, 1]);
    const scale = weight ? each(rstd).mul(wide.spread(weight)) : each(rstd);
    return scaleAndShift(wide.matrix, each(mean), scale, wide.spread(bias ?? zeros), 1).reshape(input.shape);
  }
  const y = scaleAndShift(rows, mean, rstd, mean.detach().zerosLike(), 1).reshape(input.shape);
  if (!weight && !bias) return y;
  const { matrix, dim, spread } = channelsOf(y);
  return scaleAndShift(matrix, spread(zeros), spread(weight ?? zeros.add(1)), spread(bias ?? zeros), dim)
    .reshape(input.shape);
}

/** x [n, channels, ...] as a matrix whose rows, or else whose columns, belong to one channel each. */
interface Channels {
  readonly matrix: Tensor;
  /** The dimension along a row or column: 1 or 0. */
  readonly dim: 0 | 1;
  /** Figures of channels, [channels], as those of the rows or columns. */
  readonly spread: (figures: Tensor) => Tensor;
}

function channelsOf(x: Tensor): Channels {
  const [n, channels, ...rest] = x.shape, size = sizeOf(rest), dim = size > SHORT || n === 1 ? 1 : 0;
  return dim === 1
    ? {
      dim,
      matrix: x.reshape([n * channels, size]),
      spread: (t) => t.expand([n, channels]).reshape([n * channels, 1]),
    }
    : {
      dim,
      matrix: x.reshape([n, channels * size]),
      spread: (t) => t.unsqueeze(1).expand([channels, size]).reshape([1, channels * size]),
    };
}

function channelled(name: string, x: Tensor): Tensor {
  const input = asFloats(name, x);
  if (input.shape.length >= 2) return input;
  throw new ShapeError(`Cannot call ${name}() on ${show(input.shape)}: it must be [n, channels, ...]`);
}

function tooFew(name: string, x: Tensor, per: string): ShapeError {
  return new ShapeError(
    `Cannot call ${name}() on ${show(x.shape)}: a variance needs more than 1 element for each ${per}`,
  );
}

/** Options of {@link batchNorm}. */
export interface BatchNormOptions {
  /** The running mean of each channel. */
  runningMean?: Tensor | null;
  /** The running variance of each channel. */
  runningVar?: Tensor | null;
  /** Multiplies each channel. */
  weight?: Tensor | null;
  /** Added to each channel. */
  bias?: Tensor | null;
  /** Whether to normalize by the batch and bring the running figures up to date; default false. */
  training?: boolean;
  /** How much of the new figures goes into the running ones; default 0.1. */
  momentum?: number;
  /** Added to the variance; default 1e-5. */
  eps?: number;
}

/**
 * Brings each channel of x [n, channels, ...] to mean 0 and variance 1, then applies weight and bias [channels]. While
 * training, mean and variance are those of the batch, and the running ones [channels], if given, change in place;
 * otherwise the running ones serve. Shape unchanged. Ioffe and Szegedy, 2015. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.batch_norm.html}.
 *
 * @throws {ShapeError} if a channel has one element only while training, or a tensor does not fit the channels.
 *
 * @example
 * ```ts
 * import { batchNorm, tensor, zeros } from "@dinograd/dinograd";
 *
 * const runningMean = zeros(1), x = tensor([[1], [3]]);
 * console.log(batchNorm(x, runningMean, tensor([1]), { training: true, momentum: 0.5, eps: 0 }).toArray()); // [[-1], [1]]
 * console.log(runningMean.toArray()); // [1]
 * ```
 */
export function batchNorm(
  x: Tensor,
  runningMean?: Tensor | null | BatchNormOptions,
  ...rest: (Tensor | boolean | number | null | BatchNormOptions | undefined)[]
): Tensor {
  const given = named<BatchNormOptions>("batchNorm", [runningMean, ...rest], [
    "runningMean",
    "runningVar",
    "weight",
    "bias",
    "training",
    "momentum",
    "eps",
  ]);
  const input = asFloats("batchNorm", x);
  if (input.numel() === 0) return input.clone();
  if (asFlag("batchNorm", "training", given.training ?? false)) {
    const [n, , ...size] = channelled("batchNorm", input).shape;
    if (n * sizeOf(size) === 1) throw tooFew("batchNorm", input, "channel");
  }
  return batchNormOf("batchNorm", input, given).y;
}

/**
 * {@link batchNorm} with all arguments; returns [y, mean, rstd], of which the batch's mean and reciprocal standard
 * deviation take no gradient and are empty unless training, as in PyTorch.
 *
 * @example
 * ```ts
 * import { nativeBatchNorm, tensor } from "@dinograd/dinograd";
 *
 * const [, mean, rstd] = nativeBatchNorm(tensor([[1], [3]]), null, null, null, null, true, 0.1, 0);
 * console.log(mean.toArray(), rstd.toArray()); // [2] [1]
 * ```
 */
export function nativeBatchNorm(
  x: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  training: boolean,
  momentum: number,
  eps: number,
): [y: Tensor, mean: Tensor, rstd: Tensor] {
  const given = { weight, bias, runningMean, runningVar, training, momentum, eps };
  const { y, mean, rstd } = batchNormOf("nativeBatchNorm", asFloats("nativeBatchNorm", x), given);
  const figures = (t: Tensor) => training ? t.detach() : t.newZeros([0]);
  return [y, figures(mean), figures(rstd)];
}

/** Batch norm of x [n, channels, ...]; mean and rstd are [channels]. */
function batchNormOf(
  name: string,
  x: Tensor,
  given: BatchNormOptions,
): { y: Tensor; mean: Tensor; rstd: Tensor } {
  const channels = channelled(name, x).shape[1], momentum = asNumber(name, "momentum", given.momentum ?? 0.1);
  const eps = asNumber(name, "eps", given.eps ?? 1e-5),
    training = asFlag(name, "training", given.training ?? false);
  const partner = (what: string, value: unknown) => asPartner(name, what, value, x, [channels]);
  const weight = partner("weight", given.weight), bias = partner("bias", given.bias);
  const runningMean = partner("runningMean", given.runningMean);
  const runningVar = partner("runningVar", given.runningVar);
  if (training) {
    const [y, mean, variance, rstd] = normalizeBatch(x, weight, bias, eps), count = x.numel() / channels;
    follow(runningMean, mean, 1, momentum);
    follow(runningVar, variance, count / (count - 1), momentum);
    return { y, mean, rstd };
  }
  if (!runningMean || !runningVar) {
    throw new TypeError(
      `Cannot call ${name}() without runningMean and runningVar: unless training, both must be given`,
    );
  }
  const { matrix, dim, spread } = channelsOf(x), mean = runningMean, rstd = runningVar.add(eps).rsqrt();
  const scale = weight ? rstd.mul(weight) : rstd, shift = bias ?? x.newZeros([channels]);
  const y = scaleAndShift(matrix, spread(mean), spread(scale), spread(shift), dim);
  return { y: y.reshape(x.shape), mean, rstd };
}

/** Moves a running figure towards `factor` times the batch's, in place. */
function follow(running: Tensor | null, figure: Tensor, factor: number, momentum: number): void {
  if (running) following.run([running, figure], [1 - momentum, factor * momentum]);
}

const following = new UpdateRule(["running", "figure"], ["kept", "share"], (k, x, set) => {
  set("running", k.add(k.mul(x.kept, x.running), k.mul(x.share, x.figure)));
});

/** Options of {@link instanceNorm}. */
export interface InstanceNormOptions extends Omit<BatchNormOptions, "training"> {
  /** Whether to normalize by the instance's own figures rather than the running ones; default true. */
  useInputStats?: boolean;
}

/**
 * {@link batchNorm} of each sample by itself: every channel of every sample of x [n, channels, ...] is brought to mean
 * 0 and variance 1. Running figures follow their average over the samples. Ulyanov, Vedaldi and Lempitsky, 2016. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.instance_norm.html}.
 *
 * @throws {ShapeError} if a channel of a sample has one element only.
 *
 * @example
 * ```ts
 * import { instanceNorm, tensor } from "@dinograd/dinograd";
 *
 * console.log(instanceNorm(tensor([[[1, 3], [10, 30]]]), { eps: 0 }).toArray()); // [[[-1, 1], [-1, 1]]]
 * ```
 */
export function instanceNorm(
  x: Tensor,
  runningMean?: Tensor | null | InstanceNormOptions,
  ...rest: (Tensor | boolean | number | null | InstanceNormOptions | undefined)[]
): Tensor {
  const given = named<InstanceNormOptions>("instanceNorm", [runningMean, ...rest], [
    "runningMean",
    "runningVar",
    "weight",
    "bias",
    "useInputStats",
    "momentum",
    "eps",
  ]);
  const input = channelled("instanceNorm", x), [n, channels, ...size] = input.shape;
  const training = asFlag("instanceNorm", "useInputStats", given.useInputStats ?? true);
  if (training && sizeOf(size) === 1) throw tooFew("instanceNorm", input, "channel of a sample");
  const partner = (what: string, value: unknown) => asPartner("instanceNorm", what, value, input, [channels]);
  const runningMeans = partner("runningMean", given.runningMean),
    runningVars = partner("runningVar", given.runningVar);
  if (input.numel() === 0) return input.clone();
  const each = (t: Tensor | null) => t && t.repeat(n);
  const means = each(runningMeans), variances = each(runningVars);
  const { y } = batchNormOf("instanceNorm", input.reshape([1, n * channels, ...size]), {
    runningMean: means,
    runningVar: variances,
    weight: each(partner("weight", given.weight)),
    bias: each(partner("bias", given.bias)),
    training,
    momentum: given.momentum,
    eps: given.eps,
  });
  if (training) {
    noGrad(() => {
      if (means) runningMeans!.copy_(means.reshape([n, channels]).mean(0));
      if (variances) runningVars!.copy_(variances.reshape([n, channels]).mean(0));
    });
  }
  return y.reshape(input.shape);
}
