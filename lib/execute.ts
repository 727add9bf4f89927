/**
 * Runs kernels on tensors: folds dimensions into rows × columns, picks the engine, keeps what was compiled.
 *
 * A kernel is compiled when a combination of dtypes and layouts first occurs (0.2 ms). The WASM engine works on
 * byte addresses in the arena, the plain loops on typed arrays; both get the same description (kernel.ts).
 */
import { usesWasm } from "./backend.ts";
import { type DType, itemSize } from "./dtype.ts";
import type { Expr } from "./formula.ts";
import type { ComputeType, PointwiseSpec } from "./kernel.ts";
import { type Loop, pointwiseLoop, type View } from "./loops.ts";
import { dismiss, locate, locateOutput, type Storage } from "./memory/storage.ts";
import { isContiguous, sameShape, type Shape, sizeOf } from "./shape.ts";
import { features, instantiate, type WasmFunction } from "./wasm/engine.ts";
import { watcher } from "./watch.ts";
import { pointwiseModule } from "./wasm/pointwise.ts";
import { invoke } from "./wasm/invoke.ts";
import { share, SHARED_FROM } from "./wasm/threads.ts";

/** What kernels need to know of a tensor. */
export interface Strided {
  readonly storage: Storage;
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
  readonly dtype: DType;
}

/** Dtypes in the keys under which kernels are kept. */
export const dtypeCode: Readonly<Record<DType, number>> = {
  float32: 0,
  float64: 1,
  int32: 2,
  uint8: 3,
  bool: 4,
};
const VECTOR = 0, SPLAT = 1, STRIDE = 2, NUMBER = 3;

/** The type that kernels compute in for a result of `dtype`. */
export function computeType(dtype: DType): ComputeType {
  return dtype === "float32" || dtype === "float64" ? dtype : "int32";
}

/** Where operand `i` (0 is the output) stands in the current call: offset and strides in elements. */
const offsets: number[] = [], rowSteps: number[] = [], columnSteps: number[] = [];
/** The dimensions of the current call, folded, and each operand's steps along them; where in the outer ones it is. */
const sizes: number[] = [], steps: number[][] = [], index: number[] = [];
const args: number[] = [];

/** One formula, compiled for each layout it meets. */
export class PointwiseKernel {
  readonly #compiled = new Map<number, WasmFunction>();
  readonly #loops = new Map<number, Loop>();

  /** `root` reads input i of a call as expression input i. */
  constructor(readonly root: Expr) {}

  /** out[i] = root(inputs[i] ...), computed in the compute type of `dtype`; inputs broadcast to `out`. */
  run(out: Strided, dtype: DType, inputs: readonly (Strided | number)[]): void {
    if (watcher !== null) return watcher.pointwise(this, out, dtype, inputs);
    const size = sizeOf(out.shape);
    if (size === 0) return;
    if (!isContiguous(out.shape, out.strides)) return this.#runStrided(out, dtype, inputs);
    let key = (dtypeCode[dtype] * 5 + dtypeCode[out.dtype]) * 2;
    offsets[0] = out.offset;
    rowSteps[0] = 0;
    columnSteps[0] = 1;
    for (let i = 0; i < inputs.length; i++) {
      const x = inputs[i];
      if (typeof x === "number") {
        key = key * 20 + NUMBER;
        continue;
      }
      const same = sameShape(x.shape, out.shape) &&
        (x.strides === out.strides || isContiguous(x.shape, x.strides));
      if (!same && sizeOf(x.shape) !== 1) return this.#runStrided(out, dtype, inputs);
      key = key * 20 + dtypeCode[x.dtype] * 4 + (same ? VECTOR : SPLAT);
      offsets[i + 1] = x.offset;
      rowSteps[i + 1] = 0;
      columnSteps[i + 1] = same ? 1 : 0;
    }
    this.#call(key, 1, size, out, dtype, inputs);
    dismiss();
  }

  /** Any layout: dimensions fold into rows × columns where strides allow, the others are looped over here. */
  #runStrided(out: Strided, dtype: DType, inputs: readonly (Strided | number)[]): void {
    const rank = layOut(out, inputs),
      n = rank > 0 ? sizes[rank - 1] : 1,
      rows = rank > 1 ? sizes[rank - 2] : 1;
    let key = (dtypeCode[dtype] * 5 + dtypeCode[out.dtype]) * 2;
    for (let i = 0; i <= inputs.length; i++) {
      const x = i === 0 ? out : inputs[i - 1];
      offsets[i] = typeof x === "number" ? 0 : x.offset;
      rowSteps[i] = rank > 1 ? steps[i][rank - 2] : 0;
      columnSteps[i] = rank > 0 ? steps[i][rank - 1] : i === 0 ? 1 : 0;
      if (i === 0) key += columnSteps[0] === 1 ? 0 : 1;
      else if (typeof x === "number") key = key * 20 + NUMBER;
      else {key = key * 20 + dtypeCode[x.dtype] * 4 +
          (columnSteps[i] === 1 ? VECTOR : columnSteps[i] === 0 ? SPLAT : STRIDE);}
    }
    for (let d = 0; d < rank - 2; d++) index[d] = 0;
    do this.#call(key, rows, n, out, dtype, inputs); while (advance(rank - 2, inputs.length));
    dismiss();
  }

  #call(
    key: number,
    rows: number,
    n: number,
    out: Strided,
    dtype: DType,
    inputs: readonly (Strided | number)[],
  ): void {
    if (!usesWasm()) return this.#callLoop(key, rows, n, out, dtype, inputs);
    const kernel = this.#compiled.get(key) ?? this.#compile(key, out, dtype, inputs);
    if (rows * n >= SHARED_FROM) return callShared(kernel, rows, n, out, inputs);
    const x = inputs[0], y = inputs[1];
    if (typeof x === "number" || inputs.length > 2) {
      return invoke(kernel, args, gather(rows, n, out, inputs));
    }
    // the commonest calls without an array of arguments: 40 ns less
    const s = itemSize[out.dtype], to = locateOutput(out.storage) + offsets[0] * s;
    const p = itemSize[x.dtype], from = locate(x.storage) + offsets[1] * p;
    const r0 = rowSteps[0] * s, c0 = columnSteps[0] * s, r1 = rowSteps[1] * p, c1 = columnSteps[1] * p;
    if (inputs.length === 1) kernel(rows, n, to, r0, c0, from, r1, c1);
    else if (typeof y === "number") kernel(rows, n, to, r0, c0, from, r1, c1, y);
    else {
      const q = itemSize[y.dtype], second = locate(y.storage) + offsets[2] * q;
      kernel(rows, n, to, r0, c0, from, r1, c1, second, rowSteps[2] * q, columnSteps[2] * q);
    }
  }

  #callLoop(
    key: number,
    rows: number,
    n: number,
    out: Strided,
    dtype: DType,
    inputs: readonly (Strided | number)[],
  ): void {
    let loop = this.#loops.get(key);
    if (!loop) this.#loops.set(key, loop = pointwiseLoop(this.#spec(out, dtype, inputs)));
    loop(rows, n, viewAt(out, 0), inputs.map((x, i) => typeof x === "number" ? x : viewAt(x, i + 1)));
  }

  #compile(key: number, out: Strided, dtype: DType, inputs: readonly (Strided | number)[]): WasmFunction {
    const { run } = instantiate(pointwiseModule(this.#spec(out, dtype, inputs), features().fma));
    this.#compiled.set(key, run);
    return run;
  }

  #spec(out: Strided, dtype: DType, inputs: readonly (Strided | number)[]): PointwiseSpec {
    const compute = computeType(dtype);
    return {
      root: this.root,
      compute,
      inputs: inputs.map((x, i) =>
        typeof x === "number" ? { dtype: compute, mode: "number" } : {
          dtype: x.dtype,
          mode: columnSteps[i + 1] === 1 ? "vector" : columnSteps[i + 1] === 0 ? "splat" : "stride",
        }
      ),
      output: { dtype: out.dtype, mode: columnSteps[0] === 1 ? "vector" : "stride" },
    };
  }
}

/** Rows from which on a call is cut between rows; else between columns. */
const CUT_ROWS = 16;
const cuts: number[] = [];

/** A large call, which threads may share. */
function callShared(
  kernel: WasmFunction,
  rows: number,
  n: number,
  out: Strided,
  inputs: readonly (Strided | number)[],
): void {
  const axis = rows >= CUT_ROWS ? 0 : 1;
  args.length = gather(rows, n, out, inputs);
  cuts.length = 0;
  cuts.push(0, 0, args[3 + axis], 0, 0);
  for (let i = 0; i < inputs.length; i++) {
    if (typeof inputs[i] === "number") cuts.push(0);
    else cuts.push(args[cuts.length + 1 + axis], 0, 0);
  }
  share(kernel, args, { axis, steps: cuts, work: rows * n, grain: axis === 0 ? 1 : 64 });
}

/** Puts the arguments of a call into `args`: sizes, then an address and two steps for each tensor. Returns how many. */
function gather(rows: number, n: number, out: Strided, inputs: readonly (Strided | number)[]): number {
  const size = itemSize[out.dtype];
  args[0] = rows;
  args[1] = n;
  args[2] = locateOutput(out.storage) + offsets[0] * size;
  args[3] = rowSteps[0] * size;
  args[4] = columnSteps[0] * size;
  let count = 5;
  for (let i = 0; i < inputs.length; i++) {
    const x = inputs[i];
    if (typeof x === "number") args[count++] = x;
    else {
      const size = itemSize[x.dtype];
      args[count++] = locate(x.storage) + offsets[i + 1] * size;
      args[count++] = rowSteps[i + 1] * size;
      args[count++] = columnSteps[i + 1] * size;
    }
  }
  return count;
}

function viewAt(x: Strided, i: number): View {
  return { array: x.storage.view(x.dtype), offset: offsets[i], row: rowSteps[i], col: columnSteps[i] };
}

/**
 * Fills `sizes` and `steps` for a call: drops dimensions of size 1 and joins neighbours that every operand walks through
 * as one, all without new arrays (0.3 us less). Returns how many are left.
 */
function layOut(out: Strided, inputs: readonly (Strided | number)[]): number {
  const { shape } = out;
  let rank = 0;
  while (steps.length <= inputs.length) steps.push([]);
  for (let d = 0; d < shape.length; d++) {
    if (shape[d] === 1) continue;
    let joins = rank > 0;
    for (let i = 0; i <= inputs.length; i++) {
      const along = steps[i], step = stepAlong(i === 0 ? out : inputs[i - 1], d, shape.length);
      if (joins && along[rank - 1] !== step * shape[d]) joins = false;
      along[rank] = step;
    }
    if (joins) {
      sizes[rank - 1] *= shape[d];
      for (let i = 0; i <= inputs.length; i++) steps[i][rank - 1] = steps[i][rank];
    } else sizes[rank++] = shape[d];
  }
  return rank;
}

/** The step of an operand along dimension `d` of an output of `rank` dimensions: 0 where it is repeated. */
function stepAlong(x: Strided | number, d: number, rank: number): number {
  if (typeof x === "number") return 0;
  const own = d - rank + x.shape.length;
  return own < 0 || x.shape[own] === 1 ? 0 : x.strides[own];
}

/** Moves `offsets` of the output and `count` inputs on along the first `rank` dimensions; false at the end. */
function advance(rank: number, count: number): boolean {
  for (let d = rank - 1; d >= 0; d--) {
    const wraps = ++index[d] === sizes[d], by = wraps ? 1 - sizes[d] : 1;
    for (let i = 0; i <= count; i++) offsets[i] += steps[i][d] * by;
    if (!wraps) return true;
    index[d] = 0;
  }
  return false;
}

/** Drops dimensions of size 1 and joins neighbours that every operand walks through as one. */
export function fold(
  shape: Shape,
  strides: readonly (readonly number[])[],
): { shape: number[]; steps: number[][] } {
  const folded: number[] = [], steps: number[][] = strides.map(() => []);
  for (let d = 0; d < shape.length; d++) {
    if (shape[d] === 1) continue;
    const last = folded.length - 1;
    if (last >= 0 && strides.every((s, i) => steps[i][last] === s[d] * shape[d])) {
      folded[last] *= shape[d];
      for (let i = 0; i < strides.length; i++) steps[i][last] = strides[i][d];
    } else {
      folded.push(shape[d]);
      for (let i = 0; i < strides.length; i++) steps[i].push(strides[i][d]);
    }
  }
  return { shape: folded, steps };
}
