/** How well a score ranks (ROC-AUC), and how close quantities are met (R², mean squared error), in float64. */
import { ShapeError } from "../../errors.ts";
import { sameShape, show } from "../../shape.ts";
import { asTensor, type Tensor } from "../../tensor.ts";

/**
 * The area under the ROC curve: the probability that a sample of class 1 has a higher score than one of class 0, equal
 * scores counting half. `input` holds scores [n], `target` classes 0 and 1, [n]. See
 * {@link https://scikit-learn.org/stable/modules/generated/sklearn.metrics.roc_auc_score.html}.
 *
 * @throws {ShapeError} if the shapes differ, RangeError if one class is missing, another occurs, or a score is NaN.
 *
 * @example
 * ```ts
 * import { metrics, tensor } from "@dinograd/dinograd";
 *
 * console.log(metrics.rocAuc(tensor([0.1, 0.4, 0.4, 0.8]), tensor([0, 0, 1, 1]))); // 0.875
 * ```
 */
export function rocAuc(input: Tensor, target: Tensor): number {
  const { x, y: truth } = readEqual("rocAuc", input, target, 1);
  const order = Float64Array.from(x, (_, i) => i).sort((i, j) => x[i] - x[j]);
  let positive = 0, ranks = 0;
  for (let start = 0, end = 0; start < order.length; start = end) { // equal scores share the mean of their ranks
    let members = 0;
    while (end < order.length && x[order[end]] === x[order[start]]) members += truth[order[end++]];
    ranks += members * (start + end + 1) / 2;
    positive += members;
    if (start === end) throw new RangeError(`Cannot call rocAuc(): score ${order[start]} is NaN`);
  }
  const odd = truth.findIndex((c) => c !== 0 && c !== 1), negative = truth.length - positive;
  if (odd >= 0) {
    throw new RangeError(`Cannot call rocAuc(): class ${truth[odd]} at position ${odd} is neither 0 nor 1`);
  }
  if (positive === 0 || negative === 0) {
    throw new RangeError(
      `Cannot call rocAuc(): all ${truth.length} samples are of class ${positive === 0 ? 0 : 1}`,
    );
  }
  return (ranks - positive * (positive + 1) / 2) / (positive * negative);
}

/**
 * R², the share of the variance of `target` that `input` explains: 1 − Σ(target − input)² / Σ(target − mean)². Of
 * [n, outputs] it is the mean over outputs; an output that does not vary counts 1 if it is met, else 0. See
 * {@link https://scikit-learn.org/stable/modules/generated/sklearn.metrics.r2_score.html}.
 *
 * @throws {ShapeError} if the shapes differ.
 *
 * @example
 * ```ts
 * import { metrics, tensor } from "@dinograd/dinograd";
 *
 * console.log(metrics.r2Score(tensor([2.5, 0, 2, 8]), tensor([3, -0.5, 2, 7]))); // 0.9486081370449679
 * ```
 */
export function r2Score(input: Tensor, target: Tensor): number {
  const { x, y, outputs } = readEqual("r2Score", input, target, 2), n = y.length / outputs;
  let total = 0;
  for (let j = 0; j < outputs; j++) {
    let mean = 0, left = 0, all = 0;
    for (let i = j; i < y.length; i += outputs) mean += y[i] / n;
    for (let i = j; i < y.length; i += outputs) {
      left += (y[i] - x[i]) ** 2;
      all += (y[i] - mean) ** 2;
    }
    total += all === 0 ? Number(left === 0) : 1 - left / all;
  }
  return total / outputs;
}

/**
 * The mean of (input − target)², of tensors of any one shape.
 *
 * @throws {ShapeError} if the shapes differ.
 *
 * @example
 * ```ts
 * import { metrics, tensor } from "@dinograd/dinograd";
 *
 * console.log(metrics.meanSquaredError(tensor([2.5, 0, 2, 8]), tensor([3, -0.5, 2, 7]))); // 0.375
 * ```
 */
export function meanSquaredError(input: Tensor, target: Tensor): number {
  const { x, y } = readEqual("meanSquaredError", input, target, Infinity);
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] - y[i]) ** 2;
  return sum / x.length;
}

function readEqual(name: string, input: unknown, target: unknown, ranks: number) {
  const x = asTensor(`call ${name}()`, "input", input), y = asTensor(`call ${name}()`, "target", target);
  const { shape } = x, outputs = shape[1] ?? 1;
  if (sameShape(shape, y.shape) && shape.length <= ranks && !shape.includes(0)) {
    return { x: x.toTypedArray(), y: y.toTypedArray(), outputs };
  }
  const wanted = ranks === Infinity
    ? "any one shape"
    : ranks === 1
    ? "[n] and [n]"
    : "[n] or [n, outputs] both";
  throw new ShapeError(
    `Cannot call ${name}() on ${show(shape)} and ${show(y.shape)}: they must be ${wanted}`,
  );
}
