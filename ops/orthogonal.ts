/** QR factors, and matrices given by Householder's reflections. */
import { asChoice, asFlag, named, type Optional } from "../lib/arguments.ts";
import { ShapeError } from "../lib/errors.ts";
import { asMatrices, identityLike, kernelsFor, matricesOf, vectorsOf, zerosOf } from "../lib/matrices.ts";
import { defineMultiOp } from "../lib/op.ts";
import { sameShape, show } from "../lib/shape.ts";
import { asTensor, type Tensor } from "../lib/tensor.ts";
import { solveTriangular } from "./solve.ts";

type Mode = "reduced" | "complete" | "r";

const runQr = defineMultiOp<{ mode: Mode }>({
  name: "linalg.qr",
  forward: ([x], { mode }) => {
    const batch = x.shape.slice(0, -2), [m, n] = x.shape.slice(-2), k = Math.min(m, n);
    const kernels = kernelsFor(k, x.dtype), from = matricesOf(x, kernels), tau = kernels.array(k);
    const size = mode === "complete" ? m : k;
    const q = zerosOf(mode === "r" ? [0] : [...batch, m, size], x.dtype),
      r = zerosOf([...batch, size, n], x.dtype);
    const toQ = mode === "r" ? null : matricesOf(q, kernels), toR = matricesOf(r, kernels);
    const upper = kernels.array(size * n), columns = kernels.array(m * size);
    for (let i = 0; i < from.count; i++) {
      const a = from.columnsOf(i);
      kernels.qr(m, n, a, tau);
      for (let j = 0; j < n; j++) {
        for (let r = 0; r <= j && r < k; r++) upper[j * size + r] = a[j * m + r];
      }
      toR.setColumns(i, upper);
      if (toQ === null) continue;
      for (let p = 0; p < m * k; p++) columns[p] = a[p];
      kernels.orthogonal(m, size, k, columns, tau);
      toQ.setColumns(i, columns);
    }
    return [q, r];
  },
  keeps: "both",
  // Tall A: dA = (gQ + Q·sym(M))·R⁻ᵀ with M = R·gRᵀ − gQᵀ·Q, of which sym repeats the lower triangle above.
  // Wide A = [X Y], R = [U V]: Y = Q·V, so dY = Q·gV and X takes gQ + Y·gVᵀ with gU (Roberts and Roberts 2020)
  grad: ([gq, gr], [x], [q, r], { mode }) => {
    const [m, n] = x.shape.slice(-2);
    if (mode === "r" || (mode === "complete" && m > n)) {
      throw new Error(
        `Cannot run backward of linalg.qr() with mode "${mode}" on ${show(x.shape)}: ` +
          `only mode "reduced", and "complete" where there are no more rows than columns, has a gradient`,
      );
    }
    if (m >= n) return [squareGradient(q, r, gq, gr)];
    const y = x.narrow(-1, m, n - m), gv = gr?.narrow(-1, m, n - m), gu = gr ? gr.narrow(-1, 0, m) : null;
    const fromV = gv ? y.matmul(gv.mT) : null;
    const gx = squareGradient(q, r.narrow(-1, 0, m), fromV && gq ? gq.add(fromV) : gq ?? fromV, gu);
    const padded = gx.pad([0, n - m]);
    return [gv ? padded.add(q.matmul(gv).pad([m, 0])) : padded];
  },
});

function squareGradient(q: Tensor, r: Tensor, gq: Tensor | null, gr: Tensor | null): Tensor {
  let m = gr === null ? r.zerosLike() : r.matmul(gr.mT);
  if (gq !== null) m = m.sub(gq.mT.matmul(q));
  const inner = q.matmul(m.tril().add(m.tril(-1).mT)), sum = gq === null ? inner : inner.add(gq);
  return solveTriangular(r.mT, sum, { upper: false, left: false });
}

/** Options of linalg.qr. */
export interface LinalgQrOptions {
  /** "reduced" (default): Q [m, k], R [k, n]. "complete": Q [m, m], R [m, n]. "r": R alone, Q is empty. */
  mode?: Mode;
}

/**
 * Decomposes matrices [..., m, n] into Q·R: orthonormal columns times an upper triangle, k = min(m, n). See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.qr.html}.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([[3, 1], [4, 2]]), [q, r] = linalg.qr(x);
 * console.log(q.matmul(r).allclose(x), q.t().matmul(q).allclose(tensor([[1, 0], [0, 1]]), { atol: 1e-6 })); // true true
 * ```
 */
export function linalgQr(x: Tensor, ...args: Optional<LinalgQrOptions>): [q: Tensor, r: Tensor] {
  const name = "linalg.qr", input = asMatrices(name, "A", x);
  const { mode = "reduced" } = named<LinalgQrOptions>(name, args, ["mode"]);
  const [q, r] = runQr([input], { mode: asChoice(name, "mode", mode, ["reduced", "complete", "r"]) });
  return [q, r];
}

/** Options of {@link qr}. */
export interface QrOptions {
  /** Reduced factors (default) rather than complete ones. */
  some?: boolean;
}

/**
 * Decomposes matrices [..., m, n] into Q·R; an older form of linalg.qr. See
 * {@link https://pytorch.org/docs/stable/generated/torch.qr.html}.
 *
 * @example
 * ```ts
 * import { ones, qr } from "@dinograd/dinograd";
 *
 * const [q, r] = qr(ones([3, 2]), { some: false });
 * console.log(q.shape, r.shape); // [3, 3] [3, 2]
 * ```
 */
export function qr(x: Tensor, ...args: Optional<QrOptions>): [q: Tensor, r: Tensor] {
  const { some = true } = named<QrOptions>("qr", args, ["some"]);
  const mode = asFlag("qr", "some", some) ? "reduced" : "complete";
  const [q, r] = runQr([asMatrices("qr", "the input", x)], { mode });
  return [q, r];
}

const runGeqrf = defineMultiOp({
  name: "geqrf",
  forward: ([x]) => {
    const [m, n] = x.shape.slice(-2), k = Math.min(m, n), kernels = kernelsFor(k, x.dtype);
    const y = zerosOf(x.shape, x.dtype), tau = zerosOf([...x.shape.slice(0, -2), k], x.dtype);
    const from = matricesOf(x, kernels), to = matricesOf(y, kernels);
    const toTau = vectorsOf(tau), factors = kernels.array(k);
    for (let i = 0; i < from.count; i++) {
      const a = from.columnsOf(i);
      kernels.qr(m, n, a, factors);
      to.setColumns(i, a);
      toTau.setRows(i, factors);
    }
    return [y, tau];
  },
});

/**
 * QR as LAPACK stores it: R in the upper triangle, the vectors of Householder's reflections below, and their factors
 * tau [..., min(m, n)]; for {@link orgqr} and {@link ormqr}. It takes no gradient. See
 * {@link https://pytorch.org/docs/stable/generated/torch.geqrf.html}.
 *
 * @example
 * ```ts
 * import { geqrf, tensor } from "@dinograd/dinograd";
 *
 * const [a, tau] = geqrf(tensor([[3], [4]]));
 * console.log(a.toArray(), tau.toArray()); // [[-5], [0.5]] [1.6]
 * ```
 */
export function geqrf(x: Tensor): [a: Tensor, tau: Tensor] {
  const [a, tau] = runGeqrf([asMatrices("geqrf", "the input", x)], undefined);
  return [a, tau];
}

/**
 * Q = H₁·H₂ ..., where Hᵢ = 1 − τᵢvᵢvᵢᵀ, is 1 − V·T·Vᵀ with T = (1 + D·S)⁻¹·D: D = diag(τ), S what is above the
 * diagonal of VᵀV (Joffrain and others 2006). In these terms it has gradients of all orders.
 */
interface Reflections {
  /** V: ones on the diagonal, zeros above. */
  readonly v: Tensor;
  /** 1 + D·S, an upper triangle. */
  readonly triangle: Tensor;
  readonly d: Tensor;
}

/** Reads the reflections from the first columns of `a` [..., m, n] and `tau` [..., k], k ≤ n. */
function reflectionsOf(name: string, a: Tensor, tau: Tensor): Reflections {
  const factors = asTensor(`call ${name}()`, "tau", tau),
    k = factors.shape.at(-1) ?? 0,
    [m, n] = a.shape.slice(-2);
  const fits = factors.shape.length === a.shape.length - 1 && k <= Math.min(m, n) &&
    sameShape(factors.shape.slice(0, -1), a.shape.slice(0, -2));
  if (!fits) {
    throw new ShapeError(
      `Cannot call ${name}() on ${show(a.shape)} with tau ${show(factors.shape)}: tau must be ${
        show([...a.shape.slice(0, -2), Math.min(m, n)])
      }, or shorter`,
    );
  }
  if (factors.dtype !== a.dtype) {
    throw new TypeError(`Cannot call ${name}() on ${a.dtype} and ${factors.dtype}: the dtypes must be equal`);
  }
  const v = a.narrow(-1, 0, k).tril(-1).add(identityLike(a, m, k)), d = factors.unsqueeze(-1);
  return { v, d, triangle: identityLike(a, k).add(v.mT.matmul(v).triu(1).mul(d)) };
}

/**
 * The first n columns of the product of Householder's reflections, given as {@link geqrf} has them: vectors below the
 * diagonal of `x` [..., m, n], m ≥ n, and `tau` [..., k]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.householder_product.html}.
 *
 * @throws {ShapeError} if there are more columns than rows, or more factors than columns.
 *
 * @example
 * ```ts
 * import { geqrf, linalg, tensor } from "@dinograd/dinograd";
 *
 * const q = linalg.householderProduct(...geqrf(tensor([[3], [4]])));
 * console.log(q.allclose(tensor([[-0.6], [-0.8]]))); // true
 * ```
 */
export function householderProduct(x: Tensor, tau: Tensor): Tensor {
  return product("linalg.householderProduct", x, tau);
}

function product(name: string, x: Tensor, tau: Tensor): Tensor {
  const a = asMatrices(name, "the input", x), [m, n] = a.shape.slice(-2);
  if (m < n) {
    throw new ShapeError(`Cannot call ${name}() on ${show(a.shape)}: it must have no more columns than rows`);
  }
  const { v, triangle, d } = reflectionsOf(name, a, tau), right = v.narrow(-2, 0, n).mT.mul(d);
  return identityLike(a, m, n).sub(
    v.matmul(solveTriangular(triangle, right, { upper: true, unitriangular: true })),
  );
}

/**
 * {@link householderProduct} by LAPACK's name. See {@link https://pytorch.org/docs/stable/generated/torch.orgqr.html}.
 *
 * @example
 * ```ts
 * import { geqrf, orgqr, tensor } from "@dinograd/dinograd";
 *
 * console.log(orgqr(...geqrf(tensor([[3], [4]]))).allclose(tensor([[-0.6], [-0.8]]))); // true
 * ```
 */
export function orgqr(x: Tensor, tau: Tensor): Tensor {
  return product("orgqr", x, tau);
}

/** Options of {@link ormqr}. */
export interface OrmqrOptions {
  /** Multiply from the left, Q·C (default), rather than C·Q. */
  left?: boolean;
  /** Multiply by Qᵀ; default false. */
  transpose?: boolean;
}

/**
 * Multiplies `other` by the whole Q [..., m, m] of {@link geqrf}'s results, from the left or the right. See
 * {@link https://pytorch.org/docs/stable/generated/torch.ormqr.html}.
 *
 * @throws {ShapeError} if the sizes do not fit.
 *
 * @example
 * ```ts
 * import { geqrf, ormqr, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([[3], [4]]), r = ormqr(...geqrf(x), x, { transpose: true });
 * console.log(r.allclose(tensor([[-5], [0]]), { atol: 1e-6 })); // true
 * ```
 */
export function ormqr(x: Tensor, tau: Tensor, other: Tensor, ...args: Optional<OrmqrOptions>): Tensor {
  const a = asMatrices("ormqr", "the input", x), c = asMatrices("ormqr", "other", other);
  const { left = true, transpose = false } = named<OrmqrOptions>("ormqr", args, ["left", "transpose"]);
  asFlag("ormqr", "transpose", transpose);
  const side = asFlag("ormqr", "left", left) ? -2 : -1;
  if (c.shape.at(side) !== a.shape.at(-2) || !sameShape(a.shape.slice(0, -2), c.shape.slice(0, -2))) {
    throw new ShapeError(
      `Cannot call ormqr() on ${show(a.shape)} and ${show(c.shape)}: the second must have ${a.shape.at(-2)} ${
        left ? "rows" : "columns"
      }, and the same leading sizes`,
    );
  }
  if (c.dtype !== a.dtype) {
    throw new TypeError(`Cannot call ormqr() on ${a.dtype} and ${c.dtype}: the dtypes must be equal`);
  }
  const reflections = reflectionsOf("ormqr", a, tau);
  // C·Q = (Qᵀ·Cᵀ)ᵀ
  return left ? reflected(reflections, c, transpose) : reflected(reflections, c.mT, !transpose).mT;
}

/** Q·C = C − V·(1 + D·S)⁻¹·D·Vᵀ·C; of Qᵀ the inner factor is transposed. */
function reflected({ v, triangle, d }: Reflections, c: Tensor, transpose: boolean): Tensor {
  const inner = v.mT.matmul(c), unitriangular = true;
  const turned = transpose
    ? solveTriangular(triangle.mT, inner, { upper: false, unitriangular }).mul(d)
    : solveTriangular(triangle, inner.mul(d), { upper: true, unitriangular });
  return c.sub(v.matmul(turned));
}
