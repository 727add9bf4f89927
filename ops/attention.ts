/** Attention: averages of values, weighted by how well queries and keys agree. */
import { asFlag, asNumber, named } from "../lib/arguments.ts";
import { attendHeads } from "../lib/attention.ts";
import { asProbability } from "../lib/distributions.ts";
import { promote } from "../lib/dtype.ts";
import { ShapeError } from "../lib/errors.ts";
import { asFloats } from "../lib/layer.ts";
import { broadcastShapes, type Shape, show, sizeOf } from "../lib/shape.ts";
import { asTensor, type Tensor } from "../lib/tensor.ts";

/** Options of {@link scaledDotProductAttention}. */
export interface AttentionOptions {
  /** [..., l, s]: true, or a number added to the score, where a query may look; false where not. */
  attnMask?: Tensor | null;
  /** The probability that a weight becomes 0; default 0. */
  dropoutP?: number;
  /** Whether query i sees keys 0 to i only; default false. */
  isCausal?: boolean;
  /** What scores are multiplied by; default 1 / √e. */
  scale?: number | null;
}

/**
 * Attention of Vaswani et al., 2017: softmax(q kᵀ · scale + mask) v, for queries [..., l, e], keys [..., s, e] and values
 * [..., s, v]; the result is [..., l, v]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html}.
 *
 * @throws {ShapeError} if the shapes do not belong together.
 * @throws {TypeError} if both `attnMask` and `isCausal` are given.
 *
 * @example
 * ```ts
 * import { scaledDotProductAttention, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([[0], [0]]), values = tensor([[1], [3]]);
 * console.log(scaledDotProductAttention(x, x, values).toArray()); // [[2], [2]]
 * console.log(scaledDotProductAttention(x, x, values, { isCausal: true }).toArray()); // [[1], [2]]
 * ```
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  ...options: (AttentionOptions | AttentionOptions[keyof AttentionOptions])[]
): Tensor {
  const name = "scaledDotProductAttention";
  const given = named<AttentionOptions>(name, options, ["attnMask", "dropoutP", "isCausal"], ["scale"]);
  return attend(name, query, key, value, given)[0];
}

/** Options of {@link _scaledDotProductAttention}. */
export interface WeightedAttentionOptions extends Omit<AttentionOptions, "scale"> {
  /** Accepted for PyTorch's sake: the weights are always returned. */
  needAttnWeights?: boolean;
}

/**
 * {@link scaledDotProductAttention} as PyTorch 1.13 has it: returns [output, weights], weights [..., l, s].
 *
 * @example
 * ```ts
 * import { _scaledDotProductAttention, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([[0], [0]]);
 * console.log(_scaledDotProductAttention(x, x, x)[1].toArray()); // [[0.5, 0.5], [0.5, 0.5]]
 * ```
 */
export function _scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  ...options: (WeightedAttentionOptions | WeightedAttentionOptions[keyof WeightedAttentionOptions])[]
): [output: Tensor, weights: Tensor] {
  const name = "_scaledDotProductAttention";
  const order = ["attnMask", "dropoutP", "needAttnWeights", "isCausal"] as const;
  const { needAttnWeights = false, ...given } = named<WeightedAttentionOptions>(name, options, order);
  asFlag(name, "needAttnWeights", needAttnWeights);
  return attend(name, query, key, value, given);
}

function attend(
  name: string,
  query: Tensor,
  key: Tensor,
  value: Tensor,
  given: AttentionOptions,
): [Tensor, Tensor] {
  const q = asFloats(name, query, "query"),
    k = asFloats(name, key, "key"),
    v = asFloats(name, value, "value");
  const [l, e] = q.shape.slice(-2), [s, f] = k.shape.slice(-2);
  if (Math.min(q.shape.length, k.shape.length, v.shape.length) < 2 || e !== f || v.shape.at(-2) !== s) {
    throw new ShapeError(
      `Cannot call ${name}() with query ${show(q.shape)}, key ${show(k.shape)} and value ${
        show(v.shape)
      }: they must ` +
        `be [..., l, e], [..., s, e] and [..., s, v]`,
    );
  }
  const scale = asNumber(name, "scale", given.scale ?? 1 / Math.sqrt(e));
  const causal = asFlag(name, "isCausal", given.isCausal ?? false),
    masked = (given.attnMask ?? null) !== null;
  if (causal && masked) {
    throw new TypeError(`Cannot call ${name}() with attnMask and isCausal: only one of them may be given`);
  }
  const dropout = asProbability(name, "dropoutP", given.dropoutP ?? 0);
  const dtype = promote(promote(q.dtype, k.dtype), v.dtype), like = q.detach().to(dtype);
  const mask = causal
    ? additive(like, like.newOnes([l, s]).tril().bool())
    : masked
    ? additive(like, maskOf(name, given.attnMask))
    : null;
  const shapes = [k, v, ...(mask ? [mask] : [])].map((x) => x.shape.slice(0, -2));
  const batch = shapes.reduce<Shape>(
    (a, b) => broadcastShapes(`call ${name}() on`, a, b),
    q.shape.slice(0, -2),
  );
  const [output, weights] = attendHeads([q, k, v].map((x) => flat(x.to(dtype), batch, x.shape.slice(-2))), {
    ...{ heads: 1, scale, dropout },
    mask: mask && mask.shape.length > 2 ? flat(mask, batch, [l, s]).unsqueeze(1) : mask,
  });
  return [output.reshape([...batch, l, v.shape.at(-1)!]), weights.reshape([...batch, l, s])];
}

/** A batch of matrices [..., m, n] of these sizes, expanded to the leading sizes `batch`, as [the product of these, m, n]. */
function flat(x: Tensor, batch: Shape, matrix: Shape): Tensor {
  return x.expand([...batch, ...matrix]).reshape([sizeOf(batch), ...matrix]);
}

/** A mask as what is added to scores of the dtype of `like`. */
function additive(like: Tensor, mask: Tensor): Tensor {
  const full = mask.shape.length < 2 ? mask.reshape([1, mask.numel()]) : mask;
  if (mask.dtype !== "bool") return full.to(like.dtype);
  return like.newZeros(full.shape).maskedFill(full.logicalNot(), -Infinity);
}

function maskOf(name: string, value: unknown): Tensor {
  const mask = asTensor(`call ${name}()`, "attnMask", value);
  return mask.dtype === "bool" ? mask : asFloats(name, mask, "attnMask");
}
