/** Losses as layers: each calls the method of its name with the options it was made with. */
import type { CrossEntropyOptions, NLLLossOptions } from "../../ops/cross_entropy.ts"; // types only, as below
import type { HuberLossOptions, LogitsLossOptions, SmoothL1LossOptions } from "../../ops/loss.ts";
import type { LossOptions, WeightedLossOptions } from "../loss.ts";
import type { FunctionLayerClass } from "./function_layer.ts";
import { loss, mean, type Pair } from "./loss_layer.ts";

/**
 * The mean squared error. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.MSELoss.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * console.log(new nn.MSELoss().forward(tensor([1, 2]), tensor([1, 4])).item()); // 2
 * ```
 */
export const MSELoss: FunctionLayerClass<Required<LossOptions>, Pair> = loss(
  "MSELoss",
  mean,
  ([x, y], o) => x.mseLoss(y, o),
);
/** A layer made by {@link MSELoss}. */
export type MSELoss = InstanceType<typeof MSELoss>;

/**
 * The mean absolute error. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.L1Loss.html}.
 */
export const L1Loss: FunctionLayerClass<Required<LossOptions>, Pair> = loss(
  "L1Loss",
  mean,
  ([x, y], o) => x.l1Loss(y, o),
);
/** A layer made by {@link L1Loss}. */
export type L1Loss = InstanceType<typeof L1Loss>;

/**
 * Squared near 0, and straight from `delta` (1) on. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.HuberLoss.html}.
 */
export const HuberLoss: FunctionLayerClass<Required<HuberLossOptions>, Pair> = loss(
  "HuberLoss",
  { ...mean, delta: 1 },
  ([x, y], o) => x.huberLoss(y, o),
);
/** A layer made by {@link HuberLoss}. */
export type HuberLoss = InstanceType<typeof HuberLoss>;

/**
 * Huber loss divided by `beta` (1), where it begins to be straight. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.SmoothL1Loss.html}.
 */
export const SmoothL1Loss: FunctionLayerClass<Required<SmoothL1LossOptions>, Pair> = loss(
  "SmoothL1Loss",
  { ...mean, beta: 1 },
  ([x, y], o) => x.smoothL1Loss(y, o),
);
/** A layer made by {@link SmoothL1Loss}. */
export type SmoothL1Loss = InstanceType<typeof SmoothL1Loss>;

/**
 * Cross entropy of logits [n, classes, ...] against class indices [n, ...] or probabilities [n, classes, ...], with
 * `weight` of each class, `ignoreIndex` and `labelSmoothing`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor, zeros } from "@dinograd/dinograd";
 *
 * const loss = new nn.CrossEntropyLoss();
 * console.log(loss.forward(zeros(1, 4), tensor([2], { dtype: "int32" })).item()); // log 4
 * ```
 */
export const CrossEntropyLoss: FunctionLayerClass<Required<CrossEntropyOptions>, Pair> = loss(
  "CrossEntropyLoss",
  { weight: null, sizeAverage: null, ignoreIndex: -100, reduce: null, reduction: "mean", labelSmoothing: 0 },
  ([x, y], o) => x.crossEntropy(y, o),
);
/** A layer made by {@link CrossEntropyLoss}. */
export type CrossEntropyLoss = InstanceType<typeof CrossEntropyLoss>;

/**
 * The negative log likelihood of log-probabilities [n, classes, ...], with `weight` of each class and `ignoreIndex`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html}.
 */
export const NLLLoss: FunctionLayerClass<Required<NLLLossOptions>, Pair> = loss(
  "NLLLoss",
  { weight: null, sizeAverage: null, ignoreIndex: -100, reduce: null, reduction: "mean" },
  ([x, y], o) => x.nllLoss(y, o),
);
/** A layer made by {@link NLLLoss}. */
export type NLLLoss = InstanceType<typeof NLLLoss>;

/**
 * Cross entropy of probabilities for two classes, with `weight` of each element. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.BCELoss.html}.
 */
export const BCELoss: FunctionLayerClass<Required<WeightedLossOptions>, Pair> = loss(
  "BCELoss",
  { weight: null, ...mean },
  ([x, y], o) => x.binaryCrossEntropy(y, o),
);
/** A layer made by {@link BCELoss}. */
export type BCELoss = InstanceType<typeof BCELoss>;

/**
 * Cross entropy of logits for two classes, with `weight` of each element and `posWeight` of positive ones. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html}.
 */
export const BCEWithLogitsLoss: FunctionLayerClass<Required<LogitsLossOptions>, Pair> = loss(
  "BCEWithLogitsLoss",
  { weight: null, ...mean, posWeight: null },
  ([x, y], o) => x.binaryCrossEntropyWithLogits(y, o),
);
/** A layer made by {@link BCEWithLogitsLoss}. */
export type BCEWithLogitsLoss = InstanceType<typeof BCEWithLogitsLoss>;
