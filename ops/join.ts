/** Joining tensors. */
import { ShapeError } from "../lib/errors.ts";
import { type DimArgument, dimOf, joinAlong, listOf, runStack } from "../lib/join.ts";
import { resolveDim, sameShape, show } from "../lib/shape.ts";
import type { Tensor } from "../lib/tensor.ts";

export type { DimArgument };

/**
 * Joins tensors along `dim`; their other sizes must agree. dtypes are brought to the most general one. See
 * {@link https://pytorch.org/docs/stable/generated/torch.cat.html}.
 *
 * @throws {ShapeError} if sizes other than `dim`'s differ.
 *
 * @example
 * ```ts
 * import { cat, tensor } from "@dinograd/dinograd";
 *
 * console.log(cat([tensor([[1], [2]]), tensor([[3], [4]])], 1).toArray()); // [[1, 3], [2, 4]]
 * ```
 */
export function cat(tensors: readonly Tensor[], dim: DimArgument = 0): Tensor {
  const all = listOf("cat", tensors);
  const list = all.filter((x) => !(x.shape.length === 1 && x.shape[0] === 0)); // PyTorch: these fit anywhere
  if (list.length === 0) return all[0].clone();
  const { shape } = list[0], d = resolveDim("call cat()", dimOf("cat", dim), shape);
  const odd = list.find((x) =>
    x.shape.length !== shape.length || x.shape.some((size, i) => i !== d && size !== shape[i])
  );
  if (odd || shape.length === 0) {
    throw new ShapeError(
      shape.length === 0
        ? "Cannot call cat() on 0-d tensors: they have no dimension; use stack()"
        : `Cannot call cat() on ${show(shape)} and ${
          show(odd!.shape)
        } along dim ${d}: all other sizes must agree`,
    );
  }
  return joinAlong(list, d);
}

/**
 * {@link cat} by PyTorch's other name.
 *
 * @example
 * ```ts
 * import { concat, tensor } from "@dinograd/dinograd";
 *
 * console.log(concat([tensor([1]), tensor([2])]).toArray()); // [1, 2]
 * ```
 */
export function concat(tensors: readonly Tensor[], dim: DimArgument = 0): Tensor {
  return cat(tensors, dim);
}

/**
 * {@link cat} by PyTorch's third name.
 *
 * @example
 * ```ts
 * import { concatenate, tensor } from "@dinograd/dinograd";
 *
 * console.log(concatenate([tensor([1]), tensor([2])]).toArray()); // [1, 2]
 * ```
 */
export function concatenate(tensors: readonly Tensor[], dim: DimArgument = 0): Tensor {
  return cat(tensors, dim);
}

/**
 * Joins tensors of one shape along a new dimension `dim`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.stack.html}.
 *
 * @throws {ShapeError} if the shapes differ.
 *
 * @example
 * ```ts
 * import { stack, tensor } from "@dinograd/dinograd";
 *
 * console.log(stack([tensor([1, 2]), tensor([3, 4])], 1).toArray()); // [[1, 3], [2, 4]]
 * ```
 */
export function stack(tensors: readonly Tensor[], dim: DimArgument = 0): Tensor {
  const list = listOf("stack", tensors), { shape } = list[0];
  const d = resolveDim("call stack()", dimOf("stack", dim), [...shape, 1]);
  const odd = list.find((x) => !sameShape(x.shape, shape));
  if (odd) {
    throw new ShapeError(
      `Cannot call stack() on ${show(shape)} and ${show(odd.shape)}: all shapes must be equal`,
    );
  }
  return runStack(list, { dim: d });
}

/** The tensors with 1s added in front of and behind their shapes, until they have `rank` dimensions. */
function atLeast(name: string, tensors: readonly Tensor[], rank: number): Tensor[] {
  return listOf(name, tensors).map((x) => {
    if (x.shape.length >= rank) return x;
    const front = rank === 1 || x.shape.length === 2 ? 0 : 1;
    const shape = [...new Array(front).fill(1), ...x.shape];
    return x.reshape([...shape, ...new Array(Math.max(rank - shape.length, 0)).fill(1)]);
  });
}

/**
 * Joins tensors side by side: along dim 1, vectors along dim 0. See
 * {@link https://pytorch.org/docs/stable/generated/torch.hstack.html}.
 *
 * @example
 * ```ts
 * import { hstack, tensor } from "@dinograd/dinograd";
 *
 * console.log(hstack([tensor([[1], [2]]), tensor([[3], [4]])]).toArray()); // [[1, 3], [2, 4]]
 * ```
 */
export function hstack(tensors: readonly Tensor[]): Tensor {
  const list = atLeast("hstack", tensors, 1);
  return cat(list, list[0].shape.length === 1 ? 0 : 1);
}

/**
 * Joins tensors one below the other; vectors are rows. See
 * {@link https://pytorch.org/docs/stable/generated/torch.vstack.html}.
 *
 * @example
 * ```ts
 * import { tensor, vstack } from "@dinograd/dinograd";
 *
 * console.log(vstack([tensor([1, 2]), tensor([3, 4])]).toArray()); // [[1, 2], [3, 4]]
 * ```
 */
export function vstack(tensors: readonly Tensor[]): Tensor {
  return cat(atLeast("vstack", tensors, 2), 0);
}

/**
 * Joins tensors along dim 2. See {@link https://pytorch.org/docs/stable/generated/torch.dstack.html}.
 *
 * @example
 * ```ts
 * import { dstack, tensor } from "@dinograd/dinograd";
 *
 * console.log(dstack([tensor([1, 2]), tensor([3, 4])]).shape); // [1, 2, 2]
 * ```
 */
export function dstack(tensors: readonly Tensor[]): Tensor {
  return cat(atLeast("dstack", tensors, 3), 2);
}

/**
 * Joins tensors side by side; vectors are columns. See
 * {@link https://pytorch.org/docs/stable/generated/torch.column_stack.html}.
 *
 * @example
 * ```ts
 * import { columnStack, tensor } from "@dinograd/dinograd";
 *
 * console.log(columnStack([tensor([1, 2]), tensor([3, 4])]).toArray()); // [[1, 3], [2, 4]]
 * ```
 */
export function columnStack(tensors: readonly Tensor[]): Tensor {
  const list = listOf("columnStack", tensors);
  return cat(list.map((x) => x.shape.length < 2 ? x.reshape([x.numel(), 1]) : x), 1);
}
