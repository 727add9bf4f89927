/** AlexNet, the network that won ImageNet in 2012, in its later form for one device. */
import type { Tensor } from "../../tensor.ts";
import { ReLU } from "../activation.ts";
import { AdaptiveAvgPool2d } from "../avg_pool.ts";
import { Sequential } from "../containers.ts";
import { Conv2d } from "../conv.ts";
import { Dropout } from "../dropout.ts";
import { Linear } from "../linear.ts";
import { MaxPool2d } from "../max_pool.ts";
import { Module } from "../module.ts";
import { type ModelOptions, modelSettings } from "./options.ts";

/** Options of {@link alexnet}. */
export interface AlexNetOptions extends ModelOptions {
  /** The probability that a feature is dropped before the first two linear layers; default 0.5. */
  dropout?: number;
}

/**
 * Five convolutions and three linear layers, for images [n, inChannels, height, width] of at least 63 x 63 (Krizhevsky,
 * "One weird trick for parallelizing convolutional neural networks", 2014); 61,100,840 parameters. See
 * {@link https://pytorch.org/vision/stable/models/alexnet.html}.
 *
 * @example
 * ```ts
 * import { zeros } from "@dinograd/dinograd";
 * import { AlexNet } from "@dinograd/dinograd/models";
 *
 * const model = new AlexNet({ numClasses: 10, widthMult: 1 / 8 });
 * console.log(model.forward(zeros(1, 3, 64, 64)).shape); // [1, 10]
 * ```
 */
export class AlexNet extends Module {
  /** [n, inChannels, height, width] to [n, 256, ...] */
  features: Sequential;
  /** To 6 x 6. */
  avgpool: Module;
  /** [n, 256 · 6 · 6] to [n, numClasses] */
  classifier: Sequential;

  /** A network of random weights. */
  constructor(options: AlexNetOptions = {}) {
    super();
    const { numClasses, inChannels, width, own } = modelSettings("AlexNet", options, ["dropout"]);
    const { dropout = 0.5 } = own, [a, b, c, d, hidden] = [64, 192, 384, 256, 4096].map(width);
    this.features = new Sequential(
      new Conv2d(inChannels, a, 11, { stride: 4, padding: 2 }),
      new ReLU(),
      new MaxPool2d(3, 2),
      new Conv2d(a, b, 5, { padding: 2 }),
      new ReLU(),
      new MaxPool2d(3, 2),
      new Conv2d(b, c, 3, { padding: 1 }),
      new ReLU(),
      new Conv2d(c, d, 3, { padding: 1 }),
      new ReLU(),
      new Conv2d(d, d, 3, { padding: 1 }),
      new ReLU(),
      new MaxPool2d(3, 2),
    );
    this.avgpool = new AdaptiveAvgPool2d(6);
    this.classifier = new Sequential(
      new Dropout(dropout),
      new Linear(d * 6 * 6, hidden),
      new ReLU(),
      new Dropout(dropout),
      new Linear(hidden, hidden),
      new ReLU(),
      new Linear(hidden, numClasses),
    );
  }

  /** Images [n, inChannels, height, width] to scores [n, numClasses]. */
  override forward(x: Tensor): Tensor {
    return this.classifier.forward(this.avgpool.forward(this.features.forward(x)).flatten(1));
  }
}

/** Makes an {@link AlexNet}. */
export function alexnet(options: AlexNetOptions = {}): AlexNet {
  return new AlexNet(options);
}
