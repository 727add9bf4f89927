/** Transposed convolutions as layers: what takes the gradient of a convolution back to its input. */
import { named, type Optional } from "../arguments.ts";
import { describe, ShapeError } from "../errors.ts";
import { type Shape, show } from "../shape.ts";
import { asTensor, type Tensor } from "../tensor.ts";
import { readSizes, type Sizes } from "../windows.ts";
import { Convolution, type ConvTransposeLayerOptions, type Rank } from "./conv.ts";

/** What {@link ConvTranspose1d}, {@link ConvTranspose2d} and {@link ConvTranspose3d} have in common. */
export abstract class ConvTransposeNd extends Convolution {
  /** How much is cut off on both sides of each dimension. */
  declare readonly padding: readonly number[];
  /** How much larger the result is at the end of each dimension. */
  readonly outputPadding: readonly number[];

  /** Library use: see {@link ConvTranspose1d}. */
  constructor(
    rank: Rank,
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    options: Optional<ConvTransposeLayerOptions>,
  ) {
    const title = `ConvTranspose${rank}d`;
    const order = [
      "stride",
      "padding",
      "outputPadding",
      "groups",
      "bias",
      "dilation",
      "paddingMode",
    ] as const;
    const { outputPadding = 0, ...given } = named<ConvTransposeLayerOptions>(title, options, order, [
      "dtype",
    ]);
    super(rank, [inChannels, outChannels], kernelSize, given, true);
    this.outputPadding = readSizes(title, "outputPadding", outputPadding, rank, 0);
  }

  /**
   * Takes [n, inChannels, ...] or [inChannels, ...] to as many dimensions with outChannels. `outputSize`, of the last
   * dimensions or of all, settles what `stride` leaves open.
   */
  override forward(x: Tensor, outputSize: Shape | null = null): Tensor {
    const { kernelSize, stride, padding, dilation, groups, weight, bias } = this;
    const rank = kernelSize.length as Rank; // the constructor's
    asTensor(`apply ConvTranspose${rank}d`, "the input", x);
    const outputPadding = outputSize === null ? this.outputPadding : paddingTo(this, x, outputSize);
    return x[`convTranspose${rank}d`](weight, { bias, stride, padding, outputPadding, groups, dilation });
  }

  /** The options. */
  override extraRepr(): string {
    const extra = this.outputPadding.some((n) => n !== 0)
      ? `, outputPadding=${show(this.outputPadding)}`
      : "";
    return super.extraRepr() + extra;
  }
}

/** The padding at the end by which a layer gets to `size`. */
function paddingTo(
  { kernelSize, stride, padding, dilation }: ConvTransposeNd,
  x: Tensor,
  size: unknown,
): number[] {
  const rank = kernelSize.length, counts = x.shape.slice(-rank);
  const least = counts.map((n, d) =>
    (n - 1) * stride[d] - 2 * padding[d] + dilation[d] * (kernelSize[d] - 1) + 1
  );
  const inner: unknown[] = Array.isArray(size) ? size.slice(-rank) : [];
  const extra = least.map((n, d) => Number(inner[d]) - n);
  if (inner.length === rank && extra.every((n, d) => n >= 0 && n < stride[d])) return extra;
  throw new ShapeError(
    `Cannot apply ConvTranspose${rank}d to ${show(x.shape)} with outputSize ${
      describe(size)
    }: it must be from ${show(least)} to ${show(least.map((n, d) => n + stride[d] - 1))}`,
  );
}

/**
 * The transpose of {@link Conv1d}, for signals [n, inChannels, length] or without n. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose1d.html}.
 *
 * @throws {RangeError} if the channels do not divide into `groups`.
 */
export class ConvTranspose1d extends ConvTransposeNd {
  /** A layer of random weights. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    ...options: Optional<ConvTransposeLayerOptions>
  ) {
    super(1, inChannels, outChannels, kernelSize, options);
  }
}

/**
 * The transpose of {@link Conv2d}, for images [n, inChannels, height, width] or without n. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html}.
 *
 * @throws {RangeError} if the channels do not divide into `groups`.
 *
 * @example
 * ```ts
 * import { nn, zeros } from "@dinograd/dinograd";
 *
 * const layer = new nn.ConvTranspose2d(8, 3, 3, { stride: 2, padding: 1 }), x = zeros(1, 8, 16, 16);
 * console.log(layer.forward(x).shape, layer.forward(x, [32, 32]).shape); // [1, 3, 31, 31] [1, 3, 32, 32]
 * ```
 */
export class ConvTranspose2d extends ConvTransposeNd {
  /** A layer of random weights. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    ...options: Optional<ConvTransposeLayerOptions>
  ) {
    super(2, inChannels, outChannels, kernelSize, options);
  }
}

/**
 * The transpose of {@link Conv3d}, for volumes [n, inChannels, depth, height, width] or without n. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose3d.html}.
 *
 * @throws {RangeError} if the channels do not divide into `groups`.
 */
export class ConvTranspose3d extends ConvTransposeNd {
  /** A layer of random weights. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    ...options: Optional<ConvTransposeLayerOptions>
  ) {
    super(3, inChannels, outChannels, kernelSize, options);
  }
}
