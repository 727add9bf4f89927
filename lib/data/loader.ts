/**
 * The loader: batches of a dataset, in order or shuffled anew each time.
 *
 * In `for await` it lets the event loop turn after every batch, so that memory of tensors no longer used comes back.
 */
import { setImmediate } from "node:timers"; // needs no permission; setTimeout(0) would cost 2 ms a batch
import { asCount, asFlag, named } from "../arguments.ts";
import { fillPermutation } from "../distributions.ts";
import { describe } from "../errors.ts";
import { asGenerator, defaultGenerator, Generator as RandomGenerator } from "../random.ts";
import { type Collated, defaultCollate } from "./collate.ts";
import { asDataset, type Dataset } from "./dataset.ts";

/** Options of {@link DataLoader}. */
export interface DataLoaderOptions<T, B> {
  /** Samples in a batch; default 1. */
  batchSize?: number;
  /** A new random order for each pass; default false. */
  shuffle?: boolean;
  /** Leave out a last batch that is not full; default false. */
  dropLast?: boolean;
  /** Where the order comes from; default: the generator of manualSeed(). */
  generator?: RandomGenerator | null;
  /** Makes a batch of samples; default: {@link defaultCollate}. */
  collateFn?: (samples: T[]) => B;
  /** The same as `collateFn`. */
  collate?: (samples: T[]) => B;
}

/**
 * Batches of a dataset, for `for` and `for await`. After the same seed, shuffled batches are those of PyTorch. See
 * {@link https://pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader}.
 *
 * @throws {TypeError} for something else than a dataset, or an option of the wrong kind.
 *
 * @example
 * ```ts
 * import { arange, data, manualSeed, zeros } from "@dinograd/dinograd";
 *
 * manualSeed(0);
 * const dataset = new data.TensorDataset(zeros(10, 3), arange(10));
 * const loader = new data.DataLoader(dataset, { batchSize: 4, shuffle: true });
 * for await (const [x, y] of loader) console.log(x.shape, y.toArray()); // batches of 4, 4 and 2
 * console.log(loader.length); // 3
 * ```
 */
export class DataLoader<T, B = Collated<T>> implements Iterable<B>, AsyncIterable<B> {
  /** Where the samples come from. */
  readonly dataset: Dataset<T>;
  /** Samples in a batch. */
  readonly batchSize: number;
  readonly #shuffle: boolean;
  readonly #dropLast: boolean;
  readonly #generator: RandomGenerator | null;
  readonly #collate: ((samples: T[]) => B) | null;

  /** Loads from `dataset`. */
  constructor(
    dataset: Dataset<T>,
    batchSize?: number | DataLoaderOptions<T, B>,
    options?: DataLoaderOptions<T, B>,
  ) {
    this.dataset = asDataset("make a DataLoader", dataset);
    const given = named<DataLoaderOptions<T, B>>(
      "DataLoader",
      [batchSize, options].filter((a) => a !== undefined),
      ["batchSize", "shuffle"],
      ["dropLast", "generator", "collateFn", "collate"],
    );
    const collate = given.collateFn ?? given.collate ?? null;
    if (collate !== null && typeof collate !== "function") {
      throw new TypeError(
        `Cannot make a DataLoader with collateFn ${describe(collate)}: it must be a function`,
      );
    }
    this.batchSize = asCount("DataLoader", "batchSize", given.batchSize ?? 1, 1);
    this.#shuffle = asFlag("DataLoader", "shuffle", given.shuffle ?? false);
    this.#dropLast = asFlag("DataLoader", "dropLast", given.dropLast ?? false);
    this.#generator = given.generator ? asGenerator("DataLoader", given.generator) : null;
    this.#collate = collate;
  }

  /** How many batches a pass has. */
  get length(): number {
    const batches = this.dataset.length / this.batchSize;
    return this.#dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  /** The batches of one pass, without letting the event loop turn. */
  *[Symbol.iterator](): Generator<B> {
    const order = this.#order(), { dataset, batchSize, length } = this;
    for (let i = 0; i < length; i++) {
      const indices = order.subarray(i * batchSize, (i + 1) * batchSize);
      if (this.#collate) yield this.#collate(Array.from(indices, (n) => dataset.get(n)));
      else if (dataset.batch) yield dataset.batch(indices) as B;
      else yield defaultCollate(Array.from(indices, (n) => dataset.get(n))) as B; // B is Collated<T> here
    }
  }

  /** The batches of one pass; the event loop turns after each. */
  async *[Symbol.asyncIterator](): AsyncGenerator<B> {
    for (const batch of this) {
      yield batch;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  /** The order of samples, drawn as PyTorch's loader and RandomSampler draw it. */
  #order(): Int32Array {
    const count = this.dataset.length,
      order = new Int32Array(count),
      shared = this.#generator ?? defaultGenerator();
    shared.random(); // PyTorch takes a 64-bit seed for worker processes
    shared.random();
    if (!this.#shuffle) return order.map((_, i) => i);
    if (this.#generator) {
      fillPermutation(shared, { array: order, offset: 0, count });
      for (let i = 1; i < count; i++) shared.random(); // RandomSampler ends with a permutation that it drops
      return order;
    }
    shared.random(); // RandomSampler draws a 64-bit seed, of which the engine takes the lower half
    fillPermutation(new RandomGenerator(shared.random()), { array: order, offset: 0, count });
    return order;
  }
}
