/** Layers that change the size of images, or move elements between channels and space. */
import type { FoldOptions, UnfoldOptions } from "../../ops/im2col.ts"; // types only, as below
import type { InterpolateOptions } from "../../ops/interpolate.ts";
import { functionLayer, type FunctionLayerClass } from "./function_layer.ts";

/** Options of {@link Upsample}. */
export type UpsampleLayerOptions = Required<Omit<InterpolateOptions, "antialias">>;

/** Options of {@link UpsamplingNearest2d} and {@link UpsamplingBilinear2d}, of which one must be given. */
export type UpsamplingOptions = Required<Pick<InterpolateOptions, "size" | "scaleFactor">>;

const wanted: UpsamplingOptions = { size: null, scaleFactor: null };

/**
 * Brings [n, channels, ...] to `size` or by `scaleFactor`, with `mode` "nearest" (default), "linear", "bilinear",
 * "trilinear" or "bicubic". See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Upsample.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * const upsample = new nn.Upsample({ scaleFactor: 2, mode: "linear" });
 * console.log(upsample.forward(tensor([[[0, 4]]])).toArray()); // [[[0, 1, 3, 4]]]
 * ```
 */
export const Upsample: FunctionLayerClass<UpsampleLayerOptions> = functionLayer("Upsample", {
  defaults: { ...wanted, mode: "nearest", alignCorners: null, recomputeScaleFactor: null },
  apply: ([x], o) => x.interpolate(o),
});
/** A layer made by {@link Upsample}. */
export type Upsample = InstanceType<typeof Upsample>;

/**
 * {@link Upsample} in mode "nearest". See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.UpsamplingNearest2d.html}.
 */
export const UpsamplingNearest2d: FunctionLayerClass<UpsamplingOptions> = functionLayer(
  "UpsamplingNearest2d",
  {
    defaults: wanted,
    apply: ([x], o) => x.upsampleNearest(o),
  },
);
/** A layer made by {@link UpsamplingNearest2d}. */
export type UpsamplingNearest2d = InstanceType<typeof UpsamplingNearest2d>;

/**
 * {@link Upsample} in mode "bilinear" with corners aligned. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.UpsamplingBilinear2d.html}.
 */
export const UpsamplingBilinear2d: FunctionLayerClass<UpsamplingOptions> = functionLayer(
  "UpsamplingBilinear2d",
  {
    defaults: wanted,
    apply: ([x], o) => x.upsampleBilinear(o),
  },
);
/** A layer made by {@link UpsamplingBilinear2d}. */
export type UpsamplingBilinear2d = InstanceType<typeof UpsamplingBilinear2d>;

/**
 * [..., channels · r², h, w] to [..., channels, h · r, w · r], where r is `upscaleFactor`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.PixelShuffle.html}.
 *
 * @example
 * ```ts
 * import { nn, zeros } from "@dinograd/dinograd";
 *
 * console.log(new nn.PixelShuffle(2).forward(zeros(8, 3, 3)).shape); // [2, 6, 6]
 * ```
 */
export const PixelShuffle: FunctionLayerClass<{ upscaleFactor: number }> = functionLayer("PixelShuffle", {
  defaults: { upscaleFactor: NaN },
  apply: ([x], o) => x.pixelShuffle(o),
});
/** A layer made by {@link PixelShuffle}. */
export type PixelShuffle = InstanceType<typeof PixelShuffle>;

/**
 * The reverse of {@link PixelShuffle}, by `downscaleFactor`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.PixelUnshuffle.html}.
 */
export const PixelUnshuffle: FunctionLayerClass<{ downscaleFactor: number }> = functionLayer(
  "PixelUnshuffle",
  {
    defaults: { downscaleFactor: NaN },
    apply: ([x], o) => x.pixelUnshuffle(o),
  },
);
/** A layer made by {@link PixelUnshuffle}. */
export type PixelUnshuffle = InstanceType<typeof PixelUnshuffle>;

/**
 * Deals the channels of [n, channels, ...] out to `groups` in turn. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.ChannelShuffle.html}.
 */
export const ChannelShuffle: FunctionLayerClass<{ groups: number }> = functionLayer("ChannelShuffle", {
  defaults: { groups: NaN },
  apply: ([x], o) => x.channelShuffle(o),
});
/** A layer made by {@link ChannelShuffle}. */
export type ChannelShuffle = InstanceType<typeof ChannelShuffle>;

/**
 * Patches of images as columns: [n, channels, h, w] to [n, channels · patch, patches]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Unfold.html}.
 *
 * @example
 * ```ts
 * import { nn, zeros } from "@dinograd/dinograd";
 *
 * console.log(new nn.Unfold([2, 3]).forward(zeros(1, 5, 4, 4)).shape); // [1, 30, 6]
 * ```
 */
export const Unfold: FunctionLayerClass<Required<UnfoldOptions>> = functionLayer("Unfold", {
  defaults: { kernelSize: NaN, dilation: 1, padding: 0, stride: 1 },
  apply: ([x], o) => x.im2col(o),
});
/** A layer made by {@link Unfold}. */
export type Unfold = InstanceType<typeof Unfold>;

/**
 * Adds columns of patches up to images of `outputSize`: the adjoint of {@link Unfold}. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Fold.html}.
 */
export const Fold: FunctionLayerClass<Required<FoldOptions>> = functionLayer("Fold", {
  defaults: { outputSize: NaN, kernelSize: NaN, dilation: 1, padding: 0, stride: 1 },
  apply: ([x], o) => x.col2im(o),
});
/** A layer made by {@link Fold}. */
export type Fold = InstanceType<typeof Fold>;
