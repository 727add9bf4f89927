/**
 * A recurrent layer over a whole sequence, one direction, as one op: each step is a matrix product and a fused kernel,
 * and the gradients of the weights are single products over all steps.
 *
 * Rows of x are the sequences of step 0, of step 1, and so on. Longer sequences come first, so that those still running
 * are the first rows of the state, whichever way time goes: the others keep what they ended with, or begin with.
 */
import type { Cell } from "./cells.ts";
import { matrixProduct } from "./gemm.ts";
import { joinAlong } from "./join.ts";
import { gradientsOfMeaning } from "./meaning.ts";
import { mode } from "./node.ts";
import { defineMultiOp } from "./op.ts";
import { empty, type Tensor, viewOf } from "./tensor.ts";

/** One step: which rows of x it takes. */
export interface Step {
  /** The first row. */
  readonly at: number;
  /** How many sequences are running. */
  readonly rows: number;
}

/** The steps in the order they are taken. */
export interface StepParams {
  readonly steps: readonly Step[];
}

/**
 * What a recurrence reads: the product of the input with its weight [total, gates · hidden], the weight of the state
 * [gates · hidden, out], the first state [batch, out]; then, where the cell remembers, the first memory [batch, hidden]
 * and, if there is one, a projection [out, hidden]; or else, if there is one, the bias of the state's product.
 */
type Inputs = readonly Tensor[];

interface Roles {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly state: Tensor;
  readonly memory: Tensor | null;
  readonly projection: Tensor | null;
  readonly bias: Tensor | null;
}

function rolesOf({ remembers }: Cell, [x, weight, state, first, second]: Inputs): Roles {
  const memory = remembers ? first : null, projection = remembers ? second ?? null : null;
  return { x, weight, state, memory, projection, bias: remembers ? null : first ?? null };
}

/** Some rows of a matrix. */
function rowsOf(x: Tensor, { at, rows }: Step): Tensor {
  return viewOf(x, [rows, x.shape[1]], x.strides, x.offset + at * x.strides[0]);
}

/** Some rows of a matrix, cut into `count` parts side by side. */
function partsOf(x: Tensor, { at, rows }: Step, count: number): Tensor[] {
  const width = x.shape[1] / count, start = x.offset + at * x.strides[0];
  return Array.from({ length: count }, (_, k) => viewOf(x, [rows, width], x.strides, start + k * width));
}

/** Whether all sequences run at all steps: the state before a step is then the output of the one before. */
function isEven(steps: readonly Step[]): boolean {
  return steps.every(({ rows }) => rows === steps[0].rows);
}

/**
 * A matrix [total, size] of what belongs to each step, and one of what belongs to the moment before it. If steps are
 * even both are the same rows, shifted by one step, and what a step leaves need not be copied to where the next finds it.
 */
function pairOf(
  total: number,
  size: number,
  steps: readonly Step[],
  like: Tensor,
): [at: Tensor, before: Tensor] {
  if (!isEven(steps)) return [empty([total, size], like.dtype), empty([total, size], like.dtype)];
  const { rows, at } = steps[0], all = empty([total + rows, size], like.dtype);
  const early = rowsOf(all, { at: 0, rows: total }), late = rowsOf(all, { at: rows, rows: total });
  return at === 0 ? [late, early] : [early, late];
}

/** Returns [output, last state, [last memory,] what the gradient needs: kept, states before, [unprojected output]]. */
function forward(cell: Cell, inputs: Inputs, { steps }: StepParams): Tensor[] {
  const { weight, projection, bias, ...given } = rolesOf(cell, inputs), even = isEven(steps);
  const x = given.x.contiguous(), state = given.state.clone(), memory = given.memory?.clone();
  const [total, width] = x.shape, hidden = width / cell.gates, [batch, size] = state.shape;
  const make = (columns: number) => empty([total, columns], x.dtype);
  const [y, before] = pairOf(total, size, steps, x), kept = make(cell.kept * hidden);
  const full = projection ? make(hidden) : y, scratch = empty([batch, width], x.dtype);
  if (even) rowsOf(before, steps[0]).copy_(state);
  for (const step of steps) {
    const running = { at: 0, rows: step.rows }, product = rowsOf(scratch, running);
    const was = rowsOf(before, step), output = rowsOf(full, step), next = rowsOf(y, step);
    if (!even) was.copy_(rowsOf(state, running));
    if (bias) product.copy_(bias);
    matrixProduct(product, was, weight.t(), bias ? 1 : 0);
    cell.step.run([
      ...partsOf(x, step, cell.gates),
      ...partsOf(scratch, running, cell.gates),
      ...partsOf(kept, step, cell.kept),
      ...(cell.blends ? [was] : []),
      ...(memory ? [rowsOf(memory, running)] : []),
      output,
    ], []);
    if (projection) matrixProduct(next, output, projection.t());
    if (!even) rowsOf(state, running).copy_(next);
  }
  if (even) state.copy_(rowsOf(y, steps.at(-1)!));
  scratch.storage.release();
  return [y, state, ...(memory ? [memory] : []), kept, before, ...(projection ? [full] : [])];
}

/** The gradients of all inputs, from those of output, last state and last memory. */
function backward(
  cell: Cell,
  g: readonly (Tensor | null)[],
  inputs: Inputs,
  outputs: readonly Tensor[],
  { steps }: StepParams,
): Tensor[] {
  const { x, weight, memory, projection, bias } = rolesOf(cell, inputs), even = isEven(steps);
  const start = (k: number) => g[k]?.clone() ?? outputs[k].newZeros(outputs[k].shape);
  const [dy, dbefore] = pairOf(x.shape[0], weight.shape[1], steps, x);
  const dstate = even ? rowsOf(dbefore, steps[0]) : start(1), dmemory = memory && start(2);
  if (even) dstate.zero_();
  if (g[0]) dy.copy_(g[0]);
  else dy.zero_();
  if (even && g[1]) rowsOf(dy, steps.at(-1)!).add_(g[1]);
  const [kept, before, full] = outputs.slice(memory ? 3 : 2);
  const dx = empty(x.shape, x.dtype), dproduct = cell.blends ? empty(x.shape, x.dtype) : dx;
  for (const step of steps.toReversed()) {
    const running = { at: 0, rows: step.rows }, dnext = rowsOf(dy, step);
    const dwas = rowsOf(even ? dbefore : dstate, even ? step : running);
    if (!even) {
      dnext.add_(dwas);
      dwas.zero_();
    }
    cell.back.run([
      ...partsOf(kept, step, cell.kept),
      ...(cell.blends ? [rowsOf(before, step)] : []),
      projection ? dnext.matmul(projection) : dnext,
      ...(dmemory ? [rowsOf(dmemory, running)] : []),
      ...partsOf(dx, step, cell.gates),
      ...(cell.blends ? [...partsOf(dproduct, step, cell.gates), dwas] : []),
    ], []);
    matrixProduct(dwas, rowsOf(dproduct, step), weight, 1);
  }
  const gradients = [dx, dproduct.t().matmul(before), dstate];
  if (dmemory) gradients.push(dmemory);
  if (projection) gradients.push(dy.t().matmul(full));
  if (bias) gradients.push(dproduct.sum(0));
  return gradients;
}

function meaning(cell: Cell, inputs: Inputs, { steps }: StepParams): Tensor[] {
  const { x, weight, projection, bias, ...given } = rolesOf(cell, inputs);
  let { state, memory } = given;
  const results: Tensor[][] = [];
  for (const { at, rows } of steps) {
    const before = state.narrow(0, 0, rows), product = before.matmul(weight.t());
    const { output, kept, ...next } = cell.meaning(
      x.narrow(0, at, rows).chunk(cell.gates, 1),
      (bias ? product.add(bias) : product).chunk(cell.gates, 1),
      before,
      memory && memory.narrow(0, 0, rows),
    );
    const y = projection ? output.matmul(projection.t()) : output;
    state = followed(y, state);
    if (memory && next.memory) memory = followed(next.memory, memory);
    results.push([y, joinAlong(kept, 1), before, ...(projection ? [output] : [])]);
  }
  if (steps[0].at > 0) results.reverse();
  const [y, ...saved] = results[0].map((_, k) => joinAlong(results.map((parts) => parts[k]), 0));
  return [y, state, ...(memory ? [memory] : []), ...saved];
}

/** `first` followed by the rows of `x` after those. */
function followed(first: Tensor, x: Tensor): Tensor {
  const rows = first.shape[0], rest = x.shape[0] - rows;
  return rest === 0 ? first : joinAlong([first, x.narrow(0, rows, rest)], 0);
}

/** The recurrence of a cell as an op. */
export function recurrence(cell: Cell): (inputs: Inputs, params: StepParams) => Tensor[] {
  return defineMultiOp<StepParams>({
    name: cell.name,
    forward: (inputs, params) => forward(cell, inputs, params),
    keeps: "both",
    grad: (g, inputs, outputs, params) => {
      if (!mode.recording) return backward(cell, g, inputs, outputs, params);
      return gradientsOfMeaning((own) => meaning(cell, own, params), g, inputs);
    },
    meaning: (inputs, params) => meaning(cell, inputs, params),
  });
}
