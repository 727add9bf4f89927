/** Transformers: stacks of encoder and decoder layers, and both together. */
import { asCount, asFlag, named, type Optional } from "../arguments.ts";
import { asDType, type DType } from "../dtype.ts";
import { describe, ShapeError } from "../errors.ts";
import { show } from "../shape.ts";
import { asTensor, type Tensor } from "../tensor.ts";
import { ModuleList } from "./containers.ts";
import { filled } from "./fresh.ts";
import * as init from "./init.ts";
import { Module } from "./module.ts";
import { LayerNorm } from "./norm.ts";
import {
  type DecoderLayerForwardOptions,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
} from "./transformer_layer.ts";

/** Options of {@link TransformerDecoder}. */
export interface TransformerDecoderOptions {
  /** Applied to the last layer's output; default none. */
  norm?: Module | null;
}

/** Options of {@link TransformerEncoder}, in this order. */
export interface TransformerEncoderOptions extends TransformerDecoderOptions {
  /** Accepted for PyTorch's sake; ignored. */
  enableNestedTensor?: boolean;
  /** Accepted for PyTorch's sake; ignored. */
  maskCheck?: boolean;
}

/** Options of the forward pass of {@link TransformerEncoder}, in this order; masks as in attention. */
export interface EncoderForwardOptions {
  /** [s, s] or [n · heads, s, s]: what each step may not see. */
  mask?: Tensor | null;
  /** [n, s]: which steps are padding. */
  srcKeyPaddingMask?: Tensor | null;
  /** Whether each step sees itself and earlier ones only; default false. */
  isCausal?: boolean;
}

/** Copies of a layer, each with parameters of its own that begin equal. */
function copies(name: string, what: string, layer: Module, count: number): ModuleList {
  if (!(layer instanceof Module)) {
    throw new TypeError(`Cannot make ${name} with ${what} ${describe(layer)}: it must be a Module`);
  }
  return new ModuleList(Array.from({ length: asCount(name, "numLayers", count) }, () => layer.clone()));
}

function normOf(name: string, { norm = null }: TransformerDecoderOptions): Module | null {
  if (norm === null || norm instanceof Module) return norm;
  throw new TypeError(`Cannot make ${name} with norm ${describe(norm)}: it must be a Module or null`);
}

/**
 * Copies of an encoder layer one after the other. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.TransformerEncoder.html}.
 *
 * @example
 * ```ts
 * import { nn, ones } from "@dinograd/dinograd";
 *
 * const layer = new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16 });
 * const encoder = new nn.TransformerEncoder(layer, 2, { norm: new nn.LayerNorm(8) });
 * console.log(encoder.forward(ones(5, 3, 8)).shape); // [5, 3, 8]
 * ```
 */
export class TransformerEncoder extends Module {
  /** The copies. */
  layers: ModuleList;
  /** How many there are. */
  readonly numLayers: number;
  /** Applied at the end, or null. */
  norm: Module | null;

  /** Stacks copies of `encoderLayer`, which need not be a {@link TransformerEncoderLayer}. */
  constructor(encoderLayer: Module, numLayers: number, ...options: Optional<TransformerEncoderOptions>) {
    super();
    const name = "TransformerEncoder";
    this.layers = copies(name, "encoderLayer", encoderLayer, numLayers);
    this.numLayers = numLayers;
    this.norm = normOf(
      name,
      named<TransformerEncoderOptions>(name, options, ["norm", "enableNestedTensor", "maskCheck"]),
    );
  }

  /** Encodes [s, n, dModel], [n, s, dModel] with `batchFirst`, or [s, dModel]. */
  override forward(src: Tensor, ...options: Optional<EncoderForwardOptions>): Tensor {
    const { mask: srcMask, ...others } = named<EncoderForwardOptions>(
      "TransformerEncoder.forward",
      options,
      ["mask", "srcKeyPaddingMask", "isCausal"],
    );
    let x = asTensor("apply TransformerEncoder", "src", src);
    for (const layer of this.layers) x = layer.forward(x, { srcMask, ...others });
    return this.norm ? this.norm.forward(x) : x;
  }
}

/**
 * Copies of a decoder layer one after the other, which all look at one memory. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.TransformerDecoder.html}.
 *
 * @example
 * ```ts
 * import { nn, ones } from "@dinograd/dinograd";
 *
 * const decoder = new nn.TransformerDecoder(new nn.TransformerDecoderLayer(8, 2, { dimFeedforward: 16 }), 2);
 * console.log(decoder.forward(ones(4, 3, 8), ones(5, 3, 8)).shape); // [4, 3, 8]
 * ```
 */
export class TransformerDecoder extends Module {
  /** The copies. */
  layers: ModuleList;
  /** How many there are. */
  readonly numLayers: number;
  /** Applied at the end, or null. */
  norm: Module | null;

  /** Stacks copies of `decoderLayer`, which need not be a {@link TransformerDecoderLayer}. */
  constructor(decoderLayer: Module, numLayers: number, ...options: Optional<TransformerDecoderOptions>) {
    super();
    const name = "TransformerDecoder";
    this.layers = copies(name, "decoderLayer", decoderLayer, numLayers);
    this.numLayers = numLayers;
    this.norm = normOf(name, named(name, options, ["norm"]));
  }

  /** Decodes [t, n, dModel] by a memory [s, n, dModel]; n comes first with `batchFirst`, or is lacking. */
  override forward(tgt: Tensor, memory: Tensor, ...options: Optional<DecoderLayerForwardOptions>): Tensor {
    let x = asTensor("apply TransformerDecoder", "tgt", tgt);
    for (const layer of this.layers) x = layer.forward(x, memory, ...options);
    return this.norm ? this.norm.forward(x) : x;
  }
}

/** Options of {@link Transformer}, in this order: those of its layers, and what may take the place of its halves. */
export interface TransformerOptions extends TransformerLayerOptions {
  /** The size of a step; default 512. */
  dModel?: number;
  /** How many heads there are; default 8. */
  nhead?: number;
  /** How many layers the encoder has; default 6. */
  numEncoderLayers?: number;
  /** How many layers the decoder has; default 6. */
  numDecoderLayers?: number;
  /** Called as {@link TransformerEncoder} is, in its place; default null. */
  customEncoder?: Module | null;
  /** Called as {@link TransformerDecoder} is, in its place; default null. */
  customDecoder?: Module | null;
}

/** Options of the forward pass of {@link Transformer}, PyTorch's order; masks as in attention. */
export interface TransformerForwardOptions extends DecoderLayerForwardOptions {
  /** [s, s] or [n · heads, s, s]: what of the source each step may not see. */
  srcMask?: Tensor | null;
  /** [n, s]: which steps of the source are padding. */
  srcKeyPaddingMask?: Tensor | null;
  /** Whether each step of the source sees itself and earlier ones only; default false. */
  srcIsCausal?: boolean;
}

/**
 * The transformer of Vaswani et al., 2017: an encoder makes a memory of the source, a decoder looks at it from the
 * target. All matrices begin by {@link init.xavierUniform_}. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Transformer.html}.
 *
 * @throws {ShapeError} if source, target or masks do not belong together.
 *
 * @example
 * ```ts
 * import { nn, ones } from "@dinograd/dinograd";
 *
 * const model = new nn.Transformer(8, 2, 1, 1, { dimFeedforward: 16, batchFirst: true });
 * const tgtMask = nn.Transformer.generateSquareSubsequentMask(4);
 * console.log(model.forward(ones(3, 5, 8), ones(3, 4, 8), { tgtMask }).shape); // [3, 4, 8]
 * ```
 */
export class Transformer extends Module {
  /** Makes the memory. */
  encoder: Module;
  /** Looks at the memory. */
  decoder: Module;
  /** The size of a step. */
  readonly dModel: number;
  /** How many heads there are. */
  readonly nhead: number;
  /** Whether inputs and output are [batch, steps, ...]. */
  readonly batchFirst: boolean;

  /** A transformer of random weights. */
  constructor(...options: Optional<TransformerOptions>) {
    super();
    const name = "Transformer",
      { customEncoder, customDecoder, ...given } = named<TransformerOptions>(
        name,
        options,
        [
          ...[
            "dModel",
            "nhead",
            "numEncoderLayers",
            "numDecoderLayers",
            "dimFeedforward",
            "dropout",
          ] as const,
          ...[
            "activation",
            "customEncoder",
            "customDecoder",
            "layerNormEps",
            "batchFirst",
            "normFirst",
          ] as const,
        ],
        ["dtype"],
      );
    const { dModel = 512, nhead = 8, numEncoderLayers = 6, numDecoderLayers = 6, ...layer } = given;
    const { layerNormEps: eps, dtype } = layer;
    this.encoder = customEncoder ?? new TransformerEncoder(
      new TransformerEncoderLayer(dModel, nhead, layer),
      asCount(name, "numEncoderLayers", numEncoderLayers),
      new LayerNorm(dModel, { eps, dtype }),
    );
    this.decoder = customDecoder ?? new TransformerDecoder(
      new TransformerDecoderLayer(dModel, nhead, layer),
      asCount(name, "numDecoderLayers", numDecoderLayers),
      new LayerNorm(dModel, { eps, dtype }),
    );
    for (const half of [this.encoder, this.decoder]) {
      if (half instanceof Module) continue;
      throw new TypeError(`Cannot make ${name} with ${describe(half)} for a half: it must be a Module`);
    }
    this.dModel = asCount(name, "dModel", dModel, 1);
    this.nhead = asCount(name, "nhead", nhead, 1);
    this.batchFirst = asFlag(name, "batchFirst", layer.batchFirst ?? false);
    this.resetParameters();
  }

  /** Draws new weights; biases and norms stay. */
  resetParameters(): void {
    for (const parameter of this.parameters()) if (parameter.ndim > 1) init.xavierUniform_(parameter);
  }

  /** Decodes [t, n, dModel] by a source [s, n, dModel]; n comes first with `batchFirst`, or is lacking. */
  override forward(src: Tensor, tgt: Tensor, ...options: Optional<TransformerForwardOptions>): Tensor {
    const { srcMask, srcKeyPaddingMask, srcIsCausal, ...others } = named<TransformerForwardOptions>(
      "Transformer.forward",
      options,
      [
        ...["srcMask", "tgtMask", "memoryMask", "srcKeyPaddingMask", "tgtKeyPaddingMask"] as const,
        ...["memoryKeyPaddingMask", "srcIsCausal", "tgtIsCausal", "memoryIsCausal"] as const,
      ],
    );
    const [s, t] = [src, tgt].map((x, i) => asTensor("apply Transformer", ["src", "tgt"][i], x).shape);
    const batch = this.batchFirst ? 0 : 1, fits = [s, t].every((shape) => shape.at(-1) === this.dModel);
    if (!fits || s.length !== t.length || (s.length === 3 && s[batch] !== t[batch])) {
      throw new ShapeError(
        `Cannot apply Transformer to src ${show(s)} and tgt ${
          show(t)
        }: the last dimensions must be ${this.dModel}` +
          (s.length === 3 ? `, and dimensions ${batch}, of the batch, equal` : ""),
      );
    }
    const memory = this.encoder.forward(src, { mask: srcMask, srcKeyPaddingMask, isCausal: srcIsCausal });
    return this.decoder.forward(tgt, memory, others);
  }

  /** [size, size]: -Infinity above the diagonal and 0 elsewhere, the mask under which no step sees a later one. */
  static generateSquareSubsequentMask(size: number, ...options: Optional<{ dtype?: DType }>): Tensor {
    const name = "generateSquareSubsequentMask";
    const { dtype = "float32" } = named<{ dtype: DType }>(name, options, ["dtype"]);
    const n = asCount(name, "size", size);
    return filled(-Infinity, [n, n], asDType(`call ${name}()`, dtype)).triu(1);
  }
}
