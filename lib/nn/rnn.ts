/** Recurrent layers over whole sequences. */
import { asChoice, asCount, asFlag, named, type Optional } from "../arguments.ts";
import { asProbability } from "../distributions.ts";
import { asDType, type DType } from "../dtype.ts";
import { describe, ShapeError } from "../errors.ts";
import { sameShape, type Shape, show } from "../shape.ts";
import { asTensor, type Tensor } from "../tensor.ts";
import { parameter } from "./fresh.ts";
import { listed } from "./function_layer.ts";
import * as init from "./init.ts";
import { Module } from "./module.ts";
import { PackedSequence } from "./packed.ts";
import type { Parameter } from "./parameter.ts";

/** Options of {@link RNN}, {@link LSTM} and {@link GRU}, in this order. */
export interface RecurrentLayerOptions {
  /** How many layers, all but the first fed by the one below; default 1. */
  numLayers?: number;
  /** Whether there are biases; default true. */
  bias?: boolean;
  /** Whether input and output are [batch, steps, ...] rather than [steps, batch, ...]; default false. */
  batchFirst?: boolean;
  /** The probability that, in training, an element between two layers becomes 0; default 0. */
  dropout?: number;
  /** Whether a second direction runs from the end to the beginning; default false. */
  bidirectional?: boolean;
  /** LSTM only: the size that the state is projected to; default 0, no projection. */
  projSize?: number;
  /** The dtype of the parameters; default float32. */
  dtype?: DType;
}

/** Options of {@link RNN}: also the nonlinearity, by name or between `numLayers` and `bias`. */
export interface RNNOptions extends Omit<RecurrentLayerOptions, "projSize"> {
  /** "tanh" (default) or "relu". */
  nonlinearity?: "tanh" | "relu";
}

const order = ["numLayers", "bias", "batchFirst", "dropout", "bidirectional"] as const;

/** What a weight is for. */
type WeightKind = "weightIh" | "weightHh" | "biasIh" | "biasHh" | "weightHr";

/** What properties and parameters are called. */
type WeightName = `${WeightKind}L${string}`;

/** What {@link RNN}, {@link LSTM} and {@link GRU} share. */
export abstract class RNNBase extends Module {
  /** The size of the last dimension of inputs. */
  readonly inputSize: number;
  /** The size of a state, before projection. */
  readonly hiddenSize: number;
  /** How many layers there are. */
  readonly numLayers: number;
  /** Whether there are biases. */
  readonly bias: boolean;
  /** Whether input and output are [batch, steps, ...]. */
  readonly batchFirst: boolean;
  /** The probability that, in training, an element between two layers becomes 0. */
  readonly dropout: number;
  /** Whether there is a second direction. */
  readonly bidirectional: boolean;
  /** The size that the state is projected to, or 0. */
  readonly projSize: number;
  /** By layer and direction: `weightIhL0` of the input, `weightHhL0Reverse` of the state, `weightHrL1` of a projection. */
  [weight: WeightName]: Parameter;

  /** Layers of so many gates, with weights uniform in ±1/√hiddenSize. */
  constructor(gates: number, inputSize: number, hiddenSize: number, options: RecurrentLayerOptions) {
    super();
    const name = this.constructor.name;
    this.inputSize = asCount(name, "inputSize", inputSize);
    this.hiddenSize = asCount(name, "hiddenSize", hiddenSize, 1);
    this.numLayers = asCount(name, "numLayers", options.numLayers ?? 1, 1);
    this.bias = asFlag(name, "bias", options.bias ?? true);
    this.batchFirst = asFlag(name, "batchFirst", options.batchFirst ?? false);
    this.dropout = asProbability(name, "dropout", options.dropout ?? 0);
    this.bidirectional = asFlag(name, "bidirectional", options.bidirectional ?? false);
    this.projSize = asCount(name, "projSize", options.projSize ?? 0);
    if (this.projSize >= hiddenSize) {
      throw new RangeError(
        `Cannot make ${name} with projSize ${this.projSize}: it must be less than hiddenSize ${hiddenSize}`,
      );
    }
    const type = asDType(`make ${name}`, options.dtype ?? "float32"), width = gates * hiddenSize;
    const size = this.projSize || hiddenSize,
      places = placesOf(this),
      directions = places.length / this.numLayers;
    places.forEach((place, k) => {
      const from = k < directions ? inputSize : directions * size;
      const shapes: Readonly<Record<WeightKind, Shape>> = {
        ...{ weightIh: [width, from], weightHh: [width, size], weightHr: [size, hiddenSize] },
        ...{ biasIh: [width], biasHh: [width] },
      };
      for (const kind of kindsOf(this)) this[`${kind}${place}`] = parameter(shapes[kind], type);
    });
    this.resetParameters();
  }

  /** The weights of each layer and direction, in the order of their names. */
  get allWeights(): Parameter[][] {
    return placesOf(this).map((place) => kindsOf(this).map((kind) => this[`${kind}${place}`]));
  }

  /** Draws new parameters. */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.hiddenSize);
    for (const weight of this.allWeights.flat()) init.uniform_(weight, -bound, bound);
  }

  /** The options that differ from the usual ones. */
  override extraRepr(): string {
    const { inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, projSize } = this;
    return listed({
      ...{ inputSize, hiddenSize },
      ...(numLayers > 1 ? { numLayers } : {}),
      ...(bias ? {} : { bias }),
      ...(batchFirst ? { batchFirst } : {}),
      ...(dropout ? { dropout } : {}),
      ...(bidirectional ? { bidirectional } : {}),
      ...(projSize ? { projSize } : {}),
    });
  }
}

/** What names of a layer's weights begin with, in PyTorch's order. */
function kindsOf({ bias, projSize }: RNNBase): WeightKind[] {
  const biases: WeightKind[] = bias ? ["biasIh", "biasHh"] : [];
  return ["weightIh", "weightHh", ...biases, ...(projSize ? ["weightHr" as const] : [])];
}

/** What names of a layer's weights end with: number and direction. */
function placesOf({ numLayers, bidirectional }: RNNBase): `L${string}`[] {
  const layers = Array.from({ length: numLayers }, (_, layer) => `L${layer}` as const);
  return bidirectional ? layers.flatMap((layer) => [layer, `${layer}Reverse` as const]) : layers;
}

/** The op of a layer, with one state or two: [output, last states]. */
type Run = (
  x: Tensor,
  states: readonly Tensor[],
  weights: readonly Tensor[],
  options: Record<string, unknown>,
) => readonly Tensor[];

/**
 * Brings what a user gave into the form that ops take, and the result back: packed sequences, single ones without a
 * batch dimension, states that are not there. `widths` are the sizes of the states.
 */
function apply<X extends Tensor | PackedSequence>(
  layer: RNNBase,
  input: X,
  hx: readonly unknown[] | null,
  widths: readonly number[],
  run: Run,
): [output: X, states: Tensor[]] {
  const title = `${layer.constructor.name}(${layer.inputSize}, ${layer.hiddenSize})`,
    action = `apply ${title}`;
  const packed = input instanceof PackedSequence ? input : null;
  const x = packed ? packed.data : asTensor(action, "the input", input), { shape } = x;
  const rank = shape.length, isBatched = packed !== null || rank === 3;
  if ((packed ? rank !== 2 : rank !== 2 && rank !== 3) || shape.at(-1) !== layer.inputSize) {
    throw new ShapeError(
      `Cannot ${action} to ${show(shape)}: it must be ${
        layer.batchFirst ? "[batch, steps, in]" : "[steps, batch, in]"
      } or [steps, in], with in = ${layer.inputSize}`,
    );
  }
  const dim = layer.batchFirst ? 0 : 1, batchSizes = packed && [...packed.batchSizes.toTypedArray()];
  const rows = isBatched ? x : x.unsqueeze(dim), batch = batchSizes ? batchSizes[0] : rows.shape[dim];
  const count = layer.numLayers * (layer.bidirectional ? 2 : 1);
  const states = widths.map((width, k) => {
    if (hx === null) return x.newZeros([count, batch, width]);
    const state = asTensor(action, "hx", hx[k]), wanted = isBatched ? [count, batch, width] : [count, width];
    if (!sameShape(state.shape, wanted)) {
      throw new ShapeError(
        `Cannot ${action} to ${show(shape)} from hx of shape ${show(state.shape)}: it must be ${
          show(wanted)
        }`,
      );
    }
    if (!isBatched) return state.unsqueeze(1);
    return packed?.sortedIndices ? state.indexSelect(1, packed.sortedIndices) : state;
  });
  const { bias: hasBiases, numLayers, dropout, training: train, bidirectional } = layer;
  const options = { hasBiases, numLayers, dropout, train, bidirectional };
  const [output, ...last] = run(rows, states, layer.allWeights.flat(), {
    ...options,
    ...(batchSizes ? { batchSizes } : { batchFirst: layer.batchFirst }),
  });
  if (!isBatched) return [output.squeeze(dim) as X, last.map((state) => state.squeeze(1))];
  const order = packed?.unsortedIndices;
  return [
    (packed ? packed.with(output) : output) as X,
    order ? last.map((state) => state.indexSelect(1, order)) : last,
  ];
}

/**
 * Elman's recurrent layers: h' = tanh(W x + b + V h + c), or with relu, step by step over sequences [steps, batch,
 * inputSize], also [batch, steps, ...] with `batchFirst`, [steps, inputSize], or packed. Returns [output, h]: the output
 * [steps, batch, directions · hiddenSize] and the last states [layers · directions, batch, hiddenSize]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.RNN.html}.
 *
 * @throws {ShapeError} if the input or `hx` has another shape, or no step.
 *
 * @example
 * ```ts
 * import { nn, ones } from "@dinograd/dinograd";
 *
 * const layer = new nn.RNN(3, 4, { nonlinearity: "relu" });
 * const [output, h] = layer.forward(ones(5, 2, 3));
 * console.log(output.shape, h.shape); // [5, 2, 4] [1, 2, 4]
 * ```
 */
export class RNN extends RNNBase {
  /** "tanh" or "relu". */
  readonly nonlinearity: "tanh" | "relu";

  /** Layers of random weights. */
  constructor(inputSize: number, hiddenSize: number, ...options: Optional<RNNOptions>) {
    const [layers, ...rest] = order, isNamed = typeof options[1] === "string";
    const names = isNamed ? [layers, "nonlinearity" as const, ...rest] : order;
    const given = named<RNNOptions>("RNN", options, names, isNamed ? ["dtype"] : ["dtype", "nonlinearity"]);
    super(1, inputSize, hiddenSize, given);
    this.nonlinearity = asChoice("RNN", "nonlinearity", given.nonlinearity ?? "tanh", ["tanh", "relu"]);
  }

  /** Runs over sequences from `hx`, the state [layers · directions, batch, hiddenSize]; null: from zeros. */
  override forward<X extends Tensor | PackedSequence>(
    input: X,
    hx: Tensor | null = null,
  ): [output: X, h: Tensor] {
    const [output, [h]] = apply(this, input, hx && [hx], [this.hiddenSize], (x, [h], weights, options) => {
      return this.nonlinearity === "tanh" ? x.rnnTanh(h, weights, options) : x.rnnRelu(h, weights, options);
    });
    return [output, h];
  }
}

/**
 * Long short-term memory (Hochreiter and Schmidhuber 1997) over sequences; inputs and outputs as {@link RNN}, but the
 * states are [h, c], each [layers · directions, batch, ...] of `projSize` or `hiddenSize` and of `hiddenSize`. Returns
 * [output, [h, c]]. See {@link https://pytorch.org/docs/stable/generated/torch.nn.LSTM.html}.
 *
 * @throws {ShapeError} if the input or `hx` has another shape, or no step.
 *
 * @example
 * ```ts
 * import { nn, ones } from "@dinograd/dinograd";
 *
 * const layer = new nn.LSTM(3, 4, { numLayers: 2, batchFirst: true });
 * const [output, [h, c]] = layer.forward(ones(2, 5, 3));
 * console.log(output.shape, h.shape, c.shape); // [2, 5, 4] [2, 2, 4] [2, 2, 4]
 * ```
 */
export class LSTM extends RNNBase {
  /** Layers of random weights. */
  constructor(inputSize: number, hiddenSize: number, ...options: Optional<RecurrentLayerOptions>) {
    super(4, inputSize, hiddenSize, named("LSTM", options, [...order, "projSize"], ["dtype"]));
  }

  /** Runs over sequences from `hx`, [h, c]; null: from zeros. */
  override forward<X extends Tensor | PackedSequence>(
    input: X,
    hx: readonly [h: Tensor, c: Tensor] | null = null,
  ): [output: X, states: [h: Tensor, c: Tensor]] {
    if (hx !== null && !(Array.isArray(hx) && hx.length === 2)) {
      throw new TypeError(`Cannot apply LSTM with hx ${describe(hx)}: it must be [h, c] or null`);
    }
    const widths = [this.projSize || this.hiddenSize, this.hiddenSize];
    const [output, [h, c]] = apply(this, input, hx, widths, (x, states, weights, options) => {
      return x.lstm(states, weights, options);
    });
    return [output, [h, c]];
  }
}

/**
 * Gated recurrent units (Cho et al. 2014) over sequences; inputs and outputs as {@link RNN}. Returns [output, h]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.GRU.html}.
 *
 * @throws {ShapeError} if the input or `hx` has another shape, or no step.
 *
 * @example
 * ```ts
 * import { nn, ones } from "@dinograd/dinograd";
 *
 * const layer = new nn.GRU(3, 4, { bidirectional: true });
 * const [output, h] = layer.forward(ones(5, 2, 3));
 * console.log(output.shape, h.shape); // [5, 2, 8] [2, 2, 4]
 * ```
 */
export class GRU extends RNNBase {
  /** Layers of random weights. */
  constructor(
    inputSize: number,
    hiddenSize: number,
    ...options: Optional<Omit<RecurrentLayerOptions, "projSize">>
  ) {
    super(3, inputSize, hiddenSize, named<RecurrentLayerOptions>("GRU", options, order, ["dtype"]));
  }

  /** Runs over sequences from `hx`, the state [layers · directions, batch, hiddenSize]; null: from zeros. */
  override forward<X extends Tensor | PackedSequence>(
    input: X,
    hx: Tensor | null = null,
  ): [output: X, h: Tensor] {
    const [output, [h]] = apply(this, input, hx && [hx], [this.hiddenSize], (x, [h], weights, options) => {
      return x.gru(h, weights, options);
    });
    return [output, h];
  }
}
