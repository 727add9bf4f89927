/** Layer norm of rows: all of it while a row stays in the cache, forward and backward. */
import { ColumnSums } from "./columns.ts";
import { mode } from "./node.ts";
import { defineMultiOp, defineOp } from "./op.ts";
import { RowsKernel } from "./rows.ts";
import { empty, type Tensor } from "./tensor.ts";

const normRows = new RowsKernel(["row", "row", "row", "number", "number"], [
  { kind: "reduce", combine: "sum", of: (_k, x) => x },
  { kind: "one", output: 1, of: (k, _x, _w, _b, n, _eps, total) => k.div(total, n) },
  {
    kind: "reduce",
    combine: "sum",
    of: (k, x, _w, _b, _n, _eps, _total, mean) => {
      const d = k.sub(x, mean);
      return k.mul(d, d);
    },
  },
  {
    kind: "one",
    output: 2,
    of: (k, _x, _w, _b, n, eps, _total, _mean, squares) => {
      return k.div(k.constant(1), k.sqrt(k.add(k.div(squares, n), eps)));
    },
  },
  {
    kind: "map",
    of: (k, x, w, b, _n, _eps, _total, mean, _squares, rstd) => {
      return k.add(k.mul(k.mul(k.sub(x, mean), rstd), w), b);
    },
  },
], ["row", "one", "one"]);

/**
 * Layer norm of the rows of x [rows, n]: y = (x − mean) · rstd · weight + bias, with weight and bias [n]. Returns y,
 * the means and the reciprocal standard deviations, [rows, 1].
 */
export const layerNormRows: (inputs: readonly Tensor[], params: { eps: number }) => Tensor[] = defineMultiOp<
  { eps: number }
>({
  name: "layerNormRows",
  forward: ([x, weight, bias], { eps }) => {
    const [rows, n] = x.shape, figures = () => empty([rows, 1], x.dtype);
    const outputs = [empty(x.shape, x.dtype), figures(), figures()];
    normRows.fill(outputs, [x, weight, bias, n, eps], rows, n);
    return outputs;
  },
  keeps: "both",
  grad: ([g, gMean, gRstd], [x, weight, bias], [, mean, rstd]) => {
    const n = x.shape[1];
    // mean and rstd depend on x: their gradients arrive when what is below is differentiated again
    const parts = [
      g && inputGradient([g, x, weight, mean, rstd]),
      gMean && gMean.div(n).expand(x.shape),
      gRstd && x.sub(mean).mul(gRstd.mul(rstd.pow(3)).div(-n)),
    ].filter((part) => part !== null);
    return [
      parts.reduce((a, b) => a.add(b)),
      g && weight.node && weightGradient([g, x, mean, rstd]),
      g && bias.node && g.sum(0),
    ];
  },
  meaning: ([x, weight, bias], { eps }) => {
    const mean = x.mean(1, true), rstd = x.var({ dim: 1, unbiased: false, keepdim: true }).add(eps).rsqrt();
    return [x.sub(mean).mul(rstd).mul(weight).add(bias), mean, rstd];
  },
});

/** A gradient as a fused op; where it is to be differentiated again its meaning, in plain ops, takes over. */
function fusedGradient(
  definition: { name: string; forward: Gradient; meaning: Gradient },
): Gradient {
  const run = defineOp(definition);
  return (inputs) => mode.recording ? definition.meaning(inputs) : run(inputs);
}

type Gradient = (inputs: readonly Tensor[]) => Tensor;

const inputRows = new RowsKernel(["row", "row", "row", "one", "one", "number"], [
  { kind: "reduce", combine: "sum", of: (k, g, _x, w) => k.mul(g, w) },
  {
    kind: "reduce",
    combine: "sum",
    of: (k, g, x, w, mean, rstd) => k.mul(k.mul(g, w), k.mul(k.sub(x, mean), rstd)),
  },
  { kind: "one", of: (k, _g, _x, _w, _mean, _rstd, n, sum) => k.div(sum, n) },
  { kind: "one", of: (k, _g, _x, _w, _mean, _rstd, n, _sum, dot) => k.div(dot, n) },
  {
    kind: "map",
    of: (k, g, x, w, mean, rstd, _n, _sum, _dot, average, share) => {
      const z = k.mul(k.sub(x, mean), rstd), h = k.mul(g, w);
      return k.mul(rstd, k.sub(k.sub(h, average), k.mul(z, share)));
    },
  },
]);

// dx = rstd (h − mean(h) − z mean(h ⊙ z)), with h = g ⊙ weight and z = (x − mean) rstd
const inputGradient = fusedGradient({
  name: "layerNormBackward",
  forward: ([g, x, weight, mean, rstd]) => {
    const y = empty(x.shape, x.dtype), [rows, n] = x.shape;
    inputRows.fill([y], [g, x, weight, mean, rstd, n], rows, n);
    return y;
  },
  meaning: ([g, x, weight, mean, rstd]) => {
    const h = g.mul(weight), z = x.sub(mean).mul(rstd);
    return rstd.mul(h.sub(h.mean(1, true)).sub(z.mul(h.mul(z).mean(1, true))));
  },
});

const weightSums = new ColumnSums(
  ["row", "row", "one", "one"],
  (k, g, x, mean, rstd) => k.mul(g, k.mul(k.sub(x, mean), rstd)),
);

// dweight = Σ over rows of g ⊙ z
const weightGradient = fusedGradient({
  name: "layerNormWeightBackward",
  forward: ([g, x, mean, rstd]) => weightSums.run([g, x, mean, rstd], x.shape[0], x.shape[1]).reshape([-1]),
  meaning: ([g, x, mean, rstd]) => g.mul(x.sub(mean).mul(rstd)).sum(0),
});
