/**
 * Update rules as formulas: several tensors of one shape change in place, by one kernel that no hyperparameter recompiles.
 *
 * Optimizers are written in it: reading the parameter, its gradient and its state once and writing them once is 28 bytes
 * an element for Adam, where three kernels move 40 and PyTorch's ten move over 80.
 */
import { usesWasm } from "./backend.ts";
import { itemSize } from "./dtype.ts";
import { type Algebra, type Expr, Graph } from "./formula.ts";
import type { Operand, RowsSpec, RowStep } from "./kernel.ts";
import { type RowsLoop, rowsLoop } from "./loops.ts";
import { dismiss, locateOutput } from "./memory/storage.ts";
import { isContiguous, sizeOf } from "./shape.ts";
import { noGrad } from "./grad_mode.ts";
import type { Tensor } from "./tensor.ts";
import { features, instantiate, type WasmFunction } from "./wasm/engine.ts";
import { invoke } from "./wasm/invoke.ts";
import { rowsModule } from "./wasm/rows.ts";
import { share, SHARED_FROM } from "./wasm/threads.ts";
import { watcher } from "./watch.ts";

/** The operands of a rule by name. */
type Named<T extends string, N extends string> = Readonly<Record<T | N, Expr>>;

/** The lines of a rule: `set` says what a tensor becomes, once each, and returns that for the lines that follow. */
export type Lines<T extends string, N extends string> = (
  k: Algebra<Expr>,
  x: Named<T, N>,
  set: (tensor: T, value: Expr) => Expr,
) => void;

/** A rule that overwrites tensors of one shape, element by element, with formulas of them and of numbers. */
export class UpdateRule<T extends string = string, N extends string = string> {
  readonly #lines: Lines<T, N>;
  #read: { readonly steps: RowStep[]; readonly written: number[] } | null = null;
  readonly #args: number[] = [];
  readonly #kernels: { float32?: WasmFunction; float64?: WasmFunction } = {};
  readonly #loops: { float32?: RowsLoop; float64?: RowsLoop } = {};

  /** Names the operands, tensors first, and writes down the lines. */
  constructor(readonly tensors: readonly T[], readonly numbers: readonly N[], lines: Lines<T, N>) {
    this.#lines = lines;
  }

  /** The lines as steps, and which tensors are overwritten, in the order of the kernel's outputs. */
  #program(): { readonly steps: RowStep[]; readonly written: number[] } {
    if (this.#read) return this.#read;
    const graph = new Graph(), names: readonly string[] = [...this.tensors, ...this.numbers];
    const x = Object.fromEntries(names.map((name, i) => [name, graph.input(i)])) as Named<T, N>;
    const steps: RowStep[] = [], written: number[] = [];
    this.#lines(graph.algebra, x, (tensor, root) => {
      const output = written.push(this.tensors.indexOf(tensor)) - 1;
      steps.push({ kind: "map", root, output });
      return graph.input(names.length + output);
    });
    return this.#read = { steps, written };
  }

  /** Those of `tensors`, in the order of their names, that it overwrites. */
  changed(tensors: readonly Tensor[]): Tensor[] {
    return this.#program().written.map((i) => tensors[i]);
  }

  /** Runs it on tensors and numbers in the order of their names; matrices may have gaps between their rows. */
  run(tensors: readonly Tensor[], numbers: readonly number[]): void {
    if (watcher !== null) return watcher.update(this, tensors, numbers);
    const { dtype, shape } = tensors[0];
    let rows = 1, n = sizeOf(shape);
    for (let i = 0; i < tensors.length; i++) {
      const x = tensors[i], isWhole = isContiguous(x.shape, x.strides);
      if (x.dtype !== dtype || !(isWhole || hasRows(x))) return this.#runOnCopies(tensors, numbers);
      if (!isWhole) [rows, n] = shape;
    }
    const compute = dtype as RowsSpec["compute"], { written } = this.#program(); // parameters are floats
    if (usesWasm()) {
      const args = this.#args, size = itemSize[dtype];
      let at = 0;
      args[at++] = rows;
      args[at++] = n;
      for (let i = 0; i < written.length; i++) {
        const x = tensors[written[i]];
        args[at++] = locateOutput(x.storage) + x.offset * size;
        args[at++] = rows === 1 ? 0 : x.strides[0] * size;
      }
      for (let i = 0; i < tensors.length; i++) {
        const x = tensors[i];
        args[at++] = locateOutput(x.storage) + x.offset * size;
        args[at++] = rows === 1 ? 0 : x.strides[0] * size;
      }
      for (let i = 0; i < numbers.length; i++) args[at++] = numbers[i];
      this.#call(this.#kernel(compute), args, written.length + tensors.length, size);
      dismiss();
    } else {
      const places = tensors.map((x) => {
        return { array: x.storage.view(dtype), offset: x.offset, row: rows === 1 ? n : x.strides[0], col: 1 };
      });
      // line after line, so what a later one reads must be as it was
      const before = places.map((place, i) => {
        if (!written.includes(i)) return place;
        const { array, offset, row } = place, end = offset + (rows - 1) * row + n;
        return { ...place, array: array.slice(offset, end), offset: 0 };
      });
      this.#loop(compute)(rows, n, written.map((i) => places[i]), [...before, ...numbers]);
    }
    for (let i = 0; i < written.length; i++) tensors[written[i]].storage.version++;
  }

  /** Threads share what is large: addresses move with the elements of the one row, or with the rows. */
  #call(kernel: WasmFunction, args: readonly number[], places: number, size: number): void {
    const [rows, n] = args, axis = rows === 1 ? 1 : 0;
    if (rows * n < SHARED_FROM) return invoke(kernel, args, args.length);
    const steps = args.map(() => 0);
    for (let i = 2; i < 2 + 2 * places; i += 2) steps[i] = axis === 1 ? size : args[i + 1];
    share(kernel, args, { axis, steps, work: rows * n, grain: axis === 1 ? 64 : 1 });
  }

  /** For tensors of different dtypes or scattered ones: on contiguous copies of the first one's dtype. */
  #runOnCopies(tensors: readonly Tensor[], numbers: readonly number[]): void {
    noGrad(() => {
      const copies = tensors.map((x) => x.to(tensors[0].dtype).contiguous());
      this.run(copies, numbers);
      for (const i of this.#program().written) if (copies[i] !== tensors[i]) tensors[i].copy_(copies[i]);
    });
  }

  #kernel(compute: RowsSpec["compute"]): WasmFunction {
    return this.#kernels[compute] ??= instantiate(rowsModule(this.#spec(compute), features().fma)).run;
  }

  #loop(compute: RowsSpec["compute"]): RowsLoop {
    return this.#loops[compute] ??= rowsLoop(this.#spec(compute));
  }

  /** All elements as one row, or row by row. Every line is a map, so all run in one pass, and outputs may be inputs. */
  #spec(compute: RowsSpec["compute"]): RowsSpec {
    const inputs: Operand[] = [
      ...this.tensors.map(() => ({ dtype: compute, mode: "vector" } as const)),
      ...this.numbers.map(() => ({ dtype: compute, mode: "number" } as const)),
    ];
    const { steps, written } = this.#program();
    return { compute, inputs, steps, outputs: written.map(() => "row") };
  }
}

/** Whether a tensor is a matrix with nothing between the elements of a row. */
function hasRows({ shape, strides }: Tensor): boolean {
  return shape.length === 2 && (strides[1] === 1 || shape[1] === 1);
}
