/**
 * Runs fused row kernels (softmax, layer norm and their kin): all steps of a row while it stays in the cache.
 */
import { usesWasm } from "./backend.ts";
import { itemSize } from "./dtype.ts";
import { PointwiseKernel } from "./execute.ts";
import { type Algebra, type Expr, Graph, inputsOf, interpret } from "./formula.ts";
import type { RowsSpec, RowStep } from "./kernel.ts";
import { type RowsLoop, rowsLoop } from "./loops.ts";
import { dismiss, locate, locateOutput } from "./memory/storage.ts";
import { reduceTensor } from "./reduce.ts";
import { reducedShape, type Shape, sizeOf } from "./shape.ts";
import { empty, type Tensor } from "./tensor.ts";
import { features, instantiate, type WasmFunction } from "./wasm/engine.ts";
import { rowsModule } from "./wasm/rows.ts";
import { share, SHARED_FROM } from "./wasm/threads.ts";
import { watcher } from "./watch.ts";

/** A step as a family file writes it: its formula reads the inputs, then the results of the steps before it. */
export type Step =
  & { readonly of: (k: Algebra<Expr>, ...x: Expr[]) => Expr; readonly output?: number }
  & ({ readonly kind: "reduce"; readonly combine: "sum" | "max" | "min" } | { readonly kind: "map" | "one" });

/** What a kernel reads: a row for each row, or one that all share; one number for each row; one for all. */
export type RowInput = "row" | "one" | "number";

/** What kernels call it. */
export const modeOf = { row: "vector", one: "splat", number: "number" } as const;

/** How many elements of `x` lie between one row of `n` elements and the next. */
export function rowStep(x: Tensor, kind: RowInput, n: number): number {
  return kind === "one" ? 1 : sizeOf(x.shape) === n ? 0 : n;
}

/** From so many elements between one of a row and its next, steps across memory take less time than copies of rows. */
const ACROSS = 16;

/** A fused kernel over rows. A map writes the output that it names, or output 0; a step of one number a row only if named. */
export class RowsKernel {
  readonly #inputs: readonly RowInput[];
  readonly #outputs: readonly ("row" | "one")[];
  readonly #formulas: readonly Step[];
  #steps: readonly RowStep[] | null = null;
  readonly #compiled = new Map<string, WasmFunction>();
  readonly #loops = new Map<string, RowsLoop>();
  readonly #formulasAlone = new Map<Expr, { kernel: PointwiseKernel; uses: readonly number[] }>();

  /** `inputs` (or as many rows), then `steps`, whose results go to `outputs`. */
  constructor(
    inputs: number | readonly RowInput[],
    steps: readonly Step[],
    outputs: readonly ("row" | "one")[] = ["row"],
  ) {
    this.#inputs = typeof inputs === "number" ? new Array<RowInput>(inputs).fill("row") : inputs;
    this.#outputs = outputs;
    this.#formulas = steps;
  }

  /** The steps with their formulas read. */
  #program(): readonly RowStep[] {
    const graph = new Graph(), arity = this.#inputs.length;
    return this.#steps ??= this.#formulas.map(({ of, ...step }, j) => {
      const inputs = Array.from({ length: arity + j }, (_, i) => graph.input(i));
      const root = of(graph.algebra, ...inputs);
      return step.kind === "map"
        ? { ...step, kind: "map", root, output: step.output ?? 0 }
        : { ...step, root } as RowStep;
    });
  }

  /** What it computes, for those who would add to it: expression input i is input i, and those after them the steps. */
  get program(): {
    readonly inputs: readonly RowInput[];
    readonly steps: readonly RowStep[];
    readonly outputs: readonly ("row" | "one")[];
  } {
    return { inputs: this.#inputs, steps: this.#program(), outputs: this.#outputs };
  }

  /** Runs along `dim` of tensors of one shape and float dtype; the result is like them. */
  run(inputs: readonly Tensor[], dim: number): Tensor {
    const { shape, dtype } = inputs[0], last = shape.length - 1;
    if (dim !== last && sizeOf(shape.slice(dim + 1)) >= ACROSS) return this.#across(inputs, dim);
    if (dim !== last) {
      const swapped = inputs.map((x) => x.transpose(dim, last));
      return this.run(swapped, last).transpose(dim, last).contiguous();
    }
    const y = empty(shape, dtype), n = shape[last], rows = n === 0 ? 0 : sizeOf(shape) / n;
    this.fill([y], inputs, rows, n);
    return y;
  }

  /** Runs each step on all rows at once, which lie across memory: no copies that bring them along it. */
  #across(inputs: readonly Tensor[], dim: number): Tensor {
    const { shape, dtype } = inputs[0], one = reducedShape(shape, [dim], true), values = [...inputs];
    let y = inputs[0];
    const apply = (root: Expr, to: Shape) => {
      if (root.word === "input") return values[root.value];
      const out = empty(to, dtype), { kernel, uses } = this.#pointwise(root);
      kernel.run(out, dtype, uses.map((u) => values[u]));
      return out;
    };
    for (const step of this.#program()) {
      if (step.kind === "map") values.push(y = apply(step.root, shape));
      else if (step.kind === "one") values.push(apply(step.root, one));
      else values.push(reduceTensor(apply(step.root, shape), [dim], step.combine, dtype, true));
    }
    return y;
  }

  /** The formula of a step as a kernel of those values that it uses. */
  #pointwise(root: Expr): { kernel: PointwiseKernel; uses: readonly number[] } {
    let known = this.#formulasAlone.get(root);
    if (!known) {
      const graph = new Graph(), uses = inputsOf(root), places: Expr[] = [];
      uses.forEach((u, n) => places[u] = graph.input(n));
      const alone = interpret<Expr>(root, graph.algebra, places);
      this.#formulasAlone.set(root, known = { kernel: new PointwiseKernel(alone), uses });
    }
    return known;
  }

  /** Fills contiguous `outputs` from inputs of the same float dtype, seen as `rows` rows of `n` elements. */
  fill(outputs: readonly Tensor[], inputs: readonly (Tensor | number)[], rows: number, n: number): void {
    if (watcher !== null) return watcher.rows(this, outputs, inputs, rows, n);
    if (rows === 0) return;
    const { dtype } = outputs[0], packed = inputs.map((x) => typeof x === "number" ? x : x.contiguous());
    if (usesWasm()) {
      const size = itemSize[dtype], args = [rows, n];
      outputs.forEach((y, i) => {
        args.push(locateOutput(y.storage) + y.offset * size, (this.#outputs[i] === "one" ? 1 : n) * size);
      });
      packed.forEach((x, i) => {
        if (typeof x === "number") args.push(x);
        else args.push(locate(x.storage) + x.offset * size, rowStep(x, this.#inputs[i], n) * size);
      });
      const kernel = this.#kernel(dtype as "float32"), work = rows * n;
      if (work < SHARED_FROM) kernel(...args);
      else share(kernel, args, { axis: 0, steps: this.#strides(args), work });
      dismiss();
    } else {
      const viewAt = (x: Tensor, row: number) => ({
        array: x.storage.view(dtype),
        offset: x.offset,
        row,
        col: 1,
      });
      this.#loop(dtype as "float32")(
        rows,
        n,
        outputs.map((y, i) => viewAt(y, this.#outputs[i] === "one" ? 1 : n)),
        packed.map((x, i) => typeof x === "number" ? x : viewAt(x, rowStep(x, this.#inputs[i], n))),
      );
    }
  }

  /** How far each argument moves with a row: addresses by the row stride that follows them. */
  #strides(args: readonly number[]): number[] {
    const steps = args.map(() => 0), places = this.#outputs.length;
    let at = 2;
    for (let i = 0; i < places + this.#inputs.length; i++) {
      if (i >= places && this.#inputs[i - places] === "number") at++;
      else {
        steps[at] = args[at + 1];
        at += 2;
      }
    }
    return steps;
  }

  #kernel(compute: RowsSpec["compute"]): WasmFunction {
    let kernel = this.#compiled.get(compute);
    if (!kernel) {
      this.#compiled.set(compute, kernel = instantiate(rowsModule(this.#spec(compute), features().fma)).run);
    }
    return kernel;
  }

  #loop(compute: RowsSpec["compute"]): RowsLoop {
    let loop = this.#loops.get(compute);
    if (!loop) this.#loops.set(compute, loop = rowsLoop(this.#spec(compute)));
    return loop;
  }

  #spec(compute: RowsSpec["compute"]): RowsSpec {
    const inputs = this.#inputs.map((kind) => ({ dtype: compute, mode: modeOf[kind] }));
    return { compute, inputs, steps: this.#program(), outputs: this.#outputs };
  }
}
