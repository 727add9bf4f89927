/** Softmax and its logarithm: one fused pass over each row. */
import { named } from "../lib/arguments.ts";
import { asDType, type DType, isFloat } from "../lib/dtype.ts";
import { defineOp } from "../lib/op.ts";
import { RowsKernel } from "../lib/rows.ts";
import { resolveDim } from "../lib/shape.ts";
import { asTensor, type Tensor } from "../lib/tensor.ts";

/** Options of {@link softmax} and {@link logSoftmax}. */
export interface SoftmaxOptions {
  /** The dimension that sums to 1. */
  dim?: number;
  /** Convert to this dtype first. */
  dtype?: DType;
}

interface DimParams {
  readonly dim: number;
}

type DimOp = (inputs: readonly Tensor[], params: DimParams) => Tensor;

function prepare(name: string, x: Tensor, args: readonly unknown[]): { x: Tensor; dim: number } {
  const { dim, dtype } = named<SoftmaxOptions>(name, args, ["dim"], ["dtype"]);
  const input = asTensor(`take ${name}`, "the input", x);
  const at = resolveDim(`take ${name}`, dim, input.shape);
  if (dtype !== undefined) return { x: input.to(asDType(`take ${name}`, dtype)), dim: at };
  return { x: isFloat(input.dtype) ? input : input.float(), dim: at };
}

const softmaxRows = new RowsKernel(1, [
  { kind: "reduce", combine: "max", of: (_k, x) => x },
  { kind: "map", of: (k, x, top) => k.exp(k.sub(x, top)) },
  { kind: "reduce", combine: "sum", of: (_k, _x, _top, e) => e },
  { kind: "map", of: (k, _x, _top, e, total) => k.div(e, total) },
]);

const runSoftmax = defineOp<DimParams>({
  name: "softmax",
  forward: ([x], { dim }) => x.shape.length === 0 ? x.sub(x).exp() : softmaxRows.run([x], dim),
  keeps: "output",
  grad: [(g, _inputs, y, params) => softmaxGradient([g, y], params)],
  meaning: ([x], { dim }) => x.exp().div(x.exp().sum(dim, true)),
});

const softmaxGradientRows = new RowsKernel(2, [
  { kind: "reduce", combine: "sum", of: (k, g, y) => k.mul(g, y) },
  { kind: "map", of: (k, g, y, total) => k.mul(y, k.sub(g, total)) },
]);

// dx = y ⊙ (g − Σ g⊙y)
const softmaxGradient: DimOp = defineOp<DimParams>({
  name: "softmaxBackward",
  forward: ([g, y], { dim }) => g.shape.length === 0 ? g.mul(0) : softmaxGradientRows.run([g, y], dim),
  grad: [
    (h, [, y], _dx, params) => softmaxGradient([h, y], params),
    (h, [g, y], _dx, { dim }) => {
      const hy = h.mul(y).sum(dim, true), gy = g.mul(y).sum(dim, true);
      return h.mul(g.sub(gy)).sub(g.mul(hy));
    },
  ],
  meaning: ([g, y], { dim }) => y.mul(g.sub(g.mul(y).sum(dim, true))),
});

/**
 * Turns scores into probabilities: exp(x) / Σ exp(x) along `dim`, shifted so that it cannot overflow. Shape unchanged. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.softmax.html}.
 *
 * @throws {RangeError} if `dim` is out of range.
 *
 * @example
 * ```ts
 * import { softmax, tensor } from "@dinograd/dinograd";
 *
 * console.log(softmax(tensor([7, 7, 7, 7]), 0).toArray()); // [0.25, 0.25, 0.25, 0.25]
 * ```
 */
export function softmax(x: Tensor, dim: number | SoftmaxOptions, options?: SoftmaxOptions): Tensor {
  const { x: input, dim: at } = prepare("softmax", x, [dim, options]);
  return runSoftmax([input], { dim: at });
}

const logSoftmaxRows = new RowsKernel(1, [
  { kind: "reduce", combine: "max", of: (_k, x) => x },
  { kind: "reduce", combine: "sum", of: (k, x, top) => k.exp(k.sub(x, top)) },
  { kind: "one", of: (k, _x, _top, total) => k.log(total) },
  { kind: "map", of: (k, x, top, _total, log) => k.sub(k.sub(x, top), log) },
]);

const runLogSoftmax = defineOp<DimParams>({
  name: "logSoftmax",
  forward: ([x], { dim }) => x.shape.length === 0 ? x.sub(x) : logSoftmaxRows.run([x], dim),
  keeps: "output",
  grad: [(g, _inputs, y, params) => logSoftmaxGradient([g, y], params)],
  meaning: ([x], { dim }) => x.sub(x.exp().sum(dim, true).log()),
});

const logSoftmaxGradientRows = new RowsKernel(2, [
  { kind: "reduce", combine: "sum", of: (_k, g) => g },
  { kind: "map", of: (k, g, y, total) => k.sub(g, k.mul(k.exp(y), total)) },
]);

// dx = g − exp(y) Σ g
const logSoftmaxGradient: DimOp = defineOp<DimParams>({
  name: "logSoftmaxBackward",
  forward: ([g, y], { dim }) => g.shape.length === 0 ? g.mul(0) : logSoftmaxGradientRows.run([g, y], dim),
  grad: [
    (h, [, y], _dx, { dim }) => h.sub(h.mul(y.exp()).sum(dim, true)),
    (h, [g, y], _dx, { dim }) => h.mul(y.exp()).mul(g.sum(dim, true)).neg(),
  ],
  meaning: ([g, y], { dim }) => g.sub(y.exp().mul(g.sum(dim, true))),
});

/**
 * The logarithm of {@link softmax}, computed without taking a logarithm of a tiny number. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.log_softmax.html}.
 *
 * @example
 * ```ts
 * import { logSoftmax, tensor } from "@dinograd/dinograd";
 *
 * console.log(logSoftmax(tensor([0, 0]), 0).exp().toArray()); // [0.5, 0.5]
 * ```
 */
export function logSoftmax(x: Tensor, dim: number | SoftmaxOptions, options?: SoftmaxOptions): Tensor {
  const { x: input, dim: at } = prepare("logSoftmax", x, [dim, options]);
  return runLogSoftmax([input], { dim: at });
}

/**
 * {@link softmax} of −x: the smallest score becomes the largest probability. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.softmin.html}.
 *
 * @example
 * ```ts
 * import { softmin, tensor } from "@dinograd/dinograd";
 *
 * console.log(softmin(tensor([0, 1e4]), 0).toArray()); // [1, 0]
 * ```
 */
export function softmin(x: Tensor, dim: number | SoftmaxOptions, options?: SoftmaxOptions): Tensor {
  const { x: input, dim: at } = prepare("softmin", x, [dim, options]);
  return runSoftmax([input.neg()], { dim: at });
}
