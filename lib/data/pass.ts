/**
 * One time through a dataset: batches are made when they are asked for or ahead, and the first ones can be left out.
 *
 * Batches made ahead have random numbers of their own, seeded by their position, which therefore depend neither on
 * when they are made nor on what was left out.
 */
import {
  defaultGenerator,
  Generator as RandomGenerator,
  type GeneratorState,
  withGenerator,
} from "../random.ts";

/** Runs something that may draw random numbers. */
export type Within = <R>(body: () => R) => R;

/** Makes a batch; whatever may draw runs `within`. */
export type Job<B> = (within: Within) => B | Promise<B>;

/** Where a loader is in its pass. */
export interface DataLoaderState {
  /** How many batches of the pass are done; 0 between passes. */
  readonly position: number;
  /** Where the default generator and the loader's own were when the pass began; between passes, where they are. */
  readonly generators: readonly GeneratorState[];
}

/** How a pass begins. */
export interface Start {
  /** From which the loader draws a seed, as PyTorch does. */
  readonly seeds: RandomGenerator | null;
  /** The loader's own generators. */
  readonly own: readonly RandomGenerator[];
  /** How many batches are made ahead. */
  readonly ahead: number;
  /** Whether taking a job reads samples, not their numbers only. */
  readonly reads: boolean;
  /** Where to go on. */
  readonly from: DataLoaderState | null;
}

/** One time through a dataset. */
export class Pass<B> {
  #done: number;
  readonly #start: Start;
  readonly #left: number;
  readonly #before: readonly GeneratorState[];
  readonly #past: Within;
  readonly #seed: number;

  /** Draws a seed. Where a pass goes on, what was drawn before comes from a copy of the default generator. */
  constructor(start: Start) {
    const { own, from } = start;
    if (from) own.forEach((generator, i) => generator.setState(from.generators[i + 1]));
    this.#start = start;
    this.#done = this.#left = from?.position ?? 0;
    this.#before = from && this.#left > 0 ? from.generators : statesOf(own);
    const past = new RandomGenerator().setState(this.#before[0]);
    this.#past = this.#left > 0 ? (body) => withGenerator(past, body) : plain;
    this.#seed = this.#past(() => {
      const generator = start.seeds ?? defaultGenerator();
      generator.random(); // 64 bits, of which the lower half counts
      return generator.random();
    });
  }

  /** What is needed to go on from here. */
  get state(): DataLoaderState {
    const position = this.#done;
    return { position, generators: position > 0 ? this.#before : statesOf(this.#start.own) };
  }

  /** The batches, each made when it is asked for. */
  *now(jobs: Generator<Job<B>>): Generator<B | Promise<B>> {
    try {
      for (let i = 0;; i++) {
        const within = this.#drawing(i), job = this.#taking(i, within)(() => jobs.next());
        if (job.done) break;
        if (i < this.#left) continue;
        const batch = job.value(within);
        this.#done++;
        yield batch;
      }
      this.#done = 0;
    } finally {
      jobs.return(undefined);
    }
  }

  /** The batches, some of which are made ahead, one in each turn of the event loop. */
  async *ahead(jobs: Generator<Job<B>> | AsyncGenerator<Job<B>>): AsyncGenerator<B> {
    const queue: Promise<IteratorResult<B>>[] = [];
    let taken: Promise<unknown> = Promise.resolve(), next = 0;
    const take = async (due: boolean): Promise<[IteratorResult<Job<B>, unknown>, Within]> => {
      if (!due) await turn();
      const i = next++, within = this.#drawing(i);
      return [await this.#taking(i, within)(() => jobs.next()), within];
    };
    const add = (): void => {
      const due = queue.length === 0, job = taken.then(() => take(due));
      taken = job;
      const batch = job.then(async ([{ value: make, done }, within]) =>
        done ? { done, value: undefined } : { done: false, value: await make(within) }
      );
      batch.catch(() => {}); // it is reported when its turn comes
      queue.push(batch);
    };
    try {
      while (next < this.#left && !(await take(true))[0].done);
      for (;;) {
        while (queue.length <= this.#start.ahead) add();
        const { value, done } = await queue.shift()!;
        if (done) break;
        this.#done++;
        yield value;
        await turn();
      }
      this.#done = 0;
    } finally {
      await jobs.return(undefined);
    }
  }

  /** Where the random numbers of batch `i` come from. */
  #drawing(i: number): Within {
    if (this.#start.ahead === 0) return plain;
    const own = new RandomGenerator(this.#seed + i);
    return (body) => withGenerator(own, body);
  }

  /** Where the random numbers come from that taking job `i` draws. */
  #taking(i: number, within: Within): Within {
    if (this.#start.reads && this.#start.ahead > 0) return within;
    return i < this.#left ? this.#past : plain;
  }
}

const plain: Within = (body) => body();

/** Where the default generator and the others are. */
export function statesOf(own: readonly RandomGenerator[]): GeneratorState[] {
  return [defaultGenerator(), ...own].map((generator) => generator.getState());
}

/** Waits until the event loop has turned; setTimeout(0) would cost 2 ms. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
