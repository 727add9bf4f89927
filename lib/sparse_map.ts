/**
 * Sparse linear maps along a dimension: each element of the result is a weighted sum of a few elements of the input.
 *
 * Interpolation has fixed weights ({@link combineAlong}); grid sampling and bags of embeddings have weights that take
 * gradients themselves ({@link sparseMap}). The gradient is the transposed map: the same routes, travelled backwards.
 */
import { usesWasm } from "./backend.ts";
import { itemSize } from "./dtype.ts";
import { fillElements } from "./fill.ts";
import { indexTensor } from "./indices.ts";
import { dismiss, locate, locateOutput } from "./memory/storage.ts";
import { defineOp } from "./op.ts";
import { sizeOf } from "./shape.ts";
import { empty, type Tensor } from "./tensor.ts";
import { features, instantiate, type WasmFunction } from "./wasm/engine.ts";
import type { Float } from "./wasm/gemm.ts";
import { routesModule } from "./wasm/routes.ts";

/** Route i leads from source[i] to target[i]; a negative number at either end says that there is none. */
export interface Routes {
  readonly source: Int32Array;
  readonly target: Int32Array;
  /** How long the dimension is in the result. */
  readonly size: number;
}

/** Routes with a fixed weight each. */
export interface WeightedRoutes extends Routes {
  readonly weight: Float64Array;
}

/** The same routes back to a dimension of `size`. */
function reversed<R extends Routes>(routes: R, size: number): R {
  return { ...routes, source: routes.target, target: routes.source, size };
}

/**
 * y[b, o, target[i]] += weight[b, i] · x[b, o, source[i]], for x [batch, outer, from, inner] and weight [batch, count].
 * Routes are the same for every batch, or listed for each.
 */
function travel(x: Tensor, weight: Tensor, routes: Routes): Tensor {
  const [batch, outer, , inner] = x.shape, y = empty([batch, outer, routes.size, inner], x.dtype);
  fillElements(y, 0);
  if (sizeOf(y.shape) === 0) return y;
  (usesWasm() ? travelByKernel : travelByLoop)(y, x.contiguous(), weight.contiguous(), routes);
  return y;
}

function travelByLoop(y: Tensor, x: Tensor, weight: Tensor, { source, target, size }: Routes): void {
  const [batch, outer, from, inner] = x.shape, count = weight.shape[1];
  const all = x.storage.view(x.dtype),
    out = y.storage.view(y.dtype),
    factors = weight.storage.view(weight.dtype);
  for (let b = 0; b < batch; b++) {
    const s = startOf(source, b, count), t = startOf(target, b, count), w = weight.offset + b * count;
    for (let o = b * outer; o < (b + 1) * outer; o++) {
      const at = (x.offset + o * from * inner) | 0, to = (y.offset + o * size * inner) | 0;
      for (let i = 0; i < count; i++) {
        const here = source[s + i], there = target[t + i], factor = factors[w + i];
        if ((here | there) < 0) continue;
        const p = (at + here * inner) | 0, q = (to + there * inner) | 0;
        for (let j = 0; j < inner; j++) out[q + j] += factor * all[p + j];
      }
    }
  }
}

/** Where the routes of a batch begin in a list that has those of one batch, or of each. */
function startOf(list: Int32Array, batch: number, count: number): number {
  return list.length > count ? batch * count : 0;
}

const kernels: Partial<Record<Float, Record<string, WasmFunction>>> = {};

function travelByKernel(y: Tensor, x: Tensor, weight: Tensor, { source, target, size }: Routes): void {
  const type = x.dtype as Float,
    bytes = itemSize[type],
    [batch, outer, from, inner] = x.shape,
    count = weight.shape[1];
  const { elements, blocks } = kernels[type] ??= instantiate(routesModule(type, features().fma));
  const [sources, targets] = [source, target].map((list) =>
    indexTensor({ values: list, shape: [list.length] })
  );
  const addressOf = (t: Tensor, at: number) => locate(t.storage) + (t.offset + at) * itemSize[t.dtype];
  locateOutput(y.storage);
  for (let b = 0; b < batch; b++) {
    (inner === 1 ? elements : blocks)(
      outer,
      count,
      addressOf(sources, startOf(source, b, count)),
      addressOf(targets, startOf(target, b, count)),
      addressOf(weight, b * count),
      addressOf(x, b * outer * from * inner),
      from * inner * bytes,
      addressOf(y, b * outer * size * inner),
      size * inner * bytes,
      inner,
    );
  }
  dismiss();
}

type Op<R> = (inputs: readonly Tensor[], routes: R) => Tensor;

const runFixed: Op<WeightedRoutes> = defineOp<WeightedRoutes>({
  name: "combineAlong",
  forward: ([x], routes) => {
    const weight = empty([1, routes.weight.length], x.dtype);
    weight.storage.view(x.dtype).set(routes.weight, weight.offset);
    return travel(x, weight, routes);
  },
  keeps: "nothing",
  linear: true,
  grad: [(g, [x], _y, routes) => runFixed([g], reversed(routes, x.shape[2]))],
});

/** Weighted sums along `dim` of x. */
export function combineAlong(x: Tensor, dim: number, routes: WeightedRoutes): Tensor {
  const { shape } = x, outer = sizeOf(shape.slice(0, dim)), inner = sizeOf(shape.slice(dim + 1));
  const y = runFixed([x.reshape([1, outer, shape[dim], inner])], routes);
  return y.reshape(shape.map((size, d) => d === dim ? routes.size : size));
}

/**
 * y[b, o, target[i]] += weight[b, i] · x[b, o, source[i]], for x [batch, outer, from, inner] and weight [batch, count].
 * Routes are the same for every batch, or listed for each.
 */
export const sparseMap: Op<Routes> = defineOp<Routes>({
  name: "sparseMap",
  forward: ([x, weight], routes) => travel(x, weight, routes),
  linear: true,
  grad: [
    (g, [x, weight], _y, routes) => sparseMap([g, weight], reversed(routes, x.shape[2])),
    (g, [x, weight], _y, routes) => weigh([g, x], { ...routes, count: weight.shape[1] }),
  ],
});

/** The gradient for weights: y[b, i] = Σ over outer and inner of g[b, o, target[i]] · x[b, o, source[i]]. */
const weigh: Op<Routes & { count: number }> = defineOp<Routes & { count: number }>({
  name: "sparseMapWeights",
  forward: ([g, x], { source, target, count }) => {
    const [batch, outer, from, inner] = x.shape, size = g.shape[2];
    const a = g.contiguous(), b = x.contiguous(), ga = a.storage.view(a.dtype), xb = b.storage.view(b.dtype);
    const y = empty([batch, count], x.dtype), out = y.storage.view(y.dtype);
    out.fill(0, y.offset, y.offset + batch * count);
    for (let n = 0; n < batch; n++) {
      const w = y.offset + n * count;
      const s = startOf(source, n, count), t = startOf(target, n, count);
      for (let o = n * outer; o < (n + 1) * outer; o++) {
        const to = (a.offset + o * size * inner) | 0, at = (b.offset + o * from * inner) | 0;
        for (let i = 0; i < count; i++) {
          const here = source[s + i], there = target[t + i];
          if ((here | there) < 0) continue;
          const p = (at + here * inner) | 0, q = (to + there * inner) | 0;
          let sum = 0;
          for (let j = 0; j < inner; j++) sum += ga[q + j] * xb[p + j];
          out[w + i] += sum;
        }
      }
    }
    return y;
  },
  linear: true,
  grad: [
    (h, [, x], _y, routes) => sparseMap([x, h], routes),
    (h, [g, x], _y, routes) => sparseMap([g, h], reversed(routes, x.shape[2])),
  ],
});
