/** Recurrent layers over sequences, one on top of the other and in both directions: torch.lstm and its kin. */
import { asCount, asFlag, named, type Optional } from "../lib/arguments.ts";
import { asProbability } from "../lib/distributions.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import { joinAlong, runStack } from "../lib/join.ts";
import { asFloats } from "../lib/layer.ts";
import type { Step } from "../lib/recurrence.ts";
import { asWeight, type Kind, kinds, runLayer, type Weights } from "../lib/recurrent.ts";
import { show } from "../lib/shape.ts";
import { asRank, type Tensor } from "../lib/tensor.ts";

/** Options of {@link lstm}, {@link gru}, {@link rnnTanh} and {@link rnnRelu}, in this order. */
export interface RecurrentOptions {
  /** Whether `params` has biases; default true. */
  hasBiases?: boolean;
  /** How many layers, all but the first fed by the one below; default 1. */
  numLayers?: number;
  /** The probability that an element between two layers becomes 0; default 0. */
  dropout?: number;
  /** Whether to drop at all; default false. */
  train?: boolean;
  /** Whether a second direction runs from the end to the beginning; default false. */
  bidirectional?: boolean;
  /** Whether x and the output are [batch, steps, ...] rather than [steps, batch, ...]; default false. */
  batchFirst?: boolean;
  /** How many sequences have a step 0, a step 1 and so on: x is then [the sum of these, in], as packed sequences are. */
  batchSizes?: readonly number[] | null;
}

type Options = Required<RecurrentOptions>;

const usual: Options = {
  ...{ hasBiases: true, numLayers: 1, dropout: 0, train: false, bidirectional: false, batchFirst: false },
  batchSizes: null,
};

function optionsOf(name: string, args: readonly unknown[]): Options {
  const names = Object.keys(usual) as (keyof Options)[];
  const options = { ...usual, ...named<RecurrentOptions>(name, args, names) };
  for (const flag of ["hasBiases", "train", "bidirectional", "batchFirst"] as const) {
    asFlag(name, flag, options[flag]);
  }
  asCount(name, "numLayers", options.numLayers, 1);
  asProbability(name, "dropout", options.dropout);
  return options;
}

/** The steps of sequences of which `sizes` are running, in the order of time. */
function stepsOf(sizes: readonly number[]): Step[] {
  let at = 0;
  return sizes.map((rows) => ({ at: (at += rows) - rows, rows }));
}

/** Checks how many sequences have each step: `total` together, fewer and fewer. */
function asBatchSizes(name: string, value: unknown, total: number): readonly number[] {
  const isSizes = Array.isArray(value) && value.length > 0 &&
    value.every((n, t) => Number.isSafeInteger(n) && n > 0 && n <= (value[t - 1] ?? n));
  if (isSizes && value.reduce((a, b) => a + b) === total) return value;
  throw new TypeError(
    `Cannot call ${name}() with batchSizes ${
      describe(value)
    }: they must be whole numbers above 0, none larger than ` +
      `the one before, with sum ${total}`,
  );
}

/** The input as rows of all steps, and how many sequences have each step. */
function rowsOf(name: string, x: Tensor, { batchSizes, batchFirst }: Options): [Tensor, readonly number[]] {
  if (batchSizes !== null) {
    return [asRank(name, "the input", x, 2), asBatchSizes(name, batchSizes, x.shape[0])];
  }
  asRank(name, "the input", x, 3);
  const [steps, batch, size] = (batchFirst ? x.transpose(0, 1) : x).shape;
  if (steps === 0) {
    throw new ShapeError(`Cannot call ${name}() on ${show(x.shape)}: it must have at least one step`);
  }
  const rows = (batchFirst ? x.transpose(0, 1) : x).reshape([steps * batch, size]);
  return [rows, new Array<number>(steps).fill(batch)];
}

/** All layers: [output, last states, last memories]. */
function layers(
  kind: Kind,
  input: Tensor,
  hx: readonly unknown[],
  params: readonly Tensor[],
  args: readonly unknown[],
): Tensor[] {
  const { name, gates } = kind, x = asFloats(name, input), options = optionsOf(name, args);
  const { hasBiases, numLayers, bidirectional } = options, directions = bidirectional ? 2 : 1;
  const [rows, sizes] = rowsOf(name, x, options), count = numLayers * directions;
  const states = hx.map((h) => asRank(name, "hx", h, 3)),
    [size, hidden = size] = states.map((h) => h.shape[2]);
  for (const h of states) asWeight(name, "hx", h, x, [count, sizes[0], h.shape[2]]);
  const isProjected = hidden !== size, each = 2 + (hasBiases ? 2 : 0) + (isProjected ? 1 : 0);
  if (!Array.isArray(params) || params.length !== count * each) {
    throw new TypeError(
      `Cannot call ${name}() with params ${describe(params)}: they must be ${
        count * each
      } tensors, ${each} for ` +
        `each layer and direction`,
    );
  }
  let at = 0;
  const next = (...shape: number[]) => asWeight(name, `params[${at}]`, params[at++], x, shape);
  const forward = stepsOf(sizes), orders = [forward, forward.toReversed()].slice(0, directions);
  const width = gates * hidden, last: Tensor[][] = states.map(() => []);
  let y = rows;
  for (let layer = 0; layer < numLayers; layer++) {
    const below = layer > 0 && options.train && options.dropout > 0 ? y.dropout(options.dropout) : y;
    const outputs = orders.map((steps, d) => {
      const weights: Weights = {
        input: next(width, below.shape[1]),
        state: next(width, size),
        inputBias: hasBiases ? next(width) : null,
        stateBias: hasBiases ? next(width) : null,
        projection: isProjected ? next(size, hidden) : null,
      };
      const first = states.map((h) => h.select(0, layer * directions + d));
      const [output, ...ends] = runLayer(kind, below, first, weights, steps);
      last.forEach((list, k) => list.push(ends[k]));
      return output;
    });
    y = directions === 1 ? outputs[0] : joinAlong(outputs, 1);
  }
  const ends = last.map((list) => runStack(list, { dim: 0 }));
  if (options.batchSizes !== null) return [y, ...ends];
  const output = y.reshape([sizes.length, sizes[0], y.shape[1]]);
  return [options.batchFirst ? output.transpose(0, 1) : output, ...ends];
}

/**
 * Long short-term memory over sequences x [steps, batch, in], from the states `hx`: [h, c] of [layers · directions,
 * batch, out] and [..., hidden]. `params` has, layer by layer and direction by direction, weights [4 hidden, in] and
 * [4 hidden, out], biases of [4 hidden] if any, and, if out is not hidden, a projection [out, hidden]. Returns
 * [output, h, c]; the output is [steps, batch, directions · out]. {@link nn.LSTM} holds the weights. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.LSTM.html}.
 *
 * @throws {ShapeError} if shapes do not belong together or there is no step.
 *
 * @example
 * ```ts
 * import { lstm, ones, zeros } from "@dinograd/dinograd";
 *
 * const params = [zeros(8, 3), zeros(8, 2), ones(8), zeros(8)];
 * const [output, h, c] = lstm(ones(5, 1, 3), [zeros(1, 1, 2), zeros(1, 1, 2)], params);
 * console.log(output.shape, h.shape, c.shape); // [5, 1, 2] [1, 1, 2] [1, 1, 2]
 * ```
 */
export function lstm(
  x: Tensor,
  hx: readonly Tensor[],
  params: readonly Tensor[],
  ...options: Optional<RecurrentOptions>
): [output: Tensor, h: Tensor, c: Tensor] {
  if (!Array.isArray(hx) || hx.length !== 2) {
    throw new TypeError(`Cannot call lstm() with hx ${describe(hx)}: it must be [h, c]`);
  }
  const [output, h, c] = layers(kinds.lstm, x, hx, params, options);
  return [output, h, c];
}

/**
 * Gated recurrent units over sequences, as {@link lstm} but with one state and 3 gates; returns [output, h]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.GRU.html}.
 *
 * @example
 * ```ts
 * import { gru, ones, zeros } from "@dinograd/dinograd";
 *
 * const [output] = gru(ones(5, 1, 3), zeros(1, 1, 2), [zeros(6, 3), zeros(6, 2)], { hasBiases: false });
 * console.log(output.shape); // [5, 1, 2]
 * ```
 */
export function gru(
  x: Tensor,
  hx: Tensor,
  params: readonly Tensor[],
  ...options: Optional<RecurrentOptions>
): [output: Tensor, h: Tensor] {
  return single(kinds.gru, x, hx, params, options);
}

/**
 * Elman's recurrent layer over sequences, h' = tanh(W x + b + V h + c), as {@link lstm} but with one state and no
 * gates; returns [output, h]. See {@link https://pytorch.org/docs/stable/generated/torch.nn.RNN.html}.
 *
 * @example
 * ```ts
 * import { ones, rnnTanh, tensor, zeros } from "@dinograd/dinograd";
 *
 * const params = [zeros(1, 1), ones(1, 1)]; // h' = tanh(h)
 * const [output] = rnnTanh(zeros(2, 1, 1), tensor([[[Infinity]]]), params, { hasBiases: false });
 * console.log(output.flatten().toArray()); // [1, 0.7615941762924194]
 * ```
 */
export function rnnTanh(
  x: Tensor,
  hx: Tensor,
  params: readonly Tensor[],
  ...options: Optional<RecurrentOptions>
): [output: Tensor, h: Tensor] {
  return single(kinds.tanh, x, hx, params, options);
}

/**
 * As {@link rnnTanh}, with relu.
 *
 * @example
 * ```ts
 * import { ones, rnnRelu, zeros } from "@dinograd/dinograd";
 *
 * const params = [ones(1, 1), ones(1, 1)]; // h' = relu(x + h)
 * const [output] = rnnRelu(ones(3, 1, 1), zeros(1, 1, 1), params, { hasBiases: false });
 * console.log(output.flatten().toArray()); // [1, 2, 3]
 * ```
 */
export function rnnRelu(
  x: Tensor,
  hx: Tensor,
  params: readonly Tensor[],
  ...options: Optional<RecurrentOptions>
): [output: Tensor, h: Tensor] {
  return single(kinds.relu, x, hx, params, options);
}

function single(
  kind: Kind,
  x: Tensor,
  hx: Tensor,
  params: readonly Tensor[],
  options: readonly unknown[],
): [Tensor, Tensor] {
  const [output, h] = layers(kind, x, [hx], params, options);
  return [output, h];
}
