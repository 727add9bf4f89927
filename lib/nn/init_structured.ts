/** Initial values with structure: the identity, orthogonal rows, mostly zeros, cut-off normal numbers. */
import { asCount, asNumber, named, type Optional } from "../arguments.ts";
import { asProbability, fillPermutation } from "../distributions.ts";
import { ShapeError } from "../errors.ts";
import { asGenerator } from "../random.ts";
import { scalar } from "../scalar.ts";
import { show } from "../shape.ts";
import { asTensor, empty, type Tensor } from "../tensor.ts";
import type { GainOptions, InitOptions } from "./init.ts";
import { initialise } from "./skip_init.ts";

/** Checks a tensor with a number of dimensions. */
function withRank(name: string, tensor: unknown, ranks: readonly number[], wanted: string): Tensor {
  const x = asTensor(`call init.${name}()`, "the first argument", tensor);
  if (ranks.includes(x.ndim)) return x;
  throw new ShapeError(`Cannot call init.${name}() on ${show(x.shape)}: it must have ${wanted} dimensions`);
}

/** Copies into `x` zeros and, at the positions that `positions` gives in row-major order, ones. */
function onesAt(x: Tensor, positions: Iterable<number>): Tensor {
  return initialise(x, () => {
    const y = x.detach().zerosLike(), out = y.storage.view(y.dtype);
    for (const at of positions) out[y.offset + at] = 1;
    return x.copy_(y);
  });
}

/**
 * Makes a matrix the identity, as far as it is square.
 *
 * @throws {ShapeError} if it has not 2 dimensions.
 *
 * @example
 * ```ts
 * import { nn, zeros } from "@dinograd/dinograd";
 *
 * console.log(nn.init.eye_(zeros(2, 3)).toArray()); // [[1, 0, 0], [0, 1, 0]]
 * ```
 */
export function eye_(tensor: Tensor): Tensor {
  const x = withRank("eye_", tensor, [2], "2"), [rows, columns] = x.shape;
  return onesAt(x, Array.from({ length: Math.min(rows, columns) }, (_, i) => i * (columns + 1)));
}

/**
 * Makes a convolution's weight [out, in, ...] one that returns its input channels, as many as there are; in each group.
 *
 * @throws {ShapeError} if it has not 3 to 5 dimensions, or the first does not divide into groups.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * const layer = new nn.Conv1d(1, 1, 3, { padding: 1, bias: false });
 * nn.init.dirac_(layer.weight);
 * console.log(layer.forward(tensor([[4, 7]])).toArray()); // [[4, 7]]
 * ```
 */
export function dirac_(tensor: Tensor, ...options: Optional<{ groups?: number }>): Tensor {
  const { groups = 1 } = named<{ groups: number }>("init.dirac_", options, ["groups"]);
  const x = withRank("dirac_", tensor, [3, 4, 5], "3 to 5"), [out, channels, ...kernel] = x.shape;
  asCount("init.dirac_", "groups", groups, 1);
  if (out % groups !== 0) {
    throw new ShapeError(
      `Cannot call init.dirac_() on ${
        show(x.shape)
      } with groups ${groups}: the first size must divide into them`,
    );
  }
  const each = out / groups, field = kernel.reduce((a, b) => a * b);
  const centre = kernel.reduce((at, size) => at * size + Math.floor(size / 2), 0);
  const positions: number[] = [];
  for (let row = 0; row < out; row++) {
    const channel = row % each;
    if (channel < channels) positions.push((row * channels + channel) * field + centre);
  }
  return onesAt(x, positions);
}

/**
 * Fills with a random matrix of orthogonal rows or columns, times `gain` (Saxe et al. 2013); further dimensions count as
 * columns.
 *
 * @throws {ShapeError} if it has fewer than 2 dimensions.
 *
 * @example
 * ```ts
 * import { nn, zeros } from "@dinograd/dinograd";
 *
 * const weight = nn.init.orthogonal_(zeros(2, 5, { dtype: "float64" }));
 * console.log(weight.matmul(weight.T).round({ decimals: 9 }).toArray()); // [[1, 0], [0, 1]], but for the signs of 0
 * ```
 */
export function orthogonal_(tensor: Tensor, ...options: Optional<GainOptions>): Tensor {
  const x = asTensor("call init.orthogonal_()", "the first argument", tensor), [rows] = x.shape;
  const { gain = 1, generator } = named<GainOptions>("init.orthogonal_", options, ["gain"], ["generator"]);
  asNumber("init.orthogonal_", "gain", gain);
  if (x.ndim < 2) {
    throw new ShapeError(
      `Cannot call init.orthogonal_() on ${show(x.shape)}: it needs two dimensions at least`,
    );
  }
  if (x.numel() === 0) return x;
  return initialise(x, () => {
    const columns = x.numel() / rows, isWide = rows < columns;
    const normal = empty([rows, columns], x.dtype).normal_(0, 1, { generator });
    const [q, r] = (isWide ? normal.T : normal).qr();
    const even = q.mul(r.diagonal().sign()); // makes the distribution uniform (Mezzadri 2006)
    return x.copy_((isWide ? even.T : even).reshape(x.shape).mul(gain));
  });
}

/** Options of {@link sparse_}. */
export interface SparseOptions extends InitOptions {
  /** The standard deviation; default 0.01. */
  std?: number;
}

/**
 * Fills with normal numbers of standard deviation `std` (0.01), then sets a part `sparsity` of each column to 0 (Martens 2010).
 *
 * @throws {ShapeError} if it has not 2 dimensions.
 *
 * @example
 * ```ts
 * import { nn, zeros } from "@dinograd/dinograd";
 *
 * console.log(nn.init.sparse_(zeros(4, 2), 0.75).ne(0).sum(0).toArray()); // [1, 1]
 * ```
 */
export function sparse_(tensor: Tensor, sparsity: number, ...options: Optional<SparseOptions>): Tensor {
  const x = withRank("sparse_", tensor, [2], "2"), [rows, columns] = x.shape;
  const given = named<SparseOptions>("init.sparse_", options, ["std"], ["generator"]), { std = 0.01 } = given;
  const generator = asGenerator("init.sparse_", given.generator);
  asProbability("init.sparse_", "sparsity", sparsity);
  return initialise(x, () => {
    const y = empty([rows, columns], x.dtype).normal_(0, std, { generator }), out = y.storage.view(y.dtype);
    const order = new Int32Array(rows), zeros = Math.ceil(sparsity * rows);
    for (let column = 0; column < columns; column++) {
      fillPermutation(generator, { array: order, offset: 0, count: rows });
      for (let i = 0; i < zeros; i++) out[y.offset + order[i] * columns + column] = 0;
    }
    return x.copy_(y);
  });
}

/** The interval of {@link truncNormal_}, and where its randomness comes from. */
export interface TruncNormalOptions extends InitOptions {
  /** The mean of the uncut distribution; default 0. */
  mean?: number;
  /** The standard deviation of the uncut distribution; default 1. */
  std?: number;
  /** The least number; default -2. */
  a?: number;
  /** The largest number; default 2. */
  b?: number;
}

/**
 * Fills with normal numbers of mean `mean` (0) and standard deviation `std` (1), but only those from `a` (-2) to `b` (2).
 *
 * @example
 * ```ts
 * import { nn, zeros } from "@dinograd/dinograd";
 *
 * const x = nn.init.truncNormal_(zeros(1000), { std: 0.02, a: -0.04, b: 0.04 });
 * console.log(x.abs().max().item() <= 0.04); // true
 * ```
 */
export function truncNormal_(tensor: Tensor, ...options: Optional<TruncNormalOptions>): Tensor {
  const x = asTensor("call init.truncNormal_()", "the first argument", tensor);
  const order = ["mean", "std", "a", "b"] as const;
  const { generator, ...given } = named<TruncNormalOptions>("init.truncNormal_", options, order, [
    "generator",
  ]);
  const [mean, std, a, b] = order.map((key, i) =>
    asNumber("init.truncNormal_", key, given[key] ?? [0, 1, -2, 2][i])
  );
  // uniform where the error function takes the interval, then back by its inverse
  const erf = (edge: number) => scalar((edge - mean) / (std * Math.SQRT2)).erf().value;
  return initialise(
    x,
    () => x.uniform_(erf(a), erf(b), { generator }).erfinv_().mul_(std * Math.SQRT2).add_(mean).clamp_(a, b),
  );
}
