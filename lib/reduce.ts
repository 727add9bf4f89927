/**
 * Runs reductions on tensors: along rows, along columns, or over a copy whose reduced dimensions come last.
 */
import { usesWasm } from "./backend.ts";
import { type DType, itemSize } from "./dtype.ts";
import { computeType, type Strided } from "./execute.ts";
import { type Expr, Graph } from "./formula.ts";
import type { Combine, ReduceSpec } from "./kernel.ts";
import { reduceLoop } from "./loops.ts";
import { dismiss, locate, locateOutput } from "./memory/storage.ts";
import { reducedShape, sizeOf } from "./shape.ts";
import { empty, type Tensor } from "./tensor.ts";
import { features, instantiate, type WasmFunction } from "./wasm/engine.ts";
import { reduceModule } from "./wasm/reduce.ts";

const element: Expr = new Graph().input(0);

/** What was compiled for a function of elements: by combination, direction and dtypes. */
interface Compiled {
  readonly kernels: Map<string, WasmFunction>;
  readonly loops: Map<string, ReturnType<typeof reduceLoop>>;
}

const compiled = new Map<Expr, Compiled>();

/**
 * Combines the elements of `x` along `dims` (sorted, each once) into a new tensor of `dtype`; `compute` is the dtype
 * whose arithmetic is used. Reduced dimensions keep size 1 if `keepdim`. With `of` it is that function of the elements
 * (of input 0) which are combined, in the same pass; it is compiled once, so make it once.
 */
export function reduceTensor(
  x: Tensor,
  dims: readonly number[],
  combine: Combine,
  dtype: DType,
  keepdim: boolean,
  compute: DType = dtype,
  of: Expr = element,
): Tensor {
  const y = empty(reducedShape(x.shape, dims, keepdim), dtype);
  if (sizeOf(y.shape) === 0) return y;
  const reduced = x.shape.map((_, i) => dims.includes(i));
  const rest = x.shape.map((_, i) => i).filter((i) => !reduced[i]);
  const count = sizeOf(dims.map((i) => x.shape[i]));
  const group = foldGroups(x, reduced);
  if (group === null) {
    const copy = x.permute([...rest, ...dims]).contiguous();
    run(y, [copy], of, combine, compute, "row", sizeOf(y.shape), count, count);
  } else {
    const { outer, inner, along } = group;
    if (along === "row") run(y, [x], of, combine, compute, "row", outer, count, count);
    else {
      for (let i = 0; i < outer; i++) {
        run(y, [x], of, combine, compute, "column", count, inner, inner, i * count * inner, i * inner);
      }
    }
  }
  dismiss();
  return y;
}

/** The sum of a function of contiguous tensors of one shape and dtype, element by element, and of numbers: 0-d. */
export function sumOf(inputs: readonly (Tensor | number)[], like: Tensor, of: Expr): Tensor {
  const y = empty([], like.dtype), n = sizeOf(like.shape);
  run(y, inputs, of, "sum", like.dtype, "row", 1, n, n);
  dismiss();
  return y;
}

/**
 * Sees `x` as [outer, reduced] or [outer, reduced, inner] of contiguous memory; null where it is not, or where rows
 * are so short that copying first is faster.
 */
function foldGroups(
  x: Tensor,
  reduced: readonly boolean[],
): { outer: number; inner: number; along: "row" | "column" } | null {
  if (!x.isContiguous()) return null;
  let d = x.shape.length - 1, inner = 1, outer = 1;
  while (d >= 0 && (!reduced[d] || x.shape[d] === 1)) inner *= x.shape[d--];
  while (d >= 0 && (reduced[d] || x.shape[d] === 1)) d--;
  for (let i = d; i >= 0; i--) {
    if (reduced[i] && x.shape[i] !== 1) return null;
    outer *= x.shape[i];
  }
  if (inner === 1) return { outer, inner, along: "row" };
  return inner >= 4 || outer === 1 ? { outer, inner, along: "column" } : null;
}

/** `from` and `to` are counted from where the inputs and `y` begin. */
function run(
  y: Tensor,
  inputs: readonly (Strided | number)[],
  root: Expr,
  combine: Combine,
  dtype: DType,
  along: "row" | "column",
  rows: number,
  n: number,
  rowStep: number,
  from = 0,
  to = 0,
): void {
  const compute = computeType(dtype), types = inputs.map((x) => typeof x === "number" ? "number" : x.dtype);
  const key = `${combine} ${along} ${compute} ${types.join(" ")} ${y.dtype}`;
  const spec: ReduceSpec = {
    root,
    combine,
    along,
    compute,
    inputs: inputs.map((x) =>
      typeof x === "number" ? { dtype, mode: "number" } : { dtype: x.dtype, mode: "vector" }
    ),
    output: y.dtype,
  };
  let known = compiled.get(root);
  if (!known) compiled.set(root, known = { kernels: new Map(), loops: new Map() });
  const { kernels, loops } = known;
  if (!usesWasm()) {
    let loop = loops.get(key);
    if (!loop) loops.set(key, loop = reduceLoop(spec));
    const out = { array: y.storage.view(y.dtype), offset: y.offset + to, row: 1, col: 1 };
    const views = inputs.map((x) =>
      typeof x === "number"
        ? x
        : { array: x.storage.view(x.dtype), offset: x.offset + from, row: rowStep, col: 1 }
    );
    loop(rows, n, out, views);
    return;
  }
  let kernel = kernels.get(key);
  if (!kernel) kernels.set(key, kernel = instantiate(reduceModule(spec, features().fma)).run);
  const outSize = itemSize[y.dtype],
    args = [rows, n, locateOutput(y.storage) + (y.offset + to) * outSize, outSize];
  for (const x of inputs) {
    if (typeof x === "number") args.push(x);
    else {
      const size = itemSize[x.dtype];
      args.push(locate(x.storage) + (x.offset + from) * size, rowStep * size, size);
    }
  }
  kernel(...args);
}
