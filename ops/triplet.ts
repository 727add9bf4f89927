/** Losses of triplets: an anchor should be nearer to the positive than to the negative, by a margin. */
import { asFlag, asNumber, type Optional } from "../lib/arguments.ts";
import { describe } from "../lib/errors.ts";
import { alike, lossOptions, type MarginLossOptions, reduced, REDUCTION } from "../lib/loss.ts";
import { asTensor, type Tensor } from "../lib/tensor.ts";

/** A positive margin. */
function asMargin(name: string, margin: unknown): number {
  const gap = asNumber(name, "margin", margin);
  if (gap > 0) return gap;
  throw new RangeError(`Cannot take ${name} with margin ${describe(margin)}: it must be above 0`);
}

/** A distance between two tensors: one number for each pair of rows. */
export type DistanceFunction = (a: Tensor, b: Tensor) => Tensor;

/** Options of {@link tripletMarginLoss}. */
export interface TripletMarginLossOptions extends MarginLossOptions {
  /** The norm of differences; default 2. */
  p?: number;
  /** Added to differences; default 1e-6. */
  eps?: number;
  /** Measure the negative from whichever of anchor and positive is nearer; default false. */
  swap?: boolean;
}

/** Options of {@link tripletMarginWithDistanceLoss}. */
export interface TripletDistanceLossOptions extends MarginLossOptions {
  /** Default: the distance of {@link tripletMarginLoss}. */
  distanceFunction?: DistanceFunction | null;
  /** Measure the negative from whichever of anchor and positive is nearer; default false. */
  swap?: boolean;
}

/** The triplet loss with any distance. */
function triplet(
  name: string,
  inputs: { anchor: Tensor; positive: Tensor; negative: Tensor },
  distance: DistanceFunction,
  { margin = 1, swap = false, reduction }: Partial<TripletDistanceLossOptions>,
): Tensor {
  const [anchor, positive, negative] = alike(name, inputs), gap = asMargin(name, margin);
  const measure = (a: Tensor, b: Tensor) =>
    asTensor(`take ${name}`, "the result of distanceFunction", distance(a, b));
  const near = measure(anchor, positive), far = measure(anchor, negative);
  const least = asFlag(name, "swap", swap) ? far.minimum(measure(positive, negative)) : far;
  return reduced(name, near.sub(least).add(gap).clampMin(0), reduction);
}

/**
 * max(0, margin + d(anchor, positive) − d(anchor, negative)) with the distance ‖a − b + eps‖ₚ of rows, for inputs [N, D]
 * or [D]. Default margin 1. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.triplet_margin_loss.html}.
 *
 * @example
 * ```ts
 * import { tensor, tripletMarginLoss } from "@dinograd/dinograd";
 *
 * const [anchor, positive, negative] = [tensor([[0]]), tensor([[2]]), tensor([[3]])];
 * console.log(tripletMarginLoss(anchor, positive, negative, { eps: 0, margin: 1.5 }).item()); // 0.5
 * ```
 */
export function tripletMarginLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  ...options: Optional<TripletMarginLossOptions>
): Tensor {
  const name = "tripletMarginLoss", order = ["margin", "p", "eps", "swap", ...REDUCTION] as const;
  const { p = 2, eps = 1e-6, ...rest } = lossOptions<TripletMarginLossOptions>(name, options, order);
  const distance: DistanceFunction = (a, b) => a.pairwiseDistance(b, p, eps);
  return triplet(name, { anchor, positive, negative }, distance, rest);
}

/**
 * {@link tripletMarginLoss} with a distance of your own. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.triplet_margin_with_distance_loss.html}.
 *
 * @example
 * ```ts
 * import { type Tensor, tensor, tripletMarginWithDistanceLoss } from "@dinograd/dinograd";
 *
 * const [anchor, positive, negative] = [tensor([0, 0]), tensor([2, 2]), tensor([3, 3])];
 * const distanceFunction = (a: Tensor, b: Tensor) => a.sub(b).abs().amax(-1);
 * console.log(tripletMarginWithDistanceLoss(anchor, positive, negative, { distanceFunction }).item()); // 0
 * ```
 */
export function tripletMarginWithDistanceLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  ...options: Optional<TripletDistanceLossOptions>
): Tensor {
  const name = "tripletMarginWithDistanceLoss",
    order = ["distanceFunction", "margin", "swap", "reduction"] as const;
  const { distanceFunction, ...rest } = lossOptions<TripletDistanceLossOptions>(name, options, order);
  const distance = distanceFunction ?? ((a, b) => a.pairwiseDistance(b));
  if (typeof distance !== "function") {
    throw new TypeError(
      `Cannot take ${name} with distanceFunction ${describe(distance)}: it must be a function of two tensors`,
    );
  }
  return triplet(name, { anchor, positive, negative }, distance, rest);
}
