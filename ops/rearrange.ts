/** Arrangements that turn, shift or repeat a tensor along its dimensions. */
import { asCount, isOptions, named } from "../lib/arguments.ts";
import { placesAlong } from "../lib/blocks.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import { type IndexLike, readIndices } from "../lib/indices.ts";
import { defineOp } from "../lib/op.ts";
import { taking } from "../lib/places.ts";
import { asShape, type Dims, resolveDim, resolveDims, type Shape, show } from "../lib/shape.ts";
import { asTensor, empty, type Tensor, viewOf } from "../lib/tensor.ts";

const runRepeat = taking("repeatInterleave");

const runFlip: (inputs: readonly Tensor[], params: { dims: readonly number[] }) => Tensor = defineOp<
  { dims: readonly number[] }
>({
  name: "flip",
  linear: true,
  forward: ([x], { dims }) => {
    const strides = x.strides.map((step, d) => dims.includes(d) ? -step : step);
    const last = dims.reduce((at, d) => at + Math.max(x.shape[d] - 1, 0) * x.strides[d], x.offset);
    return viewOf(x, x.shape, strides, last).clone();
  },
  keeps: "nothing",
  grad: [(g, _inputs, _y, { dims }) => runFlip([g], { dims })],
});

/** Dimensions as separate numbers, an array, or `{ dims }`. */
function dimsOf(name: string, x: Tensor, dims: readonly unknown[]): number[] {
  const given = isOptions(dims[0]) ? dims[0].dims : Array.isArray(dims[0]) ? dims[0] : dims;
  const { shape } = asTensor(`call ${name}()`, "the input", x);
  return Array.isArray(given) && given.length === 0 ? [] : resolveDims(`call ${name}()`, given, shape);
}

/**
 * A copy with the order of elements reversed along the given dimensions. See
 * {@link https://pytorch.org/docs/stable/generated/torch.flip.html}.
 *
 * @example
 * ```ts
 * import { flip, tensor } from "@dinograd/dinograd";
 *
 * console.log(flip(tensor([[1, 2], [3, 4]]), [1]).toArray()); // [[2, 1], [4, 3]]
 * ```
 */
export function flip(x: Tensor, ...dims: [Dims | { dims: Dims }] | number[]): Tensor {
  return runFlip([x], { dims: dimsOf("flip", x, dims) });
}

/**
 * {@link flip} along dim 1. See {@link https://pytorch.org/docs/stable/generated/torch.fliplr.html}.
 *
 * @example
 * ```ts
 * import { fliplr, tensor } from "@dinograd/dinograd";
 *
 * console.log(fliplr(tensor([[1, 2], [3, 4]])).toArray()); // [[2, 1], [4, 3]]
 * ```
 */
export function fliplr(x: Tensor): Tensor {
  if (asTensor("call fliplr()", "the input", x).shape.length >= 2) return flip(x, [1]);
  throw new ShapeError(`Cannot call fliplr() on ${show(x.shape)}: it must have at least 2 dimensions`);
}

/**
 * {@link flip} along dim 0. See {@link https://pytorch.org/docs/stable/generated/torch.flipud.html}.
 *
 * @example
 * ```ts
 * import { flipud, tensor } from "@dinograd/dinograd";
 *
 * console.log(flipud(tensor([[1, 2], [3, 4]])).toArray()); // [[3, 4], [1, 2]]
 * ```
 */
export function flipud(x: Tensor): Tensor {
  if (asTensor("call flipud()", "the input", x).shape.length >= 1) return flip(x, [0]);
  throw new ShapeError("Cannot call flipud() on a 0-d tensor: it has no dimension");
}

/**
 * Turns the plane of two dimensions by 90 degrees `k` times, from the first towards the second. See
 * {@link https://pytorch.org/docs/stable/generated/torch.rot90.html}.
 *
 * @example
 * ```ts
 * import { rot90, tensor } from "@dinograd/dinograd";
 *
 * console.log(rot90(tensor([[1, 2], [3, 4]])).toArray()); // [[2, 4], [1, 3]]
 * ```
 */
export function rot90(
  x: Tensor,
  k: number | { k?: number; dims?: readonly number[] } = 1,
  dims?: readonly number[],
): Tensor {
  const given = [k, dims].filter((a) => a !== undefined);
  const options = named<{ k: number; dims: readonly number[] }>("rot90", given, ["k", "dims"]);
  const { shape } = asTensor("call rot90()", "the input", x),
    plane = options.dims ?? [0, 1],
    turns = options.k ?? 1;
  const [a, b] = Array.isArray(plane) ? plane.map((d) => resolveDim("call rot90()", d, shape)) : [];
  if (plane.length !== 2 || a === b || shape.length < 2 || !Number.isInteger(turns)) {
    throw new ShapeError(
      `Cannot call rot90() on ${show(shape)} ${describe(turns)} times with dims ${
        describe(plane)
      }: it needs a whole ` +
        `number and two different dims`,
    );
  }
  const quarter = ((turns % 4) + 4) % 4;
  if (quarter === 0) return x.clone();
  if (quarter === 2) return flip(x, [a, b]);
  return quarter === 1 ? flip(x, [b]).transpose(a, b) : flip(x.transpose(a, b), [b]);
}

const runRoll = defineOp<{ shift: readonly number[] }>({
  name: "roll",
  linear: true,
  forward: ([x], { shift }) => {
    const y = empty(x.shape, x.dtype);
    rollInto(y, x, shift, 0);
    return y;
  },
  keeps: "nothing",
  grad: [(g, _inputs, _y, { shift }) => {
    const dims = shift.map((_, d) => d);
    return dims.length === 0 ? g : g.roll(shift.map((s) => -s), dims);
  }],
});

/** Copies the two parts into which each shift divides its dimension, from dimension `d` on. */
function rollInto(y: Tensor, x: Tensor, shift: readonly number[], d: number): void {
  while (d < shift.length && shift[d] === 0) d++;
  if (d === shift.length) {
    y.copy_(x);
    return;
  }
  const s = shift[d], rest = x.shape[d] - s;
  rollInto(y.narrow(d, s, rest), x.narrow(d, 0, rest), shift, d + 1);
  rollInto(y.narrow(d, 0, s), x.narrow(d, rest, s), shift, d + 1);
}

/**
 * Shifts elements along dimensions; those pushed out come in at the other end. Without `dims` the tensor is rolled as
 * if it were flat. See {@link https://pytorch.org/docs/stable/generated/torch.roll.html}.
 *
 * @example
 * ```ts
 * import { arange } from "@dinograd/dinograd";
 *
 * console.log(arange(5).roll(2).toArray()); // [3, 4, 0, 1, 2]
 * ```
 */
export function roll(
  x: Tensor,
  shifts: number | readonly number[] | { shifts: number | readonly number[]; dims?: Dims | null },
  dims?: Dims | null | { dims?: Dims | null },
): Tensor {
  const given = named<{ shifts: number | readonly number[]; dims: Dims | null }>(
    "roll",
    [shifts, dims].filter((a) => a !== undefined),
    ["shifts", "dims"],
  );
  const { shape } = asTensor("call roll()", "the input", x), amounts = asList(given.shifts);
  const where = given.dims === undefined || given.dims === null ? [] : asList(given.dims);
  if (
    !amounts.every(Number.isSafeInteger) ||
    (where.length === 0 ? amounts.length !== 1 : amounts.length !== where.length)
  ) {
    throw new TypeError(
      `Cannot call roll() with shifts ${describe(given.shifts)} and dims ${
        describe(given.dims)
      }: both must be whole ` +
        `numbers, as many of one as of the other`,
    );
  }
  if (where.length === 0) return roll(x.reshape([-1]), amounts, 0).reshape(shape);
  const shift = shape.map(() => 0);
  where.forEach((dim, i) => shift[resolveDim("call roll()", dim, shape)] += amounts[i]);
  return runRoll([x], { shift: shape.map((n, d) => n === 0 ? 0 : (shift[d] % n + n) % n) });
}

function asList(value: unknown): number[] {
  return Array.isArray(value) ? value : [value as number]; // its users check the numbers
}

/**
 * Copies of `x` side by side: `sizes` says how many along each dimension, further ones in front. See
 * {@link https://pytorch.org/docs/stable/generated/torch.Tensor.repeat.html}.
 *
 * @throws {ShapeError} if there are fewer sizes than dimensions.
 *
 * @example
 * ```ts
 * import { tensor } from "@dinograd/dinograd";
 *
 * console.log(tensor([1, 2]).repeat(2, 2).toArray()); // [[1, 2, 1, 2], [1, 2, 1, 2]]
 * ```
 */
export function repeat(x: Tensor, ...sizes: [Shape | { repeats: Shape }] | number[]): Tensor {
  const first = sizes[0], list = isOptions(first) ? first.repeats : Array.isArray(first) ? first : sizes;
  const counts = asShape("call repeat()", list), { shape } = asTensor("call repeat()", "the input", x);
  if (counts.length < shape.length) {
    throw new ShapeError(
      `Cannot call repeat() on ${show(shape)} with sizes ${show(counts)}: it needs one per dimension`,
    );
  }
  return tiled(x, counts);
}

/** x seen as [1, n₀, 1, n₁ ...], expanded along the ones, and copied into one piece. */
function tiled(x: Tensor, counts: Shape): Tensor {
  const shape = [...new Array(counts.length - x.shape.length).fill(1), ...x.shape];
  const y = x.reshape(shape.flatMap((n) => [1, n])).expand(shape.flatMap((n, d) => [counts[d], n]))
    .reshape(shape.map((n, d) => n * counts[d]));
  return y.storage === x.storage ? y.clone() : y;
}

/**
 * As {@link repeat}, but with fewer sizes than dimensions these are for the last ones. See
 * {@link https://pytorch.org/docs/stable/generated/torch.tile.html}.
 *
 * @example
 * ```ts
 * import { tensor } from "@dinograd/dinograd";
 *
 * console.log(tensor([1, 2]).tile(2).toArray()); // [1, 2, 1, 2]
 * ```
 */
export function tile(x: Tensor, ...dims: [Shape | { dims: Shape }] | number[]): Tensor {
  const first = dims[0], list = isOptions(first) ? first.dims : Array.isArray(first) ? first : dims;
  const counts = asShape("call tile()", list),
    missing = asTensor("call tile()", "the input", x).shape.length - counts.length;
  return tiled(x, missing > 0 ? [...new Array(missing).fill(1), ...counts] : counts);
}

/** Options of {@link repeatInterleave}. */
export interface RepeatInterleaveOptions {
  /** The dimension; default: of the flattened tensor. */
  dim?: number | null;
  /** The size of the result; accepted for PyTorch's sake. */
  outputSize?: number | null;
}

/**
 * Each element along `dim` several times in a row: `repeats` times, or as often as a list with one count per element
 * says. See {@link https://pytorch.org/docs/stable/generated/torch.repeat_interleave.html}.
 *
 * @example
 * ```ts
 * import { tensor } from "@dinograd/dinograd";
 *
 * console.log(tensor([1, 2]).repeatInterleave(2).toArray()); // [1, 1, 2, 2]
 * console.log(tensor([1, 2]).repeatInterleave([0, 3]).toArray()); // [2, 2, 2]
 * ```
 */
export function repeatInterleave(
  x: Tensor,
  repeats: IndexLike | (RepeatInterleaveOptions & { repeats: IndexLike }),
  dim?: number | null | RepeatInterleaveOptions,
): Tensor {
  const given = named<RepeatInterleaveOptions & { repeats: IndexLike }>(
    "repeatInterleave",
    [repeats, dim].filter((a) => a !== undefined),
    ["repeats", "dim"],
    ["outputSize"],
  );
  const input = asTensor("call repeatInterleave()", "the input", x), flat = (given.dim ?? null) === null;
  const from = flat ? input.reshape([-1]) : input.shape.length === 0 ? input.reshape([1]) : input;
  const d = flat ? 0 : resolveDim("call repeatInterleave()", given.dim, from.shape), n = from.shape[d];
  const { values, shape } = readIndices("repeatInterleave", given.repeats);
  if (shape.length > 1 || (values.length !== 1 && values.length !== n)) {
    throw new ShapeError(
      `Cannot call repeatInterleave() on ${show(input.shape)} with repeats of shape ${
        show(shape)
      }: it must be one ` +
        `number or ${n} of them`,
    );
  }
  if (values.length === 1) { // [..., n, repeats, ...]
    const count = asCount("repeatInterleave", "repeats", values[0]), { shape } = from;
    const wide = from.unsqueeze(d + 1).expand([...shape.slice(0, d + 1), count, ...shape.slice(d + 1)]);
    return wide.clone().flatten(d, d + 1);
  }
  const map: number[] = [];
  for (let i = 0; i < n; i++) {
    const count = asCount("repeatInterleave", "repeats", values[i]);
    for (let k = 0; k < count; k++) map.push(i);
  }
  return runRepeat(
    from,
    placesAlong(from.shape, from.shape.map((_, i) => i === d ? Int32Array.from(map) : null)),
  );
}
