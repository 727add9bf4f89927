/** Datasets made of others: some of the samples, several datasets in a row, random parts. */
import { describe } from "../errors.ts";
import { fillPermutation } from "../distributions.ts";
import { asGenerator, type Generator as RandomGenerator } from "../random.ts";
import { asDataset, type Dataset, isIterable, type IterableDataset, type Samples } from "./dataset.ts";

/**
 * Some samples of another dataset. See {@link https://pytorch.org/docs/stable/data.html#torch.utils.data.Subset}.
 *
 * @throws {RangeError} if an index is not one of the dataset.
 *
 * @example
 * ```ts
 * import { data } from "@dinograd/dinograd";
 *
 * const some = new data.Subset(["a", "b", "c"], [2, 0]);
 * console.log(some.length, some.get(0)); // 2 c
 * ```
 */
export class Subset<T> implements Dataset<T> {
  /** Where the samples come from. */
  readonly dataset: Dataset<T>;
  /** Which they are. */
  readonly indices: Int32Array;
  /** Several samples at once, if the dataset can. */
  readonly batch?: (indices: Int32Array) => unknown;

  /** Takes the samples with the numbers `indices`. */
  constructor(dataset: Samples<T>, indices: ArrayLike<number>) {
    this.dataset = asDataset("make a Subset", dataset);
    this.indices = asIndices("make a Subset", indices);
    const { length, batch } = this.dataset, odd = this.indices.find((i) => i < 0 || i >= length);
    if (odd !== undefined) {
      throw new RangeError(`Cannot make a Subset with index ${odd}: the dataset has ${length} samples`);
    }
    if (batch) this.batch = (some) => this.dataset.batch!(some.map((i) => this.indices[i]));
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
 * Several datasets, one after the other. See
 * {@link https://pytorch.org/docs/stable/data.html#torch.utils.data.ConcatDataset}.
 *
 * @throws {TypeError} if there is none, or something else among them.
 *
 * @example
 * ```ts
 * import { data } from "@dinograd/dinograd";
 *
 * const both = new data.ConcatDataset([["a", "b"], ["c"]]);
 * console.log(both.length, both.get(2), both.cumulativeSizes); // 3 c [2, 3]
 * ```
 */
export class ConcatDataset<T> implements Dataset<T> {
  /** The datasets. */
  readonly datasets: readonly Dataset<T>[];
  /** How many samples there are up to the end of each. */
  readonly cumulativeSizes: readonly number[];

  /** Takes the datasets in order. */
  constructor(datasets: readonly Samples<T>[]) {
    this.datasets = asList("ConcatDataset", datasets).map((d) => asDataset("make a ConcatDataset", d));
    let end = 0;
    this.cumulativeSizes = this.datasets.map(({ length }) => end += length);
  }

  /** How many samples there are. */
  get length(): number {
    return this.cumulativeSizes[this.cumulativeSizes.length - 1];
  }

  /** Sample number `index` of all. */
  get(index: number): T {
    const which = this.cumulativeSizes.findIndex((end) => index < end);
    if (!(index >= 0 && which >= 0)) {
      throw new RangeError(
        `Cannot get sample ${describe(index)} of a ConcatDataset: it has ${this.length} samples`,
      );
    }
    return this.datasets[which].get(index - (this.cumulativeSizes[which - 1] ?? 0));
  }
}

/**
 * Several iterable datasets, one after the other. See
 * {@link https://pytorch.org/docs/stable/data.html#torch.utils.data.ChainDataset}.
 *
 * @throws {TypeError} if one is not iterable, or is iterable by `for await` only and this is not.
 *
 * @example
 * ```ts
 * import { data } from "@dinograd/dinograd";
 *
 * const chain = new data.ChainDataset<number>([new Set([1, 2]), [3]]);
 * console.log([...chain]); // [1, 2, 3]
 * ```
 */
export class ChainDataset<T> implements Iterable<T>, AsyncIterable<T> {
  /** The datasets. */
  readonly datasets: readonly IterableDataset<T>[];

  /** Takes the datasets in order. */
  constructor(datasets: readonly IterableDataset<T>[]) {
    this.datasets = asList("ChainDataset", datasets);
    const odd = this.datasets.find((dataset) => !isIterable(dataset));
    if (odd !== undefined) {
      throw new TypeError(`Cannot make a ChainDataset with ${describe(odd)}: it must be iterable`);
    }
  }

  /** All samples in order. */
  *[Symbol.iterator](): Generator<T> {
    for (const dataset of this.datasets) {
      if (!(Symbol.iterator in dataset)) {
        throw new TypeError(
          `Cannot go through ${describe(dataset)} of a ChainDataset by for: use for await`,
        );
      }
      yield* dataset;
    }
  }

  /** All samples in order. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (const dataset of this.datasets) yield* dataset;
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
  dataset: Samples<T>,
  lengths: readonly number[],
  options: { generator?: RandomGenerator | null } = {},
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

/** Checks that a value is a list of numbers, which are taken for indices. */
export function asIndices(action: string, indices: unknown): Int32Array {
  const list: unknown = ArrayBuffer.isView(indices) ? Array.from(indices as Int32Array) : indices;
  if (Array.isArray(list) && list.every((i) => i === (i | 0))) return Int32Array.from(list);
  throw new TypeError(
    `Cannot ${action} with indices ${describe(indices)}: they must be an array of whole numbers`,
  );
}

function asList<D>(name: string, datasets: readonly D[]): readonly D[] {
  if (Array.isArray(datasets) && datasets.length > 0) return datasets;
  throw new TypeError(
    `Cannot make a ${name} of ${describe(datasets)}: it must be an array of one dataset at least`,
  );
}
