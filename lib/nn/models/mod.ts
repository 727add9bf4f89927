/**
 * The classic networks for images, by the names of torchvision.models. Parameters are called as there and have the same
 * shapes, so that its weights load. An entry point of its own: only those who import it load it.
 *
 * @example
 * ```ts
 * import { zeros } from "@dinograd/dinograd";
 * import { resnet18 } from "@dinograd/dinograd/models";
 *
 * const model = resnet18({ numClasses: 10, inChannels: 1, widthMult: 1 / 8 });
 * console.log(model.eval().forward(zeros(2, 1, 64, 64)).shape); // [2, 10]
 * ```
 *
 * @module
 */
export { AlexNet, alexnet, type AlexNetOptions } from "./alexnet.ts";
export {
  BasicConv2d,
  type ConvNormOptions,
  Inception,
  InceptionAux,
  type InceptionWidths,
} from "./inception.ts";
export { GoogLeNet, googlenet, type GoogLeNetOptions, type GoogLeNetOutputs } from "./googlenet.ts";
export { LeNet5, lenet5, type LeNet5Options } from "./lenet5.ts";
export type { ModelOptions } from "./options.ts";
export { BasicBlock, type BlockClass, type BlockOptions, Bottleneck, type NormLayer } from "./residual.ts";
export { ResNet, resnet101, resnet152, resnet18, resnet34, resnet50, type ResNetOptions } from "./resnet.ts";
export {
  VGG,
  vgg11,
  vgg11Bn,
  vgg13,
  vgg13Bn,
  vgg16,
  vgg16Bn,
  vgg19,
  vgg19Bn,
  type VGGLayer,
  type VGGOptions,
} from "./vgg.ts";
/** What models are made of, as types. */
export type {
  Copies,
  ForwardHook,
  ForwardPreHook,
  HookHandle,
  Kind,
  Linear,
  LinearOptions,
  List,
  LoadResult,
  Module,
  Modules,
  Parameter,
  ParameterOptions,
  Sequential,
  StateDict,
} from "../mod.ts";
export type { Tensor } from "../../tensor.ts";
