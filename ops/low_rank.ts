/** Singular values of large matrices of low rank, from products with few random vectors (Halko and others 2009). */
import { asCount, asFlag, named } from "../lib/arguments.ts";
import { ShapeError } from "../lib/errors.ts";
import { asMatrices, productOf } from "../lib/matrices.ts";
import { sameShape, show } from "../lib/shape.ts";
import { Tensor } from "../lib/tensor.ts";
import { linalgSvd } from "./eigen.ts";
import { linalgQr } from "./orthogonal.ts";

/** Orthonormal columns [..., m, q] near the range of x [..., m, n], after `niter` powers of x·xᵀ. */
function approximateRange(x: Tensor, q: number, niter: number): Tensor {
  const xt = x.mT, n = x.shape.at(-1)!;
  let [basis] = linalgQr(x.matmul(x.newZeros([n, q]).randnLike()));
  for (let i = 0; i < niter; i++) {
    [basis] = linalgQr(xt.matmul(basis));
    [basis] = linalgQr(x.matmul(basis));
  }
  return basis;
}

function decompose(x: Tensor, q: number, niter: number): [u: Tensor, s: Tensor, v: Tensor] {
  const [m, n] = x.shape.slice(-2), byRows = m < n || n > q; // whichever of B = Qᵀ·x and B = x·Q is smaller
  const basis = approximateRange(byRows ? x.mT : x, q, niter);
  const small = byRows ? x.matmul(basis) : basis.mT.matmul(x);
  const [u, s, vh] = linalgSvd(small, { fullMatrices: false }), v = vh.mT;
  return byRows ? [u, s, basis.matmul(v)] : [basis.matmul(u), s, v];
}

/** Options of {@link svdLowrank}. */
export interface SvdLowrankOptions {
  /** An estimate of the rank, a little too large; default 6. */
  q?: number | null;
  /** How many powers sharpen the estimate; default 2. */
  niter?: number | null;
  /** A matrix to subtract first. */
  M?: Tensor | null;
}

/**
 * The largest q singular values of matrices [..., m, n] and their vectors, U [..., m, q], S and V [..., n, q],
 * approximately. With two matrices [..., m, k] and [..., n, k] it is that of the product A·Bᵀ they are the factors of.
 * See {@link https://pytorch.org/docs/stable/generated/torch.svd_lowrank.html}.
 *
 * @example
 * ```ts
 * import { ones, svdLowrank } from "@dinograd/dinograd";
 *
 * const [, s] = svdLowrank(ones([8, 2]), { q: 1 });
 * console.log(Math.round(s.item())); // 4
 * ```
 */
export function svdLowrank(
  x: Tensor,
  ...args: (SvdLowrankOptions | Tensor | number | null | undefined)[]
): [u: Tensor, s: Tensor, v: Tensor] {
  const [input, rest] = factored("svdLowrank", x, args);
  const given = named<SvdLowrankOptions>("svdLowrank", rest, ["q", "niter", "M"]);
  const q = asCount("svdLowrank", "q", given.q ?? 6),
    niter = asCount("svdLowrank", "niter", given.niter ?? 2);
  if (given.M === null || given.M === undefined) return decompose(input, q, niter);
  const m = asMatrices("svdLowrank", "M", given.M);
  if (!sameShape(m.shape.slice(-2), input.shape.slice(-2))) {
    throw new ShapeError(
      `Cannot call svdLowrank() on ${show(input.shape)} with M ${
        show(m.shape)
      }: the matrices must be of one size`,
    );
  }
  return decompose(input.sub(m), q, niter);
}

/** The matrices to decompose, which a second tensor makes a product, and the arguments after them. */
function factored(name: string, x: Tensor, args: readonly unknown[]): [x: Tensor, rest: readonly unknown[]] {
  const input = asMatrices(name, "the input", x), [second, ...rest] = args;
  return second instanceof Tensor ? [productOf(name, input, second), rest] : [input, args];
}

/** Options of {@link pcaLowrank}. */
export interface PcaLowrankOptions {
  /** How many components; default 6, or fewer if the matrix is smaller. */
  q?: number | null;
  /** Subtract the mean of each column first; default true. */
  center?: boolean;
  /** How many powers sharpen the estimate; default 2. */
  niter?: number;
}

/**
 * Principal components of samples [..., m, n] in rows: the {@link svdLowrank} of what is left when columns are centred.
 * The columns of V [..., n, q] are the directions, S²/(m − 1) the variances. Two matrices are the factors of a
 * product, as there. See {@link https://pytorch.org/docs/stable/generated/torch.pca_lowrank.html}.
 *
 * @throws {RangeError} if q is larger than the matrix.
 *
 * @example
 * ```ts
 * import { pcaLowrank, tensor } from "@dinograd/dinograd";
 *
 * const [, s] = pcaLowrank(tensor([[1, 1], [2, 2], [3, 3]]), { q: 1 });
 * console.log(Math.round(s.item())); // 2
 * ```
 */
export function pcaLowrank(
  x: Tensor,
  ...args: (PcaLowrankOptions | Tensor | number | boolean | null | undefined)[]
): [u: Tensor, s: Tensor, v: Tensor] {
  const [input, rest] = factored("pcaLowrank", x, args), least = Math.min(...input.shape.slice(-2));
  const given = named<PcaLowrankOptions>("pcaLowrank", rest, ["q", "center", "niter"]);
  const q = asCount("pcaLowrank", "q", given.q ?? Math.min(6, least));
  const niter = asCount("pcaLowrank", "niter", given.niter ?? 2);
  if (q > least) {
    throw new RangeError(
      `Cannot call pcaLowrank() on ${show(input.shape)} with q ${q}: it must be at most ${least}`,
    );
  }
  const centred = asFlag("pcaLowrank", "center", given.center ?? true)
    ? input.sub(input.mean(-2, true))
    : input;
  return decompose(centred, q, niter);
}
