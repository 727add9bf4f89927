/**
 * Two kernels as one: the formula of the first takes the place of the input where the second reads its result.
 *
 * Each function answers null where the two do not fit: they must walk over the same elements in the same order.
 */
import { isFloat, itemSize } from "../dtype.ts";
import { PointwiseKernel, type Strided } from "../execute.ts";
import { type Algebra, type Expr, Graph, inOrder, inputsOf, interpret } from "../formula.ts";
import type { RowStep } from "../kernel.ts";
import type { Storage } from "../memory/storage.ts";
import { type RowInput, RowsKernel, type Step } from "../rows.ts";
import { isContiguous, sameShape, sizeOf, stridesOf } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import type { Call, PointwiseCall, RowsCall } from "./trace.ts";

type Place = Strided | number;

/** Words in a formula beyond which joining stops: values would no longer fit into registers. */
const LARGEST = 160;
/** Inputs beyond which it stops. */
const MOST = 12;
/** Up to so many words are computed again rather than kept. */
const LIGHT = 4;

/** Whether every element is written once, in order: contiguous, and all of the storage. */
function isWhole({ storage, shape, strides, offset, dtype }: Strided): boolean {
  return offset === 0 && sizeOf(shape) * itemSize[dtype] === storage.bytes && isContiguous(shape, strides);
}

/** Whether the result of a kernel can be handed on as it is computed, without a rounding that storing would do. */
export function canHandOn({ out, dtype, kernel }: PointwiseCall): boolean {
  if (!isFloat(dtype) || !isWhole(out)) return false;
  return out.dtype === dtype || (out.dtype === "bool" && kernel.root.word === "number");
}

/** How many words a formula has. */
function weightOf(root: Expr): number {
  return inOrder(root).filter((e) => e.word !== "input" && e.word !== "constant").length;
}

/** Whether to compute a formula once for each of several readers: less than storing and loading it would take. */
export function isCheap({ kernel, inputs }: PointwiseCall): boolean {
  return weightOf(kernel.root) <= LIGHT && inputs.filter((x) => typeof x !== "number").length <= 2;
}

/** The inputs of a joined kernel, each once, and the formula of each input of its parts. */
class Inputs {
  readonly list: Strided[] = [];
  readonly graph = new Graph();

  /** The expression for an input. Numbers become constants, which fold. */
  take(x: Place): Expr {
    if (typeof x === "number") return this.graph.algebra.constant(x);
    let at = this.list.findIndex((y) => isSame(x, y));
    if (at < 0) at = this.list.push(x) - 1;
    return this.graph.input(at);
  }
}

function isSame(x: Strided, y: Strided): boolean {
  return x.storage === y.storage && x.offset === y.offset && x.dtype === y.dtype &&
    sameShape(x.shape, y.shape) && sameShape(x.strides, y.strides);
}

/** An input as it is seen by a kernel over `shape`; null if it cannot be seen so. */
function seenFrom(x: Place, from: readonly number[], shape: readonly number[]): Place | null {
  if (typeof x === "number" || sameShape(from, shape)) return x;
  const size = sizeOf(x.shape), { storage, offset, dtype } = x;
  if (size === 1) return { storage, offset, dtype, shape: [], strides: [] };
  if (size !== sizeOf(shape) || !isContiguous(x.shape, x.strides)) return null;
  return { storage, offset, dtype, shape, strides: stridesOf(shape) };
}

const kernels = new Map<string, PointwiseKernel>();

/** The kernel of a formula; equal formulas have one, with what it has compiled. */
function kernelOf(root: Expr): PointwiseKernel {
  const key = keyOf([root]);
  let kernel = kernels.get(key);
  if (!kernel) kernels.set(key, kernel = new PointwiseKernel(root));
  return kernel;
}

function keyOf(roots: readonly Expr[]): string {
  const nodes = inOrder(...roots), numbers = new Map(nodes.map((e, i) => [e, i]));
  return nodes.map(({ word, args, value, callee }) => {
    const sign = Object.is(value, -0) ? "-0" : value;
    return `${callee?.name ?? word} ${sign} ${args.map((a) => numbers.get(a)).join(" ")}`;
  }).join(";") + roots.map((root) => numbers.get(root)).join(",");
}

/** A kernel with its numbers as constants, which may fold, and each input once. */
export function simplified(call: PointwiseCall): PointwiseCall {
  const inputs = new Inputs(), places = call.inputs.map((x) => inputs.take(x));
  if (inputs.list.length === call.inputs.length) return call;
  const root = interpret<Expr>(call.kernel.root, inputs.graph.algebra, places);
  return compact({ ...call, kernel: kernelOf(root), inputs: inputs.list });
}

/** Without the inputs that the formula does not read; a constant is a number that is read. */
function compact(call: PointwiseCall): PointwiseCall {
  const { root } = call.kernel, uses = inputsOf(root), graph = new Graph(), places: Expr[] = [];
  if (root.word === "constant") return { ...call, kernel: kernelOf(graph.input(0)), inputs: [root.value] };
  if (uses.length === call.inputs.length) return call;
  uses.forEach((u, i) => places[u] = graph.input(i));
  const left = interpret<Expr>(root, graph.algebra, places);
  return { ...call, kernel: kernelOf(left), inputs: uses.map((u) => call.inputs[u]) };
}

/** `call` with what `first` computes in the place of its result. */
export function absorb(call: Call, first: PointwiseCall): Call | null {
  if (call.kind === "pointwise") return intoPointwise(call, first);
  return call.kind === "rows" ? intoRows(call, first) : intoReduction(call, first);
}

function intoPointwise(call: PointwiseCall, first: PointwiseCall): PointwiseCall | null {
  const { out } = first, { shape } = call.out, { storage } = out;
  if (call.dtype !== first.dtype) return null;
  const inputs = new Inputs();
  let computed: Expr | null = null;
  const places: Expr[] = [];
  for (const x of call.inputs) {
    if (typeof x === "number" || x.storage !== storage) {
      places.push(inputs.take(x));
      continue;
    }
    const isOne = sizeOf(out.shape) === 1; // which serves all elements
    if (x.dtype !== out.dtype || (!isOne && (sizeOf(x.shape) !== sizeOf(shape) || !isWhole(x)))) return null;
    computed ??= formulaIn(inputs, first, (y) => seenFrom(y, out.shape, isOne ? [] : shape));
    if (computed === null) return null;
    places.push(computed);
  }
  const root = interpret<Expr>(call.kernel.root, inputs.graph.algebra, places);
  if (inputs.list.length > MOST || weightOf(root) > LARGEST) return null;
  return compact({ ...call, kernel: kernelOf(root), inputs: inputs.list });
}

/** The formula of `first` on inputs as `see` finds them; null if one cannot be seen so. */
function formulaIn(
  inputs: Inputs,
  { kernel, inputs: given }: PointwiseCall,
  see: (x: Place) => Place | null,
): Expr | null {
  const places: Expr[] = [];
  for (const x of given) {
    const seen = see(x);
    if (seen === null) return null;
    places.push(inputs.take(seen));
  }
  return interpret<Expr>(kernel.root, inputs.graph.algebra, places);
}

function intoReduction(call: Extract<Call, { kind: "reduce" }>, first: PointwiseCall): Call | null {
  const { storage } = first.out, { rows, n, rowStep, from, combine } = call, size = rows * n;
  const indices = combine === "argmax" || combine === "argmin";
  if (call.dtype !== first.dtype || from !== 0 || rowStep !== n || indices) return null;
  const inputs = new Inputs(), places: Expr[] = [];
  for (const x of call.inputs) {
    if (typeof x === "number" || x.storage !== storage) {
      places.push(inputs.take(x));
      continue;
    }
    if (x.dtype !== first.out.dtype || x.offset !== 0 || sizeOf(first.out.shape) !== size) return null;
    const computed = formulaIn(
      inputs,
      first,
      (y) =>
        typeof y === "number" || (sizeOf(y.shape) === size && isContiguous(y.shape, y.strides)) ? y : null,
    );
    if (computed === null) return null;
    places.push(computed);
  }
  const root = interpret<Expr>(call.root, inputs.graph.algebra, places);
  if (inputs.list.length > MOST || weightOf(root) > LARGEST) return null;
  if (inputs.list.length === 0 || inputsOf(root).length !== inputs.list.length) return null;
  return { ...call, root: kernelOf(root).root, inputs: inputs.list };
}

/** What a row kernel calls an input of a kernel over all elements, the rows one after the other; null: none of these. */
function rowInput(x: Strided, shape: readonly number[], rows: number, n: number): RowInput | null {
  const size = sizeOf(x.shape);
  if (!isContiguous(x.shape, x.strides)) return null;
  if (size === rows * n) return "row";
  if (size === n && shape.at(-1) === n && x.shape.at(-1) === n) return "row";
  if (size === rows && shape.at(-1) === n && x.shape.at(-1) === 1 && x.shape.length === shape.length) {
    return "one";
  }
  return null;
}

/** A row kernel in the making: inputs by place, steps as expressions of them and of earlier steps. */
class RowProgram {
  readonly graph = new Graph();
  readonly inputs: { readonly x: Tensor | number; readonly kind: RowInput }[] = [];
  /** Stand for inputs, −1 − j for the result of step j, until all are known. */
  readonly steps: RowStep[] = [];

  input(x: Tensor | number, kind: RowInput): Expr {
    let at = this.inputs.findIndex((y) =>
      y.kind === kind &&
      (typeof x === "number" || typeof y.x === "number" ? x === y.x : isSame(x, y.x))
    );
    if (at < 0) at = this.inputs.push({ x, kind }) - 1;
    return this.graph.input(at);
  }

  result(j: number): Expr {
    return this.graph.input(1000 + j);
  }

  kernel(outputs: readonly ("row" | "one")[]): RowsKernel {
    const count = this.inputs.length;
    const steps = this.steps.map((step): Step => {
      const of = (k: Algebra<Expr>, ...x: Expr[]) => {
        const places: Expr[] = [];
        for (const u of inputsOf(step.root)) places[u] = x[u < 1000 ? u : u - 1000 + count];
        return interpret<Expr>(step.root, k, places);
      };
      return { ...step, of };
    });
    return rowsKernelOf(this.inputs.map((x) => x.kind), this.steps, steps, outputs);
  }
}

const rowKernels = new Map<string, RowsKernel>();

function rowsKernelOf(
  inputs: readonly RowInput[],
  steps: readonly RowStep[],
  formulas: readonly Step[],
  outputs: readonly ("row" | "one")[],
): RowsKernel {
  const kinds = steps.map((s) => `${s.kind}${s.kind === "reduce" ? s.combine : ""}${s.output ?? ""}`);
  const key = `${inputs}|${outputs}|${kinds}|${keyOf(steps.map((s) => s.root))}`;
  let kernel = rowKernels.get(key);
  if (!kernel) rowKernels.set(key, kernel = new RowsKernel(inputs, formulas, outputs));
  return kernel;
}

function asTensor({ storage, shape, dtype, strides, offset }: Strided): Tensor {
  return new Tensor(storage, shape, dtype, strides, offset);
}

/** `call` with what `first` computes as its first step; `kept`: the result is written as well, for others. */
export function intoRows(call: RowsCall, first: PointwiseCall, kept = false): RowsCall | null {
  const { out } = first, { rows, n } = call, { inputs: kinds, steps, outputs } = call.kernel.program;
  if (out.dtype !== first.dtype || call.outputs[0].dtype !== first.dtype) return null;
  const program = new RowProgram(), places: Expr[] = [];
  let computed: Expr | null = null;
  const given = call.inputs.map((x, i) => typeof x !== "number" && x.storage === out.storage ? i : -1)
    .filter((i) => i >= 0);
  for (const [i, x] of call.inputs.entries()) {
    if (!given.includes(i)) {
      places.push(program.input(x, kinds[i]));
      continue;
    }
    if (kinds[i] !== "row" || sizeOf(out.shape) !== rows * n || !isWhole(x as Tensor)) return null;
    const own: Expr[] = [];
    for (const y of first.inputs) {
      const kind = typeof y === "number" ? "number" : rowInput(y, out.shape, rows, n);
      if (kind === null || (typeof y !== "number" && y.dtype !== first.dtype)) return null;
      if (typeof y === "number") own.push(program.graph.algebra.constant(y));
      else own.push(program.input(asTensor(y), kind));
    }
    places.push(computed = interpret<Expr>(first.kernel.root, program.graph.algebra, own));
  }
  if (computed === null || program.inputs.length > MOST || program.inputs.length === 0) return null;
  const readers = steps.flatMap(({ root }, j) => inputsOf(root).some((u) => given.includes(u)) ? [j] : []);
  const targets = call.outputs.slice(), forms = outputs.slice();
  let shift = 0;
  if (kept) {
    program.steps.push({ kind: "map", root: computed, output: targets.push(asTensor(out)) - 1 });
    forms.push("row");
    shift = 1;
  } else if (readers.length > 1 && weightOf(computed) > LIGHT) {
    // what is read more than once is kept in the row of an output until that is written
    const output = outputs.findIndex((kind, o) => {
      const written = steps.findIndex((step) => step.kind === "map" && step.output === o);
      return kind === "row" && written >= readers.at(-1)!;
    });
    if (output < 0) return null;
    program.steps.push({ kind: "map", root: computed, output });
    shift = 1;
  }
  if (shift === 1) { for (const i of given) places[i] = program.result(0); }
  steps.forEach((step, j) => {
    const x = [...places];
    for (let k = 0; k < j; k++) x[kinds.length + k] = program.result(k + shift);
    program.steps.push({ ...step, root: interpret<Expr>(step.root, program.graph.algebra, x) });
  });
  return {
    ...call,
    kernel: program.kernel(forms),
    inputs: program.inputs.map((x) => x.x),
    outputs: targets,
  };
}

/** `call` and, in the same pass, what `next` makes of the rows that it writes; `kept`: whether others read these. */
export function extend(
  call: RowsCall,
  next: PointwiseCall,
  storage: Storage,
  kept: boolean,
): RowsCall | null {
  const { rows, n } = call, { inputs: kinds, steps, outputs } = call.kernel.program;
  const { out } = next, output = call.outputs.findIndex((y) => y.storage === storage);
  if (next.dtype !== call.outputs[0].dtype || out.dtype !== next.dtype) return null;
  if (output < 0 || outputs[output] !== "row" || !isWhole(out) || sizeOf(out.shape) !== rows * n) return null;
  const last = steps.findLastIndex((step) => step.kind === "map" && step.output === output);
  const program = new RowProgram();
  const places = call.inputs.map((x, i) => program.input(x, kinds[i]));
  steps.forEach((step, j) => {
    const x = [...places];
    for (let k = 0; k < j; k++) x[kinds.length + k] = program.result(k);
    program.steps.push({ ...step, root: interpret<Expr>(step.root, program.graph.algebra, x) });
  });
  const own: Expr[] = [];
  for (const x of next.inputs) {
    if (typeof x === "number") own.push(program.graph.algebra.constant(x));
    else if (x.storage === storage) {
      if (!isWhole(x) || sizeOf(x.shape) !== rows * n) return null;
      own.push(program.result(last));
    } else {
      const kind = x.dtype === next.dtype ? rowInput(x, out.shape, rows, n) : null;
      if (kind === null) return null;
      own.push(program.input(asTensor(x), kind));
    }
  }
  if (program.inputs.length > MOST) return null;
  const root = interpret<Expr>(next.kernel.root, program.graph.algebra, own);
  const targets = call.outputs.slice(), forms = outputs.slice();
  if (kept) {
    program.steps.push({ kind: "map", root, output: targets.push(asTensor(out)) - 1 });
    forms.push("row");
  } else {
    const readsLater = program.steps.some((step) => inputsOf(step.root).includes(1000 + last));
    if (readsLater) program.steps.push({ kind: "map", root, output });
    else {
      const x: Expr[] = [];
      for (const u of inputsOf(root)) x[u] = program.graph.input(u);
      x[1000 + last] = program.steps[last].root;
      program.steps[last] = {
        kind: "map",
        root: interpret<Expr>(root, program.graph.algebra, x),
        output,
      };
    }
    targets[output] = asTensor(out);
  }
  return {
    ...call,
    kernel: program.kernel(forms),
    inputs: program.inputs.map((x) => x.x),
    outputs: targets,
  };
}
