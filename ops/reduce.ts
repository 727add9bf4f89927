/** Reductions: sums, means, extremes along one dimension, several, or all. */
import { asFlag, named } from "../lib/arguments.ts";
import { isFloat } from "../lib/dtype.ts";
import { defineOp } from "../lib/op.ts";
import { pointwise } from "../lib/pointwise.ts";
import { reduceTensor } from "../lib/reduce.ts";
import { type DimParams, type ReduceOptions, reduction, restore } from "../lib/reduction.ts";
import {
  checkExpands,
  type Dims,
  reducedShape,
  resolveDims,
  type Shape,
  shapeFrom,
  sizeOf,
} from "../lib/shape.ts";
import { asTensor, type Tensor } from "../lib/tensor.ts";

export type { ReduceOptions } from "../lib/reduction.ts";

const runSum = defineOp<DimParams>({
  name: "sum",
  linear: true,
  forward: ([x], { dims, keepdim }) =>
    reduceTensor(x, dims, "sum", isFloat(x.dtype) ? x.dtype : "int32", keepdim),
  keeps: "nothing",
  grad: [(g, [x], _y, params) => restore(g, x.shape, params).expand(x.shape)],
});

/**
 * The sum along `dim`, or of all elements. Integers and bools sum to int32. See
 * {@link https://pytorch.org/docs/stable/generated/torch.sum.html}.
 *
 * @example
 * ```ts
 * import { sum, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * console.log(sum(x).item(), sum(x, 0).toArray(), x.sum({ dim: 1, keepdim: true }).shape); // 10 [4, 6] [2, 1]
 * ```
 */
export function sum(
  x: Tensor,
  dim?: Dims | null | ReduceOptions,
  keepdim?: boolean | ReduceOptions,
  options?: ReduceOptions,
): Tensor {
  const { x: input, dims, keepdim: keep } = reduction(
    "sum",
    x,
    [dim, keepdim, options],
  );
  return runSum([input], { dims, keepdim: keep });
}

/**
 * Sums until `shape` is left: the reverse of broadcasting. See
 * {@link https://pytorch.org/docs/stable/generated/torch.Tensor.sum_to_size.html}.
 *
 * @example
 * ```ts
 * import { ones, sumToSize } from "@dinograd/dinograd";
 *
 * console.log(sumToSize(ones([2, 3]), [1, 3]).toArray()); // [[2, 2, 2]]
 * ```
 */
export function sumToSize(x: Tensor, ...shape: [Shape] | number[]): Tensor {
  const to = shapeFrom("call sumToSize()", shape);
  checkExpands("sum to a size: expand", to, asTensor("call sumToSize()", "the input", x).shape);
  const pad = x.shape.length - to.length;
  const dims = x.shape.map((_, i) => i).filter((i) => i < pad || (to[i - pad] === 1 && x.shape[i] !== 1));
  if (dims.length === 0) return x;
  const y = runSum([x], { dims, keepdim: true });
  return pad === 0 ? y : y.reshape(to);
}

const runMean = defineOp<DimParams>({
  name: "mean",
  linear: true,
  forward: ([x], { dims, keepdim }) => {
    const y = reduceTensor(x, dims, "sum", x.dtype, keepdim);
    return y.div_(sizeOf(dims.map((i) => x.shape[i])));
  },
  keeps: "nothing",
  grad: [(g, [x], _y, params) => {
    const count = sizeOf(params.dims.map((i) => x.shape[i]));
    return restore(g, x.shape, params).div(count).expand(x.shape);
  }],
  meaning: ([x], { dims, keepdim }) => x.sum(dims, keepdim).div(sizeOf(dims.map((i) => x.shape[i]))),
});

/**
 * The mean along `dim`, or of all elements; floats only. See
 * {@link https://pytorch.org/docs/stable/generated/torch.mean.html}.
 *
 * @example
 * ```ts
 * import { mean, tensor } from "@dinograd/dinograd";
 *
 * console.log(mean(tensor([1, 2, 6])).item()); // 3
 * ```
 */
export function mean(
  x: Tensor,
  dim?: Dims | null | ReduceOptions,
  keepdim?: boolean | ReduceOptions,
  options?: ReduceOptions,
): Tensor {
  const { x: input, dims, keepdim: keep } = reduction("mean", x, [dim, keepdim, options]);
  requireFloat("mean", input);
  return runMean([input], { dims, keepdim: keep });
}

function requireFloat(name: string, x: Tensor): void {
  if (isFloat(x.dtype)) return;
  throw new TypeError(`Cannot take the ${name} of dtype ${x.dtype}: it must be a float dtype; use .float()`);
}

const runProd = defineOp<DimParams>({
  name: "prod",
  forward: ([x], { dims, keepdim }) => reduceTensor(x, dims, "prod", x.dtype, keepdim),
  keeps: "both",
  // dx = g y / x, for products that are not 0
  grad: [(g, [x], y, params) => restore(g.mul(y), x.shape, params).div(x)],
});

/**
 * The product along `dim`, or of all elements; its gradients are right at zeros too. See
 * {@link https://pytorch.org/docs/stable/generated/torch.prod.html}.
 *
 * @example
 * ```ts
 * import { prod, tensor } from "@dinograd/dinograd";
 *
 * console.log(prod(tensor([2, 3, 4])).item()); // 24
 * ```
 */
export function prod(
  x: Tensor,
  dim?: number | null | ReduceOptions,
  keepdim?: boolean | ReduceOptions,
  options?: ReduceOptions,
): Tensor {
  const { x: input, dims, keepdim: keep } = reduction("prod", x, [dim, keepdim, options]);
  let y = isFloat(input.dtype) ? input : input.to("int32");
  const product = runProd([y], { dims, keepdim: keep });
  if (!product.requiresGrad || !product.detach().eq(0).any().item()) return product;
  // a product of 0 does not tell those of the others: a tree of multiplications does
  if (dims.length !== 1) y = y.reshape([sizeOf(input.shape)]);
  const d = dims.length === 1 ? dims[0] : 0;
  if (y.shape[d] === 0) y = y.sum(d, true).add(1); // 1, with a gradient to nowhere
  while (y.shape[d] > 1) {
    const n = y.shape[d], half = n >> 1, low = y.narrow(d, 0, half).mul(y.narrow(d, half, half));
    // an odd one out joins the last product
    y = n % 2 === 0
      ? low
      : half === 1
      ? low.mul(y.narrow(d, n - 1, 1))
      : joinLast(low, y.narrow(d, n - 1, 1), d);
  }
  return y.reshape(reducedShape(input.shape, dims, keep));
}

function joinLast(y: Tensor, last: Tensor, dim: number): Tensor {
  const n = y.shape[dim];
  return y.sliceScatter(y.narrow(dim, n - 1, 1).mul(last), dim, n - 1, n);
}

/**
 * Whether any element along `dim`, or of all, is not 0. See
 * {@link https://pytorch.org/docs/stable/generated/torch.any.html}.
 *
 * @example
 * ```ts
 * import { any, tensor } from "@dinograd/dinograd";
 *
 * console.log(any(tensor([[1, 0], [0, 0]]), 1).toArray()); // [true, false]
 * ```
 */
export function any(x: Tensor, dim?: Dims | null | ReduceOptions, keepdim?: boolean | ReduceOptions): Tensor {
  const { x: input, dims, keepdim: keep } = reduction("any", x, [dim, keepdim]);
  return reduceTensor(input.to("bool").to("int32"), dims, "sum", "int32", keep).to("bool");
}

/**
 * Whether all elements along `dim`, or of all, are not 0. See
 * {@link https://pytorch.org/docs/stable/generated/torch.all.html}.
 *
 * @example
 * ```ts
 * import { all, tensor } from "@dinograd/dinograd";
 *
 * console.log(all(tensor([[1, 0], [2, 3]]), 1).toArray()); // [false, true]
 * ```
 */
export function all(x: Tensor, dim?: Dims | null | ReduceOptions, keepdim?: boolean | ReduceOptions): Tensor {
  const { x: input, dims, keepdim: keep } = reduction("all", x, [dim, keepdim]);
  return reduceTensor(input.to("bool").to("int32"), dims, "prod", "int32", keep).to("bool");
}

/** Options of {@link variance} and {@link std}. */
export interface VarianceOptions extends ReduceOptions {
  /** Divide by n − 1 (the default) or by n. */
  unbiased?: boolean;
  /** Divide by n − correction; default 1. */
  correction?: number | null;
}

/**
 * The variance along `dim`, or of all elements, divided by n − 1 unless told otherwise. Exported and a method as
 * `var`. See {@link https://pytorch.org/docs/stable/generated/torch.var.html}.
 *
 * @example
 * ```ts
 * import { tensor } from "@dinograd/dinograd";
 *
 * console.log(tensor([1, 2, 3, 4]).var({ unbiased: false }).item()); // 1.25
 * ```
 */
export function variance(
  x: Tensor,
  ...args: (Dims | null | boolean | VarianceOptions | undefined)[]
): Tensor {
  const rest: unknown[] = [...args];
  if (typeof rest[0] === "boolean") rest.unshift(null); // var(unbiased)
  const { dim, unbiased = true, keepdim = false, correction } = named<VarianceOptions>(
    "var",
    rest,
    ["dim", "unbiased", "keepdim"],
    ["correction"],
  );
  const dims = resolveDims("take the variance", dim, asTensor("call var()", "the input", x).shape);
  requireFloat("variance", x);
  const deviation = x.sub(x.mean(dims, true)), count = sizeOf(dims.map((i) => x.shape[i]));
  return deviation.mul(deviation).sum(dims, asFlag("var", "keepdim", keepdim)).div(
    Math.max(count - (correction ?? (unbiased ? 1 : 0)), 0),
  );
}

export { variance as var };

// PyTorch's slope of √ at 0 is 0 here
const rootOfVariance = pointwise("rootOfVariance", (k, x) => k.sqrt(x), {
  gradient: [(k, g, y) => k.select(k.eq(y, k.constant(0)), k.constant(0), k.div(g, k.mul(k.constant(2), y)))],
});

/**
 * The standard deviation: the square root of the {@link variance}, with the same arguments.
 *
 * @example
 * ```ts
 * import { std, tensor } from "@dinograd/dinograd";
 *
 * console.log(std(tensor([1, 2, 3])).item()); // 1
 * ```
 */
export function std(x: Tensor, ...args: (Dims | null | boolean | VarianceOptions | undefined)[]): Tensor {
  return rootOfVariance.apply([variance(x, ...args)]) as Tensor;
}

/**
 * log Σ exp(x) along `dim`, shifted so that it cannot overflow. See
 * {@link https://pytorch.org/docs/stable/generated/torch.logsumexp.html}.
 *
 * @example
 * ```ts
 * import { logsumexp, tensor } from "@dinograd/dinograd";
 *
 * console.log(logsumexp(tensor([1000, 1000]), 0).item()); // 1000.693...
 * ```
 */
export function logsumexp(x: Tensor, dim: Dims | ReduceOptions, keepdim?: boolean | ReduceOptions): Tensor {
  const { x: origin, dims, keepdim: keep } = reduction("logsumexp", x, [dim, keepdim]);
  const input = isFloat(origin.dtype) ? origin : origin.float();
  if (sizeOf(input.shape) === 0) return input.exp().sum(dims, keep).log();
  const top = input.detach().amax(dims, true), shift = top.where(top.isfinite(), top.newZeros([]));
  const y = input.sub(shift).exp().sum(dims, true).log().add(shift);
  return keep ? y : y.reshape(reducedShape(input.shape, dims, false));
}
