/** LeNet-5, the network that read cheques from 1998 on. */
import type { Tensor } from "../../tensor.ts";
import { ReLU } from "../activation.ts";
import { Sequential } from "../containers.ts";
import { Conv2d } from "../conv.ts";
import { Flatten, Linear } from "../linear.ts";
import { MaxPool2d } from "../max_pool.ts";
import { Module } from "../module.ts";
import { type ModelOptions, modelSettings } from "./options.ts";

/** Options of {@link lenet5}; the defaults are 10 classes and 1 channel. */
export interface LeNet5Options extends ModelOptions {
  /** Makes what follows each layer but the last; default: ReLU. */
  activation?: () => Module;
  /** Makes what halves height and width; default: maxima of 2 x 2. */
  pool?: () => Module;
}

/**
 * Two convolutions of 5 x 5 and three linear layers, for images [n, 1, 28, 28], in today's form: no gaps between the
 * convolutions, ReLUs and softmax in place of scaled tanh and radial basis functions, which makes 61,706 parameters
 * (LeCun et al., "Gradient-based learning applied to document recognition", 1998).
 *
 * @example
 * ```ts
 * import { nn, zeros } from "@dinograd/dinograd";
 * import { LeNet5 } from "@dinograd/dinograd/models";
 *
 * const model = new LeNet5({ activation: () => new nn.Sigmoid(), pool: () => new nn.AvgPool2d(2) });
 * console.log(model.forward(zeros(2, 1, 28, 28)).shape); // [2, 10]
 * ```
 */
export class LeNet5 extends Module {
  /** [n, inChannels, 28, 28] to [n, 16, 5, 5] */
  features: Sequential;
  /** [n, 16 · 5 · 5] to [n, numClasses] */
  classifier: Sequential;

  /** A network of random weights. */
  constructor(options: LeNet5Options = {}) {
    super();
    const given = { numClasses: 10, inChannels: 1, ...options };
    const { numClasses, inChannels, width, own } = modelSettings<LeNet5Options>("LeNet5", given, [
      "activation",
      "pool",
    ]);
    const { activation = () => new ReLU(), pool = () => new MaxPool2d(2) } = own;
    const [a, b, c, d] = [6, 16, 120, 84].map(width);
    this.features = new Sequential(
      new Conv2d(inChannels, a, 5, { padding: 2 }),
      activation(),
      pool(),
      new Conv2d(a, b, 5),
      activation(),
      pool(),
    );
    this.classifier = new Sequential(
      new Flatten(),
      new Linear(b * 5 * 5, c),
      activation(),
      new Linear(c, d),
      activation(),
      new Linear(d, numClasses),
    );
  }

  /** Images [n, inChannels, 28, 28] to scores [n, numClasses]. */
  override forward(x: Tensor): Tensor {
    return this.classifier.forward(this.features.forward(x));
  }
}

/** Makes a {@link LeNet5}. */
export function lenet5(options: LeNet5Options = {}): LeNet5 {
  return new LeNet5(options);
}
