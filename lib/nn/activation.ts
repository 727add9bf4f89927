/** Activations as layers: each applies the method of its name with the options it was made with. */
import { asCount, named } from "../arguments.ts";
import { describe, ShapeError } from "../errors.ts";
import { show } from "../shape.ts";
import { asTensor, empty, type Tensor } from "../tensor.ts";
import { constant_ } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** Arguments of an activation: its options `O` in PyTorch's order, by name in an object, or mixed. */
export type ActivationArguments<O> = (O[keyof O] | Partial<O> | undefined)[];

/** A layer without parameters: a function of one tensor and of options `O` set when it is made. */
export abstract class Activation<O extends object = { inplace: boolean }> extends Module {
  /** What it was made with. */
  readonly options: Readonly<O>;

  /** Reads the options; `defaults` has all of them in order, undefined where one must be given. */
  constructor(args: readonly unknown[], defaults: O) {
    super();
    const names = Object.keys(defaults) as (keyof O & string)[], title = this.constructor.name;
    const options = { ...defaults, ...named<O>(title, args.filter((a) => a !== undefined), names) };
    for (const name of names) {
      const value: unknown = options[name], wanted = typeof (defaults[name] ?? 0);
      if (typeof value === wanted || (value === null && defaults[name] === null)) continue;
      throw new TypeError(`Cannot make ${title} with ${name} ${describe(value)}: it must be a ${wanted}`);
    }
    this.options = options;
  }

  /** Applies it to any shape. */
  abstract override forward(x: Tensor): Tensor;

  override extraRepr(): string {
    return Object.entries(this.options).filter(([, value]) => value !== false)
      .map(([name, value]) => `${name}=${value}`).join(", ");
  }
}

/** An activation whose only option is `inplace`, which is accepted and makes no difference to the result. */
abstract class Plain extends Activation {
  /** Takes no more than `inplace`. */
  constructor(inplace: boolean | { inplace?: boolean } = false) {
    super([inplace], { inplace: false });
  }
}

/**
 * max(0, x). See {@link https://pytorch.org/docs/stable/generated/torch.nn.ReLU.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * console.log(new nn.ReLU().forward(tensor([-1, 2])).toArray()); // [0, 2]
 * ```
 */
export class ReLU extends Plain {
  override forward(x: Tensor): Tensor {
    return on(x).relu();
  }
}

/** min(max(0, x), 6). See {@link https://pytorch.org/docs/stable/generated/torch.nn.ReLU6.html}. */
export class ReLU6 extends Plain {
  override forward(x: Tensor): Tensor {
    return on(x).relu6();
  }
}

/** 1 / (1 + e⁻ˣ). See {@link https://pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html}. */
export class Sigmoid extends Plain {
  override forward(x: Tensor): Tensor {
    return on(x).sigmoid();
  }
}

/** tanh x. See {@link https://pytorch.org/docs/stable/generated/torch.nn.Tanh.html}. */
export class Tanh extends Plain {
  override forward(x: Tensor): Tensor {
    return on(x).tanh();
  }
}

/** x · sigmoid(x). See {@link https://pytorch.org/docs/stable/generated/torch.nn.SiLU.html}. */
export class SiLU extends Plain {
  override forward(x: Tensor): Tensor {
    return on(x).silu();
  }
}

/** x · tanh(softplus(x)). See {@link https://pytorch.org/docs/stable/generated/torch.nn.Mish.html}. */
export class Mish extends Plain {
  override forward(x: Tensor): Tensor {
    return on(x).mish();
  }
}

/** The self-normalising ELU. See {@link https://pytorch.org/docs/stable/generated/torch.nn.SELU.html}. */
export class SELU extends Plain {
  override forward(x: Tensor): Tensor {
    return on(x).selu();
  }
}

/** x / (1 + |x|). See {@link https://pytorch.org/docs/stable/generated/torch.nn.Softsign.html}. */
export class Softsign extends Plain {
  override forward(x: Tensor): Tensor {
    return on(x).softsign();
  }
}

/** log sigmoid(x). See {@link https://pytorch.org/docs/stable/generated/torch.nn.LogSigmoid.html}. */
export class LogSigmoid extends Plain {
  override forward(x: Tensor): Tensor {
    return on(x).logsigmoid();
  }
}

/** min(max(0, x / 6 + 1/2), 1). See {@link https://pytorch.org/docs/stable/generated/torch.nn.Hardsigmoid.html}. */
export class Hardsigmoid extends Plain {
  override forward(x: Tensor): Tensor {
    return on(x).hardsigmoid();
  }
}

/** x · hardsigmoid(x). See {@link https://pytorch.org/docs/stable/generated/torch.nn.Hardswish.html}. */
export class Hardswish extends Plain {
  override forward(x: Tensor): Tensor {
    return on(x).hardswish();
  }
}

/** x − tanh x. See {@link https://pytorch.org/docs/stable/generated/torch.nn.Tanhshrink.html}. */
export class Tanhshrink extends Plain {
  override forward(x: Tensor): Tensor {
    return on(x).tanhshrink();
  }
}

/** x, or negativeSlope (0.01) · x below 0. See {@link https://pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html}. */
export class LeakyReLU extends Activation<{ negativeSlope: number; inplace: boolean }> {
  /** Sets the slope. */
  constructor(...args: ActivationArguments<{ negativeSlope: number; inplace: boolean }>) {
    super(args, { negativeSlope: 0.01, inplace: false });
  }

  override forward(x: Tensor): Tensor {
    return on(x).leakyRelu(this.options.negativeSlope);
  }
}

/** x, or alpha (1) · (eˣ − 1) below 0. See {@link https://pytorch.org/docs/stable/generated/torch.nn.ELU.html}. */
export class ELU extends Activation<{ alpha: number; inplace: boolean }> {
  /** Sets alpha. */
  constructor(...args: ActivationArguments<{ alpha: number; inplace: boolean }>) {
    super(args, { alpha: 1, inplace: false });
  }

  override forward(x: Tensor): Tensor {
    return on(x).elu(this.options.alpha);
  }
}

/** x, or alpha (1) · (e^(x/alpha) − 1) below 0. See {@link https://pytorch.org/docs/stable/generated/torch.nn.CELU.html}. */
export class CELU extends Activation<{ alpha: number; inplace: boolean }> {
  /** Sets alpha. */
  constructor(...args: ActivationArguments<{ alpha: number; inplace: boolean }>) {
    super(args, { alpha: 1, inplace: false });
  }

  override forward(x: Tensor): Tensor {
    return on(x).celu(this.options.alpha);
  }
}

/**
 * x · Φ(x), or with `approximate: "tanh"` the formula with tanh. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.GELU.html}.
 */
export class GELU extends Activation<{ approximate: "none" | "tanh" }> {
  /** Chooses the formula. */
  constructor(...args: ActivationArguments<{ approximate: "none" | "tanh" }>) {
    super(args, { approximate: "none" });
  }

  override forward(x: Tensor): Tensor {
    return on(x).gelu({ approximate: this.options.approximate });
  }
}

/** log(1 + e^(beta·x)) / beta, x above `threshold`. See {@link https://pytorch.org/docs/stable/generated/torch.nn.Softplus.html}. */
export class Softplus extends Activation<{ beta: number; threshold: number }> {
  /** Sets beta (1) and the threshold (20). */
  constructor(...args: ActivationArguments<{ beta: number; threshold: number }>) {
    super(args, { beta: 1, threshold: 20 });
  }

  override forward(x: Tensor): Tensor {
    return on(x).softplus(this.options.beta, this.options.threshold);
  }
}

/** x, held between minVal (-1) and maxVal (1). See {@link https://pytorch.org/docs/stable/generated/torch.nn.Hardtanh.html}. */
export class Hardtanh extends Activation<{ minVal: number; maxVal: number; inplace: boolean }> {
  /** Sets the bounds. */
  constructor(...args: ActivationArguments<{ minVal: number; maxVal: number; inplace: boolean }>) {
    super(args, { minVal: -1, maxVal: 1, inplace: false });
  }

  override forward(x: Tensor): Tensor {
    return on(x).hardtanh(this.options.minVal, this.options.maxVal);
  }
}

/** x where |x| > lambd (0.5), else 0. See {@link https://pytorch.org/docs/stable/generated/torch.nn.Hardshrink.html}. */
export class Hardshrink extends Activation<{ lambd: number }> {
  /** Sets lambd. */
  constructor(...args: ActivationArguments<{ lambd: number }>) {
    super(args, { lambd: 0.5 });
  }

  override forward(x: Tensor): Tensor {
    return on(x).hardshrink(this.options.lambd);
  }
}

/** x drawn lambd (0.5) nearer to 0. See {@link https://pytorch.org/docs/stable/generated/torch.nn.Softshrink.html}. */
export class Softshrink extends Activation<{ lambd: number }> {
  /** Sets lambd. */
  constructor(...args: ActivationArguments<{ lambd: number }>) {
    super(args, { lambd: 0.5 });
  }

  override forward(x: Tensor): Tensor {
    return on(x).softshrink(this.options.lambd);
  }
}

/** x above `threshold`, else `value`. See {@link https://pytorch.org/docs/stable/generated/torch.nn.Threshold.html}. */
export class Threshold extends Activation<{ threshold: number; value: number; inplace: boolean }> {
  /** Sets the threshold and what replaces numbers at or below it. */
  constructor(...args: ActivationArguments<{ threshold: number; value: number; inplace: boolean }>) {
    super(args, { threshold: NaN, value: NaN, inplace: false });
  }

  override forward(x: Tensor): Tensor {
    return on(x).threshold(this.options.threshold, this.options.value);
  }
}

/** The first half along `dim` (-1) times sigmoid of the second. See {@link https://pytorch.org/docs/stable/generated/torch.nn.GLU.html}. */
export class GLU extends Activation<{ dim: number }> {
  /** Sets the dimension. */
  constructor(...args: ActivationArguments<{ dim: number }>) {
    super(args, { dim: -1 });
  }

  override forward(x: Tensor): Tensor {
    const { dim } = this.options, size = on(x).size(dim), half = size / 2;
    if (size % 2 !== 0) {
      throw new ShapeError(`Cannot apply GLU to ${show(x.shape)}: dimension ${dim} must be even`);
    }
    return x.narrow(dim, 0, half).mul(x.narrow(dim, half, half).sigmoid());
  }
}

/**
 * Softmax along `dim`. See {@link https://pytorch.org/docs/stable/generated/torch.nn.Softmax.html}.
 *
 * @example
 * ```ts
 * import { nn, zeros } from "@dinograd/dinograd";
 *
 * console.log(new nn.Softmax(1).forward(zeros(1, 4)).toArray()); // [[0.25, 0.25, 0.25, 0.25]]
 * ```
 */
export class Softmax extends Activation<{ dim: number }> {
  /** Sets the dimension, the last by default. */
  constructor(...args: ActivationArguments<{ dim: number }>) {
    super(args, { dim: -1 });
  }

  override forward(x: Tensor): Tensor {
    return on(x).softmax(this.options.dim);
  }
}

/** The logarithm of softmax along `dim`. See {@link https://pytorch.org/docs/stable/generated/torch.nn.LogSoftmax.html}. */
export class LogSoftmax extends Softmax {
  override forward(x: Tensor): Tensor {
    return on(x).logSoftmax(this.options.dim);
  }
}

/** Softmax of −x along `dim`. See {@link https://pytorch.org/docs/stable/generated/torch.nn.Softmin.html}. */
export class Softmin extends Softmax {
  override forward(x: Tensor): Tensor {
    return on(x).neg().softmax(this.options.dim);
  }
}

/** Softmax over the channels of [n, channels, height, width]. See {@link https://pytorch.org/docs/stable/generated/torch.nn.Softmax2d.html}. */
export class Softmax2d extends Module {
  override forward(x: Tensor): Tensor {
    return on(x).softmax(-3);
  }
}

/**
 * x, or weight · x below 0, with one learned weight or one a channel. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.PReLU.html}.
 */
export class PReLU extends Module {
  /** [numParameters] */
  weight: Parameter;

  /** One weight by default; all begin at `init` (0.25). */
  constructor(...args: ActivationArguments<{ numParameters: number; init: number }>) {
    super();
    const { numParameters = 1, init = 0.25 } = named<{ numParameters: number; init: number }>(
      "PReLU",
      args.filter((a) => a !== undefined),
      ["numParameters", "init"],
    );
    this.weight = new Parameter(empty([asCount("PReLU", "numParameters", numParameters, 1)], "float32"));
    constant_(this.weight, init);
  }

  override forward(x: Tensor): Tensor {
    return on(x).prelu(this.weight);
  }

  override extraRepr(): string {
    return `numParameters=${this.weight.shape[0]}`;
  }
}

function on(x: Tensor): Tensor {
  return asTensor("apply an activation", "the input", x);
}
