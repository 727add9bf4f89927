/** Affine layers, and those that only rearrange. */
import { asCount, asFlag, named, type Optional } from "../arguments.ts";
import { asDType, type DType } from "../dtype.ts";
import { describe, ShapeError } from "../errors.ts";
import { show } from "../shape.ts";
import { asTensor, type Tensor } from "../tensor.ts";
import { parameter } from "./fresh.ts";
import { listed } from "./function_layer.ts";
import * as init from "./init.ts";
import { Module } from "./module.ts";
import type { Parameter } from "./parameter.ts";

/** Options of affine layers. */
export interface LinearOptions {
  /** Whether to add a bias; default true. */
  bias?: boolean;
  /** The dtype of the parameters; default float32. */
  dtype?: DType;
}

/**
 * x · weightᵀ + bias, for x [..., inFeatures]; both start uniform in ±1/√inFeatures. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Linear.html}.
 *
 * @example
 * ```ts
 * import { nn, ones } from "@dinograd/dinograd";
 *
 * const layer = new nn.Linear(4, 8);
 * console.log(layer.forward(ones(2, 4)).shape); // [2, 8]
 * console.log(String(layer)); // Linear(inFeatures=4, outFeatures=8, bias=true)
 * ```
 */
export class Linear extends Module {
  /** The size of the last dimension of inputs. */
  readonly inFeatures: number;
  /** The size of the last dimension of outputs. */
  readonly outFeatures: number;
  /** [outFeatures, inFeatures] */
  weight: Parameter;
  /** [outFeatures], or null. */
  bias: Parameter | null;

  /** A layer of random weights. */
  constructor(inFeatures: number, outFeatures: number, ...options: Optional<LinearOptions>) {
    super();
    const { bias = true, dtype = "float32" } = named<LinearOptions>("Linear", options, ["bias", "dtype"]);
    this.inFeatures = asCount("Linear", "inFeatures", inFeatures);
    this.outFeatures = asCount("Linear", "outFeatures", outFeatures);
    const type = asDType("make a Linear", dtype);
    this.weight = parameter([outFeatures, inFeatures], type);
    this.bias = asFlag("Linear", "bias", bias) ? parameter([outFeatures], type) : null;
    this.resetParameters();
  }

  /** Draws new parameters. */
  resetParameters(): void {
    init.kaimingUniform_(this.weight, Math.sqrt(5));
    const bound = this.inFeatures > 0 ? 1 / Math.sqrt(this.inFeatures) : 0;
    if (this.bias) init.uniform_(this.bias, -bound, bound);
  }

  /** [..., inFeatures] to [..., outFeatures]. */
  override forward(x: Tensor): Tensor {
    const { shape } = asTensor("apply Linear", "the input", x);
    if (shape.at(-1) !== this.inFeatures) {
      throw new ShapeError(
        `Cannot apply Linear(${this.inFeatures}, ${this.outFeatures}) to ${
          show(shape)
        }: the last dimension must be ${this.inFeatures}`,
      );
    }
    return x.linear(this.weight, this.bias);
  }

  /** The options. */
  override extraRepr(): string {
    return `inFeatures=${this.inFeatures}, outFeatures=${this.outFeatures}, bias=${this.bias !== null}`;
  }
}

/**
 * y[k] = Σ x[i] · weight[k, i, j] · z[j] + bias[k], for x [..., in1Features] and z [..., in2Features]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Bilinear.html}.
 */
export class Bilinear extends Module {
  /** The size of the last dimension of first inputs. */
  readonly in1Features: number;
  /** The size of the last dimension of second inputs. */
  readonly in2Features: number;
  /** The size of the last dimension of outputs. */
  readonly outFeatures: number;
  /** [outFeatures, in1Features, in2Features] */
  weight: Parameter;
  /** [outFeatures], or null. */
  bias: Parameter | null;

  /** A layer of random weights. */
  constructor(
    in1Features: number,
    in2Features: number,
    outFeatures: number,
    ...options: Optional<LinearOptions>
  ) {
    super();
    const { bias = true, dtype = "float32" } = named<LinearOptions>("Bilinear", options, ["bias", "dtype"]);
    this.in1Features = asCount("Bilinear", "in1Features", in1Features, 1);
    this.in2Features = asCount("Bilinear", "in2Features", in2Features);
    this.outFeatures = asCount("Bilinear", "outFeatures", outFeatures);
    const type = asDType("make a Bilinear", dtype);
    this.weight = parameter([outFeatures, in1Features, in2Features], type);
    this.bias = asFlag("Bilinear", "bias", bias) ? parameter([outFeatures], type) : null;
    this.resetParameters();
  }

  /** Draws new parameters. */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.in1Features);
    init.uniform_(this.weight, -bound, bound);
    if (this.bias) init.uniform_(this.bias, -bound, bound);
  }

  /** [..., in1Features] and [..., in2Features] to [..., outFeatures]. */
  override forward(x: Tensor, z: Tensor): Tensor {
    const { in1Features: n, in2Features: m, outFeatures: k, weight, bias } = this;
    const found = asTensor("apply Bilinear", "the first input", x).shape;
    const other = asTensor("apply Bilinear", "the second input", z).shape;
    if (found.at(-1) !== n || other.at(-1) !== m) {
      throw new ShapeError(
        `Cannot apply Bilinear(${n}, ${m}, ${k}) to ${show(found)} and ${
          show(other)
        }: the last dimensions must be ${n} and ${m}`,
      );
    }
    return x.bilinear(z, weight, bias);
  }

  /** The options. */
  override extraRepr(): string {
    const { in1Features, in2Features, outFeatures, bias } = this;
    return listed({ in1Features, in2Features, outFeatures, bias: bias !== null });
  }
}

/** Returns its input; arguments for another layer in its place are ignored. */
export class Identity extends Module {
  /** Takes and ignores anything. */
  constructor(..._ignored: unknown[]) {
    super();
  }

  /** Returns `x`. */
  override forward(x: Tensor): Tensor {
    return x;
  }
}

/** Options of {@link Flatten}. */
export interface FlattenOptions {
  /** The first dimension to join; default 1. */
  startDim?: number;
  /** The last dimension to join; default -1. */
  endDim?: number;
}

/**
 * Joins the dimensions from `startDim` (1) to `endDim` (-1): [n, ...] to [n, the rest]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Flatten.html}.
 *
 * @example
 * ```ts
 * import { nn, zeros } from "@dinograd/dinograd";
 *
 * console.log(new nn.Flatten().forward(zeros(2, 28, 28)).shape); // [2, 784]
 * ```
 */
export class Flatten extends Module {
  /** The first dimension to join. */
  readonly startDim: number;
  /** The last dimension to join. */
  readonly endDim: number;

  /** Says what to join. */
  constructor(...options: Optional<FlattenOptions>) {
    super();
    const { startDim = 1, endDim = -1 } = named<FlattenOptions>("Flatten", options, ["startDim", "endDim"]);
    this.startDim = asWhole("Flatten", "startDim", startDim);
    this.endDim = asWhole("Flatten", "endDim", endDim);
  }

  /** Joins dimensions, without a copy where strides allow it. */
  override forward(x: Tensor): Tensor {
    return asTensor("flatten", "the input", x).flatten(this.startDim, this.endDim);
  }

  /** The options. */
  override extraRepr(): string {
    return `startDim=${this.startDim}, endDim=${this.endDim}`;
  }
}

/**
 * Splits dimension `dim` into several of sizes `unflattenedSize`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Unflatten.html}.
 */
export class Unflatten extends Module {
  /** Which dimension is split. */
  readonly dim: number;
  /** The sizes it is split into, of which one may be -1. */
  readonly unflattenedSize: readonly number[];

  /** Splits `dim` into `unflattenedSize`. */
  constructor(dim: number, unflattenedSize: readonly number[]) {
    super();
    if (!Array.isArray(unflattenedSize)) {
      throw new TypeError(
        `Cannot make Unflatten with unflattenedSize ${
          describe(unflattenedSize)
        }: it must be an array of sizes`,
      );
    }
    this.dim = asWhole("Unflatten", "dim", dim);
    this.unflattenedSize = unflattenedSize;
  }

  /** Splits a dimension. */
  override forward(x: Tensor): Tensor {
    return asTensor("unflatten", "the input", x).unflatten(this.dim, this.unflattenedSize);
  }

  /** The options. */
  override extraRepr(): string {
    return `dim=${this.dim}, unflattenedSize=[${this.unflattenedSize.join(", ")}]`;
  }
}

/** Checks that an option is a whole number. */
function asWhole(title: string, option: string, value: unknown): number {
  if (Number.isSafeInteger(value)) return value as number;
  throw new TypeError(`Cannot make ${title} with ${option} ${describe(value)}: it must be a whole number`);
}
