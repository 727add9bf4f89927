/** Attention of several heads as a layer, with the weights that make queries, keys and values. */
import { asCount, asFlag, named, type Optional } from "../arguments.ts";
import { attendHeads } from "../attention.ts";
import { asProbability } from "../distributions.ts";
import { asDType, type DType, isFloat } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { joinAlong } from "../join.ts";
import { sameShape, type Shape, show } from "../shape.ts";
import { asTensor, type Tensor } from "../tensor.ts";
import { filled, parameter } from "./fresh.ts";
import { listed } from "./function_layer.ts";
import * as init from "./init.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";
import type { Parameter } from "./parameter.ts";

/** Options of {@link MultiheadAttention}, in this order. */
export interface MultiheadAttentionOptions {
  /** The probability that, in training, a weight of attention becomes 0; default 0. */
  dropout?: number;
  /** Whether there are biases; default true. */
  bias?: boolean;
  /** Whether a learned key and value join those of each sequence; default false. */
  addBiasKv?: boolean;
  /** Whether a key and value of zeros join those of each sequence; default false. */
  addZeroAttn?: boolean;
  /** The size of keys; default `embedDim`. */
  kdim?: number | null;
  /** The size of values; default `embedDim`. */
  vdim?: number | null;
  /** Whether inputs and output are [batch, steps, ...] rather than [steps, batch, ...]; default false. */
  batchFirst?: boolean;
  /** The dtype of the parameters; default float32. */
  dtype?: DType;
}

/** Options of the forward pass of {@link MultiheadAttention}, in this order. */
export interface AttentionForwardOptions {
  /** [n, s]: true where a key is padding and stays unseen, or a number added to its scores. */
  keyPaddingMask?: Tensor | null;
  /** Whether the weights are returned; default true. */
  needWeights?: boolean;
  /** [l, s] or [n · heads, l, s]: true where a query may not look, or a number added to the score. */
  attnMask?: Tensor | null;
  /** Whether the returned weights are the mean over heads; default true. */
  averageAttnWeights?: boolean;
  /** Whether query i sees keys 0 to i only, whatever masks say; default false. */
  isCausal?: boolean;
}

/**
 * Attention of Vaswani et al., 2017: each of `numHeads` heads compares queries [l, n, embedDim] with keys [s, n, kdim]
 * in a projection of its own and averages values [s, n, vdim]. Returns [output, weights]: [l, n, embedDim] and
 * [n, l, s]. Inputs may lack the batch dimension n, which comes first with `batchFirst`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html}.
 *
 * @throws {RangeError} if `embedDim` does not divide by `numHeads`.
 * @throws {ShapeError} if inputs or masks do not belong together.
 *
 * @example
 * ```ts
 * import { nn, ones } from "@dinograd/dinograd";
 *
 * const layer = new nn.MultiheadAttention(8, 2, { batchFirst: true }), x = ones(3, 5, 8);
 * const [output, weights] = layer.forward(x, x, x);
 * console.log(output.shape, weights?.shape); // [3, 5, 8] [3, 5, 5]
 * ```
 */
export class MultiheadAttention extends Module {
  /** The size of queries and outputs. */
  readonly embedDim: number;
  /** How many heads there are. */
  readonly numHeads: number;
  /** The size of keys. */
  readonly kdim: number;
  /** The size of values. */
  readonly vdim: number;
  /** The size of queries, keys and values of one head. */
  readonly headDim: number;
  /** The probability that, in training, a weight of attention becomes 0. */
  readonly dropout: number;
  /** Whether a key and value of zeros join those of each sequence. */
  readonly addZeroAttn: boolean;
  /** Whether inputs and output are [batch, steps, ...]. */
  readonly batchFirst: boolean;
  /** [3 · embedDim, embedDim]: of queries, keys and values; null if they differ in size. */
  inProjWeight: Parameter | null = null;
  /** [embedDim, embedDim], where `inProjWeight` is null. */
  qProjWeight: Parameter | null = null;
  /** [embedDim, kdim], where `inProjWeight` is null. */
  kProjWeight: Parameter | null = null;
  /** [embedDim, vdim], where `inProjWeight` is null. */
  vProjWeight: Parameter | null = null;
  /** [3 · embedDim]: of queries, keys and values, or null. */
  inProjBias: Parameter | null = null;
  /** [1, 1, embedDim]: the key that joins all others, or null. */
  biasK: Parameter | null = null;
  /** [1, 1, embedDim]: the value that joins all others, or null. */
  biasV: Parameter | null = null;
  /** Mixes the heads' outputs. */
  outProj: Linear;

  /** Attention with random weights; `embedDim` is divided among the heads. */
  constructor(embedDim: number, numHeads: number, ...options: Optional<MultiheadAttentionOptions>) {
    super();
    const name = "MultiheadAttention";
    const order = ["dropout", "bias", "addBiasKv", "addZeroAttn", "kdim", "vdim", "batchFirst"] as const;
    const given = named<MultiheadAttentionOptions>(name, options, order, ["dtype"]);
    this.embedDim = asCount(name, "embedDim", embedDim, 1);
    this.numHeads = asCount(name, "numHeads", numHeads, 1);
    this.headDim = embedDim / numHeads;
    if (!Number.isInteger(this.headDim)) {
      throw new RangeError(
        `Cannot make ${name}(${embedDim}, ${numHeads}): ${embedDim} does not divide into ${numHeads} heads`,
      );
    }
    this.kdim = asCount(name, "kdim", given.kdim ?? embedDim, 1);
    this.vdim = asCount(name, "vdim", given.vdim ?? embedDim, 1);
    this.dropout = asProbability(name, "dropout", given.dropout ?? 0);
    this.addZeroAttn = asFlag(name, "addZeroAttn", given.addZeroAttn ?? false);
    this.batchFirst = asFlag(name, "batchFirst", given.batchFirst ?? false);
    const dtype = asDType(`make ${name}`, given.dtype ?? "float32"),
      bias = asFlag(name, "bias", given.bias ?? true);
    if (this.kdim === embedDim && this.vdim === embedDim) {
      this.inProjWeight = parameter([3 * embedDim, embedDim], dtype);
    } else {
      this.qProjWeight = parameter([embedDim, embedDim], dtype);
      this.kProjWeight = parameter([embedDim, this.kdim], dtype);
      this.vProjWeight = parameter([embedDim, this.vdim], dtype);
    }
    if (bias) this.inProjBias = parameter([3 * embedDim], dtype);
    this.outProj = new Linear(embedDim, embedDim, { bias, dtype });
    if (asFlag(name, "addBiasKv", given.addBiasKv ?? false)) {
      this.biasK = parameter([1, 1, embedDim], dtype);
      this.biasV = parameter([1, 1, embedDim], dtype);
    }
    this.resetParameters();
  }

  /** Draws new weights for queries, keys and values; biases become 0. */
  resetParameters(): void {
    const { inProjWeight, qProjWeight, kProjWeight, vProjWeight, inProjBias, outProj, biasK, biasV } = this;
    for (const weight of [inProjWeight, qProjWeight, kProjWeight, vProjWeight]) {
      if (weight) init.xavierUniform_(weight);
    }
    for (const bias of [inProjBias, outProj.bias]) if (bias) init.constant_(bias, 0);
    for (const joined of [biasK, biasV]) if (joined) init.xavierNormal_(joined);
  }

  /** Lets queries look at keys and gather values; weights are null unless `needWeights`. */
  override forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    ...options: Optional<AttentionForwardOptions>
  ): [output: Tensor, weights: Tensor | null] {
    const order = ["keyPaddingMask", "needWeights", "attnMask", "averageAttnWeights", "isCausal"] as const;
    const given = named<AttentionForwardOptions>("MultiheadAttention.forward", options, order);
    const flag = (name: "needWeights" | "averageAttnWeights", usual: boolean) =>
      asFlag("MultiheadAttention.forward", name, given[name] ?? usual);
    const needWeights = flag("needWeights", true), average = flag("averageAttnWeights", true);
    const { numHeads: heads, headDim, outProj } = this, inputs = [query, key, value];
    const sizes = sizesOf(this, inputs);
    const turned = (x: Tensor) => sizes.isTurned ? x.transpose(0, 1) : x; // [n, steps, ...] and back
    const project = (x: Tensor, weight: Tensor, bias: Tensor | null) =>
      turned((sizes.isBatched ? x : x.unsqueeze(0)).linear(weight, bias));
    const isWhole = query === key && key === value && !this.biasK && !this.addZeroAttn;
    let parts: Tensor[];
    if (isWhole && this.inProjWeight) parts = [project(query, this.inProjWeight, this.inProjBias)];
    else {
      const biases = this.inProjBias?.chunk(3) ?? [null, null, null];
      parts = projections(this).map((weight, i) => project(inputs[i], weight, biases[i]));
      [this.biasK, this.biasV].forEach((bias, i) => {
        parts[i + 1] = joined(parts[i + 1], bias, this.addZeroAttn);
      });
    }
    const mask = maskOf(this, parts[0], sizes, given),
      more = parts.length === 1 ? 0 : parts[1].shape[1] - sizes.s;
    const [gathered, weights] = attendHeads(parts, {
      ...{ heads, scale: 1 / Math.sqrt(headDim), dropout: this.training ? this.dropout : 0 },
      mask: mask && more > 0 ? mask.pad([0, more]) : mask,
    });
    const output = outProj.forward(turned(gathered));
    const shown = needWeights ? average ? weights.mean(1) : weights : null;
    return sizes.isBatched ? [output, shown] : [output.squeeze(0), shown && shown.squeeze(0)];
  }

  /** The options. */
  override extraRepr(): string {
    const { embedDim, numHeads } = this;
    return listed({ embedDim, numHeads });
  }
}

/** The weights that make queries, keys and values. */
function projections({ inProjWeight, qProjWeight, kProjWeight, vProjWeight }: MultiheadAttention): Tensor[] {
  return inProjWeight ? inProjWeight.chunk(3) : [qProjWeight!, kProjWeight!, vProjWeight!];
}

/** Keys or values [n, s, e] and what joins them: a learned row, then one of zeros. */
function joined(rows: Tensor, bias: Tensor | null, zero: boolean): Tensor {
  const [n, , e] = rows.shape, parts = [rows];
  if (bias) parts.push(bias.expand([n, 1, e]));
  if (zero) parts.push(rows.newZeros([n, 1, e]));
  return parts.length > 1 ? joinAlong(parts, 1) : rows;
}

function actionOf({ embedDim, numHeads }: MultiheadAttention): string {
  return `apply MultiheadAttention(${embedDim}, ${numHeads})`;
}

/** How inputs are laid out. */
interface Sizes {
  /** Whether there is a batch dimension. */
  readonly isBatched: boolean;
  /** Whether it is the second one. */
  readonly isTurned: boolean;
  /** The batch, 1 if there is no such dimension. */
  readonly n: number;
  /** How many queries there are. */
  readonly l: number;
  /** How many keys there are. */
  readonly s: number;
}

/** Checks queries, keys and values. */
function sizesOf(layer: MultiheadAttention, inputs: readonly unknown[]): Sizes {
  const action = actionOf(layer), { embedDim, kdim, vdim, batchFirst } = layer;
  const [q, k, v] = ["query", "key", "value"].map((what, i) => asTensor(action, what, inputs[i]).shape);
  const isBatched = q.length === 3, isTurned = isBatched && !batchFirst;
  const [n, l, s] = isTurned ? [q[1], q[0], k[0]] : [isBatched ? q[0] : 1, ...[q, k].map((x) => x.at(-2)!)];
  const shape = <T>(steps: T, batch: T, size: T): T[] =>
    isTurned ? [steps, batch, size] : isBatched ? [batch, steps, size] : [steps, size];
  const fits = sameShape(q, shape(l, n, embedDim)) && sameShape(k, shape(s, n, kdim)) &&
    sameShape(v, shape(s, n, vdim));
  if (fits) return { isBatched, isTurned, n, l, s };
  const [first, ...others] = [["l", embedDim], ["s", kdim], ["s", vdim]].map(([steps, size]) =>
    `[${shape(steps, "n", size).join(", ")}]`
  );
  throw new ShapeError(
    `Cannot ${action} to query ${show(q)}, key ${show(k)} and value ${show(v)}: they must be ${first}, ${
      others.join(" and ")
    }`,
  );
}

/** All masks as numbers to add to scores, to be broadcast to [n, heads, l, s]; null if there are none. */
function maskOf(
  layer: MultiheadAttention,
  q: Tensor,
  { isBatched, n, l, s }: Sizes,
  { attnMask = null, keyPaddingMask = null, isCausal = false }: AttentionForwardOptions,
): Tensor | null {
  const h = layer.numHeads, masks: Tensor[] = [];
  if (attnMask !== null) {
    const mask = additive(layer, "attnMask", attnMask, [[l, s], [n * h, l, s]], q);
    masks.push(mask.ndim === 3 ? mask.reshape([n, h, l, s]) : mask);
  }
  if (keyPaddingMask !== null) {
    const mask = additive(layer, "keyPaddingMask", keyPaddingMask, [isBatched ? [n, s] : [s]], q);
    masks.push(mask.reshape([n, 1, 1, s]));
  }
  if (asFlag("MultiheadAttention.forward", "isCausal", isCausal)) {
    masks.push(filled(-Infinity, [l, s], q.dtype).triu(1));
  }
  return masks.length > 0 ? masks.reduce((a, b) => a.add(b)) : null;
}

/** A mask, of one of some shapes, as numbers to add to scores: what is true may not be seen. */
function additive(
  layer: MultiheadAttention,
  what: string,
  value: unknown,
  shapes: readonly Shape[],
  q: Tensor,
): Tensor {
  const action = actionOf(layer), mask = asTensor(action, what, value);
  if (!shapes.some((shape) => sameShape(mask.shape, shape))) {
    const wanted = shapes.map(show).join(" or ");
    throw new ShapeError(`Cannot ${action} with ${what} of shape ${show(mask.shape)}: it must be ${wanted}`);
  }
  if (mask.dtype === "bool") return q.newZeros(mask.shape).maskedFill(mask, -Infinity);
  if (isFloat(mask.dtype)) return mask.to(q.dtype);
  throw new TypeError(`Cannot ${action} with ${what} of dtype ${mask.dtype}: it must be bool or float`);
}
