/** Systems of linear equations: general, triangular, and between tensors. */
import { asFlag, named, type Optional } from "../lib/arguments.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import { solveLu } from "../lib/linalg/lu.ts";
import {
  asMatrices,
  asSquare,
  broadcastBatches,
  checkRegular,
  checkRightSide,
  isVectorSide,
  kernelsFor,
  matricesOf,
  numbersOf,
  zerosOf,
} from "../lib/matrices.ts";
import { defineMultiOp } from "../lib/op.ts";
import { resolveDims, sameShape, type Shape, show, sizeOf } from "../lib/shape.ts";
import { asTensor, type Tensor } from "../lib/tensor.ts";
import type { CheckOptions } from "./factor.ts";

interface SideParams {
  readonly left: boolean;
}

interface TriangularParams extends SideParams {
  readonly upper: boolean;
  readonly unitriangular: boolean;
}

type SolveOp<P> = (inputs: readonly Tensor[], params: P) => Tensor[];

/** The gradient of A in A·X = B is −dB·Xᵀ, in X·A = B it is −Xᵀ·dB. */
function matrixGradient(gb: Tensor, x: Tensor, left: boolean): Tensor {
  const xt = x.mT;
  return (left ? gb.matmul(xt) : xt.matmul(gb)).neg();
}

const runTriangular: SolveOp<TriangularParams> = defineMultiOp<TriangularParams>({
  name: "linalg.solveTriangular",
  forward: ([a, b], { upper, left, unitriangular }) => {
    const y = zerosOf(b.shape, b.dtype), n = a.shape.at(-1)!, kernels = kernelsFor(n, a.dtype);
    const [from, right, to] = [a, b, y].map((x) => matricesOf(x, kernels));
    for (let i = 0; i < to.count; i++) {
      // rows read as columns are Aᵀ: it solves A·X = B when transposed, and X·A = B, that is Aᵀ·Xᵀ = Bᵀ, as it is
      const at = from.rowsOf(i), x = left ? right.columnsOf(i) : right.rowsOf(i);
      kernels.solveTriangular(!upper, left, unitriangular, n, left ? right.columns : right.rows, at, x);
      if (left) to.setColumns(i, x);
      else to.setRows(i, x);
    }
    return [y];
  },
  keeps: "both",
  grad: ([g], [a, b], [x], { upper, left, unitriangular }) => {
    const [gb] = runTriangular([a.mT, g!], { upper: !upper, left, unitriangular });
    if (!a.requiresGrad) return [null, gb];
    const ga = matrixGradient(gb, x, left), edge = unitriangular ? 1 : 0;
    return [upper ? ga.triu(edge) : ga.tril(-edge), b.requiresGrad ? gb : null];
  },
});

/** Options of {@link solveTriangular}. */
export interface SolveTriangularOptions {
  /** Whether A is upper triangular; the other triangle is not read. Required. */
  upper?: boolean;
  /** Solve A·X = B (default), rather than X·A = B. */
  left?: boolean;
  /** Take the diagonal to be ones, without reading it; default false. */
  unitriangular?: boolean;
}

/**
 * Solves A·X = B, or X·A = B, for triangular matrices A [..., n, n] and B [..., n, k] (or [..., k, n]); leading
 * dimensions broadcast. See {@link https://pytorch.org/docs/stable/generated/torch.linalg.solve_triangular.html}.
 *
 * @throws {ShapeError} if the sizes do not fit.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@dinograd/dinograd";
 *
 * const x = linalg.solveTriangular(tensor([[2, 1], [0, 1]]), tensor([[4], [2]]), { upper: true });
 * console.log(x.toArray()); // [[1], [2]]
 * ```
 */
export function solveTriangular(a: Tensor, b: Tensor, options: SolveTriangularOptions): Tensor {
  const name = "linalg.solveTriangular", matrix = asSquare(name, "A", a), right = asMatrices(name, "B", b);
  const given = named<SolveTriangularOptions>(name, [options], [], ["upper", "left", "unitriangular"]);
  const params = {
    upper: asFlag(name, "upper", given.upper),
    left: asFlag(name, "left", given.left ?? true),
    unitriangular: asFlag(name, "unitriangular", given.unitriangular ?? false),
  };
  checkRightSide(name, matrix, right, params.left);
  return runTriangular(broadcastBatches(name, matrix, right), params)[0];
}

/** Options of {@link triangularSolve}. */
export interface TriangularSolveOptions {
  /** Whether A is upper triangular (default) or lower. */
  upper?: boolean;
  /** Solve Aᵀ·X = B; default false. */
  transpose?: boolean;
  /** Take the diagonal to be ones, without reading it; default false. */
  unitriangular?: boolean;
}

/**
 * Solves A·X = B for triangular matrices A [..., n, n], and returns X [..., n, k] and a copy of A; an older form of
 * linalg.solveTriangular. See {@link https://pytorch.org/docs/stable/generated/torch.triangular_solve.html}.
 *
 * @example
 * ```ts
 * import { tensor, triangularSolve } from "@dinograd/dinograd";
 *
 * const [x] = triangularSolve(tensor([[4], [2]]), tensor([[2, 1], [0, 1]]));
 * console.log(x.toArray()); // [[1], [2]]
 * ```
 */
export function triangularSolve(
  b: Tensor,
  a: Tensor,
  ...args: Optional<TriangularSolveOptions>
): [solution: Tensor, coefficient: Tensor] {
  const name = "triangularSolve",
    matrix = asSquare(name, "A", a),
    right = asMatrices(name, "the right side", b);
  const given = named<TriangularSolveOptions>(name, args, ["upper", "transpose", "unitriangular"]);
  const upper = asFlag(name, "upper", given.upper ?? true);
  const transpose = asFlag(name, "transpose", given.transpose ?? false);
  const unitriangular = asFlag(name, "unitriangular", given.unitriangular ?? false);
  checkRightSide(name, matrix, right);
  const [all, rights] = broadcastBatches(name, matrix, right);
  const params = { upper: upper !== transpose, left: true, unitriangular };
  const [solution] = runTriangular([transpose ? all.mT : all, rights], params);
  return [solution, all.clone()];
}

const runSolve: SolveOp<SideParams> = defineMultiOp<SideParams>({
  name: "linalg.solve",
  forward: ([a, b], { left }) => {
    const y = zerosOf(b.shape, b.dtype), info = zerosOf(b.shape.slice(0, -2), "int32");
    const n = a.shape.at(-1)!, kernels = kernelsFor(n, a.dtype), pivots = new Int32Array(n);
    const [from, right, to] = [a, b, y].map((x) => matricesOf(x, kernels)), toInfo = numbersOf(info);
    for (let i = 0; i < to.count; i++) {
      const lu = from.columnsOf(i), x = left ? right.columnsOf(i) : right.rowsOf(i);
      toInfo.setNumber(i, kernels.lu(n, n, lu, pivots));
      solveLu(kernels, !left, n, left ? right.columns : right.rows, lu, pivots, x);
      if (left) to.setColumns(i, x);
      else to.setRows(i, x);
    }
    return [y, info];
  },
  keeps: "both",
  grad: ([g], [a, b], [x], params) => {
    const [gb] = runSolve([a.mT, g!], params);
    return [a.requiresGrad ? matrixGradient(gb, x, params.left) : null, b.requiresGrad ? gb : null];
  },
});

/** Options of {@link solve}. */
export interface SolveOptions {
  /** Solve A·X = B (default), rather than X·A = B. */
  left?: boolean;
}

function solveChecked(name: string, a: Tensor, b: Tensor, left: boolean): [solution: Tensor, info: Tensor] {
  const matrix = asSquare(name, "A", a), vector = isVectorSide(matrix, asTensor(`call ${name}()`, "B", b));
  if (vector && !left) {
    throw new ShapeError(
      `Cannot call ${name}() on ${show(matrix.shape)} and ${show(b.shape)} with left false: ` +
        `B must be a matrix, not a vector`,
    );
  }
  const right = vector ? b.unsqueeze(-1) : asMatrices(name, "B", b);
  checkRightSide(name, matrix, right, left);
  const [solution, info] = runSolve(broadcastBatches(name, matrix, right), { left });
  return [vector ? solution.squeeze(-1) : solution, ofBatch(info, matrix.shape.slice(0, -2))];
}

/** The reports on the matrices of A, where B has given them more leading dimensions. */
function ofBatch(info: Tensor, batch: Shape): Tensor {
  if (sameShape(info.shape, batch)) return info;
  if (info.numel() === 0) return info.newZeros(batch);
  let first = info;
  while (first.shape.length > batch.length) first = first.select(0, 0);
  return batch.reduce<Tensor>((x, size, d) => x.narrow(d, 0, size), first);
}

/**
 * Solves A·X = B, or X·A = B, for square matrices A [..., n, n]: B is a matrix [..., n, k], a vector [n], or vectors
 * in the leading shape of A; leading dimensions broadcast. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.solve.html}.
 *
 * @throws {Error} if a matrix is singular.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@dinograd/dinograd";
 *
 * console.log(linalg.solve(tensor([[2, 1], [1, 1]]), tensor([4, 3])).toArray()); // [1, 2]
 * ```
 */
export function solve(a: Tensor, b: Tensor, options: SolveOptions = {}): Tensor {
  const { left = true } = named<SolveOptions>("linalg.solve", [options], [], ["left"]);
  const [solution, info] = solveChecked("linalg.solve", a, b, asFlag("linalg.solve", "left", left));
  checkRegular("linalg.solve", a, info);
  return solution;
}

/**
 * As {@link solve}, with a report for each matrix instead of an error: 0, or the first pivot that is zero. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.solve_ex.html}.
 *
 * @example
 * ```ts
 * import { linalg, ones } from "@dinograd/dinograd";
 *
 * const [, info] = linalg.solveEx(ones([2, 2]), ones([2]));
 * console.log(info.item()); // 2
 * ```
 */
export function solveEx(
  a: Tensor,
  b: Tensor,
  options: SolveOptions & CheckOptions = {},
): [solution: Tensor, info: Tensor] {
  const name = "linalg.solveEx";
  const given = named<SolveOptions & CheckOptions>(name, [options], [], ["left", "checkErrors"]);
  const { left = true, checkErrors = false } = given;
  const [solution, info] = solveChecked(name, a, b, asFlag(name, "left", left));
  if (asFlag(name, "checkErrors", checkErrors)) checkRegular(name, a, info);
  return [solution, info];
}

/** Options of {@link tensorsolve}. */
export interface TensorsolveOptions {
  /** Dimensions of A to move to the end first. */
  dims?: readonly number[] | null;
}

/**
 * Solves for X, in the trailing shape of A, such that A times X summed over that shape is B [...]: A [..., *X] as a
 * square matrix. See {@link https://pytorch.org/docs/stable/generated/torch.linalg.tensorsolve.html}.
 *
 * @throws {ShapeError} if A has not as many elements in front as behind.
 *
 * @example
 * ```ts
 * import { eye, linalg, ones } from "@dinograd/dinograd";
 *
 * const a = eye(6).reshape([2, 3, 6]);
 * console.log(linalg.tensorsolve(a, ones([2, 3])).shape); // [6]
 * ```
 */
export function tensorsolve(a: Tensor, b: Tensor, ...args: Optional<TensorsolveOptions>): Tensor {
  const name = "linalg.tensorsolve", right = asTensor(`call ${name}()`, "B", b);
  let matrix = asTensor(`call ${name}()`, "A", a);
  const { dims = null } = named<TensorsolveOptions>(name, args, ["dims"]);
  if (dims !== null) {
    if (!Array.isArray(dims)) {
      throw new TypeError(
        `Cannot call ${name}() with dims ${describe(dims)}: they must be an array of dimensions`,
      );
    }
    const moved = dims.length === 0 ? [] : resolveDims(`call ${name}()`, dims, matrix.shape);
    matrix = matrix.permute([...matrix.shape.keys()].filter((d) => !moved.includes(d)).concat(moved));
  }
  const behind = matrix.shape.slice(right.shape.length), size = sizeOf(behind);
  if (right.numel() !== size || matrix.numel() !== size * size) {
    throw new ShapeError(
      `Cannot call ${name}() on ${show(a.shape)} and ${
        show(right.shape)
      }: A has ${matrix.numel()} elements, ` +
        `which are not a square matrix of B's ${right.numel()}`,
    );
  }
  return solve(matrix.reshape([size, size]), right.reshape([size])).reshape(behind);
}
