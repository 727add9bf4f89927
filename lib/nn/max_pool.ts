/** Pooling by maxima as layers, with or without their places, and its reverse. */
import type { FractionalMaxPoolOptions, MaxPoolOptions } from "../../ops/max_pool.ts"; // types only, as below
import type { AdaptiveMaxPoolOptions } from "../../ops/adaptive_pool.ts";
import type { MaxUnpoolOptions } from "../../ops/unpool.ts";
import type { Optional } from "../arguments.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { type FunctionLayer, functionLayer, type FunctionLayerClass } from "./function_layer.ts";

/** A pooling that gives maxima, or pairs of maxima and their places in the flattened plane. */
export type MaxPoolLayer<O, Output = Tensor> = FunctionLayer<[x: Tensor], Output> & Readonly<Required<O>>;

/** Makes poolings; with `returnIndices: true` those that give pairs. */
export interface MaxPoolClass<O extends object> {
  /** Makes one that gives maxima. */
  new (...options: Optional<O & { returnIndices?: false }>): MaxPoolLayer<O>;
  /** Makes one that gives pairs. */
  new (...options: Optional<O & { returnIndices: true }>): MaxPoolLayer<O, [values: Tensor, indices: Tensor]>;
}

/** A class of them; `pool` finds maxima and places. */
function maxPool<O extends { returnIndices?: boolean }>(
  name: string,
  defaults: NoInfer<Required<O>>,
  pool: (x: Tensor, options: O) => [Tensor, Tensor],
): MaxPoolClass<O> {
  const made = functionLayer<Required<O>, [x: Tensor], Tensor | [Tensor, Tensor]>(name, {
    defaults,
    apply: ([x], o) => o.returnIndices ? pool(x, o) : pool(x, o)[0],
  });
  return made as MaxPoolClass<O>; // which of the two it gives follows from returnIndices
}

const windows: Required<MaxPoolOptions> = {
  ...{ kernelSize: NaN, stride: null, padding: 0, dilation: 1, returnIndices: false, ceilMode: false },
};
const adaptive: Required<AdaptiveMaxPoolOptions> = { outputSize: NaN, returnIndices: false };
const fractional: Required<FractionalMaxPoolOptions> = {
  ...{ kernelSize: NaN, outputSize: null, outputRatio: null, returnIndices: false, _randomSamples: null },
};

/**
 * Maxima of windows over signals [n, channels, length] or [channels, length]: `kernelSize`, `stride` (as the kernel), `padding` (0), `dilation` (1),
 * `returnIndices`, `ceilMode`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.MaxPool1d.html}.
 */
export const MaxPool1d: MaxPoolClass<MaxPoolOptions> = maxPool(
  "MaxPool1d",
  windows,
  (x, o) => x.maxPool1dWithIndices(o),
);
/** A layer made by {@link MaxPool1d}. */
export type MaxPool1d = MaxPoolLayer<MaxPoolOptions>;

/**
 * {@link MaxPool1d} over images [n, channels, height, width] or [channels, height, width]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * const pool = new nn.MaxPool2d(2, { returnIndices: true });
 * const [values, indices] = pool.forward(tensor([[[1, 2], [4, 3]]]));
 * console.log(values.toArray(), indices.toArray()); // [[[4]]] [[[2]]]
 * ```
 */
export const MaxPool2d: MaxPoolClass<MaxPoolOptions> = maxPool(
  "MaxPool2d",
  windows,
  (x, o) => x.maxPool2dWithIndices(o),
);
/** A layer made by {@link MaxPool2d}. */
export type MaxPool2d = MaxPoolLayer<MaxPoolOptions>;

/**
 * {@link MaxPool1d} over volumes [n, channels, depth, height, width] or the same without n. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.MaxPool3d.html}.
 */
export const MaxPool3d: MaxPoolClass<MaxPoolOptions> = maxPool(
  "MaxPool3d",
  windows,
  (x, o) => x.maxPool3dWithIndices(o),
);
/** A layer made by {@link MaxPool3d}. */
export type MaxPool3d = MaxPoolLayer<MaxPoolOptions>;

/**
 * Maxima of `outputSize` equal parts of signals [n, channels, length] or [channels, length]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool1d.html}.
 */
export const AdaptiveMaxPool1d: MaxPoolClass<AdaptiveMaxPoolOptions> = maxPool(
  "AdaptiveMaxPool1d",
  adaptive,
  (x, o) => x.adaptiveMaxPool1dWithIndices(o),
);
/** A layer made by {@link AdaptiveMaxPool1d}. */
export type AdaptiveMaxPool1d = MaxPoolLayer<AdaptiveMaxPoolOptions>;

/**
 * {@link AdaptiveMaxPool1d} of images [n, channels, height, width] or [channels, height, width]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool2d.html}.
 */
export const AdaptiveMaxPool2d: MaxPoolClass<AdaptiveMaxPoolOptions> = maxPool(
  "AdaptiveMaxPool2d",
  adaptive,
  (x, o) => x.adaptiveMaxPool2dWithIndices(o),
);
/** A layer made by {@link AdaptiveMaxPool2d}. */
export type AdaptiveMaxPool2d = MaxPoolLayer<AdaptiveMaxPoolOptions>;

/**
 * {@link AdaptiveMaxPool1d} of volumes [n, channels, depth, height, width] or the same without n. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool3d.html}.
 */
export const AdaptiveMaxPool3d: MaxPoolClass<AdaptiveMaxPoolOptions> = maxPool(
  "AdaptiveMaxPool3d",
  adaptive,
  (x, o) => x.adaptiveMaxPool3dWithIndices(o),
);
/** A layer made by {@link AdaptiveMaxPool3d}. */
export type AdaptiveMaxPool3d = MaxPoolLayer<AdaptiveMaxPoolOptions>;

/**
 * Maxima of `outputSize` windows, or `outputRatio` for each element, put at random over images [n, channels, height, width] or [channels, height, width]
 * (Graham 2014). See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.FractionalMaxPool2d.html}.
 */
export const FractionalMaxPool2d: MaxPoolClass<FractionalMaxPoolOptions> = maxPool(
  "FractionalMaxPool2d",
  fractional,
  (x, o) => x.fractionalMaxPool2dWithIndices(o),
);
/** A layer made by {@link FractionalMaxPool2d}. */
export type FractionalMaxPool2d = MaxPoolLayer<FractionalMaxPoolOptions>;

/**
 * {@link FractionalMaxPool2d} over volumes [n, channels, depth, height, width] or the same without n. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.FractionalMaxPool3d.html}.
 */
export const FractionalMaxPool3d: MaxPoolClass<FractionalMaxPoolOptions> = maxPool(
  "FractionalMaxPool3d",
  fractional,
  (x, o) => x.fractionalMaxPool3dWithIndices(o),
);
/** A layer made by {@link FractionalMaxPool3d}. */
export type FractionalMaxPool3d = MaxPoolLayer<FractionalMaxPoolOptions>;

/** Options of the reverse of pooling: those of the pooling. */
export type UnpoolOptions = Required<Omit<MaxUnpoolOptions, "outputSize">>;

/** Maxima, their places, and the size that was pooled, if the options leave it open. */
export type UnpoolInputs = [x: Tensor, indices: Tensor, outputSize?: Shape | null];

const unpooling: UnpoolOptions = { kernelSize: NaN, stride: null, padding: 0 };

/**
 * Puts maxima back to their places, among zeros: the reverse of {@link MaxPool1d}. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.MaxUnpool1d.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * const pool = new nn.MaxPool1d(2, { returnIndices: true });
 * const [values, indices] = pool.forward(tensor([[1, 3, 2, 0]]));
 * console.log(new nn.MaxUnpool1d(2).forward(values, indices).toArray()); // [[0, 3, 2, 0]]
 * ```
 */
export const MaxUnpool1d: FunctionLayerClass<UnpoolOptions, UnpoolInputs> = functionLayer("MaxUnpool1d", {
  defaults: unpooling,
  apply: ([x, indices, outputSize], o) => x.maxUnpool1d(indices, { ...o, outputSize }),
});
/** A layer made by {@link MaxUnpool1d}. */
export type MaxUnpool1d = InstanceType<typeof MaxUnpool1d>;

/**
 * Puts maxima back to their places, among zeros: the reverse of {@link MaxPool2d}. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.MaxUnpool2d.html}.
 */
export const MaxUnpool2d: FunctionLayerClass<UnpoolOptions, UnpoolInputs> = functionLayer("MaxUnpool2d", {
  defaults: unpooling,
  apply: ([x, indices, outputSize], o) => x.maxUnpool2d(indices, { ...o, outputSize }),
});
/** A layer made by {@link MaxUnpool2d}. */
export type MaxUnpool2d = InstanceType<typeof MaxUnpool2d>;

/**
 * Puts maxima back to their places, among zeros: the reverse of {@link MaxPool3d}. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.MaxUnpool3d.html}.
 */
export const MaxUnpool3d: FunctionLayerClass<UnpoolOptions, UnpoolInputs> = functionLayer("MaxUnpool3d", {
  defaults: unpooling,
  apply: ([x, indices, outputSize], o) => x.maxUnpool3d(indices, { ...o, outputSize }),
});
/** A layer made by {@link MaxUnpool3d}. */
export type MaxUnpool3d = InstanceType<typeof MaxUnpool3d>;
