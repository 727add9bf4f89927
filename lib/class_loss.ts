/**
 * Cross entropy of classes as one op on rows of scores: forward reads the scores once and leaves two numbers a row,
 * backward reads them once and writes the gradient. What belongs to the classes themselves is one element a row, for a
 * plain loop.
 */
import { ShapeError } from "./errors.ts";
import { gradientsOfMeaning } from "./meaning.ts";
import { mode } from "./node.ts";
import { defineMultiOp } from "./op.ts";
import { RowsKernel } from "./rows.ts";
import { sameShape, show, sizeOf } from "./shape.ts";
import { empty, type Tensor } from "./tensor.ts";

/** What belongs to a loss besides scores and classes. */
export interface ClassLossOptions {
  /** Targets of this value do not count. */
  readonly ignoreIndex: number;
  /** Whether losses are averaged (by weight), summed, or left as they are. */
  readonly reduction: "mean" | "sum" | "none";
}

/** The largest score of a row, and log Σ exp(x − it). */
const scoreRows = new RowsKernel(1, [
  { kind: "reduce", combine: "max", output: 0, of: (_k, x) => x },
  { kind: "reduce", combine: "sum", of: (k, x, top) => k.exp(k.sub(x, top)) },
  { kind: "one", output: 1, of: (k, _x, _top, total) => k.log(total) },
], ["one", "one"]);

/** share · softmax(x) */
const slopeRows = new RowsKernel(["row", "one", "one", "one"], [
  { kind: "map", of: (k, x, top, log, share) => k.mul(share, k.exp(k.sub(k.sub(x, top), log))) },
]);

/** The class of each row, as it lies in memory from `at` on, and the weight of each class, if there are weights. */
function readable(target: Tensor, weight: Tensor | undefined) {
  const given = target.contiguous(), w = weight?.contiguous();
  return {
    ...{ labels: given.storage.view(given.dtype), at: given.offset, count: sizeOf(given.shape) },
    ...{ w: w ? w.storage.view(w.dtype) : null, from: w ? w.offset : 0 },
  };
}

function refuse(t: number, i: number, classes: number): never {
  throw new RangeError(
    `Cannot take crossEntropy: target ${t} at position ${i} is not one of the ${classes} classes 0..${
      classes - 1
    }`,
  );
}

/** Inputs are scores [rows, classes] or [classes], classes, and perhaps their weights; outputs the loss, and two figures. */
const run = defineMultiOp<ClassLossOptions>({
  name: "classLoss",
  forward: ([given, target, weight], { ignoreIndex, reduction }) => {
    const x = given.contiguous(), { labels, at, count, w, from } = readable(target, weight);
    const top = empty(target.shape, x.dtype), log = empty(target.shape, x.dtype), n = x.shape.at(-1)!;
    scoreRows.fill([top, log], [x], count, n);
    const loss = empty(reduction === "none" ? target.shape : [], x.dtype), out = loss.storage.view(x.dtype);
    const scores = x.storage.view(x.dtype),
      tops = top.storage.view(x.dtype),
      logs = log.storage.view(x.dtype);
    let sum = 0, total = 0;
    for (let i = 0; i < count; i++) {
      const t = labels[at + i], counts = t !== ignoreIndex;
      if (counts && !(t >= 0 && t < n)) refuse(t, i, n);
      const share = !counts ? 0 : w === null ? 1 : w[from + t];
      const one = counts
        ? share * (logs[log.offset + i] - (scores[x.offset + i * n + t] - tops[top.offset + i]))
        : 0;
      total += share;
      if (reduction === "none") out[loss.offset + i] = one;
      else sum += one;
    }
    if (reduction !== "none") out[loss.offset] = reduction === "mean" ? sum / total : sum;
    return [loss, top, log];
  },
  keeps: "both",
  // dx = share · (softmax − one-hot), share = weight · g [/ Σ weights]
  grad: (arrived, inputs, [, top, log], options) => {
    if (mode.recording) return gradientsOfMeaning((own) => meaning(own, options), arrived, inputs);
    const [x, target, weight] = inputs, { ignoreIndex, reduction } = options, g = arrived[0]!.contiguous();
    const { labels, at, count, w, from } = readable(target, weight), values = g.storage.view(g.dtype);
    const share = empty(target.shape, x.dtype), shares = share.storage.view(x.dtype), start = share.offset;
    let total = 0;
    for (let i = 0; i < count; i++) {
      const t = labels[at + i];
      total += shares[start + i] = t === ignoreIndex ? 0 : w === null ? 1 : w[from + t];
    }
    const step = reduction === "none" ? 1 : 0, divisor = reduction === "mean" ? total : 1;
    for (let i = 0; i < count; i++) shares[start + i] *= values[g.offset + i * step] / divisor;
    const dx = empty(x.shape, x.dtype), out = dx.storage.view(x.dtype), n = x.shape.at(-1)!;
    slopeRows.fill([dx], [x, top, log, share], count, n);
    for (let i = 0; i < count; i++) {
      const t = labels[at + i];
      if (t !== ignoreIndex) out[dx.offset + i * n + t] -= shares[start + i];
    }
    return [dx];
  },
  meaning: (inputs, options) => meaning(inputs, options),
});

function meaning(
  [x, target, weight]: readonly Tensor[],
  { ignoreIndex, reduction }: ClassLossOptions,
): Tensor[] {
  const counted = target.ne(ignoreIndex), known = target.mul(counted.to(target.dtype)).to("int32");
  const weights = weight ? weight.to(x.dtype).take(known).mul(counted.to(x.dtype)) : counted.to(x.dtype);
  const picked = x.logSoftmax(-1).gather(-1, known.unsqueeze(-1)).squeeze(-1);
  const each = counted.where(picked.neg().mul(weights), x.newZeros([])), top = x.amax(-1);
  const loss = reduction === "none" ? each : reduction === "sum" ? each.sum() : each.sum().div(weights.sum());
  return [loss, top, x.logsumexp(-1).sub(top)];
}

/**
 * The cross entropy of scores [rows, classes] or [classes] and classes [rows] or [], perhaps with a weight for each class.
 *
 * @throws {ShapeError} if shapes do not fit.
 * @throws {RangeError} if a target is not a class.
 */
export function classLoss(
  x: Tensor,
  target: Tensor,
  weight: Tensor | null,
  options: ClassLossOptions,
): Tensor {
  const wanted = x.shape.slice(0, -1), count = x.shape.at(-1)!;
  if (!sameShape(target.shape, wanted)) {
    throw new ShapeError(
      `Cannot take crossEntropy of scores ${show(x.shape)} and targets ${
        show(target.shape)
      }: targets must be ${show(wanted)}`,
    );
  }
  if (weight && !sameShape(weight.shape, [count])) {
    throw new ShapeError(
      `Cannot take crossEntropy with weight ${
        show(weight.shape)
      }: it must have one entry a class, [${count}]`,
    );
  }
  return run(weight ? [x, target, weight.detach()] : [x, target], options)[0];
}
