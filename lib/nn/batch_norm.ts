/** Batch and instance norm as layers: channels brought to mean 0 and variance 1, with running figures. */
import { asCount, asFlag, asNumber, named, type Optional } from "../arguments.ts";
import { asDType, type DType } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { noGrad } from "../grad_mode.ts";
import { show } from "../shape.ts";
import { asTensor, type Tensor } from "../tensor.ts";
import { filled, parameterOf } from "./fresh.ts";
import { listed } from "./function_layer.ts";
import { constant_ } from "./init.ts";
import { Module } from "./module.ts";
import type { Parameter } from "./parameter.ts";

/** Options of batch norm, and with other defaults of instance norm. */
export interface BatchNormLayerOptions {
  /** Added to the variance; default 1e-5. */
  eps?: number;
  /** How much of the new figures goes into the running ones; null: these are plain averages. Default 0.1. */
  momentum?: number | null;
  /** Whether a weight and a bias are learned for each channel; default true, of instance norm false. */
  affine?: boolean;
  /** Whether figures are kept, for use while predicting; default true, of instance norm false. */
  trackRunningStats?: boolean;
  /** The dtype of parameters and buffers; default float32. */
  dtype?: DType;
}

/** What batch and instance norm have in common. */
export abstract class RunningNorm extends Module {
  /** How many channels there are. */
  readonly numFeatures: number;
  /** Added to the variance. */
  readonly eps: number;
  /** How much of the new figures goes into the running ones; null: these are plain averages. */
  momentum: number | null;
  /** Whether a weight and a bias are learned for each channel. */
  readonly affine: boolean;
  /** Whether figures are kept. */
  readonly trackRunningStats: boolean;
  /** [numFeatures], or null. */
  weight: Parameter | null;
  /** [numFeatures], or null. */
  bias: Parameter | null;
  /** A buffer [numFeatures], or null. */
  declare runningMean: Tensor | null;
  /** A buffer [numFeatures], or null. */
  declare runningVar: Tensor | null;
  /** How many batches were seen while training: a buffer of one number, or null. */
  declare numBatchesTracked: Tensor | null;

  /** Library use: reads the options; `learns` is the default of `affine` and `trackRunningStats`. */
  constructor(numFeatures: number, options: Optional<BatchNormLayerOptions>, learns: boolean) {
    super();
    const title = this.constructor.name, order = ["eps", "momentum", "affine", "trackRunningStats"] as const;
    const given = named<BatchNormLayerOptions>(title, options, order, ["dtype"]);
    const { eps = 1e-5, momentum = 0.1, affine = learns, trackRunningStats = learns, dtype = "float32" } =
      given;
    const shape = [asCount(title, "numFeatures", numFeatures)], type = asDType(`make a ${title}`, dtype);
    this.numFeatures = numFeatures;
    this.eps = asNumber(title, "eps", eps);
    this.momentum = momentum === null ? null : asNumber(title, "momentum", momentum);
    this.affine = asFlag(title, "affine", affine);
    this.trackRunningStats = asFlag(title, "trackRunningStats", trackRunningStats);
    this.weight = affine ? parameterOf(1, shape, type) : null;
    this.bias = affine ? parameterOf(0, shape, type) : null;
    const tracks = trackRunningStats;
    this.registerBuffer("runningMean", tracks ? filled(0, shape, type) : null);
    this.registerBuffer("runningVar", tracks ? filled(1, shape, type) : null);
    this.registerBuffer("numBatchesTracked", tracks ? filled(0, [], "int32") : null);
  }

  /** Forgets the running figures. */
  resetRunningStats(): void {
    if (this.runningMean) constant_(this.runningMean, 0);
    if (this.runningVar) constant_(this.runningVar, 1);
    if (this.numBatchesTracked) constant_(this.numBatchesTracked, 0);
  }

  /** Forgets the running figures, and sets weights to 1 and biases to 0. */
  resetParameters(): void {
    this.resetRunningStats();
    if (this.weight) constant_(this.weight, 1);
    if (this.bias) constant_(this.bias, 0);
  }

  /** Fails unless an input has one of these numbers of dimensions, the channels at `at` from behind. */
  protected check(x: Tensor, ranks: readonly number[], channels: (rank: number) => number): void {
    const title = this.constructor.name, { shape } = asTensor(`apply ${title}`, "the input", x);
    if (!ranks.includes(shape.length)) {
      throw new ShapeError(
        `Cannot apply ${title} to ${show(shape)}: it must have ${ranks.join(" or ")} dimensions`,
      );
    }
    const found = shape[channels(shape.length)];
    if (found === this.numFeatures) return;
    throw new ShapeError(
      `Cannot apply ${title}(${this.numFeatures}) to ${
        show(shape)
      }: it has ${found} channels, they must be ${this.numFeatures}`,
    );
  }

  /** The options. */
  override extraRepr(): string {
    const { eps, momentum, affine, trackRunningStats } = this;
    return `${this.numFeatures}, ${listed({ eps, momentum, affine, trackRunningStats })}`;
  }
}

/** What {@link BatchNorm1d}, {@link BatchNorm2d} and {@link BatchNorm3d} have in common. */
export abstract class BatchNorm extends RunningNorm {
  /** Inputs may have these numbers of dimensions. */
  protected abstract get ranks(): readonly number[];

  /** A layer for inputs of `numFeatures` channels. */
  constructor(numFeatures: number, ...options: Optional<BatchNormLayerOptions>) {
    super(numFeatures, options, true);
  }

  /** Normalizes [n, numFeatures, ...]: by the batch while training, or if no figures are kept; else by those. */
  override forward(x: Tensor): Tensor {
    this.check(x, this.ranks, () => 1);
    const { weight, bias, eps, runningMean, runningVar, numBatchesTracked, training } = this;
    let { momentum } = this;
    if (training && numBatchesTracked) {
      noGrad(() => numBatchesTracked.add_(1));
      momentum ??= 1 / numBatchesTracked.item();
    }
    const learns = training || runningMean === null;
    return x.batchNorm({
      weight,
      bias,
      eps,
      runningMean,
      runningVar,
      training: learns,
      momentum: momentum ?? 0,
    });
  }
}

/**
 * Batch norm (Ioffe and Szegedy 2015) of [n, numFeatures] or [n, numFeatures, length]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html}.
 *
 * @throws {ShapeError} if the input has other channels, or one element only for each while training.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * const layer = new nn.BatchNorm1d(1, { eps: 0 });
 * console.log(layer.forward(tensor([[1], [3]])).toArray()); // [[-1], [1]]
 * console.log(layer.runningMean!.toArray()); // [0.2]
 * ```
 */
export class BatchNorm1d extends BatchNorm {
  /** [n, numFeatures] and [n, numFeatures, length]. */
  protected override get ranks(): readonly number[] {
    return [2, 3];
  }
}

/**
 * {@link BatchNorm1d} for images [n, numFeatures, height, width]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html}.
 */
export class BatchNorm2d extends BatchNorm {
  /** [n, numFeatures, height, width]. */
  protected override get ranks(): readonly number[] {
    return [4];
  }
}

/**
 * {@link BatchNorm1d} for volumes [n, numFeatures, depth, height, width]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm3d.html}.
 */
export class BatchNorm3d extends BatchNorm {
  /** [n, numFeatures, depth, height, width]. */
  protected override get ranks(): readonly number[] {
    return [5];
  }
}

/** What {@link InstanceNorm1d}, {@link InstanceNorm2d} and {@link InstanceNorm3d} have in common. */
export abstract class InstanceNorm extends RunningNorm {
  /** How many dimensions channels have. */
  protected abstract get rank(): number;

  /** A layer for inputs of `numFeatures` channels. */
  constructor(numFeatures: number, ...options: Optional<BatchNormLayerOptions>) {
    super(numFeatures, options, false);
  }

  /** Normalizes [n, numFeatures, ...] or [numFeatures, ...]: by each sample, or while predicting by kept figures. */
  override forward(x: Tensor): Tensor {
    const { rank, weight, bias, eps, runningMean, runningVar } = this;
    this.check(x, [rank + 1, rank + 2], (dims) => dims - rank - 1);
    const useInputStats = this.training || runningMean === null, isSingle = x.ndim === rank + 1;
    const options = {
      weight,
      bias,
      eps,
      runningMean,
      runningVar,
      useInputStats,
      momentum: this.momentum ?? 0,
    };
    return isSingle ? x.unsqueeze(0).instanceNorm(options).squeeze(0) : x.instanceNorm(options);
  }
}

/**
 * Instance norm (Ulyanov et al. 2016) of [n, numFeatures, length] or without n: batch norm of each sample by itself. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.InstanceNorm1d.html}.
 *
 * @throws {ShapeError} if the input has other channels, or one element only for each.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * console.log(new nn.InstanceNorm1d(1, { eps: 0 }).forward(tensor([[[1, 3]]])).toArray()); // [[[-1, 1]]]
 * ```
 */
export class InstanceNorm1d extends InstanceNorm {
  /** Length. */
  protected override get rank(): number {
    return 1;
  }
}

/**
 * {@link InstanceNorm1d} for images [n, numFeatures, height, width] or without n. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.InstanceNorm2d.html}.
 */
export class InstanceNorm2d extends InstanceNorm {
  /** Height and width. */
  protected override get rank(): number {
    return 2;
  }
}

/**
 * {@link InstanceNorm1d} for volumes [n, numFeatures, depth, height, width] or without n. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.InstanceNorm3d.html}.
 */
export class InstanceNorm3d extends InstanceNorm {
  /** Depth, height and width. */
  protected override get rank(): number {
    return 3;
  }
}
