/**
 * What normalization needs of every element where one mean belongs to several rows or columns, as in batch norm: the
 * moments of each row or column of a matrix, and the matrix scaled by them. In between are few numbers, for plain ops.
 *
 * Figures of rows have shape [rows, 1], those of columns [1, n]: they broadcast.
 */
import { ColumnSums } from "./columns.ts";
import { PointwiseKernel } from "./execute.ts";
import { express } from "./formula.ts";
import { defineMultiOp } from "./op.ts";
import { pointwise } from "./pointwise.ts";
import { RowsKernel } from "./rows.ts";
import { empty, type Tensor } from "./tensor.ts";

/** Which dimension is summed over: 1 for figures of rows, 0 for figures of columns. */
interface Along {
  readonly dim: 0 | 1;
}

type Op = (inputs: readonly Tensor[], params: Along) => Tensor[];

/** Empty figures of rows, for two outputs. */
function pairFor([rows]: readonly number[], { dtype }: Tensor): Tensor[] {
  return [empty([rows, 1], dtype), empty([rows, 1], dtype)];
}

const momentRows = new RowsKernel(["row", "number"], [
  { kind: "reduce", combine: "sum", of: (_k, x) => x },
  { kind: "one", output: 0, of: (k, _x, n, total) => k.div(total, n) },
  {
    kind: "reduce",
    combine: "sum",
    of: (k, x, _n, _total, mean) => {
      const d = k.sub(x, mean);
      return k.mul(d, d);
    },
  },
  { kind: "one", output: 1, of: (k, _x, n, _total, _mean, squares) => k.div(squares, n) },
], ["one", "one"]);

const columnSums = new ColumnSums(["row"], (_k, x) => x);
const squareSums = new ColumnSums(["row", "row"], (k, x, mean) => {
  const d = k.sub(x, mean);
  return k.mul(d, d);
});

const momentsGradient = pointwise(
  "momentsBackward",
  (k, gMean, gVariance, x, mean, n) =>
    k.div(k.add(gMean, k.mul(k.mul(k.constant(2), gVariance), k.sub(x, mean))), n),
  { params: 1 },
);

/** The means and the variances (divided by the count) of the rows or columns of a matrix. */
export const moments: Op = defineMultiOp<Along>({
  name: "moments",
  forward: ([x], { dim }) => {
    const [rows, n] = x.shape;
    if (dim === 0) {
      const mean = columnSums.run([x], rows, n).div_(rows);
      return [mean, squareSums.run([x, mean], rows, n).div_(rows)];
    }
    const outputs = pairFor(x.shape, x);
    momentRows.fill(outputs, [x, n], rows, n);
    return outputs;
  },
  keeps: "both",
  grad: ([gMean, gVariance], [x], [mean], { dim }) => {
    const zero = mean.detach().zerosLike();
    return [momentsGradient.apply([gMean ?? zero, gVariance ?? zero, x, mean, x.shape[dim]]) as Tensor];
  },
  meaning: ([x], { dim }) => [x.mean(dim, true), x.var({ dim, unbiased: false, keepdim: true })],
});

/** (x − mean) · scale + shift */
export const scaled: PointwiseKernel = new PointwiseKernel(
  express((k, x, mean, scale, shift) => k.add(k.mul(k.sub(x, mean), scale), shift), 4),
);

const runScale: Op = defineMultiOp<Along>({
  name: "scaleAndShift",
  forward: (inputs) => {
    const y = empty(inputs[0].shape, inputs[0].dtype);
    scaled.run(y, y.dtype, inputs);
    return [y];
  },
  grad: ([g], [x, mean, scale], _y, params) => {
    const [sum, dot] = dots([g!, x, mean], params);
    return [g!.mul(scale), mean.node && sum.mul(scale).neg(), dot, sum];
  },
  meaning: ([x, mean, scale, shift]) => [x.sub(mean).mul(scale).add(shift)],
});

/** (x − mean) · scale + shift, with figures of rows (`dim` 1) or columns (`dim` 0). */
export function scaleAndShift(x: Tensor, mean: Tensor, scale: Tensor, shift: Tensor, dim: 0 | 1): Tensor {
  return runScale([x, mean, scale, shift], { dim })[0];
}

const dotRows = new RowsKernel(["row", "row", "one"], [
  { kind: "reduce", combine: "sum", output: 0, of: (_k, g) => g },
  { kind: "reduce", combine: "sum", output: 1, of: (k, g, x, mean) => k.mul(g, k.sub(x, mean)) },
], ["one", "one"]);

const dotSums = new ColumnSums(["row", "row", "row"], (k, g, x, mean) => k.mul(g, k.sub(x, mean)));

/** Σ g and Σ g ⊙ (x − mean) for each row or column. */
export const dots: Op = defineMultiOp<Along>({
  name: "dots",
  forward: ([g, x, mean], { dim }) => {
    const [rows, n] = x.shape;
    if (dim === 0) return [columnSums.run([g], rows, n), dotSums.run([g, x, mean], rows, n)];
    const outputs = pairFor(x.shape, x);
    dotRows.fill(outputs, [g, x, mean], rows, n);
    return outputs;
  },
  keeps: "both",
  grad: ([hSum, hDot], [g, x, mean], [sum]) => {
    const onSum = hSum && hSum.expand(g.shape), onDot = hDot && hDot.mul(x.sub(mean));
    return [
      onSum && onDot ? onSum.add(onDot) : onSum ?? onDot,
      hDot && hDot.mul(g),
      hDot && hDot.mul(sum).neg(),
    ];
  },
  meaning: ([g, x, mean], { dim }) => [g.sum(dim, true), g.mul(x.sub(mean)).sum(dim, true)],
});
