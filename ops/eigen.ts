/** Eigenvalues of symmetric matrices, singular values of any. */
import { asChoice, asFlag, named, type Optional } from "../lib/arguments.ts";
import { isGradEnabled } from "../lib/grad_mode.ts";
import {
  allFinite,
  asMatrices,
  asSquare,
  identityLike,
  kernelsFor,
  matricesOf,
  vectorsOf,
  zerosOf,
} from "../lib/matrices.ts";
import { defineMultiOp } from "../lib/op.ts";
import { show } from "../lib/shape.ts";
import type { Tensor } from "../lib/tensor.ts";

interface EighParams {
  readonly upper: boolean;
  readonly vectors: boolean;
}

function decompose(x: Tensor, { upper, vectors }: EighParams): [values: Tensor, vectors: Tensor] {
  const n = x.shape.at(-1)!, kernels = kernelsFor(n, x.dtype);
  const values = zerosOf(x.shape.slice(0, -1), x.dtype), v = zerosOf(vectors ? x.shape : [0, 0], x.dtype);
  const from = matricesOf(x, kernels), toValues = vectorsOf(values), toVectors = matricesOf(v, kernels);
  const w = kernels.array(n);
  for (let i = 0; i < from.count; i++) {
    const a = upper ? from.rowsOf(i) : from.columnsOf(i); // read as columns, rows are the transpose
    for (let j = 1; j < n; j++) a.fill(0, j * n, j * n + j); // the other triangle may hold anything
    if (!allFinite(a)) {
      w.fill(NaN);
      a.fill(NaN);
    } else if (kernels.eigen(n, a, w, vectors) > 0) {
      throw new Error(`Cannot take the eigenvalues of matrix ${i} of ${show(x.shape)}: they do not converge`);
    }
    toValues.setRows(i, w);
    if (vectors) toVectors.setColumns(i, a);
  }
  return [values, v];
}

const runEigh = defineMultiOp<{ upper: boolean }>({
  name: "linalg.eigh",
  forward: ([x], { upper }) => decompose(x, { upper, vectors: true }),
  keeps: "output",
  // dA = V·(diag(gw) + ½·skew(Vᵀgv) ⊘ E)·Vᵀ, where Eᵢⱼ = wⱼ − wᵢ off the diagonal
  grad: ([gw, gv], _inputs, [w, v]) => {
    const vt = v.mT;
    if (gv === null) return [v.mul(gw!.unsqueeze(-2)).matmul(vt)];
    const gaps = w.unsqueeze(-2).sub(w.unsqueeze(-1));
    const turned = skew(vt.matmul(gv)).div(gaps.add(identityLike(gaps))).mul(0.5);
    return [v.matmul(gw === null ? turned : turned.add(gw.diagEmbed())).matmul(vt)];
  },
});

/** Options of {@link eigh} and {@link eigvalsh}. */
export interface EighOptions {
  /** Which triangle to read: "L", the lower one (default), or "U". */
  UPLO?: "L" | "U" | "l" | "u";
}

function readsUpper(name: string, args: readonly unknown[]): boolean {
  const { UPLO = "L" } = named<EighOptions>(name, args, ["UPLO"]);
  return asChoice(name, "UPLO", UPLO, ["L", "U", "l", "u"]).toUpperCase() === "U";
}

/**
 * Decomposes symmetric matrices [..., n, n] into eigenvalues [..., n], ascending, and orthonormal eigenvectors
 * [..., n, n] in columns. The signs of vectors are arbitrary, and so their gradients hold only for functions that do
 * not depend on them. See {@link https://pytorch.org/docs/stable/generated/torch.linalg.eigh.html}.
 *
 * @throws {Error} if an element is not finite.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@dinograd/dinograd";
 *
 * const [values] = linalg.eigh(tensor([[2, 0], [0, -1]]));
 * console.log(values.toArray()); // [-1, 2]
 * ```
 */
export function eigh(x: Tensor, ...args: Optional<EighOptions>): [values: Tensor, vectors: Tensor] {
  const input = asSquare("linalg.eigh", "the input", x), upper = readsUpper("linalg.eigh", args);
  const [values, vectors] = runEigh([input], { upper });
  return [values, vectors];
}

/** The eigenvalues, with what their gradient needs only where there may be one. */
function eigenvalues(x: Tensor, upper: boolean): Tensor {
  return recorded(x) ? runEigh([x], { upper })[0] : decompose(x, { upper, vectors: false })[0];
}

function recorded(x: Tensor): boolean {
  return x.requiresGrad && isGradEnabled();
}

/**
 * The eigenvalues of symmetric matrices [..., n, n], ascending. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.eigvalsh.html}.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@dinograd/dinograd";
 *
 * console.log(linalg.eigvalsh(tensor([[2, 0], [0, -1]])).toArray()); // [-1, 2]
 * ```
 */
export function eigvalsh(x: Tensor, ...args: Optional<EighOptions>): Tensor {
  const input = asSquare("linalg.eigvalsh", "the input", x);
  return eigenvalues(input, readsUpper("linalg.eigvalsh", args));
}

/** Options of {@link symeig}. */
export interface SymeigOptions {
  /** Compute the vectors too; default false. */
  eigenvectors?: boolean;
  /** Read the upper triangle (default) rather than the lower one. */
  upper?: boolean;
}

/**
 * Eigenvalues and, if asked for, eigenvectors of symmetric matrices [..., n, n]; an older form of linalg.eigh. See
 * {@link https://pytorch.org/docs/1.13/generated/torch.symeig.html}.
 *
 * @example
 * ```ts
 * import { symeig, tensor } from "@dinograd/dinograd";
 *
 * const [values, vectors] = symeig(tensor([[2, 0], [0, -1]]), { eigenvectors: true });
 * console.log(values.toArray(), vectors.shape); // [-1, 2] [2, 2]
 * ```
 */
export function symeig(x: Tensor, ...args: Optional<SymeigOptions>): [values: Tensor, vectors: Tensor] {
  const input = asSquare("symeig", "the input", x);
  const { eigenvectors = false, upper = true } = named<SymeigOptions>("symeig", args, [
    "eigenvectors",
    "upper",
  ]);
  asFlag("symeig", "upper", upper);
  if (!asFlag("symeig", "eigenvectors", eigenvectors)) {
    return [eigenvalues(input, upper), input.newZeros([0])];
  }
  const [values, vectors] = runEigh([input], { upper });
  return [values, vectors];
}

/** How many singular vectors: none, as many as there are values, or a whole basis. */
type Job = "none" | "some" | "all";

function decomposeSingular(x: Tensor, job: Job): [u: Tensor, s: Tensor, vh: Tensor] {
  const batch = x.shape.slice(0, -2), m = x.shape.at(-2)!, n = x.shape.at(-1)!, k = Math.min(m, n);
  const left = job === "all" ? m : job === "some" ? k : 0, right = job === "all" ? n : job === "some" ? k : 0;
  const u = zerosOf([...batch, m, left], x.dtype), vh = zerosOf([...batch, right, n], x.dtype);
  const s = zerosOf([...batch, k], x.dtype);
  const kernels = kernelsFor(k, x.dtype), values = kernels.array(k), from = matricesOf(x, kernels);
  const [toU, toS, toV] = [matricesOf(u, kernels), vectorsOf(s), matricesOf(vh, kernels)];
  const uColumns = kernels.array(m * left), vColumns = kernels.array(right * n);
  for (let i = 0; i < from.count; i++) {
    const a = from.columnsOf(i), finite = allFinite(a);
    if (!finite || kernels.svd(m, n, a, values, uColumns, vColumns) > 0) {
      const why = finite ? "they do not converge" : "it has elements that are not finite";
      throw new Error(`Cannot take the singular values of matrix ${i} of ${show(x.shape)}: ${why}`);
    }
    toU.setColumns(i, uColumns);
    toS.setRows(i, values);
    toV.setColumns(i, vColumns);
  }
  return [u, s, vh];
}

const runSvd = defineMultiOp<{ full: boolean }>({
  name: "linalg.svd",
  forward: ([x], { full }) => decomposeSingular(x, full ? "all" : "some"),
  keeps: "output",
  // dA = U·(diag(gs) + [skew(Uᵀgu) ⊘ E]·S + S·[skew(Vᵀgv) ⊘ E])·Vᵀ + (1 − UUᵀ)·gu·S⁻¹·Vᵀ + U·S⁻¹·gvᵀ·(1 − VVᵀ),
  // where Eᵢⱼ = sⱼ² − sᵢ², and 1 on the diagonal; vectors that complete a basis have no part in it
  grad: ([gu, gs, gvh], [x], [uAll, s, vhAll]) => {
    const k = s.shape.at(-1)!,
      columns = (t: Tensor) => t.narrow(-1, 0, k),
      rows = (t: Tensor) => t.narrow(-2, 0, k);
    const u = columns(uAll), vh = rows(vhAll), wide = s.unsqueeze(-2), tall = s.unsqueeze(-1);
    if (gu === null && gvh === null) return [u.mul(gs!.unsqueeze(-2)).matmul(vh)];
    const squares = s.mul(s), gaps = squares.unsqueeze(-2).sub(squares.unsqueeze(-1));
    const safe = gaps.add(identityLike(gaps));
    let core = gs === null ? safe.zerosLike() : gs.diagEmbed();
    if (gu !== null) core = core.add(skew(u.mT.matmul(columns(gu))).div(safe).mul(wide));
    if (gvh !== null) core = core.add(tall.mul(skew(vh.matmul(rows(gvh).mT)).div(safe)));
    let gx = u.matmul(core).matmul(vh);
    if (gu !== null && x.shape.at(-2)! > k) {
      const scaled = columns(gu).div(wide),
        outside = scaled.sub(u.matmul(u.mT.matmul(scaled)));
      gx = gx.add(outside.matmul(vh));
    }
    if (gvh !== null && x.shape.at(-1)! > k) {
      const scaled = rows(gvh).div(tall),
        outside = scaled.sub(scaled.matmul(vh.mT).matmul(vh));
      gx = gx.add(u.matmul(outside));
    }
    return [gx];
  },
});

function skew(x: Tensor): Tensor {
  return x.sub(x.mT);
}

/** Options of linalg.svd. */
export interface LinalgSvdOptions {
  /** Complete the vectors to a basis; default true. */
  fullMatrices?: boolean;
  /** The algorithm to use on a GPU: accepted and ignored. */
  driver?: string | null;
}

/**
 * Decomposes matrices [..., m, n] into U·diag(S)·Vh: k = min(m, n) singular values, descending, and orthonormal vectors
 * in the columns of U and the rows of Vh, completed to bases unless `fullMatrices` is false. The signs of vectors are
 * arbitrary; their gradients hold for functions that do not depend on them, at values that differ from each other. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.svd.html}.
 *
 * @throws {Error} if an element is not finite.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@dinograd/dinograd";
 *
 * const [u, s, vh] = linalg.svd(tensor([[0, 2], [1, 0], [0, 0]]), { fullMatrices: false });
 * console.log(s.toArray(), u.shape, vh.shape); // [2, 1] [3, 2] [2, 2]
 * ```
 */
export function linalgSvd(
  x: Tensor,
  ...args: Optional<LinalgSvdOptions>
): [u: Tensor, s: Tensor, vh: Tensor] {
  const input = asMatrices("linalg.svd", "the input", x);
  const { fullMatrices = true } = named<LinalgSvdOptions>("linalg.svd", args, ["fullMatrices"], ["driver"]);
  const [u, s, vh] = runSvd([input], { full: asFlag("linalg.svd", "fullMatrices", fullMatrices) });
  return [u, s, vh];
}

/** The singular values, with what their gradient needs only where there may be one. */
function singularValues(x: Tensor): Tensor {
  return recorded(x) ? runSvd([x], { full: false })[1] : decomposeSingular(x, "none")[1];
}

/**
 * The singular values of matrices [..., m, n], descending. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.svdvals.html}.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@dinograd/dinograd";
 *
 * console.log(linalg.svdvals(tensor([[0, 2], [1, 0]])).toArray()); // [2, 1]
 * ```
 */
export function svdvals(x: Tensor, options: Pick<LinalgSvdOptions, "driver"> = {}): Tensor {
  named<LinalgSvdOptions>("linalg.svdvals", [options], [], ["driver"]);
  return singularValues(asMatrices("linalg.svdvals", "the input", x));
}

/** Options of {@link svd}. */
export interface SvdOptions {
  /** Only as many vectors as there are values (default), rather than bases. */
  some?: boolean;
  /** Compute the vectors; if false they are zeros. Default true. */
  computeUv?: boolean;
}

/**
 * Decomposes matrices [..., m, n] into U·diag(S)·Vᵀ; as linalg.svd, but with V in columns. See
 * {@link https://pytorch.org/docs/stable/generated/torch.svd.html}.
 *
 * @example
 * ```ts
 * import { svd, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([[0, 2], [1, 0]]), [u, s, v] = svd(x);
 * console.log(s.toArray(), u.mul(s).matmul(v.t()).allclose(x)); // [2, 1] true
 * ```
 */
export function svd(x: Tensor, ...args: Optional<SvdOptions>): [u: Tensor, s: Tensor, v: Tensor] {
  const input = asMatrices("svd", "the input", x),
    [m, n] = input.shape.slice(-2),
    batch = input.shape.slice(0, -2);
  const { some = true, computeUv = true } = named<SvdOptions>("svd", args, ["some", "computeUv"]);
  asFlag("svd", "some", some);
  if (!asFlag("svd", "computeUv", computeUv)) {
    return [input.newZeros([...batch, m, m]), singularValues(input), input.newZeros([...batch, n, n])];
  }
  const [u, s, vh] = runSvd([input], { full: !some });
  return [u, s, vh.mT];
}
