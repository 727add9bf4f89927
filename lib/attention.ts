/**
 * Attention as one op, for heads side by side as linear layers leave them: every product reads from and writes to where
 * these lie, scores become weights in place, and the softmax kernels do the scaling. In plain ops the same takes a copy of
 * queries, keys, values and output, and as many of their gradients.
 */
import { PointwiseKernel } from "./execute.ts";
import { express } from "./formula.ts";
import { matrixProduct } from "./gemm.ts";
import { gradientsOfMeaning } from "./meaning.ts";
import { mode } from "./node.ts";
import { defineMultiOp } from "./op.ts";
import { RowsKernel } from "./rows.ts";
import { sizeOf } from "./shape.ts";
import { empty, type Tensor, viewOf } from "./tensor.ts";

/** What {@link attendHeads} does beyond products and softmax. */
export interface HeadOptions {
  /** How many heads lie side by side. */
  readonly heads: number;
  /** What scores are multiplied by. */
  readonly scale: number;
  /** Added to scores; broadcasts to [n, heads, l, s]. */
  readonly mask: Tensor | null;
  /** The probability that a weight becomes 0. */
  readonly dropout: number;
}

/**
 * softmax(q kᵀ · scale + mask) v for each head: queries [n, l, heads · e], keys [n, s, heads · e] and values
 * [n, s, heads · v], or all three side by side in one tensor. Returns [output, weights], [n, l, heads · v] and
 * [n, heads, l, s].
 */
export function attendHeads(given: readonly Tensor[], { mask, dropout, ...rest }: HeadOptions): Tensor[] {
  const [q, , v] = partsOf(given, rest.heads), weights = [...q.shape.slice(0, 3), v.shape[2]];
  const inputs = [...given];
  if (mask) inputs.push(mask);
  if (dropout > 0) inputs.push(given[0].detach().newOnes(weights).dropout(dropout));
  return runAttention(inputs, { ...rest, given: given.length, masked: mask !== null });
}

interface Params {
  readonly heads: number;
  readonly scale: number;
  /** How many inputs come before the mask and the noise: 3, or 1 that holds all three. */
  readonly given: number;
  readonly masked: boolean;
}

/** The heads of queries, keys and values, [n, heads, steps, size]: views. */
function partsOf(given: readonly Tensor[], heads: number): Tensor[] {
  if (given.length === 3) return given.map((x) => headsOf(x, heads));
  return [0, 1, 2].map((part) => headsOf(given[0], heads, part, 3));
}

/** One of the `parts` that lie side by side in x [n, steps, parts · heads · size], as [n, heads, steps, size]. */
function headsOf(x: Tensor, heads: number, part = 0, parts = 1): Tensor {
  const [n, steps, width] = x.shape, [outer, down, right] = x.strides, size = width / parts / heads;
  const shape = [n, heads, steps, size], strides = [outer, size * right, down, right];
  return viewOf(x, shape, strides, x.offset + part * heads * size * right);
}

/** The matrices of a batch, transposed. */
function turned(x: Tensor): Tensor {
  const [n, heads, rows, columns] = x.shape, [a, b, c, d] = x.strides;
  return viewOf(x, [n, heads, columns, rows], [a, b, d, c]);
}

const masked = new PointwiseKernel(express((k, x, scale, mask) => k.add(k.mul(x, scale), mask), 3));

/** softmax(scale · x); x may be overwritten. */
const softmaxRows = new RowsKernel(["row", "number"], [
  { kind: "reduce", combine: "max", of: (k, x, scale) => k.mul(x, scale) },
  { kind: "map", of: (k, x, scale, top) => k.exp(k.sub(k.mul(x, scale), top)) },
  { kind: "reduce", combine: "sum", of: (_k, _x, _scale, _top, e) => e },
  { kind: "map", of: (k, _x, _scale, _top, e, total) => k.div(e, total) },
]);

/** scale · y ⊙ (g − Σ g⊙y); g may be overwritten. */
const gradientRows = new RowsKernel(["row", "row", "number"], [
  { kind: "reduce", combine: "sum", of: (k, g, y) => k.mul(g, y) },
  { kind: "map", of: (k, g, y, scale, total) => k.mul(scale, k.mul(y, k.sub(g, total))) },
]);

function fill(kernel: RowsKernel, y: Tensor, inputs: readonly (Tensor | number)[]): void {
  const n = y.shape[3];
  kernel.fill([y], inputs, sizeOf(y.shape.slice(0, 3)), n);
}

/** Inputs are those given, the mask if any, the noise if any; outputs the result, the weights, and those before noise. */
const runAttention = defineMultiOp<Params>({
  name: "attention",
  forward: (inputs, { heads, scale, given, masked: hasMask }) => {
    const [q, k, v] = partsOf(inputs.slice(0, given), heads),
      [mask, noise] = extrasOf(inputs, given, hasMask);
    const [n, , l] = q.shape, sure = empty([n, heads, l, k.shape[2]], q.dtype);
    matrixProduct(sure, q, turned(k));
    if (mask) masked.run(sure, sure.dtype, [sure, scale, mask]);
    fill(softmaxRows, sure, [sure, mask ? 1 : scale]);
    const weights = noise ? sure.mul(noise) : sure, y = empty([n, l, heads * v.shape[3]], q.dtype);
    matrixProduct(headsOf(y, heads), weights, v);
    return noise ? [y, weights, sure] : [y, weights];
  },
  keeps: "both",
  grad: (g, inputs, outputs, params) => {
    if (mode.recording) return gradientsOfMeaning((own) => meaning(own, params), g, inputs);
    const { heads, scale, given } = params, [mask, noise] = extrasOf(inputs, given, params.masked);
    const [q, k, v] = partsOf(inputs.slice(0, given), heads), [y, weights, sure = weights] = outputs;
    const gradients = inputs.slice(0, given).map((x) => empty(x.shape, x.dtype));
    const [dq, dk, dv] = partsOf(gradients, heads), dy = headsOf(g[0] ?? y.newZeros(y.shape), heads);
    const dweights = empty(weights.shape, weights.dtype);
    matrixProduct(dweights, dy, turned(v));
    matrixProduct(dv, turned(weights), dy);
    if (g[1]) dweights.add_(g[1]);
    if (noise) dweights.mul_(noise);
    if (g[2]) dweights.add_(g[2]);
    const unscaled = mask?.node ? empty(weights.shape, weights.dtype) : null;
    if (unscaled) fill(gradientRows, unscaled, [dweights, sure, 1]);
    fill(gradientRows, dweights, [dweights, sure, scale]);
    matrixProduct(dq, dweights, k);
    matrixProduct(dk, turned(dweights), q);
    return [...gradients, ...(mask ? [unscaled && unscaled.sumToSize(mask.shape)] : [])];
  },
  meaning: (inputs, params) => meaning(inputs, params),
});

function extrasOf(
  inputs: readonly Tensor[],
  given: number,
  hasMask: boolean,
): [Tensor | null, Tensor | null] {
  return hasMask ? [inputs[given], inputs[given + 1] ?? null] : [null, inputs[given] ?? null];
}

function meaning(inputs: readonly Tensor[], { heads, scale, given, masked }: Params): Tensor[] {
  const own = inputs.slice(0, given), [mask, noise] = extrasOf(inputs, given, masked);
  const parts = given === 3 ? own : own[0].chunk(3, 2);
  const [q, k, v] = parts.map((x) => x.unflatten(2, [heads, x.shape[2] / heads]).transpose(1, 2));
  const scores = q.matmul(k.transpose(2, 3)).mul(scale), sure = (mask ? scores.add(mask) : scores).softmax(3);
  const weights = noise ? sure.mul(noise) : sure, y = weights.matmul(v).transpose(1, 2).flatten(2);
  return noise ? [y, weights, sure] : [y, weights];
}
