/**
 * The loader: batches of a dataset, in order or shuffled anew each time.
 *
 * In `for await` it lets the event loop turn after every batch, so that memory of tensors no longer used comes back,
 * and with `prefetch` prepares the next batches in those turns.
 */
import { asCount, asFlag, isOptions, named } from "../arguments.ts";
import { describe } from "../errors.ts";
import { asGenerator, Generator as RandomGenerator } from "../random.ts";
import { type Collated, defaultCollate } from "./collate.ts";
import { asIndices } from "./compose.ts";
import {
  asDataset,
  type Dataset,
  isDataset,
  isIterable,
  type IterableDataset,
  type Samples,
} from "./dataset.ts";
import { type DataLoaderState, type Job, Pass, type Start, statesOf, type Within } from "./pass.ts";
import { BatchSampler, inBatches, RandomSampler, type Sampler, SequentialSampler } from "./samplers.ts";

/** Options of {@link DataLoader}. */
export interface DataLoaderOptions<T, B> {
  /** Samples in a batch; default 1. */
  batchSize?: number;
  /** A new random order for each pass; default false. */
  shuffle?: boolean;
  /** The order of samples, instead of `shuffle`. */
  sampler?: Sampler | null;
  /** The numbers of samples of each batch, instead of `batchSize`, `shuffle`, `sampler` and `dropLast`. */
  batchSampler?: BatchNumbers | null;
  /** Leave out a last batch that is not full; default false. */
  dropLast?: boolean;
  /** Where the order comes from; default: the generator of manualSeed(). */
  generator?: RandomGenerator | null;
  /** Makes a batch of samples; default: {@link defaultCollate}. */
  collateFn?: ((samples: Awaited<T>[]) => B | Promise<B>) | null;
  /** The same as `collateFn`. */
  collate?: ((samples: Awaited<T>[]) => B | Promise<B>) | null;
  /** How many batches `for await` makes ahead, while the program waits or in turns of the event loop; default 0. */
  prefetch?: number;
}

/** The numbers of samples of each batch of a pass. */
export interface BatchNumbers extends Iterable<ArrayLike<number>> {
  /** How many batches there are, if that is known. */
  readonly length?: number;
  /** Where the order comes from, if not from the default generator. */
  readonly generator?: RandomGenerator | null;
}

/**
 * Batches of a dataset, for `for` and `for await`. After the same seed, shuffled batches are those of PyTorch. See
 * {@link https://pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader}.
 *
 * With `prefetch`, what datasets and `collateFn` draw from the default generator before they first await something is
 * seeded for each batch, as in PyTorch's workers, and so does not depend on how far ahead a batch is made.
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
export class DataLoader<T, B = Collated<Awaited<T>>> implements Iterable<B>, AsyncIterable<B> {
  /** Where the samples come from. */
  readonly dataset: Dataset<T> | IterableDataset<T>;
  /** Samples in a batch, unless a `batchSampler` says how many. */
  readonly batchSize: number;
  /** Which samples go together; null if the dataset gives them in turn. */
  readonly batchSampler: BatchNumbers | null;
  readonly #dropLast: boolean;
  readonly #collate: ((samples: Awaited<T>[]) => B | Promise<B>) | null;
  readonly #start: Start;
  #pass: Pass<B> | null = null;
  #from: DataLoaderState | null = null;

  /** Loads from `dataset`. */
  constructor(
    dataset: Samples<T> | IterableDataset<T>,
    batchSize?: number | DataLoaderOptions<T, B>,
    options?: DataLoaderOptions<T, B>,
  ) {
    const given = named<DataLoaderOptions<T, B>>(
      "DataLoader",
      [batchSize, options].filter((a) => a !== undefined),
      ["batchSize", "shuffle", "sampler", "batchSampler"],
      ["dropLast", "generator", "collateFn", "collate", "prefetch"],
    );
    const collate = given.collateFn ?? given.collate ?? null;
    if (collate !== null && typeof collate !== "function") {
      throw new TypeError(
        `Cannot make a DataLoader with collateFn ${describe(collate)}: it must be a function`,
      );
    }
    this.#collate = collate;
    this.batchSize = asCount("DataLoader", "batchSize", given.batchSize ?? 1, 1);
    this.#dropLast = asFlag("DataLoader", "dropLast", given.dropLast ?? false);
    const seeds = given.generator ? asGenerator("DataLoader", given.generator) : null;
    const ahead = asCount("DataLoader", "prefetch", given.prefetch ?? 0);
    const reads = isIterable(dataset) && !isDataset(dataset) && !Array.isArray(dataset);
    if (reads) {
      exclude("an iterable dataset", given, ["shuffle", "sampler", "batchSampler"]);
      this.dataset = dataset;
      this.batchSampler = null;
    } else {
      this.dataset = asDataset("make a DataLoader", dataset as Samples<T>);
      this.batchSampler = this.#batchSampler(this.dataset, given, seeds);
    }
    const own = [seeds, this.batchSampler?.generator].filter((g) => g instanceof RandomGenerator);
    this.#start = { seeds, own: [...new Set(own)], ahead, reads, from: null };
  }

  #batchSampler(
    dataset: Dataset<T>,
    given: DataLoaderOptions<T, B>,
    generator: RandomGenerator | null,
  ): BatchNumbers {
    const { sampler, batchSampler } = given;
    const shuffle = asFlag("DataLoader", "shuffle", given.shuffle ?? false);
    if (batchSampler) {
      exclude("a batchSampler", given, ["batchSize", "shuffle", "sampler", "dropLast"]);
      if (isIterable(batchSampler)) return batchSampler;
      throw new TypeError(
        `Cannot make a DataLoader with batchSampler ${describe(batchSampler)}: it must be iterable`,
      );
    }
    if (sampler) exclude("a sampler", given, ["shuffle"]);
    const order = shuffle ? new RandomSampler(dataset, { generator }) : new SequentialSampler(dataset);
    return new BatchSampler(sampler ?? order, this.batchSize, this.#dropLast);
  }

  /**
   * How many batches a pass has.
   *
   * @throws {TypeError} if the dataset or its sampler does not know.
   */
  get length(): number {
    const { batchSampler, dataset } = this;
    if (batchSampler?.length !== undefined) return batchSampler.length;
    throw new TypeError(
      `Cannot tell the length of a DataLoader: ${describe(batchSampler ?? dataset)} does not know its own`,
    );
  }

  /** The batches of one pass, without letting the event loop turn. */
  *[Symbol.iterator](): Generator<B> {
    if (!this.batchSampler && !(Symbol.iterator in this.dataset)) throw this.#needsAwait();
    for (const batch of this.#begin().now(this.#jobs())) {
      if (batch instanceof Promise) {
        batch.catch(() => {}); // the error thrown here is enough
        throw this.#needsAwait();
      }
      yield batch;
    }
  }

  /** The batches of one pass; the event loop turns after each. */
  async *[Symbol.asyncIterator](): AsyncGenerator<B> {
    const { batchSampler, dataset } = this, inTurns = !batchSampler && Symbol.asyncIterator in dataset;
    yield* this.#begin().ahead(inTurns ? this.#jobsInTurns(dataset) : this.#jobs());
  }

  /**
   * Where the loader is, for {@link loadStateDict}: the batches that a pass has given so far are done. To train on bit
   * for bit, the state of the default generator must be saved with it, see {@link getRngState}.
   *
   * @example
   * ```ts
   * import { data, getRngState, setRngState } from "@dinograd/dinograd";
   *
   * const letters = ["a", "b", "c", "d"], loader = new data.DataLoader(letters, { shuffle: true });
   * const [[first]] = loader; // one batch, then the pass is left
   * const saved = [loader.stateDict(), getRngState()] as const;
   *
   * const resumed = new data.DataLoader(letters, { shuffle: true });
   * resumed.loadStateDict(saved[0]);
   * setRngState(saved[1]);
   * console.log(first, [...resumed].flat()); // one letter, and the other three
   * ```
   */
  stateDict(): DataLoaderState {
    return this.#from ?? this.#pass?.state ?? { position: 0, generators: statesOf(this.#start.own) };
  }

  /**
   * Takes over what {@link stateDict} gave: the next pass leaves out what was done. It does so without reading samples
   * that have numbers; an iterable dataset is read again.
   *
   * @throws {TypeError} if the state is not that of a loader with as many generators of its own.
   */
  loadStateDict(state: DataLoaderState): void {
    const { position, generators }: Partial<DataLoaderState> = isOptions(state) ? state : {};
    const count = 1 + this.#start.own.length;
    if (!Array.isArray(generators) || generators.length !== count) {
      throw new TypeError(
        `Cannot load ${
          describe(state)
        } into a DataLoader: it must be what stateDict() of a loader like this gives, ` +
          `with the states of ${count} generators`,
      );
    }
    this.#from = {
      position: asCount("loadStateDict", "position", position),
      generators: generators.map((bytes) => new RandomGenerator().setState(bytes).getState()),
    };
  }

  #begin(): Pass<B> {
    this.#pass = new Pass({ ...this.#start, from: this.#from });
    this.#from = null;
    return this.#pass;
  }

  *#jobs(): Generator<Job<B>> {
    const { batchSampler, dataset, batchSize } = this;
    if (batchSampler) {
      for (const numbers of batchSampler) {
        yield (within) => this.#read(dataset as Dataset<T>, asIndices("load a batch", numbers), within);
      }
    } else {
      for (const samples of inBatches(dataset as Iterable<T>, batchSize, this.#dropLast)) {
        yield (within) => this.#join(samples, within);
      }
    }
  }

  async *#jobsInTurns(dataset: AsyncIterable<T>): AsyncGenerator<Job<B>> {
    let batch: T[] = [];
    for await (const sample of dataset) {
      batch.push(sample);
      if (batch.length < this.batchSize) continue;
      const samples = batch;
      yield (within) => this.#join(samples, within);
      batch = [];
    }
    if (batch.length > 0 && !this.#dropLast) yield (within) => this.#join(batch, within);
  }

  #read(dataset: Dataset<T>, indices: Int32Array, within: Within): B | Promise<B> {
    const odd = indices.find((i) => i < 0 || i >= dataset.length);
    if (odd !== undefined) {
      throw new RangeError(`Cannot load sample ${odd}: the dataset has ${dataset.length} samples`);
    }
    if (dataset.batch && !this.#collate) return within(() => dataset.batch!(indices)) as B | Promise<B>;
    return this.#join(within(() => Array.from(indices, (i) => dataset.get(i))), within);
  }

  #join(samples: readonly (T | Promise<T>)[], within: Within): B | Promise<B> {
    if (samples.some((sample) => sample instanceof Promise)) {
      return Promise.all(samples).then((ready) => this.#join(ready, within));
    }
    const ready = samples as Awaited<T>[];
    return within(() => this.#collate ? this.#collate(ready) : defaultCollate(ready) as B); // B is Collated<T> here
  }

  #needsAwait(): TypeError {
    return new TypeError(
      `Cannot load from ${describe(this.dataset)} by for: it takes time, so use for await`,
    );
  }
}

/** Checks that options are not given which others rule out. */
function exclude(what: string, given: object, names: readonly string[]): void {
  const odd = names.find((name) => Reflect.get(given, name));
  if (odd) throw new TypeError(`Cannot make a DataLoader with ${what} and ${odd}: it takes only one of them`);
}
