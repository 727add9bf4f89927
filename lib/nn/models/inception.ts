/** The parts of GoogLeNet: convolutions of several sizes side by side. */
import { joinAlong } from "../../join.ts";
import type { Tensor } from "../../tensor.ts";
import { BatchNorm2d } from "../batch_norm.ts";
import { Sequential } from "../containers.ts";
import { Conv2d } from "../conv.ts";
import { Dropout } from "../dropout.ts";
import { Linear } from "../linear.ts";
import { MaxPool2d } from "../max_pool.ts";
import { Module } from "../module.ts";

/** Options of {@link BasicConv2d}. */
export interface ConvNormOptions {
  /** The step from one window to the next; default 1. */
  stride?: number;
  /** The width of the border; default 0. */
  padding?: number;
}

/** A convolution without bias, batch norm, and ReLU. */
export class BasicConv2d extends Module {
  /** The convolution. */
  conv: Module;
  /** Batch norm, with an eps of 0.001. */
  bn: Module;

  /** Goes from `inChannels` to `outChannels`. */
  constructor(inChannels: number, outChannels: number, kernelSize: number, options: ConvNormOptions = {}) {
    super();
    this.conv = new Conv2d(inChannels, outChannels, kernelSize, { ...options, bias: false });
    this.bn = new BatchNorm2d(outChannels, { eps: 0.001 });
  }

  /** [n, inChannels, height, width] to [n, outChannels, ...] */
  override forward(x: Tensor): Tensor {
    return this.bn.forward(this.conv.forward(x)).relu();
  }
}

/** How many channels come out of each branch of an {@link Inception} block, and of the 1 x 1 convolutions before them. */
export type InceptionWidths = readonly [
  ch1x1: number,
  ch3x3red: number,
  ch3x3: number,
  ch5x5red: number,
  ch5x5: number,
  poolProj: number,
];

/**
 * Four branches side by side: 1 x 1; 1 x 1 and 3 x 3; 1 x 1 and, as in torchvision, 3 x 3 where the paper has 5 x 5;
 * maxima and 1 x 1. Their channels are joined.
 */
export class Inception extends Module {
  /** To ch1x1 channels. */
  branch1: BasicConv2d;
  /** To ch3x3 channels. */
  branch2: Sequential;
  /** To ch5x5 channels. */
  branch3: Sequential;
  /** To poolProj channels. */
  branch4: Sequential;

  /** Goes from `inChannels` to the sum of the branches' channels. */
  constructor(inChannels: number, ...widths: InceptionWidths) {
    super();
    const [ch1x1, ch3x3red, ch3x3, ch5x5red, ch5x5, poolProj] = widths;
    this.branch1 = new BasicConv2d(inChannels, ch1x1, 1);
    this.branch2 = new Sequential(
      new BasicConv2d(inChannels, ch3x3red, 1),
      new BasicConv2d(ch3x3red, ch3x3, 3, { padding: 1 }),
    );
    this.branch3 = new Sequential(
      new BasicConv2d(inChannels, ch5x5red, 1),
      new BasicConv2d(ch5x5red, ch5x5, 3, { padding: 1 }),
    );
    this.branch4 = new Sequential(
      new MaxPool2d(3, { stride: 1, padding: 1, ceilMode: true }),
      new BasicConv2d(inChannels, poolProj, 1),
    );
  }

  /** [n, inChannels, height, width] to [n, channels of all branches, height, width] */
  override forward(x: Tensor): Tensor {
    const branches = [this.branch1, this.branch2, this.branch3, this.branch4];
    return joinAlong(branches.map((branch) => branch.forward(x)), 1);
  }
}

/** A classifier half way, whose loss brings gradients to the layers before it. */
export class InceptionAux extends Module {
  /** [n, inChannels, 4, 4] to [n, widths[0], 4, 4] */
  conv: BasicConv2d;
  /** [n, widths[0] · 4 · 4] to [n, widths[1]] */
  fc1: Linear;
  /** [n, widths[1]] to [n, numClasses] */
  fc2: Linear;
  /** Between the two. */
  dropout: Module;

  /** Goes from `inChannels` to `numClasses`, by way of two `widths`. */
  constructor(inChannels: number, numClasses: number, widths: readonly [number, number], dropout: number) {
    super();
    const [channels, hidden] = widths;
    this.conv = new BasicConv2d(inChannels, channels, 1);
    this.fc1 = new Linear(channels * 4 * 4, hidden);
    this.fc2 = new Linear(hidden, numClasses);
    this.dropout = new Dropout(dropout);
  }

  /** [n, inChannels, height, width] to scores [n, numClasses] */
  override forward(x: Tensor): Tensor {
    const features = this.conv.forward(x.adaptiveAvgPool2d(4)).flatten(1);
    return this.fc2.forward(this.dropout.forward(this.fc1.forward(features).relu()));
  }
}
