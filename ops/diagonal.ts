/** Diagonals and triangles of matrices. */
import { asCount, asFlag, named } from "../lib/arguments.ts";
import { asDType, type DType } from "../lib/dtype.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import { refuseLeaf } from "../lib/inplace.ts";
import { defineOp } from "../lib/op.ts";
import { resolveDim, sameShape, type Shape, show, sizeOf } from "../lib/shape.ts";
import { asTensor, empty, type Tensor, viewOf } from "../lib/tensor.ts";

/** Options of {@link diagonal} and its relatives. */
export interface DiagonalOptions {
  /** Which diagonal: 0 the main one, positive ones above, negative ones below. */
  offset?: number;
  /** The dimension of rows; default 0, of {@link diagEmbed} −2. */
  dim1?: number;
  /** The dimension of columns; default 1, of {@link diagEmbed} −1. */
  dim2?: number;
}

interface DiagonalParams {
  readonly offset: number;
  readonly dim1: number;
  readonly dim2: number;
}

/** The length of a diagonal of an m × n matrix. */
function lengthOf(m: number, n: number, offset: number): number {
  return Math.max(0, offset >= 0 ? Math.min(m, n - offset) : Math.min(m + offset, n));
}

/** The diagonal as a view: its dimension comes last. */
function diagonalView(x: Tensor, { offset, dim1, dim2 }: DiagonalParams): Tensor {
  const length = lengthOf(x.shape[dim1], x.shape[dim2], offset);
  const others = (list: readonly number[]) => list.filter((_, d) => d !== dim1 && d !== dim2);
  const start = length === 0 ? 0 : offset >= 0 ? offset * x.strides[dim2] : -offset * x.strides[dim1];
  return viewOf(
    x,
    [...others(x.shape), length],
    [...others(x.strides), x.strides[dim1] + x.strides[dim2]],
    x.offset + start,
  );
}

const runDiagonal = defineOp<DiagonalParams>({
  name: "diagonal",
  linear: true,
  forward: ([x], params) => diagonalView(x, params),
  isView: true,
  keeps: "nothing",
  grad: [(g, [x], _y, params) => g.newZeros(x.shape).diagonalScatter(g, params)],
});

const runDiagonalScatter = defineOp<DiagonalParams>({
  name: "diagonalScatter",
  forward: ([x, src], params) => {
    const y = x.clone();
    diagonalView(y, params).copy_(src);
    return y;
  },
  keeps: "nothing",
  grad: [
    (g, [, src], _y, params) => g.diagonalScatter(g.newZeros(src.shape), params),
    (g, _inputs, _y, params) => g.diagonal(params),
  ],
});

const runDiagEmbed = defineOp<DiagonalParams & { readonly shape: Shape }>({
  name: "diagEmbed",
  linear: true,
  forward: ([x], { shape, ...params }) => {
    const y = x.newZeros(shape);
    diagonalView(y, params).copy_(x);
    return y;
  },
  keeps: "nothing",
  grad: [(g, _inputs, _y, { offset, dim1, dim2 }) => g.diagonal(offset, dim1, dim2)],
});

/** Reads offset, dim1 and dim2 for a tensor of shape `shape`. */
function paramsOf(
  name: string,
  shape: Shape,
  args: readonly unknown[],
  dims: readonly [number, number],
): DiagonalParams {
  const given = named<DiagonalOptions>(name, args.filter((a) => a !== undefined), ["offset", "dim1", "dim2"]);
  const { offset = 0 } = given;
  if (shape.length < 2) {
    throw new ShapeError(`Cannot call ${name}() on ${show(shape)}: it must have at least 2 dimensions`);
  }
  const dim1 = resolveDim(`call ${name}()`, given.dim1 ?? dims[0], shape);
  const dim2 = resolveDim(`call ${name}()`, given.dim2 ?? dims[1], shape);
  if (dim1 === dim2) {
    throw new RangeError(`Cannot call ${name}() with dim1 = dim2 = ${dim1}: they must differ`);
  }
  return { offset: asOffset(name, offset), dim1, dim2 };
}

function asOffset(name: string, offset: unknown): number {
  if (typeof offset === "number" && Number.isSafeInteger(offset)) return offset;
  throw new TypeError(`Cannot call ${name}() with diagonal ${describe(offset)}: it must be a whole number`);
}

/**
 * The diagonal of the matrices in two dimensions, as a view; it becomes the last dimension. See
 * {@link https://pytorch.org/docs/stable/generated/torch.diagonal.html}.
 *
 * @example
 * ```ts
 * import { diagonal, tensor } from "@dinograd/dinograd";
 *
 * console.log(diagonal(tensor([[1, 2], [3, 4]])).toArray()); // [1, 4]
 * ```
 */
export function diagonal(
  x: Tensor,
  offset?: number | DiagonalOptions,
  dim1?: number | DiagonalOptions,
  dim2?: number | DiagonalOptions,
): Tensor {
  const { shape } = asTensor("call diagonal()", "the input", x);
  return runDiagonal([x], paramsOf("diagonal", shape, [offset, dim1, dim2], [0, 1]));
}

/**
 * A copy of `x` with its {@link diagonal} replaced by `src`. See {@link
 * https://pytorch.org/docs/stable/generated/torch.diagonal_scatter.html}.
 *
 * @example
 * ```ts
 * import { diagonalScatter, tensor, zeros } from "@dinograd/dinograd";
 *
 * console.log(diagonalScatter(zeros([2, 2]), tensor([1, 2])).toArray()); // [[1, 0], [0, 2]]
 * ```
 */
export function diagonalScatter(
  x: Tensor,
  src: Tensor,
  offset?: number | DiagonalOptions,
  dim1?: number | DiagonalOptions,
  dim2?: number | DiagonalOptions,
): Tensor {
  const { shape } = asTensor("call diagonalScatter()", "the input", x);
  const params = paramsOf("diagonalScatter", shape, [offset, dim1, dim2], [0, 1]);
  const part = asTensor("call diagonalScatter()", "src", src), wanted = diagonalView(x, params).shape;
  if (!sameShape(part.shape, wanted)) {
    throw new ShapeError(
      `Cannot call diagonalScatter() on ${show(shape)} with src of shape ${
        show(part.shape)
      }: it must have shape ${show(wanted)}`,
    );
  }
  return runDiagonalScatter([x, part.to(x.dtype)], params);
}

/**
 * Matrices, zero but for a diagonal that is the last dimension of `x`; rows and columns become `dim1` and `dim2` of the
 * result. See {@link https://pytorch.org/docs/stable/generated/torch.diag_embed.html}.
 *
 * @example
 * ```ts
 * import { diagEmbed, tensor } from "@dinograd/dinograd";
 *
 * console.log(diagEmbed(tensor([1, 2])).toArray()); // [[1, 0], [0, 2]]
 * ```
 */
export function diagEmbed(
  x: Tensor,
  offset?: number | DiagonalOptions,
  dim1?: number | DiagonalOptions,
  dim2?: number | DiagonalOptions,
): Tensor {
  const { shape } = asTensor("call diagEmbed()", "the input", x);
  if (shape.length === 0) {
    throw new ShapeError("Cannot call diagEmbed() on a 0-d tensor: it has no dimension");
  }
  const params = paramsOf("diagEmbed", [...shape, 1], [offset, dim1, dim2], [-2, -1]);
  const n = shape[shape.length - 1] + Math.abs(params.offset), others = shape.slice(0, -1);
  let next = 0;
  const full = [...shape, 1].map((_, d) => d === params.dim1 || d === params.dim2 ? n : others[next++]);
  return runDiagEmbed([x], { ...params, shape: full });
}

/**
 * Of a vector, the matrix that has it on its diagonal; of a matrix, the diagonal. See
 * {@link https://pytorch.org/docs/stable/generated/torch.diag.html}.
 *
 * @throws {ShapeError} if there are more than two dimensions.
 *
 * @example
 * ```ts
 * import { diag, tensor } from "@dinograd/dinograd";
 *
 * console.log(diag(tensor([[1, 2], [3, 4]]), 1).toArray()); // [2]
 * ```
 */
export function diag(x: Tensor, diagonal: number | { diagonal?: number } = 0): Tensor {
  const { diagonal: offset = 0 } = named<{ diagonal: number }>("diag", [diagonal], ["diagonal"]);
  const { shape } = asTensor("call diag()", "the input", x);
  if (shape.length === 1) return diagEmbed(x, asOffset("diag", offset));
  if (shape.length === 2) return x.diagonal(asOffset("diag", offset)).clone();
  throw new ShapeError(`Cannot call diag() on ${show(shape)}: it must have 1 or 2 dimensions`);
}

/**
 * {@link diag} of the flattened tensor. See {@link https://pytorch.org/docs/stable/generated/torch.diagflat.html}.
 *
 * @example
 * ```ts
 * import { diagflat, tensor } from "@dinograd/dinograd";
 *
 * console.log(diagflat(tensor([[1], [2]])).toArray()); // [[1, 0], [0, 2]]
 * ```
 */
export function diagflat(x: Tensor, offset: number | { offset?: number } = 0): Tensor {
  const { offset: at = 0 } = named<{ offset: number }>("diagflat", [offset], ["offset"]);
  return diagEmbed(asTensor("call diagflat()", "the input", x).reshape([-1]), asOffset("diagflat", at));
}

/** Copies the part of each matrix below and on a diagonal, or above and on it; the rest is zero. */
function triangle(x: Tensor, diagonal: number, lower: boolean): Tensor {
  const y = empty(x.shape, x.dtype), out = y.storage.view(y.dtype), source = x.contiguous();
  const all = source.storage.view(x.dtype), n = x.shape[x.shape.length - 1], m = x.shape[x.shape.length - 2];
  const rows = n === 0 ? 0 : sizeOf(x.shape) / n;
  for (let row = 0; row < rows; row++) {
    const edge = Math.min(Math.max((row % m) + diagonal + (lower ? 1 : 0), 0), n);
    const from = source.offset + row * n, to = y.offset + row * n;
    const start = lower ? 0 : edge, end = lower ? edge : n;
    out.fill(0, to, to + start);
    out.set(all.subarray(from + start, from + end), to + start);
    out.fill(0, to + end, to + n);
  }
  return y;
}

const runTril = defineOp<{ diagonal: number }>({
  name: "tril",
  linear: true,
  forward: ([x], { diagonal }) => triangle(x, diagonal, true),
  keeps: "nothing",
  grad: [(g, _inputs, _y, params) => g.tril(params)],
});

const runTriu = defineOp<{ diagonal: number }>({
  name: "triu",
  linear: true,
  forward: ([x], { diagonal }) => triangle(x, diagonal, false),
  keeps: "nothing",
  grad: [(g, _inputs, _y, params) => g.triu(params)],
});

function triangleOf(name: string, x: Tensor, diagonal: number | { diagonal?: number }): { diagonal: number } {
  const { diagonal: at = 0 } = named<{ diagonal: number }>(name, [diagonal], ["diagonal"]);
  const { shape } = asTensor(`call ${name}()`, "the input", x);
  if (shape.length >= 2) return { diagonal: asOffset(name, at) };
  throw new ShapeError(`Cannot call ${name}() on ${show(shape)}: it must have at least 2 dimensions`);
}

/**
 * The lower triangle of matrices, up to the given diagonal; zeros elsewhere. See
 * {@link https://pytorch.org/docs/stable/generated/torch.tril.html}.
 *
 * @example
 * ```ts
 * import { ones } from "@dinograd/dinograd";
 *
 * console.log(ones([2, 2]).tril().toArray()); // [[1, 0], [1, 1]]
 * ```
 */
export function tril(x: Tensor, diagonal: number | { diagonal?: number } = 0): Tensor {
  return runTril([x], triangleOf("tril", x, diagonal));
}

/**
 * The upper triangle of matrices, from the given diagonal on; zeros elsewhere. See
 * {@link https://pytorch.org/docs/stable/generated/torch.triu.html}.
 *
 * @example
 * ```ts
 * import { ones } from "@dinograd/dinograd";
 *
 * console.log(ones([2, 2]).triu(1).toArray()); // [[0, 1], [0, 0]]
 * ```
 */
export function triu(x: Tensor, diagonal: number | { diagonal?: number } = 0): Tensor {
  return runTriu([x], triangleOf("triu", x, diagonal));
}

/**
 * Sets the main diagonal of `x`, the elements whose indices are all equal, to one number in place; that of a tall matrix
 * starts again after it has ended if `wrap`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.Tensor.fill_diagonal_.html}.
 *
 * @throws {ShapeError} if `x` is a vector, or has more than 2 dimensions and they differ in size.
 *
 * @example
 * ```ts
 * import { zeros } from "@dinograd/dinograd";
 *
 * console.log(zeros([2, 2]).fillDiagonal_(7).toArray()); // [[7, 0], [0, 7]]
 * ```
 */
export function fillDiagonal_(
  x: Tensor,
  value: Tensor | number,
  wrap: boolean | { wrap?: boolean } = false,
): Tensor {
  const { shape } = asTensor("call fillDiagonal_()", "the input", x);
  const again = asFlag(
    "fillDiagonal_",
    "wrap",
    named<{ wrap: boolean }>("fillDiagonal_", [wrap], ["wrap"]).wrap ?? false,
  );
  if (shape.length < 2 || (shape.length > 2 && shape.some((n) => n !== shape[0]))) {
    throw new ShapeError(
      `Cannot call fillDiagonal_() on ${show(shape)}: it must have 2 dimensions, or more of one size`,
    );
  }
  refuseLeaf("fillDiagonal_", x);
  const [height, width] = shape;
  for (let row = 0; row < height && (row === 0 || (again && shape.length === 2)); row += width + 1) {
    let line = x.narrow(0, row, height - row);
    while (line.shape.length > 1) line = line.diagonal();
    line.fill_(value);
  }
  return x;
}

/** Options of {@link trilIndices} and {@link triuIndices}. */
export interface TriangleOptions {
  /** The diagonal where the triangle ends or begins; default 0. */
  offset?: number;
  /** int32 (default) or another dtype. */
  dtype?: DType;
}

function triangleIndices(
  name: string,
  row: number,
  col: number,
  rest: readonly unknown[],
  lower: boolean,
): Tensor {
  const args = rest.filter((a) => a !== undefined);
  const { offset = 0, dtype = "int32" } = named<TriangleOptions>(name, args, ["offset"], ["dtype"]);
  const m = asCount(name, "row", row), n = asCount(name, "col", col), at = asOffset(name, offset);
  if (m * n >= 2 ** 27) throw new RangeError(`Cannot call ${name}() for [${m}, ${n}]: that is too large`);
  // in row i from column `first` to before `end`
  const first = (i: number) => lower ? 0 : Math.min(n, Math.max(0, i + at));
  const end = (i: number) => lower ? Math.min(n, Math.max(0, i + at + 1)) : n;
  let count = 0;
  for (let i = 0; i < m; i++) count += end(i) - first(i);
  const type = asDType(`call ${name}()`, dtype), y = empty([2, count], type), out = y.storage.view(type);
  for (let i = 0, k = y.offset; i < m; i++) {
    const from = first(i), to = end(i);
    for (let j = from; j < to; j++, k++) {
      out[k] = i;
      out[k + count] = j;
    }
  }
  return y;
}

/**
 * Rows and columns [2, count] of the elements of the lower triangle of a matrix, for {@link index}. See
 * {@link https://pytorch.org/docs/stable/generated/torch.tril_indices.html}.
 *
 * @example
 * ```ts
 * import { trilIndices } from "@dinograd/dinograd";
 *
 * console.log(trilIndices(2, 2).toArray()); // [[0, 1, 1], [0, 0, 1]]
 * ```
 */
export function trilIndices(
  row: number,
  col: number,
  offset?: number | TriangleOptions,
  options?: TriangleOptions,
): Tensor {
  return triangleIndices("trilIndices", row, col, [offset, options], true);
}

/**
 * As {@link trilIndices}, of the upper triangle. See {@link
 * https://pytorch.org/docs/stable/generated/torch.triu_indices.html}.
 *
 * @example
 * ```ts
 * import { triuIndices } from "@dinograd/dinograd";
 *
 * console.log(triuIndices(2, 2).toArray()); // [[0, 0, 1], [0, 1, 1]]
 * ```
 */
export function triuIndices(
  row: number,
  col: number,
  offset?: number | TriangleOptions,
  options?: TriangleOptions,
): Tensor {
  return triangleIndices("triuIndices", row, col, [offset, options], false);
}
