/** LU factors: A = P·L·U, with rows interchanged for the largest pivots. */
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
import { defineMultiOp } from "../lib/op.ts";
import { show } from "../lib/shape.ts";
import { empty, type Tensor } from "../lib/tensor.ts";
import type { CheckOptions } from "./factor.ts";
import { solveTriangular } from "./solve.ts";

const runLu = defineMultiOp({
  name: "linalg.luFactor",
  forward: ([x]) => {
    const batch = x.shape.slice(0, -2), factors = zerosOf(x.shape, x.dtype), info = zerosOf(batch, "int32");
    const [m, n] = x.shape.slice(-2), k = Math.min(m, n), kernels = kernelsFor(k, x.dtype);
    const pivots = zerosOf([...batch, k], "int32");
    const from = matricesOf(x, kernels), to = matricesOf(factors, kernels);
    const toPivots = vectorsOf(pivots), toInfo = numbersOf(info);
    const p = new Int32Array(k);
    for (let i = 0; i < from.count; i++) {
      const a = from.columnsOf(i);
      toInfo.setNumber(i, kernels.lu(m, n, a, p));
      to.setColumns(i, a);
      toPivots.setRows(i, p);
    }
    return [factors, pivots, info];
  },
  keeps: "output",
  // With L = [L₁; L₂], U = [U₁ U₂] cut to squares and Ψ = tril₋₁(L₁ᵀgL₁ − gU₂U₂ᵀ) + triu(gU₁U₁ᵀ − L₂ᵀgL₂):
  // dA = P·[L₁⁻ᵀΨU₁⁻ᵀ, L₁⁻ᵀgU₂; gL₂U₁⁻ᵀ], where L₂ or U₂ or both are empty
  grad: ([g], _inputs, [factors, pivots]) => {
    const [m, n] = factors.shape.slice(-2), k = Math.min(m, n), { lower, upper } = triangles(factors);
    const [l1, l2] = lower.split([k, m - k], -2), [u1, u2] = upper.split([k, n - k], -1);
    const [gl1, gl2] = g!.narrow(-1, 0, k).tril(-1).split([k, m - k], -2);
    const [gu1, gu2] = g!.narrow(-2, 0, k).triu().split([k, n - k], -1);
    const below = l1.mT.matmul(gl1).sub(gu2.matmul(u2.mT)), above = gu1.matmul(u1.mT).sub(l2.mT.matmul(gl2));
    const left = (x: Tensor) => solveTriangular(l1.mT, x, { upper: true });
    const right = (x: Tensor) => solveTriangular(u1.mT, x, { upper: false, left: false });
    const square = right(left(below.tril(-1).add(above.triu()))).pad([0, n - k, 0, m - k]);
    const gx = square.add(left(gu2).pad([k, 0, 0, m - k])).add(right(gl2).pad([0, n - k, k, 0]));
    return [permutationOf(factors, pivots).matmul(gx)];
  },
});

/** Options of {@link luFactor}, {@link linalgLu} and their like. */
export interface LuOptions {
  /** Interchange rows; must be true, as PyTorch has it on CPUs. */
  pivot?: boolean;
}

function checkPivot(name: string, pivot: unknown): void {
  if (asFlag(name, "pivot", pivot)) return;
  throw new RangeError(
    `Cannot call ${name}() with pivot false: rows are always interchanged, it must be true`,
  );
}

/**
 * Factors matrices [..., m, n] into L and U in one matrix (the ones on the diagonal of L are not stored), and the
 * pivots [..., min(m, n)]: at step i, counted from 1, row i changed places with row pivots[i]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.lu_factor.html}.
 *
 * @throws {Error} if a pivot is zero; {@link luFactorEx} tells instead.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@dinograd/dinograd";
 *
 * const [factors, pivots] = linalg.luFactor(tensor([[1, 2], [2, 2]]));
 * console.log(factors.toArray(), pivots.toArray()); // [[2, 2], [0.5, 1]] [2, 2]
 * ```
 */
export function luFactor(x: Tensor, ...args: Optional<LuOptions>): [factors: Tensor, pivots: Tensor] {
  const [factors, pivots] = factorLu("linalg.luFactor", x, args, true);
  return [factors, pivots];
}

/**
 * As {@link luFactor}, with a report for each matrix instead of an error: 0, or the first pivot that is zero. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.lu_factor_ex.html}.
 *
 * @example
 * ```ts
 * import { linalg, ones } from "@dinograd/dinograd";
 *
 * const [, , info] = linalg.luFactorEx(ones([2, 2]));
 * console.log(info.item()); // 2
 * ```
 */
export function luFactorEx(
  x: Tensor,
  ...args: Optional<LuOptions & CheckOptions>
): [factors: Tensor, pivots: Tensor, info: Tensor] {
  return factorLu("linalg.luFactorEx", x, args, false);
}

function factorLu(
  name: string,
  x: Tensor,
  args: readonly unknown[],
  checks: boolean,
): [factors: Tensor, pivots: Tensor, info: Tensor] {
  const input = asMatrices(name, "the input", x);
  const given = named<LuOptions & CheckOptions>(name, args, ["pivot"], ["checkErrors"]);
  checkPivot(name, given.pivot ?? true);
  const [factors, pivots, info] = runLu([input], undefined);
  const steps = info.toTypedArray(), at = steps.findIndex((k) => k > 0);
  if (asFlag(name, "checkErrors", given.checkErrors ?? checks) && at >= 0) {
    throw new Error(
      `Cannot call ${name}() on matrix ${at} of ${show(input.shape)}: pivot ${steps[at]} is zero`,
    );
  }
  return [factors, pivots, info];
}

/** Options of {@link lu}. */
export interface LuWithInfoOptions extends LuOptions {
  /** Return the report of {@link luFactorEx} too; default false. */
  getInfos?: boolean;
}

/**
 * The factors and pivots of {@link luFactor}, and its report if asked for; it never throws for a zero pivot. See
 * {@link https://pytorch.org/docs/stable/generated/torch.lu.html}.
 *
 * @example
 * ```ts
 * import { lu, tensor } from "@dinograd/dinograd";
 *
 * const [factors, pivots] = lu(tensor([[1, 2], [2, 2]]));
 * console.log(factors.toArray(), pivots.toArray()); // [[2, 2], [0.5, 1]] [2, 2]
 * ```
 */
export function lu(x: Tensor, ...args: Optional<LuWithInfoOptions>): Tensor[] {
  const { pivot = true, getInfos = false } = named<LuWithInfoOptions>("lu", args, ["pivot", "getInfos"]);
  const outputs = factorLu("lu", x, [pivot], false);
  return asFlag("lu", "getInfos", getInfos) ? outputs : outputs.slice(0, 2);
}

/** The rows of A, counted from 0, in the order that the pivots leave them in. */
function orderOf(pivots: ArrayLike<number>, m: number): Int32Array {
  const order = Int32Array.from({ length: m }, (_, i) => i);
  for (let i = 0; i < pivots.length; i++) {
    const j = pivots[i] - 1, row = order[i];
    order[i] = order[j];
    order[j] = row;
  }
  return order;
}

/** P of A = P·L·U, off the tape. */
function permutationOf(factors: Tensor, pivots: Tensor): Tensor {
  const m = factors.shape.at(-2)!, p = zerosOf([...factors.shape.slice(0, -2), m, m], factors.dtype);
  const from = vectorsOf(pivots), all = p.storage.view(p.dtype);
  for (let i = 0; i < from.count; i++) {
    orderOf(from.rowsOf(i), m).forEach((row, j) => all[p.offset + (i * m + row) * m + j] = 1);
  }
  return p;
}

/** L [..., m, k] and U [..., k, n] from one matrix. */
function triangles(factors: Tensor): { lower: Tensor; upper: Tensor } {
  const m = factors.shape.at(-2)!, k = Math.min(m, factors.shape.at(-1)!);
  return {
    lower: factors.narrow(-1, 0, k).tril(-1).add(identityLike(factors, m, k)),
    upper: factors.narrow(-2, 0, k).triu(),
  };
}

/** Options of {@link luUnpack}. */
export interface LuUnpackOptions {
  /** Unpack L and U; if false they are empty. Default true. */
  unpackData?: boolean;
  /** Unpack P; if false it is empty. Default true. */
  unpackPivots?: boolean;
}

/**
 * P [..., m, m], L [..., m, k] and U [..., k, n] from the factors and pivots of {@link lu}, with A = P·L·U. See
 * {@link https://pytorch.org/docs/stable/generated/torch.lu_unpack.html}.
 *
 * @example
 * ```ts
 * import { lu, luUnpack, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([[1, 2], [2, 2]]), [factors, pivots] = lu(x), [p, l, u] = luUnpack(factors, pivots);
 * console.log(p.matmul(l).matmul(u).toArray()); // [[1, 2], [2, 2]]
 * ```
 */
export function luUnpack(
  factors: Tensor,
  pivots: Tensor,
  ...args: Optional<LuUnpackOptions>
): [p: Tensor, l: Tensor, u: Tensor] {
  const input = asMatrices("luUnpack", "the factors", factors);
  const given = named<LuUnpackOptions>("luUnpack", args, ["unpackData", "unpackPivots"]);
  const wantsP = asFlag("luUnpack", "unpackPivots", given.unpackPivots ?? true);
  const p = wantsP ? permutationOf(input, asPivots("luUnpack", pivots, input)) : input.newZeros([0]);
  if (!asFlag("luUnpack", "unpackData", given.unpackData ?? true)) {
    return [p, input.newZeros([0]), input.newZeros([0])];
  }
  const { lower, upper } = triangles(input);
  return [p, lower, upper];
}

/**
 * Decomposes matrices [..., m, n] into P·L·U: a permutation, a lower triangle with ones on its diagonal, an upper
 * triangle. See {@link https://pytorch.org/docs/stable/generated/torch.linalg.lu.html}.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@dinograd/dinograd";
 *
 * const [p, l, u] = linalg.lu(tensor([[1, 2], [2, 2]]));
 * console.log(p.toArray(), l.toArray(), u.toArray()); // [[0, 1], [1, 0]] [[1, 0], [0.5, 1]] [[2, 2], [0, 1]]
 * ```
 */
export function linalgLu(x: Tensor, ...args: Optional<LuOptions>): [p: Tensor, l: Tensor, u: Tensor] {
  const [factors, pivots] = factorLu("linalg.lu", x, [named<LuOptions>("linalg.lu", args, ["pivot"])], false);
  return luUnpack(factors, pivots);
}

/** Options of linalg.luSolve. */
export interface LuSolveOptions {
  /** Solve A·X = B (default), rather than X·A = B. */
  left?: boolean;
  /** Solve with Aᵀ; default false. */
  adjoint?: boolean;
}

/**
 * Solves A·X = B, or X·A = B, given {@link luFactor}'s results [..., n, n] and [..., n] for A; leading dimensions
 * broadcast. See {@link https://pytorch.org/docs/stable/generated/torch.linalg.lu_solve.html}.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@dinograd/dinograd";
 *
 * const [factors, pivots] = linalg.luFactor(tensor([[1, 2], [2, 2]]));
 * console.log(linalg.luSolve(factors, pivots, tensor([[3], [4]])).toArray()); // [[1], [1]]
 * ```
 */
export function linalgLuSolve(
  factors: Tensor,
  pivots: Tensor,
  b: Tensor,
  options: LuSolveOptions = {},
): Tensor {
  const { left = true, adjoint = false } = named<LuSolveOptions>("linalg.luSolve", [options], [], [
    "left",
    "adjoint",
  ]);
  return solveFactored("linalg.luSolve", factors, pivots, b, left, adjoint);
}

function solveFactored(
  name: string,
  factors: Tensor,
  pivots: Tensor,
  b: Tensor,
  left: boolean,
  adjoint: boolean,
): Tensor {
  const a = asSquare(name, "the factors", factors), right = asMatrices(name, "B", b);
  asFlag(name, "adjoint", adjoint);
  checkRightSide(name, a, right, asFlag(name, "left", left));
  const p = asPivots(name, pivots, a), [all, rights] = broadcastBatches(name, a, right);
  const order = p.expand(all.shape.slice(0, -1));
  // X·A = B is Aᵀ·Xᵀ = Bᵀ
  return left ? solvePLU(all, order, rights, adjoint) : solvePLU(all, order, rights.mT, !adjoint).mT;
}

/** A = P·L·U: X = U⁻¹·L⁻¹·Pᵀ·B; for Aᵀ it is P·L⁻ᵀ·U⁻ᵀ·B. */
function solvePLU(factors: Tensor, pivots: Tensor, b: Tensor, adjoint: boolean): Tensor {
  const unit = { upper: adjoint, unitriangular: true },
    [a, m] = [adjoint ? factors.mT : factors, b.shape.at(-2)!];
  const order = empty([...pivots.shape.slice(0, -1), m], "int32"),
    from = vectorsOf(pivots),
    to = vectorsOf(order);
  for (let i = 0; i < to.count; i++) {
    const rows = orderOf(from.rowsOf(i), m);
    to.setRows(i, adjoint ? inverseOf(rows) : rows);
  }
  const permuted = (x: Tensor) => x.gather(-2, order.unsqueeze(-1).expand(x.shape));
  if (adjoint) return permuted(solveTriangular(a, solveTriangular(a, b, { upper: false }), unit));
  return solveTriangular(a, solveTriangular(a, permuted(b), unit), { upper: true });
}

function inverseOf(order: Int32Array): Int32Array {
  const inverse = new Int32Array(order.length);
  order.forEach((row, i) => inverse[row] = i);
  return inverse;
}

/**
 * Solves A·X = B given {@link lu}'s results for A; an older form of linalg.luSolve, with B first. See
 * {@link https://pytorch.org/docs/stable/generated/torch.lu_solve.html}.
 *
 * @throws {ShapeError} if the sizes do not fit.
 *
 * @example
 * ```ts
 * import { lu, luSolve, tensor } from "@dinograd/dinograd";
 *
 * const [factors, pivots] = lu(tensor([[1, 2], [2, 2]]));
 * console.log(luSolve(tensor([[3], [4]]), factors, pivots).toArray()); // [[1], [1]]
 * ```
 */
export function luSolve(b: Tensor, factors: Tensor, pivots: Tensor): Tensor {
  return solveFactored("luSolve", factors, pivots, b, true, false);
}
