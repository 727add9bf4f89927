/**
 * Contractions: reduces a formula of tensors that broadcast along one dimension, and never writes down the whole.
 *
 * Distances between all pairs of rows are Σₖ f(a[i, k], b[j, k]): the kernel runs along k, or along j where k is
 * short, and loops here go over the rest.
 */
import { usesWasm } from "./backend.ts";
import { itemSize } from "./dtype.ts";
import type { Expr } from "./formula.ts";
import type { Combine, ComputeType, ReduceSpec } from "./kernel.ts";
import { type Loop, reduceLoop } from "./loops.ts";
import { dismiss, locate, locateOutput } from "./memory/storage.ts";
import { broadcastShapes, broadcastStrides, reducedShape, type Shape, sizeOf } from "./shape.ts";
import { empty, Tensor } from "./tensor.ts";
import { features, instantiate, type WasmFunction } from "./wasm/engine.ts";
import { reduceModule } from "./wasm/reduce.ts";

/** Which dimension kernels vectorize, and which one their rows go along. */
interface Plan {
  readonly along: "row" | "column";
  readonly n: number;
  readonly rows: number;
}

/** An input with its strides in the common shape; numbers have none. */
interface Input {
  readonly x: Tensor | number;
  readonly strides: readonly number[];
}

const compiled = new Map<Expr, Map<string, { loop: Loop } | { run: WasmFunction }>>();

/**
 * Combines `root` of the inputs (all of one float dtype, broadcast against each other) along `dim`, which goes. Along
 * `dim`, or else along the last other dimension, every tensor must be contiguous or broadcast.
 */
export function contract(
  root: Expr,
  given: readonly (Tensor | number)[],
  dim: number,
  combine: Combine,
): Tensor {
  const tensors = given.filter((x) => x instanceof Tensor), { dtype } = tensors[0];
  const shape = tensors.map((x) => x.shape).reduce((a, b) => broadcastShapes("contract", a, b));
  if (shape.length === 1) {
    const rows = given.map((x) => x instanceof Tensor ? x.unsqueeze(0) : x);
    return contract(root, rows, 1, combine).reshape([]);
  }
  const y = empty(reducedShape(shape, [dim], false), dtype);
  if (sizeOf(y.shape) === 0) return y;
  const inputs = given.map((x): Input => ({
    x,
    strides: x instanceof Tensor ? broadcastStrides(x.shape, x.strides, shape) : [],
  }));
  const plan = planFor(shape, inputs, dim), { along, rows, n } = plan;
  const out = y.strides.toSpliced(dim, 0, 0),
    kernel = kernelFor(root, combine, plan, inputs, dtype as ComputeType);
  const others = shape.map((_, d) => d).filter((d) => d !== rows && d !== n);
  const item = "run" in kernel ? itemSize[dtype] : 1, positions = new Array<number>(shape.length).fill(0);
  for (let left = sizeOf(others.map((d) => shape[d])); left > 0; left--) {
    const at = (strides: readonly number[]) => others.reduce((sum, d) => sum + positions[d] * strides[d], 0);
    const to = y.offset + at(out);
    if ("run" in kernel) {
      const args = [shape[rows], shape[n], locateOutput(y.storage) + to * item, out[rows] * item];
      for (const { x, strides } of inputs) {
        if (typeof x === "number") args.push(x);
        else {
          args.push(
            locate(x.storage) + (x.offset + at(strides)) * item,
            strides[rows] * item,
            strides[n] * item,
          );
        }
      }
      kernel.run(...args);
    } else {
      const views = inputs.map(({ x, strides }) =>
        typeof x === "number" ? x : {
          array: x.storage.view(dtype),
          offset: x.offset + at(strides),
          row: strides[rows],
          col: strides[n],
        }
      );
      const view = { array: y.storage.view(dtype), offset: to, row: along === "row" ? out[rows] : 0, col: 1 };
      kernel.loop(shape[rows], shape[n], view, views);
    }
    for (let i = others.length - 1; i >= 0; i--) {
      if (++positions[others[i]] < shape[others[i]]) break;
      positions[others[i]] = 0;
    }
  }
  dismiss();
  return y;
}

function planFor(shape: Shape, inputs: readonly Input[], dim: number): Plan {
  const smooth = (d: number) =>
    shape[d] < 2 || inputs.every(({ x, strides }) => typeof x === "number" || strides[d] <= 1);
  const others = shape.map((_, d) => d).filter((d) => d !== dim), last = others[others.length - 1];
  if (smooth(dim)) {
    return {
      along: "row",
      n: dim,
      rows: others.reduce((a, b) => shape[b] > shape[a] ? b : a),
    };
  }
  if (smooth(last)) return { along: "column", n: last, rows: dim };
  throw new Error("Bug: contract() is given tensors with gaps");
}

function kernelFor(
  root: Expr,
  combine: Combine,
  { along, n }: Plan,
  inputs: readonly Input[],
  compute: ComputeType,
): { loop: Loop } | { run: WasmFunction } {
  const operands = inputs.map(({ x, strides }) => ({
    dtype: compute,
    mode: typeof x === "number" ? "number" : strides[n] === 0 ? "splat" : "vector",
  } as const));
  const wasm = usesWasm(),
    key = `${wasm} ${combine} ${along} ${compute} ${operands.map((x) => x.mode).join()}`;
  let kernels = compiled.get(root);
  if (!kernels) compiled.set(root, kernels = new Map());
  let kernel = kernels.get(key);
  if (!kernel) {
    const spec: ReduceSpec = { root, combine, along, compute, inputs: operands, output: compute };
    kernel = wasm ? { run: instantiate(reduceModule(spec, features().fma)).run } : { loop: reduceLoop(spec) };
    kernels.set(key, kernel);
  }
  return kernel;
}
