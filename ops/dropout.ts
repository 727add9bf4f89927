/** Dropout: random zeros against overfitting. */
import { asFlag, named } from "../lib/arguments.ts";
import { asProbability, fillBernoulli, targetOf } from "../lib/distributions.ts";
import { ShapeError } from "../lib/errors.ts";
import { assign } from "../lib/inplace.ts";
import { asFloats } from "../lib/layer.ts";
import { pointwise } from "../lib/pointwise.ts";
import { asGenerator, type Generator } from "../lib/random.ts";
import { type Shape, show } from "../lib/shape.ts";
import { asTensor, empty, type Tensor } from "../lib/tensor.ts";
import { again } from "../lib/watch.ts";
import type { GeneratorOptions } from "./random.ts";

/** Options of {@link dropout}. */
export interface DropoutOptions extends GeneratorOptions {
  /** The probability that an element becomes 0; default 0.5. */
  p?: number;
  /** Whether to drop at all; default true. */
  training?: boolean;
  /** Whether to change `x` itself; default false. */
  inplace?: boolean;
}

/** dx = g ⊙ mask; the mask is kept, `x` is not. */
const masked = pointwise("dropout", (k, x, mask) => k.mul(x, mask), { gradient: [null, false] });

/**
 * While training, sets elements to 0 with probability `p` (0.5) and scales the others by 1 / (1 − p); otherwise the
 * input itself (Srivastava et al. 2014). See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.dropout.html}.
 *
 * @throws {RangeError} if `p` is outside 0 to 1.
 *
 * @example
 * ```ts
 * import { dropout, manualSeed, ones } from "@dinograd/dinograd";
 *
 * manualSeed(0);
 * console.log(dropout(ones(5)).toArray()); // [0, 0, 2, 0, 0]
 * ```
 */
export function dropout(
  x: Tensor,
  p?: number | DropoutOptions,
  training?: boolean | DropoutOptions,
  options?: DropoutOptions,
): Tensor {
  return drop("dropout", x, asTensor("call dropout()", "the first argument", x).shape, [
    p,
    training,
    options,
  ]);
}

/**
 * As {@link dropout}, for whole channels: of x [n, channels, ...], each [...] is kept or dropped as one.
 *
 * @example
 * ```ts
 * import { featureDropout, ones } from "@dinograd/dinograd";
 *
 * console.log(featureDropout(ones([2, 3, 4]), 0.5, false).sum().item()); // 24
 * ```
 */
export function featureDropout(
  x: Tensor,
  p?: number | DropoutOptions,
  training?: boolean | DropoutOptions,
  options?: DropoutOptions,
): Tensor {
  const { shape } = asTensor("call featureDropout()", "the first argument", x);
  requireChannels("featureDropout", shape);
  return drop("featureDropout", x, channelsOf(shape), [p, training, options]);
}

/** Fails unless `shape` is [n, channels, ...]. */
function requireChannels(name: string, shape: Shape): void {
  if (shape.length >= 2) return;
  throw new ShapeError(`Cannot call ${name}() on ${show(shape)}: it must be [n, channels, ...]`);
}

/** The shape with one element for each channel. */
function channelsOf(shape: Shape): Shape {
  return shape.map((size, d) => d < 2 ? size : 1);
}

/** Dropout's arguments, checked. */
interface Plan {
  /** The probability to drop: 0 unless training. */
  readonly chance: number;
  readonly inplace: boolean;
  readonly generator: Generator;
}

function planOf(name: string, x: Tensor, args: readonly unknown[], trains: boolean): Plan {
  const { p = 0.5, training = trains, inplace = false, generator } = named<DropoutOptions>(
    name,
    args.filter((a) => a !== undefined),
    ["p", "training", "inplace"],
    ["generator"],
  );
  asFloats(name, x);
  const chance = asProbability(name, "p", p), active = asFlag(name, "training", training);
  return {
    chance: active ? chance : 0,
    inplace: asFlag(name, "inplace", inplace),
    generator: asGenerator(name, generator),
  };
}

/** `value` with probability `keep`, elsewhere 0. */
function noise(shape: Shape, { dtype }: Tensor, generator: Generator, keep: number, value: number): Tensor {
  const mask = empty(shape, dtype);
  if (keep === 0) mask.storage.view(dtype).fill(0, mask.offset, mask.offset + mask.numel());
  else again("dropout", () => fillBernoulli(generator, targetOf(mask), keep, value));
  return mask;
}

function drop(name: string, x: Tensor, shape: Shape, args: readonly unknown[]): Tensor {
  const { chance, inplace, generator } = planOf(name, x, args, true), keep = 1 - chance;
  if (chance === 0) return x;
  const mask = noise(shape, x, generator, keep, x.dtype === "float32" ? 1 / Math.fround(keep) : 1 / keep);
  const compute = () => masked.apply([x, mask]) as Tensor;
  return inplace ? assign(name, x, compute) : compute();
}

/** Minus the limit of selu at −Infinity. */
const seluLimit = 1.7580993408473766;

/**
 * Dropout for selu: while training (default: not), elements are set to its lower limit with probability `p`, and all
 * scaled and shifted so that mean and variance stay. Klambauer et al., 2017. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.alpha_dropout.html}.
 *
 * @throws {RangeError} if `p` is outside 0 to 1.
 *
 * @example
 * ```ts
 * import { alphaDropout, randn } from "@dinograd/dinograd";
 *
 * const y = alphaDropout(randn(1e5), 0.5, true);
 * console.log(y.mean().item(), y.std().item()); // about 0 and 1
 * ```
 */
export function alphaDropout(
  x: Tensor,
  p?: number | DropoutOptions,
  training?: boolean | DropoutOptions,
  options?: DropoutOptions,
): Tensor {
  const { shape } = asTensor("call alphaDropout()", "the first argument", x);
  return alphaDrop("alphaDropout", x, shape, [p, training, options]);
}

/**
 * As {@link alphaDropout}, for whole channels: of x [n, channels, ...], each [...] is kept or dropped as one. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.feature_alpha_dropout.html}.
 *
 * @example
 * ```ts
 * import { featureAlphaDropout, ones } from "@dinograd/dinograd";
 *
 * console.log(featureAlphaDropout(ones(1, 2, 2)).toArray()); // [[[1, 1], [1, 1]]]
 * ```
 */
export function featureAlphaDropout(
  x: Tensor,
  p?: number | DropoutOptions,
  training?: boolean | DropoutOptions,
  options?: DropoutOptions,
): Tensor {
  const { shape } = asTensor("call featureAlphaDropout()", "the first argument", x);
  return alphaDrop("featureAlphaDropout", x, channelsOf(shape), [p, training, options]);
}

function alphaDrop(name: string, x: Tensor, shape: Shape, args: readonly unknown[]): Tensor {
  const { chance, inplace, generator } = planOf(name, x, args, false), keep = 1 - chance;
  if (chance === 0 || x.numel() === 0) return x;
  if (name === "featureAlphaDropout") requireChannels(name, x.shape);
  const scale = keep === 0 ? 0 : 1 / Math.sqrt((seluLimit ** 2 * chance + 1) * keep), low = seluLimit * scale;
  // kept: scale x + low p; dropped: low p − low
  const mask = noise(shape, x, generator, keep, 1), shift = mask.sub(1).mul(low).add(low * chance);
  const compute = () => (masked.apply([x, mask.mul(scale)]) as Tensor).add(shift);
  return inplace ? assign(name, x, compute) : compute();
}
