/** Statistics: covariance, moments, and counts that pass over NaN or zeros. */
import { asCount, asFlag, asNumber, named, type Optional } from "../lib/arguments.ts";
import { isFloat } from "../lib/dtype.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import { express } from "../lib/formula.ts";
import { defineOp } from "../lib/op.ts";
import { reduceTensor } from "../lib/reduce.ts";
import { type DimParams, type ReduceOptions, reduction, restore } from "../lib/reduction.ts";
import { type Dims, resolveDim, show } from "../lib/shape.ts";
import { asTensor, empty, Tensor } from "../lib/tensor.ts";
import type { VarianceOptions } from "./reduce.ts";

/** Options of {@link cov}. */
export interface CovOptions {
  /** Divide by n − correction; default 1. */
  correction?: number;
  /** How often each observation counts: whole numbers. */
  fweights?: Tensor | null;
  /** How much each observation weighs: floats. */
  aweights?: Tensor | null;
}

/** Weights of observations, checked; `whole`: which kind. */
function observationWeights(what: string, given: unknown, n: number, whole: boolean): Tensor {
  const w = asTensor("call cov()", what, given);
  if (isFloat(w.dtype) === whole || w.dtype === "bool") {
    throw new TypeError(
      `Cannot call cov() with ${what} of dtype ${w.dtype}: it must be ${
        whole ? "an integer" : "a float"
      } dtype`,
    );
  }
  if (w.ndim > 1 || w.numel() !== n) {
    throw new ShapeError(`Cannot call cov() with ${what} of shape ${show(w.shape)}: it must be [${n}]`);
  }
  const odd = w.toTypedArray().find((v) => v < 0);
  if (odd === undefined) return w.reshape([n]);
  throw new RangeError(`Cannot call cov() with ${what} that have ${odd}: they must not be negative`);
}

/**
 * The covariances of variables, the rows of x [V, N], over observations, its columns: [V, V]; of one variable [N], or
 * a row of them, its variance []. See {@link https://pytorch.org/docs/stable/generated/torch.cov.html}.
 *
 * @example
 * ```ts
 * import { cov, tensor } from "@dinograd/dinograd";
 *
 * console.log(cov(tensor([[0, 1, 2], [2, 1, 0]])).toArray()); // [[1, -1], [-1, 1]]
 * ```
 */
export function cov(x: Tensor, ...options: Optional<CovOptions>): Tensor {
  const order = ["correction", "fweights", "aweights"] as const;
  const { correction = 1, fweights = null, aweights = null } = named<CovOptions>("cov", options, order);
  const rows = variables("cov", x), n = rows.shape[1], less = asNumber("cov", "correction", correction);
  const counts = fweights === null ? null : observationWeights("fweights", fweights, n, true);
  // gradients of weights are small differences of large terms, which need the digits
  const weights = aweights === null ? null : observationWeights("aweights", aweights, n, false).double();
  const given = weights === null ? rows : rows.double();
  const w = counts && weights ? counts.mul(weights) : counts ?? weights, total = w === null ? n : w.sum();
  if (total instanceof Tensor && total.item() === 0) {
    throw new RangeError("Cannot call cov() with weights that add up to 0: some must be above");
  }
  const weighted = (y: Tensor) => w === null ? y : y.mul(w);
  const deviation = given.sub(weighted(given).sum(1, true).div(total));
  const products = deviation.matmul(weighted(deviation).t());
  return products.div(degrees(total, less, w, weights)).squeeze().to(rows.dtype);
}

/** Variables as rows [V, N]. */
function variables(name: string, given: unknown): Tensor {
  const x = asTensor(`call ${name}()`, "the input", given);
  if (x.ndim > 2) throw new ShapeError(`Cannot call ${name}() on ${show(x.shape)}: it must be [V, N] or [N]`);
  if (x.dtype === "bool") {
    throw new TypeError(`Cannot call ${name}() on dtype bool: it must be a number; use .int()`);
  }
  const rows = x.ndim < 2 ? x.reshape([1, x.numel()]) : x;
  return isFloat(x.dtype) ? rows : rows.float();
}

/** What covariances are divided by: the total weight less its correction, at least 0. */
function degrees(
  total: Tensor | number,
  correction: number,
  w: Tensor | null,
  aweights: Tensor | null,
): Tensor | number {
  if (typeof total === "number") return Math.max(total - correction, 0);
  const left = w === null || aweights === null || correction === 0
    ? total.sub(correction)
    : total.sub(w.mul(aweights).sum().mul(correction).div(total));
  return left.item() <= 0 ? 0 : left;
}

/**
 * The correlations of variables, as {@link cov} has them: between −1 and 1. See
 * {@link https://pytorch.org/docs/stable/generated/torch.corrcoef.html}.
 *
 * @example
 * ```ts
 * import { corrcoef, tensor } from "@dinograd/dinograd";
 *
 * console.log(corrcoef(tensor([[0, 1, 2], [4, 2, 0]])).toArray()); // [[1, -1], [-1, 1]]
 * ```
 */
export function corrcoef(x: Tensor): Tensor {
  const c = cov(variables("corrcoef", x));
  if (c.ndim === 0) return c.div(c);
  const deviation = c.diagonal().sqrt();
  return c.div(deviation.unsqueeze(1)).div(deviation).clamp(-1, 1);
}

/** Arguments of {@link variance}: dim, unbiased and keepdim in this order, unbiased alone, or options. */
export type VarianceArguments = (Dims | null | boolean | VarianceOptions | undefined)[];

/** The mean along the dims that arguments of `var` name. */
function meanBeside(name: string, x: Tensor, args: readonly unknown[]): Tensor {
  const rest = typeof args[0] === "boolean" ? [null, ...args] : args;
  const { dim, keepdim } = named<VarianceOptions>(name, rest, ["dim", "unbiased", "keepdim"], ["correction"]);
  return x.mean(dim ?? null, asFlag(name, "keepdim", keepdim ?? false));
}

/**
 * The pair [variance, mean] along `dim`, or of all elements, with the arguments of {@link variance}. See
 * {@link https://pytorch.org/docs/stable/generated/torch.var_mean.html}.
 *
 * @example
 * ```ts
 * import { tensor, varMean } from "@dinograd/dinograd";
 *
 * const [variance, mean] = varMean(tensor([1, 2, 3]));
 * console.log(variance.item(), mean.item()); // 1 2
 * ```
 */
export function varMean(x: Tensor, ...args: VarianceArguments): [Tensor, Tensor] {
  const input = asTensor("call varMean()", "the input", x);
  return [input.var(...args), meanBeside("varMean", input, args)];
}

/**
 * The pair [standard deviation, mean] along `dim`, or of all elements, with the arguments of {@link variance}. See
 * {@link https://pytorch.org/docs/stable/generated/torch.std_mean.html}.
 *
 * @example
 * ```ts
 * import { stdMean, tensor } from "@dinograd/dinograd";
 *
 * const [deviation, mean] = stdMean(tensor([2, 6]), { correction: 0 });
 * console.log(deviation.item(), mean.item()); // 2 4
 * ```
 */
export function stdMean(x: Tensor, ...args: VarianceArguments): [Tensor, Tensor] {
  const input = asTensor("call stdMean()", "the input", x);
  return [input.std(...args), meanBeside("stdMean", input, args)];
}

const numberOrZero = express((k, x) => k.select(k.eq(x, x), x, k.constant(0)), 1);

const runNansum = defineOp<DimParams>({
  name: "nansum",
  forward: ([x], { dims, keepdim }) => reduceTensor(x, dims, "sum", x.dtype, keepdim, x.dtype, numberOrZero),
  keeps: "inputs",
  grad: [(g, [x], _y, params) => restore(g, x.shape, params).mul(isNumber(x))],
  meaning: ([x], { dims, keepdim }) => x.maskedFill(x.isnan(), 0).sum(dims, keepdim),
});

/** 1 where x is not NaN, else 0. */
function isNumber(x: Tensor): Tensor {
  const numbers = x.detach();
  return numbers.eq(numbers).to(x.dtype);
}

/**
 * The {@link sum}, with NaN for 0. See {@link https://pytorch.org/docs/stable/generated/torch.nansum.html}.
 *
 * @example
 * ```ts
 * import { nansum, tensor } from "@dinograd/dinograd";
 *
 * console.log(nansum(tensor([1, NaN, 3])).item()); // 4
 * ```
 */
export function nansum(x: Tensor, ...args: Optional<ReduceOptions>): Tensor {
  const { x: input, dims, keepdim } = reduction("nansum", x, args);
  return isFloat(input.dtype) ? runNansum([input], { dims, keepdim }) : input.sum(dims, keepdim);
}

/**
 * The {@link mean} of all that is not NaN. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nanmean.html}.
 *
 * @example
 * ```ts
 * import { nanmean, tensor } from "@dinograd/dinograd";
 *
 * console.log(nanmean(tensor([1, NaN, 3])).item()); // 2
 * ```
 */
export function nanmean(x: Tensor, ...args: Optional<ReduceOptions>): Tensor {
  const { x: input, dims, keepdim } = reduction("nanmean", x, args);
  if (!isFloat(input.dtype)) {
    throw new TypeError(
      `Cannot take the nanmean of dtype ${input.dtype}: it must be a float dtype; use .float()`,
    );
  }
  const numbers = input.detach();
  return runNansum([input], { dims, keepdim }).div(numbers.eq(numbers).sum(dims, keepdim));
}

/**
 * How many elements along `dim`, or of all, are not 0, as int32. See
 * {@link https://pytorch.org/docs/stable/generated/torch.count_nonzero.html}.
 *
 * @example
 * ```ts
 * import { countNonzero, tensor } from "@dinograd/dinograd";
 *
 * console.log(countNonzero(tensor([[0, 1], [2, 3]]), 0).toArray()); // [1, 2]
 * ```
 */
export function countNonzero(x: Tensor, ...args: Optional<{ dim?: Dims | null }>): Tensor {
  const { dim = null } = named<{ dim?: Dims | null }>("countNonzero", args, ["dim"]);
  const { x: input, dims } = reduction("countNonzero", x, [dim]);
  return input.detach().ne(0).sum(dims);
}

/** Options of {@link aminmax}. */
export interface AminmaxOptions {
  /** The dimension to reduce; default: all. */
  dim?: number | null;
  /** Keep the reduced dimension with size 1; default false. */
  keepdim?: boolean;
}

/**
 * The pair [least, largest] along `dim`, or of all elements; equal ones share gradients. See
 * {@link https://pytorch.org/docs/stable/generated/torch.aminmax.html}.
 *
 * @example
 * ```ts
 * import { aminmax, tensor } from "@dinograd/dinograd";
 *
 * const [least, largest] = aminmax(tensor([3, 1, 2]));
 * console.log(least.item(), largest.item()); // 1 3
 * ```
 */
export function aminmax(x: Tensor, ...options: Optional<AminmaxOptions>): [Tensor, Tensor] {
  const { dim = null, keepdim = false } = named<AminmaxOptions>("aminmax", options, ["dim", "keepdim"]);
  const input = asTensor("call aminmax()", "the input", x), keep = asFlag("aminmax", "keepdim", keepdim);
  const d = dim === null ? null : resolveDim("call aminmax()", dim, input.shape);
  if (d === null ? input.numel() === 0 : input.shape[d] === 0) {
    throw new ShapeError(`Cannot call aminmax() on ${show(input.shape)}: there is no element to choose from`);
  }
  const rows = input.ndim === 0 && d !== null && keep ? input.reshape([1]) : input; // as in PyTorch
  return [rows.amin(d, keep), rows.amax(d, keep)];
}

/** Options of {@link bincount}. */
export interface BincountOptions {
  /** What each element adds to its count; default 1. */
  weights?: Tensor | null;
  /** The least number of counts; default 0. */
  minlength?: number;
}

/**
 * How often each number from 0 to the largest occurs in x, whole numbers [N]; with `weights` [N] their sums, which take
 * no gradient. See {@link https://pytorch.org/docs/stable/generated/torch.bincount.html}.
 *
 * @throws {RangeError} if a number is negative.
 *
 * @example
 * ```ts
 * import { bincount, tensor } from "@dinograd/dinograd";
 *
 * console.log(bincount(tensor([2, 0, 2], { dtype: "int32" })).toArray()); // [1, 0, 2]
 * ```
 */
export function bincount(x: Tensor, ...options: Optional<BincountOptions>): Tensor {
  const { weights = null, minlength = 0 } = named<BincountOptions>("bincount", options, [
    "weights",
    "minlength",
  ]);
  const input = asTensor("call bincount()", "the input", x),
    least = asCount("bincount", "minlength", minlength);
  if (isFloat(input.dtype) || input.dtype === "bool" || input.ndim !== 1) {
    throw new TypeError(
      `Cannot call bincount() on ${show(input.shape)} of dtype ${input.dtype}: it must be whole numbers [N]`,
    );
  }
  const w = weights === null ? null : asTensor("call bincount()", "weights", weights);
  if (w !== null && (w.ndim !== 1 || w.numel() !== input.numel())) {
    throw new ShapeError(
      `Cannot call bincount() on ${show(input.shape)} with weights of shape ${
        show(w.shape)
      }: they must be equal`,
    );
  }
  const values = input.toTypedArray(), amounts = w?.toTypedArray();
  let size = least;
  for (let i = 0; i < values.length; i++) {
    if (values[i] < 0) {
      throw new RangeError(`Cannot call bincount() on ${describe(values[i])}: it must not be negative`);
    }
    size = Math.max(size, values[i] + 1);
  }
  const y = empty([size], w === null ? "int32" : w.dtype === "float32" ? "float32" : "float64");
  const sums = w === null ? new Int32Array(size) : new Float64Array(size);
  if (amounts) { for (let i = 0; i < values.length; i++) sums[values[i]] += amounts[i]; }
  else for (let i = 0; i < values.length; i++) sums[values[i]]++;
  y.storage.view(y.dtype).set(sums, y.offset);
  return y;
}
