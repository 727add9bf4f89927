/** Making random tensors: the numbers are those of PyTorch on a CPU (lib/random.ts). */
import { asCount, asFlag, asNumber, isOptions, named } from "../lib/arguments.ts";
import {
  fillIntegers,
  fillNormal,
  fillPermutation,
  fillUniform,
  type StoredTarget,
  targetOf,
} from "../lib/distributions.ts";
import { asDType, type DType, isFloat } from "../lib/dtype.ts";
import { describe } from "../lib/errors.ts";
import { asGenerator, type Generator } from "../lib/random.ts";
import { asShape, type Shape, shapeFrom } from "../lib/shape.ts";
import { noGrad } from "../lib/grad_mode.ts";
import { asTensor, empty, Tensor } from "../lib/tensor.ts";
import { again } from "../lib/watch.ts";
import type { CreateOptions } from "./create.ts";

/** Options of everything random. */
export interface GeneratorOptions {
  /** Where the randomness comes from; default: the generator of manualSeed(). */
  generator?: Generator | null;
}

/** Options of everything that makes a random tensor. */
export interface RandomOptions extends CreateOptions, GeneratorOptions {}

/** Sizes as one array or as separate numbers, then options. */
export type RandomArguments = [shape: Shape, options?: RandomOptions] | [...sizes: number[]] | [
  ...sizes: number[],
  options: RandomOptions,
];

type Fill = (generator: Generator, target: StoredTarget) => void;

const optionNames = ["dtype", "requiresGrad", "generator"] as const;

/** Makes a tensor and fills it; checks the options that all makers share. */
function make(
  name: string,
  shape: Shape,
  options: RandomOptions,
  dtype: DType,
  float: boolean,
  fill: Fill,
): Tensor {
  const { requiresGrad = false, generator, dtype: wanted = dtype } = options,
    type = asDType(`call ${name}()`, wanted);
  if (float && !isFloat(type)) {
    throw new TypeError(`Cannot call ${name}() with dtype ${type}: it must be float32 or float64`);
  }
  const y = empty([...shape], type), source = asGenerator(name, generator);
  again(name, () => fill(source, targetOf(y)));
  return asFlag(name, "requiresGrad", requiresGrad) ? y.requiresGrad_() : y;
}

function fromSizes(name: string, args: readonly unknown[], fill: Fill): Tensor {
  const last = args.at(-1), given = isOptions(last) ? last : undefined;
  const options = named<RandomOptions>(name, [given], [], optionNames);
  return make(
    name,
    shapeFrom(`call ${name}()`, given ? args.slice(0, -1) : args),
    options,
    "float32",
    true,
    fill,
  );
}

const uniform: Fill = (generator, target) => fillUniform(generator, target, 0, 1);
const standard: Fill = (generator, target) => fillNormal(generator, target, 0, 1);

/**
 * Uniform random numbers from 0 up to but without 1. See
 * {@link https://pytorch.org/docs/stable/generated/torch.rand.html}.
 *
 * @example
 * ```ts
 * import { manualSeed, rand } from "@dinograd/dinograd";
 *
 * manualSeed(0);
 * console.log(rand([2]).toArray()); // [0.49625658988952637, 0.7682217955589294]
 * ```
 */
export function rand(...args: RandomArguments): Tensor {
  return fromSizes("rand", args, uniform);
}

/**
 * Random numbers of the normal distribution with mean 0 and variance 1. See
 * {@link https://pytorch.org/docs/stable/generated/torch.randn.html}.
 *
 * @example
 * ```ts
 * import { manualSeed, randn } from "@dinograd/dinograd";
 *
 * manualSeed(0);
 * console.log(randn(2, 3, { dtype: "float64" }).shape); // [2, 3]
 * ```
 */
export function randn(...args: RandomArguments): Tensor {
  return fromSizes("randn", args, standard);
}

/**
 * As {@link rand}, with the shape and dtype of `x`.
 *
 * @example
 * ```ts
 * import { randLike, zeros } from "@dinograd/dinograd";
 *
 * console.log(randLike(zeros([2, 3])).shape); // [2, 3]
 * ```
 */
export function randLike(x: Tensor, options: RandomOptions = {}): Tensor {
  return like("randLike", x, options, uniform);
}

/**
 * As {@link randn}, with the shape and dtype of `x`.
 *
 * @example
 * ```ts
 * import { randnLike, zeros } from "@dinograd/dinograd";
 *
 * console.log(randnLike(zeros([2, 3])).shape); // [2, 3]
 * ```
 */
export function randnLike(x: Tensor, options: RandomOptions = {}): Tensor {
  return like("randnLike", x, options, standard);
}

function like(name: string, x: Tensor, options: RandomOptions, fill: Fill): Tensor {
  const { shape, dtype } = asTensor(`call ${name}()`, "the first argument", x);
  return make(name, shape, named<RandomOptions>(name, [options], [], optionNames), dtype, true, fill);
}

/** Fills with whole numbers from `low` up to but without `high`, once both are checked. */
function integers(name: string, low: unknown, high: unknown): Fill {
  for (const [what, value] of [["low", low], ["high", high]]) {
    if (!Number.isSafeInteger(value)) {
      throw new TypeError(`Cannot call ${name}() with ${what} ${describe(value)}: it must be a whole number`);
    }
  }
  const [from, to] = [low, high] as number[];
  if (from >= to) throw new RangeError(`Cannot call ${name}() from ${from} to ${to}: low must be below high`);
  return (generator, target) => fillIntegers(generator, target, from, to - from);
}

/**
 * Random whole numbers from `low` (default 0) up to but without `high`, as int32 unless `dtype` says otherwise. See
 * {@link https://pytorch.org/docs/stable/generated/torch.randint.html}.
 *
 * @throws {RangeError} if `low` is not below `high`.
 *
 * @example
 * ```ts
 * import { manualSeed, randint } from "@dinograd/dinograd";
 *
 * manualSeed(0);
 * console.log(randint(10, [4]).toArray(), randint(5, 7, [2, 2]).shape); // [4, 9, 3, 0] [2, 2]
 * ```
 */
export function randint(
  ...args: [high: number, size: Shape, options?: RandomOptions] | [
    low: number,
    high: number,
    size: Shape,
    options?: RandomOptions,
  ]
): Tensor {
  const rest: readonly unknown[] = typeof args[1] === "number" ? args : [0, ...args];
  const { low, high, size, ...options } = named<RandomOptions & { low: number; high: number; size: Shape }>(
    "randint",
    rest,
    ["low", "high", "size"],
    optionNames,
  );
  return make(
    "randint",
    asShape("call randint()", size),
    options,
    "int32",
    false,
    integers("randint", low, high),
  );
}

/**
 * As {@link randint}, with the shape and dtype of `x`: `randintLike(x, high)` or `randintLike(x, low, high)`.
 *
 * @example
 * ```ts
 * import { randintLike, zeros } from "@dinograd/dinograd";
 *
 * console.log(randintLike(zeros([2, 3]), 10).shape); // [2, 3]
 * ```
 */
export function randintLike(
  x: Tensor,
  low: number,
  high?: number | RandomOptions,
  options: RandomOptions = {},
): Tensor {
  const { shape, dtype } = asTensor("call randintLike()", "the first argument", x);
  const [from, to] = typeof high === "number" ? [low, high] : [0, low];
  const given = named<RandomOptions>("randintLike", [isOptions(high) ? high : options], [], optionNames);
  return make("randintLike", shape, given, dtype, false, integers("randintLike", from, to));
}

/**
 * The whole numbers from 0 to n − 1 in random order, as int32. See
 * {@link https://pytorch.org/docs/stable/generated/torch.randperm.html}.
 *
 * @example
 * ```ts
 * import { manualSeed, randperm } from "@dinograd/dinograd";
 *
 * manualSeed(0);
 * console.log(randperm(5).toArray()); // [4, 0, 1, 3, 2]
 * ```
 */
export function randperm(n: number, options: RandomOptions = {}): Tensor {
  const given = named<RandomOptions>("randperm", [options], [], optionNames);
  return make("randperm", [asCount("randperm", "n", n)], given, "int32", false, fillPermutation);
}

/**
 * Normal random numbers of given mean and standard deviation: tensors give one number an element, and two numbers
 * need a size. See {@link https://pytorch.org/docs/stable/generated/torch.normal.html}.
 *
 * @throws {RangeError} if `std` is negative.
 *
 * @example
 * ```ts
 * import { normal, tensor } from "@dinograd/dinograd";
 *
 * console.log(normal(0, 0.1, [2, 3]).shape, normal(tensor([0, 100]), 1).shape); // [2, 3] [2]
 * ```
 */
export function normal(
  mean: Tensor | number,
  std: Tensor | number = 1,
  size?: Shape | RandomOptions,
  options: RandomOptions = {},
): Tensor {
  const given = named<RandomOptions>("normal", [isOptions(size) ? size : options], [], optionNames);
  if (mean instanceof Tensor || std instanceof Tensor) {
    if (typeof std === "number") checkStd("normal", std);
    const shape = mean instanceof Tensor && std instanceof Tensor
      ? mean.add(std).shape
      : (mean instanceof Tensor ? mean : std as Tensor).shape;
    const dtype = (mean instanceof Tensor ? mean : std as Tensor).dtype;
    return noGrad(() => make("normal", shape, given, dtype, true, standard).mul(std).add(mean));
  }
  const m = asNumber("normal", "mean", mean), s = checkStd("normal", std);
  const shape = asShape("call normal()", isOptions(size) ? undefined : size);
  return make(
    "normal",
    shape,
    given,
    "float32",
    true,
    (generator, target) => fillNormal(generator, target, m, s),
  );
}

/** Checks that a standard deviation is not negative. */
function checkStd(name: string, std: unknown): number {
  const value = asNumber(name, "std", std, false);
  if (value < 0) throw new RangeError(`Cannot call ${name}() with std ${value}: it must not be negative`);
  return value;
}
