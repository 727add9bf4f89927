/**
 * Sums and maxima over windows along one dimension by kernels: over all windows at once, one of their few elements
 * ("taps") after the other, or over few windows one by one. Ten times as fast as loops over windows of two.
 */
import { PointwiseKernel } from "./execute.ts";
import { Graph } from "./formula.ts";
import type { Shape } from "./shape.ts";
import { empty, type Tensor, viewOf } from "./tensor.ts";
import type { Spans } from "./windows.ts";

/** Windows from, from + apart ... of `taps` elements each: number `first` and those that follow it. */
interface Run {
  readonly first: number;
  readonly from: number;
  readonly apart: number;
  readonly taps: number;
  count: number;
}

/** The windows as runs of evenly spaced ones: most often those that reach into the padding, and all others. */
function runsOf({ from, to, step }: Spans): Run[] {
  const runs: Run[] = [];
  for (let j = 0; j < from.length; j++) {
    const run = runs.at(-1), taps = Math.ceil((to[j] - from[j]) / step);
    if (run?.taps === taps && from[j] === run.from + run.count * run.apart) run.count++;
    else runs.push({ first: j, from: from[j], apart: (from[j + 1] ?? 0) - from[j], taps, count: 1 });
  }
  return runs;
}

/** `shape` with `size` elements along `dim`. */
export function resized(shape: Shape, dim: number, size: number): Shape {
  return shape.map((n, d) => d === dim ? size : n);
}

/** Up to so many taps, and kinds of windows, are few. */
export const FEW = 6;

const graph = new Graph(), [a, b] = [graph.input(0), graph.input(1)];
const kernels = {
  sum: new PointwiseKernel(graph.algebra.add(a, b)),
  max: new PointwiseKernel(graph.algebra.max(a, b)),
};

/** The sum or maximum of each window along `dim`; null where loops over the windows are as fast. */
export function combineAlong(x: Tensor, dim: number, spans: Spans, combine: "sum" | "max"): Tensor | null {
  const count = spans.from.length, runs = runsOf(spans), most = Math.max(...runs.map(({ taps }) => taps));
  if (runs.length > FEW || runs.some(({ taps }) => taps < 1)) return null;
  const isLong = most > FEW;
  if (isLong && (combine === "sum" || count > FEW || spans.step > 1)) return null;
  const y = empty(resized(x.shape, dim, count), x.dtype);
  for (const run of runs) {
    const part = viewOf(
      y,
      resized(y.shape, dim, run.count),
      y.strides,
      y.offset + run.first * y.strides[dim],
    );
    if (isLong) fillMaxima(part, x, dim, run);
    else combineTaps(part, x, dim, run, spans.step, combine);
  }
  return y;
}

/** Few windows: a maximum for each. Sums are as fast in loops. */
function fillMaxima(y: Tensor, x: Tensor, dim: number, { from, apart, taps, count }: Run): void {
  for (let j = 0; j < count; j++) {
    y.narrow(dim, j, 1).copy_(x.narrow(dim, from + j * apart, taps).amax(dim, true));
  }
}

/** Few taps: all windows at once, tap by tap. */
function combineTaps(
  y: Tensor,
  x: Tensor,
  dim: number,
  { from, apart, taps }: Run,
  step: number,
  combine: "sum" | "max",
): void {
  const strides = x.strides.map((stride, d) => d === dim ? stride * apart : stride);
  const tap = (t: number) => viewOf(x, y.shape, strides, x.offset + (from + t * step) * x.strides[dim]);
  if (taps === 1) y.copy_(tap(0));
  for (let t = 1; t < taps; t++) kernels[combine].run(y, y.dtype, [t === 1 ? tap(0) : y, tap(t)]);
}
