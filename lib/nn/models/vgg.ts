/** The networks of Oxford's Visual Geometry Group: nothing but 3 x 3 convolutions, one after the other. */
import { asFlag } from "../../arguments.ts";
import { describe } from "../../errors.ts";
import type { Tensor } from "../../tensor.ts";
import { ReLU } from "../activation.ts";
import { AdaptiveAvgPool2d } from "../avg_pool.ts";
import { BatchNorm2d } from "../batch_norm.ts";
import { Sequential } from "../containers.ts";
import { Conv2d } from "../conv.ts";
import { Dropout } from "../dropout.ts";
import { constant_, kaimingNormal_, normal_ } from "../init.ts";
import { Linear } from "../linear.ts";
import { MaxPool2d } from "../max_pool.ts";
import { Module } from "../module.ts";
import { type ModelOptions, modelSettings } from "./options.ts";

/** A convolution to so many channels, or "M": maxima of 2 x 2. */
export type VGGLayer = number | "M";

/** Options of {@link VGG} and the functions that make one. */
export interface VGGOptions extends ModelOptions {
  /** Whether batch norm follows each convolution; default false. */
  batchNorm?: boolean;
  /** The probability that a feature is dropped after the first two linear layers; default 0.5. */
  dropout?: number;
  /** Whether weights are drawn for ReLUs (He et al. 2015), in place of what the layers begin with; default true. */
  initWeights?: boolean;
}

/** The paper's table of configurations, without those that have 1 x 1 convolutions. */
const configurations: Readonly<Record<"A" | "B" | "D" | "E", readonly VGGLayer[]>> = {
  A: [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
  B: [64, 64, "M", 128, 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
  D: [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"],
  E: [
    ...[64, 64, "M", 128, 128, "M", 256, 256, 256, 256, "M"] as const,
    ...[512, 512, 512, 512, "M", 512, 512, 512, 512, "M"] as const,
  ],
};

/**
 * Convolutions and maxima as listed, then three linear layers, for images [n, inChannels, height, width] of at least
 * 32 x 32 (Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition", 2014). See
 * {@link https://pytorch.org/vision/stable/models/vgg.html}.
 *
 * @throws {TypeError} if `layers` has anything but whole numbers and "M", or no number.
 *
 * @example
 * ```ts
 * import { zeros } from "@dinograd/dinograd";
 * import { VGG } from "@dinograd/dinograd/models";
 *
 * const model = new VGG([8, "M", 16, 16, "M"], { numClasses: 10, inChannels: 1, widthMult: 1 / 2 });
 * console.log(model.forward(zeros(1, 1, 28, 28)).shape); // [1, 10]
 * ```
 */
export class VGG extends Module {
  /** [n, inChannels, height, width] to [n, channels, ...] */
  features: Sequential;
  /** To 7 x 7. */
  avgpool: Module;
  /** [n, channels · 7 · 7] to [n, numClasses] */
  classifier: Sequential;

  /** A network of random weights. */
  constructor(layers: readonly VGGLayer[], options: VGGOptions = {}) {
    super();
    const settings = modelSettings("VGG", options, ["batchNorm", "dropout", "initWeights"]);
    const { numClasses, inChannels, width, own } = settings;
    const { batchNorm = false, dropout = 0.5, initWeights = true } = own;
    const scaled = checked(layers).map((layer) => layer === "M" ? layer : width(layer));
    const channels = scaled.findLast((layer) => layer !== "M")!, hidden = width(4096);
    this.features = features(scaled, inChannels, asFlag("VGG", "batchNorm", batchNorm));
    this.avgpool = new AdaptiveAvgPool2d(7);
    this.classifier = new Sequential(
      new Linear(channels * 7 * 7, hidden),
      new ReLU(),
      new Dropout(dropout),
      new Linear(hidden, hidden),
      new ReLU(),
      new Dropout(dropout),
      new Linear(hidden, numClasses),
    );
    if (asFlag("VGG", "initWeights", initWeights)) this.#draw();
  }

  /** Images [n, inChannels, height, width] to scores [n, numClasses]. */
  override forward(x: Tensor): Tensor {
    return this.classifier.forward(this.avgpool.forward(this.features.forward(x)).flatten(1));
  }

  /** Batch norm begins with ones and zeros by itself. */
  #draw(): void {
    for (const module of this.modules()) {
      if (module instanceof Conv2d) {
        kaimingNormal_(module.weight, { mode: "fan_out", nonlinearity: "relu" });
      } else if (module instanceof Linear) normal_(module.weight, 0, 0.01);
      else continue;
      constant_(module.bias!, 0);
    }
  }
}

function features(layers: readonly VGGLayer[], inChannels: number, batchNorm: boolean): Sequential {
  let channels = inChannels;
  return new Sequential(layers.flatMap((layer): Module[] => {
    if (layer === "M") return [new MaxPool2d(2)];
    const conv = new Conv2d(channels, layer, 3, { padding: 1 });
    channels = layer;
    return batchNorm ? [conv, new BatchNorm2d(layer), new ReLU()] : [conv, new ReLU()];
  }));
}

function checked(layers: readonly VGGLayer[]): readonly VGGLayer[] {
  const isLayer = (layer: unknown) => layer === "M" || (Number.isSafeInteger(layer) && Number(layer) > 0);
  if (Array.isArray(layers) && layers.every(isLayer) && layers.some((layer) => layer !== "M")) return layers;
  throw new TypeError(
    `Cannot make VGG of ${describe(layers)}: it must be an array of numbers of channels and "M"`,
  );
}

/** Makes VGG-11, configuration A: 132,863,336 parameters. */
export function vgg11(options: VGGOptions = {}): VGG {
  return new VGG(configurations.A, options);
}

/** Makes {@link vgg11} with batch norm. */
export function vgg11Bn(options: VGGOptions = {}): VGG {
  return vgg11({ ...options, batchNorm: true });
}

/** Makes VGG-13, configuration B: 133,047,848 parameters. */
export function vgg13(options: VGGOptions = {}): VGG {
  return new VGG(configurations.B, options);
}

/** Makes {@link vgg13} with batch norm. */
export function vgg13Bn(options: VGGOptions = {}): VGG {
  return vgg13({ ...options, batchNorm: true });
}

/** Makes VGG-16, configuration D: 138,357,544 parameters. */
export function vgg16(options: VGGOptions = {}): VGG {
  return new VGG(configurations.D, options);
}

/** Makes {@link vgg16} with batch norm. */
export function vgg16Bn(options: VGGOptions = {}): VGG {
  return vgg16({ ...options, batchNorm: true });
}

/** Makes VGG-19, configuration E: 143,667,240 parameters. */
export function vgg19(options: VGGOptions = {}): VGG {
  return new VGG(configurations.E, options);
}

/** Makes {@link vgg19} with batch norm. */
export function vgg19Bn(options: VGGOptions = {}): VGG {
  return vgg19({ ...options, batchNorm: true });
}
