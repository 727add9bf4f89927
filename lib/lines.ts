/** A tensor seen along one dimension: `outer` blocks of `n` rows of `inner` neighbouring elements. */
import type { TypedArray } from "./dtype.ts";
import { type Shape, sizeOf } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** How the elements of a contiguous tensor lie along one dimension. */
export interface Lines {
  readonly outer: number;
  readonly n: number;
  readonly inner: number;
}

/** A shape seen along `dim`; a 0-d tensor is one line of one element. */
export function linesOf(shape: Shape, dim: number): Lines {
  return { outer: sizeOf(shape.slice(0, dim)), n: shape[dim] ?? 1, inner: sizeOf(shape.slice(dim + 1)) };
}

/** The elements of `x` in row-major order: its memory where they lie so, else a copy. */
export function elementsOf(x: Tensor): TypedArray {
  const packed = x.contiguous();
  return packed.storage.view(x.dtype).subarray(packed.offset, packed.offset + sizeOf(x.shape));
}
