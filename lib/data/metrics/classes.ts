/**
 * How well classes are predicted: accuracy, confusion matrix, precision, recall, F1. The formulas are scikit-learn's;
 * nothing is recorded on the tape.
 */
import { asChoice, asCount, named, type Optional } from "../../arguments.ts";
import type { TypedArray } from "../../dtype.ts";
import { ShapeError } from "../../errors.ts";
import { show } from "../../shape.ts";
import { asTensor, empty, type Tensor } from "../../tensor.ts";

/**
 * How the numbers of the classes become one: their mean ("macro"), weighted by how many samples each has ("weighted"),
 * of all samples together ("micro"), that of class 1 of two ("binary").
 */
export type Average = "macro" | "micro" | "weighted" | "binary";

/** Options of {@link precision}, {@link recall} and {@link f1Score}. */
export interface AverageOptions {
  /** Default "macro", over the classes that occur; null for a tensor with the number of each class. */
  average?: Average | null;
  /** How many classes there are; default: as many columns as the scores have, or one more than the largest class. */
  numClasses?: number;
}

/** Options of {@link confusionMatrix}. */
export interface ConfusionMatrixOptions {
  /** How many classes there are; default: as many columns as the scores have, or one more than the largest class. */
  numClasses?: number;
}

/**
 * The share of predictions that are right. `input` holds classes [n], or scores [n, classes] of which the largest
 * counts; `target` holds classes [n].
 *
 * @throws {ShapeError} if the shapes do not go together, RangeError for something else than classes.
 *
 * @example
 * ```ts
 * import { metrics, tensor } from "@dinograd/dinograd";
 *
 * console.log(metrics.accuracy(tensor([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]]), tensor([0, 1, 1]))); // 0.6666666666666666
 * ```
 */
export function accuracy(input: Tensor, target: Tensor): number {
  const { guesses, truth } = read("accuracy", input, target);
  let right = 0;
  for (let i = 0; i < truth.length; i++) if (guesses[i] === truth[i]) right++;
  return right / truth.length;
}

/**
 * The share of samples whose class is among the `k` with the largest scores [n, classes]; of equal scores the first
 * ones count.
 *
 * @throws {ShapeError} if the shapes do not go together, RangeError for something else than classes, or k beyond them.
 *
 * @example
 * ```ts
 * import { metrics, tensor } from "@dinograd/dinograd";
 *
 * console.log(metrics.topkAccuracy(tensor([[1, 3, 2], [3, 2, 1]]), tensor([2, 2]), 2)); // 0.5
 * ```
 */
export function topkAccuracy(input: Tensor, target: Tensor, k = 5): number {
  const { scores, truth, classes } = read("topkAccuracy", input, target);
  if (!scores) {
    throw new ShapeError(`Cannot call topkAccuracy() on ${show(input.shape)}: it must be [n, classes]`);
  }
  if (asCount("topkAccuracy", "k", k, 1) > classes) {
    throw new RangeError(`Cannot call topkAccuracy() with k ${k}: there are ${classes} classes`);
  }
  let right = 0;
  for (let i = 0; i < truth.length; i++) {
    const row = i * classes, score = scores[row + truth[i]];
    let better = 0;
    for (let c = 0; c < classes; c++) {
      if (scores[row + c] > score || (scores[row + c] === score && c < truth[i])) better++;
    }
    if (better < k && !Number.isNaN(score)) right++;
  }
  return right / truth.length;
}

/**
 * How often each class (row) was taken for each (column): [classes, classes] of int32.
 *
 * @throws {ShapeError} if the shapes do not go together, RangeError for something else than classes.
 *
 * @example
 * ```ts
 * import { metrics, tensor } from "@dinograd/dinograd";
 *
 * console.log(metrics.confusionMatrix(tensor([0, 1, 1, 1]), tensor([0, 0, 1, 1])).toArray()); // [[1, 1], [0, 2]]
 * ```
 */
export function confusionMatrix(
  input: Tensor,
  target: Tensor,
  ...options: Optional<ConfusionMatrixOptions>
): Tensor {
  const { numClasses } = named<ConfusionMatrixOptions>("confusionMatrix", options, ["numClasses"]);
  const { guesses, truth, classes } = read("confusionMatrix", input, target, numClasses);
  limit("confusionMatrix", classes, 2 ** 14); // 1 GiB of counts
  const y = empty([classes, classes], "int32"), out = y.storage.view("int32");
  out.fill(0, y.offset, y.offset + classes * classes);
  for (let i = 0; i < truth.length; i++) out[y.offset + truth[i] * classes + guesses[i]]++;
  return y;
}

/** What was counted of a class, or of several together. */
interface Counts {
  /** Samples of the class. */
  readonly actual: number;
  /** Samples taken for it. */
  readonly guessed: number;
  /** Both. */
  readonly right: number;
}

/**
 * Of what was taken for a class, the share that is one; 0 if nothing was. See
 * {@link https://scikit-learn.org/stable/modules/generated/sklearn.metrics.precision_score.html}.
 *
 * @throws {ShapeError} if the shapes do not go together, RangeError for something else than classes.
 *
 * @example
 * ```ts
 * import { metrics, tensor } from "@dinograd/dinograd";
 *
 * const guesses = tensor([0, 1, 1, 1]), truth = tensor([0, 0, 1, 1]);
 * console.log(metrics.precision(guesses, truth)); // 0.8333333333333333
 * console.log(metrics.precision(guesses, truth, { average: "binary" })); // 0.6666666666666666
 * ```
 */
export const precision: Scored = scored("precision", ({ right, guessed }) => share(right, guessed));

/**
 * Of the samples of a class, the share that was taken for it; 0 if there are none. See
 * {@link https://scikit-learn.org/stable/modules/generated/sklearn.metrics.recall_score.html}.
 *
 * @throws {ShapeError} if the shapes do not go together, RangeError for something else than classes.
 *
 * @example
 * ```ts
 * import { metrics, tensor } from "@dinograd/dinograd";
 *
 * const each = metrics.recall(tensor([0, 1, 1, 1]), tensor([0, 0, 1, 1]), { average: null });
 * console.log(each.toArray()); // [0.5, 1]
 * ```
 */
export const recall: Scored = scored("recall", ({ right, actual }) => share(right, actual));

/**
 * The harmonic mean of {@link precision} and {@link recall}. See
 * {@link https://scikit-learn.org/stable/modules/generated/sklearn.metrics.f1_score.html}.
 *
 * @throws {ShapeError} if the shapes do not go together, RangeError for something else than classes.
 *
 * @example
 * ```ts
 * import { metrics, tensor } from "@dinograd/dinograd";
 *
 * console.log(metrics.f1Score(tensor([0, 1, 1, 1]), tensor([0, 0, 1, 1]), { average: "micro" })); // 0.75
 * ```
 */
export const f1Score: Scored = scored(
  "f1Score",
  ({ right, actual, guessed }) => share(2 * right, actual + guessed),
);

/** A number of each class, and their average. */
export interface Scored {
  /** The number of each class, float64 [classes]. */
  (input: Tensor, target: Tensor, options: AverageOptions & { average: null }): Tensor;
  /** The average. */
  (input: Tensor, target: Tensor, options?: AverageOptions & { average?: Average }): number;
}

function scored(name: string, score: (counts: Counts) => number): Scored {
  function run(input: Tensor, target: Tensor, options: AverageOptions & { average: null }): Tensor;
  function run(input: Tensor, target: Tensor, options?: AverageOptions & { average?: Average }): number;
  function run(input: Tensor, target: Tensor, options?: AverageOptions): Tensor | number {
    const given = named<AverageOptions>(name, [options], [], ["average", "numClasses"]);
    const { guesses, truth, classes } = read(name, input, target, given.numClasses);
    limit(name, classes, 2 ** 24);
    const counts = countsOf(guesses, truth, classes);
    if (given.average !== null) return averaged(name, counts, score, given.average ?? "macro");
    const y = empty([classes], "float64");
    y.storage.view("float64").set(counts.map(score), y.offset);
    return y;
  }
  return run;
}

function averaged(
  name: string,
  counts: readonly Counts[],
  score: (counts: Counts) => number,
  how: unknown,
): number {
  const average = asChoice(name, "average", how, ["macro", "micro", "weighted", "binary"]);
  if (average === "binary") {
    if (counts.length <= 2) return counts.length === 2 ? score(counts[1]) : 0;
    throw new RangeError(
      `Cannot call ${name}() with average "binary": there are ${counts.length} classes, not 2`,
    );
  }
  const sum = (number: (c: Counts) => number): number => counts.reduce((total, c) => total + number(c), 0);
  if (average === "micro") {
    return score({
      actual: sum((c) => c.actual),
      guessed: sum((c) => c.guessed),
      right: sum((c) => c.right),
    });
  }
  const weight = average === "weighted"
    ? (c: Counts) => c.actual
    : (c: Counts) => c.actual + c.guessed > 0 ? 1 : 0; // classes that do not occur have no part in the mean
  return share(sum((c) => weight(c) * score(c)), sum(weight));
}

function countsOf(guesses: TypedArray, truth: TypedArray, classes: number): Counts[] {
  const actual = new Float64Array(classes),
    guessed = new Float64Array(classes),
    right = new Float64Array(classes);
  for (let i = 0; i < truth.length; i++) {
    actual[truth[i]]++;
    guessed[guesses[i]]++;
    if (guesses[i] === truth[i]) right[truth[i]]++;
  }
  return Array.from(actual, (n, c) => ({ actual: n, guessed: guessed[c], right: right[c] }));
}

function limit(name: string, classes: number, most: number): void {
  if (classes > most) {
    throw new RangeError(`Cannot call ${name}() for ${classes} classes: it takes at most ${most}`);
  }
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/** What a metric of classes is computed from. */
interface Predictions {
  /** The class predicted for each sample. */
  readonly guesses: TypedArray;
  /** Its class. */
  readonly truth: TypedArray;
  /** The scores, row by row, where they were given. */
  readonly scores: TypedArray | null;
  readonly classes: number;
}

function read(name: string, input: unknown, target: unknown, numClasses?: number): Predictions {
  const x = asTensor(`call ${name}()`, "input", input).detach(),
    y = asTensor(`call ${name}()`, "target", target);
  const scored = x.shape.length === 2, known = numClasses ?? (scored ? x.shape[1] : undefined);
  if (
    y.shape.length !== 1 || x.shape[0] !== y.shape[0] || y.shape[0] === 0 || x.shape[1] === 0 ||
    x.shape.length > 2
  ) {
    throw new ShapeError(
      `Cannot call ${name}() on ${show(x.shape)} and ${
        show(y.shape)
      }: it takes classes [n] or scores [n, classes], ` +
        "and classes [n]",
    );
  }
  const guesses = (scored ? x.argmax(1) : x).toTypedArray(), truth = y.toTypedArray();
  const most = known === undefined ? Infinity : asCount(name, "numClasses", known, 1);
  const largest = Math.max(
    largestClass(name, "input", guesses, most),
    largestClass(name, "target", truth, most),
  );
  return { guesses, truth, scores: scored ? x.toTypedArray() : null, classes: known ?? largest + 1 };
}

/** The largest class; all must be whole numbers below `classes`. */
function largestClass(name: string, what: string, values: TypedArray, classes: number): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!(value >= 0 && value < classes && Number.isInteger(value))) {
      const range = classes < Infinity ? `one of the ${classes} classes 0..${classes - 1}` : "a class";
      throw new RangeError(
        `Cannot call ${name}(): ${what} is ${value} at position ${i}, which is not ${range}`,
      );
    }
    if (value > largest) largest = value;
  }
  return largest;
}
