/** Samplers: in which order a loader takes the samples. After the same seed they draw what PyTorch's draw. */
import { asCount, asFlag, named, type Optional } from "../arguments.ts";
import { fillIntegers, fillPermutation } from "../distributions.ts";
import { describe } from "../errors.ts";
import { asGenerator, defaultGenerator, Generator as RandomGenerator } from "../random.ts";
import { empty, Tensor } from "../tensor.ts";
import { asIndices } from "./compose.ts";

/**
 * The numbers of samples in the order of a pass; any iterable of numbers is one. See
 * {@link https://pytorch.org/docs/stable/data.html#torch.utils.data.Sampler}.
 */
export interface Sampler extends Iterable<number> {
  /** How many there are, if that is known. */
  readonly length?: number;
  /** Where the order comes from, if not from the default generator; loaders save it with their position. */
  readonly generator?: RandomGenerator | null;
}

/** An option of the random samplers. */
export interface SamplerOptions {
  /** Where the randomness comes from; default: the generator of manualSeed(). */
  generator?: RandomGenerator | null;
}

/** Options of {@link RandomSampler}. */
export interface RandomSamplerOptions extends SamplerOptions {
  /** Whether a sample may come again before all have come; default false. */
  replacement?: boolean;
  /** How many to draw; default: as many as there are samples. */
  numSamples?: number | null;
}

/** Options of {@link WeightedRandomSampler}. */
export interface WeightedRandomSamplerOptions extends SamplerOptions {
  /** Whether a sample may come again; default true. */
  replacement?: boolean;
}

/**
 * All samples in order. See {@link https://pytorch.org/docs/stable/data.html#torch.utils.data.SequentialSampler}.
 *
 * @example
 * ```ts
 * import { data } from "@dinograd/dinograd";
 *
 * console.log([...new data.SequentialSampler(["a", "b", "c"])]); // [0, 1, 2]
 * ```
 */
export class SequentialSampler implements Sampler {
  /** How many there are. */
  readonly length: number;

  /** Takes a dataset, or whatever else has a length. */
  constructor(dataSource: { readonly length: number }) {
    this.length = lengthOf("SequentialSampler", dataSource);
  }

  /** 0, 1, 2 and so on. */
  *[Symbol.iterator](): Generator<number> {
    for (let i = 0; i < this.length; i++) yield i;
  }
}

/**
 * All samples in random order, or `numSamples` of them. See
 * {@link https://pytorch.org/docs/stable/data.html#torch.utils.data.RandomSampler}.
 *
 * @throws {RangeError} if there are no samples to draw from.
 *
 * @example
 * ```ts
 * import { data, manualSeed } from "@dinograd/dinograd";
 *
 * manualSeed(3);
 * console.log([...new data.RandomSampler("abcdefghij")]); // [7, 0, 9, 1, 6, 4, 5, 3, 2, 8]
 * ```
 */
export class RandomSampler implements Sampler {
  /** How many are drawn. */
  readonly length: number;
  /** Whether a sample may come again. */
  readonly replacement: boolean;
  /** Where the randomness comes from; null: from the generator of manualSeed(). */
  readonly generator: RandomGenerator | null;
  readonly #count: number;

  /** Takes a dataset, or whatever else has a length. */
  constructor(dataSource: { readonly length: number }, ...options: Optional<RandomSamplerOptions>) {
    const order = ["replacement", "numSamples", "generator"] as const;
    const given = named<RandomSamplerOptions>("RandomSampler", options, order);
    this.#count = lengthOf("RandomSampler", dataSource);
    this.replacement = asFlag("RandomSampler", "replacement", given.replacement ?? false);
    this.length = asCount("RandomSampler", "numSamples", given.numSamples ?? this.#count);
    this.generator = asOwnGenerator("RandomSampler", given.generator);
    if (this.#count === 0 && this.length > 0) {
      throw new RangeError(`Cannot draw ${this.length} samples by RandomSampler(): the dataset has none`);
    }
  }

  /** A new order. */
  *[Symbol.iterator](): Generator<number> {
    const generator = this.generator ?? fromDefault(),
      count = this.#count,
      order = new Int32Array(this.length);
    if (this.replacement) {
      fillIntegers(generator, { array: order, offset: 0, count: this.length }, 0, count);
      return yield* order;
    }
    // as PyTorch does, whole permutations and one more, of which the start is taken
    const permutation = new Int32Array(count);
    for (let at = 0; count > 0 && at <= this.length; at += count) {
      fillPermutation(generator, { array: permutation, offset: 0, count });
      order.set(permutation.subarray(0, this.length - at), at);
    }
    yield* order;
  }
}

/**
 * The given samples in random order. See
 * {@link https://pytorch.org/docs/stable/data.html#torch.utils.data.SubsetRandomSampler}.
 *
 * @example
 * ```ts
 * import { data, manualSeed } from "@dinograd/dinograd";
 *
 * manualSeed(0);
 * console.log([...new data.SubsetRandomSampler([10, 20, 30])]); // [30, 10, 20]
 * ```
 */
export class SubsetRandomSampler implements Sampler {
  /** The samples to put in order. */
  readonly indices: Int32Array;
  /** Where the randomness comes from; null: from the generator of manualSeed(). */
  readonly generator: RandomGenerator | null;

  /** Takes the numbers of samples. */
  constructor(indices: ArrayLike<number>, ...options: Optional<SamplerOptions>) {
    const given = named<SamplerOptions>("SubsetRandomSampler", options, ["generator"]);
    this.indices = asIndices("make a SubsetRandomSampler", indices);
    this.generator = asOwnGenerator("SubsetRandomSampler", given.generator);
  }

  /** How many there are. */
  get length(): number {
    return this.indices.length;
  }

  /** A new order. */
  *[Symbol.iterator](): Generator<number> {
    const { length, indices } = this, order = new Int32Array(length);
    fillPermutation(this.generator ?? defaultGenerator(), { array: order, offset: 0, count: length });
    for (const i of order) yield indices[i];
  }
}

/**
 * Samples drawn in proportion to their weights, which need not sum to 1: for classes of unequal size. See
 * {@link https://pytorch.org/docs/stable/data.html#torch.utils.data.WeightedRandomSampler}.
 *
 * Its pass throws a RangeError if a weight is negative or not finite, or too few are positive.
 *
 * @example
 * ```ts
 * import { data, manualSeed } from "@dinograd/dinograd";
 *
 * manualSeed(3);
 * console.log([...new data.WeightedRandomSampler([1, 2, 3, 0, 4.5], 6)]); // [0, 2, 4, 1, 4, 4]
 * ```
 */
export class WeightedRandomSampler implements Sampler {
  /** The weight of each sample, float64. */
  readonly weights: Tensor;
  /** How many are drawn. */
  readonly length: number;
  /** Whether a sample may come again. */
  readonly replacement: boolean;
  /** Where the randomness comes from; null: from the generator of manualSeed(). */
  readonly generator: RandomGenerator | null;

  /** Takes the weight of each sample, and how many to draw. */
  constructor(
    weights: ArrayLike<number> | Tensor,
    numSamples: number,
    ...options: Optional<WeightedRandomSamplerOptions>
  ) {
    const name = "WeightedRandomSampler";
    const given = named<WeightedRandomSamplerOptions>(name, options, ["replacement", "generator"]);
    this.length = asCount(name, "numSamples", numSamples, 1);
    this.replacement = asFlag(name, "replacement", given.replacement ?? true);
    this.generator = asOwnGenerator(name, given.generator);
    this.weights = asWeights(weights);
  }

  /** A new drawing. */
  *[Symbol.iterator](): Generator<number> {
    const { weights, length, replacement, generator } = this;
    yield* weights.multinomial(length, replacement, { generator: generator ?? undefined }).toTypedArray();
  }
}

/**
 * The numbers that another sampler gives, in groups. See
 * {@link https://pytorch.org/docs/stable/data.html#torch.utils.data.BatchSampler}.
 *
 * @example
 * ```ts
 * import { data } from "@dinograd/dinograd";
 *
 * console.log([...new data.BatchSampler([0, 1, 2, 3, 4], 2, true)]); // [[0, 1], [2, 3]]
 * ```
 */
export class BatchSampler implements Iterable<number[]> {
  /** Where the numbers come from. */
  readonly sampler: Sampler;
  /** How many are in a batch. */
  readonly batchSize: number;
  /** Whether a last batch that is not full is left out. */
  readonly dropLast: boolean;

  /** Groups the numbers of a sampler. */
  constructor(sampler: Sampler, batchSize: number, dropLast = false) {
    if (typeof sampler !== "object" || sampler === null || !(Symbol.iterator in sampler)) {
      throw new TypeError(
        `Cannot make a BatchSampler of ${describe(sampler)}: it must be an iterable of numbers`,
      );
    }
    this.sampler = sampler;
    this.batchSize = asCount("BatchSampler", "batchSize", batchSize, 1);
    this.dropLast = asFlag("BatchSampler", "dropLast", dropLast);
  }

  /** How many batches there are, if the sampler knows its length. */
  get length(): number | undefined {
    const { sampler: { length }, batchSize, dropLast } = this;
    return length === undefined ? undefined : Math[dropLast ? "floor" : "ceil"](length / batchSize);
  }

  /** The generator of the sampler. */
  get generator(): RandomGenerator | null {
    return this.sampler.generator ?? null;
  }

  /** The batches of one pass. */
  [Symbol.iterator](): Generator<number[]> {
    return inBatches(this.sampler, this.batchSize, this.dropLast);
  }
}

/** Groups what comes in turn. */
export function* inBatches<T>(samples: Iterable<T>, size: number, dropLast: boolean): Generator<T[]> {
  let batch: T[] = [];
  for (const sample of samples) {
    batch.push(sample);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0 && !dropLast) yield batch;
}

function lengthOf(name: string, source: { readonly length: number }): number {
  const length: unknown = source?.length;
  if (typeof length === "number" && Number.isSafeInteger(length) && length >= 0) return length;
  throw new TypeError(`Cannot make a ${name} of ${describe(source)}: it must have a length`);
}

function asOwnGenerator(name: string, generator: RandomGenerator | null | undefined): RandomGenerator | null {
  return generator ? asGenerator(name, generator) : null;
}

/** As PyTorch's RandomSampler: a generator seeded by 64 bits of the default one, of which the lower half counts. */
function fromDefault(): RandomGenerator {
  defaultGenerator().random();
  return new RandomGenerator(defaultGenerator().random());
}

function asWeights(weights: unknown): Tensor {
  const list: unknown = weights instanceof Tensor
    ? weights.shape.length === 1 ? Array.from(weights.toTypedArray()) : null
    : ArrayBuffer.isView(weights)
    ? Array.from(weights as Float64Array)
    : weights;
  if (!Array.isArray(list) || list.length === 0 || !list.every((w) => typeof w === "number")) {
    throw new TypeError(
      `Cannot make a WeightedRandomSampler of ${describe(weights)}: weights must be a list of numbers`,
    );
  }
  const y = empty([list.length], "float64");
  y.storage.view("float64").set(list, y.offset);
  return y;
}
