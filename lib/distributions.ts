/**
 * What is made of a generator's words, number for number as PyTorch does on a CPU: uniform, normal, integers,
 * truths, exponential, permutations. Fills typed arrays and storages; knows no tensors.
 *
 * Follows aten/src/ATen/core/DistributionsHelper.h and native/cpu/DistributionTemplates.h.
 */
import { normalPairs32, normalPairs64 } from "./box_muller.ts";
import { asNumber } from "./arguments.ts";
import type { TypedArray } from "./dtype.ts";
import type { Strided } from "./execute.ts";
import type { Storage } from "./memory/storage.ts";
import { type Generator, temper } from "./random.ts";
import { sizeOf } from "./shape.ts";

/** Where numbers go: `count` elements of `array` from `offset` on. */
export interface Target {
  readonly array: TypedArray;
  readonly offset: number;
  readonly count: number;
}

/** Where numbers go that kernels make: the array is that of a storage. */
export interface StoredTarget extends Target {
  readonly storage: Storage;
}

/** The elements of a contiguous tensor. */
export function targetOf({ storage, dtype, offset, shape }: Strided): StoredTarget {
  return { storage, array: storage.view(dtype), offset, count: sizeOf(shape) };
}

/** Checks that a value is a probability. */
export function asProbability(name: string, option: string, value: unknown): number {
  const p = asNumber(name, option, value);
  if (p >= 0 && p <= 1) return p;
  throw new RangeError(`Cannot call ${name}() with ${option} ${p}: it must be between 0 and 1`);
}

const CHUNK = 2048;
const words = new Int32Array(CHUNK);

/** Uniform numbers from `low` up to but without `high`: 24 random bits in float32, 53 in float64. */
export function fillUniform(generator: Generator, target: Target, low: number, high: number): void {
  const { array, offset, count } = target;
  if (!(array instanceof Float32Array)) {
    const range = high - low, half = CHUNK / 2;
    for (let start = 0; start < count; start += half) {
      const n = Math.min(half, count - start), at = offset + start;
      generator.take(words, 2 * n);
      for (let i = 0; i < n; i++) {
        const bits = (temper(words[2 * i]) & 0x1fffff) * 2 ** 32 + (temper(words[2 * i + 1]) >>> 0);
        array[at + i] = bits * 2 ** -53 * range + low;
      }
    }
    return;
  }
  const from = Math.fround(low), range = Math.fround(Math.fround(high) - from) * 2 ** -24;
  for (let start = 0; start < count; start += CHUNK) {
    const n = Math.min(CHUNK, count - start), at = offset + start;
    generator.take(words, n);
    // one rounding at the end, as PyTorch's fused multiply-add
    for (let i = 0; i < n; i++) array[at + i] = (temper(words[i]) & 0xffffff) * range + from;
  }
}

/**
 * Normal numbers. From 16 numbers on PyTorch makes them in blocks, the cosines of eight pairs before their sines, and
 * redraws the last 16 if the count does not divide; fewer, or scattered ones, come in pairs, of which the second waits.
 */
export function fillNormal(
  generator: Generator,
  target: StoredTarget,
  mean: number,
  std: number,
  blocks: boolean = target.count >= 16,
): void {
  const { array, storage, offset, count } = target;
  if (!blocks) {
    for (let i = 0; i < count; i++) array[offset + i] = normal(generator) * std + mean;
    return;
  }
  const pairs = (from: number, count: number) =>
    array instanceof Float32Array
      ? normalPairs32(storage, from, count, mean, std)
      : normalPairs64(array, from, count, mean, std);
  fillUniform(generator, target, 0, 1);
  pairs(offset, count - count % 16);
  if (count % 16 !== 0) {
    const last = offset + count - 16;
    fillUniform(generator, { array, offset: last, count: 16 }, 0, 1);
    pairs(last, 16);
  }
}

/** One normal number by the Box–Muller transform, in float64. */
function normal(generator: Generator): number {
  const kept = generator.takeNormal();
  if (kept !== null) return kept;
  const u = generator.random53(), v = generator.random53();
  const radius = Math.sqrt(-2 * Math.log1p(-v)), angle = 2 * Math.PI * u;
  generator.keepNormal(radius * Math.sin(angle));
  return radius * Math.cos(angle);
}

/**
 * n % m for whole numbers below 2³², in a fifth of the time that V8 takes for it (4 ns, not 18). Exact: n / m, if not
 * whole, is at least 1/m below the next whole number, which rounding does not reach.
 */
function remainder(n: number, m: number): number {
  return n - Math.floor(n / m) * m;
}

/** Whole numbers from `low` up to but without `low + range`. */
export function fillIntegers(generator: Generator, target: Target, low: number, range: number): void {
  const { array, offset, count } = target;
  if (range >= 2 ** 32) {
    const modulus = BigInt(range), base = BigInt(low);
    for (let i = 0; i < count; i++) {
      const bits = BigInt(generator.random()) << 32n | BigInt(generator.random());
      array[offset + i] = Number(bits % modulus + base);
    }
    return;
  }
  for (let start = 0; start < count; start += CHUNK) {
    const n = Math.min(CHUNK, count - start), at = offset + start;
    generator.take(words, n);
    for (let i = 0; i < n; i++) array[at + i] = remainder(temper(words[i]) >>> 0, range) + low;
  }
}

/** `value` with probability `p`, else 0. */
export function fillBernoulli(generator: Generator, target: Target, p: number, value: number): void {
  const { array, offset, count } = target;
  // u < p for u of 53 bits, decided by the upper 21 bits but once in two million times
  const limit = p * 2 ** 53, high = Math.floor(limit / 2 ** 32), low = limit - high * 2 ** 32;
  const choices = [0, value], half = CHUNK / 2;
  for (let start = 0; start < count; start += half) {
    const n = Math.min(half, count - start), at = offset + start;
    generator.take(words, 2 * n);
    for (let i = 0; i < n; i++) {
      const bits = temper(words[2 * i]) & 0x1fffff;
      let hit = (bits - high) >>> 31; // a branch would be guessed wrong half the time
      if (bits === high && temper(words[2 * i + 1]) >>> 0 < low) hit = 1;
      array[at + i] = choices[hit];
    }
  }
}

/** 1 with the probability given for each element, else 0; `double`: the probabilities are float64. */
export function fillBernoulliEach(
  generator: Generator,
  target: Target,
  p: TypedArray,
  double: boolean,
): void {
  const { array, offset, count } = target;
  for (let i = 0; i < count; i++) {
    const u = double ? generator.random53() : (generator.random() & 0xffffff) * 2 ** -24;
    array[offset + i] = u < p[i] ? 1 : 0;
  }
}

/** Numbers with density λ · exp(−λx). */
export function fillExponential(generator: Generator, target: Target, lambda: number): void {
  const { array, offset, count } = target;
  for (let i = 0; i < count; i++) array[offset + i] = -1 / lambda * Math.log(1 - generator.random53());
}

/** 0 to n − 1 in random order (Fisher and Yates). */
export function fillPermutation(generator: Generator, { array, offset, count }: Target): void {
  for (let i = 0; i < count; i++) array[offset + i] = i;
  for (let i = 0; i < count - 1; i++) {
    const j = i + remainder(generator.random(), count - i), kept = array[offset + i];
    array[offset + i] = array[offset + j];
    array[offset + j] = kept;
  }
}
