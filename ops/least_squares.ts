/** Matrices of any shape and rank: pseudoinverses, ranks, least squares. */
import { asChoice, asFlag, asNumber, named, type Optional } from "../lib/arguments.ts";
import { describe } from "../lib/errors.ts";
import {
  asMatrices,
  asSquare,
  broadcastBatches,
  checkRightSide,
  identityLike,
  isVectorSide,
  productOf,
} from "../lib/matrices.ts";
import { defineMultiOp, defineOp } from "../lib/op.ts";
import { Tensor } from "../lib/tensor.ts";
import { eigh, eigvalsh, linalgSvd, svdvals } from "./eigen.ts";
import { linalgQr } from "./orthogonal.ts";
import { solveTriangular } from "./solve.ts";

/** Below which size singular values count as zero. */
export interface ToleranceOptions {
  /** An absolute size, for all or for each matrix. */
  atol?: number | Tensor | null;
  /** A share of the largest; default max(m, n) times the precision of the dtype, or 0 if `atol` is given. */
  rtol?: number | Tensor | null;
  /** The matrices are symmetric, and only the lower triangle is read; default false. */
  hermitian?: boolean;
}

interface Tolerance {
  readonly atol: Tensor;
  readonly rtol: Tensor;
}

/** The relative precision of the float dtypes. */
function precisionOf(x: Tensor): number {
  return x.dtype === "float32" ? 2 ** -23 : 2 ** -52;
}

function defaultShare(x: Tensor): number {
  return precisionOf(x) * Math.max(...x.shape.slice(-2));
}

function toleranceOf(
  name: string,
  x: Tensor,
  atol: number | Tensor | null | undefined,
  rtol: number | Tensor | null | undefined,
): Tolerance {
  const read = (option: string, value: unknown): Tensor => {
    if (value instanceof Tensor) return value.to(x.dtype);
    if (typeof value === "number") return x.newFull([], asNumber(name, option, value));
    throw new TypeError(
      `Cannot call ${name}() with ${option} ${describe(value)}: it must be a number or a tensor`,
    );
  };
  const absolute = read("atol", atol ?? 0);
  if (rtol !== null && rtol !== undefined) return { atol: absolute, rtol: read("rtol", rtol) };
  const share = read("rtol", defaultShare(x));
  return { atol: absolute, rtol: absolute.gt(0).where(x.newZeros([]), share) };
}

/** Which of the values [..., k], sizes of descending or any order, are above the tolerance. */
function isLarge(sizes: Tensor, { atol, rtol }: Tolerance): Tensor {
  if (sizes.shape.at(-1) === 0) return sizes.gt(0);
  const limit = atol.maximum(rtol.mul(sizes.amax(-1)));
  return sizes.gt(limit.unsqueeze(-1));
}

/** 1/x where `keep`, else 0. */
function reciprocals(x: Tensor, keep: Tensor): Tensor {
  return keep.where(x.reciprocal(), x.newZeros([]));
}

const runPinv = defineOp<{ hermitian: boolean }>({
  name: "linalg.pinv",
  forward: ([x, atol, rtol], { hermitian }) => {
    if (hermitian) {
      const [values, v] = eigh(x), keep = isLarge(values.abs(), { atol, rtol });
      return v.mul(reciprocals(values, keep).unsqueeze(-2)).matmul(v.mT);
    }
    const [u, s, vh] = linalgSvd(x, { fullMatrices: false }), keep = isLarge(s, { atol, rtol });
    return vh.mT.mul(reciprocals(s, keep).unsqueeze(-2)).matmul(u.mT);
  },
  keeps: "both",
  grad: [(g, [x], y) => pinvGradient(g, x, y), null, null],
});

/** At constant rank dA = −PᵀgPᵀ + (1 − A·P)·gᵀ·P·Pᵀ + PᵀP·gᵀ·(1 − P·A), with P = A⁺ (Golub and Pereyra 1973). */
function pinvGradient(g: Tensor, x: Tensor, p: Tensor): Tensor {
  const pt = p.mT, gt = g.mT;
  const left = gt.matmul(p).matmul(pt), right = pt.matmul(p).matmul(gt);
  return left.sub(x.matmul(p.matmul(left))).add(right.sub(right.matmul(p).matmul(x))).sub(
    pt.matmul(g).matmul(pt),
  );
}

/** Options of {@link pinv}. */
export interface PinvOptions extends ToleranceOptions {
  /** The older name of `rtol`. */
  rcond?: number | Tensor | null;
}

/**
 * The Moore-Penrose inverses [..., n, m] of matrices [..., m, n], singular values below a tolerance taken as zero. With
 * two matrices [..., m, k] and [..., n, k] it is the pseudoinverse of the product A·Bᵀ they are the factors of. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.pinv.html}.
 *
 * @throws {Error} if an element is not finite.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@dinograd/dinograd";
 *
 * console.log(linalg.pinv(tensor([[2, 0], [0, 0]])).toArray()); // [[0.5, 0], [0, 0]]
 * ```
 */
export function pinv(
  x: Tensor,
  ...args: (PinvOptions | number | Tensor | boolean | null | undefined)[]
): Tensor {
  const name = "linalg.pinv", first = asMatrices(name, "the input", x), [factor] = args;
  const isProduct = factor instanceof Tensor && factor.shape.length === first.shape.length;
  const input = isProduct ? productOf(name, first, factor) : first;
  const given = named<PinvOptions>(name, isProduct ? args.slice(1) : args, ["rcond", "hermitian"], [
    "atol",
    "rtol",
  ]);
  const { atol, rtol = given.rcond, hermitian = false } = given;
  if (asFlag(name, "hermitian", hermitian)) asSquare(name, "the input", input);
  const tolerance = toleranceOf(name, input, atol, rtol);
  return runPinv([input, tolerance.atol, tolerance.rtol], { hermitian });
}

/**
 * {@link pinv} with a share of the largest singular value as the tolerance, 1e-15 if not given. See
 * {@link https://pytorch.org/docs/stable/generated/torch.pinverse.html}.
 *
 * @example
 * ```ts
 * import { pinverse, tensor } from "@dinograd/dinograd";
 *
 * console.log(pinverse(tensor([[2, 0], [0, 4]])).toArray()); // [[0.5, 0], [0, 0.25]]
 * ```
 */
export function pinverse(x: Tensor, ...args: Optional<{ rcond?: number }>): Tensor {
  const input = asMatrices("pinverse", "the input", x);
  const { rcond = 1e-15 } = named<{ rcond: number }>("pinverse", args, ["rcond"]);
  const { atol, rtol } = toleranceOf("pinverse", input, 0, asNumber("pinverse", "rcond", rcond));
  return runPinv([input, atol, rtol], { hermitian: false });
}

/** Options of {@link matrixRank}. */
export interface MatrixRankOptions extends ToleranceOptions {
  /** An absolute tolerance alone. */
  tol?: number | Tensor | null;
}

/**
 * How many singular values of matrices [..., m, n] are above a tolerance. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.matrix_rank.html}.
 *
 * @example
 * ```ts
 * import { linalg, ones } from "@dinograd/dinograd";
 *
 * console.log(linalg.matrixRank(ones([3, 3])).item()); // 1
 * ```
 */
export function matrixRank(
  x: Tensor,
  ...args: (MatrixRankOptions | number | Tensor | boolean | null | undefined)[]
): Tensor {
  const name = "linalg.matrixRank", input = asMatrices(name, "the input", x).detach();
  const given = named<MatrixRankOptions>(name, args, ["tol", "hermitian"], ["atol", "rtol"]);
  const { tol = null, hermitian = false } = given;
  const tolerance = tol === null
    ? toleranceOf(name, input, given.atol, given.rtol)
    : toleranceOf(name, input, tol, 0);
  const symmetric = asFlag(name, "hermitian", hermitian);
  const sizes = symmetric ? eigvalsh(asSquare(name, "the input", input)).abs() : svdvals(input);
  return isLarge(sizes, tolerance).sum(-1);
}

type Driver = "gels" | "gelsy" | "gelsd" | "gelss";

interface LstsqParams {
  readonly rcond: number;
  readonly driver: Driver;
}

/** Minimizes ‖A·X − B‖ by A = Q·R, or finds the shortest X by Aᵀ = Q·R; null if R may be singular to `rcond`. */
function byOrthogonal(a: Tensor, b: Tensor, rcond: number | null): Tensor | null {
  const tall = a.shape.at(-2)! >= a.shape.at(-1)!, [q, r] = linalgQr(tall ? a : a.mT);
  if (rcond !== null) {
    // 1/(‖R‖·‖R⁻¹‖) is at most the smallest singular value over the largest
    const inverse = solveTriangular(r, identityLike(r), { upper: true });
    const condition = r.square().sum([-2, -1]).mul(inverse.square().sum([-2, -1])).sqrt();
    if (!condition.mul(rcond).toTypedArray().every((c) => c < 1)) return null;
  }
  if (tall) return solveTriangular(r, q.mT.matmul(b), { upper: true });
  return q.matmul(solveTriangular(r.mT, b, { upper: false }));
}

function leastSquares(a: Tensor, b: Tensor, { rcond, driver }: LstsqParams): Tensor[] {
  const [m, n] = a.shape.slice(-2), batch = a.shape.slice(0, -2), none = a.newZeros([0]);
  const residuals = (x: Tensor) => a.matmul(x).sub(b).square().sum(-2);
  if (driver === "gels") {
    const x = byOrthogonal(a, b, null)!;
    return [x, m > n ? residuals(x) : none, none.to("int32"), none];
  }
  const fast = driver === "gelsy" ? byOrthogonal(a, b, rcond) : null;
  if (fast !== null) return [fast, none, a.newFull(batch, Math.min(m, n), { dtype: "int32" }), none];
  const [u, s, vh] = linalgSvd(a, { fullMatrices: false });
  const keep = isLarge(s, { atol: a.newZeros([]), rtol: a.newFull([], rcond) }), rank = keep.sum(-1);
  const scaled = u.mT.matmul(b).mul(reciprocals(s, keep).unsqueeze(-1));
  const x = vh.mT.matmul(scaled);
  const full = driver !== "gelsy" && m > n && rank.toTypedArray().every((k) => k === n);
  return [x, full ? residuals(x) : none, rank, driver === "gelsy" ? none : s];
}

const runLstsq = defineMultiOp<LstsqParams>({
  name: "linalg.lstsq",
  forward: ([a, b], params) => leastSquares(a, b, params),
  // X = A⁺·B
  grad: ([g], [a, b], _outputs, { rcond }) => {
    if (g === null) return [null, null];
    const p = pinv(a, { rtol: rcond });
    return [
      a.requiresGrad ? pinvGradient(g.matmul(b.mT), a, p) : null,
      b.requiresGrad ? p.mT.matmul(g) : null,
    ];
  },
});

/** Options of {@link lstsq}. */
export interface LstsqOptions {
  /** The share of the largest singular value below which others count as zero; default max(m, n) times the precision. */
  rcond?: number | null;
  /** LAPACK's method: "gelsy" (default), "gels" for full rank, "gelsd" and "gelss" by singular values. */
  driver?: Driver | null;
}

/**
 * Least squares: the X [..., n, k], of several the shortest, for which ‖A·X − B‖ is smallest, for A [..., m, n] and B
 * [..., m, k] or vectors [..., m]. Returns [X, squared residuals, rank, singular values]: of these X alone takes
 * gradients, and those that the driver does not give are empty. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.lstsq.html}.
 *
 * @throws {ShapeError} if A and B have not equally many rows.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@dinograd/dinograd";
 *
 * const [x] = linalg.lstsq(tensor([[1, 0], [1, 1], [1, 2]]), tensor([[1], [2], [3]]));
 * console.log(x.allclose(tensor([[1], [1]]))); // true
 * ```
 */
export function lstsq(
  a: Tensor,
  b: Tensor,
  ...args: Optional<LstsqOptions>
): [solution: Tensor, residuals: Tensor, rank: Tensor, singularValues: Tensor] {
  const name = "linalg.lstsq", matrix = asMatrices(name, "A", a);
  const given = named<LstsqOptions>(name, args, ["rcond", "driver"]);
  const driver = asChoice(name, "driver", given.driver ?? "gelsy", ["gels", "gelsy", "gelsd", "gelss"]);
  const rcond = asNumber(name, "rcond", given.rcond ?? defaultShare(matrix));
  const vector = b instanceof Tensor && isVectorSide(matrix, b);
  const right = vector ? b.unsqueeze(-1) : asMatrices(name, "B", b);
  checkRightSide(name, matrix, right);
  const [x, residuals, rank, s] = runLstsq(broadcastBatches(name, matrix, right), { rcond, driver });
  return [vector ? x.squeeze(-1) : x, residuals.detach(), rank, s.detach()];
}
