/**
 * Runs fused row kernels (softmax and its kin): all steps of a row while it stays in the cache.
 */
import { usesWasm } from "./backend.ts";
import { itemSize } from "./dtype.ts";
import { type Algebra, type Expr, Graph } from "./formula.ts";
import type { RowsSpec, RowStep } from "./kernel.ts";
import { type RowsLoop, rowsLoop } from "./loops.ts";
import { dismiss, locate, locateOutput } from "./memory/storage.ts";
import { sizeOf } from "./shape.ts";
import { empty, type Tensor } from "./tensor.ts";
import { features, instantiate, type WasmFunction } from "./wasm/engine.ts";
import { rowsModule } from "./wasm/rows.ts";

/** A step as a family file writes it: its formula reads the inputs, then the results of the steps before it. */
export type Step =
  & { readonly of: (k: Algebra<Expr>, ...x: Expr[]) => Expr; readonly output?: number }
  & ({ readonly kind: "reduce"; readonly combine: "sum" | "max" | "min" } | { readonly kind: "map" | "one" });

/** A fused kernel over the rows of its inputs, all of one shape, with one output of that shape. */
export class RowsKernel {
  readonly #steps: readonly RowStep[];
  readonly #compiled = new Map<string, WasmFunction>();
  readonly #loops = new Map<string, RowsLoop>();

  /** `arity` inputs, then `steps`; a map writes the output. */
  constructor(readonly arity: number, steps: readonly Step[]) {
    const graph = new Graph();
    this.#steps = steps.map(({ of, ...step }, j) => {
      const inputs = Array.from({ length: arity + j }, (_, i) => graph.input(i));
      const root = of(graph.algebra, ...inputs);
      return step.kind === "map" ? { ...step, kind: "map", root, output: 0 } : { ...step, root } as RowStep;
    });
  }

  /** Runs along `dim` of tensors of one shape and float dtype. */
  run(inputs: readonly Tensor[], dim: number): Tensor {
    const { shape, dtype } = inputs[0], last = shape.length - 1;
    if (dim !== last) {
      const swapped = inputs.map((x) => x.transpose(dim, last));
      return this.run(swapped, last).transpose(dim, last).contiguous();
    }
    const y = empty(shape, dtype), n = shape[last], rows = n === 0 ? 0 : sizeOf(shape) / n;
    if (rows === 0) return y;
    const packed = inputs.map((x) => x.contiguous());
    if (usesWasm()) {
      const size = itemSize[dtype], args = [rows, n, locateOutput(y.storage) + y.offset * size, n * size];
      for (const x of packed) args.push(locate(x.storage) + x.offset * size, n * size);
      this.#kernel(dtype as "float32")(...args);
      dismiss();
    } else {
      const viewAt = (x: Tensor) => ({ array: x.storage.view(dtype), offset: x.offset, row: n, col: 1 });
      this.#loop(dtype as "float32")(rows, n, [viewAt(y)], packed.map(viewAt));
    }
    return y;
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
    const input = { dtype: compute, mode: "vector" } as const;
    return { compute, inputs: new Array(this.arity).fill(input), steps: this.#steps, outputs: ["row"] };
  }
}
