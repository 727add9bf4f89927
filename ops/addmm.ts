/** Products of matrices and vectors added to a tensor: beta · input + alpha · product. */
import { asNumber, named } from "../lib/arguments.ts";
import { isFloat } from "../lib/dtype.ts";
import { ShapeError } from "../lib/errors.ts";
import type { Algebra } from "../lib/formula.ts";
import { pointwise } from "../lib/pointwise.ts";
import { checkExpands, type Shape, show } from "../lib/shape.ts";
import { asRank, asTensor, type Tensor } from "../lib/tensor.ts";

/** Options of {@link addmm} and its relatives; whole numbers for integer tensors. */
export interface AddmmOptions {
  /** The weight of the input; 0 ignores it, even where it is NaN. Default 1. */
  beta?: number;
  /** The weight of the product; default 1. */
  alpha?: number;
}

/** beta · input + alpha · product; an input that has no weight may be NaN. */
function weightedSum<V, M>(k: Algebra<V, M>, input: V, product: V, beta: V, alpha: V): V {
  const zero = k.constant(0), first = k.select(k.eq(beta, zero), zero, k.mul(beta, input));
  return k.add(first, k.mul(alpha, product));
}

const weighted = pointwise("weightedSum", (k, input, product, beta, alpha) => {
  return weightedSum(k, input, product, beta, alpha);
}, { params: 2 });

const weightedProduct = pointwise("weightedProduct", (k, input, a, b, beta, alpha) => {
  return weightedSum(k, input, k.mul(a, b), beta, alpha);
}, { params: 2 });

/** beta · input + alpha · product in one pass, of the product's shape. */
function weigh(name: string, input: Tensor, product: Tensor, options: AddmmOptions | undefined): Tensor {
  return weighted.apply([
    input,
    product,
    ...weightsOf(name, [input, product], product.shape, options),
  ]) as Tensor;
}

/** Reads beta and alpha, and checks that the input fits a product of that shape. */
function weightsOf(
  name: string,
  [input, ...factors]: readonly Tensor[],
  shape: Shape,
  options: AddmmOptions | undefined,
): [beta: number, alpha: number] {
  const given = named<AddmmOptions>(name, [options], [], ["beta", "alpha"]);
  checkExpands(`expand the input of ${name}()`, input.shape, shape);
  const whole = ![input, ...factors].some((x) => isFloat(x.dtype));
  const weight = (option: "beta" | "alpha") => {
    const value = asNumber(name, option, given[option] ?? 1);
    if (!whole || Number.isInteger(value)) return value;
    throw new TypeError(
      `Cannot call ${name}() with ${option} ${value} on integers: it must be a whole number`,
    );
  };
  return [weight("beta"), weight("alpha")];
}

function inputOf(name: string, input: Tensor): Tensor {
  return asTensor(`call ${name}()`, "the input", input);
}

function checkInner(name: string, a: Tensor, b: Tensor): void {
  const k = a.shape[a.shape.length - 1], l = b.shape[Math.max(b.shape.length - 2, 0)];
  if (k === l) return;
  throw new ShapeError(
    `Cannot call ${name}() on ${show(a.shape)} and ${show(b.shape)}: inner sizes ${k} and ${l} differ`,
  );
}

function checkBatches(name: string, a: Tensor, b: Tensor): void {
  checkInner(name, a, b);
  if (a.shape[0] === b.shape[0]) return;
  throw new ShapeError(
    `Cannot call ${name}() on ${show(a.shape)} and ${show(b.shape)}: the batch sizes differ`,
  );
}

/**
 * beta · input + alpha · mat1 · mat2, for mat1 [m, k], mat2 [k, n] and an input that broadcasts to [m, n]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.addmm.html}.
 *
 * @throws {ShapeError} if the shapes do not fit.
 *
 * @example
 * ```ts
 * import { addmm, eye, ones, tensor } from "@dinograd/dinograd";
 *
 * console.log(addmm(ones([2]), eye(2), tensor([[1, 2], [3, 4]]), { alpha: 10 }).toArray()); // [[11, 21], [31, 41]]
 * ```
 */
export function addmm(input: Tensor, mat1: Tensor, mat2: Tensor, options?: AddmmOptions): Tensor {
  const x = inputOf("addmm", input),
    a = asRank("addmm", "mat1", mat1, 2),
    b = asRank("addmm", "mat2", mat2, 2);
  checkInner("addmm", a, b);
  return weigh("addmm", x, a.matmul(b), options);
}

/**
 * beta · input + alpha · mat · vec, for mat [m, k], vec [k] and an input that broadcasts to [m]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.addmv.html}.
 *
 * @throws {ShapeError} if the shapes do not fit.
 *
 * @example
 * ```ts
 * import { addmv, tensor } from "@dinograd/dinograd";
 *
 * console.log(addmv(tensor([10, 20]), tensor([[1, 2], [3, 4]]), tensor([1, 1])).toArray()); // [13, 27]
 * ```
 */
export function addmv(input: Tensor, mat: Tensor, vec: Tensor, options?: AddmmOptions): Tensor {
  const x = inputOf("addmv", input),
    a = asRank("addmv", "mat", mat, 2),
    b = asRank("addmv", "vec", vec, 1);
  checkInner("addmv", a, b);
  return weigh("addmv", x, a.matmul(b), options);
}

/**
 * beta · input + alpha · vec1 vec2ᵀ, for vec1 [m], vec2 [n] and an input that broadcasts to [m, n]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.addr.html}.
 *
 * @throws {ShapeError} if the shapes do not fit.
 *
 * @example
 * ```ts
 * import { addr, tensor } from "@dinograd/dinograd";
 *
 * console.log(addr(tensor(10), tensor([1, 2]), tensor([3, 4])).toArray()); // [[13, 14], [16, 18]]
 * ```
 */
export function addr(input: Tensor, vec1: Tensor, vec2: Tensor, options?: AddmmOptions): Tensor {
  const x = inputOf("addr", input),
    a = asRank("addr", "vec1", vec1, 1),
    b = asRank("addr", "vec2", vec2, 1);
  const weights = weightsOf("addr", [x, a, b], [a.numel(), b.numel()], options);
  return weightedProduct.apply([x, a.unsqueeze(1), b, ...weights]) as Tensor;
}

/**
 * beta · input + alpha · Σ batch1[i] · batch2[i], for batch1 [b, m, k], batch2 [b, k, n] and an input that broadcasts to
 * [m, n]. See {@link https://pytorch.org/docs/stable/generated/torch.addbmm.html}.
 *
 * @throws {ShapeError} if the shapes do not fit.
 *
 * @example
 * ```ts
 * import { addbmm, ones, tensor } from "@dinograd/dinograd";
 *
 * console.log(addbmm(tensor(0.5), ones([10, 1, 3]), ones([10, 3, 1])).toArray()); // [[30.5]]
 * ```
 */
export function addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, options?: AddmmOptions): Tensor {
  const x = inputOf("addbmm", input),
    a = asRank("addbmm", "batch1", batch1, 3),
    b = asRank("addbmm", "batch2", batch2, 3);
  checkBatches("addbmm", a, b);
  // the sum over batches is one product: [m, b k] · [b k, n]
  const [count, m, k] = a.shape, n = b.shape[2];
  const rows = a.transpose(0, 1).reshape([m, count * k]), columns = b.reshape([count * k, n]);
  return weigh("addbmm", x, rows.matmul(columns), options);
}

/**
 * beta · input + alpha · batch1 · batch2, for batch1 [b, m, k], batch2 [b, k, n] and an input that broadcasts to
 * [b, m, n]. See {@link https://pytorch.org/docs/stable/generated/torch.baddbmm.html}.
 *
 * @throws {ShapeError} if the shapes do not fit.
 *
 * @example
 * ```ts
 * import { baddbmm, ones, tensor } from "@dinograd/dinograd";
 *
 * console.log(baddbmm(tensor(0.5), ones([2, 1, 3]), ones([2, 3, 1])).toArray()); // [[[3.5]], [[3.5]]]
 * ```
 */
export function baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, options?: AddmmOptions): Tensor {
  const x = inputOf("baddbmm", input),
    a = asRank("baddbmm", "batch1", batch1, 3),
    b = asRank("baddbmm", "batch2", batch2, 3);
  checkBatches("baddbmm", a, b);
  return weigh("baddbmm", x, a.matmul(b), options);
}
