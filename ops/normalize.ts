/** Bringing vectors to a norm, and responses down to that of their neighbours. */
import { asCount, asNumber, named } from "../lib/arguments.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import { asFloats } from "../lib/layer.ts";
import { type Dims, resolveDim, resolveDims, show, sizeOf } from "../lib/shape.ts";
import { combineAlong, type WeightedRoutes } from "../lib/sparse_map.ts";
import type { Tensor } from "../lib/tensor.ts";

/** Options of {@link normalize}. */
export interface NormalizeOptions {
  /** Which norm; default 2. */
  p?: number;
  /** The dimension along which the norm becomes 1; default 1. */
  dim?: Dims;
  /** The least that is divided by; default 1e-12. */
  eps?: number;
}

/**
 * Divides x by its p-norm along `dim`, or by `eps` where that is larger. Shape unchanged. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.normalize.html}.
 *
 * @throws {RangeError} if `dim` is out of range.
 *
 * @example
 * ```ts
 * import { normalize, tensor } from "@dinograd/dinograd";
 *
 * console.log(normalize(tensor([[1, 3]]), { p: 1 }).toArray()); // [[0.25, 0.75]]
 * ```
 */
export function normalize(
  x: Tensor,
  p?: number | NormalizeOptions,
  dim?: Dims | NormalizeOptions,
  eps?: number | NormalizeOptions,
  options?: NormalizeOptions,
): Tensor {
  const given = named<NormalizeOptions>("normalize", [p, dim, eps, options], ["p", "dim", "eps"]);
  const input = asFloats("normalize", x), power = asNumber("normalize", "p", given.p ?? 2);
  const dims = resolveDims("call normalize()", given.dim ?? 1, input.shape);
  return input.div(input.norm(power, dims, true).clampMin(asNumber("normalize", "eps", given.eps ?? 1e-12)));
}

/** Arguments of {@link renorm}. */
export interface RenormOptions {
  /** Which norm, above 0. */
  p: number;
  /** The dimension that counts the parts. */
  dim: number;
  /** The largest norm that stays. */
  maxnorm: number;
}

/**
 * Shortens each part of x along `dim` whose p-norm is above `maxnorm` to that norm. Shape unchanged. See
 * {@link https://pytorch.org/docs/stable/generated/torch.renorm.html}. `renorm_` does it in place.
 *
 * @throws {ShapeError} if x has fewer than 2 dimensions.
 * @throws {RangeError} if `p` is not above 0 or `maxnorm` is below 0.
 *
 * @example
 * ```ts
 * import { renorm, tensor } from "@dinograd/dinograd";
 *
 * console.log(renorm(tensor([[1, 1], [3, 3]]), 1, 0, 3).toArray()); // [[1, 1], [1.5, 1.5]]
 * ```
 */
export function renorm(
  x: Tensor,
  p: number | RenormOptions,
  dim?: number | Partial<RenormOptions>,
  maxnorm?: number | Partial<RenormOptions>,
): Tensor {
  const given = named<RenormOptions>("renorm", [p, dim, maxnorm], ["p", "dim", "maxnorm"]);
  const input = asFloats("renorm", x), { shape } = input, at = resolveDim("call renorm()", given.dim, shape);
  const power = asNumber("renorm", "p", given.p), limit = asNumber("renorm", "maxnorm", given.maxnorm);
  if (shape.length < 2) {
    throw new ShapeError(`Cannot call renorm() on ${show(shape)}: it must have at least 2 dimensions`);
  }
  if (!(power > 0 && limit >= 0)) {
    throw new RangeError(
      `Cannot call renorm() with p ${power} and maxnorm ${limit}: p must be above 0, maxnorm at least 0`,
    );
  }
  // the norm reads a copy, so that renorm_ may overwrite x
  const norm = input.clone().norm(power, shape.map((_, d) => d).filter((d) => d !== at), true);
  const shrunk = norm.add(1e-7).reciprocal().mul(limit); // PyTorch's guard
  return input.mul(shrunk.where(norm.gt(limit), 1));
}

/** Options of {@link localResponseNorm}. */
export interface LocalResponseNormOptions {
  /** How many channels are neighbours. */
  size?: number;
  /** What the mean square is multiplied by; default 1e-4. */
  alpha?: number;
  /** The exponent; default 0.75. */
  beta?: number;
  /** Added to the mean square; default 1. */
  k?: number;
}

/**
 * Divides each element of x [n, channels, ...] by (k + alpha · mean of the squares of `size` channels around it) to the
 * power `beta`. Shape unchanged. Krizhevsky, Sutskever and Hinton, 2012. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.local_response_norm.html}.
 *
 * @throws {ShapeError} if x has fewer than 3 dimensions.
 *
 * @example
 * ```ts
 * import { localResponseNorm, tensor } from "@dinograd/dinograd";
 *
 * console.log(localResponseNorm(tensor([[[2], [4]]]), 1, { alpha: 1, beta: 0.5, k: 0 }).toArray()); // [[[1], [1]]]
 * ```
 */
export function localResponseNorm(
  x: Tensor,
  size: number | LocalResponseNormOptions,
  ...rest: (number | LocalResponseNormOptions)[]
): Tensor {
  const order = ["size", "alpha", "beta", "k"] as const, name = "localResponseNorm";
  const { size: width, alpha = 1e-4, beta = 0.75, k = 1 } = named<LocalResponseNormOptions>(
    name,
    [size, ...rest],
    order,
  );
  const input = asFloats(name, x), count = asCount(name, "size", width, 1);
  if (input.shape.length < 3) {
    throw new ShapeError(
      `Cannot call ${name}() on ${
        show(input.shape)
      }: it must be [n, channels, ...] with 3 dimensions or more`,
    );
  }
  if (count > 2 ** 20) {
    throw new RangeError(`Cannot call ${name}() with size ${describe(width)}: it is too large`);
  }
  if (sizeOf(input.shape) === 0) return input;
  const around = combineAlong(input.mul(input), 1, neighbours(input.shape[1], count));
  return input.div(
    around.mul(asNumber(name, "alpha", alpha)).add(asNumber(name, "k", k)).pow(asNumber(name, "beta", beta)),
  );
}

/** The mean over `width` neighbours, half of them (rounded down) in front; there are none beyond the ends. */
function neighbours(n: number, width: number): WeightedRoutes {
  const source: number[] = [], target: number[] = [], front = Math.floor(width / 2);
  for (let i = 0; i < n; i++) {
    for (let j = Math.max(i - front, 0); j < Math.min(i - front + width, n); j++) {
      source.push(j);
      target.push(i);
    }
  }
  return {
    source: Int32Array.from(source),
    target: Int32Array.from(target),
    weight: new Float64Array(source.length).fill(1 / width),
    size: n,
  };
}
