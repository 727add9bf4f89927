/** Convolutions as layers. */
import { asChoice, asCount, asFlag, named, type Optional } from "../arguments.ts";
import { asDType, type DType } from "../dtype.ts";
import { show } from "../shape.ts";
import { asTensor, type Tensor } from "../tensor.ts";
import { readSizes, type Sizes } from "../windows.ts";
import { parameter } from "./fresh.ts";
import { listed } from "./function_layer.ts";
import * as init from "./init.ts";
import { Module } from "./module.ts";
import type { Parameter } from "./parameter.ts";

/** What a convolution pads with: zeros, the mirror image, the edge, or the other end. */
export type PaddingMode = "zeros" | "reflect" | "replicate" | "circular";

/** Options of {@link Conv1d}, {@link Conv2d} and {@link Conv3d}; a number stands for all dimensions. */
export interface ConvLayerOptions {
  /** The step from one window to the next; default 1. */
  stride?: Sizes;
  /** The width of the border; "same" keeps the size (stride 1 only), "valid" is none. Default 0. */
  padding?: Sizes | "same" | "valid";
  /** The distance between neighbours in the kernel; default 1. */
  dilation?: Sizes;
  /** How many groups of input channels go to a group of output channels each; default 1. */
  groups?: number;
  /** Whether to add a bias; default true. */
  bias?: boolean;
  /** What the border is made of; default "zeros". */
  paddingMode?: PaddingMode;
  /** The dtype of the parameters; default float32. */
  dtype?: DType;
}

/** Options of {@link ConvTranspose1d}, {@link ConvTranspose2d} and {@link ConvTranspose3d}. */
export interface ConvTransposeLayerOptions extends ConvLayerOptions {
  /** How much to cut off on all sides; default 0. */
  padding?: Sizes;
  /** Makes the result larger at the end, for a stride leaves its size open; default 0. */
  outputPadding?: Sizes;
  /** Only "zeros". */
  paddingMode?: "zeros";
}

/** How many dimensions a convolution slides along. */
export type Rank = 1 | 2 | 3;

/** A convolution, or its transpose, with weights that start uniform in ±1/√(fan in). */
export abstract class Convolution extends Module {
  /** How many channels inputs have. */
  readonly inChannels: number;
  /** How many channels outputs have. */
  readonly outChannels: number;
  /** The size of the kernel in each dimension. */
  readonly kernelSize: readonly number[];
  /** The step from one window to the next in each dimension. */
  readonly stride: readonly number[];
  /** The width of the border in each dimension, or a word for it. */
  readonly padding: readonly number[] | "same" | "valid";
  /** The distance between neighbours in the kernel in each dimension. */
  readonly dilation: readonly number[];
  /** How many groups the channels are in. */
  readonly groups: number;
  /** What the border is made of. */
  readonly paddingMode: PaddingMode;
  /** [outChannels, inChannels / groups, ...kernelSize], of a transpose [inChannels, outChannels / groups, ...kernelSize] */
  weight: Parameter;
  /** [outChannels], or null. */
  bias: Parameter | null;

  /** Library use: reads what all convolutions share. */
  constructor(
    rank: Rank,
    channels: readonly [inChannels: number, outChannels: number],
    kernelSize: Sizes,
    options: ConvLayerOptions,
    isTransposed = false,
  ) {
    super();
    const title = this.constructor.name, { padding = 0, dtype = "float32" } = options;
    const sizes = (name: string, value: unknown, least: number) => readSizes(title, name, value, rank, least);
    this.inChannels = asCount(title, "inChannels", channels[0], 1);
    this.outChannels = asCount(title, "outChannels", channels[1], 1);
    this.kernelSize = sizes("kernelSize", kernelSize, 1);
    this.stride = sizes("stride", options.stride ?? 1, 1);
    this.padding = typeof padding !== "string" || isTransposed
      ? sizes("padding", padding, 0)
      : asChoice<"same" | "valid">(title, "padding", padding, ["same", "valid"]);
    this.dilation = sizes("dilation", options.dilation ?? 1, 1);
    this.groups = asCount(title, "groups", options.groups ?? 1, 1);
    this.paddingMode = asChoice(
      title,
      "paddingMode",
      options.paddingMode ?? "zeros",
      isTransposed ? ["zeros"] : ["zeros", "reflect", "replicate", "circular"],
    );
    const odd = channels.find((n) => n % this.groups !== 0);
    if (odd !== undefined) {
      throw new RangeError(
        `Cannot make ${title} with groups ${this.groups}: ${odd} channels do not divide into them`,
      );
    }
    if (padding === "same" && this.stride.some((step) => step !== 1)) {
      throw new RangeError(
        `Cannot make ${title} with padding "same" and stride ${show(this.stride)}: it must be 1`,
      );
    }
    const [first, second] = isTransposed ? channels : [channels[1], channels[0]];
    const type = asDType(`make a ${title}`, dtype);
    this.weight = parameter([first, second / this.groups, ...this.kernelSize], type);
    this.bias = asFlag(title, "bias", options.bias ?? true) ? parameter([this.outChannels], type) : null;
    this.resetParameters();
  }

  /** Draws new parameters. */
  resetParameters(): void {
    init.kaimingUniform_(this.weight, Math.sqrt(5));
    if (!this.bias) return;
    const bound = 1 / Math.sqrt(init.calculateFan(this.weight).fanIn);
    init.uniform_(this.bias, -bound, bound);
  }

  /** The options. */
  override extraRepr(): string {
    const { kernelSize, stride, padding, dilation, groups, bias, paddingMode } = this;
    return `${this.inChannels}, ${this.outChannels}, ` + listed({
      kernelSize,
      stride,
      ...(padding !== "valid" && (padding === "same" || padding.some((n) => n !== 0)) ? { padding } : {}),
      ...(dilation.some((n) => n !== 1) ? { dilation } : {}),
      ...(groups !== 1 ? { groups } : {}),
      ...(bias ? {} : { bias: false }),
      ...(paddingMode !== "zeros" ? { paddingMode } : {}),
    });
  }
}

/** What {@link Conv1d}, {@link Conv2d} and {@link Conv3d} have in common. */
export abstract class ConvNd extends Convolution {
  /** Library use: see {@link Conv1d}. */
  constructor(
    rank: Rank,
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    options: Optional<ConvLayerOptions>,
  ) {
    const order = ["stride", "padding", "dilation", "groups", "bias", "paddingMode"] as const;
    const given = named<ConvLayerOptions>(`Conv${rank}d`, options, order, ["dtype"]);
    super(rank, [inChannels, outChannels], kernelSize, given);
  }

  /** Convolves [n, inChannels, ...] or [inChannels, ...] to as many dimensions with outChannels. */
  override forward(x: Tensor): Tensor {
    const { kernelSize, stride, padding, dilation, groups, paddingMode, weight, bias } = this;
    const rank = kernelSize.length as Rank; // the constructor's
    asTensor(`apply Conv${rank}d`, "the input", x);
    if (paddingMode === "zeros") {
      return x[`conv${rank}d`](weight, { bias, stride, padding, dilation, groups });
    }
    const sides = kernelSize.flatMap((size, d) => {
      if (typeof padding !== "string") return [padding[d], padding[d]];
      const room = padding === "same" ? dilation[d] * (size - 1) : 0, before = Math.floor(room / 2);
      return [before, room - before];
    });
    const border = kernelSize.flatMap((_, d) => sides.slice(2 * (rank - 1 - d), 2 * (rank - d)));
    return x.pad(border, paddingMode)[`conv${rank}d`](weight, { bias, stride, dilation, groups });
  }
}

/**
 * Slides kernels over signals [n, inChannels, length] or without n. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Conv1d.html}.
 *
 * @throws {RangeError} if the channels do not divide into `groups`.
 *
 * @example
 * ```ts
 * import { nn, zeros } from "@dinograd/dinograd";
 *
 * const layer = new nn.Conv1d(2, 4, 3, { padding: "same", paddingMode: "circular" });
 * console.log(layer.forward(zeros(1, 2, 10)).shape); // [1, 4, 10]
 * ```
 */
export class Conv1d extends ConvNd {
  /** A layer of random weights. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    ...options: Optional<ConvLayerOptions>
  ) {
    super(1, inChannels, outChannels, kernelSize, options);
  }
}

/**
 * Slides kernels over images [n, inChannels, height, width] or without n. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Conv2d.html}.
 *
 * @throws {RangeError} if the channels do not divide into `groups`.
 *
 * @example
 * ```ts
 * import { nn, zeros } from "@dinograd/dinograd";
 *
 * const layer = new nn.Conv2d(3, 8, 3, { stride: 2, padding: 1 });
 * console.log(layer.forward(zeros(1, 3, 32, 32)).shape); // [1, 8, 16, 16]
 * console.log(layer.weight.shape); // [8, 3, 3, 3]
 * ```
 */
export class Conv2d extends ConvNd {
  /** A layer of random weights. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    ...options: Optional<ConvLayerOptions>
  ) {
    super(2, inChannels, outChannels, kernelSize, options);
  }
}

/**
 * Slides kernels over volumes [n, inChannels, depth, height, width] or without n. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Conv3d.html}.
 *
 * @throws {RangeError} if the channels do not divide into `groups`.
 */
export class Conv3d extends ConvNd {
  /** A layer of random weights. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    ...options: Optional<ConvLayerOptions>
  ) {
    super(3, inChannels, outChannels, kernelSize, options);
  }
}
