/**
 * Runs reductions on tensors: along rows, along columns, or over a copy whose reduced dimensions come last.
 */
import { usesWasm } from "./backend.ts";
import { type DType, itemSize } from "./dtype.ts";
import { computeType, dtypeCode, type Strided } from "./execute.ts";
import { type Expr, Graph } from "./formula.ts";
import type { Combine, ReduceSpec } from "./kernel.ts";
import { reduceLoop } from "./loops.ts";
import { dismiss, locate, locateOutput } from "./memory/storage.ts";
import { reducedShape, sizeOf } from "./shape.ts";
import { empty, type Tensor } from "./tensor.ts";
import { features, instantiate, type WasmFunction } from "./wasm/engine.ts";
import { reduceModule } from "./wasm/reduce.ts";
import { share, SHARED_FROM } from "./wasm/threads.ts";
import { watcher } from "./watch.ts";

const element: Expr = new Graph().input(0);

/** What was compiled for a function of elements: by combination, direction and dtypes, as one number. */
interface Compiled {
  readonly kernels: Map<number, WasmFunction>;
  readonly loops: Map<number, ReturnType<typeof reduceLoop>>;
}

const combineCode: Readonly<Record<Combine, number>> = {
  sum: 0,
  prod: 1,
  max: 2,
  min: 3,
  argmax: 4,
  argmin: 5,
};

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
  let count = 1;
  for (let i = 0; i < dims.length; i++) count *= x.shape[dims[i]];
  const group = foldGroups(x, dims);
  if (group === null) {
    const rest = x.shape.map((_, i) => i).filter((i) => !dims.includes(i));
    const copy = x.permute([...rest, ...dims]).contiguous();
    run(y, [copy], of, combine, compute, "row", sizeOf(y.shape), count, count);
  } else {
    const { outer, inner, along } = group;
    if (along === "row" && outer < FEW && count >= 2 * PIECE && !combine.startsWith("arg")) {
      reduceInPieces(y, x, of, combine, compute, outer, count);
    } else if (along === "row") run(y, [x], of, combine, compute, "row", outer, count, count);
    else {
      for (let i = 0; i < outer; i++) {
        run(y, [x], of, combine, compute, "column", count, inner, inner, i * count * inner, i * inner);
      }
    }
  }
  dismiss();
  return y;
}

/** Rows are reduced in pieces if there are fewer than these; the length of a piece. */
const FEW = 16, PIECE = 16384;

/**
 * A few long rows: pieces first, which threads share, then what became of them. The pieces do not depend on the number
 * of threads, so neither does the result.
 */
function reduceInPieces(
  y: Tensor,
  x: Tensor,
  of: Expr,
  combine: Combine,
  compute: DType,
  rows: number,
  n: number,
): void {
  const whole = Math.floor(n / PIECE), rest = n % PIECE, pieces = whole + (rest > 0 ? 1 : 0);
  const partial = empty([rows, pieces], y.dtype);
  for (let r = 0; r < rows; r++) {
    run(partial, [x], of, combine, compute, "row", whole, PIECE, PIECE, r * n, r * pieces);
    if (rest === 0) continue;
    run(partial, [x], of, combine, compute, "row", 1, rest, rest, r * n + whole * PIECE, r * pieces + whole);
  }
  run(y, [partial], element, combine, compute, "row", rows, pieces, pieces);
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
  dims: readonly number[],
): { outer: number; inner: number; along: "row" | "column" } | null {
  if (!x.isContiguous()) return null;
  const { shape } = x;
  let d = shape.length - 1, inner = 1, outer = 1;
  while (d >= 0 && (shape[d] === 1 || !dims.includes(d))) inner *= shape[d--];
  while (d >= 0 && (shape[d] === 1 || dims.includes(d))) d--;
  for (let i = d; i >= 0; i--) {
    if (shape[i] !== 1 && dims.includes(i)) return null;
    outer *= shape[i];
  }
  if (inner === 1) return { outer, inner, along: "row" };
  return inner >= 4 || outer === 1 ? { outer, inner, along: "column" } : null;
}

/** What {@link runReduction} takes, by name. */
export interface ReduceCall {
  readonly y: Tensor;
  readonly inputs: readonly (Strided | number)[];
  readonly root: Expr;
  readonly combine: Combine;
  /** Whose arithmetic is used. */
  readonly dtype: DType;
  readonly along: "row" | "column";
  readonly rows: number;
  readonly n: number;
  readonly rowStep: number;
  readonly from: number;
  readonly to: number;
}

/** Runs a reduction as it was described to a watcher. */
export function runReduction(call: ReduceCall): void {
  const { y, inputs, root, combine, dtype, along, rows, n, rowStep, from, to } = call;
  run(y, inputs, root, combine, dtype, along, rows, n, rowStep, from, to);
  dismiss();
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
  if (watcher !== null) {
    return watcher.reduce({ y, inputs, root, combine, dtype, along, rows, n, rowStep, from, to });
  }
  let known = compiled.get(root);
  if (!known) compiled.set(root, known = { kernels: new Map(), loops: new Map() });
  let key = ((combineCode[combine] * 2 + (along === "row" ? 0 : 1)) * 5 + dtypeCode[dtype]) * 5 +
    dtypeCode[y.dtype];
  for (let i = 0; i < inputs.length; i++) {
    const x = inputs[i];
    key = key * 6 + (typeof x === "number" ? 5 : dtypeCode[x.dtype]);
  }
  if (!usesWasm()) {
    let loop = known.loops.get(key);
    if (!loop) known.loops.set(key, loop = reduceLoop(specOf(y, inputs, root, combine, dtype, along)));
    const out = { array: y.storage.view(y.dtype), offset: y.offset + to, row: 1, col: 1 };
    const views = inputs.map((x) =>
      typeof x === "number"
        ? x
        : { array: x.storage.view(x.dtype), offset: x.offset + from, row: rowStep, col: 1 }
    );
    loop(rows, n, out, views);
    return;
  }
  let kernel = known.kernels.get(key);
  if (!kernel) {
    const module = reduceModule(specOf(y, inputs, root, combine, dtype, along), features().fma);
    known.kernels.set(key, kernel = instantiate(module).run);
  }
  const outSize = itemSize[y.dtype],
    out = locateOutput(y.storage) + (y.offset + to) * outSize,
    first = inputs[0];
  if (rows * n < SHARED_FROM && inputs.length === 1 && typeof first !== "number") { // the commonest call, without an array of arguments
    const size = itemSize[first.dtype];
    kernel(rows, n, out, outSize, locate(first.storage) + (first.offset + from) * size, rowStep * size, size);
    return;
  }
  const args = [rows, n, out, outSize], steps = [0, 0, outSize, 0];
  for (const x of inputs) {
    const size = typeof x === "number" ? 0 : itemSize[x.dtype];
    if (typeof x === "number") args.push(x);
    else args.push(locate(x.storage) + (x.offset + from) * size, rowStep * size, size);
    if (typeof x === "number") steps.push(0);
    else steps.push(along === "row" ? rowStep * size : size, 0, 0);
  }
  if (along === "row") share(kernel, args, { axis: 0, steps, work: rows * n });
  else share(kernel, args, { axis: 1, steps, work: rows * n, grain: 16 });
}

function specOf(
  y: Tensor,
  inputs: readonly (Strided | number)[],
  root: Expr,
  combine: Combine,
  dtype: DType,
  along: "row" | "column",
): ReduceSpec {
  const operands = inputs.map((x) =>
    typeof x === "number" ? { dtype, mode: "number" } as const : { dtype: x.dtype, mode: "vector" } as const
  );
  return { root, combine, along, compute: computeType(dtype), inputs: operands, output: y.dtype };
}
