/** Joining tensors, as cat and stack do, and as the gradients of split and unbind need it. */
import { promote } from "./dtype.ts";
import { named } from "./arguments.ts";
import { describe } from "./errors.ts";
import { defineOp } from "./op.ts";
import { type Shape, sizeOf } from "./shape.ts";
import { asTensor, empty, type Tensor, viewOf } from "./tensor.ts";

/** A dimension, directly or by name. */
export type DimArgument = number | { dim?: number };

/** Reads a dimension; default 0. */
export function dimOf(name: string, dim: DimArgument): number {
  return named<{ dim: number }>(name, [dim], ["dim"]).dim ?? 0;
}

/** Checks a list of tensors and gives them one dtype. */
export function listOf(name: string, tensors: unknown): Tensor[] {
  if (!Array.isArray(tensors) || tensors.length === 0) {
    throw new TypeError(
      `Cannot call ${name}() with ${describe(tensors)}: it takes an array of at least one tensor`,
    );
  }
  const list = tensors.map((x, i) => asTensor(`call ${name}()`, `tensor ${i}`, x));
  const dtype = list.reduce((common, x) => promote(common, x.dtype), list[0].dtype);
  return list.map((x) => x.to(dtype));
}

/** Where each part goes along the dimension. */
export interface CatParams {
  readonly dim: number;
  readonly starts: readonly number[];
  readonly sizes: readonly number[];
}

/** Copies `parts`, which differ in size along `dim` only, one after the other into a new tensor. */
function joined(parts: readonly Tensor[], shape: Shape, { dim, starts }: CatParams): Tensor {
  const y = empty(shape, parts[0].dtype), all = y.storage.view(y.dtype);
  const outer = sizeOf(shape.slice(0, dim)), step = y.strides[dim];
  for (let i = 0; i < parts.length; i++) {
    const x = parts[i], size = sizeOf(x.shape), start = y.offset + starts[i] * step;
    if (size === 0) continue;
    if (outer === 1 && x.isContiguous()) {
      const values = x.storage.view(x.dtype);
      if (size < 32) { for (let k = 0; k < size; k++) all[start + k] = values[x.offset + k]; }
      else all.set(values.subarray(x.offset, x.offset + size), start);
    } else viewOf(y, x.shape, y.strides, start).copy_(x);
  }
  return y;
}

/** Joins tensors that differ in size along one dimension only. */
export const runCat: (parts: readonly Tensor[], params: CatParams) => Tensor = defineOp<CatParams>({
  name: "cat",
  forward: (parts, params) => {
    const { dim, sizes } = params, { shape } = parts[0];
    return joined(parts, shape.map((n, d) => d === dim ? sizes.reduce((a, b) => a + b) : n), params);
  },
  keeps: "nothing",
  gradEach: (i) => (g, _parts, _y, { dim, starts, sizes }) => g.narrow(dim, starts[i], sizes[i]),
});

/** {@link runCat} of tensors that are known to fit. */
export function joinAlong(parts: readonly Tensor[], dim: number): Tensor {
  let end = 0;
  const sizes = parts.map((part) => part.shape[dim]), starts = sizes.map((size) => (end += size) - size);
  return runCat(parts, { dim, starts, sizes });
}

/** Joins tensors of one shape along a new dimension. */
export const runStack: (parts: readonly Tensor[], params: { dim: number }) => Tensor = defineOp<
  { dim: number }
>({
  name: "stack",
  forward: (parts, { dim }) => {
    const { shape } = parts[0], rows = [...shape.slice(0, dim), 1, ...shape.slice(dim)];
    const thick = parts.map((x) => viewOf(x, rows, [...x.strides.slice(0, dim), 1, ...x.strides.slice(dim)]));
    const starts = parts.map((_, i) => i), sizes = parts.map(() => 1);
    return joined(thick, rows.map((n, d) => d === dim ? parts.length : n), { dim, starts, sizes });
  },
  keeps: "nothing",
  gradEach: (i) => (g, _parts, _y, { dim }) => g.select(dim, i),
});
