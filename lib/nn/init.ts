/**
 * Initial values of parameters, in place and off the tape. See {@link https://pytorch.org/docs/stable/nn.init.html}.
 */
import { asChoice, asNumber, named } from "../arguments.ts";
import { ShapeError } from "../errors.ts";
import type { Generator } from "../random.ts";
import { show, sizeOf } from "../shape.ts";
import { noGrad } from "../grad_mode.ts";
import { asTensor, type Tensor } from "../tensor.ts";

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

/** Fills with uniform numbers from `a` (0) up to but without `b` (1). */
export function uniform_(tensor: Tensor, a = 0, b = 1, options: InitOptions = {}): Tensor {
  return noGrad(() => asTensor("call init.uniform_()", "the first argument", tensor).uniform_(a, b, options));
}

/** Fills with normal numbers of mean `mean` (0) and standard deviation `std` (1). */
export function normal_(tensor: Tensor, mean = 0, std = 1, options: InitOptions = {}): Tensor {
  return noGrad(() =>
    asTensor("call init.normal_()", "the first argument", tensor).normal_(mean, std, options)
  );
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
  return noGrad(() => asTensor("call init.constant_()", "the first argument", tensor).copy_(value));
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
export function xavierUniform_(tensor: Tensor, gain = 1, options: InitOptions = {}): Tensor {
  const bound = Math.sqrt(3) * xavierStd(tensor, gain);
  return uniform_(tensor, -bound, bound, options);
}

/** As {@link xavierUniform_}, with normal numbers. */
export function xavierNormal_(tensor: Tensor, gain = 1, options: InitOptions = {}): Tensor {
  return normal_(tensor, 0, xavierStd(tensor, gain), options);
}

function xavierStd(tensor: Tensor, gain: number): number {
  const { fanIn, fanOut } = calculateFan(tensor);
  return asNumber("init.xavier", "gain", gain) * Math.sqrt(2 / (fanIn + fanOut));
}

/**
 * Fills with uniform numbers of standard deviation gain / √fan (He et al. 2015); `a` may also stand alone as a number.
 *
 * @example
 * ```ts
 * import { nn, zeros } from "@dinograd/dinograd";
 *
 * const weight = nn.init.kaimingUniform_(zeros(8, 4), { nonlinearity: "relu" });
 * console.log(Math.abs(Number(weight.max().item())) <= Math.sqrt(6 / 4)); // true
 * ```
 */
export function kaimingUniform_(tensor: Tensor, options: number | KaimingOptions = {}): Tensor {
  const { std, generator } = kaimingStd("kaimingUniform_", tensor, options), bound = Math.sqrt(3) * std;
  return uniform_(tensor, -bound, bound, { generator });
}

/** As {@link kaimingUniform_}, with normal numbers. */
export function kaimingNormal_(tensor: Tensor, options: number | KaimingOptions = {}): Tensor {
  const { std, generator } = kaimingStd("kaimingNormal_", tensor, options);
  return normal_(tensor, 0, std, { generator });
}

function kaimingStd(
  name: string,
  tensor: Tensor,
  given: number | KaimingOptions,
): { std: number; generator?: Generator } {
  const { a = 0, mode = "fan_in", nonlinearity = "leaky_relu", generator } = named<KaimingOptions>(
    name,
    [given],
    ["a", "mode", "nonlinearity"],
    ["generator"],
  );
  const { fanIn, fanOut } = calculateFan(tensor);
  const fan = asChoice(name, "mode", mode, ["fan_in", "fan_out"]) === "fan_in" ? fanIn : fanOut;
  return { std: calculateGain(nonlinearity, a) / Math.sqrt(fan), generator };
}
