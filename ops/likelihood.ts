/** Losses that are negative log-likelihoods of a distribution: of Gauss, of Poisson, of alignments; and divergence. */
import { asChoice, asCount, asFlag, asNumber, type Optional } from "../lib/arguments.ts";
import { isFloat } from "../lib/dtype.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import {
  atLeast,
  type LossOptions,
  lossOptions,
  type LossReduction,
  reduced,
  REDUCTION,
} from "../lib/loss.ts";
import { ctc, type CtcTargets } from "../lib/ctc.ts";
import { pointwise } from "../lib/pointwise.ts";
import { sameShape, show } from "../lib/shape.ts";
import { asTensor, Tensor } from "../lib/tensor.ts";

/** Options of {@link gaussianNllLoss}. */
export interface GaussianNllLossOptions extends LossOptions {
  /** Add the constant log(2π) / 2; default false. */
  full?: boolean;
  /** The least variance; default 1e-6. */
  eps?: number;
}

/** The variance as it broadcasts to the input: of its shape, or one for each row of it. */
function variances(name: string, x: Tensor, given: unknown): Tensor {
  if (typeof given === "number") return x.newFull([], given);
  const v = asTensor(`take ${name}`, "the variance", given), rows = x.shape.slice(0, -1);
  if (sameShape(v.shape, x.shape) || sameShape(v.shape, [...rows, 1])) return v;
  if (sameShape(v.shape, rows)) return v.unsqueeze(-1);
  throw new ShapeError(
    `Cannot take ${name} of input ${show(x.shape)} with variance ${show(v.shape)}: it must be ${
      show(x.shape)
    }, or have size 1 or none for the last dimension`,
  );
}

const gaussian = pointwise("gaussianNll", (k, x, y, v) => {
  const error = k.sub(x, y);
  return k.mul(k.constant(0.5), k.add(k.log(v), k.div(k.mul(error, error), v)));
}, { verb: "take gaussianNllLoss of", result: "float" });

/**
 * The negative log-likelihood of targets drawn from Gaussians with mean `input` and variance `variance`:
 * (log v + (input − target)² / v) / 2. A variance for each row may leave the last dimension out, and a number is the
 * variance of all. See {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.gaussian_nll_loss.html}.
 *
 * @throws {RangeError} if a variance is negative.
 *
 * @example
 * ```ts
 * import { gaussianNllLoss, tensor } from "@dinograd/dinograd";
 *
 * console.log(gaussianNllLoss(tensor([1, 2]), tensor([3, 2]), tensor([1, 1])).item()); // 1
 * ```
 */
export function gaussianNllLoss(
  input: Tensor,
  target: Tensor,
  variance: Tensor | number,
  ...options: Optional<GaussianNllLossOptions>
): Tensor {
  const name = "gaussianNllLoss", order = ["full", "eps", "reduction"] as const;
  const { full = false, eps = 1e-6, reduction } = lossOptions<GaussianNllLossOptions>(name, options, order);
  const x = asTensor(`take ${name}`, "the input", input), y = asTensor(`take ${name}`, "the target", target);
  const given = variances(name, x, variance);
  if (given.detach().lt(0).any().item()) {
    const odd = given.toTypedArray().find((v) => v < 0);
    throw new RangeError(`Cannot take ${name} with variance ${odd}: variances must not be negative`);
  }
  const v = atLeast(given, asNumber(name, "eps", eps)), each = gaussian.apply([x, y, v]) as Tensor;
  return reduced(name, asFlag(name, "full", full) ? each.add(0.5 * Math.log(2 * Math.PI)) : each, reduction);
}

/** Options of {@link klDiv}. */
export interface KlDivOptions extends Omit<LossOptions, "reduction"> {
  /** As for every loss, or the "batchmean": the sum divided by the first size; default "mean". */
  reduction?: LossReduction | "batchmean";
  /** Whether the target, too, is given as logarithms; default false. */
  logTarget?: boolean;
}

/**
 * The Kullback-Leibler divergence target (log target − input) of probabilities from log-probabilities; shapes
 * broadcast. Its mathematical value has reduction "batchmean". See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.kl_div.html}.
 *
 * @example
 * ```ts
 * import { klDiv, tensor } from "@dinograd/dinograd";
 *
 * const [input, target] = [tensor([[0.5, 0.5]]).log(), tensor([[1, 0]])];
 * console.log(klDiv(input, target, { reduction: "batchmean" }).item()); // log 2
 * ```
 */
export function klDiv(input: Tensor, target: Tensor, ...options: Optional<KlDivOptions>): Tensor {
  const name = "klDiv", order = [...REDUCTION, "logTarget"] as const;
  const { reduction = "mean", logTarget = false } = lossOptions<KlDivOptions>(name, options, order);
  const x = asTensor(`take ${name}`, "the input", input), y = asTensor(`take ${name}`, "the target", target);
  const each = asFlag(name, "logTarget", logTarget) ? y.exp().mul(y.sub(x)) : y.xlogy(y).sub(y.mul(x));
  const how = asChoice(name, "reduction", reduction, ["mean", "sum", "none", "batchmean"]);
  return how !== "batchmean"
    ? reduced(name, each, how)
    : x.ndim === 0
    ? each.sum()
    : each.sum().div(x.shape[0]);
}

/** Options of {@link poissonNllLoss}. */
export interface PoissonNllLossOptions extends LossOptions {
  /** Whether the input is the logarithm of the rate; default true. */
  logInput?: boolean;
  /** Add Stirling's approximation of log(target!) for targets above 1; default false. */
  full?: boolean;
  /** Added to rates to avoid log 0; default 1e-8. */
  eps?: number;
}

/**
 * The negative log-likelihood of counts drawn from Poisson distributions: exp(input) − target · input, or
 * input − target · log(input + eps) without `logInput`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.poisson_nll_loss.html}.
 *
 * @example
 * ```ts
 * import { poissonNllLoss, tensor } from "@dinograd/dinograd";
 *
 * console.log(poissonNllLoss(tensor([0, 0]), tensor([1, 2])).item()); // 1
 * ```
 */
export function poissonNllLoss(
  input: Tensor,
  target: Tensor,
  ...options: Optional<PoissonNllLossOptions>
): Tensor {
  const name = "poissonNllLoss",
    order = ["logInput", "full", "sizeAverage", "eps", "reduce", "reduction"] as const;
  const { logInput = true, full = false, eps = 1e-8, reduction } = lossOptions<PoissonNllLossOptions>(
    name,
    options,
    order,
  );
  const x = asTensor(`take ${name}`, "the input", input), y = asTensor(`take ${name}`, "the target", target);
  const least = asNumber(name, "eps", eps);
  const each = asFlag(name, "logInput", logInput) ? x.exp().sub(y.mul(x)) : x.sub(y.mul(x.add(least).log()));
  if (!asFlag(name, "full", full)) return reduced(name, each, reduction);
  const stirling = y.mul(y.log()).sub(y).add(y.mul(2 * Math.PI).log().mul(0.5));
  return reduced(name, each.add(stirling.maskedFill(y.le(1), 0)), reduction);
}

/** Options of {@link ctcLoss}. */
export interface CtcLossOptions {
  /** The class that stands for no label; default 0. */
  blank?: number;
  /** The mean divides each loss by the length of its target first; default "mean". */
  reduction?: LossReduction;
  /** Take infinite losses, of targets longer than their input, and their gradients as 0; default false. */
  zeroInfinity?: boolean;
}

/** Lengths as users give them: a tensor, or an array of whole numbers. */
export type Lengths = Tensor | readonly number[] | number;

function lengthsOf(what: string, given: unknown, count: number, most: number): number[] {
  const list = given instanceof Tensor
    ? [...given.toTypedArray()]
    : typeof given === "number"
    ? [given]
    : given;
  if (!Array.isArray(list) || !list.every((n) => Number.isInteger(n) && n >= 0 && n <= most)) {
    throw new TypeError(
      `Cannot take ctcLoss with ${what} ${describe(list)}: they must be whole numbers from 0 to ${most}`,
    );
  }
  if (list.length === count) return list;
  throw new ShapeError(
    `Cannot take ctcLoss of ${count} sequences with ${list.length} ${what}: one each is needed`,
  );
}

/** Where each sequence's labels begin: all targets in a row, or one row each. */
function targetsOf(
  given: unknown,
  batch: number,
  classes: number,
  lengths: unknown,
  blank: number,
): CtcTargets {
  const y = asTensor("take ctcLoss", "targets", given);
  if (isFloat(y.dtype) && y.numel() > 0) {
    throw new TypeError(`Cannot take ctcLoss of targets of dtype ${y.dtype}: they must be integers`);
  }
  const labels = Int32Array.from(y.toTypedArray()),
    rows = y.ndim === 2,
    width = rows ? y.shape[1] : labels.length;
  const targetLengths = lengthsOf("targetLengths", lengths, batch, width);
  let end = 0;
  const starts = targetLengths.map((n, i) => rows ? i * width : (end += n) - n);
  if (y.ndim > 2 || (rows ? y.shape[0] !== batch : end !== labels.length)) {
    throw new ShapeError(
      `Cannot take ctcLoss of targets ${
        show(y.shape)
      }: they must be [${batch}, S], or have the sum of targetLengths`,
    );
  }
  const used = starts.flatMap((start, i) => [...labels.subarray(start, start + targetLengths[i])]);
  const odd = used.find((label) => !(label >= 0 && label < classes));
  if (odd !== undefined) {
    throw new RangeError(`Cannot take ctcLoss with target ${odd}: it is not one of the ${classes} classes`);
  }
  return { labels, starts, targetLengths, inputLengths: [], blank };
}

/**
 * The connectionist temporal classification loss: −log of the probability of all alignments of each target with its
 * sequence, for logProbs [T, N, C] (of logSoftmax) or [T, C] and targets [N, S], [S], or all in one row. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.ctc_loss.html}.
 *
 * @throws {RangeError} if a target is not a class.
 *
 * @example
 * ```ts
 * import { ctcLoss, tensor, zeros } from "@dinograd/dinograd";
 *
 * const logProbs = zeros([2, 1, 2]).logSoftmax(2), targets = tensor([[1]], { dtype: "int32" });
 * console.log(ctcLoss(logProbs, targets, [2], [1]).item()); // log 4/3
 * ```
 */
export function ctcLoss(
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: Lengths,
  targetLengths: Lengths,
  ...options: Optional<CtcLossOptions>
): Tensor {
  const { blank = 0, reduction = "mean", zeroInfinity = false } = lossOptions<CtcLossOptions>(
    "ctcLoss",
    options,
    ["blank", "reduction", "zeroInfinity"],
  );
  const given = asTensor("take ctcLoss", "logProbs", logProbs), single = given.ndim === 2;
  if ((given.ndim !== 3 && !single) || !isFloat(given.dtype)) {
    throw new ShapeError(
      `Cannot take ctcLoss of ${given.dtype} logProbs ${
        show(given.shape)
      }: they must be floats [T, N, C] or [T, C]`,
    );
  }
  const x = single ? given.unsqueeze(1) : given, [time, batch, classes] = x.shape;
  const empty = asCount("ctcLoss", "blank", blank);
  if (empty >= classes) {
    throw new RangeError(`Cannot take ctcLoss with blank ${blank}: there are ${classes} classes`);
  }
  const known = targetsOf(targets, batch, classes, targetLengths, empty);
  const params = { ...known, inputLengths: lengthsOf("inputLengths", inputLengths, batch, time) };
  const losses = ctc([x], params);
  const each = asFlag("ctcLoss", "zeroInfinity", zeroInfinity)
    ? losses.where(losses.ne(Infinity), losses.newZeros([]))
    : losses;
  if (reduction !== "mean") return reduced("ctcLoss", single ? each.reshape([]) : each, reduction);
  const lengths = each.newZeros([batch]);
  lengths.storage.view(lengths.dtype).set(params.targetLengths.map((n) => Math.max(n, 1)), lengths.offset);
  return each.div(lengths).mean();
}
