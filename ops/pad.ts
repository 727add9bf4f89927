/** Padding: borders of a number, a mirror image, the edge, or the other end. */
import { asChoice, asNumber, named } from "../lib/arguments.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import { defineOp } from "../lib/op.ts";
import { placesAlong } from "../lib/blocks.ts";
import { taking } from "../lib/places.ts";
import { show } from "../lib/shape.ts";
import { asTensor, empty, type Tensor } from "../lib/tensor.ts";

/** What surrounds a padded tensor: a number, its mirror image, its edge, or its other end. */
export type PadMode = "constant" | "reflect" | "replicate" | "circular";

/** Options of {@link pad}. */
export interface PadOptions {
  /** Default "constant". */
  mode?: PadMode;
  /** The number to pad with in mode "constant"; default 0. */
  value?: number | null;
}

/** How much to add in front of and behind each dimension; none of it negative. */
interface Borders {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

const runPad = defineOp<Borders & { readonly value: number }>({
  name: "pad",
  forward: ([x], { before, after, value }) => {
    const y = empty(x.shape.map((n, d) => before[d] + n + after[d]), x.dtype);
    let inside = y;
    x.shape.forEach((n, d) => {
      if (before[d] > 0) inside.narrow(d, 0, before[d]).fill_(value);
      if (after[d] > 0) inside.narrow(d, before[d] + n, after[d]).fill_(value);
      inside = inside.narrow(d, before[d], n);
    });
    inside.copy_(x);
    return y;
  },
  keeps: "nothing",
  grad: [(g, [x], _y, { before }) => x.shape.reduce((part, n, d) => part.narrow(d, before[d], n), g)],
});

const runPadding = taking("padByIndex");

/** Reads PyTorch's pad list, which begins with the last dimension: [left, right, top, bottom, ...]. */
function bordersOf(x: Tensor, pad: unknown): { before: number[]; after: number[] } {
  const rank = x.shape.length;
  if (
    !Array.isArray(pad) || !pad.every(Number.isSafeInteger) || pad.length % 2 !== 0 || pad.length > 2 * rank
  ) {
    throw new ShapeError(
      `Cannot pad ${show(x.shape)} by ${
        describe(pad)
      }: it must be an array of whole numbers, two for each of up to ` +
        `${rank} dimensions, the last first`,
    );
  }
  const amount = (d: number, side: number): number => pad[2 * (rank - 1 - d) + side] ?? 0;
  return { before: x.shape.map((_, d) => amount(d, 0)), after: x.shape.map((_, d) => amount(d, 1)) };
}

/** Where along a dimension of size `n` each element of the padded one comes from. */
function sourcesOf(mode: PadMode, n: number, before: number, after: number): Int32Array {
  const sources = new Int32Array(before + n + after);
  for (let i = 0; i < sources.length; i++) {
    const at = i - before;
    if (mode === "replicate") sources[i] = Math.min(Math.max(at, 0), n - 1);
    else if (mode === "circular") sources[i] = at < 0 ? at + n : at >= n ? at - n : at;
    else sources[i] = at < 0 ? -at : at >= n ? 2 * (n - 1) - at : at;
  }
  return sources;
}

/**
 * Adds borders: `pad` has two sizes for each padded dimension, last dimension first ([left, right, top, bottom]);
 * negative ones crop. See {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.pad.html}.
 *
 * @throws {ShapeError} if a mirrored or circular border is wider than the tensor has elements for it.
 *
 * @example
 * ```ts
 * import { pad, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([[1, 2, 3]]);
 * console.log(pad(x, [1, 2]).toArray()); // [[0, 1, 2, 3, 0, 0]]
 * console.log(pad(x, [2, 1], "reflect").toArray()); // [[3, 2, 1, 2, 3, 2]]
 * ```
 */
export function pad(
  x: Tensor,
  pad: readonly number[],
  mode?: PadMode | PadOptions,
  value?: number | null | PadOptions,
): Tensor {
  const options = named<PadOptions>("pad", [mode, value].filter((a) => a !== undefined), ["mode", "value"]);
  const input = asTensor("call pad()", "the input", x), { before, after } = bordersOf(input, pad);
  const modes = ["constant", "reflect", "replicate", "circular"] as const;
  const how = asChoice("pad", "mode", options.mode ?? "constant", modes);
  const n = input.shape, isPadded = n.map((_, d) => before[d] !== 0 || after[d] !== 0);
  const cut = (d: number) => Math.max(-before[d], 0) + Math.max(-after[d], 0);
  const largest = (d: number) =>
    how === "reflect" ? n[d] - 1 : how === "circular" ? n[d] - cut(d) : n[d] > 0 ? Infinity : 0;
  const odd = n.findIndex((size, d) =>
    cut(d) > size || (how !== "constant" && isPadded[d] && Math.max(before[d], after[d]) > largest(d))
  );
  if (odd >= 0) {
    throw new ShapeError(
      `Cannot pad ${show(n)} by ${describe(pad)} in mode ${how}: dim ${odd} of size ${n[odd]} allows ` +
        (cut(odd) > n[odd] ? "no cut as large" : `at most ${largest(odd)}`),
    );
  }
  if (how === "constant") {
    const number = asNumber("pad", "value", options.value ?? 0), cropped = crop(input, before, after);
    const rest = { before: before.map((b) => Math.max(b, 0)), after: after.map((a) => Math.max(a, 0)) };
    return runPad([cropped], { ...rest, value: number });
  }
  const maps = n.map((size, d) => isPadded[d] ? mapOf(how, size, before[d], after[d]) : null);
  return runPadding(input, placesAlong(n, maps));
}

/** {@link sourcesOf} where borders may be negative: what they cut off is gone before circular padding, after others. */
function mapOf(mode: PadMode, n: number, before: number, after: number): Int32Array {
  const front = Math.max(-before, 0), back = Math.max(-after, 0), isCircular = mode === "circular";
  const size = isCircular ? n - front - back : n;
  const sources = sourcesOf(mode, size, Math.max(before, 0), Math.max(after, 0));
  return isCircular ? sources.map((at) => at + front) : sources.slice(front, sources.length - back);
}

/** Cuts off what negative borders take away. */
function crop(x: Tensor, before: readonly number[], after: readonly number[]): Tensor {
  return x.shape.reduce((part, n, d) => {
    const front = Math.max(-before[d], 0), back = Math.max(-after[d], 0);
    return front + back === 0 ? part : part.narrow(d, front, n - front - back);
  }, x);
}

/**
 * {@link pad} in mode "constant". See {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.pad.html}.
 *
 * @example
 * ```ts
 * import { constantPadNd, tensor } from "@dinograd/dinograd";
 *
 * console.log(constantPadNd(tensor([1, 2]), [0, 1], 9).toArray()); // [1, 2, 9]
 * ```
 */
export function constantPadNd(x: Tensor, pad: readonly number[], value = 0): Tensor {
  return asTensor("call constantPadNd()", "the input", x).pad(pad, "constant", value);
}
