/** Losses between numbers. Each takes `reduction`: "mean" (default), "sum" or "none". */
import { asNumber, type Optional } from "../lib/arguments.ts";
import { describe } from "../lib/errors.ts";
import {
  lossOf,
  type LossOptions,
  lossOptions,
  reduced,
  REDUCTION,
  sides,
  type WeightedLossOptions,
} from "../lib/loss.ts";
import { pointwise } from "../lib/pointwise.ts";
import type { Tensor } from "../lib/tensor.ts";
import { again } from "../lib/watch.ts";

export type { LossOptions, LossReduction, MarginLossOptions, WeightedLossOptions } from "../lib/loss.ts";

const squaredError = pointwise("squaredError", (k, x, y) => {
  const d = k.sub(x, y);
  return k.mul(d, d);
}, {
  verb: "take mseLoss of",
  gradient: [
    (k, g, _y, a, b) => k.mul(g, k.mul(k.constant(2), k.sub(a, b))),
    (k, g, _y, a, b) => k.mul(g, k.mul(k.constant(2), k.sub(b, a))),
  ],
});

/**
 * The mean squared error: (input − target)². See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.mse_loss.html}.
 *
 * @throws {ShapeError} if the shapes differ.
 *
 * @example
 * ```ts
 * import { mseLoss, tensor } from "@dinograd/dinograd";
 *
 * console.log(mseLoss(tensor([1, 2]), tensor([1, 4])).item()); // 2
 * ```
 */
export function mseLoss(input: Tensor, target: Tensor, ...options: Optional<LossOptions>): Tensor {
  const { reduction } = lossOptions<LossOptions>("mseLoss", options, REDUCTION);
  return lossOf("mseLoss", squaredError, sides("mseLoss", input, target), reduction);
}

const absoluteError = pointwise("absoluteError", (k, x, y) => k.abs(k.sub(x, y)), { verb: "take l1Loss of" });

/**
 * The mean absolute error: |input − target|. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.l1_loss.html}.
 *
 * @example
 * ```ts
 * import { l1Loss, tensor } from "@dinograd/dinograd";
 *
 * console.log(l1Loss(tensor([1, 2]), tensor([1, 4])).item()); // 1
 * ```
 */
export function l1Loss(input: Tensor, target: Tensor, ...options: Optional<LossOptions>): Tensor {
  const { reduction } = lossOptions<LossOptions>("l1Loss", options, REDUCTION);
  return lossOf("l1Loss", absoluteError, sides("l1Loss", input, target), reduction);
}

const huber = pointwise("huber", (k, x, y, delta, scale) => {
  const d = k.abs(k.sub(x, y)), half = k.constant(0.5);
  const inside = k.mul(half, k.mul(d, d)), outside = k.mul(delta, k.sub(d, k.mul(half, delta)));
  return k.mul(scale, k.select(k.lt(d, delta), inside, outside));
}, { verb: "take huberLoss of", params: 2 });

/** Options of {@link huberLoss}. */
export interface HuberLossOptions extends LossOptions {
  /** Where the loss turns from quadratic to linear; default 1. */
  delta?: number;
}

/**
 * Quadratic near 0, linear beyond `delta`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.huber_loss.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * console.log(nn.functional.huberLoss(tensor([0, 3]), tensor([0, 0])).item()); // 1.25
 * ```
 */
export function huberLoss(input: Tensor, target: Tensor, ...options: Optional<HuberLossOptions>): Tensor {
  const { reduction, delta = 1 } = lossOptions<HuberLossOptions>("huberLoss", options, [
    "reduction",
    "delta",
  ]);
  if (!(asNumber("huberLoss", "delta", delta) > 0)) {
    throw new RangeError(`Cannot take huberLoss with delta ${delta}: it must be above 0`);
  }
  return lossOf("huberLoss", huber, sides("huberLoss", input, target), reduction, [delta, 1]);
}

/** Options of {@link smoothL1Loss}. */
export interface SmoothL1LossOptions extends LossOptions {
  /** Where the loss turns from quadratic to linear; default 1; 0 gives {@link l1Loss}. */
  beta?: number;
}

/**
 * As {@link huberLoss}, divided by `beta`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.smooth_l1_loss.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * console.log(nn.functional.smoothL1Loss(tensor([0, 3]), tensor([0, 0])).item()); // 1.25
 * ```
 */
export function smoothL1Loss(
  input: Tensor,
  target: Tensor,
  ...options: Optional<SmoothL1LossOptions>
): Tensor {
  const { reduction, beta = 1 } = lossOptions<SmoothL1LossOptions>("smoothL1Loss", options, [
    ...REDUCTION,
    "beta",
  ]);
  if (!(asNumber("smoothL1Loss", "beta", beta) >= 0)) {
    throw new RangeError(`Cannot take smoothL1Loss with beta ${beta}: it must not be negative`);
  }
  if (beta === 0) return l1Loss(input, target, { reduction });
  const both = sides("smoothL1Loss", input, target);
  return lossOf("smoothL1Loss", huber, both, reduction, [beta, 1 / beta]);
}

// max(x, 0) − x y + log(1 + e^−|x|), which cannot overflow; its slope is σ(x) − y
const logitsLoss = pointwise(
  "binaryCrossEntropyWithLogits",
  (k, x, y) =>
    k.add(
      k.sub(k.max(x, k.constant(0)), k.mul(x, y)),
      k.log1p(k.exp(k.neg(k.abs(x)))),
    ),
  {
    verb: "take binaryCrossEntropyWithLogits of",
    result: "float",
    gradient: [
      (k, g, _y, x, y) => k.mul(g, k.sub(k.div(k.constant(1), k.add(k.constant(1), k.exp(k.neg(x)))), y)),
      null,
    ],
  },
);

/** Options of {@link binaryCrossEntropyWithLogits}. */
export interface LogitsLossOptions extends WeightedLossOptions {
  /** How much more positive targets weigh. */
  posWeight?: Tensor | null;
}

/**
 * The binary cross entropy of scores (logits) and probabilities, stable for scores of any size. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.binary_cross_entropy_with_logits.html}.
 *
 * @example
 * ```ts
 * import { binaryCrossEntropyWithLogits, tensor } from "@dinograd/dinograd";
 *
 * console.log(binaryCrossEntropyWithLogits(tensor([0]), tensor([1])).item()); // log 2
 * ```
 */
export function binaryCrossEntropyWithLogits(
  input: Tensor,
  target: Tensor,
  ...options: Optional<LogitsLossOptions>
): Tensor {
  const { reduction, weight = null, posWeight = null } = lossOptions<LogitsLossOptions>(
    "binaryCrossEntropyWithLogits",
    options,
    ["weight", ...REDUCTION, "posWeight"],
  );
  const [x, y] = sides("binaryCrossEntropyWithLogits", input, target);
  if (!weight && !posWeight) return lossOf("binaryCrossEntropyWithLogits", logitsLoss, [x, y], reduction);
  let each = logitsLoss.apply([x, y]) as Tensor;
  // posWeight p: (1 − y) x + (1 + (p − 1) y) · softplus(−x), where the plain loss is (1 − y) x + softplus(−x)
  if (posWeight) each = each.add(y.mul(posWeight.sub(1)).mul(logitsLoss.apply([x, y.onesLike()]) as Tensor));
  return reduced("binaryCrossEntropyWithLogits", weight ? each.mul(weight) : each, reduction);
}

// −(y log x + (1 − y) log(1 − x)), each logarithm at least −100, as PyTorch has it
const probabilityLoss = pointwise("binaryCrossEntropy", (k, x, y) => {
  const one = k.constant(1), least = k.constant(-100);
  const yes = k.mul(y, k.max(k.log(x), least));
  return k.neg(k.add(yes, k.mul(k.sub(one, y), k.max(k.log1p(k.neg(x)), least))));
}, {
  verb: "take binaryCrossEntropy of",
  result: "float",
  gradient: [
    (k, g, _y, x, y) =>
      k.div(k.mul(g, k.sub(x, y)), k.max(k.mul(x, k.sub(k.constant(1), x)), k.constant(1e-12))),
    null,
  ],
});

/**
 * The binary cross entropy of two sets of probabilities. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.binary_cross_entropy.html}.
 *
 * @throws {RangeError} if an input is outside 0 to 1.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * console.log(nn.functional.binaryCrossEntropy(tensor([0.5]), tensor([1])).item().toFixed(4)); // 0.6931
 * ```
 */
export function binaryCrossEntropy(
  input: Tensor,
  target: Tensor,
  ...options: Optional<WeightedLossOptions>
): Tensor {
  const { reduction, weight = null } = lossOptions<WeightedLossOptions>("binaryCrossEntropy", options, [
    "weight",
    ...REDUCTION,
  ]);
  const [x, y] = sides("binaryCrossEntropy", input, target);
  again("binaryCrossEntropy", () => checkProbabilities(x));
  if (!weight) return lossOf("binaryCrossEntropy", probabilityLoss, [x, y], reduction);
  return reduced("binaryCrossEntropy", (probabilityLoss.apply([x, y]) as Tensor).mul(weight), reduction);
}

function checkProbabilities(x: Tensor): void {
  if (x.numel() === 0 || (x.detach().amin().item() >= 0 && x.detach().amax().item() <= 1)) return;
  throw new RangeError(
    `Cannot take binaryCrossEntropy of ${
      describe(x.toTypedArray().find((p) => !(p >= 0 && p <= 1)))
    }: inputs must be probabilities from 0 to 1; apply sigmoid ` +
      `first, or use binaryCrossEntropyWithLogits`,
  );
}
