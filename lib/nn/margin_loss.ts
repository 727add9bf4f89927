/** Losses with a margin, as layers. */
import type { LossOptions, MarginLossOptions, WeightedLossOptions } from "../loss.ts"; // types only, as below
import type { MultiMarginLossOptions } from "../../ops/margin.ts";
import type { TripletDistanceLossOptions, TripletMarginLossOptions } from "../../ops/triplet.ts";
import type { Tensor } from "../tensor.ts";
import type { FunctionLayerClass } from "./function_layer.ts";
import { loss, mean, type Pair } from "./loss_layer.ts";

/** Two inputs and what relates them: 1 or -1. */
export type PairAndTarget = [input1: Tensor, input2: Tensor, target: Tensor];

/** What should be near the first, and what far from it. */
export type Triplet = [anchor: Tensor, positive: Tensor, negative: Tensor];

/**
 * The input where the target is 1, what it lacks to `margin` (1) where it is -1. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.HingeEmbeddingLoss.html}.
 */
export const HingeEmbeddingLoss: FunctionLayerClass<Required<MarginLossOptions>, Pair> = loss(
  "HingeEmbeddingLoss",
  { margin: 1, ...mean },
  ([x, y], o) => x.hingeEmbeddingLoss(y, o),
);
/** A layer made by {@link HingeEmbeddingLoss}. */
export type HingeEmbeddingLoss = InstanceType<typeof HingeEmbeddingLoss>;

/**
 * By how much the first input, for target 1, is not `margin` (0) above the second; for -1 the other way round. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.MarginRankingLoss.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * const loss = new nn.MarginRankingLoss({ margin: 0.5 });
 * console.log(loss.forward(tensor([1]), tensor([3]), tensor([1])).item()); // 2.5
 * ```
 */
export const MarginRankingLoss: FunctionLayerClass<Required<MarginLossOptions>, PairAndTarget> = loss(
  "MarginRankingLoss",
  { margin: 0, ...mean },
  ([a, b, y], o) => a.marginRankingLoss(b, y, o),
);
/** A layer made by {@link MarginRankingLoss}. */
export type MarginRankingLoss = InstanceType<typeof MarginRankingLoss>;

/**
 * 1 − cos of rows that belong together (target 1), and what the cosine of others (-1) exceeds `margin` (0) by. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.CosineEmbeddingLoss.html}.
 */
export const CosineEmbeddingLoss: FunctionLayerClass<Required<MarginLossOptions>, PairAndTarget> = loss(
  "CosineEmbeddingLoss",
  { margin: 0, ...mean },
  ([a, b, y], o) => a.cosineEmbeddingLoss(b, y, o),
);
/** A layer made by {@link CosineEmbeddingLoss}. */
export type CosineEmbeddingLoss = InstanceType<typeof CosineEmbeddingLoss>;

/**
 * log(1 + exp(−target · input)) for targets 1 and -1. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.SoftMarginLoss.html}.
 */
export const SoftMarginLoss: FunctionLayerClass<Required<LossOptions>, Pair> = loss(
  "SoftMarginLoss",
  mean,
  ([x, y], o) => x.softMarginLoss(y, o),
);
/** A layer made by {@link SoftMarginLoss}. */
export type SoftMarginLoss = InstanceType<typeof SoftMarginLoss>;

/**
 * By how much other classes come within `margin` (1) of the target's score, to the power `p` (1 or 2), with `weight` of
 * each class. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.MultiMarginLoss.html}.
 */
export const MultiMarginLoss: FunctionLayerClass<Required<MultiMarginLossOptions>, Pair> = loss(
  "MultiMarginLoss",
  { p: 1, margin: 1, weight: null, ...mean },
  ([x, y], o) => x.multiMarginLoss(y, o),
);
/** A layer made by {@link MultiMarginLoss}. */
export type MultiMarginLoss = InstanceType<typeof MultiMarginLoss>;

/**
 * By how much classes that are no targets come within 1 of each target; a row's targets are those before the first -1. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.MultiLabelMarginLoss.html}.
 */
export const MultiLabelMarginLoss: FunctionLayerClass<Required<LossOptions>, Pair> = loss(
  "MultiLabelMarginLoss",
  mean,
  ([x, y], o) => x.multilabelMarginLoss(y, o),
);
/** A layer made by {@link MultiLabelMarginLoss}. */
export type MultiLabelMarginLoss = InstanceType<typeof MultiLabelMarginLoss>;

/**
 * The mean over classes of the cross entropy of each label by itself, with `weight` of each class. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.MultiLabelSoftMarginLoss.html}.
 */
export const MultiLabelSoftMarginLoss: FunctionLayerClass<Required<WeightedLossOptions>, Pair> = loss(
  "MultiLabelSoftMarginLoss",
  { weight: null, ...mean },
  ([x, y], o) => x.multilabelSoftMarginLoss(y, o),
);
/** A layer made by {@link MultiLabelSoftMarginLoss}. */
export type MultiLabelSoftMarginLoss = InstanceType<typeof MultiLabelSoftMarginLoss>;

/**
 * By how much the positive is not `margin` (1) nearer to the anchor than the negative, in the norm `p` (2); with `swap`
 * the negative is measured from the nearer of the two others. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.TripletMarginLoss.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * const loss = new nn.TripletMarginLoss({ margin: 1.5, eps: 0 });
 * console.log(loss.forward(tensor([[0]]), tensor([[2]]), tensor([[3]])).item()); // 0.5
 * ```
 */
export const TripletMarginLoss: FunctionLayerClass<Required<TripletMarginLossOptions>, Triplet> = loss(
  "TripletMarginLoss",
  { margin: 1, p: 2, eps: 1e-6, swap: false, ...mean },
  ([anchor, positive, negative], o) => anchor.tripletMarginLoss(positive, negative, o),
);
/** A layer made by {@link TripletMarginLoss}. */
export type TripletMarginLoss = InstanceType<typeof TripletMarginLoss>;

/**
 * {@link TripletMarginLoss} with a `distanceFunction` of your own. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.TripletMarginWithDistanceLoss.html}.
 */
export const TripletMarginWithDistanceLoss: FunctionLayerClass<
  Required<TripletDistanceLossOptions>,
  Triplet
> = loss(
  "TripletMarginWithDistanceLoss",
  { distanceFunction: null, margin: 1, swap: false, ...mean },
  ([anchor, positive, negative], o) => anchor.tripletMarginWithDistanceLoss(positive, negative, o),
);
/** A layer made by {@link TripletMarginWithDistanceLoss}. */
export type TripletMarginWithDistanceLoss = InstanceType<typeof TripletMarginWithDistanceLoss>;
