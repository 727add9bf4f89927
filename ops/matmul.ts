/** Matrix products, all of them by one gemm; transposes go to it as flags, never copied. */
import { isFloat, promote } from "../lib/dtype.ts";
import { ShapeError } from "../lib/errors.ts";
import { matrixProduct } from "../lib/gemm.ts";
import { defineOp } from "../lib/op.ts";
import { broadcastShapes, show, sizeOf } from "../lib/shape.ts";
import { asRank, asTensor, empty, type Tensor } from "../lib/tensor.ts";

/** a [m, k] · b [k, n], or batches of such: [..., m, k] · [..., k, n] with equal leading sizes. */
const product = defineOp({
  name: "matmul",
  linear: true,
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

/**
 * The product of two matrices. See {@link https://pytorch.org/docs/stable/generated/torch.mm.html}.
 *
 * @example
 * ```ts
 * import { mm, tensor } from "@dinograd/dinograd";
 *
 * console.log(mm(tensor([[1, 2]]), tensor([[3], [4]])).toArray()); // [[11]]
 * ```
 */
export function mm(x: Tensor, y: Tensor): Tensor {
  asRank("mm", "the left operand", x, 2);
  asRank("mm", "the right operand", y, 2);
  return matmul(x, y);
}

/**
 * The products of two batches of matrices. See {@link https://pytorch.org/docs/stable/generated/torch.bmm.html}.
 *
 * @example
 * ```ts
 * import { bmm, ones } from "@dinograd/dinograd";
 *
 * console.log(bmm(ones([2, 3, 4]), ones([2, 4, 5])).shape); // [2, 3, 5]
 * ```
 */
export function bmm(x: Tensor, y: Tensor): Tensor {
  asRank("bmm", "the left operand", x, 3);
  asRank("bmm", "the right operand", y, 3);
  if (x.shape[0] !== y.shape[0]) {
    throw new ShapeError(
      `Cannot call bmm() on ${show(x.shape)} and ${show(y.shape)}: the batch sizes differ`,
    );
  }
  return matmul(x, y);
}

/**
 * A matrix times a vector. See {@link https://pytorch.org/docs/stable/generated/torch.mv.html}.
 *
 * @example
 * ```ts
 * import { mv, tensor } from "@dinograd/dinograd";
 *
 * console.log(mv(tensor([[1, 2], [3, 4]]), tensor([1, 1])).toArray()); // [3, 7]
 * ```
 */
export function mv(x: Tensor, vec: Tensor): Tensor {
  asRank("mv", "the matrix", x, 2);
  asRank("mv", "the vector", vec, 1);
  return matmul(x, vec);
}

/**
 * The sum of products of two vectors. See {@link https://pytorch.org/docs/stable/generated/torch.dot.html}.
 *
 * @example
 * ```ts
 * import { dot, tensor } from "@dinograd/dinograd";
 *
 * console.log(dot(tensor([1, 2, 3]), tensor([4, 5, 6])).item()); // 32
 * ```
 */
export function dot(x: Tensor, y: Tensor): Tensor {
  asRank("dot", "the first vector", x, 1);
  asRank("dot", "the second vector", y, 1);
  return matmul(x, y);
}

/**
 * The matrix of all products of two vectors. See {@link https://pytorch.org/docs/stable/generated/torch.outer.html}.
 *
 * @example
 * ```ts
 * import { outer, tensor } from "@dinograd/dinograd";
 *
 * console.log(outer(tensor([1, 2]), tensor([3, 4])).toArray()); // [[3, 4], [6, 8]]
 * ```
 */
export function outer(x: Tensor, vec2: Tensor): Tensor {
  asRank("outer", "the first vector", x, 1);
  asRank("outer", "the second vector", vec2, 1);
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
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * console.log(nn.functional.linear(tensor([[1, 2]]), tensor([[3, 4]]), tensor([5])).toArray()); // [[16]]
 * ```
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
  const flat = a.shape.length === 2 ? a : a.reshape([sizeOf(a.shape.slice(0, -1)), w.shape[1]]);
  const y = affine([flat, w, bias.dtype === a.dtype ? bias : bias.to(a.dtype)], undefined);
  return a.shape.length === 2 ? y : y.reshape([...a.shape.slice(0, -1), w.shape[0]]);
}
