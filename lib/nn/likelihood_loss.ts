/** Losses that are likelihoods or divergences of distributions, as layers. */
import type {
  CtcLossOptions,
  GaussianNllLossOptions,
  KlDivOptions,
  Lengths,
  PoissonNllLossOptions,
} from "../../ops/likelihood.ts"; // types only
import type { Tensor } from "../tensor.ts";
import { functionLayer, type FunctionLayerClass } from "./function_layer.ts";
import { loss, mean, type Pair } from "./loss_layer.ts";

/**
 * The Kullback-Leibler divergence of log-probabilities from target probabilities; with `logTarget` those, too, are
 * logarithms. Its mathematical value has reduction "batchmean". See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * const loss = new nn.KLDivLoss({ reduction: "batchmean" });
 * console.log(loss.forward(tensor([[0.5, 0.5]]).log(), tensor([[0.5, 0.5]])).item()); // 0
 * ```
 */
export const KLDivLoss: FunctionLayerClass<Required<KlDivOptions>, Pair> = loss(
  "KLDivLoss",
  { ...mean, logTarget: false },
  ([x, y], o) => x.klDiv(y, o),
);
/** A layer made by {@link KLDivLoss}. */
export type KLDivLoss = InstanceType<typeof KLDivLoss>;

/**
 * The negative log-likelihood of counts for rates, given as logarithms unless `logInput` is false. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.PoissonNLLLoss.html}.
 */
export const PoissonNLLLoss: FunctionLayerClass<Required<PoissonNllLossOptions>, Pair> = loss(
  "PoissonNLLLoss",
  { logInput: true, full: false, sizeAverage: null, eps: 1e-8, reduce: null, reduction: "mean" },
  ([x, y], o) => x.poissonNllLoss(y, o),
);
/** A layer made by {@link PoissonNLLLoss}. */
export type PoissonNLLLoss = InstanceType<typeof PoissonNLLLoss>;

/**
 * The negative log-likelihood of targets for Gaussians with mean `input` and a variance of at least `eps`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.GaussianNLLLoss.html}.
 */
export const GaussianNLLLoss: FunctionLayerClass<
  Required<GaussianNllLossOptions>,
  [input: Tensor, target: Tensor, variance: Tensor | number]
> = loss(
  "GaussianNLLLoss",
  { full: false, eps: 1e-6, ...mean },
  ([x, y, variance], o) => x.gaussianNllLoss(y, variance, o),
);
/** A layer made by {@link GaussianNLLLoss}. */
export type GaussianNLLLoss = InstanceType<typeof GaussianNLLLoss>;

/** What CTC loss compares: log-probabilities [T, N, C], and labels [N, S] or one after the other. */
export type CtcInputs = [logProbs: Tensor, targets: Tensor, inputLengths: Lengths, targetLengths: Lengths];

/**
 * The connectionist temporal classification loss: over all alignments of targets with sequences, class `blank` (0)
 * between them; infinite losses count as 0 with `zeroInfinity`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.CTCLoss.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor, zeros } from "@dinograd/dinograd";
 *
 * const logProbs = zeros([2, 1, 2]).logSoftmax(2), targets = tensor([[1]], { dtype: "int32" });
 * console.log(new nn.CTCLoss().forward(logProbs, targets, [2], [1]).item()); // log 4/3
 * ```
 */
export const CTCLoss: FunctionLayerClass<Required<CtcLossOptions>, CtcInputs> = functionLayer("CTCLoss", {
  defaults: { blank: 0, reduction: "mean", zeroInfinity: false },
  printsDefaults: false,
  apply: ([x, targets, inputLengths, targetLengths], o) => x.ctcLoss(targets, inputLengths, targetLengths, o),
});
/** A layer made by {@link CTCLoss}. */
export type CTCLoss = InstanceType<typeof CTCLoss>;
