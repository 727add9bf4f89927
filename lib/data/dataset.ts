/** Datasets: numbered samples, from tensors, from parts of other datasets, or from a class of the user's own. */
import { describe, ShapeError } from "../errors.ts";
import { fillPermutation } from "../distributions.ts";
import { asGenerator, type Generator } from "../random.ts";
import { show } from "../shape.ts";
import { asTensor, empty, type Tensor } from "../tensor.ts";

/**
 * Samples by number. Any object with `length` and `get` is one; see
 * {@link https://pytorch.org/docs/stable/data.html#torch.utils.data.Dataset}.
 *
 * @example
 * ```ts
 * import { data } from "@dinograd/dinograd";
 *
 * const squares: data.Dataset<number[]> = { length: 8, get: (i) => [i, i * i] };
 * for (const [x, y] of new data.DataLoader(squares, { batchSize: 4 })) console.log(x.shape, y.shape); // [4] [4], twice
 * ```
 */
export interface Dataset<T> {
  /** How many samples there are. */
  readonly length: number;
  /** Sample number `index`, from 0 on. */
  get(index: number): T;
  /** Several samples as one batch, where that is faster than one by one; loaders without `collateFn` use it. */
  batch?(indices: Int32Array): unknown;
}

/**
 * Samples that are rows of tensors: sample i is `[x[i], y[i], ...]`. See
 * {@link https://pytorch.org/docs/stable/data.html#torch.utils.data.TensorDataset}.
 *
 * @throws {ShapeError} if the tensors do not have equally many rows.
 *
 * @example
 * ```ts
 * import { arange, data, zeros } from "@dinograd/dinograd";
 *
 * const dataset = new data.TensorDataset(zeros(10, 3), arange(10));
 * const [x, y] = dataset.get(7);
 * console.log(dataset.length, x.shape, y.item()); // 10 [3] 7
 * ```
 */
export class TensorDataset<T extends readonly Tensor[] = Tensor[]> implements Dataset<T> {
  /** The tensors whose rows are the samples. */
  readonly tensors: T;
  /** How many rows they have. */
  readonly length: number;

  /** Takes tensors with equally many rows. */
  constructor(...tensors: T) {
    tensors.forEach((x, i) => asTensor("make a TensorDataset", `argument ${i}`, x));
    if (
      tensors.length === 0 || tensors.some((x) => x.shape.length === 0 || x.shape[0] !== tensors[0].shape[0])
    ) {
      throw new ShapeError(
        `Cannot make a TensorDataset of ${
          tensors.map((x) => show(x.shape)).join(" and ") || "nothing"
        }: tensors with equally many rows are needed`,
      );
    }
    this.tensors = tensors;
    this.length = tensors[0].shape[0];
  }

  /** The rows with number `index`. */
  get(index: number): T {
    return this.tensors.map((x) => x.select(0, index)) as readonly Tensor[] as T;
  }

  /** Several rows at once, copied. */
  batch(indices: Int32Array): T {
    const index = empty([indices.length], "int32");
    index.storage.view("int32").set(indices, index.offset);
    return this.tensors.map((x) => x.indexSelect(0, index)) as readonly Tensor[] as T;
  }
}

/**
 * Some samples of another dataset. See {@link https://pytorch.org/docs/stable/data.html#torch.utils.data.Subset}.
 *
 * @throws {RangeError} if an index is not one of the dataset.
 */
export class Subset<T> implements Dataset<T> {
  /** Where the samples come from. */
  readonly dataset: Dataset<T>;
  /** Which they are. */
  readonly indices: Int32Array;
  /** Several samples at once, if the dataset can. */
  readonly batch?: (indices: Int32Array) => unknown;

  /** Takes the samples with the numbers `indices`. */
  constructor(dataset: Dataset<T>, indices: ArrayLike<number>) {
    this.dataset = asDataset("make a Subset", dataset);
    if (typeof indices !== "object" || indices === null) {
      throw new TypeError(`Cannot make a Subset with indices ${describe(indices)}: they must be an array`);
    }
    this.indices = Int32Array.from(indices);
    const odd = this.indices.find((i) => i < 0 || i >= dataset.length);
    if (odd !== undefined) {
      throw new RangeError(
        `Cannot make a Subset with index ${odd}: the dataset has ${dataset.length} samples`,
      );
    }
    if (dataset.batch) this.batch = (some) => dataset.batch!(some.map((i) => this.indices[i]));
  }

  /** How many samples there are. */
  get length(): number {
    return this.indices.length;
  }

  /** Sample number `index` of these. */
  get(index: number): T {
    return this.dataset.get(this.indices[index]);
  }
}

/**
 * Splits a dataset at random into parts of given lengths, or of given shares that sum to 1. See
 * {@link https://pytorch.org/docs/stable/data.html#torch.utils.data.random_split}.
 *
 * @throws {RangeError} if the lengths do not add up.
 *
 * @example
 * ```ts
 * import { data, Generator, zeros } from "@dinograd/dinograd";
 *
 * const all = new data.TensorDataset(zeros(10, 3));
 * const [train, test] = data.randomSplit(all, [0.8, 0.2], { generator: new Generator(42) });
 * console.log(train.length, test.length); // 8 2
 * ```
 */
export function randomSplit<T>(
  dataset: Dataset<T>,
  lengths: readonly number[],
  options: { generator?: Generator | null } = {},
): Subset<T>[] {
  const { length } = asDataset("call randomSplit()", dataset);
  const sizes = partSizes(length, lengths), order = new Int32Array(length);
  fillPermutation(asGenerator("randomSplit", options?.generator), { array: order, offset: 0, count: length });
  let end = 0;
  return sizes.map((size) => new Subset(dataset, order.subarray(end, end += size)));
}

/** Shares become lengths: rounded down, and what is left goes to the first ones, one each. */
function partSizes(length: number, parts: readonly number[]): number[] {
  const list: unknown[] = Array.isArray(parts) ? parts : [NaN];
  if (list.every((x): x is number => typeof x === "number" && x >= 0)) {
    const sum = list.reduce((a, b) => a + b, 0);
    if (list.every(Number.isInteger) && sum === length) return list;
    if (Math.abs(sum - 1) < 1e-9) {
      const sizes = list.map((share) => Math.floor(length * share));
      const left = length - sizes.reduce((a, b) => a + b, 0);
      for (let i = 0; i < left; i++) sizes[i % sizes.length]++;
      return sizes;
    }
  }
  throw new RangeError(
    `Cannot split ${length} samples into ${describe(parts)}: lengths must sum to ${length}, or shares to 1`,
  );
}

/** Checks that a value has what a dataset needs. */
export function asDataset<T>(action: string, value: Dataset<T>): Dataset<T> {
  const given: unknown = value;
  if (typeof given === "object" && given !== null && "length" in given && "get" in given) {
    if (Number.isSafeInteger(given.length) && typeof given.get === "function") return value;
  }
  throw new TypeError(
    `Cannot ${action} with dataset ${describe(value)}: it must have a length and a method get(index)`,
  );
}
