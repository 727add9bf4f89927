/** Pooling by averages as layers. */
import type { AdaptivePoolOptions } from "../../ops/adaptive_pool.ts"; // types only, as below
import type { AvgPool1dOptions, AvgPoolOptions, LpPoolOptions } from "../../ops/pool.ts";
import { functionLayer, type FunctionLayerClass } from "./function_layer.ts";

const windows: Required<AvgPool1dOptions> = {
  ...{ kernelSize: NaN, stride: null, padding: 0, ceilMode: false, countIncludePad: true },
};
const powers: Required<LpPoolOptions> = { normType: NaN, kernelSize: NaN, stride: null, ceilMode: false };
const adaptive: Required<AdaptivePoolOptions> = { outputSize: NaN };

/**
 * Averages of windows over signals [n, channels, length] or [channels, length]:
 * `kernelSize`, `stride` (as the kernel), `padding` (0), `ceilMode`, `countIncludePad` (true). See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.AvgPool1d.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * console.log(new nn.AvgPool1d(2).forward(tensor([[1, 3, 5, 9]])).toArray()); // [[2, 7]]
 * ```
 */
export const AvgPool1d: FunctionLayerClass<Required<AvgPool1dOptions>> = functionLayer("AvgPool1d", {
  defaults: windows,
  apply: ([x], o) => x.avgPool1d(o),
});
/** A layer made by {@link AvgPool1d}. */
export type AvgPool1d = InstanceType<typeof AvgPool1d>;

/**
 * {@link AvgPool1d} over images [n, channels, height, width] or [channels, height, width]; `divisorOverride` is divided by
 * instead of the number of elements. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html}.
 */
export const AvgPool2d: FunctionLayerClass<Required<AvgPoolOptions>> = functionLayer("AvgPool2d", {
  defaults: { ...windows, divisorOverride: null },
  apply: ([x], o) => x.avgPool2d(o),
});
/** A layer made by {@link AvgPool2d}. */
export type AvgPool2d = InstanceType<typeof AvgPool2d>;

/**
 * {@link AvgPool2d} over volumes [n, channels, depth, height, width] or the same without n. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.AvgPool3d.html}.
 */
export const AvgPool3d: FunctionLayerClass<Required<AvgPoolOptions>> = functionLayer("AvgPool3d", {
  defaults: { ...windows, divisorOverride: null },
  apply: ([x], o) => x.avgPool3d(o),
});
/** A layer made by {@link AvgPool3d}. */
export type AvgPool3d = InstanceType<typeof AvgPool3d>;

/**
 * Power averages (Σ xᵖ)^(1/p) of windows over signals [n, channels, length] or [channels, length]: `normType` p,
 * `kernelSize`, `stride` (as the kernel), `ceilMode`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.LPPool1d.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * console.log(new nn.LPPool1d(2, 2).forward(tensor([[3, 4, 6, 8]])).toArray()); // [[5, 10]]
 * ```
 */
export const LPPool1d: FunctionLayerClass<Required<LpPoolOptions>> = functionLayer("LPPool1d", {
  defaults: powers,
  apply: ([x], o) => x.lpPool1d(o),
});
/** A layer made by {@link LPPool1d}. */
export type LPPool1d = InstanceType<typeof LPPool1d>;

/**
 * {@link LPPool1d} over images [n, channels, height, width] or [channels, height, width]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.LPPool2d.html}.
 */
export const LPPool2d: FunctionLayerClass<Required<LpPoolOptions>> = functionLayer("LPPool2d", {
  defaults: powers,
  apply: ([x], o) => x.lpPool2d(o),
});
/** A layer made by {@link LPPool2d}. */
export type LPPool2d = InstanceType<typeof LPPool2d>;

/**
 * Averages of `outputSize` equal parts of signals [n, channels, length] or [channels, length]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool1d.html}.
 */
export const AdaptiveAvgPool1d: FunctionLayerClass<Required<AdaptivePoolOptions>> = functionLayer(
  "AdaptiveAvgPool1d",
  {
    defaults: adaptive,
    apply: ([x], o) => x.adaptiveAvgPool1d(o),
  },
);
/** A layer made by {@link AdaptiveAvgPool1d}. */
export type AdaptiveAvgPool1d = InstanceType<typeof AdaptiveAvgPool1d>;

/**
 * {@link AdaptiveAvgPool1d} of images [n, channels, height, width] or [channels, height, width]; a size of null stays. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html}.
 *
 * @example
 * ```ts
 * import { nn, zeros } from "@dinograd/dinograd";
 *
 * console.log(new nn.AdaptiveAvgPool2d([1, null]).forward(zeros(3, 5, 7)).shape); // [3, 1, 7]
 * ```
 */
export const AdaptiveAvgPool2d: FunctionLayerClass<Required<AdaptivePoolOptions>> = functionLayer(
  "AdaptiveAvgPool2d",
  {
    defaults: adaptive,
    apply: ([x], o) => x.adaptiveAvgPool2d(o),
  },
);
/** A layer made by {@link AdaptiveAvgPool2d}. */
export type AdaptiveAvgPool2d = InstanceType<typeof AdaptiveAvgPool2d>;

/**
 * {@link AdaptiveAvgPool1d} of volumes [n, channels, depth, height, width] or the same without n. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool3d.html}.
 */
export const AdaptiveAvgPool3d: FunctionLayerClass<Required<AdaptivePoolOptions>> = functionLayer(
  "AdaptiveAvgPool3d",
  {
    defaults: adaptive,
    apply: ([x], o) => x.adaptiveAvgPool3d(o),
  },
);
/** A layer made by {@link AdaptiveAvgPool3d}. */
export type AdaptiveAvgPool3d = InstanceType<typeof AdaptiveAvgPool3d>;
