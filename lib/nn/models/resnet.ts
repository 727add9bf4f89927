/** ResNets: networks of 18 to 152 layers, which learn because each block adds to its input. */
import { asCount, asFlag } from "../../arguments.ts";
import { describe } from "../../errors.ts";
import type { Tensor } from "../../tensor.ts";
import { ReLU } from "../activation.ts";
import { AdaptiveAvgPool2d } from "../avg_pool.ts";
import { BatchNorm2d } from "../batch_norm.ts";
import { Sequential } from "../containers.ts";
import { Conv2d } from "../conv.ts";
import { constant_, kaimingNormal_ } from "../init.ts";
import { Linear } from "../linear.ts";
import { MaxPool2d } from "../max_pool.ts";
import { Module } from "../module.ts";
import { type ModelOptions, modelSettings } from "./options.ts";
import { BasicBlock, batchNorm, type BlockClass, Bottleneck, type NormLayer } from "./residual.ts";

/** Options of {@link ResNet} and the functions that make one. */
export interface ResNetOptions extends ModelOptions {
  /** Whether blocks begin as the identity: the weight of their last norm with zeros. Default false. */
  zeroInitResidual?: boolean;
  /** How many groups of channels the 3 x 3 convolutions of a {@link Bottleneck} keep apart; default 1. */
  groups?: number;
  /** How many channels each group has in the first stage; default 64. */
  widthPerGroup?: number;
  /** Whether the last three stages keep the size, and put their kernels' elements apart instead; default: none does. */
  replaceStrideWithDilation?: readonly [boolean, boolean, boolean];
  /** What norms are; default {@link BatchNorm2d}. */
  normLayer?: NormLayer;
}

/**
 * Four stages of blocks, each of half the size and twice the channels of the one before, for images [n, inChannels,
 * height, width] (He et al., "Deep residual learning for image recognition", 2015). `layers` says how many blocks each
 * stage has. See {@link https://pytorch.org/vision/stable/models/resnet.html}.
 *
 * @throws {TypeError} if `layers` is not four whole numbers.
 *
 * @example
 * ```ts
 * import { zeros } from "@dinograd/dinograd";
 * import { BasicBlock, ResNet } from "@dinograd/dinograd/models";
 *
 * const model = new ResNet(BasicBlock, [1, 1, 1, 1], { numClasses: 10, widthMult: 1 / 8 });
 * console.log(model.forward(zeros(2, 3, 64, 64)).shape); // [2, 10]
 * ```
 */
export class ResNet extends Module {
  /** 7 x 7, to half the size. */
  conv1: Module;
  /** After it. */
  bn1: Module;
  /** After that. */
  relu: Module;
  /** To half the size. */
  maxpool: Module;
  /** Blocks of 64 planes. */
  layer1: Sequential;
  /** Blocks of 128 planes, half the size. */
  layer2: Sequential;
  /** Blocks of 256 planes, half the size. */
  layer3: Sequential;
  /** Blocks of 512 planes, half the size. */
  layer4: Sequential;
  /** The mean of each channel. */
  avgpool: Module;
  /** [n, 512 · expansion] to [n, numClasses] */
  fc: Linear;

  /** A network of random weights. */
  constructor(block: BlockClass, layers: readonly number[], options: ResNetOptions = {}) {
    super();
    const names = [
      "zeroInitResidual",
      "groups",
      "widthPerGroup",
      "replaceStrideWithDilation",
      "normLayer",
    ] as const;
    const { numClasses, inChannels, width, own } = modelSettings("ResNet", options, names);
    const { zeroInitResidual = false, normLayer = batchNorm, groups = 1, widthPerGroup = 64 } = own;
    const { replaceStrideWithDilation = [false, false, false] } = own;
    if (!Array.isArray(layers) || layers.length !== 4) {
      throw new TypeError(`Cannot make ResNet of layers ${describe(layers)}: it must be four whole numbers`);
    }
    let inplanes = width(64), dilation = 1;
    const stage = (index: number): Sequential => {
      const planes = width(64 * 2 ** index), before = dilation, outputs = planes * block.expansion;
      const count = asCount("ResNet", `layers[${index}]`, layers[index], 1);
      let stride = index === 0 ? 1 : 2;
      if (index > 0 && replaceStrideWithDilation[index - 1]) [dilation, stride] = [dilation * stride, 1];
      const downsample = stride === 1 && inplanes === outputs ? null : new Sequential(
        new Conv2d(inplanes, outputs, 1, { stride, bias: false }),
        normLayer(outputs),
      );
      const shared = { groups, baseWidth: widthPerGroup, normLayer };
      const first = new block(inplanes, planes, { ...shared, stride, downsample, dilation: before });
      inplanes = outputs;
      const more = () => new block(outputs, planes, { ...shared, dilation });
      return new Sequential([first, ...Array.from({ length: count - 1 }, more)]);
    };

    this.conv1 = new Conv2d(inChannels, inplanes, 7, { stride: 2, padding: 3, bias: false });
    this.bn1 = normLayer(inplanes);
    this.relu = new ReLU();
    this.maxpool = new MaxPool2d(3, { stride: 2, padding: 1 });
    this.layer1 = stage(0);
    this.layer2 = stage(1);
    this.layer3 = stage(2);
    this.layer4 = stage(3);
    this.avgpool = new AdaptiveAvgPool2d(1);
    this.fc = new Linear(inplanes, numClasses);
    this.#draw(asFlag("ResNet", "zeroInitResidual", zeroInitResidual));
  }

  /** Images [n, inChannels, height, width] to scores [n, numClasses]. */
  override forward(x: Tensor): Tensor {
    let y = this.maxpool.forward(this.relu.forward(this.bn1.forward(this.conv1.forward(x))));
    for (const stage of [this.layer1, this.layer2, this.layer3, this.layer4]) y = stage.forward(y);
    return this.fc.forward(this.avgpool.forward(y).flatten(1));
  }

  /** Norms begin with ones and zeros by themselves. */
  #draw(zeroInitResidual: boolean): void {
    for (const module of this.modules()) {
      if (module instanceof Conv2d) {
        kaimingNormal_(module.weight, { mode: "fan_out", nonlinearity: "relu" });
      }
    }
    if (!zeroInitResidual) return;
    for (const module of this.modules()) {
      const last = module instanceof Bottleneck
        ? module.bn3
        : module instanceof BasicBlock
        ? module.bn2
        : null;
      if (last instanceof BatchNorm2d && last.weight) constant_(last.weight, 0);
    }
  }
}

/** Makes ResNet-18: 11,689,512 parameters. */
export function resnet18(options: ResNetOptions = {}): ResNet {
  return new ResNet(BasicBlock, [2, 2, 2, 2], options);
}

/** Makes ResNet-34: 21,797,672 parameters. */
export function resnet34(options: ResNetOptions = {}): ResNet {
  return new ResNet(BasicBlock, [3, 4, 6, 3], options);
}

/**
 * Makes ResNet-50: 25,557,032 parameters. With `{ groups: 32, widthPerGroup: 4 }` it is ResNeXt-50 32x4d, with
 * `{ widthPerGroup: 128 }` Wide ResNet-50-2.
 */
export function resnet50(options: ResNetOptions = {}): ResNet {
  return new ResNet(Bottleneck, [3, 4, 6, 3], options);
}

/** Makes ResNet-101: 44,549,160 parameters. */
export function resnet101(options: ResNetOptions = {}): ResNet {
  return new ResNet(Bottleneck, [3, 4, 23, 3], options);
}

/** Makes ResNet-152: 60,192,808 parameters. */
export function resnet152(options: ResNetOptions = {}): ResNet {
  return new ResNet(Bottleneck, [3, 8, 36, 3], options);
}
