/** One recurrent layer in one direction, with its weights: what sequences and single steps share. */
import * as cells from "./cells.ts";
import { describe } from "./errors.ts";
import { asPartner } from "./layer.ts";
import { recurrence, type Step } from "./recurrence.ts";
import type { Shape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** A kind of layer: the op of one layer in one direction, and how many gates it has. */
export interface Kind {
  readonly name: string;
  readonly gates: number;
  /** Whether the bias of the state's product is added within the step, rather than to the other one. */
  readonly addsLate: boolean;
  readonly run: ReturnType<typeof recurrence>;
}

function kind(cell: cells.Cell): Kind {
  return { name: cell.name, gates: cell.gates, addsLate: cell.blends, run: recurrence(cell) };
}

/** The kinds of layers. */
export const kinds: Readonly<Record<"tanh" | "relu" | "lstm" | "gru", Kind>> = {
  ...{ tanh: kind(cells.rnnTanh), relu: kind(cells.rnnRelu), lstm: kind(cells.lstm), gru: kind(cells.gru) },
};

/** What one layer has in one direction. */
export interface Weights {
  readonly input: Tensor;
  readonly state: Tensor;
  readonly inputBias: Tensor | null;
  readonly stateBias: Tensor | null;
  readonly projection: Tensor | null;
}

/** One layer in one direction, on rows: [output, last state, last memory]. */
export function runLayer(
  { run, addsLate }: Kind,
  x: Tensor,
  states: readonly Tensor[],
  { input, state, inputBias, stateBias, projection }: Weights,
  steps: readonly Step[],
): Tensor[] {
  const both = inputBias && stateBias ? inputBias.add(stateBias) : inputBias ?? stateBias;
  const product = x.linear(input, addsLate ? inputBias : both);
  const rest = [projection, addsLate ? stateBias : null].filter((t) => t !== null);
  return run([product, state, ...states, ...rest], { steps });
}

/** Checks that an argument of `name()` is a tensor that belongs to `x`: of its dtype, and of this shape. */
export function asWeight(name: string, what: string, value: unknown, x: Tensor, shape: Shape): Tensor {
  const weight = asPartner(name, what, value, x, shape);
  if (weight) return weight;
  throw new TypeError(`Cannot call ${name}() with ${what} ${describe(value)}: it must be a tensor`);
}
