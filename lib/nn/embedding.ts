/** Tables of embeddings as layers. */
import { asChoice, asCount, asFlag, asNumber, named, type Optional } from "../arguments.ts";
import { asDType, type DType } from "../dtype.ts";
import { describe, ShapeError } from "../errors.ts";
import { noGrad } from "../grad_mode.ts";
import { sameShape, type Shape, show } from "../shape.ts";
import { asTensor, type Tensor } from "../tensor.ts";
import { parameter } from "./fresh.ts";
import { listed } from "./function_layer.ts";
import * as init from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** Options of {@link Embedding}. */
export interface EmbeddingLayerOptions {
  /** The row of padding: it begins with zeros and takes no gradient. */
  paddingIdx?: number | null;
  /** Rows that are looked up are first shortened, in place, to this norm. */
  maxNorm?: number | null;
  /** The p of the norm; default 2. */
  normType?: number;
  /** Divide each row's gradient by how often it was looked up; default false. */
  scaleGradByFreq?: boolean;
  /** Accepted for PyTorch's sake: gradients are dense. */
  sparse?: boolean;
  /** The dtype of the table; default float32. */
  dtype?: DType;
  /** The table itself, to be shared; default: a new one of normal numbers. */
  _weight?: Tensor | null;
}

/** Options of {@link EmbeddingBag}. */
export interface EmbeddingBagLayerOptions extends EmbeddingLayerOptions {
  /** How a bag is summed up; default "mean". */
  mode?: "sum" | "mean" | "max";
  /** Whether the last offset is the end of the last bag, not the start of another; default false. */
  includeLastOffset?: boolean;
}

/** The option of {@link Embedding.fromPretrained} and {@link EmbeddingBag.fromPretrained}, besides those of the layer. */
export interface PretrainedOptions {
  /** Whether the table stays as it is; default true. */
  freeze?: boolean;
}

/** A table of embeddings: what {@link Embedding} and {@link EmbeddingBag} have in common. */
export abstract class Table extends Module {
  /** How many rows there are. */
  readonly numEmbeddings: number;
  /** How long rows are. */
  readonly embeddingDim: number;
  /** The row of padding, or null. */
  readonly paddingIdx: number | null;
  /** The norm that rows are shortened to, or null. */
  readonly maxNorm: number | null;
  /** The p of the norm. */
  readonly normType: number;
  /** Whether each row's gradient is divided by how often it was looked up. */
  readonly scaleGradByFreq: boolean;
  /** Makes no difference: gradients are dense. */
  readonly sparse: boolean;
  /** [numEmbeddings, embeddingDim] */
  weight: Parameter;

  /** Library use: reads what both share. */
  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingLayerOptions) {
    super();
    const title = this.constructor.name, { paddingIdx = null, maxNorm = null } = options;
    this.numEmbeddings = asCount(title, "numEmbeddings", numEmbeddings);
    this.embeddingDim = asCount(title, "embeddingDim", embeddingDim);
    this.paddingIdx = paddingIdx === null ? null : rowOf(title, paddingIdx, numEmbeddings);
    this.maxNorm = maxNorm === null ? null : asNumber(title, "maxNorm", maxNorm);
    this.normType = asNumber(title, "normType", options.normType ?? 2);
    this.scaleGradByFreq = asFlag(title, "scaleGradByFreq", options.scaleGradByFreq ?? false);
    this.sparse = asFlag(title, "sparse", options.sparse ?? false);
    const type = asDType(`make an ${title}`, options.dtype ?? "float32"), { _weight = null } = options;
    this.weight = _weight === null
      ? parameter([numEmbeddings, embeddingDim], type)
      : new Parameter(tableOf(title, _weight, [numEmbeddings, embeddingDim]));
    if (_weight === null) this.resetParameters();
  }

  /** Draws normal numbers for all rows but that of padding, which becomes 0. */
  resetParameters(): void {
    init.normal_(this.weight);
    const { paddingIdx } = this;
    if (paddingIdx !== null) noGrad(() => this.weight.data.select(0, paddingIdx).zero_());
  }

  /** The options. */
  override extraRepr(): string {
    const { paddingIdx, maxNorm, normType, scaleGradByFreq } = this;
    const changed = listed({
      ...(paddingIdx !== null ? { paddingIdx } : {}),
      ...(maxNorm !== null ? { maxNorm } : {}),
      ...(normType !== 2 ? { normType } : {}),
      ...(scaleGradByFreq ? { scaleGradByFreq } : {}),
    });
    return `${this.numEmbeddings}, ${this.embeddingDim}${changed ? `, ${changed}` : ""}`;
  }
}

function rowOf(title: string, paddingIdx: unknown, rows: number): number {
  const row = Number.isInteger(paddingIdx) ? Number(paddingIdx) : NaN;
  if (row >= -rows && row < rows) return row < 0 ? row + rows : row;
  throw new RangeError(
    `Cannot make ${title}(${rows}) with paddingIdx ${describe(paddingIdx)}: it must be from ${-rows} to ${
      rows - 1
    }`,
  );
}

/** Checks a given table. */
function tableOf(title: string, weight: unknown, wanted: Shape): Tensor {
  const table = asTensor(`make an ${title}`, "_weight", weight);
  if (sameShape(table.shape, wanted)) return table.detach();
  throw new ShapeError(
    `Cannot make an ${title} of the table ${show(table.shape)}: it must be ${show(wanted)}`,
  );
}

/** The sizes of a table to make a layer of. */
function sizesOf(title: string, embeddings: unknown): [rows: number, width: number] {
  const { shape } = asTensor(`call ${title}.fromPretrained()`, "embeddings", embeddings);
  if (shape.length === 2) return [shape[0], shape[1]];
  throw new ShapeError(
    `Cannot call ${title}.fromPretrained() with ${show(shape)}: embeddings must have 2 dimensions`,
  );
}

/** Freezes a layer, unless it is to be learned. */
function frozen<T extends Table>(layer: T, { freeze = true }: PretrainedOptions): T {
  layer.weight.requiresGrad_(!asFlag(`${layer.constructor.name}.fromPretrained`, "freeze", freeze));
  return layer;
}

const order = ["paddingIdx", "maxNorm", "normType", "scaleGradByFreq", "sparse"] as const;

/**
 * Looks up rows of a table of `numEmbeddings` by their numbers; it begins with normal numbers. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Embedding.html}.
 *
 * @throws {RangeError} if a number is not one of a row.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * const layer = new nn.Embedding(10, 3, { paddingIdx: 0 });
 * console.log(layer.forward(tensor([[1, 4], [0, 2]], { dtype: "int32" })).shape); // [2, 2, 3]
 * ```
 */
export class Embedding extends Table {
  /** A table of random numbers. */
  constructor(numEmbeddings: number, embeddingDim: number, ...options: Optional<EmbeddingLayerOptions>) {
    const given = named<EmbeddingLayerOptions>("Embedding", options, [...order, "_weight"], ["dtype"]);
    super(numEmbeddings, embeddingDim, given);
  }

  /** A layer over a given table [numEmbeddings, embeddingDim], whose numbers it shares; frozen unless told otherwise. */
  static fromPretrained(
    embeddings: Tensor,
    ...options: Optional<Omit<EmbeddingLayerOptions, "dtype" | "_weight"> & PretrainedOptions>
  ): Embedding {
    type Options = Omit<EmbeddingLayerOptions, "dtype"> & PretrainedOptions;
    const { freeze, ...given } = named<Options>("Embedding.fromPretrained", options, ["freeze", ...order]);
    const sizes = sizesOf("Embedding", embeddings);
    return frozen(new Embedding(...sizes, { ...given, _weight: embeddings }), { freeze });
  }

  /** The rows of [...]: [..., embeddingDim]. */
  override forward(indices: Tensor): Tensor {
    const { weight, paddingIdx, maxNorm, normType, scaleGradByFreq, sparse } = this;
    return asTensor("apply Embedding", "the input", indices)
      .embedding(weight, { paddingIdx, maxNorm, normType, scaleGradByFreq, sparse });
  }
}

const bagOrder = ["maxNorm", "normType", "scaleGradByFreq", "mode", "sparse"] as const;

/**
 * Sums, means (default) or maxima of bags of rows, each a row of 2-d indices or a part of 1-d ones. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.EmbeddingBag.html}.
 *
 * @throws {RangeError} if a number is not one of a row, or offsets do not go up from 0.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * const layer = nn.EmbeddingBag.fromPretrained(tensor([[1, 2], [3, 4], [5, 6]]), { mode: "sum" });
 * const indices = tensor([0, 1, 2], { dtype: "int32" }), offsets = tensor([0, 2], { dtype: "int32" });
 * console.log(layer.forward(indices, offsets).toArray()); // [[4, 6], [5, 6]]
 * ```
 */
export class EmbeddingBag extends Table {
  /** How a bag is summed up. */
  readonly mode: "sum" | "mean" | "max";
  /** Whether the last offset is the end of the last bag. */
  readonly includeLastOffset: boolean;

  /** A table of random numbers. */
  constructor(numEmbeddings: number, embeddingDim: number, ...options: Optional<EmbeddingBagLayerOptions>) {
    const names = [...bagOrder, "_weight", "includeLastOffset", "paddingIdx"] as const;
    const given = named<EmbeddingBagLayerOptions>("EmbeddingBag", options, names, ["dtype"]);
    super(numEmbeddings, embeddingDim, given);
    this.mode = asChoice("EmbeddingBag", "mode", given.mode ?? "mean", ["sum", "mean", "max"]);
    this.includeLastOffset = asFlag("EmbeddingBag", "includeLastOffset", given.includeLastOffset ?? false);
  }

  /** A layer over a given table [numEmbeddings, embeddingDim], whose numbers it shares; frozen unless told otherwise. */
  static fromPretrained(
    embeddings: Tensor,
    ...options: Optional<Omit<EmbeddingBagLayerOptions, "dtype" | "_weight"> & PretrainedOptions>
  ): EmbeddingBag {
    type Options = Omit<EmbeddingBagLayerOptions, "dtype"> & PretrainedOptions;
    const names = ["freeze", ...bagOrder, "includeLastOffset", "paddingIdx"] as const;
    const { freeze, ...given } = named<Options>("EmbeddingBag.fromPretrained", options, names);
    const sizes = sizesOf("EmbeddingBag", embeddings);
    return frozen(new EmbeddingBag(...sizes, { ...given, _weight: embeddings }), { freeze });
  }

  /** Bags of [bags, length], or of [...] from `offsets` on: [bags, embeddingDim]. Sums may weight each row. */
  override forward(
    indices: Tensor,
    offsets: Tensor | null = null,
    perSampleWeights: Tensor | null = null,
  ): Tensor {
    const { weight, paddingIdx, maxNorm, normType, scaleGradByFreq, sparse, mode, includeLastOffset } = this;
    return asTensor("apply EmbeddingBag", "the input", indices).embeddingBag(weight, {
      ...{ offsets, maxNorm, normType, scaleGradByFreq, mode, sparse, perSampleWeights },
      ...{ includeLastOffset, paddingIdx },
    });
  }

  /** The options. */
  override extraRepr(): string {
    return `${super.extraRepr()}, mode=${this.mode}`;
  }
}
