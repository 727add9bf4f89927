/** Losses with a margin: what is far enough on the right side costs nothing. */
import { asNumber, type Optional } from "../lib/arguments.ts";
import { isFloat } from "../lib/dtype.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import {
  alike,
  type LossOptions,
  lossOptions,
  type MarginLossOptions,
  reduced,
  REDUCTION,
  sides,
  type WeightedLossOptions,
} from "../lib/loss.ts";
import { defineOp } from "../lib/op.ts";
import { pointwise } from "../lib/pointwise.ts";
import { sameShape, show } from "../lib/shape.ts";
import { asTensor, empty, type Tensor } from "../lib/tensor.ts";

/**
 * For rows that belong together (target 1) 1 − cos, for others (target −1) what their cosine exceeds `margin` by:
 * inputs [N, D] and target [N], or [D] and []. Default margin 0. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.cosine_embedding_loss.html}.
 *
 * @example
 * ```ts
 * import { cosineEmbeddingLoss, tensor } from "@dinograd/dinograd";
 *
 * const [a, b] = [tensor([[1, 0], [1, 0]]), tensor([[0, 1], [2, 0]])];
 * console.log(cosineEmbeddingLoss(a, b, tensor([1, -1]), { reduction: "none" }).toArray()); // [1, 1]
 * ```
 */
export function cosineEmbeddingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  ...options: Optional<MarginLossOptions>
): Tensor {
  const name = "cosineEmbeddingLoss";
  const { margin = 0, reduction } = lossOptions<MarginLossOptions>(name, options, ["margin", ...REDUCTION]);
  const [a, b] = alike(name, { input1, input2 }), y = asTensor(`take ${name}`, "target", target);
  if (y.ndim > 1 || a.ndim !== y.ndim + 1) {
    throw new ShapeError(
      `Cannot take ${name} of ${show(a.shape)} with target ${
        show(y.shape)
      }: inputs must be [N, D] with target [N], or [D] with target []`,
    );
  }
  const size = (x: Tensor) => x.mul(x).sum(-1).add(1e-12);
  const cos = a.mul(b).sum(-1).div(size(a).mul(size(b)).sqrt()), zero = cos.zerosLike();
  const together = cos.mul(-1).add(1).where(y.eq(1), zero);
  const apart = cos.sub(asNumber(name, "margin", margin)).clampMin(0).where(y.eq(-1), zero);
  return reduced(name, together.add(apart), reduction);
}

/**
 * The input itself where the target is 1, what it lacks to `margin` (default 1) where it is −1. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.hinge_embedding_loss.html}.
 *
 * @example
 * ```ts
 * import { hingeEmbeddingLoss, tensor } from "@dinograd/dinograd";
 *
 * console.log(hingeEmbeddingLoss(tensor([0.5, 0.25]), tensor([1, -1]), { reduction: "none" }).toArray()); // [0.5, 0.75]
 * ```
 */
export function hingeEmbeddingLoss(
  input: Tensor,
  target: Tensor,
  ...options: Optional<MarginLossOptions>
): Tensor {
  const name = "hingeEmbeddingLoss";
  const { margin = 1, reduction } = lossOptions<MarginLossOptions>(name, options, ["margin", ...REDUCTION]);
  const x = asTensor(`take ${name}`, "the input", input), y = asTensor(`take ${name}`, "the target", target);
  const zero = x.zerosLike(), lack = x.mul(-1).add(asNumber(name, "margin", margin)).clampMin(0);
  return reduced(name, lack.where(y.ne(1), zero).add(x.where(y.ne(-1), zero)), reduction);
}

/**
 * max(0, −target (input1 − input2) + margin): 0 where the larger score, the first for target 1 and the second for −1,
 * leads by `margin` (default 0). See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.margin_ranking_loss.html}.
 *
 * @example
 * ```ts
 * import { marginRankingLoss, tensor } from "@dinograd/dinograd";
 *
 * console.log(marginRankingLoss(tensor([1]), tensor([3]), tensor([1]), { margin: 0.5 }).item()); // 2.5
 * ```
 */
export function marginRankingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  ...options: Optional<MarginLossOptions>
): Tensor {
  const name = "marginRankingLoss";
  const { margin = 0, reduction } = lossOptions<MarginLossOptions>(name, options, ["margin", ...REDUCTION]);
  const [a, b, y] = alike(name, { input1, input2, target });
  return reduced(name, b.sub(a).mul(y).add(asNumber(name, "margin", margin)).clampMin(0), reduction);
}

/** Scores as rows [N, C], and what stands for N in results: [] for a single row of scores. */
function rowsOf(name: string, input: unknown): { x: Tensor; batch: number[] } {
  const x = asTensor(`take ${name}`, "the input", input);
  if (!isFloat(x.dtype)) {
    throw new TypeError(`Cannot take ${name} of dtype ${x.dtype}: it must be a float dtype; use .float()`);
  }
  if (x.ndim > 2 || x.numel() === 0 && x.shape[x.ndim - 1] === 0) {
    throw new ShapeError(
      `Cannot take ${name} of ${show(x.shape)}: scores must be [N, C] or [C], with C above 0`,
    );
  }
  return x.ndim === 2 ? { x, batch: [x.shape[0]] } : { x: x.reshape([1, x.numel()]), batch: [] };
}

/** Integer targets, each from `least` to the last class. */
function classesOf(name: string, target: unknown, classes: number, least: number): Tensor {
  const y = asTensor(`take ${name}`, "the target", target);
  if (isFloat(y.dtype) || y.dtype === "bool") {
    throw new TypeError(`Cannot take ${name} of targets of dtype ${y.dtype}: they must be integers`);
  }
  const odd = y.toTypedArray().find((t) => !(t >= least && t < classes));
  if (odd === undefined) return y.to("int32");
  throw new RangeError(`Cannot take ${name} with target ${odd}: it must be from ${least} to ${classes - 1}`);
}

/** Options of {@link multiMarginLoss}. */
export interface MultiMarginLossOptions extends MarginLossOptions, WeightedLossOptions {
  /** The power of what is missing: 1 (the default) or 2. */
  p?: number;
}

/**
 * By how much other classes come within `margin` (default 1) of the target's score, Σ max(0, margin − x[y] + x[i])ᵖ / C
 * over i ≠ y, times weight[y]: for scores [N, C] or [C] and classes [N] or []. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.multi_margin_loss.html}.
 *
 * @throws {RangeError} if a target is not a class, or p neither 1 nor 2.
 *
 * @example
 * ```ts
 * import { multiMarginLoss, tensor } from "@dinograd/dinograd";
 *
 * console.log(multiMarginLoss(tensor([[1, 0.5]]), tensor([0], { dtype: "int32" })).item()); // 0.25
 * ```
 */
export function multiMarginLoss(
  input: Tensor,
  target: Tensor,
  ...options: Optional<MultiMarginLossOptions>
): Tensor {
  const name = "multiMarginLoss", order = ["p", "margin", "weight", ...REDUCTION] as const;
  const { p = 1, margin = 1, weight = null, reduction } = lossOptions<MultiMarginLossOptions>(
    name,
    options,
    order,
  );
  const { x, batch } = rowsOf(name, input), [n, classes] = x.shape, y = classesOf(name, target, classes, 0);
  if (y.numel() !== n || y.ndim > 1) {
    throw new ShapeError(
      `Cannot take ${name} of scores ${show(input.shape)} and targets ${show(y.shape)}: targets must be ${
        show(batch)
      }`,
    );
  }
  if (p !== 1 && p !== 2) {
    throw new RangeError(`Cannot take ${name} with p ${describe(p)}: it must be 1 or 2`);
  }
  const at = y.reshape([n, 1]), room = x.sub(x.gather(1, at)).add(asNumber(name, "margin", margin)).relu();
  const others = x.newZeros([n, classes]).scatter(1, at, 1).eq(0);
  const cost = (p === 1 ? room : room.mul(room)).where(others, room.newZeros([]));
  const weighted = weight === null
    ? cost
    : cost.mul(classWeights(name, weight, classes).gather(0, y.reshape([n])).reshape([n, 1]));
  return reduced(name, weighted.sum(1).div(classes).reshape(y.shape), reduction);
}

function classWeights(name: string, weight: unknown, classes: number): Tensor {
  const w = asTensor(`take ${name}`, "weight", weight);
  if (w.numel() === classes) return w.reshape([classes]);
  throw new ShapeError(`Cannot take ${name} with weight of shape ${show(w.shape)}: it must be [${classes}]`);
}

/** Rows of targets: the classes before the first −1. */
interface Labels {
  readonly labels: Tensor;
}

/**
 * Goes through the pairs of a target and another class less than 1 behind it. Gives each row's loss, or its slopes.
 */
function marginPairs(x: Tensor, { labels }: Labels, wanted: "losses" | "slopes"): Tensor {
  const [n, classes] = x.shape, from = x.contiguous(), list = labels.contiguous();
  const y = wanted === "losses" ? empty([n], x.dtype) : x.newZeros([n, classes]);
  const out = y.storage.view(y.dtype),
    values = from.storage.view(x.dtype),
    targets = list.storage.view("int32");
  const isTarget = new Uint8Array(classes);
  for (let row = 0; row < n; row++) {
    const start = from.offset + row * classes,
      first = list.offset + row * classes,
      to = y.offset + row * classes;
    let count = 0, total = 0;
    while (count < classes && targets[first + count] >= 0) isTarget[targets[first + count++]] = 1;
    for (let j = 0; j < count; j++) {
      const t = targets[first + j], score = values[start + t];
      for (let i = 0; i < classes; i++) {
        const room = 1 - score + values[start + i];
        if (isTarget[i] === 1 || room <= 0) continue;
        total += room;
        if (wanted === "losses") continue;
        out[to + i] += 1 / classes;
        out[to + t] -= 1 / classes;
      }
    }
    if (wanted === "losses") out[y.offset + row] = total / classes;
    for (let j = 0; j < count; j++) isTarget[targets[first + j]] = 0;
  }
  return y;
}

const runMultilabelMargin = defineOp<Labels>({
  name: "multilabelMargin",
  forward: ([x], params) => marginPairs(x, params, "losses"),
  keeps: "inputs",
  // made of straight pieces, so the slopes are constants
  grad: [(g, [x], _y, params) => marginPairs(x, params, "slopes").mul(g.unsqueeze(1))],
});

/**
 * By how much classes that are no targets come within 1 of each target, Σ max(0, 1 − x[y] + x[i]) / C: for scores and
 * targets [N, C] or [C]; a row's targets are the classes before the first −1. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.multilabel_margin_loss.html}.
 *
 * @throws {RangeError} if a target is neither a class nor −1.
 *
 * @example
 * ```ts
 * import { multilabelMarginLoss, tensor } from "@dinograd/dinograd";
 *
 * console.log(multilabelMarginLoss(tensor([3, 1, 2.5, 0]), tensor([0, -1, -1, -1], { dtype: "int32" })).item()); // 0.125
 * ```
 */
export function multilabelMarginLoss(
  input: Tensor,
  target: Tensor,
  ...options: Optional<LossOptions>
): Tensor {
  const name = "multilabelMarginLoss", { reduction } = lossOptions<LossOptions>(name, options, REDUCTION);
  const { x, batch } = rowsOf(name, input), y = classesOf(name, target, x.shape[1], -1);
  if (y.numel() !== x.numel() || (y.ndim === 2 && !sameShape(y.shape, x.shape))) sides(name, input, y);
  return reduced(name, runMultilabelMargin([x], { labels: y.reshape(x.shape) }).reshape(batch), reduction);
}

/**
 * The mean over classes of −(y log σ(x) + (1 − y) log σ(−x)), for scores and targets [..., C], times `weight`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.multilabel_soft_margin_loss.html}.
 *
 * @example
 * ```ts
 * import { multilabelSoftMarginLoss, tensor } from "@dinograd/dinograd";
 *
 * console.log(multilabelSoftMarginLoss(tensor([[0, 0]]), tensor([[1, 0]])).item()); // log 2
 * ```
 */
export function multilabelSoftMarginLoss(
  input: Tensor,
  target: Tensor,
  ...options: Optional<WeightedLossOptions>
): Tensor {
  const name = "multilabelSoftMarginLoss";
  const { weight = null, reduction } = lossOptions<WeightedLossOptions>(name, options, [
    "weight",
    ...REDUCTION,
  ]);
  const x = asTensor(`take ${name}`, "the input", input), y = asTensor(`take ${name}`, "the target", target);
  if (x.ndim === 0) throw new ShapeError(`Cannot take ${name} of a 0-d input: it must be [..., C]`);
  const each = y.mul(x.logSigmoid()).add(y.mul(-1).add(1).mul(x.mul(-1).logSigmoid())).mul(-1);
  const weighted = weight === null ? each : each.mul(asTensor(`take ${name}`, "weight", weight));
  return reduced(name, weighted.sum(-1).div(x.shape[x.ndim - 1]), reduction);
}

// log(1 + e^z) with z = −xy, as max(z, 0) + log(1 + e^−|z|), which cannot overflow
const softMargin = pointwise("softMargin", (k, x, y) => {
  const z = k.neg(k.mul(x, y));
  return k.add(k.max(z, k.constant(0)), k.log1p(k.exp(k.neg(k.abs(z)))));
}, { verb: "take softMarginLoss of", result: "float" });

/**
 * log(1 + exp(−target · input)) for targets 1 and −1, stable for scores of any size. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.soft_margin_loss.html}.
 *
 * @throws {ShapeError} if the shapes differ.
 *
 * @example
 * ```ts
 * import { softMarginLoss, tensor } from "@dinograd/dinograd";
 *
 * console.log(softMarginLoss(tensor([0]), tensor([1])).item()); // log 2
 * ```
 */
export function softMarginLoss(input: Tensor, target: Tensor, ...options: Optional<LossOptions>): Tensor {
  const { reduction } = lossOptions<LossOptions>("softMarginLoss", options, REDUCTION);
  return reduced(
    "softMarginLoss",
    softMargin.apply(sides("softMarginLoss", input, target)) as Tensor,
    reduction,
  );
}
