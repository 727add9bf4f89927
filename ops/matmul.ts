/** Matrix products, all of them by one gemm; transposes go to it as flags, never copied. */
import { isFloat, promote } from "../lib/dtype.ts";
import { ShapeError } from "../lib/errors.ts";
import { matrixProduct } from "../lib/gemm.ts";
import { defineOp } from "../lib/op.ts";
import { broadcastShapes, show, sizeOf } from "../lib/shape.ts";
import { asTensor, empty, type Tensor } from "../lib/tensor.ts";

/** a [m, k] · b [k, n], or batches of such: [..., m, k] · [..., k, n] with equal leading sizes. */
const product = defineOp({
  name: "matmul",
  forward: ([a, b]) => {
    const rank = a.shape.length, m = a.shape[rank - 2], n = b.shape[rank - 1];
    const y = empty([...a.shape.slice(0, -2), m, n], a.dtype);
    matrixProduct(y, a, b);
    return y;
  },
  // da = g · bᵀ, db = aᵀ · g
  grad: [
    (g, [, b]) => g.matmul(b.transpose(-2, -1)),
    (g, [a]) => a.transpose(-2, -1).matmul(g),
  ],
});

/**
 * The matrix product, for all ranks as PyTorch has it: vectors are rows on the left and columns on the right,
 * leading dimensions are batches and broadcast. See
 * {@link https://pytorch.org/docs/stable/generated/torch.matmul.html}.
 *
 * @throws {ShapeError} if the inner sizes differ or an operand is 0-d.
 *
 * @example
 * ```ts
 * import { matmul, tensor } from "@dinograd/dinograd";
 *
 * console.log(matmul(tensor([[1, 2], [3, 4]]), tensor([1, 1])).toArray()); // [3, 7]
 * ```
 */
export function matmul(x: Tensor, y: Tensor): Tensor {
  let [a, b] = operands("matmul", x, y);
  if (a.shape.length === 0 || b.shape.length === 0) {
    throw new ShapeError(
      `Cannot matmul ${show(a.shape)} by ${show(b.shape)}: both need at least one dimension; use mul`,
    );
  }
  const inner = a.shape.at(-1)!, other = b.shape.at(-2) ?? b.shape[0];
  if (inner !== other) {
    throw new ShapeError(
      `Cannot matmul ${show(a.shape)} by ${show(b.shape)}: inner sizes ${inner} and ${other} differ`,
    );
  }
  if (a.shape.length === 2 && b.shape.length === 2) return product([a, b], undefined);
  const row = a.shape.length === 1, column = b.shape.length === 1;
  if (row) a = a.unsqueeze(0);
  if (column) b = b.unsqueeze(1);
  let result: Tensor;
  if (b.shape.length === 2) { // one matrix for all batches: fold them into rows
    const rows = a.shape.slice(0, -1), n = b.shape[1];
    result = product([a.reshape([sizeOf(rows), inner]), b], undefined).reshape([...rows, n]);
  } else {
    const batch = broadcastShapes("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2));
    result = product(
      [a.expand([...batch, ...a.shape.slice(-2)]), b.expand([...batch, ...b.shape.slice(-2)])],
      undefined,
    );
  }
  if (row && column) return result.reshape(result.shape.slice(0, -2));
  return row ? result.squeeze(-2) : column ? result.squeeze(-1) : result;
}

function operands(name: string, x: Tensor, y: Tensor): [Tensor, Tensor] {
  const a = asTensor(`call ${name}()`, "the left operand", x),
    b = asTensor(`call ${name}()`, "the right operand", y);
  if (a.dtype === b.dtype) return [a, b];
  const common = promote(a.dtype, b.dtype);
  if (!isFloat(a.dtype) || !isFloat(b.dtype)) {
    throw new TypeError(
      `Cannot ${name} ${a.dtype} by ${b.dtype}: the dtypes must be equal; convert with .to()`,
    );
  }
  return [a.to(common), b.to(common)];
}

function needRank(name: string, x: Tensor, rank: number, what: string): void {
  if (x.shape.length !== rank) {
    throw new ShapeError(`Cannot call ${name}() on ${show(x.shape)}: ${what} must have ${rank} dimensions`);
  }
}

/** The product of two matrices. See {@link https://pytorch.org/docs/stable/generated/torch.mm.html}. */
export function mm(x: Tensor, y: Tensor): Tensor {
  needRank("mm", asTensor("call mm()", "the left operand", x), 2, "the left operand");
  needRank("mm", asTensor("call mm()", "the right operand", y), 2, "the right operand");
  return matmul(x, y);
}

/** The products of two batches of matrices. See {@link https://pytorch.org/docs/stable/generated/torch.bmm.html}. */
export function bmm(x: Tensor, y: Tensor): Tensor {
  needRank("bmm", asTensor("call bmm()", "the left operand", x), 3, "the left operand");
  needRank("bmm", asTensor("call bmm()", "the right operand", y), 3, "the right operand");
  if (x.shape[0] !== y.shape[0]) {
    throw new ShapeError(
      `Cannot call bmm() on ${show(x.shape)} and ${show(y.shape)}: the batch sizes differ`,
    );
  }
  return matmul(x, y);
}

/** A matrix times a vector. See {@link https://pytorch.org/docs/stable/generated/torch.mv.html}. */
export function mv(x: Tensor, vec: Tensor): Tensor {
  needRank("mv", asTensor("call mv()", "the matrix", x), 2, "the matrix");
  needRank("mv", asTensor("call mv()", "the vector", vec), 1, "the vector");
  return matmul(x, vec);
}

/** The sum of products of two vectors. See {@link https://pytorch.org/docs/stable/generated/torch.dot.html}. */
export function dot(x: Tensor, y: Tensor): Tensor {
  needRank("dot", asTensor("call dot()", "the first vector", x), 1, "the first vector");
  needRank("dot", asTensor("call dot()", "the second vector", y), 1, "the second vector");
  return matmul(x, y);
}

/** The matrix of all products of two vectors. See {@link https://pytorch.org/docs/stable/generated/torch.outer.html}. */
export function outer(x: Tensor, vec2: Tensor): Tensor {
  needRank("outer", asTensor("call outer()", "the first vector", x), 1, "the first vector");
  needRank("outer", asTensor("call outer()", "the second vector", vec2), 1, "the second vector");
  return x.unsqueeze(1).mul(vec2.unsqueeze(0));
}

/** x · weightᵀ + bias in one kernel: rows of x [m, k], weight [n, k], bias [n]. */
const affine = defineOp({
  name: "linear",
  forward: ([x, weight, bias]) => {
    const y = empty([x.shape[0], weight.shape[0]], x.dtype);
    y.copy_(bias);
    matrixProduct(y, x, weight.t(), 1);
    return y;
  },
  // dx = g · weight, dweight = gᵀ · x, dbias = Σ g over rows
  grad: [
    (g, [, weight]) => g.matmul(weight),
    (g, [x]) => g.t().matmul(x),
    (g) => g.sum(0),
  ],
  meaning: ([x, weight, bias]) => x.matmul(weight.t()).add(bias),
});

/**
 * The affine map of a layer: x · weightᵀ + bias, for x [..., in], weight [out, in] and bias [out]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.linear.html}.
 *
 * @throws {ShapeError} if the last size of `x` is not the weight's.
 */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  const [a, w] = operands("linear", x, weight), last = a.shape.at(-1);
  if (bias !== null) asTensor("call linear()", "bias", bias);
  if (w.shape.length > 2 || a.shape.length === 0 || last !== w.shape.at(-1)) {
    throw new ShapeError(
      `Cannot apply linear() with weight ${show(w.shape)} to ${show(a.shape)}: the last dimension must be ${
        w.shape.at(-1)
      }`,
    );
  }
  if (bias === null || w.shape.length === 1 || bias.shape.length !== 1 || bias.shape[0] !== w.shape[0]) {
    const y = matmul(a, w.shape.length === 1 ? w : w.t());
    return bias === null ? y : y.add(bias);
  }
  const rows = a.shape.slice(0, -1);
  const flat = a.shape.length === 2 ? a : a.reshape([sizeOf(rows), w.shape[1]]);
  const y = affine([flat, w, bias.to(a.dtype)], undefined);
  return a.shape.length === 2 ? y : y.reshape([...rows, w.shape[0]]);
}
