/** Lists of tensors brought to common shapes, and cutting by position: compositions of views. */
import { asChoice, isOptions, named } from "../lib/arguments.ts";
import { ShapeError } from "../lib/errors.ts";
import { broadcastShapes, type Shape, show } from "../lib/shape.ts";
import { asTensor, type Tensor } from "../lib/tensor.ts";

function listOf(name: string, tensors: readonly unknown[]): Tensor[] {
  const list: readonly unknown[] = tensors.length === 1 && Array.isArray(tensors[0]) ? tensors[0] : tensors;
  return list.map((x, i) => asTensor(`call ${name}()`, `tensor ${i}`, x));
}

/**
 * Views of tensors expanded to their common shape. See
 * {@link https://pytorch.org/docs/stable/generated/torch.broadcast_tensors.html}.
 *
 * @throws {ShapeError} if there is none.
 *
 * @example
 * ```ts
 * import { broadcastTensors, zeros } from "@dinograd/dinograd";
 *
 * console.log(broadcastTensors(zeros([2, 1]), zeros([3])).map((x) => x.shape)); // [[2, 3], [2, 3]]
 * ```
 */
export function broadcastTensors(...tensors: (Tensor | readonly Tensor[])[]): Tensor[] {
  const list = listOf("broadcastTensors", tensors);
  const shape = list.reduce<Shape>((common, x) => broadcastShapes("broadcast", common, x.shape), []);
  return list.map((x) => x.expand(shape));
}

/** Options of {@link meshgrid}. */
export interface MeshgridOptions {
  /** "ij" (default): the first vector runs along dim 0; "xy": along dim 1, the second along dim 0. */
  indexing?: "ij" | "xy";
}

/**
 * The coordinates of a grid: one tensor per vector, each of shape [n₀, n₁, ...], as views. See
 * {@link https://pytorch.org/docs/stable/generated/torch.meshgrid.html}.
 *
 * @throws {ShapeError} if an input has more than one dimension.
 *
 * @example
 * ```ts
 * import { arange, meshgrid } from "@dinograd/dinograd";
 *
 * const [y, x] = meshgrid(arange(2), arange(3));
 * console.log(y.toArray(), x.toArray()); // [[0, 0, 0], [1, 1, 1]] [[0, 1, 2], [0, 1, 2]]
 * ```
 */
export function meshgrid(...args: (Tensor | readonly Tensor[] | MeshgridOptions)[]): Tensor[] {
  const options = args.filter((a, i) => i === args.length - 1 && isOptions(a));
  const { indexing = "ij" } = named<MeshgridOptions>("meshgrid", options, [], ["indexing"]);
  const list = listOf("meshgrid", args.slice(0, args.length - options.length));
  const odd = list.find((x) => x.shape.length > 1);
  if (odd || list.length === 0) {
    throw new ShapeError(
      odd
        ? `Cannot call meshgrid() on ${show(odd.shape)}: every input must be a vector or 0-d`
        : "Cannot call meshgrid() without a tensor",
    );
  }
  const swapped = asChoice("meshgrid", "indexing", indexing, ["ij", "xy"]) === "xy" && list.length > 1;
  const ordered = swapped ? [list[1], list[0], ...list.slice(2)] : list,
    shape = ordered.map((x) => x.numel());
  const grids = ordered.map((x, d) => x.reshape(shape.map((n, i) => i === d ? n : 1)).expand(shape));
  if (!swapped) return grids;
  const [second, first, ...rest] = grids;
  return [first, second, ...rest];
}

/** Applies `f` to one tensor, or to each of several given as arguments or as an array. */
function each(
  name: string,
  tensors: readonly (Tensor | readonly Tensor[])[],
  f: (x: Tensor) => Tensor,
): Tensor | Tensor[] {
  const list = listOf(name, tensors).map(f);
  return tensors.length === 1 && !Array.isArray(tensors[0]) ? list[0] : list;
}

/**
 * Tensors with at least one dimension, as views. See {@link
 * https://pytorch.org/docs/stable/generated/torch.atleast_1d.html}.
 *
 * @example
 * ```ts
 * import { atleast1d, tensor } from "@dinograd/dinograd";
 *
 * console.log(atleast1d(tensor(5)).shape); // [1]
 * ```
 */
export function atleast1d(x: Tensor): Tensor;
/** As above, for each of an array of tensors. */
/** Several, as an array. */
export function atleast1d(tensors: readonly Tensor[]): Tensor[];
/** As above, for each of several tensors. */
/** Several, one by one. */
export function atleast1d(...tensors: Tensor[]): Tensor[];
export function atleast1d(...tensors: (Tensor | readonly Tensor[])[]): Tensor | Tensor[] {
  return each("atleast1d", tensors, (x) => x.shape.length >= 1 ? x : x.reshape([1]));
}

/**
 * Tensors with at least two dimensions: vectors become rows. See {@link
 * https://pytorch.org/docs/stable/generated/torch.atleast_2d.html}.
 *
 * @example
 * ```ts
 * import { atleast2d, tensor } from "@dinograd/dinograd";
 *
 * console.log(atleast2d(tensor([5, 6])).shape); // [1, 2]
 * ```
 */
export function atleast2d(x: Tensor): Tensor;
/** As above, for each of an array of tensors. */
/** Several, as an array. */
export function atleast2d(tensors: readonly Tensor[]): Tensor[];
/** As above, for each of several tensors. */
/** Several, one by one. */
export function atleast2d(...tensors: Tensor[]): Tensor[];
export function atleast2d(...tensors: (Tensor | readonly Tensor[])[]): Tensor | Tensor[] {
  return each("atleast2d", tensors, (x) => x.shape.length >= 2 ? x : x.reshape([1, x.numel()]));
}

/**
 * Tensors with at least three dimensions: [n] becomes [1, n, 1], [m, n] becomes [m, n, 1]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.atleast_3d.html}.
 *
 * @example
 * ```ts
 * import { atleast3d, tensor } from "@dinograd/dinograd";
 *
 * console.log(atleast3d(tensor([5, 6])).shape); // [1, 2, 1]
 * ```
 */
export function atleast3d(x: Tensor): Tensor;
/** As above, for each of an array of tensors. */
/** Several, as an array. */
export function atleast3d(tensors: readonly Tensor[]): Tensor[];
/** As above, for each of several tensors. */
/** Several, one by one. */
export function atleast3d(...tensors: Tensor[]): Tensor[];
export function atleast3d(...tensors: (Tensor | readonly Tensor[])[]): Tensor | Tensor[] {
  return each("atleast3d", tensors, (x) => {
    const { shape } = x;
    if (shape.length >= 3) return x;
    return x.reshape(shape.length === 2 ? [...shape, 1] : [1, x.numel(), 1]);
  });
}
