/** The blocks of ResNets: layers that learn what to add to their input. */
import type { Tensor } from "../../tensor.ts";
import { ReLU } from "../activation.ts";
import { BatchNorm2d } from "../batch_norm.ts";
import { Conv2d, type ConvLayerOptions } from "../conv.ts";
import { Module } from "../module.ts";

/** Makes a norm for a number of channels. */
export type NormLayer = (channels: number) => Module;

/** Options of {@link BasicBlock} and {@link Bottleneck}. */
export interface BlockOptions {
  /** The step of the 3 x 3 convolution that makes the image smaller; default 1. */
  stride?: number;
  /** Brings the input to the shape of the output; default: it has that shape. */
  downsample?: Module | null;
  /** How many groups of channels the 3 x 3 convolution of a {@link Bottleneck} keeps apart; default 1. */
  groups?: number;
  /** How many channels each group has, for every 64 `planes`; default 64. */
  baseWidth?: number;
  /** The distance between neighbours in the kernels of 3 x 3; default 1. */
  dilation?: number;
  /** What norms are; default {@link BatchNorm2d}. */
  normLayer?: NormLayer;
}

/** The class of a block. */
export interface BlockClass {
  /** How many channels come out of a block, for each of its `planes`. */
  readonly expansion: number;
  /** Makes a block from `inplanes` channels to `planes` · expansion. */
  new (inplanes: number, planes: number, options?: BlockOptions): Module;
}

/** Batch norm, as the default of `normLayer`. */
export function batchNorm(channels: number): Module {
  return new BatchNorm2d(channels);
}

/** A convolution without bias that keeps the size, but for its stride. */
function conv(inplanes: number, planes: number, size: number, options: ConvLayerOptions = {}): Conv2d {
  const { dilation = 1 } = options;
  const padding = size === 3 ? dilation : 0;
  return new Conv2d(inplanes, planes, size, { ...options, padding, bias: false });
}

/** Two 3 x 3 convolutions, whose result is added to the input (He et al., 2015). */
export class BasicBlock extends Module {
  /** As many channels come out as there are planes. */
  static readonly expansion = 1;
  /** 3 x 3, `inplanes` to `planes`. */
  conv1: Module;
  /** After it. */
  bn1: Module;
  /** In between, and at the end. */
  relu: Module;
  /** 3 x 3, `planes` to `planes`. */
  conv2: Module;
  /** After it. */
  bn2: Module;
  /** Brings the input to the shape of the output, or null. */
  downsample: Module | null;

  /** A block of random weights. @throws {RangeError} for other `groups`, `baseWidth` or `dilation` than the default. */
  constructor(inplanes: number, planes: number, options: BlockOptions = {}) {
    super();
    const { stride = 1, downsample = null, normLayer = batchNorm } = options;
    const { groups = 1, baseWidth = 64, dilation = 1 } = options;
    if (groups !== 1 || baseWidth !== 64 || dilation !== 1) {
      throw new RangeError(
        `Cannot make BasicBlock with groups ${groups}, baseWidth ${baseWidth} and dilation ${dilation}: ` +
          "they must be 1, 64 and 1; only Bottleneck takes others",
      );
    }
    this.conv1 = conv(inplanes, planes, 3, { stride });
    this.bn1 = normLayer(planes);
    this.relu = new ReLU();
    this.conv2 = conv(planes, planes, 3);
    this.bn2 = normLayer(planes);
    this.downsample = downsample;
  }

  /** [n, inplanes, height, width] to [n, planes, height / stride, width / stride] */
  override forward(x: Tensor): Tensor {
    const half = this.relu.forward(this.bn1.forward(this.conv1.forward(x)));
    const y = this.bn2.forward(this.conv2.forward(half));
    return this.relu.forward(y.add(this.downsample ? this.downsample.forward(x) : x));
  }
}

/** 1 x 1 to fewer channels, 3 x 3, and 1 x 1 to more, whose result is added to the input (He et al., 2015). */
export class Bottleneck extends Module {
  /** Four times as many channels come out as there are planes. */
  static readonly expansion = 4;
  /** 1 x 1, `inplanes` to `planes`. */
  conv1: Module;
  /** After it. */
  bn1: Module;
  /** 3 x 3, with the stride. */
  conv2: Module;
  /** After it. */
  bn2: Module;
  /** 1 x 1, to 4 · `planes`. */
  conv3: Module;
  /** After it. */
  bn3: Module;
  /** In between, and at the end. */
  relu: Module;
  /** Brings the input to the shape of the output, or null. */
  downsample: Module | null;

  /** A block of random weights. */
  constructor(inplanes: number, planes: number, options: BlockOptions = {}) {
    super();
    const { stride = 1, downsample = null, normLayer = batchNorm } = options;
    const { groups = 1, baseWidth = 64, dilation = 1 } = options;
    const width = Math.floor(planes * baseWidth / 64) * groups, outputs = planes * Bottleneck.expansion;
    this.conv1 = conv(inplanes, width, 1);
    this.bn1 = normLayer(width);
    this.conv2 = conv(width, width, 3, { stride, groups, dilation });
    this.bn2 = normLayer(width);
    this.conv3 = conv(width, outputs, 1);
    this.bn3 = normLayer(outputs);
    this.relu = new ReLU();
    this.downsample = downsample;
  }

  /** [n, inplanes, height, width] to [n, 4 · planes, height / stride, width / stride] */
  override forward(x: Tensor): Tensor {
    const first = this.relu.forward(this.bn1.forward(this.conv1.forward(x)));
    const second = this.relu.forward(this.bn2.forward(this.conv2.forward(first)));
    const y = this.bn3.forward(this.conv3.forward(second));
    return this.relu.forward(y.add(this.downsample ? this.downsample.forward(x) : x));
  }
}
