/** Activations as layers: each applies the method of its name with the options it was made with. */
import { asCount, named, type Optional } from "../arguments.ts";
import type { DType } from "../dtype.ts";
import { asDType } from "../dtype.ts";
import { asTensor, type Tensor } from "../tensor.ts";
import { parameterOf } from "./fresh.ts";
import { functionLayer, type FunctionLayerClass } from "./function_layer.ts";
import { Module } from "./module.ts";
import type { Parameter } from "./parameter.ts";

/** The option of many activations; accepted, though it makes no difference to the result. */
export interface Inplace {
  /** Whether to save memory by changing the input; ignored. */
  inplace: boolean;
}

const inplace: Inplace = { inplace: false };

/**
 * max(0, x). See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.ReLU.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * console.log(new nn.ReLU().forward(tensor([-1, 2])).toArray()); // [0, 2]
 * ```
 */
export const ReLU: FunctionLayerClass<Inplace> = functionLayer("ReLU", {
  defaults: inplace,
  apply: ([x]) => x.relu(),
});
/** A layer made by {@link ReLU}. */
export type ReLU = InstanceType<typeof ReLU>;

/** min(max(0, x), 6). See {@link https://pytorch.org/docs/stable/generated/torch.nn.ReLU6.html}. */
export const ReLU6: FunctionLayerClass<Inplace> = functionLayer("ReLU6", {
  defaults: inplace,
  apply: ([x]) => x.relu6(),
});
/** A layer made by {@link ReLU6}. */
export type ReLU6 = InstanceType<typeof ReLU6>;

/** 1 / (1 + e⁻ˣ). See {@link https://pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html}. */
export const Sigmoid: FunctionLayerClass<Inplace> = functionLayer("Sigmoid", {
  defaults: inplace,
  apply: ([x]) => x.sigmoid(),
});
/** A layer made by {@link Sigmoid}. */
export type Sigmoid = InstanceType<typeof Sigmoid>;

/** tanh x. See {@link https://pytorch.org/docs/stable/generated/torch.nn.Tanh.html}. */
export const Tanh: FunctionLayerClass<Inplace> = functionLayer("Tanh", {
  defaults: inplace,
  apply: ([x]) => x.tanh(),
});
/** A layer made by {@link Tanh}. */
export type Tanh = InstanceType<typeof Tanh>;

/** x · sigmoid(x). See {@link https://pytorch.org/docs/stable/generated/torch.nn.SiLU.html}. */
export const SiLU: FunctionLayerClass<Inplace> = functionLayer("SiLU", {
  defaults: inplace,
  apply: ([x]) => x.silu(),
});
/** A layer made by {@link SiLU}. */
export type SiLU = InstanceType<typeof SiLU>;

/** x · tanh(softplus(x)). See {@link https://pytorch.org/docs/stable/generated/torch.nn.Mish.html}. */
export const Mish: FunctionLayerClass<Inplace> = functionLayer("Mish", {
  defaults: inplace,
  apply: ([x]) => x.mish(),
});
/** A layer made by {@link Mish}. */
export type Mish = InstanceType<typeof Mish>;

/**
 * The self-normalising ELU (Klambauer et al. 2017). See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.SELU.html}.
 */
export const SELU: FunctionLayerClass<Inplace> = functionLayer("SELU", {
  defaults: inplace,
  apply: ([x]) => x.selu(),
});
/** A layer made by {@link SELU}. */
export type SELU = InstanceType<typeof SELU>;

/** x / (1 + |x|). See {@link https://pytorch.org/docs/stable/generated/torch.nn.Softsign.html}. */
export const Softsign: FunctionLayerClass<Inplace> = functionLayer("Softsign", {
  defaults: inplace,
  apply: ([x]) => x.softsign(),
});
/** A layer made by {@link Softsign}. */
export type Softsign = InstanceType<typeof Softsign>;

/** log sigmoid(x). See {@link https://pytorch.org/docs/stable/generated/torch.nn.LogSigmoid.html}. */
export const LogSigmoid: FunctionLayerClass<Inplace> = functionLayer("LogSigmoid", {
  defaults: inplace,
  apply: ([x]) => x.logsigmoid(),
});
/** A layer made by {@link LogSigmoid}. */
export type LogSigmoid = InstanceType<typeof LogSigmoid>;

/**
 * min(max(0, x / 6 + 1/2), 1). See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Hardsigmoid.html}.
 */
export const Hardsigmoid: FunctionLayerClass<Inplace> = functionLayer("Hardsigmoid", {
  defaults: inplace,
  apply: ([x]) => x.hardsigmoid(),
});
/** A layer made by {@link Hardsigmoid}. */
export type Hardsigmoid = InstanceType<typeof Hardsigmoid>;

/** x · hardsigmoid(x). See {@link https://pytorch.org/docs/stable/generated/torch.nn.Hardswish.html}. */
export const Hardswish: FunctionLayerClass<Inplace> = functionLayer("Hardswish", {
  defaults: inplace,
  apply: ([x]) => x.hardswish(),
});
/** A layer made by {@link Hardswish}. */
export type Hardswish = InstanceType<typeof Hardswish>;

/** x − tanh x. See {@link https://pytorch.org/docs/stable/generated/torch.nn.Tanhshrink.html}. */
export const Tanhshrink: FunctionLayerClass<Inplace> = functionLayer("Tanhshrink", {
  defaults: inplace,
  apply: ([x]) => x.tanhshrink(),
});
/** A layer made by {@link Tanhshrink}. */
export type Tanhshrink = InstanceType<typeof Tanhshrink>;

/**
 * x, or `negativeSlope` (0.01) · x below 0. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html}.
 */
export const LeakyReLU: FunctionLayerClass<{ negativeSlope: number } & Inplace> = functionLayer("LeakyReLU", {
  defaults: { negativeSlope: 0.01, ...inplace },
  apply: ([x], o) => x.leakyRelu(o.negativeSlope),
});
/** A layer made by {@link LeakyReLU}. */
export type LeakyReLU = InstanceType<typeof LeakyReLU>;

/**
 * x, or below 0 x times a slope: while training a random one from `lower` (1/8) to `upper` (1/3), then their middle. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.RReLU.html}.
 */
export const RReLU: FunctionLayerClass<{ lower: number; upper: number } & Inplace> = functionLayer("RReLU", {
  defaults: { lower: 1 / 8, upper: 1 / 3, ...inplace },
  apply: ([x], o, training) => x.rrelu({ ...o, training }),
});
/** A layer made by {@link RReLU}. */
export type RReLU = InstanceType<typeof RReLU>;

/**
 * x, or `alpha` (1) · (eˣ − 1) below 0. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.ELU.html}.
 */
export const ELU: FunctionLayerClass<{ alpha: number } & Inplace> = functionLayer("ELU", {
  defaults: { alpha: 1, ...inplace },
  apply: ([x], o) => x.elu(o.alpha),
});
/** A layer made by {@link ELU}. */
export type ELU = InstanceType<typeof ELU>;

/**
 * x, or `alpha` (1) · (e^(x/alpha) − 1) below 0. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.CELU.html}.
 */
export const CELU: FunctionLayerClass<{ alpha: number } & Inplace> = functionLayer("CELU", {
  defaults: { alpha: 1, ...inplace },
  apply: ([x], o) => x.celu(o.alpha),
});
/** A layer made by {@link CELU}. */
export type CELU = InstanceType<typeof CELU>;

/**
 * x · Φ(x), or with `approximate` "tanh" a formula of tanh near it. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.GELU.html}.
 */
export const GELU: FunctionLayerClass<{ approximate: "none" | "tanh" }> = functionLayer("GELU", {
  defaults: { approximate: "none" },
  apply: ([x], o) => x.gelu(o),
});
/** A layer made by {@link GELU}. */
export type GELU = InstanceType<typeof GELU>;

/**
 * log(1 + e^(beta·x)) / beta (1), but x itself where beta·x is above `threshold` (20). See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Softplus.html}.
 */
export const Softplus: FunctionLayerClass<{ beta: number; threshold: number }> = functionLayer("Softplus", {
  defaults: { beta: 1, threshold: 20 },
  apply: ([x], o) => x.softplus(o.beta, o.threshold),
});
/** A layer made by {@link Softplus}. */
export type Softplus = InstanceType<typeof Softplus>;

/**
 * x, held between `minVal` (-1) and `maxVal` (1). See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Hardtanh.html}.
 */
export const Hardtanh: FunctionLayerClass<{ minVal: number; maxVal: number } & Inplace> = functionLayer(
  "Hardtanh",
  {
    defaults: { minVal: -1, maxVal: 1, ...inplace },
    apply: ([x], o) => x.hardtanh(o.minVal, o.maxVal),
  },
);
/** A layer made by {@link Hardtanh}. */
export type Hardtanh = InstanceType<typeof Hardtanh>;

/**
 * x where |x| > `lambd` (0.5), else 0. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Hardshrink.html}.
 */
export const Hardshrink: FunctionLayerClass<{ lambd: number }> = functionLayer("Hardshrink", {
  defaults: { lambd: 0.5 },
  apply: ([x], o) => x.hardshrink(o.lambd),
});
/** A layer made by {@link Hardshrink}. */
export type Hardshrink = InstanceType<typeof Hardshrink>;

/**
 * x, drawn `lambd` (0.5) nearer to 0. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Softshrink.html}.
 */
export const Softshrink: FunctionLayerClass<{ lambd: number }> = functionLayer("Softshrink", {
  defaults: { lambd: 0.5 },
  apply: ([x], o) => x.softshrink(o.lambd),
});
/** A layer made by {@link Softshrink}. */
export type Softshrink = InstanceType<typeof Softshrink>;

/**
 * x above `threshold`, else `value`; both must be given. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Threshold.html}.
 */
export const Threshold: FunctionLayerClass<{ threshold: number; value: number } & Inplace> = functionLayer(
  "Threshold",
  {
    defaults: { threshold: NaN, value: NaN, ...inplace },
    apply: ([x], o) => x.threshold(o.threshold, o.value),
  },
);
/** A layer made by {@link Threshold}. */
export type Threshold = InstanceType<typeof Threshold>;

/**
 * The first half along `dim` (-1) times sigmoid of the second. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.GLU.html}.
 */
export const GLU: FunctionLayerClass<{ dim: number }> = functionLayer("GLU", {
  defaults: { dim: -1 },
  apply: ([x], o) => x.glu(o.dim),
});
/** A layer made by {@link GLU}. */
export type GLU = InstanceType<typeof GLU>;

/** Options of {@link PReLU}. */
export interface PReLUOptions {
  /** 1 (default), or the number of channels. */
  numParameters?: number;
  /** What the weights begin with; default 0.25. */
  init?: number;
  /** The dtype of the weights; default float32. */
  dtype?: DType;
}

/**
 * x, or weight · x below 0, with one learned weight or one a channel. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.PReLU.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * console.log(new nn.PReLU({ init: 0.5 }).forward(tensor([-2, 2])).toArray()); // [-1, 2]
 * ```
 */
export class PReLU extends Module {
  /** How many weights there are. */
  readonly numParameters: number;
  /** [numParameters] */
  weight: Parameter;

  /** One weight by default; all begin at `init` (0.25). */
  constructor(...options: Optional<PReLUOptions>) {
    super();
    const { numParameters = 1, init = 0.25, dtype = "float32" } = named<PReLUOptions>("PReLU", options, [
      "numParameters",
      "init",
    ], ["dtype"]);
    this.numParameters = asCount("PReLU", "numParameters", numParameters, 1);
    this.weight = parameterOf(init, [numParameters], asDType("make a PReLU", dtype));
  }

  /** Applies it to [n, channels, ...], or with one weight to any shape. */
  override forward(x: Tensor): Tensor {
    return asTensor("apply PReLU", "the input", x).prelu(this.weight);
  }

  /** How many weights there are. */
  override extraRepr(): string {
    return `numParameters=${this.numParameters}`;
  }
}
