/** Recurrent layers for one step at a time. */
import { asChoice, asCount, asFlag, named, type Optional } from "../arguments.ts";
import { asDType, type DType } from "../dtype.ts";
import { describe, ShapeError } from "../errors.ts";
import { sameShape, show } from "../shape.ts";
import { asTensor, type Tensor } from "../tensor.ts";
import { parameter } from "./fresh.ts";
import { listed } from "./function_layer.ts";
import * as init from "./init.ts";
import { Module } from "./module.ts";
import type { Parameter } from "./parameter.ts";

/** Options of {@link LSTMCell} and {@link GRUCell}. */
export interface RecurrentCellOptions {
  /** Whether there are biases; default true. */
  bias?: boolean;
  /** The dtype of the parameters; default float32. */
  dtype?: DType;
}

/** Options of {@link RNNCell}. */
export interface RNNCellOptions extends RecurrentCellOptions {
  /** "tanh" (default) or "relu". */
  nonlinearity?: "tanh" | "relu";
}

/** What {@link RNNCell}, {@link LSTMCell} and {@link GRUCell} share. */
export abstract class RNNCellBase extends Module {
  /** The size of the last dimension of inputs. */
  readonly inputSize: number;
  /** The size of a state. */
  readonly hiddenSize: number;
  /** [gates · hiddenSize, inputSize] */
  weightIh: Parameter;
  /** [gates · hiddenSize, hiddenSize] */
  weightHh: Parameter;
  /** [gates · hiddenSize], or null. */
  biasIh: Parameter | null;
  /** [gates · hiddenSize], or null. */
  biasHh: Parameter | null;

  /** A cell of so many gates, with weights uniform in ±1/√hiddenSize. */
  constructor(
    gates: number,
    inputSize: number,
    hiddenSize: number,
    { bias = true, dtype }: RecurrentCellOptions,
  ) {
    super();
    const name = this.constructor.name;
    this.inputSize = asCount(name, "inputSize", inputSize);
    this.hiddenSize = asCount(name, "hiddenSize", hiddenSize, 1);
    const type = asDType(`make ${name}`, dtype ?? "float32"), width = gates * hiddenSize;
    this.weightIh = parameter([width, inputSize], type);
    this.weightHh = parameter([width, hiddenSize], type);
    const isBiased = asFlag(name, "bias", bias);
    this.biasIh = isBiased ? parameter([width], type) : null;
    this.biasHh = isBiased ? parameter([width], type) : null;
    this.resetParameters();
  }

  /** Draws new parameters. */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.hiddenSize);
    for (const weight of this.parameters()) init.uniform_(weight, -bound, bound);
  }

  /** The options. */
  override extraRepr(): string {
    const { inputSize, hiddenSize, biasIh } = this;
    return listed({ inputSize, hiddenSize, ...(biasIh ? {} : { bias: false }) });
  }
}

/** The op of a cell: the states after a step. */
type Step = (x: Tensor, states: readonly Tensor[]) => readonly Tensor[];

/** One step for a batch or a single vector, from states that may not be there. */
function apply(
  cell: RNNCellBase,
  input: Tensor,
  hx: readonly unknown[] | null,
  count: number,
  step: Step,
): Tensor[] {
  const { inputSize, hiddenSize } = cell,
    action = `apply ${cell.constructor.name}(${inputSize}, ${hiddenSize})`;
  const { shape } = asTensor(action, "the input", input), rank = shape.length;
  if ((rank !== 1 && rank !== 2) || shape.at(-1) !== inputSize) {
    throw new ShapeError(
      `Cannot ${action} to ${show(shape)}: it must be [batch, ${inputSize}] or [${inputSize}]`,
    );
  }
  const wanted = [...shape.slice(0, -1), hiddenSize], isBatched = rank === 2;
  const states = Array.from({ length: count }, (_, k) => {
    const state = hx === null ? input.newZeros(wanted) : asTensor(action, "hx", hx[k]);
    if (sameShape(state.shape, wanted)) return isBatched ? state : state.unsqueeze(0);
    throw new ShapeError(
      `Cannot ${action} to ${show(shape)} from hx of shape ${show(state.shape)}: it must be ${show(wanted)}`,
    );
  });
  const next = step(isBatched ? input : input.unsqueeze(0), states);
  return isBatched ? [...next] : next.map((state) => state.squeeze(0));
}

/**
 * One step of {@link RNN}: from x [batch, inputSize] and h [batch, hiddenSize] (both also without batch; null: zeros)
 * to the next h. See {@link https://pytorch.org/docs/stable/generated/torch.nn.RNNCell.html}.
 *
 * @example
 * ```ts
 * import { nn, ones } from "@dinograd/dinograd";
 *
 * const cell = new nn.RNNCell(3, 4);
 * const h = cell.forward(ones(2, 3));
 * console.log(cell.forward(ones(2, 3), h).shape); // [2, 4]
 * ```
 */
export class RNNCell extends RNNCellBase {
  /** "tanh" or "relu". */
  readonly nonlinearity: "tanh" | "relu";

  /** A cell of random weights. */
  constructor(inputSize: number, hiddenSize: number, ...options: Optional<RNNCellOptions>) {
    const given = named<RNNCellOptions>("RNNCell", options, ["bias", "nonlinearity"], ["dtype"]);
    super(1, inputSize, hiddenSize, given);
    this.nonlinearity = asChoice("RNNCell", "nonlinearity", given.nonlinearity ?? "tanh", ["tanh", "relu"]);
  }

  /** The state after `x`. */
  override forward(x: Tensor, hx: Tensor | null = null): Tensor {
    const { weightIh, weightHh, biasIh, biasHh } = this;
    return apply(this, x, hx && [hx], 1, (x, [h]) => [
      this.nonlinearity === "tanh"
        ? x.rnnTanhCell(h, weightIh, weightHh, biasIh, biasHh)
        : x.rnnReluCell(h, weightIh, weightHh, biasIh, biasHh),
    ])[0];
  }
}

/**
 * One step of {@link LSTM}: from x [batch, inputSize] and [h, c] of [batch, hiddenSize] (all also without batch; null:
 * zeros) to the next [h, c]. See {@link https://pytorch.org/docs/stable/generated/torch.nn.LSTMCell.html}.
 *
 * @example
 * ```ts
 * import { nn, ones } from "@dinograd/dinograd";
 *
 * const [h, c] = new nn.LSTMCell(3, 4).forward(ones(2, 3));
 * console.log(h.shape, c.shape); // [2, 4] [2, 4]
 * ```
 */
export class LSTMCell extends RNNCellBase {
  /** A cell of random weights. */
  constructor(inputSize: number, hiddenSize: number, ...options: Optional<RecurrentCellOptions>) {
    super(4, inputSize, hiddenSize, named("LSTMCell", options, ["bias"], ["dtype"]));
  }

  /** The state and memory after `x`. */
  override forward(x: Tensor, hx: readonly [h: Tensor, c: Tensor] | null = null): [h: Tensor, c: Tensor] {
    if (hx !== null && !(Array.isArray(hx) && hx.length === 2)) {
      throw new TypeError(`Cannot apply LSTMCell with hx ${describe(hx)}: it must be [h, c] or null`);
    }
    const { weightIh, weightHh, biasIh, biasHh } = this;
    const [h, c] = apply(
      this,
      x,
      hx,
      2,
      (x, states) => x.lstmCell(states, weightIh, weightHh, biasIh, biasHh),
    );
    return [h, c];
  }
}

/**
 * One step of {@link GRU}: from x [batch, inputSize] and h [batch, hiddenSize] (both also without batch; null: zeros)
 * to the next h. See {@link https://pytorch.org/docs/stable/generated/torch.nn.GRUCell.html}.
 *
 * @example
 * ```ts
 * import { nn, ones } from "@dinograd/dinograd";
 *
 * console.log(new nn.GRUCell(3, 4).forward(ones(3)).shape); // [4]
 * ```
 */
export class GRUCell extends RNNCellBase {
  /** A cell of random weights. */
  constructor(inputSize: number, hiddenSize: number, ...options: Optional<RecurrentCellOptions>) {
    super(3, inputSize, hiddenSize, named("GRUCell", options, ["bias"], ["dtype"]));
  }

  /** The state after `x`. */
  override forward(x: Tensor, hx: Tensor | null = null): Tensor {
    const { weightIh, weightHh, biasIh, biasHh } = this;
    return apply(this, x, hx && [hx], 1, (x, [h]) => [x.gruCell(h, weightIh, weightHh, biasIh, biasHh)])[0];
  }
}
