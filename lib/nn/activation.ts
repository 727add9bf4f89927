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

/** Makes activations: `new nn.ReLU()`. */
export interface ActivationClass<O extends object> {
  /** Makes one with its options in PyTorch's order, by name in an object, or mixed. */
  new (...args: ActivationArguments<O>): Activation<O>;
}

/** The option of many activations; accepted, though it makes no difference to the result. */
export interface Inplace {
  /** Whether to save memory by changing the input; ignored. */
  inplace: boolean;
}

/** A layer without parameters: a function of one tensor and of options `O` set when it is made. */
export abstract class Activation<O extends object = object> extends Module {
  /** What it was made with. */
  readonly options: Readonly<O>;

  /** Reads the options; `defaults` has all of them in order, NaN where one must be given. */
  constructor(args: readonly unknown[], defaults: O) {
    super();
    const names = Object.keys(defaults) as (keyof O & string)[], title = this.constructor.name;
    const options = { ...defaults, ...named<O>(title, args.filter((a) => a !== undefined), names) };
    for (const name of names) {
      const value: unknown = options[name], wanted = typeof defaults[name];
      if (typeof value === wanted && !Number.isNaN(value)) continue;
      throw new TypeError(`Cannot make ${title} with ${name} ${describe(value)}: it must be a ${wanted}`);
    }
    this.options = options;
  }

  /** Applies it to a tensor of any shape. */
  abstract override forward(x: Tensor): Tensor;

  /** The options. */
  override extraRepr(): string {
    return Object.entries(this.options).filter(([, value]) => value !== false)
      .map(([name, value]) => `${name}=${value}`).join(", ");
  }
}

/** A class of activations. */
function activation<O extends object>(
  name: string,
  defaults: O,
  apply: (x: Tensor, options: Readonly<O>) => Tensor,
): ActivationClass<O> {
  const made = class extends Activation<O> {
    constructor(...args: ActivationArguments<O>) {
      super(args, defaults);
    }

    override forward(x: Tensor): Tensor {
      return apply(asTensor(`apply ${name}`, "the input", x), this.options);
    }
  };
  return Object.defineProperty(made, "name", { value: name });
}

const inplace: Inplace = { inplace: false };

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
export const ReLU: ActivationClass<Inplace> = activation("ReLU", inplace, (x) => x.relu());

/** min(max(0, x), 6). See {@link https://pytorch.org/docs/stable/generated/torch.nn.ReLU6.html}. */
export const ReLU6: ActivationClass<Inplace> = activation("ReLU6", inplace, (x) => x.relu6());

/** 1 / (1 + e⁻ˣ). See {@link https://pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html}. */
export const Sigmoid: ActivationClass<Inplace> = activation("Sigmoid", inplace, (x) => x.sigmoid());

/** tanh x. See {@link https://pytorch.org/docs/stable/generated/torch.nn.Tanh.html}. */
export const Tanh: ActivationClass<Inplace> = activation("Tanh", inplace, (x) => x.tanh());

/** x · sigmoid(x). See {@link https://pytorch.org/docs/stable/generated/torch.nn.SiLU.html}. */
export const SiLU: ActivationClass<Inplace> = activation("SiLU", inplace, (x) => x.silu());

/** x · tanh(softplus(x)). See {@link https://pytorch.org/docs/stable/generated/torch.nn.Mish.html}. */
export const Mish: ActivationClass<Inplace> = activation("Mish", inplace, (x) => x.mish());

/** The self-normalising ELU (Klambauer et al. 2017). See {@link https://pytorch.org/docs/stable/generated/torch.nn.SELU.html}. */
export const SELU: ActivationClass<Inplace> = activation("SELU", inplace, (x) => x.selu());

/** x / (1 + |x|). See {@link https://pytorch.org/docs/stable/generated/torch.nn.Softsign.html}. */
export const Softsign: ActivationClass<Inplace> = activation("Softsign", inplace, (x) => x.softsign());

/** log sigmoid(x). See {@link https://pytorch.org/docs/stable/generated/torch.nn.LogSigmoid.html}. */
export const LogSigmoid: ActivationClass<Inplace> = activation("LogSigmoid", inplace, (x) => x.logsigmoid());

/** min(max(0, x / 6 + 1/2), 1). See {@link https://pytorch.org/docs/stable/generated/torch.nn.Hardsigmoid.html}. */
export const Hardsigmoid: ActivationClass<Inplace> = activation(
  "Hardsigmoid",
  inplace,
  (x) => x.hardsigmoid(),
);

/** x · hardsigmoid(x). See {@link https://pytorch.org/docs/stable/generated/torch.nn.Hardswish.html}. */
export const Hardswish: ActivationClass<Inplace> = activation("Hardswish", inplace, (x) => x.hardswish());

/** x − tanh x. See {@link https://pytorch.org/docs/stable/generated/torch.nn.Tanhshrink.html}. */
export const Tanhshrink: ActivationClass<Inplace> = activation("Tanhshrink", inplace, (x) => x.tanhshrink());

/**
 * x, or `negativeSlope` (0.01) · x below 0. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html}.
 */
export const LeakyReLU: ActivationClass<{ negativeSlope: number } & Inplace> = activation("LeakyReLU", {
  negativeSlope: 0.01,
  ...inplace,
}, (x, o) => x.leakyRelu(o.negativeSlope));

/**
 * x, or `alpha` (1) · (eˣ − 1) below 0. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.ELU.html}.
 */
export const ELU: ActivationClass<{ alpha: number } & Inplace> = activation(
  "ELU",
  { alpha: 1, ...inplace },
  (x, o) => x.elu(o.alpha),
);

/**
 * x, or `alpha` (1) · (e^(x/alpha) − 1) below 0. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.CELU.html}.
 */
export const CELU: ActivationClass<{ alpha: number } & Inplace> = activation(
  "CELU",
  { alpha: 1, ...inplace },
  (x, o) => x.celu(o.alpha),
);

/**
 * x · Φ(x), or with `approximate` "tanh" a formula of tanh near it. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.GELU.html}.
 */
export const GELU: ActivationClass<{ approximate: "none" | "tanh" }> = activation("GELU", {
  approximate: "none" as "none" | "tanh",
}, (x, o) => x.gelu({ approximate: o.approximate }));

/**
 * log(1 + e^(beta·x)) / beta (1), but x itself where beta·x is above `threshold` (20). See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Softplus.html}.
 */
export const Softplus: ActivationClass<{ beta: number; threshold: number }> = activation("Softplus", {
  beta: 1,
  threshold: 20,
}, (x, o) => x.softplus(o.beta, o.threshold));

/**
 * x, held between `minVal` (-1) and `maxVal` (1). See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Hardtanh.html}.
 */
export const Hardtanh: ActivationClass<{ minVal: number; maxVal: number } & Inplace> = activation(
  "Hardtanh",
  { minVal: -1, maxVal: 1, ...inplace },
  (x, o) => x.hardtanh(o.minVal, o.maxVal),
);

/**
 * x where |x| > `lambd` (0.5), else 0. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Hardshrink.html}.
 */
export const Hardshrink: ActivationClass<{ lambd: number }> = activation(
  "Hardshrink",
  { lambd: 0.5 },
  (x, o) => x.hardshrink(o.lambd),
);

/**
 * x, drawn `lambd` (0.5) nearer to 0. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Softshrink.html}.
 */
export const Softshrink: ActivationClass<{ lambd: number }> = activation(
  "Softshrink",
  { lambd: 0.5 },
  (x, o) => x.softshrink(o.lambd),
);

/**
 * x above `threshold`, else `value`; both must be given. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Threshold.html}.
 */
export const Threshold: ActivationClass<{ threshold: number; value: number } & Inplace> = activation(
  "Threshold",
  { threshold: NaN, value: NaN, ...inplace },
  (x, o) => x.threshold(o.threshold, o.value),
);

/** x₁ · sigmoid(x₂) for the halves of x along `dim`. */
function gate(x: Tensor, { dim }: { dim: number }): Tensor {
  const size = x.size(dim), half = size / 2;
  if (size % 2 !== 0) {
    throw new ShapeError(`Cannot apply GLU to ${show(x.shape)}: dimension ${dim} must be even`);
  }
  return x.narrow(dim, 0, half).mul(x.narrow(dim, half, half).sigmoid());
}

/**
 * The first half along `dim` (-1) times sigmoid of the second. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.GLU.html}.
 */
export const GLU: ActivationClass<{ dim: number }> = activation("GLU", { dim: -1 }, gate);

/**
 * Softmax along `dim` (-1). See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Softmax.html}.
 *
 * @example
 * ```ts
 * import { nn, zeros } from "@dinograd/dinograd";
 *
 * console.log(new nn.Softmax(1).forward(zeros(1, 4)).toArray()); // [[0.25, 0.25, 0.25, 0.25]]
 * ```
 */
export const Softmax: ActivationClass<{ dim: number }> = activation(
  "Softmax",
  { dim: -1 },
  (x, o) => x.softmax(o.dim),
);

/**
 * The logarithm of softmax along `dim` (-1). See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.LogSoftmax.html}.
 */
export const LogSoftmax: ActivationClass<{ dim: number }> = activation(
  "LogSoftmax",
  { dim: -1 },
  (x, o) => x.logSoftmax(o.dim),
);

/**
 * Softmax of −x along `dim` (-1). See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Softmin.html}.
 */
export const Softmin: ActivationClass<{ dim: number }> = activation(
  "Softmin",
  { dim: -1 },
  (x, o) => x.neg().softmax(o.dim),
);

/**
 * Softmax over the channels of [n, channels, height, width]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Softmax2d.html}.
 */
export const Softmax2d: ActivationClass<object> = activation("Softmax2d", {}, (x) => x.softmax(-3));

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

  /** Applies it to [n, channels, ...], or with one weight to any shape. */
  override forward(x: Tensor): Tensor {
    return asTensor("apply PReLU", "the input", x).prelu(this.weight);
  }

  /** How many weights there are. */
  override extraRepr(): string {
    return `numParameters=${this.weight.shape[0]}`;
  }
}
