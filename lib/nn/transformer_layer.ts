/** One layer of a transformer: attention and a feed-forward network, each with a norm and around it a shortcut. */
import { asChoice, asCount, asFlag, named, type Optional } from "../arguments.ts";
import type { DType } from "../dtype.ts";
import { asTensor, type Tensor } from "../tensor.ts";
import { MultiheadAttention } from "./attention.ts";
import { Dropout } from "./dropout.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";
import { LayerNorm } from "./norm.ts";

/** What a feed-forward network has between its two layers: a name, a function or a module. */
export type TransformerActivation = "relu" | "gelu" | ((x: Tensor) => Tensor) | Module;

/** Options of {@link TransformerEncoderLayer} and {@link TransformerDecoderLayer}, in this order. */
export interface TransformerLayerOptions {
  /** The width of the feed-forward network; default 2048. */
  dimFeedforward?: number;
  /** The probability of dropout, everywhere; default 0.1. */
  dropout?: number;
  /** What the feed-forward network has in its middle; default "relu". */
  activation?: TransformerActivation;
  /** What layer norms add to the variance; default 1e-5. */
  layerNormEps?: number;
  /** Whether inputs and output are [batch, steps, ...] rather than [steps, batch, ...]; default false. */
  batchFirst?: boolean;
  /** Whether layer norms come before rather than after attention and feed-forward network; default false. */
  normFirst?: boolean;
  /** The dtype of the parameters; default float32. */
  dtype?: DType;
}

/** Options of the forward pass of {@link TransformerEncoderLayer}, in this order; masks as in attention. */
export interface EncoderLayerForwardOptions {
  /** [s, s] or [n · heads, s, s]: what each step may not see. */
  srcMask?: Tensor | null;
  /** [n, s]: which steps are padding. */
  srcKeyPaddingMask?: Tensor | null;
  /** Whether each step sees itself and earlier ones only; default false. */
  isCausal?: boolean;
}

/** Options of the forward pass of {@link TransformerDecoderLayer}, in this order; masks as in attention. */
export interface DecoderLayerForwardOptions {
  /** [t, t] or [n · heads, t, t]: what of the target each step may not see. */
  tgtMask?: Tensor | null;
  /** [t, s] or [n · heads, t, s]: what of the memory each step may not see. */
  memoryMask?: Tensor | null;
  /** [n, t]: which steps of the target are padding. */
  tgtKeyPaddingMask?: Tensor | null;
  /** [n, s]: which steps of the memory are padding. */
  memoryKeyPaddingMask?: Tensor | null;
  /** Whether each step sees of the target itself and earlier steps only; default false. */
  tgtIsCausal?: boolean;
  /** Whether each step sees of the memory only as many steps as of the target; default false. */
  memoryIsCausal?: boolean;
}

/** What both kinds of layers are made from. */
type Plan = Required<Omit<TransformerLayerOptions, "activation">> & {
  readonly activation: ((x: Tensor) => Tensor) | Module;
};

function planOf(name: string, dModel: number, options: Optional<TransformerLayerOptions>): Plan {
  const { activation = "relu", ...given } = named<TransformerLayerOptions>(
    name,
    options,
    [
      ...["dimFeedforward", "dropout", "activation", "layerNormEps"] as const,
      ...["batchFirst", "normFirst"] as const,
    ],
    ["dtype"],
  );
  const plan = {
    ...{ dimFeedforward: 2048, dropout: 0.1, layerNormEps: 1e-5, batchFirst: false, normFirst: false },
    ...{ dtype: "float32" as const, activation: activationOf(name, activation), ...given },
  };
  asCount(name, "dModel", dModel, 1);
  asCount(name, "dimFeedforward", plan.dimFeedforward);
  asFlag(name, "normFirst", plan.normFirst);
  return plan;
}

function activationOf(name: string, given: TransformerActivation): ((x: Tensor) => Tensor) | Module {
  if (typeof given === "function" || given instanceof Module) return given;
  const choice = asChoice(name, "activation", given, ["relu", "gelu"]);
  return choice === "relu" ? (x) => x.relu() : (x) => x.gelu();
}

/** x + f(x), with the norm of x before `f` or of the sum after it. */
function shortcut(
  { normFirst }: { readonly normFirst: boolean },
  norm: LayerNorm,
  x: Tensor,
  f: (x: Tensor) => Tensor,
): Tensor {
  return normFirst ? x.add(f(norm.forward(x))) : norm.forward(x.add(f(x)));
}

/** Two affine layers with the activation between them. */
function feedForward(
  { linear1, activation, dropout, linear2 }: TransformerEncoderLayer | TransformerDecoderLayer,
  x: Tensor,
): Tensor {
  const wide = linear1.forward(x),
    bent = activation instanceof Module ? activation.forward(wide) : activation(wide);
  return linear2.forward(dropout.forward(bent));
}

/**
 * A layer of an encoder (Vaswani et al. 2017): steps look at each other, then each goes through a feed-forward network.
 * `dModel` is the size of a step, `nhead` the number of heads. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.TransformerEncoderLayer.html}.
 *
 * @throws {ShapeError} if the input or masks do not belong together.
 *
 * @example
 * ```ts
 * import { nn, ones } from "@dinograd/dinograd";
 *
 * const layer = new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true });
 * console.log(layer.forward(ones(3, 5, 8), { isCausal: true }).shape); // [3, 5, 8]
 * ```
 */
export class TransformerEncoderLayer extends Module {
  /** How steps look at each other. */
  selfAttn: MultiheadAttention;
  /** The first half of the feed-forward network. */
  linear1: Linear;
  /** In the feed-forward network. */
  dropout: Dropout;
  /** The second half of the feed-forward network. */
  linear2: Linear;
  /** Whether norms come first. */
  readonly normFirst: boolean;
  /** Of attention. */
  norm1: LayerNorm;
  /** Of the feed-forward network. */
  norm2: LayerNorm;
  /** After attention. */
  dropout1: Dropout;
  /** After the feed-forward network. */
  dropout2: Dropout;
  /** In the middle of the feed-forward network. */
  activation: ((x: Tensor) => Tensor) | Module;

  /** A layer of random weights for steps of size `dModel`. */
  constructor(dModel: number, nhead: number, ...options: Optional<TransformerLayerOptions>) {
    super();
    const plan = planOf("TransformerEncoderLayer", dModel, options);
    const { dimFeedforward, dropout, batchFirst, dtype, layerNormEps: eps } = plan;
    this.selfAttn = new MultiheadAttention(dModel, nhead, { dropout, batchFirst, dtype });
    this.linear1 = new Linear(dModel, dimFeedforward, { dtype });
    this.dropout = new Dropout(dropout);
    this.linear2 = new Linear(dimFeedforward, dModel, { dtype });
    this.normFirst = plan.normFirst;
    this.norm1 = new LayerNorm(dModel, { eps, dtype });
    this.norm2 = new LayerNorm(dModel, { eps, dtype });
    this.dropout1 = new Dropout(dropout);
    this.dropout2 = new Dropout(dropout);
    this.activation = plan.activation;
  }

  /** Encodes [s, n, dModel], [n, s, dModel] with `batchFirst`, or [s, dModel]. */
  override forward(src: Tensor, ...options: Optional<EncoderLayerForwardOptions>): Tensor {
    const name = "TransformerEncoderLayer", order = ["srcMask", "srcKeyPaddingMask", "isCausal"] as const;
    const given = named<EncoderLayerForwardOptions>(`${name}.forward`, options, order);
    const seen = shortcut(this, this.norm1, asTensor(`apply ${name}`, "src", src), (x) => {
      const [y] = this.selfAttn.forward(x, x, x, {
        ...{ attnMask: given.srcMask, keyPaddingMask: given.srcKeyPaddingMask, isCausal: given.isCausal },
        needWeights: false,
      });
      return this.dropout1.forward(y);
    });
    return shortcut(this, this.norm2, seen, (x) => this.dropout2.forward(feedForward(this, x)));
  }
}

/**
 * A layer of a decoder (Vaswani et al. 2017): steps of the target look at each other, then at the memory that an encoder
 * made, then each goes through a feed-forward network. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.TransformerDecoderLayer.html}.
 *
 * @throws {ShapeError} if inputs or masks do not belong together.
 *
 * @example
 * ```ts
 * import { nn, ones } from "@dinograd/dinograd";
 *
 * const layer = new nn.TransformerDecoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true });
 * console.log(layer.forward(ones(3, 4, 8), ones(3, 5, 8), { tgtIsCausal: true }).shape); // [3, 4, 8]
 * ```
 */
export class TransformerDecoderLayer extends Module {
  /** How steps of the target look at each other. */
  selfAttn: MultiheadAttention;
  /** How they look at the memory. */
  multiheadAttn: MultiheadAttention;
  /** The first half of the feed-forward network. */
  linear1: Linear;
  /** In the feed-forward network. */
  dropout: Dropout;
  /** The second half of the feed-forward network. */
  linear2: Linear;
  /** Whether norms come first. */
  readonly normFirst: boolean;
  /** Of attention to the target. */
  norm1: LayerNorm;
  /** Of attention to the memory. */
  norm2: LayerNorm;
  /** Of the feed-forward network. */
  norm3: LayerNorm;
  /** After attention to the target. */
  dropout1: Dropout;
  /** After attention to the memory. */
  dropout2: Dropout;
  /** After the feed-forward network. */
  dropout3: Dropout;
  /** In the middle of the feed-forward network. */
  activation: ((x: Tensor) => Tensor) | Module;

  /** A layer of random weights for steps of size `dModel`. */
  constructor(dModel: number, nhead: number, ...options: Optional<TransformerLayerOptions>) {
    super();
    const plan = planOf("TransformerDecoderLayer", dModel, options);
    const { dimFeedforward, dropout, batchFirst, dtype, layerNormEps: eps } = plan;
    this.selfAttn = new MultiheadAttention(dModel, nhead, { dropout, batchFirst, dtype });
    this.multiheadAttn = new MultiheadAttention(dModel, nhead, { dropout, batchFirst, dtype });
    this.linear1 = new Linear(dModel, dimFeedforward, { dtype });
    this.dropout = new Dropout(dropout);
    this.linear2 = new Linear(dimFeedforward, dModel, { dtype });
    this.normFirst = plan.normFirst;
    this.norm1 = new LayerNorm(dModel, { eps, dtype });
    this.norm2 = new LayerNorm(dModel, { eps, dtype });
    this.norm3 = new LayerNorm(dModel, { eps, dtype });
    this.dropout1 = new Dropout(dropout);
    this.dropout2 = new Dropout(dropout);
    this.dropout3 = new Dropout(dropout);
    this.activation = plan.activation;
  }

  /** Decodes [t, n, dModel] by a memory [s, n, dModel]; n comes first with `batchFirst`, or is lacking. */
  override forward(tgt: Tensor, memory: Tensor, ...options: Optional<DecoderLayerForwardOptions>): Tensor {
    const order = ["tgtMask", "memoryMask", "tgtKeyPaddingMask", "memoryKeyPaddingMask"] as const;
    const causal = ["tgtIsCausal", "memoryIsCausal"] as const, name = "TransformerDecoderLayer";
    const given = named<DecoderLayerForwardOptions>(`${name}.forward`, options, [...order, ...causal]);
    const seen = shortcut(this, this.norm1, asTensor(`apply ${name}`, "tgt", tgt), (x) => {
      const [y] = this.selfAttn.forward(x, x, x, {
        ...{ attnMask: given.tgtMask, keyPaddingMask: given.tgtKeyPaddingMask, isCausal: given.tgtIsCausal },
        needWeights: false,
      });
      return this.dropout1.forward(y);
    });
    const told = shortcut(this, this.norm2, seen, (x) => {
      const [y] = this.multiheadAttn.forward(x, memory, memory, {
        ...{ attnMask: given.memoryMask, keyPaddingMask: given.memoryKeyPaddingMask },
        ...{ isCausal: given.memoryIsCausal, needWeights: false },
      });
      return this.dropout2.forward(y);
    });
    return shortcut(this, this.norm3, told, (x) => this.dropout3.forward(feedForward(this, x)));
  }
}
