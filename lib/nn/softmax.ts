/** Softmax and its kin as layers. */
import { ShapeError } from "../errors.ts";
import { show } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { functionLayer, type FunctionLayerClass } from "./function_layer.ts";

/** The option of softmax layers. */
export interface SoftmaxDim {
  /** The dimension along which results sum to 1; null: 1 for two and for four dimensions, otherwise 0, as in PyTorch. */
  dim: number | null;
}

const implicit: SoftmaxDim = { dim: null };

/** The dimension that PyTorch takes if none is given. */
function dimOf(x: Tensor, { dim }: SoftmaxDim): number {
  return dim ?? ([0, 1, 3].includes(x.ndim) ? 0 : 1);
}

/**
 * eˣ / Σ eˣ along `dim`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Softmax.html}.
 *
 * @example
 * ```ts
 * import { nn, zeros } from "@dinograd/dinograd";
 *
 * console.log(new nn.Softmax(1).forward(zeros(1, 4)).toArray()); // [[0.25, 0.25, 0.25, 0.25]]
 * ```
 */
export const Softmax: FunctionLayerClass<SoftmaxDim> = functionLayer("Softmax", {
  defaults: implicit,
  apply: ([x], o) => x.softmax(dimOf(x, o)),
});
/** A layer made by {@link Softmax}. */
export type Softmax = InstanceType<typeof Softmax>;

/**
 * The logarithm of {@link Softmax}, computed in one. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.LogSoftmax.html}.
 */
export const LogSoftmax: FunctionLayerClass<SoftmaxDim> = functionLayer("LogSoftmax", {
  defaults: implicit,
  apply: ([x], o) => x.logSoftmax(dimOf(x, o)),
});
/** A layer made by {@link LogSoftmax}. */
export type LogSoftmax = InstanceType<typeof LogSoftmax>;

/** {@link Softmax} of −x. See {@link https://pytorch.org/docs/stable/generated/torch.nn.Softmin.html}. */
export const Softmin: FunctionLayerClass<SoftmaxDim> = functionLayer("Softmin", {
  defaults: implicit,
  apply: ([x], o) => x.softmin(dimOf(x, o)),
});
/** A layer made by {@link Softmin}. */
export type Softmin = InstanceType<typeof Softmin>;

/**
 * Softmax over the channels of [n, channels, height, width] or [channels, height, width]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Softmax2d.html}.
 */
export const Softmax2d: FunctionLayerClass = functionLayer("Softmax2d", {
  defaults: {},
  apply: ([x]) => {
    if (x.ndim === 3 || x.ndim === 4) return x.softmax(-3);
    throw new ShapeError(`Cannot apply Softmax2d to ${show(x.shape)}: it must have 3 or 4 dimensions`);
  },
});
/** A layer made by {@link Softmax2d}. */
export type Softmax2d = InstanceType<typeof Softmax2d>;
