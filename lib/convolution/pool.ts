/** Pooling on tensors by kernels; null where they do not serve, and loops must. */
import { usesWasm } from "../backend.ts";
import { isFloat } from "../dtype.ts";
import { dismiss } from "../memory/storage.ts";
import { type Shape, sizeOf, stridesOf } from "../shape.ts";
import { empty, type Tensor } from "../tensor.ts";
import { instantiate, type WasmFunction } from "../wasm/engine.ts";
import { type Float, floatWords } from "../wasm/gemm_kernels.ts";
import { maximaModule, sumsModule } from "../wasm/pool.ts";
import type { Spans, Windows } from "../windows.ts";
import { adjointAxesOf, along, axesOf, type Axis, hasAdjoint, Layout, sums } from "./layout.ts";
import { addressOf, bytesOf, call, outputOf, Scratch } from "./memory.ts";

const adders: Partial<Record<Float, WasmFunction>> = {};
let comparers: Record<string, WasmFunction> | undefined;
const maximaKernels = () => comparers ??= instantiate(maximaModule());

/** The windows that the spans are parts of, if all are, and there are results of a vector's width. */
function windowsOf(spans: readonly Spans[]): readonly Windows[] | null {
  return spans.every((s) => s.windows) ? spans.map((s) => s.windows!) : null;
}

function isServed(x: Tensor, width: number): boolean {
  return usesWasm() && isFloat(x.dtype) && width >= floatWords[x.dtype as Float].lanes && sizeOf(x.shape) > 0;
}

/** The sum of each box over the last dimensions, divided; null where loops must do. */
export function boxSums(x: Tensor, spans: readonly Spans[], divisor: number): Tensor | null {
  const windows = windowsOf(spans);
  if (!windows || !isServed(x, windows[windows.length - 1].count)) return null;
  return addUp(x, axesOf(windows), divisor);
}

/** The adjoint of {@link boxSums}; null where loops must do. */
export function boxSpread(y: Tensor, spans: readonly Spans[], divisor: number): Tensor | null {
  const windows = windowsOf(spans);
  if (!windows || !isServed(y, windows[windows.length - 1].size) || !hasAdjoint(windows)) return null;
  return addUp(y, adjointAxesOf(windows), divisor);
}

function addUp(x: Tensor, axes: readonly Axis[], divisor: number): Tensor {
  const type = x.dtype as Float, bytes = bytesOf(type), scratch = new Scratch(), rank = axes.length;
  const leading = x.shape.slice(0, -rank), y = empty([...leading, ...axes.map((a) => a.count)], type);
  const { lines, width, lineTable, taps, tapTable, frame } = new Layout(axes, 1, bytes, scratch);
  const from = bytes * sizeOf(x.shape.slice(-rank)), to = bytes * sizeOf(y.shape.slice(-rank));
  const run = adders[type] ??= instantiate(sumsModule(type)).sums;
  const [source, target] = [addressOf(x.contiguous()), outputOf(y)];
  const planes = [
    sizeOf(leading),
    source,
    from,
    target,
    to,
    divisor,
    lines,
    width,
    lineTable,
    taps,
    tapTable,
  ];
  const work = sizeOf(y.shape) * taps;
  call(run, [...planes, ...frame], { axis: 0, moves: { 1: from, 3: to }, work, scratch: [11, frame[1]] });
  dismiss();
  scratch.release();
  return y;
}

/** The first maximum of each box over the last dimensions, or its last NaN, and its place; null where loops must do. */
export function boxMaxima(x: Tensor, spans: readonly Spans[]): [Tensor, Tensor] | null {
  const windows = windowsOf(spans), last = windows?.[windows.length - 1];
  if (!windows || !last || x.dtype !== "float32" || !isServed(x, last.count)) return null;
  const scratch = new Scratch(), rank = windows.length, leading = x.shape.slice(0, -rank);
  const y = empty([...leading, ...windows.map((w) => w.count)], "float32"), found = empty(y.shape, "int32");
  const steps = stridesOf(x.shape.slice(-rank)), outer = windows.slice(0, -1);
  const begins = sums([
    [-last.before],
    ...outer.map((w, d) => along(w.count, w.stride * steps[d], -w.before * steps[d])),
  ]);
  const firsts = sums(spans.slice(0, -1).map((s, d) => s.from.map((i) => i * steps[d])));
  const places = sums(windows.map((w, d) => along(w.kernel, w.dilation * steps[d])));
  const layout = new Layout(axesOf(windows), 1, 4, scratch, { lines: [begins, firsts], taps: [places] });
  const { lines, width, lineTable, taps, tapTable, frame } = layout, columns = spans[rank - 1].from;
  const columnTable = scratch.table(columns),
    plane = 4 * sizeOf(x.shape.slice(-rank)),
    results = 4 * sizeOf(y.shape.slice(-rank));
  const [source, target, where] = [addressOf(x.contiguous()), outputOf(y), outputOf(found)];
  const tables = [lineTable, columnTable, taps, tapTable];
  const planes = [sizeOf(leading), source, plane, target, results, where, results, last.stride, lines, width];
  call(maximaKernels().maxima, [...planes, ...tables, ...frame], {
    axis: 0,
    moves: { 1: plane, 3: results, 5: results },
    work: sizeOf(y.shape) * taps,
    scratch: [14, frame[1]],
  });
  dismiss();
  scratch.release();
  return [y, found];
}

/** Zeros with planes of this shape, to which each y is added at its place; null where loops must do. */
export function addAtPlaces(y: Tensor, places: Tensor, plane: Shape): Tensor | null {
  if (!usesWasm() || y.dtype !== "float32" || sizeOf(plane) === 0) return null;
  const leading = y.shape.slice(0, -plane.length), x = empty([...leading, ...plane], "float32");
  const count = sizeOf(y.shape.slice(-plane.length)), [values, where] = [y.contiguous(), places.contiguous()];
  const bytes = 4 * sizeOf(plane);
  const args = [sizeOf(leading), outputOf(x), bytes, addressOf(values), addressOf(where), count];
  const moves = { 1: bytes, 3: 4 * count, 4: 4 * count };
  call(maximaKernels().scatter, args, { axis: 0, moves, work: sizeOf(x.shape) });
  dismiss();
  return x;
}
