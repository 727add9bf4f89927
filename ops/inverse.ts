/** Inverses of square matrices, and what is made of them: powers, condition numbers, inverses of tensors. */
import { asCount, asFlag, named, type Optional } from "../lib/arguments.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import { solveLu } from "../lib/linalg/lu.ts";
import {
  asMatrices,
  asSquare,
  checkRegular,
  identityLike,
  kernelsFor,
  matricesOf,
  numbersOf,
  zerosOf,
} from "../lib/matrices.ts";
import { defineMultiOp } from "../lib/op.ts";
import { show, sizeOf } from "../lib/shape.ts";
import { asTensor, type Tensor } from "../lib/tensor.ts";
import { svdvals } from "./eigen.ts";
import type { CheckOptions } from "./factor.ts";
import { matrixNorm, type NormOrder } from "./norm.ts";

const runInverse = defineMultiOp({
  name: "inverse",
  forward: ([x]) => {
    const y = zerosOf(x.shape, x.dtype), info = zerosOf(x.shape.slice(0, -2), "int32");
    const n = x.shape.at(-1)!, kernels = kernelsFor(n, x.dtype), pivots = new Int32Array(n);
    const from = matricesOf(x, kernels), to = matricesOf(y, kernels), toInfo = numbersOf(info);
    const inverse = kernels.array(n * n);
    for (let i = 0; i < from.count; i++) {
      const lu = from.columnsOf(i);
      inverse.fill(0);
      for (let j = 0; j < n; j++) inverse[j * n + j] = 1;
      toInfo.setNumber(i, kernels.lu(n, n, lu, pivots));
      solveLu(kernels, false, n, n, lu, pivots, inverse);
      to.setColumns(i, inverse);
    }
    return [y, info];
  },
  keeps: "output",
  // d(A⁻¹) = −A⁻¹·dA·A⁻¹
  grad: ([g], _inputs, [y]) => {
    const yt = y.mT;
    return [yt.matmul(g!).matmul(yt).neg()];
  },
});

/**
 * The inverses of matrices [..., n, n]. To multiply by one, linalg.solve is faster and more accurate. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.inv.html}.
 *
 * @throws {Error} if a matrix is singular; {@link invEx} tells instead.
 *
 * @example
 * ```ts
 * import { inverse, tensor } from "@dinograd/dinograd";
 *
 * console.log(inverse(tensor([[2, 1], [1, 1]])).toArray()); // [[1, -1], [-1, 2]]
 * ```
 */
export function inverse(x: Tensor): Tensor {
  const input = asSquare("inverse", "the input", x), [y, info] = runInverse([input], undefined);
  checkRegular("inverse", input, info);
  return y;
}

/**
 * As {@link inverse}, with a report for each matrix instead of an error: 0, or the first pivot that is zero. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.inv_ex.html}.
 *
 * @example
 * ```ts
 * import { linalg, ones } from "@dinograd/dinograd";
 *
 * const [, info] = linalg.invEx(ones([2, 2]));
 * console.log(info.item()); // 2
 * ```
 */
export function invEx(x: Tensor, ...args: Optional<CheckOptions>): [inverse: Tensor, info: Tensor] {
  const name = "linalg.invEx", input = asSquare(name, "the input", x);
  const { checkErrors = false } = named<CheckOptions>(name, args, ["checkErrors"]);
  const [y, info] = runInverse([input], undefined);
  if (asFlag(name, "checkErrors", checkErrors)) checkRegular(name, input, info);
  return [y, info];
}

/**
 * The n-th power of matrices [..., m, m] by repeated squaring; a negative one is of the inverse. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.matrix_power.html}.
 *
 * @throws {Error} if n is negative and a matrix is singular.
 *
 * @example
 * ```ts
 * import { matrixPower, tensor } from "@dinograd/dinograd";
 *
 * console.log(matrixPower(tensor([[1, 1], [0, 1]]), 5).toArray()); // [[1, 5], [0, 1]]
 * ```
 */
export function matrixPower(x: Tensor, n: number): Tensor {
  const input = asTensor("call matrixPower()", "the input", x), [rows, columns] = input.shape.slice(-2);
  if (input.shape.length < 2 || rows !== columns) {
    throw new ShapeError(`Cannot call matrixPower() on ${show(input.shape)}: it must be square matrices`);
  }
  if (typeof n !== "number" || !Number.isSafeInteger(n)) {
    throw new TypeError(`Cannot call matrixPower() with n ${describe(n)}: it must be a whole number`);
  }
  if (n === 0) return input.tril(-rows).add(identityLike(input)); // of the input its place on the tape is left
  let square = n < 0 ? inverse(input) : input, result: Tensor | null = null;
  for (let left = Math.abs(n);;) {
    if (left % 2 === 1) result = result === null ? square : result.matmul(square);
    left = Math.floor(left / 2);
    if (left === 0) return result === input ? input.clone() : result!;
    square = square.matmul(square);
  }
}

/** Options of {@link cond}. */
export interface CondOptions {
  /** The norm: 2 (default) or −2 of singular values, or any of linalg.matrixNorm's. */
  p?: NormOrder | null;
}

/**
 * The condition number of matrices [..., m, n]: the largest over the smallest singular value, or for other norms
 * ‖A‖·‖A⁻¹‖ of square matrices, Infinity where they are singular. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.cond.html}.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@dinograd/dinograd";
 *
 * console.log(linalg.cond(tensor([[4, 0], [0, 2]])).item()); // 2
 * ```
 */
export function cond(x: Tensor, ...args: Optional<CondOptions>): Tensor {
  const name = "linalg.cond", input = asMatrices(name, "the input", x);
  const { p = null } = named<CondOptions>(name, args, ["p"]);
  if (p === null || p === 2 || p === -2) {
    const s = svdvals(input), k = s.shape.at(-1)!;
    if (k === 0) return input.newZeros(input.shape.slice(0, -2));
    const largest = s.select(-1, 0), smallest = s.select(-1, k - 1);
    return p === -2 ? smallest.div(largest) : largest.div(smallest);
  }
  const norm = matrixNorm(asSquare(name, "the input", input), p);
  if (input.numel() === 0) return input.newZeros(input.shape.slice(0, -2));
  const [y, info] = runInverse([input], undefined), singular = info.gt(0);
  const regular = y.maskedFill(singular.unsqueeze(-1).unsqueeze(-1), 0);
  return norm.mul(matrixNorm(regular, p)).maskedFill(singular, Infinity);
}

/** Options of {@link tensorinv}. */
export interface TensorinvOptions {
  /** How many dimensions come first in the inverse's last; default 2. */
  ind?: number;
}

/**
 * The inverse of a tensor as a map from its last dimensions to its first `ind`, which must have as many elements:
 * [*a, *b] gives [*b, *a]. See {@link https://pytorch.org/docs/stable/generated/torch.linalg.tensorinv.html}.
 *
 * @throws {ShapeError} if the two groups of dimensions differ in size.
 *
 * @example
 * ```ts
 * import { eye, linalg } from "@dinograd/dinograd";
 *
 * console.log(linalg.tensorinv(eye(6).reshape([2, 3, 6])).shape); // [6, 2, 3]
 * ```
 */
export function tensorinv(x: Tensor, ...args: Optional<TensorinvOptions>): Tensor {
  const name = "linalg.tensorinv", { shape } = asTensor(`call ${name}()`, "the input", x);
  const { ind = 2 } = named<TensorinvOptions>(name, args, ["ind"]);
  const first = shape.slice(0, asCount(name, "ind", ind, 1)), rest = shape.slice(ind), size = sizeOf(rest);
  if (sizeOf(first) !== size) {
    throw new ShapeError(
      `Cannot call ${name}() on ${show(shape)} with ind ${ind}: the first ${ind} dimensions have ${
        sizeOf(first)
      } elements, the others ${size}, and both must have as many`,
    );
  }
  return inverse(x.reshape([size, size])).reshape([...rest, ...first]);
}
