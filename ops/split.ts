/** Taking tensors apart, into views. */
import { asCount, isOptions } from "../lib/arguments.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import { type DimArgument, dimOf, joinAlong, runStack } from "../lib/join.ts";
import { mode } from "../lib/node.ts";
import { defineMultiOp } from "../lib/op.ts";
import { resolveDim, show } from "../lib/shape.ts";
import { asTensor, Tensor, viewOf } from "../lib/tensor.ts";

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
  grad: (g, _inputs, parts, { dim }) => [joinAlong(complete(g, parts), dim)],
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
  grad: (g, _inputs, parts, { dim }) => [runStack(complete(g, parts), { dim })],
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
 * Views of `x` cut along `dim`, each `splitSize` long (the last may be shorter), or as long as an array of sizes
 * says. See {@link https://pytorch.org/docs/stable/generated/torch.split.html}.
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

/**
 * {@link split} by an array of sizes.
 *
 * @example
 * ```ts
 * import { arange } from "@dinograd/dinograd";
 *
 * console.log(arange(3).splitWithSizes([1, 2]).map((x) => x.toArray())); // [[0], [1, 2]]
 * ```
 */
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

/** What {@link tensorSplit} takes: a count of parts, or the indices to cut at. */
export type Cuts = number | readonly number[] | { indices?: readonly number[]; sections?: number };

function cut(name: string, x: Tensor, cuts: Cuts, least: number, dim: (rank: number) => number): Tensor[] {
  const { shape } = asTensor(`call ${name}()`, "the input", x);
  const given = isOptions(cuts) ? cuts.indices ?? cuts.sections : cuts;
  if (shape.length < least) {
    throw new ShapeError(
      `Cannot call ${name}() on ${show(shape)}: it must have at least ${least} dimensions`,
    );
  }
  const d = dim(shape.length);
  if (typeof given === "number" && shape[d] % asCount(name, "sections", given, 1) !== 0) {
    throw new ShapeError(
      `Cannot call ${name}() on ${show(shape)} with ${given} sections: dim ${d} is not divisible`,
    );
  }
  return x.tensorSplit(given as number | readonly number[], d);
}

/**
 * {@link tensorSplit} along dim 1, of a vector along dim 0. See {@link
 * https://pytorch.org/docs/stable/generated/torch.hsplit.html}.
 *
 * @example
 * ```ts
 * import { arange } from "@dinograd/dinograd";
 *
 * console.log(arange(4).reshape([2, 2]).hsplit(2).map((x) => x.toArray())); // [[[0], [2]], [[1], [3]]]
 * ```
 */
export function hsplit(x: Tensor, indicesOrSections: Cuts): Tensor[] {
  return cut("hsplit", x, indicesOrSections, 1, (rank) => rank === 1 ? 0 : 1);
}

/**
 * {@link tensorSplit} along dim 0. See {@link https://pytorch.org/docs/stable/generated/torch.vsplit.html}.
 *
 * @example
 * ```ts
 * import { arange } from "@dinograd/dinograd";
 *
 * console.log(arange(4).reshape([2, 2]).vsplit(2).map((x) => x.toArray())); // [[[0, 1]], [[2, 3]]]
 * ```
 */
export function vsplit(x: Tensor, indicesOrSections: Cuts): Tensor[] {
  return cut("vsplit", x, indicesOrSections, 2, () => 0);
}

/**
 * {@link tensorSplit} along dim 2. See {@link https://pytorch.org/docs/stable/generated/torch.dsplit.html}.
 *
 * @example
 * ```ts
 * import { zeros } from "@dinograd/dinograd";
 *
 * console.log(zeros([2, 2, 4]).dsplit([1]).map((x) => x.shape)); // [[2, 2, 1], [2, 2, 3]]
 * ```
 */
export function dsplit(x: Tensor, indicesOrSections: Cuts): Tensor[] {
  return cut("dsplit", x, indicesOrSections, 3, () => 2);
}
