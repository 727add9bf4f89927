/** Norms of vectors and matrices, torch's and torch.linalg's. */
import { asChoice, asFlag, named } from "../lib/arguments.ts";
import { asDType, type DType, isFloat, promote } from "../lib/dtype.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import { type Expr, Graph } from "../lib/formula.ts";
import type { Combine } from "../lib/kernel.ts";
import { defineOp } from "../lib/op.ts";
import { pointwise } from "../lib/pointwise.ts";
import { reduceTensor } from "../lib/reduce.ts";
import { type DimParams, restore } from "../lib/reduction.ts";
import { type Dims, resolveDims, show, sizeOf } from "../lib/shape.ts";
import { asTensor, type Tensor } from "../lib/tensor.ts";
import { svdvals } from "./eigen.ts";

/** An order of a norm: a number, the Frobenius norm or the nuclear norm. */
export type NormOrder = number | "fro" | "nuc";

/** Arguments of {@link norm}. */
export interface NormOptions {
  /** The order; default "fro", the square root of the sum of squares, of any number of dimensions. */
  p?: NormOrder | null;
  /** The dimension or dimensions to reduce; default: all. */
  dim?: Dims | null;
  /** Keep reduced dimensions with size 1; default false. */
  keepdim?: boolean;
  /** Convert to this dtype first. */
  dtype?: DType | null;
}

/** Arguments of linalg.norm, {@link vectorNorm} and {@link matrixNorm}. */
export interface LinalgNormOptions<Order = NormOrder | null> {
  /** The order. */
  ord?: Order;
  /** The dimension or dimensions to reduce. */
  dim?: Dims | null;
  /** Keep reduced dimensions with size 1; default false. */
  keepdim?: boolean;
  /** Convert to this dtype first. */
  dtype?: DType | null;
}

interface NormParams extends DimParams {
  readonly ord: number;
}

const graph = new Graph(), element = graph.input(0), { abs, mul, number, truth } = graph.algebra;

/** The orders that are one pass: which function of the elements is combined, and how. */
const reductions: ReadonlyMap<number, readonly [Combine, Expr]> = new Map([
  [0, ["sum", number(truth(element))]],
  [1, ["sum", abs(element)]],
  [2, ["sum", mul(element, element)]],
  [Infinity, ["max", abs(element)]],
  [-Infinity, ["min", abs(element)]],
]);

const runNorm = defineOp<NormParams>({
  name: "linalg.vectorNorm",
  forward: ([x], { ord, dims, keepdim }) => {
    const reduction = reductions.get(ord);
    if (!reduction) return x.abs().pow_(ord).sum(dims, keepdim).pow_(1 / ord);
    const y = reduceTensor(x, dims, reduction[0], x.dtype, keepdim, x.dtype, reduction[1]);
    return ord === 2 ? y.sqrt_() : y;
  },
  keeps: "both",
  grad: [(g, [x], y, params) => {
    const { ord, dims } = params, norm = restore(y, x.shape, params), gy = restore(g, x.shape, params);
    if (ord === 0) return x.zerosLike();
    if (ord === 1) return x.sign().mul(gy);
    if (Math.abs(ord) === Infinity) { // the extreme elements share equally; NaN is one
      const extreme = x.abs().eq(norm).logicalOr(x.isnan()).to(x.dtype);
      return x.sign().mul(extreme).mul(gy.div(extreme.sum(dims, true)));
    }
    // dx = sign(x) |x|ᵖ⁻¹ · y¹⁻ᵖ g, and 0 where y = 0: there its power is made 0
    const safe = norm.where(norm.ne(0), ord > 1 ? Infinity : 0);
    return ord === 2 ? x.mul(gy.div(safe)) : signedPower(x, ord - 1).mul(safe.pow(1 - ord).mul(gy));
  }],
  meaning: ([x], { ord, dims, keepdim }) =>
    ord === 0
      ? x.ne(0).to(x.dtype).sum(dims, keepdim)
      : ord === Infinity
      ? x.abs().amax(dims, keepdim)
      : ord === -Infinity
      ? x.abs().amin(dims, keepdim)
      : x.abs().pow(ord).sum(dims, keepdim).pow(1 / ord),
});

/** sign(x) |x|ᵉ, and 0 at 0 for every e. */
const power = pointwise("signedPower", (k, x, e) => {
  const zero = k.constant(0), y = k.pow(k.abs(x), e);
  return k.select(k.eq(x, zero), zero, k.select(k.lt(x, zero), k.neg(y), y));
}, { params: 1 });

function signedPower(x: Tensor, e: number): Tensor {
  return power.apply([x, e]) as Tensor;
}

/** Converts to `dtype`, which may not be narrower, and checks that norms are defined. */
function prepare(name: string, x: Tensor, dtype: DType | null | undefined): Tensor {
  const action = `call ${name}()`, input = asTensor(action, "the input", x);
  const to = dtype === undefined || dtype === null ? input.dtype : asDType(action, dtype);
  if (!isFloat(to)) {
    throw new TypeError(`Cannot ${action} on dtype ${to}: it must be a float dtype; use .float()`);
  }
  if (promote(input.dtype, to) !== to) {
    throw new TypeError(`Cannot ${action} on ${input.dtype} with dtype ${to}: it must not be narrower`);
  }
  return input.to(to);
}

function overVectors(name: string, x: Tensor, ord: unknown, dim: unknown, keepdim: boolean): Tensor {
  if (typeof ord !== "number" || Number.isNaN(ord)) {
    throw new TypeError(`Cannot call ${name}() with order ${describe(ord)}: it must be a number`);
  }
  const dims = resolveDims(`call ${name}()`, dim, x.shape).sort((a, b) => a - b);
  if ((ord < 0 || ord === Infinity) && sizeOf(x.shape) === 0 && dims.some((d) => x.shape[d] === 0)) {
    throw new ShapeError(
      `Cannot call ${name}() of order ${ord} on ${
        show(x.shape)
      }: there is no element along dim ${dims.join()}`,
    );
  }
  return runNorm([x], { ord, dims, keepdim });
}

function overMatrices(name: string, x: Tensor, ord: unknown, dim: unknown, keepdim: boolean): Tensor {
  if (!Array.isArray(dim) || dim.length !== 2 || x.shape.length < 2) {
    throw new ShapeError(
      `Cannot call ${name}() on ${show(x.shape)} along dims ${describe(dim)}: matrices have two dimensions`,
    );
  }
  const dims = resolveDims(`call ${name}()`, dim, x.shape), [rows, columns] = dims;
  if (ord === "fro") return overVectors(name, x, 2, dims, keepdim);
  if (ord === "nuc" || ord === 2 || ord === -2) {
    const rest = x.shape.map((_, d) => d).filter((d) => !dims.includes(d));
    const s = svdvals(x.permute([...rest, ...dims]));
    const y = ord === "nuc" ? s.sum(-1) : ord === 2 ? s.amax(-1) : s.amin(-1);
    return keepdim ? y.reshape(x.shape.map((n, d) => dims.includes(d) ? 1 : n)) : y;
  }
  if (ord === 1 || ord === -1 || ord === Infinity || ord === -Infinity) {
    // the largest or smallest sum of absolute values: of a column, or for ±Infinity of a row
    const [along, other] = Math.abs(ord) === 1 ? [rows, columns] : [columns, rows];
    const sums = overVectors(name, x, 1, along, true);
    const y = ord > 0 ? sums.amax(other, true) : sums.amin(other, true);
    return keepdim ? y : y.squeeze(dims);
  }
  throw new RangeError(
    `Cannot call ${name}() with order ${describe(ord)}: it must be "fro", "nuc", ±1, ±2 or ±Infinity`,
  );
}

/**
 * The norm of all elements or of those along `dim`: (Σ |x|ᵖ)^(1/p); `p` ±Infinity is the largest or smallest |x|, 0
 * the number of elements that are not 0, "nuc" the sum of the singular values of matrices. The gradient is 0 where the
 * norm is. Shape: reduced. See {@link https://pytorch.org/docs/stable/generated/torch.norm.html}.
 *
 * @throws {TypeError} if the dtype is not a float type.
 *
 * @example
 * ```ts
 * import { norm, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([[3, 4], [6, 8]]);
 * console.log(norm(x, 2, 1).toArray(), x.norm(Infinity).item()); // [5, 10] 8
 * ```
 */
export function norm(
  x: Tensor,
  p?: NormOrder | null | NormOptions,
  dim?: Dims | null | NormOptions,
  keepdim?: boolean | NormOptions,
  dtype?: DType | null | NormOptions,
): Tensor {
  const given = named<NormOptions>("norm", [p, dim, keepdim, dtype], ["p", "dim", "keepdim", "dtype"]);
  const input = prepare("norm", x, given.dtype), along = given.dim ?? null;
  const keep = asFlag("norm", "keepdim", given.keepdim ?? false);
  const order = given.p === undefined ? "fro" : given.p ?? 2;
  if (typeof order === "string") asChoice("norm", "p", order, ["fro", "nuc"]);
  const fewDims = !Array.isArray(along) || along.length <= 2;
  if (order === "fro" && fewDims) return overVectors("norm", input, 2, along, keep);
  return typeof order === "string"
    ? overMatrices("norm", input, order, along ?? input.shape.map((_, d) => d), keep)
    : overVectors("norm", input, order, along, keep);
}

/** Reads the arguments of torch.linalg's norms. */
function linalgArguments<Order>(
  name: string,
  x: Tensor,
  args: readonly unknown[],
): { x: Tensor; given: LinalgNormOptions<Order>; keepdim: boolean } {
  const given = named<LinalgNormOptions<Order>>(name, args, ["ord", "dim", "keepdim"], ["dtype"]);
  return {
    x: prepare(name, x, given.dtype),
    given,
    keepdim: asFlag(name, "keepdim", given.keepdim ?? false),
  };
}

/**
 * linalg.norm: with two dims, or for a matrix, the {@link matrixNorm}, otherwise the {@link vectorNorm}; without `ord`
 * the 2-norm of all elements. See {@link https://pytorch.org/docs/stable/generated/torch.linalg.norm.html}.
 *
 * @throws {TypeError} if the dtype is not a float type.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@dinograd/dinograd";
 *
 * console.log(linalg.norm(tensor([[1, 2], [3, 4]]), 1).item()); // 6
 * ```
 */
export function linalgNorm(
  x: Tensor,
  ord?: NormOrder | null | LinalgNormOptions,
  dim?: Dims | null | LinalgNormOptions,
  keepdim?: boolean | LinalgNormOptions,
  options?: LinalgNormOptions,
): Tensor {
  const name = "linalg.norm";
  const { x: input, given, keepdim: keep } = linalgArguments<NormOrder | null>(name, x, [
    ord,
    dim,
    keepdim,
    options,
  ]);
  const order = given.ord ?? null;
  const along = given.dim ?? null, rank = input.shape.length;
  const count = along === null ? rank : Array.isArray(along) ? along.length : 1;
  if ((along !== null || order !== null) && count !== 1 && count !== 2) {
    throw new ShapeError(
      `Cannot call ${name}() on ${show(input.shape)} with dim ${
        describe(along)
      }: norms are of one or two dimensions`,
    );
  }
  if (typeof order === "string" || (order !== null && count === 2)) {
    return overMatrices(name, input, order, along ?? [0, 1], keep);
  }
  return overVectors(name, input, order ?? 2, along, keep);
}

/**
 * The norm of vectors along `dim`, or of all elements: (Σ |x|^ord)^(1/ord); `ord` 2 by default, ±Infinity for the
 * largest or smallest |x|, 0 for the number of elements that are not 0. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.vector_norm.html}.
 *
 * @throws {TypeError} if the dtype is not a float type.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@dinograd/dinograd";
 *
 * console.log(linalg.vectorNorm(tensor([3, -4])).item(), linalg.vectorNorm(tensor([3, -4]), 1).item()); // 5 7
 * ```
 */
export function vectorNorm(
  x: Tensor,
  ord?: number | LinalgNormOptions<number>,
  dim?: Dims | null | LinalgNormOptions<number>,
  keepdim?: boolean | LinalgNormOptions<number>,
  options?: LinalgNormOptions<number>,
): Tensor {
  const name = "linalg.vectorNorm";
  const { x: input, given, keepdim: keep } = linalgArguments<number>(name, x, [ord, dim, keepdim, options]);
  return overVectors(name, input, given.ord ?? 2, given.dim, keep);
}

/**
 * The norm of matrices, the last two dimensions unless `dim` names two others: "fro" (default), "nuc", the largest and
 * smallest singular value (2, −2), sum of a column (1, −1) or of a row (Infinity, −Infinity) of absolute values. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.matrix_norm.html}.
 *
 * @throws {ShapeError} if there are fewer than two dimensions.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@dinograd/dinograd";
 *
 * console.log(linalg.matrixNorm(tensor([[1, -2], [3, -4]]), Infinity).item()); // 7
 * ```
 */
export function matrixNorm(
  x: Tensor,
  ord?: NormOrder | LinalgNormOptions<NormOrder>,
  dim?: readonly number[] | LinalgNormOptions<NormOrder>,
  keepdim?: boolean | LinalgNormOptions<NormOrder>,
  options?: LinalgNormOptions<NormOrder>,
): Tensor {
  const name = "linalg.matrixNorm";
  const { x: input, given, keepdim: keep } = linalgArguments<NormOrder>(name, x, [
    ord,
    dim,
    keepdim,
    options,
  ]);
  return overMatrices(name, input, given.ord ?? "fro", given.dim ?? [-2, -1], keep);
}
