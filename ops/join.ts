/** Joining tensors and taking them apart. Parts are views. */
import { asCount, named } from "../lib/arguments.ts";
import { promote } from "../lib/dtype.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import { mode } from "../lib/node.ts";
import { defineMultiOp, defineOp } from "../lib/op.ts";
import { resolveDim, sameShape, type Shape, show, sizeOf } from "../lib/shape.ts";
import { asTensor, empty, Tensor, viewOf } from "../lib/tensor.ts";

/** A dimension, directly or by name. */
export type DimArgument = number | { dim?: number };

function dimOf(name: string, dim: DimArgument, otherwise = 0): number {
  return named<{ dim: number }>(name, [dim], ["dim"]).dim ?? otherwise;
}

/** Checks a list of tensors and gives them one dtype. */
function listOf(name: string, tensors: unknown): Tensor[] {
  if (!Array.isArray(tensors) || tensors.length === 0) {
    throw new TypeError(
      `Cannot call ${name}() with ${describe(tensors)}: it takes an array of at least one tensor`,
    );
  }
  const list = tensors.map((x, i) => asTensor(`call ${name}()`, `tensor ${i}`, x));
  const dtype = list.reduce((common, x) => promote(common, x.dtype), list[0].dtype);
  return list.map((x) => x.to(dtype));
}

interface CatParams {
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

const runCat = defineOp<CatParams>({
  name: "cat",
  forward: (parts, params) => {
    const { dim, sizes } = params, { shape } = parts[0];
    return joined(parts, shape.map((n, d) => d === dim ? sizes.reduce((a, b) => a + b) : n), params);
  },
  keeps: "nothing",
  gradEach: (i) => (g, _parts, _y, { dim, starts, sizes }) => g.narrow(dim, starts[i], sizes[i]),
});

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
  const sizes = list.map((x) => x.shape[d]), starts = sizes.map(() => 0);
  for (let i = 1; i < sizes.length; i++) starts[i] = starts[i - 1] + sizes[i - 1];
  return runCat(list, { dim: d, starts, sizes });
}

/** {@link cat} by PyTorch's other name. */
export function concat(tensors: readonly Tensor[], dim: DimArgument = 0): Tensor {
  return cat(tensors, dim);
}

/** {@link cat} by PyTorch's third name. */
export function concatenate(tensors: readonly Tensor[], dim: DimArgument = 0): Tensor {
  return cat(tensors, dim);
}

const runStack = defineOp<{ dim: number }>({
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

/** Joins tensors along dim 2. See {@link https://pytorch.org/docs/stable/generated/torch.dstack.html}. */
export function dstack(tensors: readonly Tensor[]): Tensor {
  return cat(atLeast("dstack", tensors, 3), 2);
}

/**
 * Joins tensors side by side; vectors are columns. See
 * {@link https://pytorch.org/docs/stable/generated/torch.column_stack.html}.
 */
export function columnStack(tensors: readonly Tensor[]): Tensor {
  const list = listOf("columnStack", tensors);
  return cat(list.map((x) => x.shape.length < 2 ? x.reshape([x.numel(), 1]) : x), 1);
}

/** Zeros for the parts no gradient came to. */
function complete(g: readonly (Tensor | null)[], parts: readonly Tensor[]): Tensor[] {
  return g.map((part, i) => part ?? parts[i].newZeros(parts[i].shape));
}

const runSplit = defineMultiOp<{ dim: number; sizes: readonly number[] }>({
  name: "split",
  forward: ([x], { dim, sizes }) => {
    let start = 0;
    return sizes.map((size) => {
      const part = x.shape.map((n, d) => d === dim ? size : n);
      const view = viewOf(x, part, x.strides, x.offset + start * x.strides[dim]);
      start += size;
      return view;
    });
  },
  keeps: "nothing",
  grad: (g, _inputs, parts, { dim }) => [cat(complete(g, parts), dim)],
});

const runUnbind = defineMultiOp<{ dim: number }>({
  name: "unbind",
  forward: ([x], { dim }) => {
    const others = (list: readonly number[]) => list.filter((_, d) => d !== dim);
    const shape = others(x.shape), strides = others(x.strides);
    return Array.from(
      { length: x.shape[dim] },
      (_, i) => viewOf(x, shape, strides, x.offset + i * x.strides[dim]),
    );
  },
  keeps: "nothing",
  grad: (g, _inputs, parts, { dim }) => [stack(complete(g, parts), dim)],
});

/** Remembers that `parts` show parts of `x`, so that changing one in place is recorded on x. */
function asViews(parts: Tensor[], x: Tensor): Tensor[] {
  if (!mode.recording) return parts;
  const base = x.base ?? x;
  for (const part of parts) {
    part.base = base;
    part.stamp = base.stamp;
  }
  return parts;
}

function splitInto(name: string, x: Tensor, dim: number, sizes: readonly number[]): Tensor[] {
  const total = sizes.reduce((a, b) => a + b, 0);
  if (sizes.every((size) => Number.isInteger(size) && size >= 0) && total === x.shape[dim]) {
    return sizes.length === 0 ? [] : asViews(runSplit([x], { dim, sizes }), x);
  }
  throw new ShapeError(
    `Cannot call ${name}() on ${show(x.shape)} with sizes ${describe(sizes)}: they must add up to ${
      x.shape[dim]
    }, the size of dim ${dim}`,
  );
}

/** Checks the tensor and dim of an op that takes a tensor apart. */
function apart(name: string, x: Tensor, dim: DimArgument): number {
  const { shape } = asTensor(`call ${name}()`, "the input", x);
  if (shape.length === 0) throw new ShapeError(`Cannot call ${name}() on a 0-d tensor: it has no dimension`);
  return resolveDim(`call ${name}()`, dimOf(name, dim), shape);
}

/**
 * Views of `x` cut along `dim`, each `splitSize` long (the last may be shorter), or as long as an array of sizes says. See
 * {@link https://pytorch.org/docs/stable/generated/torch.split.html}.
 *
 * @throws {ShapeError} if given sizes do not add up to that of `dim`.
 *
 * @example
 * ```ts
 * import { arange } from "@dinograd/dinograd";
 *
 * console.log(arange(5).split(2).map(String).length, arange(5).split([1, 4])[0].shape); // 3 [1]
 * ```
 */
export function split(x: Tensor, splitSize: number | readonly number[], dim: DimArgument = 0): Tensor[] {
  const d = apart("split", x, dim), total = x.shape[d];
  if (typeof splitSize !== "number" && Array.isArray(splitSize)) return splitInto("split", x, d, splitSize);
  const size = asCount("split", "splitSize", splitSize, total === 0 ? 0 : 1);
  const count = Math.max(Math.ceil(total / Math.max(size, 1)), 1);
  return splitInto("split", x, d, Array.from({ length: count }, (_, i) => Math.min(size, total - i * size)));
}

/** Checks a count of parts: a list of more than a million views is a mistake. */
function asParts(name: string, option: string, value: unknown): number {
  const count = asCount(name, option, value, 1);
  if (count <= 2 ** 20) return count;
  throw new RangeError(`Cannot call ${name}() with ${option} ${count}: it must be at most ${2 ** 20}`);
}

/** {@link split} by an array of sizes. */
export function splitWithSizes(x: Tensor, splitSizes: readonly number[], dim: DimArgument = 0): Tensor[] {
  return split(x, splitSizes, dim);
}

/**
 * Views of `x` cut along `dim` into `chunks` parts of equal size, or fewer if they are used up before. See
 * {@link https://pytorch.org/docs/stable/generated/torch.chunk.html}.
 *
 * @example
 * ```ts
 * import { arange } from "@dinograd/dinograd";
 *
 * console.log(arange(5).chunk(3).map((x) => x.toArray())); // [[0, 1], [2, 3], [4]]
 * ```
 */
export function chunk(x: Tensor, chunks: number, dim: DimArgument = 0): Tensor[] {
  const d = apart("chunk", x, dim), total = x.shape[d], count = asParts("chunk", "chunks", chunks);
  if (total === 0) return splitInto("chunk", x, d, new Array(count).fill(0));
  return split(x, Math.ceil(total / count), d);
}

/**
 * Views of `x` cut along `dim` into parts of nearly equal size, or at the indices of an array. See
 * {@link https://pytorch.org/docs/stable/generated/torch.tensor_split.html}.
 *
 * @example
 * ```ts
 * import { arange } from "@dinograd/dinograd";
 *
 * console.log(arange(5).tensorSplit([1, 3]).map((x) => x.toArray())); // [[0], [1, 2], [3, 4]]
 * ```
 */
export function tensorSplit(
  x: Tensor,
  indicesOrSections: number | readonly number[] | Tensor,
  dim: DimArgument = 0,
): Tensor[] {
  const d = apart("tensorSplit", x, dim), total = x.shape[d];
  const where = indicesOrSections instanceof Tensor
    ? indicesOrSections.toArray() as number | number[]
    : indicesOrSections as number | readonly number[];
  if (typeof where === "number") {
    const count = asParts("tensorSplit", "indicesOrSections", where), least = Math.floor(total / count);
    return splitInto(
      "tensorSplit",
      x,
      d,
      Array.from({ length: count }, (_, i) => least + Number(i < total % count)),
    );
  }
  if (!Array.isArray(where) || !where.every(Number.isInteger)) {
    throw new TypeError(
      `Cannot call tensorSplit() with indicesOrSections ${
        describe(where)
      }: it must be a count or an array of indices`,
    );
  }
  const ends = [...where, total].map((at) => Math.min(Math.max(at < 0 ? at + total : at, 0), total));
  return ends.map((end, i) => {
    const start = i === 0 ? 0 : ends[i - 1];
    return x.narrow(d, start, Math.max(end - start, 0));
  });
}

/**
 * Views of the slices of `x` along `dim`, without it. See
 * {@link https://pytorch.org/docs/stable/generated/torch.unbind.html}.
 *
 * @example
 * ```ts
 * import { tensor } from "@dinograd/dinograd";
 *
 * const [a, b] = tensor([[1, 2], [3, 4]]).unbind(1);
 * console.log(a.toArray(), b.toArray()); // [1, 3] [2, 4]
 * ```
 */
export function unbind(x: Tensor, dim: DimArgument = 0): Tensor[] {
  const d = apart("unbind", x, dim);
  return x.shape[d] === 0 ? [] : asViews(runUnbind([x], { dim: d }), x);
}
