/** Finding places in sorted sequences. */
import { asChoice, asFlag, asNumber, named } from "../lib/arguments.ts";
import type { TypedArray } from "../lib/dtype.ts";
import { ShapeError } from "../lib/errors.ts";
import { checkIndices, readIndices } from "../lib/indices.ts";
import { elementsOf } from "../lib/lines.ts";
import { sameShape, show } from "../lib/shape.ts";
import { asTensor, empty, Tensor } from "../lib/tensor.ts";

/** Options of {@link bucketize}. */
export interface BucketizeOptions {
  /** Accepted for PyTorch's sake: indices are int32 always. */
  outInt32?: boolean;
  /** Behind equal elements rather than in front of them; default false. */
  right?: boolean;
}

/** Options of {@link searchsorted}. */
export interface SearchsortedOptions extends BucketizeOptions {
  /** "right" is `right: true`. */
  side?: "left" | "right" | null;
  /** The indices that sort the sequence, if it is not sorted itself. */
  sorter?: Tensor | null;
}

/** How many of the `n` elements in order from `start` on come before `value`; those equal to it too, if `right`. */
function placeOf(
  value: number,
  elements: TypedArray,
  order: Int32Array | null,
  start: number,
  n: number,
  right: boolean,
): number {
  let low = 0, high = n;
  while (low < high) {
    const middle = (low + high) >> 1, v = elements[start + (order === null ? middle : order[start + middle])];
    // NaN compares with nothing: what is sought goes behind all
    if (right ? v > value : v >= value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Seeks values row by row, or all of them in the one row that there is. */
function search(sequence: Tensor, values: Tensor, right: boolean, order: Int32Array | null): Tensor {
  const y = empty(values.shape, "int32"), out = elementsOf(y), { shape } = sequence;
  const elements = elementsOf(sequence), wanted = elementsOf(values), n = shape[shape.length - 1];
  const isOne = shape.length === 1, columns = values.shape[values.shape.length - 1] ?? 1;
  for (let i = 0; i < wanted.length; i++) {
    const start = isOne ? 0 : Math.floor(i / columns) * n;
    out[i] = placeOf(wanted[i], elements, order, start, n, right);
  }
  return y;
}

/** A number as a tensor: what is sought need not be one. */
function sought(name: string, values: unknown, sequence: Tensor): Tensor {
  if (values instanceof Tensor) return values;
  return sequence.newFull([], asNumber(name, "values", values), { dtype: "float64" });
}

/**
 * Where to insert values so that a sorted sequence stays sorted: the int32 index of the first element not below each.
 * The sequence has one dimension, or rows (sorted along the last dimension) for rows of values. See
 * {@link https://pytorch.org/docs/stable/generated/torch.searchsorted.html}.
 *
 * @throws {ShapeError} if all dimensions but the last differ.
 *
 * @example
 * ```ts
 * import { searchsorted, tensor } from "@dinograd/dinograd";
 *
 * console.log(searchsorted(tensor([1, 3, 5]), tensor([3, 4])).toArray()); // [1, 2]
 * console.log(searchsorted(tensor([1, 3, 5]), tensor([3, 4]), { right: true }).toArray()); // [2, 2]
 * ```
 */
export function searchsorted(
  sortedSequence: Tensor,
  values: Tensor | number,
  options: SearchsortedOptions = {},
): Tensor {
  const { outInt32 = false, right = false, side, sorter } = named<SearchsortedOptions>(
    "searchsorted",
    [options],
    [],
    ["outInt32", "right", "side", "sorter"],
  );
  const sequence = asTensor("call searchsorted()", "sortedSequence", sortedSequence), { shape } = sequence;
  const wanted = sought("searchsorted", values, sequence);
  if (
    shape.length !== 1 && (shape.length === 0 || !sameShape(shape.slice(0, -1), wanted.shape.slice(0, -1)))
  ) {
    throw new ShapeError(
      `Cannot call searchsorted() on ${show(shape)} with values of shape ${
        show(wanted.shape)
      }: the sequence must have ` +
        `one dimension, or all dimensions but the last must agree`,
    );
  }
  asFlag("searchsorted", "outInt32", outInt32);
  const isRight = asFlag("searchsorted", "right", right), word = side ?? (isRight ? "right" : "left");
  if (asChoice("searchsorted", "side", word, ["left", "right"]) === "left" && isRight) {
    throw new TypeError('Cannot call searchsorted() with side "left" and right true: they are opposites');
  }
  return search(sequence, wanted, word === "right", sorter ? orderOf(sequence, sorter) : null);
}

/** The indices of a sorter, which has the shape of the sequence. */
function orderOf({ shape }: Tensor, sorter: Tensor): Int32Array {
  const order = readIndices("searchsorted", asTensor("call searchsorted()", "sorter", sorter));
  if (!sameShape(order.shape, shape)) {
    throw new ShapeError(
      `Cannot call searchsorted() on ${show(shape)} with a sorter of shape ${
        show(order.shape)
      }: they must be equal`,
    );
  }
  checkIndices("searchsorted", order.values, shape, shape.length - 1, shape[shape.length - 1]);
  return order.values;
}

/**
 * The index of the bucket that each element belongs to: bucket i is above boundary i − 1 up to and with boundary i, or
 * from boundary i − 1 on up to but without i if `right`. Shape unchanged, int32. See
 * {@link https://pytorch.org/docs/stable/generated/torch.bucketize.html}.
 *
 * @throws {ShapeError} if `boundaries` do not have one dimension.
 *
 * @example
 * ```ts
 * import { bucketize, tensor } from "@dinograd/dinograd";
 *
 * console.log(bucketize(tensor([0, 1, 2.5]), tensor([1, 2, 3])).toArray()); // [0, 0, 2]
 * ```
 */
export function bucketize(x: Tensor | number, boundaries: Tensor, options: BucketizeOptions = {}): Tensor {
  const { outInt32 = false, right = false } = named<BucketizeOptions>("bucketize", [options], [], [
    "outInt32",
    "right",
  ]);
  const { shape } = asTensor("call bucketize()", "boundaries", boundaries);
  if (shape.length !== 1) {
    throw new ShapeError(
      `Cannot call bucketize() with boundaries of shape ${show(shape)}: they must have one dimension`,
    );
  }
  asFlag("bucketize", "outInt32", outInt32);
  return search(boundaries, sought("bucketize", x, boundaries), asFlag("bucketize", "right", right), null);
}
