/**
 * The kernels of kernel.ts as plain TypeScript, for engines without WASM SIMD and as the reference in tests.
 *
 * No code is generated: a formula runs word by word over chunks of a few hundred elements in scratch arrays of the
 * compute type, so every word rounds as the SIMD instruction does. Strides count elements, not bytes.
 */
import { allocateArray, type DType, isFloat, type TypedArray } from "./dtype.ts";
import { type Expr, inOrder, numbers, type Word } from "./formula.ts";
import type { Combine, ComputeType, Mode, PointwiseSpec, ReduceSpec, RowsSpec } from "./kernel.ts";

/** An operand in memory: element i of row r is `array[offset + r * row + i * col]`. */
export interface View {
  readonly array: TypedArray;
  readonly offset: number;
  readonly row: number;
  readonly col: number;
}

/** A loop that fills `out`, `rows` × `n` elements, from its inputs: views, or numbers for mode "number". */
export type Loop = (rows: number, n: number, out: View, inputs: readonly (View | number)[]) => void;

/** Elements in a chunk: few enough that the scratch arrays of a formula stay in the first-level cache. */
const CHUNK = 256;

/** Reads a pointwise kernel as a plain loop. */
export function pointwiseLoop(spec: PointwiseSpec): Loop {
  const program = new Program([spec.root], spec.compute), { dtype } = spec.output;
  return (rows, n, out, inputs) => {
    program.setNumbers(inputs, n);
    for (let r = 0; r < rows; r++) {
      program.setSplats(inputs, spec.inputs, r, n);
      for (let start = 0; start < n; start += CHUNK) {
        const count = Math.min(CHUNK, n - start);
        const [y] = program.run(inputs, spec.inputs, r, start, count);
        write(out, at(out, r, start), count, y, dtype);
      }
    }
  };
}

/**
 * Reads a reduction as a plain loop. Along "row" the result of row r goes to `out.offset + r * out.row`, along
 * "column" that of column i to `out.offset + i * out.col`.
 */
export function reduceLoop(spec: ReduceSpec): Loop {
  const program = new Program([spec.root], spec.compute), { combine, output, along } = spec;
  const width = along === "row" ? 1 : CHUNK, state = new Reduction(combine, spec.compute, width);
  return (rows, n, out, inputs) => {
    program.setNumbers(inputs, n);
    if (along === "row") {
      for (let r = 0; r < rows; r++) {
        program.setSplats(inputs, spec.inputs, r, n);
        state.reset();
        for (let start = 0; start < n; start += CHUNK) {
          const count = Math.min(CHUNK, n - start);
          state.takeRow(program.run(inputs, spec.inputs, r, start, count)[0], start, count);
        }
        write(out, out.offset + r * out.row, 1, state.results(1), output);
      }
      return;
    }
    for (let start = 0; start < n; start += CHUNK) {
      const count = Math.min(CHUNK, n - start);
      state.reset();
      for (let r = 0; r < rows; r++) {
        program.setSplats(inputs, spec.inputs, r, n);
        state.takeColumns(program.run(inputs, spec.inputs, r, start, count)[0], r, count);
      }
      write(out, out.offset + start * out.col, count, state.results(count), output);
    }
  };
}

/** A loop over rows with several outputs. */
export type RowsLoop = (
  rows: number,
  n: number,
  outputs: readonly View[],
  inputs: readonly (View | number)[],
) => void;

/** Reads a fused row kernel as plain loops, one over each row for each step; no output may be an input. */
export function rowsLoop(spec: RowsSpec): RowsLoop {
  const { compute, steps } = spec, first = spec.inputs.length;
  const modes = [
    ...spec.inputs,
    ...steps.map((step) => ({ mode: step.kind === "map" ? "vector" : "number" } as const)),
  ];
  const programs = steps.map((step) => new Program([step.root], compute));
  const states = steps.map((step) => step.kind === "reduce" ? new Reduction(step.combine, compute, 1) : null);
  const one = allocateArray(compute, 1);
  return (rows, n, outputs, inputs) => {
    const operands: (View | number)[] = [...inputs];
    steps.forEach((step, j) => operands[first + j] = step.kind === "map" ? outputs[step.output] : 0);
    for (let r = 0; r < rows; r++) {
      for (let j = 0; j < steps.length; j++) {
        const step = steps[j], program = programs[j], state = states[j];
        const length = step.kind === "one" ? 1 : n;
        program.setNumbers(operands, length);
        program.setSplats(operands, modes, r, length);
        state?.reset();
        for (let start = 0; start < length; start += CHUNK) {
          const count = Math.min(CHUNK, length - start);
          const [y] = program.run(operands, modes, r, start, count);
          if (step.kind === "map") {
            write(outputs[step.output], at(outputs[step.output], r, start), count, y, compute);
          } else if (state) state.takeRow(y, start, count);
          else one[0] = y[0];
        }
        if (step.kind === "map") continue;
        if (state) one[0] = state.results(1)[0]; // rounds to the compute type
        operands[first + j] = one[0];
        if (step.output !== undefined) {
          outputs[step.output].array[at(outputs[step.output], r, 0)] = one[0];
        }
      }
    }
  };
}

function at(x: View, r: number, i: number): number {
  return x.offset + r * x.row + i * x.col;
}

/** Reductions side by side: their totals, rounding errors of sums (Knuth's two-sum), and positions of extremes. */
class Reduction {
  readonly #total: Float64Array;
  readonly #error: Float64Array;
  readonly #position: Int32Array;
  readonly #neutral: number;

  constructor(readonly combine: Combine, readonly compute: ComputeType, width: number) {
    this.#total = new Float64Array(width);
    this.#error = new Float64Array(width);
    this.#position = new Int32Array(width);
    const [low, high] = compute === "int32" ? [-0x80000000, 0x7fffffff] : [-Infinity, Infinity];
    this.#neutral = combine === "sum" ? 0 : combine === "prod" ? 1 : combine.endsWith("max") ? low : high;
  }

  reset(): void {
    this.#total.fill(this.#neutral);
    this.#error.fill(0);
    this.#position.fill(0);
  }

  /** Takes up `count` elements of one row, the first being element `start`. */
  takeRow(y: TypedArray, start: number, count: number): void {
    this.#take(y, count, 0, start, 1);
  }

  /** Takes up one element for each of `count` columns, from row `r`. */
  takeColumns(y: TypedArray, r: number, count: number): void {
    this.#take(y, count, 1, r, 0);
  }

  /** The first `count` results, as numbers not yet rounded to the compute type. */
  results(count: number): TypedArray {
    if (this.combine.startsWith("arg")) return this.#position;
    for (let i = 0; i < count; i++) {
      const sum = this.#total[i] + this.#error[i];
      if (sum === sum) this.#total[i] = sum; // an infinite total has the error NaN, and stands
    }
    return this.#total;
  }

  /** Element i belongs to reduction i · `step` and stands at `from` + i · `apart`. */
  #take(y: TypedArray, count: number, step: number, from: number, apart: number): void {
    const total = this.#total, error = this.#error, whole = this.compute === "int32";
    switch (this.combine) {
      case "sum":
        for (let i = 0, j = 0; i < count; i++, j += step) {
          const old = total[j], t = old + y[i], z = t - old;
          error[j] += (old - (t - z)) + (y[i] - z);
          total[j] = whole ? t | 0 : t;
        }
        break;
      case "prod":
        for (let i = 0, j = 0; i < count; i++, j += step) {
          total[j] = whole ? Math.imul(total[j], y[i]) : total[j] * y[i];
        }
        break;
      case "max":
        for (let i = 0, j = 0; i < count; i++, j += step) total[j] = Math.max(total[j], y[i]);
        break;
      case "min":
        for (let i = 0, j = 0; i < count; i++, j += step) total[j] = Math.min(total[j], y[i]);
        break;
      default: {
        const sign = this.combine === "argmax" ? 1 : -1;
        for (let i = 0, j = 0; i < count; i++, j += step) {
          const old = total[j];
          if (sign * y[i] <= sign * old || old !== old) continue; // not for NaN: it is extreme
          total[j] = y[i];
          this.#position[j] = from + i * apart;
        }
      }
    }
  }
}

type Step = (n: number, y: TypedArray, a: TypedArray, b: TypedArray, c: TypedArray) => void;

/** The commonest words as loops of their own; the others go through {@link general}. */
const steps: Partial<Record<Word, Step>> = {
  add: (n, y, a, b) => {
    for (let i = 0; i < n; i++) y[i] = a[i] + b[i];
  },
  sub: (n, y, a, b) => {
    for (let i = 0; i < n; i++) y[i] = a[i] - b[i];
  },
  mul: (n, y, a, b) => {
    if (y instanceof Int32Array) { for (let i = 0; i < n; i++) y[i] = Math.imul(a[i], b[i]); }
    else for (let i = 0; i < n; i++) y[i] = a[i] * b[i];
  },
  div: (n, y, a, b) => {
    for (let i = 0; i < n; i++) y[i] = a[i] / b[i];
  },
  neg: (n, y, a) => {
    for (let i = 0; i < n; i++) y[i] = -a[i];
  },
  max: (n, y, a, b) => {
    for (let i = 0; i < n; i++) y[i] = Math.max(a[i], b[i]);
  },
  min: (n, y, a, b) => {
    for (let i = 0; i < n; i++) y[i] = Math.min(a[i], b[i]);
  },
  eq: (n, y, a, b) => {
    for (let i = 0; i < n; i++) y[i] = a[i] === b[i] ? 1 : 0;
  },
  lt: (n, y, a, b) => {
    for (let i = 0; i < n; i++) y[i] = a[i] < b[i] ? 1 : 0;
  },
  le: (n, y, a, b) => {
    for (let i = 0; i < n; i++) y[i] = a[i] <= b[i] ? 1 : 0;
  },
  select: (n, y, a, b, c) => {
    for (let i = 0; i < n; i++) y[i] = a[i] ? b[i] : c[i];
  },
  number: (n, y, a) => {
    for (let i = 0; i < n; i++) y[i] = a[i];
  },
};

function general({ word, callee }: Expr): Step {
  const f = callee?.compute ?? numbers[word as Word] as (...x: number[]) => number;
  if (callee && f.length > 2) {
    return (n, y, a, b, c) => {
      for (let i = 0; i < n; i++) y[i] = f(a[i], b[i], c[i]);
    };
  }
  return (n, y, a, b) => {
    for (let i = 0; i < n; i++) y[i] = f(a[i], b[i]);
  };
}

interface HasMode {
  readonly mode: Mode;
}

/** Expressions as a list of steps over scratch arrays, one array a node. */
class Program {
  readonly #roots: readonly TypedArray[];
  readonly #inputs: { readonly index: number; readonly y: TypedArray }[] = [];
  readonly #steps: { readonly step: Step; readonly y: TypedArray; readonly args: readonly TypedArray[] }[] =
    [];

  constructor(roots: readonly Expr[], compute: ComputeType) {
    const arrays = new Map<Expr, TypedArray>(), none = allocateArray(compute, 0);
    for (const e of inOrder(...roots)) {
      const y = allocateArray(compute, CHUNK);
      arrays.set(e, y);
      if (e.word === "constant") fill(y, e.value);
      else if (e.word === "input") this.#inputs.push({ index: e.value, y });
      else {
        const [a, b = none, c = none] = e.args.map((x) => arrays.get(x)!);
        this.#steps.push({ step: steps[e.word as Word] ?? general(e), y, args: [a, b, c] });
      }
    }
    this.#roots = roots.map((root) => arrays.get(root)!);
  }

  /** Takes up the inputs that are numbers, for rows of `n` elements. */
  setNumbers(inputs: readonly (View | number)[], n: number): void {
    for (const { index, y } of this.#inputs) {
      const x = inputs[index];
      if (typeof x === "number") fill(y, x, n);
    }
  }

  /** Takes up the inputs with one element for the whole of row `r`, of `n` elements. */
  setSplats(inputs: readonly (View | number)[], modes: readonly HasMode[], r: number, n: number): void {
    for (const { index, y } of this.#inputs) {
      const x = inputs[index];
      if (typeof x !== "number" && modes[index].mode === "splat") fill(y, x.array[at(x, r, 0)], n);
    }
  }

  /** Computes `count` elements of row `r` from element `start` on; returns the scratch array of each root. */
  run(
    inputs: readonly (View | number)[],
    modes: readonly HasMode[],
    r: number,
    start: number,
    count: number,
  ): readonly TypedArray[] {
    for (const { index, y } of this.#inputs) {
      const x = inputs[index];
      if (typeof x !== "number" && modes[index].mode !== "splat") {
        read(x, at(x, r, start), count, y);
      }
    }
    for (const { step, y, args } of this.#steps) step(count, y, args[0], args[1], args[2]);
    return this.#roots;
  }
}

/** The integer that WebAssembly's saturating conversion makes of a float. */
function saturate(x: number): number {
  return x > 0x7fffffff ? 0x7fffffff : x < -0x80000000 ? -0x80000000 : Math.trunc(x);
}

/** Sets the first `n` elements that a chunk has. */
function fill(y: TypedArray, value: number, n = CHUNK): void {
  y.fill(y instanceof Int32Array ? saturate(value) : value, 0, n);
}

function read({ array, col }: View, at: number, count: number, y: TypedArray): void {
  if (y instanceof Int32Array && (array instanceof Float32Array || array instanceof Float64Array)) {
    for (let i = 0; i < count; i++, at += col) y[i] = saturate(array[at]);
  } else if (col === 1 && count > 32) y.set(array.subarray(at, at + count));
  else for (let i = 0; i < count; i++, at += col) y[i] = array[at];
}

function write({ array, col }: View, at: number, count: number, y: TypedArray, dtype: DType): void {
  if (dtype === "bool") {
    for (let i = 0; i < count; i++, at += col) array[at] = y[i] !== 0 ? 1 : 0;
  } else if (!isFloat(dtype) && !(y instanceof Int32Array)) {
    for (let i = 0; i < count; i++, at += col) array[at] = saturate(y[i]);
  } else if (col === 1 && count > 32) array.set(y.subarray(0, count), at);
  else for (let i = 0; i < count; i++, at += col) array[at] = y[i];
}
