/** Factors of symmetric matrices: Cholesky's for positive ones, Bunch and Kaufman's for all. */
import { asFlag, named, type Optional } from "../lib/arguments.ts";
import {
  asMatrices,
  asPivots,
  asSquare,
  broadcastBatches,
  checkRightSide,
  identityLike,
  kernelsFor,
  matricesOf,
  numbersOf,
  vectorsOf,
  zerosOf,
} from "../lib/matrices.ts";
import { defineMultiOp, defineOp } from "../lib/op.ts";
import { show } from "../lib/shape.ts";
import type { Tensor } from "../lib/tensor.ts";
import { solveTriangular } from "./solve.ts";

/** The argument that all Cholesky functions share. */
export interface CholeskyOptions {
  /** The factor is upper triangular, Uᵀ·U, rather than lower, L·Lᵀ; default false. */
  upper?: boolean;
}

function isUpper(name: string, args: readonly unknown[]): boolean {
  return asFlag(name, "upper", named<CholeskyOptions>(name, args, ["upper"]).upper ?? false);
}

const runCholesky = defineMultiOp<{ upper: boolean }>({
  name: "linalg.cholesky",
  forward: ([x], { upper }) => {
    const n = x.shape.at(-1)!, kernels = kernelsFor(n, x.dtype);
    const factor = zerosOf(x.shape, x.dtype), info = zerosOf(x.shape.slice(0, -2), "int32");
    const from = matricesOf(x, kernels), to = matricesOf(factor, kernels), toInfo = numbersOf(info);
    for (let i = 0; i < from.count; i++) {
      // U of the kernel is the upper triangle of columns, which are the rows of L
      const a = upper ? from.columnsOf(i) : from.rowsOf(i);
      toInfo.setNumber(i, kernels.cholesky(n, a));
      for (let j = 0; j < n; j++) a.fill(0, j * n + j + 1, (j + 1) * n);
      if (upper) to.setColumns(i, a);
      else to.setRows(i, a);
    }
    return [factor, info];
  },
  keeps: "output",
  // dA = L⁻ᵀ·Φ(Lᵀ·g)·L⁻¹ made symmetric, where Φ takes the lower triangle and half the diagonal (Murray 2016)
  grad: ([g], _inputs, [factor], { upper }) => {
    const l = upper ? factor.mT : factor, gl = upper ? g!.mT : g!;
    const product = l.mT.matmul(gl), phi = product.tril().sub(diagonalOf(product).mul(0.5));
    const left = solveTriangular(l.mT, phi, { upper: true });
    const gx = solveTriangular(l, left, { upper: false, left: false });
    return [gx.add(gx.mT).mul(0.5)];
  },
});

function diagonalOf(x: Tensor): Tensor {
  return x.diagonal(0, -2, -1).diagEmbed();
}

/**
 * Factors symmetric positive-definite matrices [..., n, n] into L·Lᵀ with L lower triangular, or Uᵀ·U; only one
 * triangle is read. See {@link https://pytorch.org/docs/stable/generated/torch.linalg.cholesky.html}.
 *
 * @throws {Error} if a matrix is not positive-definite; {@link choleskyEx} tells instead.
 *
 * @example
 * ```ts
 * import { cholesky, tensor } from "@dinograd/dinograd";
 *
 * console.log(cholesky(tensor([[4, 2], [2, 5]])).toArray()); // [[2, 0], [1, 2]]
 * ```
 */
export function cholesky(x: Tensor, ...args: Optional<CholeskyOptions>): Tensor {
  const input = asSquare("cholesky", "the input", x), upper = isUpper("cholesky", args);
  const [factor, info] = runCholesky([input], { upper });
  checkPositive("cholesky", input, info);
  return factor;
}

/** Throws where some info tells that a leading minor is not positive. */
function checkPositive(name: string, x: Tensor, info: Tensor): void {
  const order = info.toTypedArray(), at = order.findIndex((k) => k > 0);
  if (at < 0) return;
  throw new Error(
    `Cannot call ${name}() on matrix ${at} of ${show(x.shape)}: its leading minor of order ${
      order[at]
    } is not ` +
      `positive, and it must be positive-definite`,
  );
}

/** Options of functions that report rather than throw. */
export interface CheckOptions {
  /** Throw all the same; default false. */
  checkErrors?: boolean;
}

/**
 * As {@link cholesky}, with a report for each matrix instead of an error: 0, or the order of the first leading minor
 * that is not positive. See {@link https://pytorch.org/docs/stable/generated/torch.linalg.cholesky_ex.html}.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@dinograd/dinograd";
 *
 * const [, info] = linalg.choleskyEx(tensor([[1, 2], [2, 1]]));
 * console.log(info.item()); // 2
 * ```
 */
export function choleskyEx(
  x: Tensor,
  ...args: Optional<CholeskyOptions & CheckOptions>
): [factor: Tensor, info: Tensor] {
  const name = "linalg.choleskyEx", input = asSquare(name, "the input", x);
  const given = named<CholeskyOptions & CheckOptions>(name, args, ["upper", "checkErrors"]);
  const { upper = false, checkErrors = false } = given;
  const [factor, info] = runCholesky([input], { upper: asFlag(name, "upper", upper) });
  if (asFlag(name, "checkErrors", checkErrors)) checkPositive(name, input, info);
  return [factor, info];
}

const runCholeskySolve: (inputs: readonly Tensor[], params: { upper: boolean }) => Tensor = defineOp({
  name: "choleskySolve",
  forward: ([b, factor], { upper }) => {
    const transposed = factor.mT;
    const half = solveTriangular(upper ? transposed : factor, b, { upper: false });
    return solveTriangular(upper ? factor : transposed, half, { upper: true });
  },
  keeps: "both",
  // dB = A⁻¹·g and dA = −dB·xᵀ; then dL = (dA + dAᵀ)·L, dU = U·(dA + dAᵀ), not cut to a triangle, as PyTorch has it
  grad: [
    (g, [, factor], _x, params) => runCholeskySolve([g, factor], params),
    (g, [, factor], x, params) => {
      const ga = runCholeskySolve([g, factor], params).matmul(x.mT).neg();
      const both = ga.add(ga.mT);
      return params.upper ? factor.matmul(both) : both.matmul(factor);
    },
  ],
});

/**
 * Solves A·X = B for X [..., n, k], given {@link cholesky}'s factor [..., n, n] of A. See
 * {@link https://pytorch.org/docs/stable/generated/torch.cholesky_solve.html}.
 *
 * @example
 * ```ts
 * import { cholesky, choleskySolve, tensor } from "@dinograd/dinograd";
 *
 * const factor = cholesky(tensor([[4, 2], [2, 5]]));
 * console.log(choleskySolve(tensor([[8], [8]]), factor).toArray()); // [[1.5], [1]]
 * ```
 */
export function choleskySolve(b: Tensor, factor: Tensor, ...args: Optional<CholeskyOptions>): Tensor {
  const right = asMatrices("choleskySolve", "the right side", b);
  const l = asSquare("choleskySolve", "the factor", factor), upper = isUpper("choleskySolve", args);
  checkRightSide("choleskySolve", l, right);
  const [factors, rights] = broadcastBatches("choleskySolve", l, right);
  return runCholeskySolve([rights, factors], { upper });
}

const runCholeskyInverse = defineOp<{ upper: boolean }>({
  name: "choleskyInverse",
  forward: ([factor], { upper }) => runCholeskySolve([identityLike(factor), factor], { upper }),
  keeps: "both",
  // dA = −A⁻¹·g·A⁻¹, then as for choleskySolve
  grad: [(g, [factor], inverse, { upper }) => {
    const both = inverse.matmul(g.add(g.mT)).matmul(inverse).neg();
    return upper ? factor.matmul(both) : both.matmul(factor);
  }],
});

/**
 * The inverse of A, given {@link cholesky}'s factor [..., n, n] of A. See
 * {@link https://pytorch.org/docs/stable/generated/torch.cholesky_inverse.html}.
 *
 * @example
 * ```ts
 * import { choleskyInverse, tensor } from "@dinograd/dinograd";
 *
 * console.log(choleskyInverse(tensor([[2, 0], [0, 1]])).toArray()); // [[0.25, 0], [0, 1]]
 * ```
 */
export function choleskyInverse(factor: Tensor, ...args: Optional<CholeskyOptions>): Tensor {
  const l = asSquare("choleskyInverse", "the factor", factor);
  return runCholeskyInverse([l], { upper: isUpper("choleskyInverse", args) });
}

/** Options of {@link ldlFactor}. */
export interface LdlOptions {
  /** For complex matrices; on real ones it changes nothing. Default false. */
  hermitian?: boolean;
}

const runLdl = defineMultiOp({
  name: "linalg.ldlFactor",
  forward: ([x]) => {
    const n = x.shape.at(-1)!, kernels = kernelsFor(n, x.dtype), p = new Int32Array(n);
    const factor = zerosOf(x.shape, x.dtype), pivots = zerosOf(x.shape.slice(0, -1), "int32");
    const info = zerosOf(x.shape.slice(0, -2), "int32");
    const from = matricesOf(x, kernels), to = matricesOf(factor, kernels);
    const toPivots = vectorsOf(pivots), toInfo = numbersOf(info);
    for (let i = 0; i < from.count; i++) {
      const a = from.columnsOf(i);
      toInfo.setNumber(i, kernels.ldl(n, a, p));
      for (let j = 1; j < n; j++) a.fill(0, j * n, j * n + j);
      to.setColumns(i, a);
      toPivots.setRows(i, p);
    }
    return [factor, pivots, info];
  },
});

function factorLdl(name: string, x: Tensor, args: readonly unknown[], checks: boolean): Tensor[] {
  const input = asSquare(name, "the input", x);
  const { hermitian = false, checkErrors = checks } = named<LdlOptions & CheckOptions>(
    name,
    args,
    ["hermitian"],
    ["checkErrors"],
  );
  asFlag(name, "hermitian", hermitian);
  const outputs = runLdl([input], undefined),
    info = outputs[2].toTypedArray(),
    at = info.findIndex((k) => k > 0);
  if (asFlag(name, "checkErrors", checkErrors) && at >= 0) {
    throw new Error(
      `Cannot call ${name}() on matrix ${at} of ${show(input.shape)}: element ${
        info[at]
      } of the diagonal of D ` +
        `is zero, so that ldlSolve() would divide by it`,
    );
  }
  return outputs;
}

/**
 * Factors symmetric matrices [..., n, n], of which the lower triangle is read, into L·D·Lᵀ with rows interchanged:
 * L and the blocks of D in one matrix, with LAPACK's pivots [..., n]. It takes no gradient. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.ldl_factor.html}.
 *
 * @throws {Error} if D is singular.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@dinograd/dinograd";
 *
 * const [factor, pivots] = linalg.ldlFactor(tensor([[4, 0], [2, -2]]));
 * console.log(factor.toArray(), pivots.toArray()); // [[4, 0], [0.5, -3]] [1, 2]
 * ```
 */
export function ldlFactor(x: Tensor, ...args: Optional<LdlOptions>): [factor: Tensor, pivots: Tensor] {
  const [factor, pivots] = factorLdl("linalg.ldlFactor", x, args, true);
  return [factor, pivots];
}

/**
 * As {@link ldlFactor}, with a report for each matrix instead of an error: 0, or where D is singular. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.ldl_factor_ex.html}.
 *
 * @example
 * ```ts
 * import { linalg, zeros } from "@dinograd/dinograd";
 *
 * const [, , info] = linalg.ldlFactorEx(zeros([2, 2]));
 * console.log(info.item()); // 1
 * ```
 */
export function ldlFactorEx(
  x: Tensor,
  ...args: Optional<LdlOptions & CheckOptions>
): [factor: Tensor, pivots: Tensor, info: Tensor] {
  const [factor, pivots, info] = factorLdl("linalg.ldlFactorEx", x, args, false);
  return [factor, pivots, info];
}

const runLdlSolve = defineOp({
  name: "linalg.ldlSolve",
  forward: ([factor, pivots, b]) => {
    const y = zerosOf(b.shape, b.dtype), n = b.shape.at(-2)!, count = b.shape.at(-1)!;
    const kernels = kernelsFor(n, b.dtype), fromPivots = vectorsOf(pivots);
    const [from, right, to] = [factor, b, y].map((x) => matricesOf(x, kernels));
    for (let i = 0; i < right.count; i++) {
      const x = right.columnsOf(i);
      kernels.solveLdl(n, count, from.columnsOf(i), Int32Array.from(fromPivots.rowsOf(i)), x);
      to.setColumns(i, x);
    }
    return y;
  },
});

/** LAPACK believes its pivots: a block of 2 that begins in the last row would be written past the end. */
function checkBlocks(name: string, pivots: Tensor): void {
  const all = pivots.toTypedArray(), n = pivots.shape.at(-1)!;
  for (let i = 0; i < all.length; i++) {
    if (all[i] > 0) continue;
    if ((i + 1) % n === 0 || all[i + 1] !== all[i]) {
      throw new RangeError(
        `Cannot call ${name}() with pivot ${all[i]} at ${
          i % n
        }: negative ones must come in pairs, as [-2, -2]`,
      );
    }
    i++;
  }
}

/**
 * Solves A·X = B for X [..., n, k], given {@link ldlFactor}'s results for A. It takes no gradient. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.ldl_solve.html}.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@dinograd/dinograd";
 *
 * const [factor, pivots] = linalg.ldlFactor(tensor([[4, 0], [2, -2]]));
 * console.log(linalg.ldlSolve(factor, pivots, tensor([[6], [0]])).toArray()); // [[1], [1]]
 * ```
 */
export function ldlSolve(factor: Tensor, pivots: Tensor, b: Tensor, ...args: Optional<LdlOptions>): Tensor {
  const name = "linalg.ldlSolve", ld = asSquare(name, "the factor", factor), right = asMatrices(name, "B", b);
  const { hermitian = false } = named<LdlOptions>(name, args, ["hermitian"]);
  asFlag(name, "hermitian", hermitian);
  checkRightSide(name, ld, right);
  const p = asPivots(name, pivots, ld), [factors, rights] = broadcastBatches(name, ld, right);
  checkBlocks(name, p);
  return runLdlSolve([factors, p.expand(factors.shape.slice(0, -1)), rights], undefined);
}
