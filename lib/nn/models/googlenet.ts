/** GoogLeNet, the network that won ImageNet in 2014: nine blocks of convolutions of several sizes side by side. */
import { asFlag } from "../../arguments.ts";
import { joinAlong } from "../../join.ts";
import type { Tensor } from "../../tensor.ts";
import { AdaptiveAvgPool2d } from "../avg_pool.ts";
import { Conv2d } from "../conv.ts";
import { Dropout } from "../dropout.ts";
import { truncNormal_ } from "../init.ts";
import { Linear } from "../linear.ts";
import { MaxPool2d } from "../max_pool.ts";
import { Module } from "../module.ts";
import { BasicConv2d, Inception, InceptionAux, type InceptionWidths } from "./inception.ts";
import { type ModelOptions, modelSettings } from "./options.ts";

/** Options of {@link googlenet}. */
export interface GoogLeNetOptions extends ModelOptions {
  /** Whether there are two classifiers half way, which give scores while training; default true. */
  auxLogits?: boolean;
  /** Whether inputs are scaled as torchvision's weights want them; default false. */
  transformInput?: boolean;
  /** Whether weights are drawn with standard deviation 0.01, in place of what the layers begin with; default true. */
  initWeights?: boolean;
  /** The probability that a feature is dropped before the last layer; default 0.2. */
  dropout?: number;
  /** The same in the classifiers half way; default 0.7. */
  dropoutAux?: number;
}

/** Scores [n, numClasses] of the last classifier, and of those after blocks 4a and 4d. */
export type GoogLeNetOutputs = [logits: Tensor, aux1: Tensor, aux2: Tensor];

/** Standard deviations and means of ImageNet's three channels, which inputs come with. */
const imagenet = [[0.229, 0.485], [0.224, 0.456], [0.225, 0.406]] as const;

/**
 * Convolutions and nine {@link Inception} blocks, with batch norm, for images [n, inChannels, height, width] of at least
 * 15 x 15 (Szegedy et al., "Going deeper with convolutions", 2014); 6,624,904 parameters, or 13,004,888 with both
 * classifiers half way. See {@link https://pytorch.org/vision/stable/models/googlenet.html}.
 */
export class GoogLeNet extends Module {
  /** Whether there are classifiers half way. */
  readonly auxLogits: boolean;
  /** Whether inputs are scaled. */
  readonly transformInput: boolean;
  /** 7 x 7, to half the size. */
  conv1: BasicConv2d;
  /** To half the size. */
  maxpool1: Module;
  /** 1 x 1 */
  conv2: BasicConv2d;
  /** 3 x 3 */
  conv3: BasicConv2d;
  /** To half the size. */
  maxpool2: Module;
  /** To 256 channels. */
  inception3a: Inception;
  /** To 480 channels. */
  inception3b: Inception;
  /** To half the size. */
  maxpool3: Module;
  /** To 512 channels. */
  inception4a: Inception;
  /** To 512 channels. */
  inception4b: Inception;
  /** To 512 channels. */
  inception4c: Inception;
  /** To 528 channels. */
  inception4d: Inception;
  /** To 832 channels. */
  inception4e: Inception;
  /** To half the size. */
  maxpool4: Module;
  /** To 832 channels. */
  inception5a: Inception;
  /** To 1024 channels. */
  inception5b: Inception;
  /** The classifier after block 4a, or null. */
  aux1: InceptionAux | null;
  /** The classifier after block 4d, or null. */
  aux2: InceptionAux | null;
  /** The mean of each channel. */
  avgpool: Module;
  /** Before the last layer. */
  dropout: Module;
  /** [n, 1024] to [n, numClasses] */
  fc: Linear;

  /** A network of random weights. */
  constructor(options: GoogLeNetOptions = {}) {
    super();
    const names = ["auxLogits", "transformInput", "initWeights", "dropout", "dropoutAux"] as const;
    const { numClasses, inChannels, width, own } = modelSettings("GoogLeNet", options, names);
    const { auxLogits = true, transformInput = false, initWeights = true } = own;
    const { dropout = 0.2, dropoutAux = 0.7 } = own;
    this.auxLogits = asFlag("GoogLeNet", "auxLogits", auxLogits);
    this.transformInput = asFlag("GoogLeNet", "transformInput", transformInput);
    const block = (inputs: number, ...widths: InceptionWidths) => {
      const [a, b, c, d, e, f] = widths.map(width);
      return new Inception(width(inputs), a, b, c, d, e, f);
    };
    const halving = (kernelSize: number) => new MaxPool2d(kernelSize, { stride: 2, ceilMode: true });
    const classifier = (inputs: number) =>
      new InceptionAux(width(inputs), numClasses, [width(128), width(1024)], dropoutAux);

    this.conv1 = new BasicConv2d(inChannels, width(64), 7, { stride: 2, padding: 3 });
    this.maxpool1 = halving(3);
    this.conv2 = new BasicConv2d(width(64), width(64), 1);
    this.conv3 = new BasicConv2d(width(64), width(192), 3, { padding: 1 });
    this.maxpool2 = halving(3);
    this.inception3a = block(192, 64, 96, 128, 16, 32, 32);
    this.inception3b = block(256, 128, 128, 192, 32, 96, 64);
    this.maxpool3 = halving(3);
    this.inception4a = block(480, 192, 96, 208, 16, 48, 64);
    this.inception4b = block(512, 160, 112, 224, 24, 64, 64);
    this.inception4c = block(512, 128, 128, 256, 24, 64, 64);
    this.inception4d = block(512, 112, 144, 288, 32, 64, 64);
    this.inception4e = block(528, 256, 160, 320, 32, 128, 128);
    this.maxpool4 = halving(2);
    this.inception5a = block(832, 256, 160, 320, 32, 128, 128);
    this.inception5b = block(832, 384, 192, 384, 48, 128, 128);
    this.aux1 = auxLogits ? classifier(512) : null;
    this.aux2 = auxLogits ? classifier(528) : null;
    this.avgpool = new AdaptiveAvgPool2d(1);
    this.dropout = new Dropout(dropout);
    this.fc = new Linear(width(1024), numClasses);
    if (asFlag("GoogLeNet", "initWeights", initWeights)) this.#draw();
  }

  /** Images [n, inChannels, height, width] to scores [n, numClasses], while training with those half way. */
  override forward(x: Tensor): Tensor | GoogLeNetOutputs {
    let y = this.transformInput ? rescaled(x) : x;
    const through = (...layers: Module[]) => {
      for (const layer of layers) y = layer.forward(y);
      return y;
    };
    through(this.conv1, this.maxpool1, this.conv2, this.conv3, this.maxpool2);
    through(this.inception3a, this.inception3b, this.maxpool3);
    const early = through(this.inception4a),
      late = through(this.inception4b, this.inception4c, this.inception4d);
    through(this.inception4e, this.maxpool4, this.inception5a, this.inception5b);
    const logits = this.fc.forward(this.dropout.forward(this.avgpool.forward(y).flatten(1)));
    if (!this.training || !this.aux1 || !this.aux2) return logits;
    return [logits, this.aux1.forward(early), this.aux2.forward(late)];
  }

  /** Batch norm begins with ones and zeros by itself; biases stay what the layers begin with. */
  #draw(): void {
    for (const module of this.modules()) {
      if (module instanceof Conv2d || module instanceof Linear) truncNormal_(module.weight, { std: 0.01 });
    }
  }
}

/** From ImageNet's means and deviations to numbers between -1 and 1. */
function rescaled(x: Tensor): Tensor {
  const channel = (std: number, mean: number, c: number) =>
    x.narrow(1, c, 1).mul(std / 0.5).add((mean - 0.5) / 0.5);
  return joinAlong(imagenet.map(([std, mean], c) => channel(std, mean, c)), 1);
}

/** Makes a {@link GoogLeNet} without classifiers half way, whose `forward` always gives one tensor. */
export function googlenet(
  options: GoogLeNetOptions & { auxLogits: false },
): { forward(x: Tensor): Tensor } & GoogLeNet;
/**
 * Makes a {@link GoogLeNet}.
 *
 * @example
 * ```ts
 * import { zeros } from "@dinograd/dinograd";
 * import { googlenet } from "@dinograd/dinograd/models";
 *
 * const model = googlenet({ numClasses: 10, widthMult: 1 / 8, auxLogits: false });
 * console.log(model.forward(zeros(2, 3, 64, 64)).shape); // [2, 10]
 * ```
 */
export function googlenet(options?: GoogLeNetOptions): GoogLeNet;
export function googlenet(options: GoogLeNetOptions = {}): GoogLeNet {
  return new GoogLeNet(options);
}
