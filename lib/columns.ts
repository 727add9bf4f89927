/** Runs fused sums down columns: a formula of each element's inputs, summed over the rows in one pass. */
import { usesWasm } from "./backend.ts";
import { itemSize } from "./dtype.ts";
import { type Algebra, type Expr, Graph } from "./formula.ts";
import type { ReduceSpec } from "./kernel.ts";
import { type Loop, reduceLoop } from "./loops.ts";
import { dismiss, locate, locateOutput } from "./memory/storage.ts";
import { modeOf, type RowInput, rowStep } from "./rows.ts";
import { empty, type Tensor } from "./tensor.ts";
import { features, instantiate, type WasmFunction } from "./wasm/engine.ts";
import { reduceModule } from "./wasm/reduce.ts";

type Compute = "float32" | "float64";

/** Σ over rows of `of(inputs ...)`, one sum for each column. */
export class ColumnSums {
  readonly #inputs: readonly RowInput[];
  readonly #root: Expr;
  readonly #compiled = new Map<Compute, WasmFunction>();
  readonly #loops = new Map<Compute, Loop>();

  /** What the formula `of` reads, and the formula. */
  constructor(inputs: readonly RowInput[], of: (k: Algebra<Expr>, ...x: Expr[]) => Expr) {
    const graph = new Graph();
    this.#inputs = inputs;
    this.#root = of(graph.algebra, ...inputs.map((_, i) => graph.input(i)));
  }

  /** The sums, [1, n], of inputs of one float dtype seen as `rows` rows of `n` elements. */
  run(inputs: readonly Tensor[], rows: number, n: number): Tensor {
    const { dtype } = inputs[0], compute = dtype as Compute, y = empty([1, n], dtype);
    if (n === 0) return y;
    const packed = inputs.map((x) => x.contiguous()), kinds = this.#inputs;
    if (usesWasm()) {
      const size = itemSize[dtype], args = [rows, n, locateOutput(y.storage) + y.offset * size, size];
      packed.forEach((x, i) => {
        args.push(locate(x.storage) + x.offset * size, rowStep(x, kinds[i], n) * size, size);
      });
      this.#kernel(compute)(...args);
      dismiss();
    } else {
      const out = { array: y.storage.view(dtype), offset: y.offset, row: 1, col: 1 };
      this.#loop(compute)(
        rows,
        n,
        out,
        packed.map((x, i) => {
          return { array: x.storage.view(dtype), offset: x.offset, row: rowStep(x, kinds[i], n), col: 1 };
        }),
      );
    }
    return y;
  }

  #kernel(compute: Compute): WasmFunction {
    let kernel = this.#compiled.get(compute);
    if (!kernel) {
      this.#compiled.set(
        compute,
        kernel = instantiate(reduceModule(this.#spec(compute), features().fma)).run,
      );
    }
    return kernel;
  }

  #loop(compute: Compute): Loop {
    let loop = this.#loops.get(compute);
    if (!loop) this.#loops.set(compute, loop = reduceLoop(this.#spec(compute)));
    return loop;
  }

  #spec(compute: Compute): ReduceSpec {
    const inputs = this.#inputs.map((kind) => ({ dtype: compute, mode: modeOf[kind] }));
    return { root: this.#root, combine: "sum", along: "column", compute, inputs, output: compute };
  }
}
