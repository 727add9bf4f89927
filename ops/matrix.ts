/** Vectors and chains of matrices: cross products, Vandermonde matrices, products of many matrices. */
import { asCount, asFlag, named } from "../lib/arguments.ts";
import { isFloat } from "../lib/dtype.ts";
import { ShapeError } from "../lib/errors.ts";
import { joinAlong, listOf } from "../lib/join.ts";
import { defineOp } from "../lib/op.ts";
import { broadcastShapes, resolveDim, type Shape, show, sizeOf } from "../lib/shape.ts";
import { asRank, asTensor, empty, type Tensor } from "../lib/tensor.ts";
import type { DiagonalOptions } from "./diagonal.ts";

const runCross = defineOp<{ dim: number }>({
  name: "linalg.cross",
  forward: ([x, y], { dim }) => {
    const out = empty(x.shape, x.dtype), c = out.storage.view(out.dtype);
    const p = x.contiguous(), q = y.contiguous(), a = p.storage.view(p.dtype), b = q.storage.view(q.dtype);
    const inner = sizeOf(x.shape.slice(dim + 1)), outer = sizeOf(x.shape.slice(0, dim));
    for (let o = 0; o < outer; o++) {
      for (let k = 0; k < inner; k++) {
        const at = 3 * o * inner + k, i = p.offset + at, j = q.offset + at, to = out.offset + at;
        const a0 = a[i], a1 = a[i + inner], a2 = a[i + 2 * inner];
        const b0 = b[j], b1 = b[j + inner], b2 = b[j + 2 * inner];
        c[to] = a1 * b2 - a2 * b1;
        c[to + inner] = a2 * b0 - a0 * b2;
        c[to + 2 * inner] = a0 * b1 - a1 * b0;
      }
    }
    return out;
  },
  linear: true,
  // g · (x × y) is the same for all turns of the three
  grad: [
    (g, [, y], _c, { dim }) => y.cross(g, dim),
    (g, [x], _c, { dim }) => g.cross(x, dim),
  ],
});

function crossAlong(name: string, x: Tensor, other: Tensor, dim: unknown): Tensor {
  const action = `call ${name}()`, a = asTensor(action, "the input", x), b = asTensor(action, "other", other);
  if (a.shape.length !== b.shape.length) {
    throw new ShapeError(`Cannot ${action} on ${show(a.shape)} and ${show(b.shape)}: their ranks differ`);
  }
  const d = resolveDim(action, dim, a.shape);
  if (a.shape[d] !== 3 || b.shape[d] !== 3) {
    throw new ShapeError(
      `Cannot ${action} on ${show(a.shape)} and ${show(b.shape)} along dim ${d}: its size must be 3 in both`,
    );
  }
  const shape = broadcastShapes(`${action} on`, a.shape, b.shape), [p, q] = listOf(name, [a, b]);
  return runCross([p.expand(shape), q.expand(shape)], { dim: d });
}

/**
 * The cross products of vectors of size 3 along `dim`, without it the first dimension of that size. Other dimensions
 * broadcast. See {@link https://pytorch.org/docs/stable/generated/torch.cross.html}.
 *
 * @throws {ShapeError} if the size of `dim` is not 3.
 *
 * @example
 * ```ts
 * import { cross, tensor } from "@dinograd/dinograd";
 *
 * console.log(cross(tensor([1, 0, 0]), tensor([0, 1, 0])).toArray()); // [0, 0, 1]
 * ```
 */
export function cross(x: Tensor, other: Tensor, dim?: number | null | { dim?: number | null }): Tensor {
  const given = named<{ dim: number | null }>("cross", [dim], ["dim"]).dim ?? null;
  const { shape } = asTensor("call cross()", "the input", x), first = shape.indexOf(3);
  if (given === null && first < 0) {
    throw new ShapeError(`Cannot call cross() on ${show(shape)}: it has no dimension of size 3`);
  }
  return crossAlong("cross", x, other, given ?? first);
}

/**
 * linalg.cross: as {@link cross}, but along the last dimension unless told otherwise. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.cross.html}.
 *
 * @throws {ShapeError} if the size of `dim` is not 3.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@dinograd/dinograd";
 *
 * console.log(linalg.cross(tensor([[1, 0, 0]]), tensor([[0, 1, 0]])).toArray()); // [[0, 0, 1]]
 * ```
 */
export function linalgCross(x: Tensor, other: Tensor, dim?: number | { dim?: number }): Tensor {
  const { dim: along = -1 } = named<{ dim: number }>("linalg.cross", [dim], ["dim"]);
  return crossAlong("linalg.cross", x, other, along);
}

/**
 * The dot products of vectors along `dim`; other dimensions broadcast. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.vecdot.html}.
 *
 * @throws {TypeError} if the dtype is not a float type.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@dinograd/dinograd";
 *
 * console.log(linalg.vecdot(tensor([[1, 2], [3, 4]]), tensor([10, 1])).toArray()); // [12, 34]
 * ```
 */
export function vecdot(x: Tensor, y: Tensor, dim?: number | { dim?: number }): Tensor {
  const name = "linalg.vecdot", { dim: along = -1 } = named<{ dim: number }>(name, [dim], ["dim"]);
  const a = asTensor(`call ${name}()`, "x", x), b = asTensor(`call ${name}()`, "y", y);
  if (!isFloat(a.dtype) || !isFloat(b.dtype)) {
    throw new TypeError(`Cannot call ${name}() on ${a.dtype} and ${b.dtype}: both must be of a float dtype`);
  }
  const products = a.mul(b);
  return products.sum(resolveDim(`call ${name}()`, along, products.shape));
}

/** Options of {@link vander}. */
export interface VanderOptions {
  /** The number of columns; default: that of elements. */
  N?: number | null;
  /** Whether powers grow from left to right; default false. */
  increasing?: boolean;
}

/** x to the powers 0 … n − 1 as a new last dimension. */
function powers(x: Tensor, n: number): Tensor {
  const products = x.unsqueeze(-1).expand([...x.shape, Math.max(n - 1, 0)]).cumprod(-1);
  return joinAlong([products.newOnes([...x.shape, 1]), products], x.ndim).narrow(-1, 0, n);
}

/**
 * The Vandermonde matrix of a vector: its powers n − 1 … 0 side by side, 0 … n − 1 if `increasing`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.vander.html}.
 *
 * @throws {ShapeError} if it is not a vector.
 *
 * @example
 * ```ts
 * import { tensor, vander } from "@dinograd/dinograd";
 *
 * console.log(vander(tensor([1, 2, 3]), 3).toArray()); // [[1, 1, 1], [4, 2, 1], [9, 3, 1]]
 * ```
 */
export function vander(
  x: Tensor,
  N?: number | null | VanderOptions,
  increasing?: boolean | VanderOptions,
): Tensor {
  const given = named<VanderOptions>("vander", [N, increasing], ["N", "increasing"]);
  const input = asRank("vander", "the input", x, 1), n = asCount("vander", "N", given.N ?? input.shape[0]);
  const columns = powers(input, n);
  return asFlag("vander", "increasing", given.increasing ?? false) ? columns : columns.fliplr();
}

/**
 * linalg.vander: the powers 0 … N − 1 of every element as a new last dimension, N being the last size unless told
 * otherwise. See {@link https://pytorch.org/docs/stable/generated/torch.linalg.vander.html}.
 *
 * @throws {RangeError} if N is less than 2.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@dinograd/dinograd";
 *
 * console.log(linalg.vander(tensor([1, 2, 3])).toArray()); // [[1, 1, 1], [1, 2, 4], [1, 3, 9]]
 * ```
 */
export function linalgVander(x: Tensor, N?: number | null | { N?: number | null }): Tensor {
  const name = "linalg.vander", given = named<VanderOptions>(name, [N], ["N"]);
  const input = asTensor(`call ${name}()`, "the input", x),
    row = input.shape.length === 0 ? input.unsqueeze(0) : input;
  return powers(row, asCount(name, "N", given.N ?? row.shape[row.shape.length - 1], 2));
}

/**
 * linalg.diagonal: as {@link diagonal}, of the last two dimensions unless told otherwise. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.diagonal.html}.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@dinograd/dinograd";
 *
 * console.log(linalg.diagonal(tensor([[[1, 2], [3, 4]]])).toArray()); // [[1, 4]]
 * ```
 */
export function linalgDiagonal(x: Tensor, options?: DiagonalOptions): Tensor {
  const name = "linalg.diagonal", input = asTensor(`call ${name}()`, "the input", x);
  const given = named<DiagonalOptions>(name, [options], [], ["offset", "dim1", "dim2"]);
  return input.diagonal({ dim1: -2, dim2: -1, ...given });
}

/**
 * The product of matrices [n₀, n₁], [n₁, n₂] ... in the order with the fewest multiplications. The first may be a row
 * and the last a column, given as vectors. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.multi_dot.html}.
 *
 * @throws {ShapeError} if inner sizes differ.
 *
 * @example
 * ```ts
 * import { linalg, ones } from "@dinograd/dinograd";
 *
 * console.log(linalg.multiDot([ones([2, 3]), ones([3, 4]), ones([4])]).toArray()); // [12, 12]
 * ```
 */
export function multiDot(tensors: readonly Tensor[]): Tensor {
  const name = "linalg.multiDot", list = listOf(name, tensors);
  if (list.length < 2) throw new TypeError(`Cannot call ${name}() with one tensor: it takes two or more`);
  const row = list[0].shape.length === 1, column = list[list.length - 1].shape.length === 1;
  const y = chain(
    name,
    list.map((x, i) => {
      if (row && i === 0) return x.unsqueeze(0);
      return column && i === list.length - 1 ? x.unsqueeze(1) : x;
    }),
  );
  return y.reshape(y.shape.slice(row ? 1 : 0, column ? 1 : 2));
}

/**
 * The product of matrices [n₀, n₁], [n₁, n₂] ... in the order with the fewest multiplications. See
 * {@link https://pytorch.org/docs/stable/generated/torch.chain_matmul.html}.
 *
 * @throws {ShapeError} if inner sizes differ.
 *
 * @example
 * ```ts
 * import { chainMatmul, ones } from "@dinograd/dinograd";
 *
 * console.log(chainMatmul(ones([1, 2]), ones([2, 3]), ones([3, 1])).toArray()); // [[6]]
 * ```
 */
export function chainMatmul(...matrices: Tensor[]): Tensor {
  return chain("chainMatmul", listOf("chainMatmul", matrices));
}

function chain(name: string, list: readonly Tensor[]): Tensor {
  const matrices = list.map((x, i) => asRank(name, `tensor ${i}`, x, 2));
  const sizes = [matrices[0].shape[0], ...matrices.map((x) => x.shape[1])];
  matrices.forEach(({ shape }, i) => {
    if (shape[0] === sizes[i]) return;
    throw new ShapeError(
      `Cannot call ${name}() on ${matrices.map((x) => show(x.shape)).join(" and ")}: inner sizes ${
        sizes[i]
      } and ${shape[0]} differ`,
    );
  });
  const split = bestSplits(sizes);
  const product = (i: number, j: number): Tensor =>
    i === j ? matrices[i] : product(i, split[i][j]).mm(product(split[i][j] + 1, j));
  return product(0, matrices.length - 1);
}

/** After which matrix to part i … j, so that multiplying sizes[i] × sizes[i + 1] ... costs least. */
function bestSplits(sizes: Shape): number[][] {
  const n = sizes.length - 1,
    cost = sizes.map(() => new Array<number>(n).fill(0)),
    split = cost.map(() => [0]);
  for (let length = 1; length < n; length++) {
    for (let i = 0; i + length < n; i++) {
      const j = i + length;
      cost[i][j] = Infinity;
      for (let k = i; k < j; k++) {
        const total = cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1];
        if (total < cost[i][j]) [cost[i][j], split[i][j]] = [total, k];
      }
    }
  }
  return split;
}
