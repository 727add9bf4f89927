/** Distances and angles between rows, as layers. */
import type { CosineSimilarityOptions, PairwiseDistanceOptions } from "../../ops/distance.ts"; // types only
import type { Tensor } from "../tensor.ts";
import { functionLayer, type FunctionLayerClass } from "./function_layer.ts";

/** Two tensors whose shapes broadcast. */
export type TwoInputs = [x1: Tensor, x2: Tensor];

/**
 * The cosine of the angle between vectors along `dim` (1); lengths count as `eps` (1e-8) at least. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.CosineSimilarity.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * const cosine = new nn.CosineSimilarity();
 * console.log(cosine.forward(tensor([[1, 0], [3, 4]]), tensor([[0, 2], [6, 8]])).toArray()); // [0, 1]
 * ```
 */
export const CosineSimilarity: FunctionLayerClass<Required<CosineSimilarityOptions>, TwoInputs> =
  functionLayer("CosineSimilarity", {
    defaults: { dim: 1, eps: 1e-8 },
    apply: ([a, b], o) => a.cosineSimilarity(b, o),
  });
/** A layer made by {@link CosineSimilarity}. */
export type CosineSimilarity = InstanceType<typeof CosineSimilarity>;

/**
 * The distances ‖x1 − x2 + eps‖ₚ of rows, with `p` (2), `eps` (1e-6) and `keepdim`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.PairwiseDistance.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * const distance = new nn.PairwiseDistance({ eps: 0 });
 * console.log(distance.forward(tensor([[0, 0]]), tensor([[3, 4]])).toArray()); // [5]
 * ```
 */
export const PairwiseDistance: FunctionLayerClass<Required<PairwiseDistanceOptions>, TwoInputs> =
  functionLayer("PairwiseDistance", {
    defaults: { p: 2, eps: 1e-6, keepdim: false },
    apply: ([a, b], o) => a.pairwiseDistance(b, o),
  });
/** A layer made by {@link PairwiseDistance}. */
export type PairwiseDistance = InstanceType<typeof PairwiseDistance>;
