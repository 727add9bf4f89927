/** Dropout: random zeros against overfitting. */
import { asFlag, named } from "../lib/arguments.ts";
import { asProbability, fillBernoulli, targetOf } from "../lib/distributions.ts";
import { isFloat } from "../lib/dtype.ts";
import { ShapeError } from "../lib/errors.ts";
import { assign } from "../lib/inplace.ts";
import { pointwise } from "../lib/pointwise.ts";
import { asGenerator } from "../lib/random.ts";
import { type Shape, show } from "../lib/shape.ts";
import { asTensor, empty, type Tensor } from "../lib/tensor.ts";
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

/** As {@link dropout}, for whole channels: of x [n, channels, ...], each [...] is kept or dropped as one. */
export function featureDropout(
  x: Tensor,
  p?: number | DropoutOptions,
  training?: boolean | DropoutOptions,
  options?: DropoutOptions,
): Tensor {
  const { shape } = asTensor("call featureDropout()", "the first argument", x);
  if (shape.length < 2) {
    throw new ShapeError(`Cannot call featureDropout() on ${show(shape)}: it must be [n, channels, ...]`);
  }
  return drop("featureDropout", x, shape.map((size, d) => d < 2 ? size : 1), [p, training, options]);
}

function drop(name: string, x: Tensor, shape: Shape, args: readonly unknown[]): Tensor {
  const { p = 0.5, training = true, inplace = false, generator } = named<DropoutOptions>(
    name,
    args.filter((a) => a !== undefined),
    ["p", "training", "inplace"],
    ["generator"],
  );
  floating(name, x);
  const chance = asProbability(name, "p", p), source = asGenerator(name, generator);
  if (!asFlag(name, "training", training) || chance === 0) return x;
  const mask = empty(shape, x.dtype), keep = 1 - chance;
  const scale = x.dtype === "float32" ? 1 / Math.fround(keep) : 1 / keep;
  if (keep === 0) mask.storage.view(mask.dtype).fill(0, mask.offset, mask.offset + mask.numel());
  else fillBernoulli(source, targetOf(mask), keep, scale);
  const compute = () => masked.apply([x, mask]) as Tensor;
  return asFlag(name, "inplace", inplace) ? assign(name, x, compute) : compute();
}

function floating(name: string, x: Tensor): Tensor {
  if (isFloat(x.dtype)) return x;
  throw new TypeError(`Cannot call ${name}() on dtype ${x.dtype}: it must be float32 or float64`);
}
