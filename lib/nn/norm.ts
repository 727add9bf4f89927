/** Layer norm, group norm and local response norm as layers. */
import type { LocalResponseNormOptions } from "../../ops/normalize.ts"; // a type only
import { asCount, asFlag, asNumber, named, type Optional } from "../arguments.ts";
import { asDType, type DType } from "../dtype.ts";
import { asShape, type Shape, show } from "../shape.ts";
import { asTensor, type Tensor } from "../tensor.ts";
import { parameterOf } from "./fresh.ts";
import { functionLayer, type FunctionLayerClass, listed } from "./function_layer.ts";
import { constant_ } from "./init.ts";
import { Module } from "./module.ts";
import type { Parameter } from "./parameter.ts";

/** Options of {@link LayerNorm}. */
export interface LayerNormLayerOptions {
  /** Added to the variance; default 1e-5. */
  eps?: number;
  /** Whether a weight and a bias are learned for each element; default true. */
  elementwiseAffine?: boolean;
  /** The dtype of the parameters; default float32. */
  dtype?: DType;
}

/**
 * Brings the last dimensions, of sizes `normalizedShape`, to mean 0 and variance 1, then applies weight and bias (Ba,
 * Kiros and Hinton 2016). See {@link https://pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html}.
 *
 * @throws {ShapeError} if an input does not end in `normalizedShape`.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * console.log(new nn.LayerNorm(2, { eps: 0 }).forward(tensor([[1, 3], [5, 9]])).toArray()); // [[-1, 1], [-1, 1]]
 * ```
 */
export class LayerNorm extends Module {
  /** The sizes of the last dimensions of inputs. */
  readonly normalizedShape: Shape;
  /** Added to the variance. */
  readonly eps: number;
  /** Whether a weight and a bias are learned for each element. */
  readonly elementwiseAffine: boolean;
  /** Of the normalized shape, or null. */
  weight: Parameter | null;
  /** Of the normalized shape, or null. */
  bias: Parameter | null;

  /** A layer for inputs [..., ...normalizedShape]; a number stands for one dimension. */
  constructor(normalizedShape: number | Shape, ...options: Optional<LayerNormLayerOptions>) {
    super();
    const { eps = 1e-5, elementwiseAffine = true, dtype = "float32" } = named<LayerNormLayerOptions>(
      "LayerNorm",
      options,
      ["eps", "elementwiseAffine"],
      ["dtype"],
    );
    const shape = typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;
    const type = asDType("make a LayerNorm", dtype);
    this.normalizedShape = [...asShape("make a LayerNorm", shape)];
    this.eps = asNumber("LayerNorm", "eps", eps);
    this.elementwiseAffine = asFlag("LayerNorm", "elementwiseAffine", elementwiseAffine);
    this.weight = elementwiseAffine ? parameterOf(1, shape, type) : null;
    this.bias = elementwiseAffine ? parameterOf(0, shape, type) : null;
  }

  /** Sets weights to 1 and biases to 0. */
  resetParameters(): void {
    if (this.weight) constant_(this.weight, 1);
    if (this.bias) constant_(this.bias, 0);
  }

  /** Normalizes [..., ...normalizedShape]. */
  override forward(x: Tensor): Tensor {
    const { normalizedShape, weight, bias, eps } = this;
    return asTensor("apply LayerNorm", "the input", x).layerNorm(normalizedShape, { weight, bias, eps });
  }

  /** The options. */
  override extraRepr(): string {
    const { normalizedShape, eps, elementwiseAffine } = this;
    return `${show(normalizedShape)}, ${listed({ eps, elementwiseAffine })}`;
  }
}

/** Options of {@link GroupNorm}. */
export interface GroupNormLayerOptions {
  /** Added to the variance; default 1e-5. */
  eps?: number;
  /** Whether a weight and a bias are learned for each channel; default true. */
  affine?: boolean;
  /** The dtype of the parameters; default float32. */
  dtype?: DType;
}

/**
 * Brings each of `numGroups` groups of the channels of [n, numChannels, ...] to mean 0 and variance 1, then applies
 * weight and bias (Wu and He 2018). See {@link https://pytorch.org/docs/stable/generated/torch.nn.GroupNorm.html}.
 *
 * @throws {RangeError} if the channels do not divide into groups.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * const layer = new nn.GroupNorm(2, 4, { eps: 0 });
 * console.log(layer.forward(tensor([[1, 3, 10, 30]])).toArray()); // [[-1, 1, -1, 1]]
 * ```
 */
export class GroupNorm extends Module {
  /** How many groups there are. */
  readonly numGroups: number;
  /** How many channels there are. */
  readonly numChannels: number;
  /** Added to the variance. */
  readonly eps: number;
  /** Whether a weight and a bias are learned for each channel. */
  readonly affine: boolean;
  /** [numChannels], or null. */
  weight: Parameter | null;
  /** [numChannels], or null. */
  bias: Parameter | null;

  /** A layer for inputs of `numChannels` channels. */
  constructor(numGroups: number, numChannels: number, ...options: Optional<GroupNormLayerOptions>) {
    super();
    const { eps = 1e-5, affine = true, dtype = "float32" } = named<GroupNormLayerOptions>(
      "GroupNorm",
      options,
      [
        "eps",
        "affine",
      ],
      ["dtype"],
    );
    const type = asDType("make a GroupNorm", dtype);
    this.numGroups = asCount("GroupNorm", "numGroups", numGroups, 1);
    this.numChannels = asCount("GroupNorm", "numChannels", numChannels);
    if (numChannels % numGroups !== 0) {
      throw new RangeError(
        `Cannot make GroupNorm(${numGroups}, ${numChannels}): ${numChannels} channels do not divide into ${numGroups} groups`,
      );
    }
    this.eps = asNumber("GroupNorm", "eps", eps);
    this.affine = asFlag("GroupNorm", "affine", affine);
    this.weight = affine ? parameterOf(1, [numChannels], type) : null;
    this.bias = affine ? parameterOf(0, [numChannels], type) : null;
  }

  /** Sets weights to 1 and biases to 0. */
  resetParameters(): void {
    if (this.weight) constant_(this.weight, 1);
    if (this.bias) constant_(this.bias, 0);
  }

  /** Normalizes [n, numChannels, ...]. */
  override forward(x: Tensor): Tensor {
    const { numGroups, weight, bias, eps } = this;
    return asTensor("apply GroupNorm", "the input", x).groupNorm(numGroups, { weight, bias, eps });
  }

  /** The options. */
  override extraRepr(): string {
    const { numGroups, numChannels, eps, affine } = this;
    return `${numGroups}, ${numChannels}, ${listed({ eps, affine })}`;
  }
}

/**
 * Divides by (k + alpha · mean of the squares of `size` channels around) to the power `beta`, of [n, channels, ...]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.LocalResponseNorm.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * const layer = new nn.LocalResponseNorm(1, { alpha: 1, beta: 0.5, k: 0 });
 * console.log(layer.forward(tensor([[[2], [4]]])).toArray()); // [[[1], [1]]]
 * ```
 */
export const LocalResponseNorm: FunctionLayerClass<Required<LocalResponseNormOptions>> = functionLayer(
  "LocalResponseNorm",
  {
    defaults: { size: NaN, alpha: 1e-4, beta: 0.75, k: 1 },
    apply: ([x], o) => x.localResponseNorm(o),
  },
);
/** A layer made by {@link LocalResponseNorm}. */
export type LocalResponseNorm = InstanceType<typeof LocalResponseNorm>;
