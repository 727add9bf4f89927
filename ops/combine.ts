/** Combinations of tensors, of their elements and of their shapes. */
import { asCount, asFlag, named } from "../lib/arguments.ts";
import { ORIGIN } from "../lib/blocks.ts";
import { ShapeError } from "../lib/errors.ts";
import { listOf, runStack } from "../lib/join.ts";
import { defineOp } from "../lib/op.ts";
import { taking } from "../lib/places.ts";
import { asShape, broadcastShapes as common, type Shape, show } from "../lib/shape.ts";
import { asTensor, type Tensor } from "../lib/tensor.ts";

/** Tensors as separate arguments or in one array. */
function listed(tensors: readonly (Tensor | readonly Tensor[])[]): unknown {
  return tensors.length === 1 && Array.isArray(tensors[0]) ? tensors[0] : tensors;
}

/** Where each block begins: those before it end there. */
interface Corners {
  readonly tops: readonly number[];
  readonly lefts: readonly number[];
}

/** 0 and the sums of the first sizes, the last being that of all. */
function sumsOf(sizes: readonly number[]): number[] {
  let end = 0;
  return [0, ...sizes.map((size) => end += size)];
}

const runBlockDiag = defineOp<Corners>({
  name: "blockDiag",
  forward: (blocks, { tops, lefts }) => {
    const y = blocks[0].newZeros([tops[blocks.length], lefts[blocks.length]]);
    blocks.forEach((x, i) => y.narrow(0, tops[i], x.shape[0]).narrow(1, lefts[i], x.shape[1]).copy_(x));
    return y;
  },
  keeps: "nothing",
  gradEach: (i) => (g, blocks, _y, { tops, lefts }) => {
    const [rows, columns] = blocks[i].shape;
    return g.narrow(0, tops[i], rows).narrow(1, lefts[i], columns);
  },
});

/**
 * The matrix with the given matrices along its diagonal and zeros elsewhere; numbers and vectors count as matrices of one
 * row. See {@link https://pytorch.org/docs/stable/generated/torch.block_diag.html}.
 *
 * @throws {ShapeError} if a tensor has more than 2 dimensions.
 *
 * @example
 * ```ts
 * import { blockDiag, tensor } from "@dinograd/dinograd";
 *
 * console.log(blockDiag(tensor([[1], [2]]), tensor([3, 4])).toArray()); // [[1, 0, 0], [2, 0, 0], [0, 3, 4]]
 * ```
 */
export function blockDiag(...tensors: (Tensor | readonly Tensor[])[]): Tensor {
  const blocks = listOf("blockDiag", listed(tensors)).map((x) => {
    if (x.shape.length > 2) {
      throw new ShapeError(
        `Cannot call blockDiag() with ${show(x.shape)}: it must have at most 2 dimensions`,
      );
    }
    return x.reshape([...[1, 1].slice(x.shape.length), ...x.shape]);
  });
  const [tops, lefts] = [0, 1].map((d) => sumsOf(blocks.map((x) => x.shape[d])));
  return runBlockDiag(blocks, { tops, lefts });
}

/**
 * All ways to take one element of each vector, the last changing fastest: one a row, [n₁ · n₂ ..., count]. Of a single
 * vector its elements. See {@link https://pytorch.org/docs/stable/generated/torch.cartesian_prod.html}.
 *
 * @throws {ShapeError} if a tensor has not one dimension.
 *
 * @example
 * ```ts
 * import { cartesianProd, tensor } from "@dinograd/dinograd";
 *
 * console.log(cartesianProd(tensor([1, 2]), tensor([3, 4])).toArray()); // [[1, 3], [1, 4], [2, 3], [2, 4]]
 * ```
 */
export function cartesianProd(...tensors: (Tensor | readonly Tensor[])[]): Tensor {
  const vectors = listOf("cartesianProd", listed(tensors)), odd = vectors.find((x) => x.shape.length !== 1);
  if (odd) {
    throw new ShapeError(`Cannot call cartesianProd() with ${show(odd.shape)}: it must have one dimension`);
  }
  if (vectors.length === 1) return vectors[0];
  const sizes = vectors.map((x) => x.shape[0]);
  const columns = vectors.map((x, i) =>
    x.reshape(sizes.map((n, d) => d === i ? n : 1)).expand(sizes).reshape([-1])
  );
  return runStack(columns, { dim: 1 });
}

/** Options of {@link combinations}. */
export interface CombinationsOptions {
  /** How many elements to take; default 2. */
  r?: number;
  /** Whether an element may be taken several times; default false. */
  withReplacement?: boolean;
}

/**
 * All ways to take `r` elements of a vector, in its order: one a row, [count, r]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.combinations.html}.
 *
 * @throws {ShapeError} if `x` has not one dimension.
 *
 * @example
 * ```ts
 * import { combinations, tensor } from "@dinograd/dinograd";
 *
 * console.log(combinations(tensor([1, 2, 3])).toArray()); // [[1, 2], [1, 3], [2, 3]]
 * ```
 */
export function combinations(
  x: Tensor,
  r?: number | CombinationsOptions,
  withReplacement?: boolean | CombinationsOptions,
): Tensor {
  const given = named<CombinationsOptions>("combinations", [r, withReplacement], ["r", "withReplacement"]);
  const { shape } = asTensor("call combinations()", "the input", x),
    count = asCount("combinations", "r", given.r ?? 2);
  const again = asFlag("combinations", "withReplacement", given.withReplacement ?? false);
  if (shape.length !== 1) {
    throw new ShapeError(`Cannot call combinations() on ${show(shape)}: it must have one dimension`);
  }
  if (count === 0) return x.newZeros([0]);
  const at = again ? choices(shape[0] + count - 1, count) : choices(shape[0], count);
  // with replacement: the k-th of ascending numbers, less k
  if (again) { for (let i = 0; i < at.length; i++) at[i] -= i % count; }
  return runCombinations(x, { outer: ORIGIN, at, block: 1, shape: [at.length / count, count] });
}

const runCombinations = taking("combinations");

/** All ascending choices of `count` of the numbers below n, one after the other. */
function choices(n: number, count: number): Int32Array {
  const few = Math.min(count, n - count);
  let ways = few < 0 ? 0 : 1; // n! / (count! (n − count)!)
  for (let k = 1; k <= few; k++) ways = ways * (n - few + k) / k;
  if (ways * count > 2 ** 29) {
    throw new RangeError(
      `Cannot call combinations() for ${count} of ${n}: there are ${ways}, too many to list`,
    );
  }
  const all = new Int32Array(ways * count);
  for (let k = 0; k < count && ways > 0; k++) all[k] = k;
  for (let at = count; at < all.length; at += count) {
    let k = count - 1;
    while (all[at - count + k] === n - count + k) k--; // what has come to its end
    const next = all[at - count + k] + 1;
    for (let j = 0; j < count; j++) all[at + j] = j < k ? all[at - count + j] : next + j - k;
  }
  return all;
}

/**
 * The shape that tensors of the given shapes have together when they are broadcast; a number is a shape of one size. See
 * {@link https://pytorch.org/docs/stable/generated/torch.broadcast_shapes.html}.
 *
 * @throws {ShapeError} if sizes differ and neither is 1.
 *
 * @example
 * ```ts
 * import { broadcastShapes } from "@dinograd/dinograd";
 *
 * console.log(broadcastShapes([2, 1], [3], [1, 1, 1])); // [1, 2, 3]
 * ```
 */
export function broadcastShapes(...shapes: (Shape | number)[]): Shape {
  return shapes.map((shape) => asShape("broadcast", typeof shape === "number" ? [shape] : shape))
    .reduce((a, b) => common("broadcast", a, b), []);
}
