/**
 * Initial values of parameters, in place and off the tape. See {@link https://pytorch.org/docs/stable/nn.init.html}.
 */
import { asChoice, asNumber, named, type Optional } from "../arguments.ts";
import { ShapeError } from "../errors.ts";
import type { Generator } from "../random.ts";
import { show, sizeOf } from "../shape.ts";
import { asTensor, type Tensor } from "../tensor.ts";
import { initialise } from "./skip_init.ts";

export * from "./init_structured.ts";

/** Options of random initialisation. */
export interface InitOptions {
  /** Where the randomness comes from; default: the generator of manualSeed(). */
  generator?: Generator;
}

/** Options of {@link kaimingUniform_} and {@link kaimingNormal_}. */
export interface KaimingOptions extends InitOptions {
  /** The slope of the leaky ReLU that follows; default 0. */
  a?: number;
  /** Keep the variance of the forward ("fan_in", default) or of the backward pass ("fan_out"). */
  mode?: "fan_in" | "fan_out";
  /** What follows; default "leaky_relu". */
  nonlinearity?: Nonlinearity;
}

/** The functions that {@link calculateGain} knows, as PyTorch spells them. */
export type Nonlinearity =
  | ("linear" | "conv1d" | "conv2d" | "conv3d" | "conv_transpose1d" | "conv_transpose2d" | "conv_transpose3d")
  | ("sigmoid" | "tanh" | "relu" | "leaky_relu" | "selu");

const gains: Readonly<Record<Nonlinearity, number>> = {
  ...{
    linear: 1,
    conv1d: 1,
    conv2d: 1,
    conv3d: 1,
    conv_transpose1d: 1,
    conv_transpose2d: 1,
    conv_transpose3d: 1,
  },
  ...{ sigmoid: 1, tanh: 5 / 3, relu: Math.sqrt(2), leaky_relu: 0, selu: 3 / 4 },
};

/**
 * The factor by which the standard deviation of weights is scaled for what follows; `param` is the slope of leaky ReLU.
 *
 * @example
 * ```ts
 * import { nn } from "@dinograd/dinograd";
 *
 * console.log(nn.init.calculateGain("tanh")); // 1.6666666666666667
 * ```
 */
export function calculateGain(nonlinearity: Nonlinearity, param = 0.01): number {
  asChoice("calculateGain", "nonlinearity", nonlinearity, Object.keys(gains) as Nonlinearity[]);
  if (nonlinearity !== "leaky_relu") return gains[nonlinearity];
  return Math.sqrt(2 / (1 + asNumber("calculateGain", "param", param) ** 2));
}

/** How many inputs each output of the weight of a layer has, and the reverse. */
export function calculateFan(tensor: Tensor): { fanIn: number; fanOut: number } {
  const { shape } = asTensor("initialise", "the first argument", tensor);
  if (shape.length < 2) {
    throw new ShapeError(
      `Cannot tell fan in and fan out of shape ${show(shape)}: it needs two dimensions at least`,
    );
  }
  const field = sizeOf(shape.slice(2));
  return { fanIn: shape[1] * field, fanOut: shape[0] * field };
}

/** The interval of {@link uniform_}. */
export interface UniformOptions extends InitOptions {
  /** The least number; default 0. */
  a?: number;
  /** What numbers stay below; default 1. */
  b?: number;
}

/** The parameters of {@link normal_}. */
export interface NormalOptions extends InitOptions {
  /** Default 0. */
  mean?: number;
  /** The standard deviation; default 1. */
  std?: number;
}

/** The option of functions that scale for what follows. */
export interface GainOptions extends InitOptions {
  /** The factor, as {@link calculateGain} gives it; default 1. */
  gain?: number;
}

/** Fills with uniform numbers from `a` (0) up to but without `b` (1). */
export function uniform_(tensor: Tensor, ...options: Optional<UniformOptions>): Tensor {
  const { a = 0, b = 1, generator } = named<UniformOptions>("init.uniform_", options, ["a", "b"], [
    "generator",
  ]);
  const x = asTensor("call init.uniform_()", "the first argument", tensor);
  return initialise(x, () => x.uniform_(a, b, { generator }));
}

/**
 * Fills with normal numbers of mean `mean` (0) and standard deviation `std` (1).
 *
 * @example
 * ```ts
 * import { nn } from "@dinograd/dinograd";
 *
 * const layer = new nn.Linear(100, 100);
 * nn.init.normal_(layer.weight, { std: 0.02 });
 * console.log(Math.round(layer.weight.std().item() * 100)); // 2
 * ```
 */
export function normal_(tensor: Tensor, ...options: Optional<NormalOptions>): Tensor {
  const order = ["mean", "std"] as const;
  const { mean = 0, std = 1, generator } = named<NormalOptions>("init.normal_", options, order, [
    "generator",
  ]);
  const x = asTensor("call init.normal_()", "the first argument", tensor);
  return initialise(x, () => x.normal_(mean, std, { generator }));
}

/**
 * Fills with one number.
 *
 * @example
 * ```ts
 * import { nn } from "@dinograd/dinograd";
 *
 * const layer = new nn.Linear(2, 2);
 * nn.init.constant_(layer.bias!, 0.1);
 * console.log(layer.bias!.toArray()); // [0.10000000149011612, 0.10000000149011612]
 * ```
 */
export function constant_(tensor: Tensor, value: number): Tensor {
  asNumber("init.constant_", "value", value);
  const x = asTensor("call init.constant_()", "the first argument", tensor);
  return initialise(x, () => x.copy_(value));
}

/** Fills with zeros. */
export function zeros_(tensor: Tensor): Tensor {
  return constant_(tensor, 0);
}

/** Fills with ones. */
export function ones_(tensor: Tensor): Tensor {
  return constant_(tensor, 1);
}

/** Fills with uniform numbers of standard deviation gain · √(2 / (fan in + fan out)) (Glorot and Bengio 2010). */
export function xavierUniform_(tensor: Tensor, ...options: Optional<GainOptions>): Tensor {
  const { std, generator } = xavierStd("xavierUniform_", tensor, options), bound = Math.sqrt(3) * std;
  return uniform_(tensor, -bound, bound, { generator });
}

/** As {@link xavierUniform_}, with normal numbers. */
export function xavierNormal_(tensor: Tensor, ...options: Optional<GainOptions>): Tensor {
  const { std, generator } = xavierStd("xavierNormal_", tensor, options);
  return normal_(tensor, 0, std, { generator });
}

/** A standard deviation, and where the randomness comes from. */
interface Spread {
  readonly std: number;
  readonly generator?: Generator;
}

function xavierStd(name: string, tensor: Tensor, options: Optional<GainOptions>): Spread {
  const { gain = 1, generator } = named<GainOptions>(`init.${name}`, options, ["gain"], ["generator"]);
  const { fanIn, fanOut } = calculateFan(tensor);
  return { std: asNumber(`init.${name}`, "gain", gain) * Math.sqrt(2 / (fanIn + fanOut)), generator };
}

/**
 * Fills with uniform numbers of standard deviation gain / √fan (He et al. 2015).
 *
 * @example
 * ```ts
 * import { nn, zeros } from "@dinograd/dinograd";
 *
 * const weight = nn.init.kaimingUniform_(zeros(8, 4), { nonlinearity: "relu" });
 * console.log(Math.abs(Number(weight.max().item())) <= Math.sqrt(6 / 4)); // true
 * ```
 */
export function kaimingUniform_(tensor: Tensor, ...options: Optional<KaimingOptions>): Tensor {
  const { std, generator } = kaimingStd("kaimingUniform_", tensor, options), bound = Math.sqrt(3) * std;
  return uniform_(tensor, -bound, bound, { generator });
}

/** As {@link kaimingUniform_}, with normal numbers. */
export function kaimingNormal_(tensor: Tensor, ...options: Optional<KaimingOptions>): Tensor {
  const { std, generator } = kaimingStd("kaimingNormal_", tensor, options);
  return normal_(tensor, 0, std, { generator });
}

function kaimingStd(name: string, tensor: Tensor, options: Optional<KaimingOptions>): Spread {
  const { a = 0, mode = "fan_in", nonlinearity = "leaky_relu", generator } = named<KaimingOptions>(
    name,
    options,
    ["a", "mode", "nonlinearity"],
    ["generator"],
  );
  const { fanIn, fanOut } = calculateFan(tensor);
  const fan = asChoice(name, "mode", mode, ["fan_in", "fan_out"]) === "fan_in" ? fanIn : fanOut;
  return { std: calculateGain(nonlinearity, a) / Math.sqrt(fan), generator };
}
