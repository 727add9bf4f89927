/** Products and sums of products over chosen dimensions: einsum and its relatives. */
import { asCount, named } from "../lib/arguments.ts";
import { lettersOf, readEquation, sizesOf } from "../lib/einsum.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import { type Dims, resolveDims, type Shape, show, sizeOf } from "../lib/shape.ts";
import { asRank, asTensor, Tensor } from "../lib/tensor.ts";

/** A tensor with a label for each dimension, no two alike. */
interface Term {
  readonly x: Tensor;
  readonly labels: readonly string[];
}

/** The sum over all labels but `output` of the product of all terms, from left to right. */
function contract(name: string, terms: readonly Term[], output: readonly string[]): Tensor {
  const sizes = sizesOf(name, terms.map((t) => t.labels), terms.map((t) => t.x.shape));
  const plain = terms.map((t) => withoutBroadcast(withoutRepeats(t), sizes));
  const last = plain.reduce((a, b, i) => {
    const needed = new Set([...output, ...plain.slice(i + 1).flatMap((t) => t.labels)]);
    const only = (t: Term, other: Term) =>
      sumOut(t, t.labels.filter((l) => !needed.has(l) && !other.labels.includes(l)));
    return multiply(only(a, b), only(b, a), needed);
  });
  return arrange(sumOut(last, last.labels.filter((label) => !output.includes(label))), output);
}

/** Replaces dimensions of the same label by their diagonal. */
function withoutRepeats({ x, labels }: Term): Term {
  const second = labels.findIndex((label, d) => labels.indexOf(label) < d);
  if (second < 0) return { x, labels };
  const label = labels[second], first = labels.indexOf(label);
  return withoutRepeats({
    x: x.diagonal(0, first, second),
    labels: [...labels.filter((_, d) => d !== first && d !== second), label],
  });
}

/** Drops dimensions of size 1 that stand for a larger one: products broadcast. */
function withoutBroadcast({ x, labels }: Term, sizes: ReadonlyMap<string, number>): Term {
  const kept = labels.map((label, d) => x.shape[d] === sizes.get(label));
  if (!kept.includes(false)) return { x, labels };
  return { x: x.reshape(x.shape.filter((_, d) => kept[d])), labels: labels.filter((_, d) => kept[d]) };
}

function sumOut({ x, labels }: Term, away: readonly string[]): Term {
  if (away.length === 0) return { x, labels };
  return {
    x: x.sum(away.map((label) => labels.indexOf(label))),
    labels: labels.filter((l) => !away.includes(l)),
  };
}

/** The term with its dimensions in another order. */
function arrange({ x, labels }: Term, order: readonly string[]): Tensor {
  return order.every((label, d) => labels[d] === label)
    ? x
    : x.permute(order.map((label) => labels.indexOf(label)));
}

/** The product of two terms, summed over the labels that they share and nobody needs. */
function multiply(a: Term, b: Term, needed: ReadonlySet<string>): Term {
  const shared = a.labels.filter((l) => b.labels.includes(l)),
    own = (t: Term) => t.labels.filter((l) => !shared.includes(l));
  const batch = shared.filter((l) => needed.has(l)), summed = shared.filter((l) => !needed.has(l));
  const rows = own(a), columns = own(b), labels = [...batch, ...rows, ...columns];
  const left = arrange(a, [...batch, ...rows, ...summed]),
    right = arrange(b, [...batch, ...summed, ...columns]);
  const [outer, m, k] = inThree(left.shape, batch.length, rows.length);
  const n = inThree(right.shape, batch.length, summed.length)[2];
  if (summed.length === 0) { // nothing to sum: one pass without a gemm
    const tall = left.reshape([...outer, ...m, ...n.map(() => 1)]);
    return { x: tall.mul(right.reshape([...outer, ...m.map(() => 1), ...n])), labels };
  }
  if (batch.length > 0 && labels.length === batch.length) { // dot products: two passes beat tiny gemms
    return { x: left.mul(right).sum(k.map((_, i) => batch.length + i)), labels };
  }
  const batches = batch.length === 0 ? [] : [sizeOf(outer)], inner = sizeOf(k);
  const x = left.reshape([...batches, sizeOf(m), inner]).matmul(
    right.reshape([...batches, inner, sizeOf(n)]),
  );
  return { x: x.reshape([...outer, ...m, ...n]), labels };
}

function inThree(shape: Shape, first: number, second: number): [Shape, Shape, Shape] {
  return [shape.slice(0, first), shape.slice(first, first + second), shape.slice(first + second)];
}

/**
 * Sums of products by Einstein's notation: every dimension has a letter, those that the result does not name are summed
 * over. "..." stands for any dimensions, which broadcast; without "->" the result has the letters that appear once, in
 * the order of the alphabet. Operands are multiplied from left to right. See
 * {@link https://pytorch.org/docs/stable/generated/torch.einsum.html}.
 *
 * @throws {TypeError} if the equation cannot be read.
 * @throws {ShapeError} if the operands do not fit it.
 *
 * @example
 * ```ts
 * import { einsum, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * console.log(einsum("ij,jk->ik", x, x).toArray(), einsum("ii", x).item()); // [[7, 10], [15, 22]] 5
 * ```
 */
export function einsum(equation: string, ...operands: (Tensor | readonly Tensor[])[]): Tensor;
/** The same in the order of PyTorch's own tables. */
export function einsum(operands: readonly Tensor[], equation: string): Tensor;
/** Operands, each followed by the numbers of its dimensions, and at the end those of the result. */
export function einsum(...operandsAndDims: (Tensor | readonly (number | "...")[])[]): Tensor;
export function einsum(...args: unknown[]): Tensor {
  const at = args.findIndex((x) => typeof x === "string");
  const operands =
    (at >= 0
      ? args.filter((_, i) => i !== at).flat()
      : args.filter((_, i) => i % 2 === 0 && i + 1 < args.length))
      .map((x, i) => asTensor("call einsum()", `operand ${i}`, x));
  if (operands.length === 0) {
    throw new TypeError("Cannot call einsum() without operands: it needs at least one");
  }
  const equation = at >= 0 ? args[at] as string : equationOf(args);
  const { terms, output } = readEquation(equation, operands.map((x) => x.shape));
  return contract("einsum", operands.map((x, i) => ({ x, labels: terms[i] })), output);
}

/** The equation of x, dims, y, dims ... and perhaps the result's dims. */
function equationOf(args: readonly unknown[]): string {
  const inputs = args.filter((_, i) => i % 2 === 1).map(lettersOf).join();
  return args.length % 2 === 0 ? inputs : `${inputs}->${lettersOf(args[args.length - 1])}`;
}

/**
 * Sums of products over the last `dims` dimensions of `a` and the first of `b`, or over a list of dimensions of each.
 * What is left of both makes the result. See {@link https://pytorch.org/docs/stable/generated/torch.tensordot.html}.
 *
 * @throws {ShapeError} if the sizes of the summed dimensions differ.
 *
 * @example
 * ```ts
 * import { ones, tensordot } from "@dinograd/dinograd";
 *
 * console.log(tensordot(ones([2, 3, 4]), ones([3, 4, 5])).shape); // [2, 5]
 * console.log(tensordot(ones([2, 3]), ones([2, 5]), [[0], [0]]).shape); // [3, 5]
 * ```
 */
export function tensordot(
  a: Tensor,
  b: Tensor,
  dims: number | readonly [Dims, Dims] | { dims?: number | readonly [Dims, Dims] } = 2,
): Tensor {
  const action = "call tensordot()", x = asTensor(action, "a", a), y = asTensor(action, "b", b);
  const given = named<{ dims: unknown }>("tensordot", [dims], ["dims"]).dims ?? 2;
  const [left, right] = pairOfDims(given instanceof Tensor ? given.toArray() : given, x.shape, y.shape);
  const labels = x.shape.map((_, d) => `a${d}`);
  const others = y.shape.map((_, d) => right.includes(d) ? labels[left[right.indexOf(d)]] : `b${d}`);
  const output = [
    ...labels.filter((_, d) => !left.includes(d)),
    ...others.filter((_, d) => !right.includes(d)),
  ];
  return contract("tensordot", [{ x, labels }, { x: y, labels: others }], output);
}

/** The dimensions that tensordot pairs, of both operands. */
function pairOfDims(dims: unknown, a: Shape, b: Shape): [readonly number[], readonly number[]] {
  if (Array.isArray(dims) && dims.length === 2) {
    const [left, right] = [a, b].map((shape, i) => {
      const list: unknown = dims[i];
      return Array.isArray(list) && list.length === 0
        ? []
        : resolveDims("call tensordot()", list ?? NaN, shape);
    });
    if (left.length === right.length) return [left, right];
  } else if (!Array.isArray(dims)) {
    const count = asCount("tensordot", "dims", dims);
    if (count <= Math.min(a.length, b.length)) {
      const first = Array.from({ length: count }, (_, i) => i);
      return [first.map((i) => a.length - count + i), first];
    }
  }
  throw new ShapeError(
    `Cannot call tensordot() on ${show(a)} and ${show(b)} with dims ${
      describe(dims)
    }: it must be a number of dimensions that both have, or two lists of the same length`,
  );
}

/**
 * Sums of products along the last dimension of both: for vectors the dot product, for a number the product. See
 * {@link https://pytorch.org/docs/stable/generated/torch.inner.html}.
 *
 * @throws {ShapeError} if the last sizes differ.
 *
 * @example
 * ```ts
 * import { inner, tensor } from "@dinograd/dinograd";
 *
 * console.log(inner(tensor([[1, 2], [3, 4]]), tensor([1, 10])).toArray()); // [21, 43]
 * ```
 */
export function inner(x: Tensor, other: Tensor): Tensor {
  const a = asTensor("call inner()", "the input", x), b = asTensor("call inner()", "other", other);
  if (a.shape.length === 0 || b.shape.length === 0) return a.mul(b);
  const k = a.shape[a.shape.length - 1], l = b.shape[b.shape.length - 1];
  if (k === l) return tensordot(a, b, [-1, -1]);
  throw new ShapeError(
    `Cannot call inner() on ${show(a.shape)} and ${show(b.shape)}: last sizes ${k} and ${l} differ`,
  );
}

/**
 * The sum of products of two vectors. See {@link https://pytorch.org/docs/stable/generated/torch.vdot.html}.
 *
 * @example
 * ```ts
 * import { tensor, vdot } from "@dinograd/dinograd";
 *
 * console.log(vdot(tensor([1, 2]), tensor([3, 4])).item()); // 11
 * ```
 */
export function vdot(x: Tensor, other: Tensor): Tensor {
  return asRank("vdot", "the input", x, 1).dot(asRank("vdot", "other", other, 1));
}

/**
 * The Kronecker product: every element of `x` times all of `other`, block by block. The one with fewer dimensions gets
 * further ones of size 1 in front; sizes multiply. See {@link https://pytorch.org/docs/stable/generated/torch.kron.html}.
 *
 * @example
 * ```ts
 * import { kron, tensor } from "@dinograd/dinograd";
 *
 * console.log(kron(tensor([1, 10]), tensor([1, 2])).toArray()); // [1, 2, 10, 20]
 * ```
 */
export function kron(x: Tensor, other: Tensor): Tensor {
  const a = asTensor("call kron()", "the input", x), b = asTensor("call kron()", "other", other);
  const rank = Math.max(a.shape.length, b.shape.length);
  const [p, q] = [a, b].map(({ shape }) => [...new Array<number>(rank - shape.length).fill(1), ...shape]);
  return a.reshape(p.flatMap((n) => [n, 1])).mul(b.reshape(q.flatMap((n) => [1, n]))).reshape(
    p.map((n, d) => n * q[d]),
  );
}

/**
 * The sum of the main diagonal of a matrix. See {@link https://pytorch.org/docs/stable/generated/torch.trace.html}.
 *
 * @throws {ShapeError} if it is not a matrix.
 *
 * @example
 * ```ts
 * import { tensor, trace } from "@dinograd/dinograd";
 *
 * console.log(trace(tensor([[1, 2], [3, 4]])).item()); // 5
 * ```
 */
export function trace(x: Tensor): Tensor {
  return asRank("trace", "the input", x, 2).diagonal().sum();
}
