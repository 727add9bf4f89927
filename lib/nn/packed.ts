/** Sequences of unequal length: padded, or packed without padding. PyTorch's `torch.nn.utils.rnn`. */
import { asCount, asFlag, asNumber, named, type Optional } from "../arguments.ts";
import type { DType } from "../dtype.ts";
import { describe, ShapeError } from "../errors.ts";
import { joinAlong } from "../join.ts";
import { sameShape, show } from "../shape.ts";
import { asTensor, empty, Tensor } from "../tensor.ts";

/**
 * Sequences of unequal length without padding: step 0 of all of them, the longest first, then step 1 of those that have
 * one, and so on. Recurrent layers take and return it. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.PackedSequence.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * const packed = nn.utils.rnn.packSequence([tensor([1, 2, 3]), tensor([4, 5])]);
 * console.log(packed.data.toArray(), packed.batchSizes.toArray()); // [1, 4, 2, 5, 3] [2, 2, 1]
 * ```
 */
export class PackedSequence {
  /** [total length, ...]: the elements, step by step. */
  readonly data: Tensor;
  /** [steps], int32: how many sequences have each step. */
  readonly batchSizes: Tensor;
  /** [batch], int32: where each sequence, the longest first, stood in the batch; null if they came so. */
  readonly sortedIndices: Tensor | null;
  /** [batch], int32: where each sequence of the batch stands among the sorted ones; null if they came so. */
  readonly unsortedIndices: Tensor | null;

  /** Use {@link packPaddedSequence} or {@link packSequence}. */
  constructor(
    data: Tensor,
    batchSizes: Tensor,
    sortedIndices: Tensor | null = null,
    unsortedIndices: Tensor | null = null,
  ) {
    this.data = asTensor("make a PackedSequence", "data", data);
    this.batchSizes = asTensor("make a PackedSequence", "batchSizes", batchSizes);
    for (const indices of [sortedIndices, unsortedIndices]) {
      if (indices !== null) asTensor("make a PackedSequence", "the indices", indices);
    }
    this.sortedIndices = sortedIndices;
    this.unsortedIndices = unsortedIndices ?? (sortedIndices && sortedIndices.argsort());
  }

  /** The same sequences with other data: what a layer makes of them, element by element. */
  with(data: Tensor): PackedSequence {
    return new PackedSequence(data, this.batchSizes, this.sortedIndices, this.unsortedIndices);
  }

  /** The same sequences in another dtype. */
  to(dtype: DType): PackedSequence {
    return this.with(this.data.to(dtype));
  }

  /** The same sequences in float32. */
  float(): PackedSequence {
    return this.to("float32");
  }

  /** The same sequences in float64. */
  double(): PackedSequence {
    return this.to("float64");
  }
}

/** Options of {@link packPaddedSequence}. */
export interface PackOptions {
  /** Whether the input is [batch, steps, ...] rather than [steps, batch, ...]; default false. */
  batchFirst?: boolean;
  /** Whether the sequences must come longest first; if not, they are sorted. Default true. */
  enforceSorted?: boolean;
}

/** Options of {@link padPackedSequence}. */
export interface PadPackedOptions {
  /** Whether to return [batch, steps, ...] rather than [steps, batch, ...]; default false. */
  batchFirst?: boolean;
  /** What follows the shorter sequences; default 0. */
  paddingValue?: number;
  /** How many steps to pad to; default those of the longest sequence. */
  totalLength?: number | null;
}

/** Options of {@link padSequence}. */
export type PadOptions = Omit<PadPackedOptions, "totalLength">;

/** The lengths of sequences as numbers. */
function asLengths(name: string, value: unknown): number[] {
  const list: unknown[] | null = value instanceof Tensor
    ? (value.shape.length === 1 ? [...value.toTypedArray()] : null)
    : Array.isArray(value)
    ? value
    : null;
  if (list && list.length > 0 && list.every((n) => Number.isSafeInteger(n) && n as number > 0)) {
    return list as number[];
  }
  throw new TypeError(
    `Cannot call ${name}() with lengths ${
      describe(value)
    }: they must be whole numbers above 0, one for each sequence`,
  );
}

/** The order that puts the longest sequence first; those of equal length stay as they are. */
function longestFirst(lengths: readonly number[]): number[] {
  return lengths.map((_, b) => b).sort((a, b) => lengths[b] - lengths[a]);
}

function indexTensor(values: readonly number[]): Tensor {
  const y = empty([values.length], "int32");
  y.storage.view("int32").set(values, y.offset);
  return y;
}

/** Whether `values` count 0, 1, 2 and so on. */
function isInOrder(values: readonly number[]): boolean {
  return values.every((value, i) => value === i);
}

/** Where the elements of a packed sequence stand in [steps · batch], when its sequence k is number order[k] of the batch. */
function placesOf(
  lengths: readonly number[],
  order: readonly number[],
): { places: number[]; sizes: number[] } {
  const places: number[] = [], sizes: number[] = [], batch = lengths.length;
  for (let t = 0; t < lengths[order[0]]; t++) {
    const running = order.filter((b) => lengths[b] > t);
    sizes.push(running.length);
    for (const b of running) places.push(t * batch + b);
  }
  return { places, sizes };
}

/** The first two dimensions swapped, if `batchFirst`. */
function swapped(x: Tensor, batchFirst: boolean): Tensor {
  return batchFirst ? x.transpose(0, 1) : x;
}

/**
 * Packs padded sequences [steps, batch, ...] of these lengths; gradients flow through. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_padded_sequence.html}.
 *
 * @throws {TypeError} if a length is not above 0.
 * @throws {RangeError} if `enforceSorted` and a sequence is longer than the one before.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([[1, 2, 0], [3, 4, 5]]);
 * const packed = nn.utils.rnn.packPaddedSequence(x, [2, 3], { batchFirst: true, enforceSorted: false });
 * console.log(packed.data.toArray()); // [3, 1, 4, 2, 5]
 * ```
 */
export function packPaddedSequence(
  input: Tensor,
  lengths: Tensor | readonly number[],
  ...options: Optional<PackOptions>
): PackedSequence {
  const name = "packPaddedSequence", x = asTensor(`call ${name}()`, "the input", input);
  const given = named<PackOptions>(name, options, ["batchFirst", "enforceSorted"]);
  const batchFirst = asFlag(name, "batchFirst", given.batchFirst ?? false);
  const enforceSorted = asFlag(name, "enforceSorted", given.enforceSorted ?? true);
  const sizes = asLengths(name, lengths);
  if (x.shape.length < 2) {
    throw new ShapeError(`Cannot call ${name}() on ${show(x.shape)}: it must have 2 dimensions or more`);
  }
  const padded = swapped(x, batchFirst), [steps, batch, ...rest] = padded.shape;
  if (sizes.length !== batch || Math.max(...sizes) > steps) {
    throw new ShapeError(
      `Cannot call ${name}() on ${show(x.shape)} with lengths ${
        show(sizes)
      }: they must be ${batch} numbers of at ` +
        `most ${steps}`,
    );
  }
  const order = longestFirst(sizes);
  if (enforceSorted && !isInOrder(order)) {
    throw new RangeError(
      `Cannot call ${name}() with lengths ${
        show(sizes)
      }: the longest must come first; or pass { enforceSorted: false }`,
    );
  }
  const { places, sizes: batchSizes } = placesOf(sizes, order);
  const data = padded.reshape([steps * batch, ...rest]).indexSelect(0, places);
  const sorted = enforceSorted ? null : indexTensor(order);
  return new PackedSequence(data, indexTensor(batchSizes), sorted);
}

/**
 * Packs sequences [length, ...]; gradients flow through. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_sequence.html}.
 */
export function packSequence(
  sequences: readonly Tensor[],
  options: boolean | { enforceSorted?: boolean } = {},
): PackedSequence {
  const { enforceSorted } = named<{ enforceSorted: boolean }>("packSequence", [options], ["enforceSorted"]);
  const list = asSequences("packSequence", sequences), lengths = list.map((x) => x.shape[0]);
  return packPaddedSequence(padSequence(list), lengths, { enforceSorted });
}

/** Puts `data` at `places` of [steps, batch, ...], which is otherwise `paddingValue`. */
function spread(
  data: Tensor,
  places: readonly number[],
  steps: number,
  batch: number,
  paddingValue: number,
): Tensor {
  const rest = data.shape.slice(1);
  return data.newFull([steps * batch, ...rest], paddingValue).indexCopy(0, places, data)
    .reshape([steps, batch, ...rest]);
}

function asSequences(name: string, value: unknown): readonly Tensor[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new TypeError(
      `Cannot call ${name}() with ${describe(value)}: it takes an array of tensors, at least one`,
    );
  }
  const list = value.map((x, i) => asTensor(`call ${name}()`, `sequence ${i}`, x)), [first] = list;
  const odd = list.find((x) => x.shape.length === 0 || !sameShape(x.shape.slice(1), first.shape.slice(1)));
  if (!odd) return list;
  throw new ShapeError(
    `Cannot call ${name}() with ${show(first.shape)} and ${
      show(odd.shape)
    }: only the first dimension, the length, may differ`,
  );
}

/**
 * Joins sequences [length, ...] to one tensor [longest, batch, ...]; gradients flow through. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pad_sequence.html}.
 *
 * @throws {ShapeError} if they differ in more than the length.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * const padded = nn.utils.rnn.padSequence([tensor([1, 2, 3]), tensor([4])], { batchFirst: true });
 * console.log(padded.toArray()); // [[1, 2, 3], [4, 0, 0]]
 * ```
 */
export function padSequence(sequences: readonly Tensor[], ...options: Optional<PadOptions>): Tensor {
  const name = "padSequence", list = asSequences(name, sequences);
  const { batchFirst = false, paddingValue = 0 } = named<PadOptions>(name, options, [
    "batchFirst",
    "paddingValue",
  ]);
  asFlag(name, "batchFirst", batchFirst);
  asNumber(name, "paddingValue", paddingValue);
  const lengths = list.map((x) => x.shape[0]), batch = list.length;
  const places = lengths.flatMap((length, b) => Array.from({ length }, (_, t) => t * batch + b));
  return swapped(spread(joinAlong(list, 0), places, Math.max(...lengths), batch, paddingValue), batchFirst);
}

/** Checks that a value is a packed sequence. */
function asPacked(name: string, value: unknown): PackedSequence {
  if (value instanceof PackedSequence) return value;
  throw new TypeError(`Cannot call ${name}() with ${describe(value)}: it takes a PackedSequence`);
}

/**
 * Turns a packed sequence back into a padded one: returns [padded, lengths], padded [steps, batch, ...] and lengths
 * [batch] in the order of the batch. Gradients flow through. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pad_packed_sequence.html}.
 *
 * @throws {RangeError} if `totalLength` is less than the longest sequence's.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * const { packSequence, padPackedSequence } = nn.utils.rnn;
 * const packed = packSequence([tensor([1]), tensor([2, 3])], { enforceSorted: false });
 * const [padded, lengths] = padPackedSequence(packed, { batchFirst: true });
 * console.log(padded.toArray(), lengths.toArray()); // [[1, 0], [2, 3]] [1, 2]
 * ```
 */
export function padPackedSequence(
  sequence: PackedSequence,
  ...options: Optional<PadPackedOptions>
): [padded: Tensor, lengths: Tensor] {
  const name = "padPackedSequence", { data, batchSizes, sortedIndices } = asPacked(name, sequence);
  const order = ["batchFirst", "paddingValue", "totalLength"] as const;
  const { batchFirst = false, paddingValue = 0, totalLength } = named<PadPackedOptions>(name, options, order);
  asFlag(name, "batchFirst", batchFirst);
  asNumber(name, "paddingValue", paddingValue);
  const sizes = [...batchSizes.toTypedArray()], batch = sizes[0] ?? 0;
  const steps = totalLength === null || totalLength === undefined
    ? sizes.length
    : asCount(name, "totalLength", totalLength, sizes.length);
  const places = sortedIndices
    ? [...sortedIndices.toTypedArray()]
    : Array.from({ length: batch }, (_, b) => b);
  const lengths = new Array<number>(batch);
  places.forEach((b, k) => lengths[b] = sizes.filter((size) => size > k).length);
  const at = sizes.flatMap((size, t) => places.slice(0, size).map((b) => t * batch + b));
  const padded = spread(data, at, steps, batch, paddingValue);
  return [swapped(padded, batchFirst), indexTensor(lengths)];
}

/**
 * The sequences [length, ...] of a padded tensor [steps, batch, ...]; gradients flow through. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.unpad_sequence.html}.
 */
export function unpadSequence(
  padded: Tensor,
  lengths: Tensor | readonly number[],
  batchFirst: boolean | { batchFirst?: boolean } = {},
): Tensor[] {
  const name = "unpadSequence", x = asTensor(`call ${name}()`, "the first argument", padded);
  const given = named<{ batchFirst: boolean }>(name, [batchFirst], ["batchFirst"]);
  const sizes = asLengths(name, lengths);
  const rows = x.shape.length < 2 ? x : swapped(x, !asFlag(name, "batchFirst", given.batchFirst ?? false));
  if (rows.shape.length < 2 || sizes.length !== rows.shape[0] || Math.max(...sizes) > rows.shape[1]) {
    throw new ShapeError(
      `Cannot call ${name}() on ${show(x.shape)} with lengths ${
        show(sizes)
      }: they must be one for each sequence, and ` +
        `not longer`,
    );
  }
  return sizes.map((length, b) => rows.select(0, b).narrow(0, 0, length));
}

/**
 * The sequences [length, ...] of a packed one, in the order of the batch; gradients flow through. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.unpack_sequence.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * const packed = nn.utils.rnn.packSequence([tensor([1, 2]), tensor([3])]);
 * console.log(nn.utils.rnn.unpackSequence(packed).map((x) => x.toArray())); // [[1, 2], [3]]
 * ```
 */
export function unpackSequence(packed: PackedSequence): Tensor[] {
  const [padded, lengths] = padPackedSequence(asPacked("unpackSequence", packed), { batchFirst: true });
  return unpadSequence(padded, lengths, { batchFirst: true });
}
