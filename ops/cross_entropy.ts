/** Losses of classification: scores against classes. */
import { asChoice, asNumber, type Optional } from "../lib/arguments.ts";
import { classLoss } from "../lib/class_loss.ts";
import { isFloat } from "../lib/dtype.ts";
import { ShapeError } from "../lib/errors.ts";
import { lossOptions, type LossReduction, reduced, sides, type WeightedLossOptions } from "../lib/loss.ts";
import { defineOp } from "../lib/op.ts";
import { sameShape, type Shape, show, sizeOf } from "../lib/shape.ts";
import { asTensor, empty, type Tensor } from "../lib/tensor.ts";
import { again, derived } from "../lib/watch.ts";

/** Targets that were looked up: for each its class and where that stands in contiguous scores, −1 where ignored. */
interface Places {
  readonly classes: Int32Array;
  readonly places: Int32Array;
  readonly shape: Shape;
  /** What the sum of all is divided by; null: there is no sum. */
  readonly divisor: Float64Array | null;
}

/** −weight[class] · x[place] for each target, 0 where ignored; or their sum. */
const pick = defineOp<Places>({
  name: "pickClasses",
  forward: ([x, weight], { classes, places, shape, divisor }) => {
    const y = empty(divisor === null ? shape : [], x.dtype), out = y.storage.view(y.dtype);
    const { offset, storage } = x.contiguous(), values = storage.view(x.dtype);
    const w = weight.storage.view(weight.dtype), step = weight.strides[0];
    let sum = 0;
    for (let i = 0; i < places.length; i++) {
      const at = places[i], loss = at < 0 ? 0 : -w[weight.offset + classes[i] * step] * values[offset + at];
      if (divisor === null) out[y.offset + i] = loss;
      else sum += loss;
    }
    if (divisor !== null) out[y.offset] = sum / divisor[0];
    return y;
  },
  keeps: "inputs",
  grad: [(g, [x, weight], _y, params) => place([g, weight], { ...params, size: x.shape }), null],
});

/** The reverse of {@link pick}: −weight[class] · g at each place, 0 elsewhere. */
const place: (inputs: readonly Tensor[], params: Places & { readonly size: Shape }) => Tensor = defineOp<
  Places & { readonly size: Shape }
>({
  name: "placeClasses",
  forward: ([g, weight], { classes, places, divisor, size }) => {
    const y = g.newZeros(size), out = y.storage.view(y.dtype), from = g.contiguous();
    const values = from.storage.view(g.dtype), w = weight.storage.view(weight.dtype);
    const step = divisor === null ? 1 : 0, by = weight.strides[0];
    for (let i = 0; i < places.length; i++) {
      if (places[i] < 0) continue;
      const share = values[from.offset + i * step] / (divisor === null ? 1 : divisor[0]);
      out[y.offset + places[i]] = -w[weight.offset + classes[i] * by] * share;
    }
    return y;
  },
  keeps: "inputs",
  grad: [(g, [, weight], _y, { size: _, ...params }) => pick([g, weight], params), null],
});

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

/** Looks up class targets in scores of shape [N, C, ...] or [C]. */
function placesOf(name: string, shape: Shape, target: Tensor, ignoreIndex: number): Omit<Places, "divisor"> {
  const count = shape.length === 1 ? shape[0] : shape[1], inner = sizeOf(shape.slice(2));
  const wanted = shape.length === 1 ? [] : [shape[0], ...shape.slice(2)];
  if (!sameShape(target.shape, wanted)) {
    throw new ShapeError(
      `Cannot take ${name} of scores ${show(shape)} and targets ${show(target.shape)}: targets must be ${
        show(wanted)
      }`,
    );
  }
  const classes = new Int32Array(target.toTypedArray()), places = new Int32Array(classes.length);
  for (let start = 0, block = 0; start < places.length; start += inner, block += count * inner) {
    for (let i = start; i < start + inner; i++) {
      const t = classes[i];
      if (t === ignoreIndex) places[i] = -1;
      else if (t >= 0 && t < count) places[i] = block + t * inner + i - start;
      else {
        throw new RangeError(
          `Cannot take ${name}: target ${t} at position ${i} is not one of the ${count} classes 0..${
            count - 1
          }`,
        );
      }
    }
  }
  return { classes, places, shape: target.shape };
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
  const found = derived(name, () => placesOf(name, x.shape, labels, ignoreIndex));
  const classes = x.shape.length === 1 ? x.shape[0] : x.shape[1];
  if (weight && !sameShape(weight.shape, [classes])) {
    throw new ShapeError(
      `Cannot take ${name} with weight ${show(weight.shape)}: it must have one entry a class, [${classes}]`,
    );
  }
  const how = asChoice(name, "reduction", reduction, ["mean", "sum", "none"]);
  const w = weight ?? x.newOnes([1]).expand([classes]);
  const divisor = how === "none" ? null : derived(name, () => {
    return Float64Array.of(how === "sum" ? 1 : totalWeight(labels, w, ignoreIndex));
  });
  return pick([x, w], { ...found, divisor });
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
  if (!isFloat(y.dtype) && labelSmoothing === 0 && x.shape.length <= 2) {
    const how = asChoice("crossEntropy", "reduction", reduction, ["mean", "sum", "none"]);
    return classLoss(isFloat(x.dtype) ? x : x.float(), y, weight, { ignoreIndex, reduction: how });
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
  if (reduction === "sum") return counted.sum();
  const total = empty([], logp.dtype);
  again("crossEntropy", () => {
    total.storage.view(total.dtype)[total.offset] = totalWeight(target, w, ignoreIndex);
  });
  return counted.sum().div(total);
}

function alongClasses(weight: Tensor, shape: Shape, dim: number): Tensor {
  return weight.reshape(shape.map((size, i) => i === dim ? size : 1));
}
