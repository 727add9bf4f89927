/** Drawing from distributions, and overwriting tensors with random numbers (lib/random.ts). */
import { asCount, asFlag, asNumber, named } from "../lib/arguments.ts";
import {
  asProbability,
  fillBernoulli,
  fillBernoulliEach,
  fillExponential,
  fillNormal,
  fillUniform,
  type StoredTarget,
  targetOf,
} from "../lib/distributions.ts";
import { isFloat } from "../lib/dtype.ts";
import { ShapeError } from "../lib/errors.ts";
import { assign } from "../lib/inplace.ts";
import { Line } from "../lib/line.ts";
import { asGenerator, type Generator } from "../lib/random.ts";
import { show } from "../lib/shape.ts";
import { asTensor, empty, Tensor, viewOf } from "../lib/tensor.ts";
import { again as repeated } from "../lib/watch.ts";
import type { GeneratorOptions } from "./random.ts";

/**
 * 1 with a probability, else 0: the probability of each element is that of `x`, or `p` for all. See
 * {@link https://pytorch.org/docs/stable/generated/torch.bernoulli.html}.
 *
 * @throws {RangeError} if a probability is outside 0 to 1.
 *
 * @example
 * ```ts
 * import { bernoulli, tensor } from "@dinograd/dinograd";
 *
 * console.log(bernoulli(tensor([0, 1, 1])).toArray()); // [0, 1, 1]
 * ```
 */
export function bernoulli(
  x: Tensor,
  chance?: number | (GeneratorOptions & { p?: number }),
  options?: GeneratorOptions,
): Tensor {
  const like = asTensor("call bernoulli()", "the first argument", x);
  const given = named<GeneratorOptions & { p: number }>(
    "bernoulli",
    [chance, options].filter((a) => a !== undefined),
    ["p"],
    ["generator"],
  );
  const y = empty(like.shape, like.dtype), generator = asGenerator("bernoulli", given.generator);
  const p = given.p === undefined ? like : asProbability("bernoulli", "p", given.p);
  repeated("bernoulli", () => {
    if (typeof p === "number") fillBernoulli(generator, targetOf(y), p, 1);
    else fillEach("bernoulli", y, p, generator);
  });
  return y;
}

/** Fills `y` with 1s and 0s of the probabilities in `p`, of the same shape. */
function fillEach(name: string, y: Tensor, p: Tensor, generator: Generator): void {
  if (!isFloat(p.dtype)) {
    throw new TypeError(`Cannot call ${name}() with probabilities of dtype ${p.dtype}: they must be floats`);
  }
  const values = p.toTypedArray();
  for (let i = 0; i < values.length; i++) {
    if (!(values[i] >= 0 && values[i] <= 1)) asProbability(name, `probabilities[${i}]`, values[i]);
  }
  fillBernoulliEach(generator, targetOf(y), values, p.dtype === "float64");
}

/**
 * Draws indices of rows of `x`, which holds weights [n] or [rows, n]: [numSamples] or [rows, numSamples] of int32. See
 * {@link https://pytorch.org/docs/stable/generated/torch.multinomial.html}.
 *
 * @throws {RangeError} if a weight is negative or not finite, or a row has too few to draw from.
 *
 * @example
 * ```ts
 * import { multinomial, tensor } from "@dinograd/dinograd";
 *
 * console.log(multinomial(tensor([0, 1, 0]), 3, { replacement: true }).toArray()); // [1, 1, 1]
 * ```
 */
export function multinomial(
  x: Tensor,
  numSamples: number,
  replacement?: boolean | (GeneratorOptions & { replacement?: boolean }),
  options?: GeneratorOptions,
): Tensor {
  const weights = asTensor("call multinomial()", "the first argument", x), { shape } = weights;
  const given = named<GeneratorOptions & { replacement: boolean }>(
    "multinomial",
    [replacement, options].filter((a) => a !== undefined),
    ["replacement"],
    ["generator"],
  );
  const again = asFlag("multinomial", "replacement", given.replacement ?? false);
  const count = asCount("multinomial", "numSamples", numSamples, 1), n = shape.at(-1) ?? 0;
  if (shape.length < 1 || shape.length > 2 || n === 0 || !isFloat(weights.dtype)) {
    throw new ShapeError(
      `Cannot call multinomial() on ${weights.dtype} ${
        show(shape)
      }: it must hold float weights [n] or [rows, n], n ≥ 1`,
    );
  }
  const generator = asGenerator("multinomial", given.generator), p = weights.toTypedArray();
  const y = empty([...shape.slice(0, -1), count], "int32"), { array, offset } = targetOf(y);
  for (let row = 0; row * n < p.length; row++) {
    let positive = 0, odd = false;
    for (let i = row * n; i < row * n + n; i++) {
      if (p[i] > 0) positive++;
      if (!(p[i] >= 0 && p[i] < Infinity)) odd = true;
    }
    if (odd || positive < (again ? 1 : count)) {
      throw new RangeError(
        `Cannot draw ${count} from row ${row} by multinomial(): weights must be finite, none negative, and enough ` +
          `above 0, of which there are ${positive}`,
      );
    }
  }
  const draw = again ? drawAgain : drawOnce;
  draw(p, n, count, generator, (i, index) => array[offset + i] = index);
  return y;
}

type Put = (i: number, index: number) => void;

/** With replacement: the first index whose running share of the weights reaches a uniform number. */
function drawAgain(p: ArrayLike<number>, n: number, count: number, generator: Generator, put: Put): void {
  const share = new Float64Array(n);
  for (let row = 0; row * n < p.length; row++) {
    let sum = 0;
    for (let i = 0; i < n; i++) share[i] = sum += p[row * n + i];
    for (let j = 0; j < count; j++) {
      const u = generator.random53();
      let low = 0, high = n;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (share[middle] / sum < u) low = middle + 1;
        else high = middle;
      }
      put(row * count + j, low);
    }
  }
}

/** Without: the indices of the largest weight / exponential number (Efraimidis and Spirakis 2006). */
function drawOnce(p: ArrayLike<number>, n: number, count: number, generator: Generator, put: Put): void {
  const race = new Float64Array(p.length), line = new Line(n, true);
  fillExponential(generator, { array: race, offset: 0, count: p.length }, 1);
  for (let i = 0; i < p.length; i++) race[i] = p[i] / race[i];
  for (let row = 0; row * n < p.length; row++) {
    line.load(race, row * n, 1);
    line.lead(count);
    for (let j = 0; j < count; j++) put(row * count + j, line.order[j]);
  }
}

/** Overwrites `x` by what `fill` makes; elements are visited as they lie in memory, as in PyTorch. */
function overwrite(
  x: Tensor,
  name: string,
  fill: (target: StoredTarget, scattered: boolean) => void,
): Tensor {
  const random = () => {
    const order = x.shape.map((_, d) => d).sort((a, b) => x.strides[b] - x.strides[a]);
    const y = empty(order.map((d) => x.shape[d]), x.dtype);
    repeated(name, () => fill(targetOf(y), !x.isContiguous()));
    return viewOf(y, x.shape, order.map((_, d) => y.strides[order.indexOf(d)]));
  };
  return assign(name, x, random, (out) => {
    if (!out.isContiguous()) return void out.copy_(random());
    repeated(name, () => {
      fill(targetOf(out), false);
      out.storage.version++;
    });
  });
}

/**
 * Overwrites `x` with uniform numbers from `from` (0) up to but without `to` (1).
 *
 * @example
 * ```ts
 * import { zeros } from "@dinograd/dinograd";
 *
 * console.log(zeros([2]).uniform_(5, 6).ge(5).toArray()); // [true, true]
 * ```
 */
export function uniform_(
  x: Tensor,
  from?: number | (GeneratorOptions & { from?: number; to?: number }),
  to?: number | GeneratorOptions,
  options?: GeneratorOptions,
): Tensor {
  const { from: low = 0, to: high = 1, generator } = named<GeneratorOptions & { from: number; to: number }>(
    "uniform_",
    [from, to, options].filter((a) => a !== undefined),
    ["from", "to"],
    ["generator"],
  );
  asNumber("uniform_", "from", low, false);
  if (!(low <= asNumber("uniform_", "to", high, false))) {
    throw new RangeError(`Cannot call uniform_() from ${low} to ${high}: from must not be above to`);
  }
  const source = asGenerator("uniform_", generator);
  return overwrite(floating("uniform_", x), "uniform_", (target) => fillUniform(source, target, low, high));
}

/**
 * A tensor like `x` with uniform numbers from `from` (0) up to but without `to` (1): {@link uniform_} in a copy.
 *
 * @example
 * ```ts
 * import { manualSeed, uniform, zeros } from "@dinograd/dinograd";
 *
 * manualSeed(0);
 * console.log(uniform(zeros([2]), 1, 3).toArray()); // [1.9925131797790527, 2.5364437103271484]
 * ```
 */
export function uniform(
  x: Tensor,
  from?: number | (GeneratorOptions & { from?: number; to?: number }),
  to?: number | GeneratorOptions,
  options?: GeneratorOptions,
): Tensor {
  return uniform_(asTensor("call uniform()", "the input", x).clone(), from, to, options);
}

/**
 * Overwrites `x` with normal numbers of mean `mean` (0) and standard deviation `std` (1).
 *
 * @example
 * ```ts
 * import { zeros } from "@dinograd/dinograd";
 *
 * console.log(zeros([2]).normal_(0, 3).shape); // [2]
 * ```
 */
export function normal_(
  x: Tensor,
  mean?: number | (GeneratorOptions & { mean?: number; std?: number }),
  std?: number | GeneratorOptions,
  options?: GeneratorOptions,
): Tensor {
  const { mean: m = 0, std: s = 1, generator } = named<GeneratorOptions & { mean: number; std: number }>(
    "normal_",
    [mean, std, options].filter((a) => a !== undefined),
    ["mean", "std"],
    ["generator"],
  );
  asNumber("normal_", "mean", m);
  if (!(asNumber("normal_", "std", s) >= 0)) {
    throw new RangeError(`Cannot call normal_() with std ${s}: it must not be negative`);
  }
  const source = asGenerator("normal_", generator);
  return overwrite(floating("normal_", x), "normal_", (target, scattered) => {
    fillNormal(source, target, m, s, target.count >= 16 && !scattered);
  });
}

/**
 * Overwrites `x` with 1s and 0s: 1 with probability `p` (0.5), a number or a tensor of one for each element.
 *
 * @example
 * ```ts
 * import { zeros } from "@dinograd/dinograd";
 *
 * console.log(zeros([2]).bernoulli_(1).toArray()); // [1, 1]
 * ```
 */
export function bernoulli_(
  x: Tensor,
  p?: number | Tensor | (GeneratorOptions & { p?: number | Tensor }),
  options?: GeneratorOptions,
): Tensor {
  const { p: given = 0.5, generator } = named<GeneratorOptions & { p: number | Tensor }>(
    "bernoulli_",
    [p, options].filter((a) => a !== undefined),
    ["p"],
    ["generator"],
  );
  const source = asGenerator("bernoulli_", generator);
  if (given instanceof Tensor) {
    const y = empty(asTensor("call bernoulli_()", "the first argument", x).shape, x.dtype);
    fillEach("bernoulli_", y, given.detach().expand(x.shape), source);
    return assign("bernoulli_", x, () => y);
  }
  const chance = asProbability("bernoulli_", "p", given);
  return overwrite(
    asTensor("call bernoulli_()", "the first argument", x),
    "bernoulli_",
    (target) => fillBernoulli(source, target, chance, 1),
  );
}

/**
 * Overwrites `x` with numbers of the exponential distribution of rate `lambd` (1).
 *
 * @example
 * ```ts
 * import { zeros } from "@dinograd/dinograd";
 *
 * console.log(zeros([2]).exponential_(3).gt(0).toArray()); // [true, true]
 * ```
 */
export function exponential_(
  x: Tensor,
  lambd?: number | (GeneratorOptions & { lambd?: number }),
  options?: GeneratorOptions,
): Tensor {
  const { lambd: rate = 1, generator } = named<GeneratorOptions & { lambd: number }>(
    "exponential_",
    [lambd, options].filter((a) => a !== undefined),
    ["lambd"],
    ["generator"],
  );
  if (!(asNumber("exponential_", "lambd", rate) > 0)) {
    throw new RangeError(`Cannot call exponential_() with lambd ${rate}: it must be above 0`);
  }
  const source = asGenerator("exponential_", generator);
  return overwrite(
    floating("exponential_", x),
    "exponential_",
    (target) => fillExponential(source, target, rate),
  );
}

function floating(name: string, x: Tensor): Tensor {
  if (isFloat(asTensor(`call ${name}()`, "the first argument", x).dtype)) return x;
  throw new TypeError(`Cannot call ${name}() on dtype ${x.dtype}: it must be float32 or float64`);
}
