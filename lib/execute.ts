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
import { broadcastStrides, isContiguous, sameShape, type Shape, sizeOf } from "./shape.ts";
import { features, instantiate, type WasmFunction } from "./wasm/engine.ts";
import { pointwiseModule } from "./wasm/pointwise.ts";

/** What kernels need to know of a tensor. */
export interface Strided {
  readonly storage: Storage;
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
  readonly dtype: DType;
}

const dtypes: Readonly<Record<DType, number>> = { float32: 0, float64: 1, int32: 2, uint8: 3, bool: 4 };
const VECTOR = 0, SPLAT = 1, STRIDE = 2, NUMBER = 3;

/** The type that kernels compute in for a result of `dtype`. */
export function computeType(dtype: DType): ComputeType {
  return dtype === "float32" || dtype === "float64" ? dtype : "int32";
}

/** Where operand `i` (0 is the output) stands in the current call: offset and strides in elements. */
const offsets: number[] = [], rowSteps: number[] = [], columnSteps: number[] = [];
const args: number[] = [];

/** One formula, compiled for each layout it meets. */
export class PointwiseKernel {
  readonly #compiled = new Map<number, WasmFunction>();
  readonly #loops = new Map<number, Loop>();

  /** `root` reads input i of a call as expression input i. */
  constructor(readonly root: Expr) {}

  /** out[i] = root(inputs[i] ...), computed in the compute type of `dtype`; inputs broadcast to `out`. */
  run(out: Strided, dtype: DType, inputs: readonly (Strided | number)[]): void {
    const size = sizeOf(out.shape);
    if (size === 0) return;
    if (!isContiguous(out.shape, out.strides)) return this.#runStrided(out, dtype, inputs);
    let key = (dtypes[dtype] * 5 + dtypes[out.dtype]) * 2;
    offsets[0] = out.offset;
    rowSteps[0] = 0;
    columnSteps[0] = 1;
    for (let i = 0; i < inputs.length; i++) {
      const x = inputs[i];
      if (typeof x === "number") {
        key = key * 20 + NUMBER;
        continue;
      }
      const same = sameShape(x.shape, out.shape) && isContiguous(x.shape, x.strides);
      if (!same && sizeOf(x.shape) !== 1) return this.#runStrided(out, dtype, inputs);
      key = key * 20 + dtypes[x.dtype] * 4 + (same ? VECTOR : SPLAT);
      offsets[i + 1] = x.offset;
      rowSteps[i + 1] = 0;
      columnSteps[i + 1] = same ? 1 : 0;
    }
    this.#call(key, 1, size, out, dtype, inputs);
    dismiss();
  }

  /** Any layout: dimensions fold into rows × columns where strides allow, the others are looped over here. */
  #runStrided(out: Strided, dtype: DType, inputs: readonly (Strided | number)[]): void {
    const strides = [out.strides];
    for (const x of inputs) {
      strides.push(
        typeof x === "number" ? out.shape.map(() => 0) : broadcastStrides(x.shape, x.strides, out.shape),
      );
    }
    const { shape, steps } = fold(out.shape, strides);
    const rank = shape.length, n = shape[rank - 1] ?? 1, rows = shape[rank - 2] ?? 1;
    let key = (dtypes[dtype] * 5 + dtypes[out.dtype]) * 2;
    for (let i = 0; i < steps.length; i++) {
      const x = i === 0 ? out : inputs[i - 1];
      offsets[i] = typeof x === "number" ? 0 : x.offset;
      rowSteps[i] = steps[i][rank - 2] ?? 0;
      columnSteps[i] = steps[i][rank - 1] ?? (i === 0 ? 1 : 0);
      if (i === 0) key += columnSteps[0] === 1 ? 0 : 1;
      else if (typeof x === "number") key = key * 20 + NUMBER;
      else {key = key * 20 + dtypes[x.dtype] * 4 +
          (columnSteps[i] === 1 ? VECTOR : columnSteps[i] === 0 ? SPLAT : STRIDE);}
    }
    eachOuter(shape.slice(0, -2), steps, () => this.#call(key, rows, n, out, dtype, inputs));
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
    const size = itemSize[out.dtype], to = locateOutput(out.storage) + offsets[0] * size;
    const [a, b] = inputs;
    // the commonest calls without an array of arguments: 30 ns less
    if (inputs.length === 1 && typeof a !== "number") {
      const p = itemSize[a.dtype];
      kernel(
        rows,
        n,
        to,
        rowSteps[0] * size,
        columnSteps[0] * size,
        locate(a.storage) + offsets[1] * p,
        rowSteps[1] * p,
        columnSteps[1] * p,
      );
    } else if (inputs.length === 2 && typeof a !== "number" && typeof b !== "number") {
      const p = itemSize[a.dtype], q = itemSize[b.dtype];
      kernel(
        rows,
        n,
        to,
        rowSteps[0] * size,
        columnSteps[0] * size,
        locate(a.storage) + offsets[1] * p,
        rowSteps[1] * p,
        columnSteps[1] * p,
        locate(b.storage) + offsets[2] * q,
        rowSteps[2] * q,
        columnSteps[2] * q,
      );
    } else {
      args.length = 0;
      args.push(rows, n, to, rowSteps[0] * size, columnSteps[0] * size);
      for (let i = 0; i < inputs.length; i++) {
        const x = inputs[i];
        if (typeof x === "number") args.push(x);
        else pushPlace(x, i + 1);
      }
      kernel(...args);
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

function pushPlace(x: Strided, i: number): void {
  const size = itemSize[x.dtype];
  args.push(locate(x.storage) + offsets[i] * size, rowSteps[i] * size, columnSteps[i] * size);
}

function viewAt(x: Strided, i: number): View {
  return { array: x.storage.view(x.dtype), offset: offsets[i], row: rowSteps[i], col: columnSteps[i] };
}

/** Runs `body` for every index of the outer dimensions, with `offsets` moved there. */
function eachOuter(shape: Shape, steps: readonly (readonly number[])[], body: () => void): void {
  const index = shape.map(() => 0);
  for (let left = sizeOf(shape); left > 0; left--) {
    body();
    for (let d = shape.length - 1; d >= 0; d--) {
      const wraps = ++index[d] === shape[d];
      for (let i = 0; i < steps.length; i++) offsets[i] += wraps ? steps[i][d] * (1 - shape[d]) : steps[i][d];
      if (!wraps) break;
      index[d] = 0;
    }
  }
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
