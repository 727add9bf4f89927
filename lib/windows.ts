/**
 * Windows that slide along a dimension: the geometry that convolution, pooling and unfolding share.
 *
 * Pure arithmetic and its messages. Several dimensions are a list of {@link Windows}, one each, outermost first.
 */
import { asFlag } from "./arguments.ts";
import { describe, ShapeError } from "./errors.ts";
import { type Shape, show } from "./shape.ts";

/** One number for all windowed dimensions, or a list with one for each. */
export type Sizes = number | readonly number[];

/** Windows along one dimension: number j covers the positions j · stride − before + i · dilation for i < kernel. */
export interface Windows {
  /** Elements along the dimension. */
  readonly size: number;
  /** How many windows there are. */
  readonly count: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** How far in front of the dimension the first window begins. */
  readonly before: number;
}

/** Reads a number or list of whole numbers of at least `least`, one for each of `rank` dimensions. */
export function readSizes(
  name: string,
  option: string,
  value: unknown,
  rank: number,
  least: number,
): number[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const fits = list.length === 1 || list.length === rank;
  if (fits && list.every((n) => typeof n === "number" && Number.isSafeInteger(n) && n >= least)) {
    return Array.from({ length: rank }, (_, d) => list[list.length === 1 ? 0 : d] as number);
  }
  const error = list.every((n) => typeof n === "number") ? RangeError : TypeError;
  throw new error(
    `Cannot call ${name}() with ${option} ${
      describe(value)
    }: it must be a whole number of at least ${least}` +
      (rank > 1 ? `, or a list of ${rank}` : ""),
  );
}

/** How a kernel slides, with a number for each dimension. */
export interface Sliding {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
}

/** From the first position that a window covers to the last. */
export function extentOf({ kernel, dilation }: Pick<Windows, "kernel" | "dilation">): number {
  return (kernel - 1) * dilation + 1;
}

/**
 * The windows along the last dimensions of `shape`. Those that reach over the end of the padding are left out;
 * `ceilMode` takes them in as long as they begin before it.
 *
 * @throws {ShapeError} if not one fits.
 */
export function slide(name: string, shape: Shape, sliding: Sliding, ceilMode = false): Windows[] {
  const { kernel, stride, padding, dilation } = sliding, sizes = shape.slice(shape.length - kernel.length);
  return sizes.map((size, d) => {
    const window = { kernel: kernel[d], stride: stride[d], dilation: dilation[d], before: padding[d], size };
    const extent = extentOf(window), room = size + 2 * padding[d] - extent;
    let count = Math.floor((room + (ceilMode ? stride[d] - 1 : 0)) / stride[d]) + 1;
    if (ceilMode && (count - 1) * stride[d] >= size + padding[d]) count--;
    if (count >= 1) return { ...window, count };
    throw new ShapeError(
      `Cannot call ${name}() on ${show(shape)}: the kernel extends over ${extent} elements, dim ` +
        `${d - sizes.length} has ${size + 2 * padding[d]} with its padding`,
    );
  });
}

/** Options of pooling with windows that slide. */
export interface PoolOptions {
  /** How many elements a window covers. */
  kernelSize?: Sizes;
  /** The step from one window to the next; default: the size of the kernel. */
  stride?: Sizes | null;
  /** How far windows may reach over both ends, at most half a kernel; default 0. */
  padding?: Sizes;
  /** Take in windows that reach over the end of the padding; default false. */
  ceilMode?: boolean;
}

/** Reads the options of a pooling over the last `rank` dimensions of `shape`. */
export function poolWindows(
  name: string,
  shape: Shape,
  rank: number,
  options: PoolOptions & { readonly dilation?: Sizes },
): Windows[] {
  const kernel = readSizes(name, "kernelSize", options.kernelSize, rank, 1),
    { stride, ceilMode = false } = options;
  const steps = stride ?? [], isLeftOut = Array.isArray(steps) && steps.length === 0;
  const sliding = {
    kernel,
    stride: isLeftOut ? kernel : readSizes(name, "stride", steps, rank, 1),
    padding: readSizes(name, "padding", options.padding ?? 0, rank, 0),
    dilation: readSizes(name, "dilation", options.dilation ?? 1, rank, 1),
  };
  checkPlanes(name, shape, rank);
  const windows = slide(name, shape, sliding, asFlag(name, "ceilMode", ceilMode));
  const odd = windows.find((w) => w.before > extentOf(w) / 2);
  if (!odd) return windows;
  throw new RangeError(
    `Cannot call ${name}() with padding ${show(sliding.padding)}: ${odd.before} is more than half of the ` +
      `${extentOf(odd)} elements over which the kernel extends`,
  );
}

/** Checks that `shape` is [N, C, ...] or [C, ...] with `rank` dimensions more, none of them empty. */
export function checkPlanes(name: string, shape: Shape, rank: number): void {
  if ((shape.length === rank + 1 || shape.length === rank + 2) && !shape.slice(-rank).includes(0)) return;
  throw new ShapeError(
    `Cannot call ${name}() on ${show(shape)}: it must have ${rank + 1} or ${rank + 2} dimensions, the last` +
      `${rank > 1 ? ` ${rank}` : ""} not empty`,
  );
}

/** What each window takes along one dimension, within it: from[j], from[j] + step ... below to[j]. */
export interface Spans {
  readonly size: number;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly step: number;
  /** The windows that they are the part of, if they are. */
  readonly windows?: Windows;
}

/** The part of each window that is inside the dimension. */
export function spansOf(windows: Windows): Spans {
  const { size, count, stride, dilation, before } = windows, extent = extentOf(windows);
  const from = new Int32Array(count), to = new Int32Array(count);
  for (let j = 0; j < count; j++) {
    const start = j * stride - before;
    from[j] = start < 0 ? start + Math.ceil(-start / dilation) * dilation : start;
    to[j] = Math.min(start + extent, size);
  }
  return { size, from, to, step: dilation, windows };
}

/** Spans that divide a dimension into `count` parts as equal as can be; neighbours overlap where they must. */
export function adaptiveSpans(size: number, count: number): Spans {
  const from = Int32Array.from({ length: count }, (_, j) => Math.floor(j * size / count));
  const to = Int32Array.from({ length: count }, (_, j) => Math.ceil((j + 1) * size / count));
  if (count === 0 || size % count !== 0) return { size, from, to, step: 1 };
  const kernel = size / count;
  return {
    size,
    from,
    to,
    step: 1,
    windows: { size, count, kernel, stride: kernel, dilation: 1, before: 0 },
  };
}
