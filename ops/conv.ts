/** Convolutions over one, two and three dimensions, and their transposes. */
import { asChoice, asCount, named, type Optional } from "../lib/arguments.ts";
import { type ConvolutionPlan, convolve, convolveBack, convolveWeight } from "../lib/convolution.ts";
import { isFloat, promote } from "../lib/dtype.ts";
import { ShapeError } from "../lib/errors.ts";
import { defineOp } from "../lib/op.ts";
import { type Shape, show } from "../lib/shape.ts";
import { asTensor, type Tensor } from "../lib/tensor.ts";
import { extentOf, readSizes, type Sizes, slide, type Windows } from "../lib/windows.ts";

export type { Sizes };

type ConvolutionOp = (inputs: readonly Tensor[], plan: ConvolutionPlan) => Tensor;

// Each is linear in both inputs; the gradients of all three are again these three. The first may add a bias.

const convolution: ConvolutionOp = defineOp<ConvolutionPlan>({
  name: "convolution",
  forward: ([x, weight, bias], plan) => convolve(x, weight, plan, bias),
  grad: [
    (g, [, weight], _y, plan) => convolutionBack([g, weight], plan),
    (g, [x], _y, plan) => convolutionWeight([g, x], plan),
    (g) => g.flatten(2).sum(2).sum(0),
  ],
});

const convolutionBack: ConvolutionOp = defineOp<ConvolutionPlan>({
  name: "convolutionBack",
  forward: ([g, weight], plan) => convolveBack(g, weight, plan),
  grad: [
    (h, [, weight], _dx, plan) => convolution([h, weight], plan),
    (h, [g], _dx, plan) => convolutionWeight([g, h], plan),
  ],
});

const convolutionWeight: ConvolutionOp = defineOp<ConvolutionPlan>({
  name: "convolutionWeight",
  forward: ([g, x], plan) => convolveWeight(g, x, plan),
  grad: [
    (h, [, x], _dw, plan) => convolution([x, h], plan),
    (h, [g], _dw, plan) => convolutionBack([g, h], plan),
  ],
});

/** Options of {@link conv1d}, {@link conv2d} and {@link conv3d}; a number stands for all dimensions. */
export interface ConvOptions {
  /** What is added to each output channel. */
  bias?: Tensor | null;
  /** The step from one window to the next; default 1. */
  stride?: Sizes;
  /** Zeros on both sides; "same" keeps the size (stride 1 only), "valid" is none. Default 0. */
  padding?: Sizes | "same" | "valid";
  /** The distance between neighbours in the kernel; default 1. */
  dilation?: Sizes;
  /** How many groups of input channels go to a group of output channels each; default 1. */
  groups?: number;
}

/** Options of {@link convTranspose1d}, {@link convTranspose2d} and {@link convTranspose3d}. */
export interface ConvTransposeOptions extends ConvOptions {
  /** How much to cut off on all sides; default 0. */
  padding?: Sizes;
  /** Makes the result larger at the end, for a stride leaves its size open; default 0. */
  outputPadding?: Sizes;
}

/** What a convolution is given, checked: input with its batch dimension, weight and bias of one dtype. */
interface Operands {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor | null;
  readonly groups: number;
  readonly isBatched: boolean;
}

/**
 * Checks inputs and channels: `entering` is the dim of the weight that counts input channels, per group if it is 1.
 */
function operandsOf(
  name: string,
  rank: number,
  input: Tensor,
  kernel: Tensor,
  entering: 0 | 1,
  options: ConvTransposeOptions,
): Operands {
  let x = asTensor(`call ${name}()`, "the input", input),
    weight = asTensor(`call ${name}()`, "the weight", kernel);
  let bias = options.bias ?? null;
  if (bias !== null) asTensor(`call ${name}()`, "bias", bias);
  const groups = asCount(name, "groups", options.groups ?? 1, 1), isBatched = x.ndim === rank + 2;
  const refuse = (why: string): never => {
    throw new ShapeError(
      `Cannot call ${name}() on ${show(x.shape)} with weight ${show(weight.shape)}: ${why}`,
    );
  };
  if (weight.ndim !== rank + 2 || (!isBatched && x.ndim !== rank + 1)) {
    refuse(`the weight must have ${rank + 2} dimensions, the input ${rank + 1} or ${rank + 2}`);
  }
  const per = groups === 1 ? "" : ` for ${groups} groups`, [first, second] = weight.shape;
  const channels = entering === 0 ? first : second * groups,
    leaving = entering === 0 ? second * groups : first;
  if (first % groups !== 0) refuse(`dim 0 of the weight must be divisible by groups ${groups}`);
  if (x.shape[x.ndim - rank - 1] !== channels) refuse(`the input must have ${channels} channels${per}`);
  if (weight.shape.slice(2).includes(0)) refuse("the kernel must not be empty");
  if (bias !== null && (bias.ndim !== 1 || bias.shape[0] !== leaving)) {
    refuse(`bias must have shape ${show([leaving])}, not ${show(bias.shape)}`);
  }
  [x, weight, bias] = ofOneType(name, x, weight, bias);
  return { x: isBatched ? x : x.unsqueeze(0), weight, bias, groups, isBatched };
}

function ofOneType(
  name: string,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
): [Tensor, Tensor, Tensor | null] {
  const given = bias === null ? [x, weight] : [x, weight, bias];
  const dtype = given.reduce((type, t) => promote(type, t.dtype), x.dtype);
  if (dtype === "bool" || (isFloat(dtype) && !given.every((t) => isFloat(t.dtype)))) {
    throw new TypeError(
      `Cannot call ${name}() on dtypes ${
        given.map((t) => t.dtype).join(", ")
      }: all must be floats, or integers`,
    );
  }
  return [x.to(dtype), weight.to(dtype), bias && bias.to(dtype)];
}

/** Adds the bias, and takes away the batch dimension if the input had none. */
function finished(y: Tensor, { bias, isBatched }: Operands): Tensor {
  const sum = bias === null ? y : y.add(bias.reshape([-1, ...y.shape.slice(2).fill(1)]));
  return isBatched ? sum : sum.squeeze(0);
}

function convolutionOf(
  name: string,
  rank: number,
  input: Tensor,
  weight: Tensor,
  args: Optional<ConvOptions>,
): Tensor {
  const options = named<ConvOptions>(name, args, ["bias", "stride", "padding", "dilation", "groups"]);
  const { padding = 0, ...rest } = options;
  const operands = operandsOf(name, rank, input, weight, 1, rest), { x, groups } = operands;
  const kernel = operands.weight.shape.slice(2),
    dilation = readSizes(name, "dilation", rest.dilation ?? 1, rank, 1);
  const stride = readSizes(name, "stride", rest.stride ?? 1, rank, 1);
  const isSame = typeof padding === "string" &&
    asChoice(name, "padding", padding, ["same", "valid"]) === "same";
  const windows = isSame ? sameWindows(name, x.shape, kernel, stride, dilation) : slide(name, x.shape, {
    kernel,
    stride,
    padding: readSizes(name, "padding", padding === "valid" ? 0 : padding, rank, 0),
    dilation,
  });
  const { weight: w, bias, isBatched } = operands;
  const y = convolution(bias === null ? [x, w] : [x, w, bias], { windows, groups });
  return isBatched ? y : y.squeeze(0);
}

/** As many windows as elements: the padding is the smaller in front where it cannot be equal. */
function sameWindows(name: string, shape: Shape, kernel: Shape, stride: Shape, dilation: Shape): Windows[] {
  if (stride.some((s) => s !== 1)) {
    throw new RangeError(
      `Cannot call ${name}() with padding "same" and stride ${show(stride)}: it must be 1`,
    );
  }
  return shape.slice(2).map((size, d) => {
    const window = { kernel: kernel[d], dilation: dilation[d] };
    return { ...window, size, count: size, stride: 1, before: Math.floor((extentOf(window) - 1) / 2) };
  });
}

function transposedOf(
  name: string,
  rank: number,
  input: Tensor,
  weight: Tensor,
  args: Optional<ConvTransposeOptions>,
): Tensor {
  const options = named<ConvTransposeOptions>(name, args, [
    "bias",
    "stride",
    "padding",
    "outputPadding",
    "groups",
    "dilation",
  ]);
  const operands = operandsOf(name, rank, input, weight, 0, options), { x, groups } = operands;
  const stride = readSizes(name, "stride", options.stride ?? 1, rank, 1);
  const dilation = readSizes(name, "dilation", options.dilation ?? 1, rank, 1);
  const padding = readSizes(name, "padding", options.padding ?? 0, rank, 0);
  const extra = readSizes(name, "outputPadding", options.outputPadding ?? 0, rank, 0);
  const windows = x.shape.slice(2).map((count, d) => {
    const window = { kernel: operands.weight.shape[2 + d], stride: stride[d], dilation: dilation[d] };
    const size = (count - 1) * stride[d] + extentOf(window) - 2 * padding[d] + extra[d];
    if (extra[d] >= Math.max(stride[d], dilation[d])) {
      throw new RangeError(
        `Cannot call ${name}() with outputPadding ${show(extra)}: it must be less than stride or dilation`,
      );
    }
    if (size < 1 || count < 1) {
      throw new ShapeError(
        `Cannot call ${name}() on ${show(x.shape)}: dim ${d - rank} of the result would be ${size}`,
      );
    }
    return { ...window, size, count, before: padding[d] };
  });
  return finished(convolutionBack([x, operands.weight], { windows, groups }), operands);
}

/**
 * Slides kernels over signals: input [N, C, L] or [C, L], weight [O, C / groups, k], result [N, O, windows]. Products are
 * summed without turning the kernel round. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.conv1d.html}.
 *
 * @throws {ShapeError} if the channels do not fit or the kernel is longer than the padded input.
 *
 * @example
 * ```ts
 * import { conv1d, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([[1, 2, 4, 7]]), difference = tensor([[[-1, 1]]]);
 * console.log(conv1d(x, difference).toArray()); // [[1, 2, 3]]
 * ```
 */
export function conv1d(input: Tensor, weight: Tensor, ...options: Optional<ConvOptions>): Tensor {
  return convolutionOf("conv1d", 1, input, weight, options);
}

/**
 * Slides kernels over images: input [N, C, H, W] or [C, H, W], weight [O, C / groups, kH, kW], result
 * [N, O, windows down, windows across]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html}.
 *
 * @throws {ShapeError} if the channels do not fit or the kernel is larger than the padded input.
 *
 * @example
 * ```ts
 * import { conv2d, ones } from "@dinograd/dinograd";
 *
 * const x = ones([1, 3, 8, 8]), weight = ones([16, 3, 3, 3]);
 * console.log(conv2d(x, weight, { padding: 1, stride: 2 }).shape); // [1, 16, 4, 4]
 * ```
 */
export function conv2d(input: Tensor, weight: Tensor, ...options: Optional<ConvOptions>): Tensor {
  return convolutionOf("conv2d", 2, input, weight, options);
}

/**
 * Slides kernels over volumes: input [N, C, D, H, W] or [C, D, H, W], weight [O, C / groups, kD, kH, kW]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.conv3d.html}.
 *
 * @throws {ShapeError} if the channels do not fit or the kernel is larger than the padded input.
 *
 * @example
 * ```ts
 * import { conv3d, ones } from "@dinograd/dinograd";
 *
 * console.log(conv3d(ones([1, 2, 4, 4, 4]), ones([5, 2, 3, 3, 3])).shape); // [1, 5, 2, 2, 2]
 * ```
 */
export function conv3d(input: Tensor, weight: Tensor, ...options: Optional<ConvOptions>): Tensor {
  return convolutionOf("conv3d", 3, input, weight, options);
}

/**
 * The transpose of {@link conv1d}: each element of the input [N, C, L] adds a kernel to the result, weight
 * [C, O / groups, k]. See {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose1d.html}.
 *
 * @throws {ShapeError} if the channels do not fit.
 *
 * @example
 * ```ts
 * import { convTranspose1d, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([[1, 10]]), weight = tensor([[[1, 2, 3]]]);
 * console.log(convTranspose1d(x, weight, { stride: 2 }).toArray()); // [[1, 2, 13, 20, 30]]
 * ```
 */
export function convTranspose1d(
  input: Tensor,
  weight: Tensor,
  ...options: Optional<ConvTransposeOptions>
): Tensor {
  return transposedOf("convTranspose1d", 1, input, weight, options);
}

/**
 * The transpose of {@link conv2d}, by which networks enlarge images: input [N, C, H, W], weight [C, O / groups, kH, kW].
 * See {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose2d.html}.
 *
 * @throws {ShapeError} if the channels do not fit.
 *
 * @example
 * ```ts
 * import { convTranspose2d, ones } from "@dinograd/dinograd";
 *
 * const y = convTranspose2d(ones([1, 16, 4, 4]), ones([16, 8, 2, 2]), { stride: 2 });
 * console.log(y.shape); // [1, 8, 8, 8]
 * ```
 */
export function convTranspose2d(
  input: Tensor,
  weight: Tensor,
  ...options: Optional<ConvTransposeOptions>
): Tensor {
  return transposedOf("convTranspose2d", 2, input, weight, options);
}

/**
 * The transpose of {@link conv3d}: input [N, C, D, H, W], weight [C, O / groups, kD, kH, kW]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose3d.html}.
 *
 * @throws {ShapeError} if the channels do not fit.
 *
 * @example
 * ```ts
 * import { convTranspose3d, ones } from "@dinograd/dinograd";
 *
 * console.log(convTranspose3d(ones([2, 3, 3, 3]), ones([2, 5, 2, 2, 2])).shape); // [5, 4, 4, 4]
 * ```
 */
export function convTranspose3d(
  input: Tensor,
  weight: Tensor,
  ...options: Optional<ConvTransposeOptions>
): Tensor {
  return transposedOf("convTranspose3d", 3, input, weight, options);
}

/**
 * {@link conv1d} with time first: input [L, N, C], weight [k, C, O], bias [O], result [windows, N, O]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.conv_tbc.html}.
 *
 * @throws {ShapeError} if an input does not have 3 dimensions or the channels do not fit.
 *
 * @example
 * ```ts
 * import { convTbc, ones, zeros } from "@dinograd/dinograd";
 *
 * console.log(convTbc(ones([9, 2, 4]), ones([3, 4, 5]), zeros([5])).shape); // [7, 2, 5]
 * ```
 */
export function convTbc(
  input: Tensor,
  weight: Tensor,
  bias: Tensor,
  pad: number | { pad?: number } = 0,
): Tensor {
  const options = named<{ pad: number }>("convTbc", [pad], ["pad"]);
  const [x, w] = [
    asTensor("call convTbc()", "the input", input),
    asTensor("call convTbc()", "the weight", weight),
  ];
  if (x.ndim !== 3 || w.ndim !== 3) {
    throw new ShapeError(
      `Cannot call convTbc() on ${show(x.shape)} with weight ${show(w.shape)}: both must have 3 dimensions`,
    );
  }
  const b = asTensor("call convTbc()", "bias", bias), padding = asCount("convTbc", "pad", options.pad ?? 0);
  return conv1d(x.permute(1, 2, 0), w.permute(2, 1, 0), b, 1, padding).permute(2, 0, 1);
}
