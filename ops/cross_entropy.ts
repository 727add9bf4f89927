/** Losses of classification: scores against classes. */
import { asChoice, asNumber, type Optional } from "../lib/arguments.ts";
import { isFloat } from "../lib/dtype.ts";
import { ShapeError } from "../lib/errors.ts";
import { lossOptions, type LossReduction, reduced, sides, type WeightedLossOptions } from "../lib/loss.ts";
import { defineOp } from "../lib/op.ts";
import { sameShape, type Shape, show, sizeOf } from "../lib/shape.ts";
import { asTensor, empty, type Tensor } from "../lib/tensor.ts";

/** Where class `t` of sample n stands: [n, t, position], for inputs [N, C, d1, ...] or [C]. */
interface Classes {
  readonly target: Tensor;
  readonly ignoreIndex: number;
}

/** −weight[t] · x[n, t] for each sample, 0 where ignored. */
const pick = defineOp<Classes>({
  name: "pickClasses",
  forward: ([x, weight], params) => {
    const y = empty(params.target.shape, x.dtype), out = y.storage.view(y.dtype);
    const from = x.contiguous(), values = from.storage.view(x.dtype), w = weight.storage.view(weight.dtype);
    eachTarget(x.shape, params, (t, at, i) => {
      out[y.offset + i] = t < 0 ? 0 : -w[weight.offset + t * weight.strides[0]] * values[from.offset + at];
    });
    return y;
  },
  keeps: "inputs",
  grad: [(g, [x, weight], _y, params) => place([g, weight], { ...params, shape: x.shape }), null],
});

/** The reverse of {@link pick}: −weight[t] · g[n] at [n, t], 0 elsewhere. */
const place: (inputs: readonly Tensor[], params: Classes & { readonly shape: Shape }) => Tensor = defineOp<
  Classes & { readonly shape: Shape }
>({
  name: "placeClasses",
  forward: ([g, weight], params) => {
    const y = g.newZeros(params.shape), out = y.storage.view(y.dtype), from = g.contiguous();
    const values = from.storage.view(g.dtype), w = weight.storage.view(weight.dtype);
    eachTarget(params.shape, params, (t, at, i) => {
      if (t >= 0) out[y.offset + at] = -w[weight.offset + t * weight.strides[0]] * values[from.offset + i];
    });
    return y;
  },
  keeps: "inputs",
  grad: [(g, [, weight], _y, { target, ignoreIndex }) => pick([g, weight], { target, ignoreIndex }), null],
});

/** Calls `visit` with the class (−1 if ignored), its place in the contiguous input, and the number of each target. */
function eachTarget(
  shape: Shape,
  { target, ignoreIndex }: Classes,
  visit: (t: number, at: number, i: number) => void,
): void {
  const classes = shape.length === 1 ? shape[0] : shape[1], inner = sizeOf(shape.slice(2));
  const list = target.contiguous(), labels = list.storage.view(list.dtype), count = sizeOf(target.shape);
  for (let i = 0; i < count; i++) {
    const t = labels[list.offset + i];
    if (t === ignoreIndex) {
      visit(-1, 0, i);
      continue;
    }
    const sample = Math.floor(i / inner), position = i - sample * inner;
    visit(t, (sample * classes + t) * inner + position, i);
  }
}

/** Options of {@link nllLoss}. */
export interface NLLLossOptions extends WeightedLossOptions {
  /** Targets of this value do not count; default −100. */
  ignoreIndex?: number;
}

/** Options of {@link crossEntropy}. */
export interface CrossEntropyOptions extends NLLLossOptions {
  /** How much of each target is spread evenly over all classes, from 0 (the default) to 1. */
  labelSmoothing?: number;
}

/** Checks class targets against scores of shape [N, C, ...] or [C]. */
function classTargets(name: string, shape: Shape, target: Tensor, ignoreIndex: number): void {
  const classes = shape.length === 1 ? shape[0] : shape[1];
  const wanted = shape.length === 1 ? [] : [shape[0], ...shape.slice(2)];
  if (!sameShape(target.shape, wanted)) {
    throw new ShapeError(
      `Cannot take ${name} of scores ${show(shape)} and targets ${show(target.shape)}: targets must be ${
        show(wanted)
      }`,
    );
  }
  const labels = target.toTypedArray();
  for (let i = 0; i < labels.length; i++) {
    const t = labels[i];
    if ((t < 0 || t >= classes) && t !== ignoreIndex) {
      throw new RangeError(
        `Cannot take ${name}: target ${t} at position ${i} is not one of the ${classes} classes 0..${
          classes - 1
        }`,
      );
    }
  }
}

/** PyTorch's order of options, in which the old spellings of reduction are not side by side. */
const order = ["weight", "sizeAverage", "ignoreIndex", "reduce", "reduction"] as const;

/**
 * The negative log likelihood −weight[t] · input[n, t] of class targets, for log-probabilities [N, C, ...] or [C] and
 * integer targets [N, ...] or []. The mean is weighted. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.nll_loss.html}.
 *
 * @throws {RangeError} if a target is not a class.
 *
 * @example
 * ```ts
 * import { logSoftmax, nllLoss, tensor } from "@dinograd/dinograd";
 *
 * const scores = tensor([[2, 1, 0]]);
 * console.log(nllLoss(logSoftmax(scores, 1), tensor([0], { dtype: "int32" })).item()); // 0.4076...
 * ```
 */
export function nllLoss(input: Tensor, target: Tensor, ...options: Optional<NLLLossOptions>): Tensor {
  const { reduction, weight = null, ignoreIndex = -100 } = lossOptions<NLLLossOptions>(
    "nllLoss",
    options,
    order,
  );
  if (weight !== null) asTensor("take nllLoss", "weight", weight);
  return nll(
    "nllLoss",
    asTensor("take nllLoss", "the input", input),
    target,
    weight,
    ignoreIndex,
    reduction,
  );
}

function nll(
  name: string,
  x: Tensor,
  target: Tensor,
  weight: Tensor | null,
  ignoreIndex: number,
  reduction: unknown = "mean",
): Tensor {
  const labels = asTensor(`take ${name}`, "the target", target);
  if (x.shape.length === 0) {
    throw new ShapeError(`Cannot take ${name} of a 0-d input: it must be [N, C, ...] or [C]`);
  }
  if (isFloat(labels.dtype)) {
    throw new TypeError(
      `Cannot take ${name} of targets of dtype ${labels.dtype}: class targets must be integers`,
    );
  }
  classTargets(name, x.shape, labels, ignoreIndex);
  const classes = x.shape.length === 1 ? x.shape[0] : x.shape[1];
  if (weight && !sameShape(weight.shape, [classes])) {
    throw new ShapeError(
      `Cannot take ${name} with weight ${show(weight.shape)}: it must have one entry a class, [${classes}]`,
    );
  }
  const how = asChoice(name, "reduction", reduction, ["mean", "sum", "none"]);
  const w = weight ?? x.newOnes([1]).expand([classes]);
  const losses = pick([x, w], { target: labels, ignoreIndex });
  if (how === "none") return losses;
  return how === "sum" ? losses.sum() : losses.sum().div(totalWeight(labels, w, ignoreIndex));
}

function totalWeight(target: Tensor, weight: Tensor, ignoreIndex: number): number {
  const labels = target.toTypedArray(), w = weight.storage.view(weight.dtype);
  let total = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] !== ignoreIndex) total += w[weight.offset + labels[i] * weight.strides[0]];
  }
  return total;
}

/**
 * The cross entropy between scores (logits) and targets: softmax and log likelihood in one. Targets are classes,
 * integers [N, ...] for scores [N, C, ...], or probabilities of the scores' shape. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html}.
 *
 * @throws {RangeError} if a target is not a class.
 *
 * @example
 * ```ts
 * import { crossEntropy, tensor } from "@dinograd/dinograd";
 *
 * const scores = tensor([[2, 1, 0]], { requiresGrad: true });
 * crossEntropy(scores, tensor([0], { dtype: "int32" })).backward();
 * console.log(scores.grad!.toArray()); // softmax − one-hot: [[-0.33, 0.24, 0.09]]
 * ```
 */
export function crossEntropy(
  input: Tensor,
  target: Tensor,
  ...options: Optional<CrossEntropyOptions>
): Tensor {
  const { reduction = "mean", weight = null, ignoreIndex = -100, labelSmoothing = 0 } = lossOptions<
    CrossEntropyOptions
  >("crossEntropy", options, [...order, "labelSmoothing"]);
  if (weight !== null) asTensor("take crossEntropy", "weight", weight);
  const x = asTensor("take crossEntropy", "the input", input),
    y = asTensor("take crossEntropy", "the target", target);
  if (!(asNumber("crossEntropy", "labelSmoothing", labelSmoothing) >= 0 && labelSmoothing <= 1)) {
    throw new RangeError(
      `Cannot take crossEntropy with labelSmoothing ${labelSmoothing}: it must be from 0 to 1`,
    );
  }
  if (x.shape.length === 0) {
    throw new ShapeError("Cannot take crossEntropy of a 0-d input: it must be [N, C, ...] or [C]");
  }
  const dim = x.shape.length === 1 ? 0 : 1, logp = x.logSoftmax(dim);
  if (isFloat(y.dtype)) return softCrossEntropy(logp, y, dim, weight, labelSmoothing, reduction);
  const hard = nll("crossEntropy", logp, y, weight, ignoreIndex, reduction);
  if (labelSmoothing === 0) return hard;
  return hard.mul(1 - labelSmoothing).add(
    smoothing(logp, y, dim, weight, ignoreIndex, reduction).mul(labelSmoothing),
  );
}

/** The loss against probabilities: −Σ weight · target · log p over classes. */
function softCrossEntropy(
  logp: Tensor,
  target: Tensor,
  dim: number,
  weight: Tensor | null,
  labelSmoothing: number,
  reduction: LossReduction,
): Tensor {
  const [, y] = sides("crossEntropy", logp, target), classes = logp.shape[dim];
  const smooth = labelSmoothing === 0 ? y : y.mul(1 - labelSmoothing).add(labelSmoothing / classes);
  const each = logp.mul(weight ? smooth.mul(alongClasses(weight, logp.shape, dim)) : smooth).sum(dim).neg();
  if (reduction !== "mean") return reduced("crossEntropy", each, reduction);
  return each.sum().div(sizeOf(logp.shape) / classes);
}

/** What label smoothing adds: the mean over classes of −weight · log p, reduced as the loss is. */
function smoothing(
  logp: Tensor,
  target: Tensor,
  dim: number,
  weight: Tensor | null,
  ignoreIndex: number,
  reduction: LossReduction,
): Tensor {
  const classes = logp.shape[dim];
  const all = (weight ? logp.mul(alongClasses(weight, logp.shape, dim)) : logp).sum(dim).neg().div(classes);
  const counted = all.mul(target.ne(ignoreIndex).to(logp.dtype));
  if (reduction === "none") return counted;
  const w = weight ?? logp.newOnes([1]).expand([classes]);
  return reduction === "sum" ? counted.sum() : counted.sum().div(totalWeight(target, w, ignoreIndex));
}

function alongClasses(weight: Tensor, shape: Shape, dim: number): Tensor {
  return weight.reshape(shape.map((size, i) => i === dim ? size : 1));
}
