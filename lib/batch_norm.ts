/**
 * Batch norm as one op: forward reads x twice and backward twice, where the chain of moments and scaling reads it, or
 * gradients of its size, nine times. What belongs to channels are few numbers, for plain loops.
 */
import { PointwiseKernel } from "./execute.ts";
import { express } from "./formula.ts";
import { gradientsOfMeaning } from "./meaning.ts";
import { dots, moments, scaled } from "./moments.ts";
import { mode } from "./node.ts";
import { defineMultiOp } from "./op.ts";
import { type Shape, sizeOf } from "./shape.ts";
import { empty, type Tensor } from "./tensor.ts";

/** Up to this length rows are slower one by one than as columns side by side. */
export const SHORT = 32;

/** x [n, channels, ...] as a matrix whose rows (`dim` 1), or else whose columns, belong to one channel each. */
interface Layout {
  readonly dim: 0 | 1;
  readonly matrix: Shape;
  /** The shape of one figure for each row or column, and how many there are. */
  readonly figures: Shape;
  readonly count: number;
  readonly channels: number;
  /** How many elements a channel has. */
  readonly each: number;
}

function layoutOf([n, channels, ...rest]: Shape): Layout {
  const size = sizeOf(rest), each = n * size;
  return size > SHORT || n === 1
    ? {
      dim: 1,
      matrix: [n * channels, size],
      figures: [n * channels, 1],
      count: n * channels,
      channels,
      each,
    }
    : {
      dim: 0,
      matrix: [n, channels * size],
      figures: [1, channels * size],
      count: channels * size,
      channels,
      each,
    };
}

/** The channel of each row or column: 0, 1, 2, ... for rows, 0, 0, ..., 1, 1, ... for columns. */
function channelOf({ dim, count, channels }: Layout, k: number): number {
  return dim === 1 ? k % channels : Math.floor(k / (count / channels));
}

/** The sum for each channel of figures of rows or columns. */
function gather(figures: Tensor, layout: Layout): Float64Array {
  const sums = new Float64Array(layout.channels), from = figures.storage.view(figures.dtype);
  for (let k = 0; k < layout.count; k++) sums[channelOf(layout, k)] += from[figures.offset + k];
  return sums;
}

/** A number for each channel as figures of rows or columns. */
function spread(values: ArrayLike<number>, layout: Layout, { dtype }: Tensor): Tensor {
  const figures = empty(layout.figures, dtype), to = figures.storage.view(dtype);
  for (let k = 0; k < layout.count; k++) to[figures.offset + k] = values[channelOf(layout, k)];
  return figures;
}

/** The mean, the variance (divided by the count) and 1 / √(variance + eps) of each channel; they take no gradient. */
const figures = defineMultiOp<{ eps: number }>({
  name: "batchFigures",
  forward: ([x], { eps }) => {
    const layout = layoutOf(x.shape), [means, variances] = moments([x.reshape(layout.matrix)], layout);
    const per = layout.count / layout.channels, mean = gather(means, layout).map((sum) => sum / per);
    const variance = gather(variances, layout), m = means.storage.view(means.dtype);
    for (let k = 0; k < layout.count; k++) { // the law of total variance
      const c = channelOf(layout, k);
      variance[c] += (m[means.offset + k] - mean[c]) ** 2;
    }
    for (let c = 0; c < layout.channels; c++) variance[c] /= per;
    return [mean, variance, variance.map((v) => 1 / Math.sqrt(v + eps))].map((v) => vectorOf(v, x));
  },
  meaning: ([x], { eps }) => {
    const others = x.shape.map((_, d) => d).filter((d) => d !== 1),
      variance = x.var({ dim: others, unbiased: false });
    return [x.mean(others), variance, variance.add(eps).rsqrt()];
  },
});

/** Numbers as a tensor of the dtype of `like`. */
function vectorOf(values: ArrayLike<number>, { dtype }: Tensor): Tensor {
  const y = empty([values.length], dtype);
  y.storage.view(dtype).set(values, y.offset);
  return y;
}

/** dx = scale g − level − slope (x − mean) */
const slopes = new PointwiseKernel(
  express((k, g, x, mean, scale, level, slope) => {
    return k.sub(k.sub(k.mul(g, scale), level), k.mul(k.sub(x, mean), slope));
  }, 6),
);

/** Inputs are x, the mean and 1 / √(variance + eps) of its channels, weight and bias. */
const run = defineMultiOp<{ eps: number }>({
  name: "batchNorm",
  forward: ([x, mean, rstd, weight, bias]) => {
    const layout = layoutOf(x.shape), y = empty(x.shape, x.dtype);
    const w = weight.toTypedArray(), scale = rstd.toTypedArray().map((r, c) => r * w[c]);
    const parts = [mean.toTypedArray(), scale, bias.toTypedArray()].map((v) => spread(v, layout, x));
    scaled.run(y.reshape(layout.matrix), x.dtype, [x.reshape(layout.matrix), ...parts]);
    return [y];
  },
  // with z = (x − mean) rstd: dx = weight rstd (g − mean(g) − z mean(g ⊙ z)), dweight = Σ g ⊙ z, dbias = Σ g
  grad: ([g], inputs, _y, { eps }) => {
    if (mode.recording) return gradientsOfMeaning((own) => meaning(own, eps), [g], inputs);
    const [x, mean, rstd, weight] = inputs, layout = layoutOf(x.shape), { dim, matrix, each } = layout;
    const r = rstd.toTypedArray(), w = weight.toTypedArray(), means = spread(mean.toTypedArray(), layout, x);
    const gs = g!.reshape(matrix), xs = x.reshape(matrix);
    const [sum, dot] = dots([gs, xs, means], { dim }).map((figures) => gather(figures, layout));
    const scale = r.map((r, c) => r * w[c]);
    const level = sum.map((s, c) => scale[c] * s / each);
    const slope = dot.map((d, c) => scale[c] * r[c] ** 2 * d / each), dx = empty(x.shape, x.dtype);
    const parts = [scale, level, slope].map((v) => spread(v, layout, x));
    slopes.run(dx.reshape(matrix), x.dtype, [gs, xs, means, ...parts]);
    return [dx, null, null, vectorOf(dot.map((d, c) => d * r[c]), x), vectorOf(sum, x)];
  },
  meaning: (inputs, { eps }) => meaning(inputs, eps),
});

function meaning([x, , , weight, bias]: readonly Tensor[], eps: number): Tensor[] {
  const others = x.shape.map((_, d) => d).filter((d) => d !== 1), keepdim = true;
  const mean = x.mean(others, keepdim), variance = x.var({ dim: others, unbiased: false, keepdim });
  const along = x.shape.map((size, d) => d === 1 ? size : 1), z = x.sub(mean).mul(variance.add(eps).rsqrt());
  return [z.mul(weight.reshape(along)).add(bias.reshape(along))];
}

/**
 * Brings each channel of x [n, channels, ...] to mean 0 and variance 1, then applies weight and bias [channels]. Returns
 * [y, mean, variance (divided by the count), 1 / √(variance + eps)]; these [channels] take no gradient.
 */
export function normalizeBatch(x: Tensor, weight: Tensor | null, bias: Tensor | null, eps: number): Tensor[] {
  const [mean, variance, rstd] = figures([x], { eps }), [, channels] = x.shape;
  const inputs = [x, mean, rstd, weight ?? x.newOnes([channels]), bias ?? x.newZeros([channels])];
  return [run(inputs, { eps })[0], mean, variance, rstd];
}
