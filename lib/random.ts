/**
 * Where randomness comes from: PyTorch's own CPU generator, word for word.
 *
 * The engine is the Mersenne Twister MT19937 (Matsumoto and Nishimura 1998), seeded as PyTorch seeds it; what is made
 * of its words is in distributions.ts. Plain TypeScript, so every engine sees the same numbers. Knows no tensors.
 */
import { describe } from "./errors.ts";
import { watcher } from "./watch.ts";

const N = 624, M = 397;
const UPPER = -0x80000000, LOWER = 0x7fffffff, MATRIX = 0x9908b0df | 0;
/** The seed of a generator that was given none: PyTorch's `default_rng_seed_val`. */
const DEFAULT_SEED = 67280421310721n;

/** The layout in bytes of PyTorch's generator state, in which all is little-endian. */
const layout = {
  ...{ seed: 0, left: 8, seeded: 12, next: 16, words: 24, normal: 24 + 8 * N, hasNormal: 24 + 8 * N + 24 },
  ...{ size: 24 + 8 * N + 40 },
} as const;

/** Whatever holds a generator state: its bytes, or a uint8 tensor of them. */
export type GeneratorState = Uint8Array | { toTypedArray(): ArrayBufferView };

/**
 * A stream of random numbers of its own, for functions that take a `generator`; all others share the one of
 * {@link manualSeed}. Without a seed it starts at PyTorch's default one. See
 * {@link https://pytorch.org/docs/stable/generated/torch.Generator.html}.
 *
 * @throws {TypeError} if the seed is not a whole number or a bigint.
 *
 * @example
 * ```ts
 * import { Generator, rand } from "@dinograd/dinograd";
 *
 * const generator = new Generator(42);
 * const state = generator.getState();
 * const x = rand(3, { generator });
 * generator.setState(state);
 * console.log(rand(3, { generator }).equal(x)); // true
 * ```
 */
export class Generator {
  readonly #words = new Int32Array(N);
  #next = N;
  #seed = 0n;
  #normal: number | null = null;

  /** Seeds the stream. */
  constructor(seed: number | bigint = DEFAULT_SEED) {
    this.manualSeed(seed);
  }

  /** Starts the stream of a seed; negative seeds count from 2⁶⁴ down. */
  manualSeed(seed: number | bigint): this {
    if (typeof seed !== "bigint" && !Number.isSafeInteger(seed)) {
      throw new TypeError(
        `Cannot seed a generator with ${describe(seed)}: a seed is a whole number or a bigint`,
      );
    }
    this.#seed = BigInt.asUintN(64, BigInt(seed));
    const words = this.#words;
    words[0] = Number(BigInt.asIntN(32, this.#seed));
    for (let i = 1; i < N; i++) {
      words[i] = Math.imul(1812433253, words[i - 1] ^ (words[i - 1] >>> 30)) + i;
    }
    this.#next = N;
    this.#normal = null;
    return this;
  }

  /** Takes a seed from the operating system, and returns it. */
  seed(): number {
    const [high, low] = crypto.getRandomValues(new Uint32Array(2));
    const seed = (high & 0x1fffff) * 2 ** 32 + low; // 53 bits, to fit a number
    this.manualSeed(seed);
    return seed;
  }

  /** The seed that the stream started from. */
  initialSeed(): number {
    return Number(this.#seed);
  }

  /** Where the stream is, as bytes in PyTorch's own layout (`torch.Generator.get_state`). */
  getState(): Uint8Array {
    const bytes = new Uint8Array(layout.size), view = new DataView(bytes.buffer);
    view.setBigUint64(layout.seed, this.#seed, true);
    view.setInt32(layout.left, N + 1 - this.#next, true);
    view.setInt32(layout.seeded, 1, true);
    view.setUint32(layout.next, this.#next % N === 0 ? 0 : this.#next, true);
    for (let i = 0; i < N; i++) view.setUint32(layout.words + 8 * i, this.#words[i], true);
    view.setFloat64(layout.normal + 8, this.#normal ?? 0, true);
    view.setInt32(layout.hasNormal, this.#normal === null ? 0 : 1, true);
    return bytes;
  }

  /**
   * Goes to where {@link getState}, here or in PyTorch, was called.
   *
   * @throws {TypeError} if the state is not one.
   */
  setState(state: GeneratorState): this {
    const given: unknown = state instanceof Uint8Array ? state : state?.toTypedArray?.();
    if (!(given instanceof Uint8Array) || given.length < layout.hasNormal + 4) {
      throw new TypeError(
        `Cannot set the state of a generator to ${
          describe(state)
        }: it must be the ${layout.size} bytes of getState()`,
      );
    }
    const view = new DataView(given.buffer, given.byteOffset, given.byteLength);
    const left = view.getInt32(layout.left, true);
    if (left < 1 || left > N || view.getInt32(layout.seeded, true) !== 1) {
      throw new TypeError("Cannot set the state of a generator: the bytes are not those of getState()");
    }
    this.#seed = view.getBigUint64(layout.seed, true);
    for (let i = 0; i < N; i++) this.#words[i] = view.getUint32(layout.words + 8 * i, true);
    this.#next = N + 1 - left;
    this.#normal = view.getInt32(layout.hasNormal, true) ? view.getFloat64(layout.normal + 8, true) : null;
    return this;
  }

  /** The next 32 bits, as a number from 0 to 2³² − 1. */
  random(): number {
    if (watcher !== null) watcher.draw();
    if (this.#next === N) this.#twist();
    return temper(this.#words[this.#next++]) >>> 0;
  }

  /** The next 53 bits as a number from 0 up to but without 1. */
  random53(): number {
    const high = this.random() & 0x1fffff;
    return (high * 2 ** 32 + this.random()) * 2 ** -53;
  }

  /** Library use: the next `count` words of the engine, which {@link temper} makes random. */
  take(into: Int32Array, count: number): void {
    if (watcher !== null) watcher.draw();
    for (let done = 0; done < count;) {
      if (this.#next === N) this.#twist();
      const end = Math.min(N, this.#next + count - done);
      into.set(this.#words.subarray(this.#next, end), done);
      done += end - this.#next;
      this.#next = end;
    }
  }

  /** Library use: the second of a pair of normal numbers, kept until it is asked for. */
  takeNormal(): number | null {
    const kept = this.#normal;
    this.#normal = null;
    return kept;
  }

  /** Library use: see {@link takeNormal}. */
  keepNormal(value: number): void {
    this.#normal = value;
  }

  #twist(): void {
    const words = this.#words;
    let upper = words[0] & UPPER;
    for (let i = 0; i < N - M; i++) {
      const b = words[i + 1];
      words[i] = words[i + M] ^ ((upper | (b & LOWER)) >>> 1) ^ (-(b & 1) & MATRIX);
      upper = b & UPPER;
    }
    for (let i = N - M; i < N - 1; i++) {
      const b = words[i + 1];
      words[i] = words[i + M - N] ^ ((upper | (b & LOWER)) >>> 1) ^ (-(b & 1) & MATRIX);
      upper = b & UPPER;
    }
    const b = words[0];
    words[N - 1] = words[M - 1] ^ ((upper | (b & LOWER)) >>> 1) ^ (-(b & 1) & MATRIX);
    this.#next = 0;
  }
}

/** The Twister's output function: 32 random bits, as a signed number, from one word of its state. */
export function temper(y: number): number {
  y ^= y >>> 11;
  y ^= (y << 7) & (0x9d2c5680 | 0);
  y ^= (y << 15) & (0xefc60000 | 0);
  return y ^ (y >>> 18);
}

let shared: Generator | undefined;

/** The generator of all functions that are not given one; seeded by the operating system at first. */
export function defaultGenerator(): Generator {
  if (!shared) {
    shared = new Generator();
    shared.seed();
  }
  return shared;
}

/**
 * Seeds the default generator, and returns it: what follows is then the same in every run, on every engine, and the
 * same as in PyTorch on a CPU. See {@link https://pytorch.org/docs/stable/generated/torch.manual_seed.html}.
 *
 * @throws {TypeError} if the seed is not a whole number or a bigint.
 *
 * @example
 * ```ts
 * import { manualSeed, rand } from "@dinograd/dinograd";
 *
 * manualSeed(0);
 * console.log(rand(2).toArray()); // [0.49625658988952637, 0.7682217955589294]
 * ```
 */
export function manualSeed(seed: number | bigint): Generator {
  return defaultGenerator().manualSeed(seed);
}

/** The seed that the default generator started from. */
export function initialSeed(): number {
  return defaultGenerator().initialSeed();
}

/** Seeds the default generator by the operating system, and returns the seed. */
export function seed(): number {
  return defaultGenerator().seed();
}

/** Where the default generator is; see {@link Generator.getState}. */
export function getRngState(): Uint8Array {
  return defaultGenerator().getState();
}

/** Sends the default generator to where {@link getRngState} was called. */
export function setRngState(state: GeneratorState): void {
  defaultGenerator().setState(state);
}

/** Runs `body` with another default generator. */
export function withGenerator<T>(generator: Generator, body: () => T): T {
  const kept = shared;
  shared = generator;
  try {
    return body();
  } finally {
    shared = kept;
  }
}

/** Checks an optional generator; the default one if there is none. */
export function asGenerator(name: string, value: unknown): Generator {
  if (value === undefined || value === null) return defaultGenerator();
  if (value instanceof Generator) return value;
  throw new TypeError(`Cannot call ${name}() with generator ${describe(value)}: it must be a Generator`);
}
