/**
 * Pooling over boxes of elements: sums and maxima, and what carries gradients back.
 *
 * A box is a span along each dimension, and both are done one dimension after the other: a sum of sums is a sum, a
 * maximum of maxima a maximum. The loops see contiguous tensors as [outer, size, inner] and pool the middle.
 */
import { asFlag, named, type Optional } from "./arguments.ts";
import { isFloat, type TypedArray } from "./dtype.ts";
import { addAtPlaces, boxMaxima, boxSpread, boxSums } from "./convolution/pool.ts";
import { defineMultiOp, defineOp } from "./op.ts";
import { recorded } from "./places.ts";
import { type Shape, sizeOf } from "./shape.ts";
import { combineAlong, FEW, resized } from "./taps.ts";
import { asTensor, empty, type Tensor } from "./tensor.ts";
import type { Spans } from "./windows.ts";

/** The boxes over the last dimensions, one list of spans for each. */
interface Boxes {
  readonly spans: readonly Spans[];
  /** What sums are divided by; more than 1 for floats only. */
  readonly divisor: number;
}

type PoolOp = (inputs: readonly Tensor[], boxes: Boxes) => Tensor;

/** The sum of each box, divided. */
const sumBoxes: PoolOp = defineOp<Boxes>({
  name: "sumBoxes",
  forward: ([x], { spans, divisor }) => {
    const whole = isWhole(spans) ? x.sum(lastDims(spans), { keepdim: true }) : boxSums(x, spans, divisor);
    if (whole) return isWhole(spans) && divisor !== 1 ? whole.div(divisor) : whole;
    const sums = spans.reduce((y, s, d) => sumAlong(y, x.ndim - spans.length + d, s), x);
    return divisor === 1 ? sums : sums.div(divisor);
  },
  keeps: "nothing",
  grad: [(g, _inputs, _y, boxes) => spreadBoxes([g], boxes)],
});

/** The adjoint: each number given to all elements of its box. */
const spreadBoxes: PoolOp = defineOp<Boxes>({
  name: "spreadBoxes",
  forward: ([y], { spans, divisor }) => {
    const fast = isWhole(spans) ? null : boxSpread(y, spans, divisor);
    if (fast) return fast;
    const parts = divisor === 1 ? y : y.div(divisor), leading = y.shape.slice(0, -spans.length);
    if (isWhole(spans)) return parts.expand([...leading, ...spans.map((s) => s.size)]).contiguous();
    return spans.reduce((x, s, d) => spreadAlong(x, y.ndim - spans.length + d, s), parts);
  },
  keeps: "nothing",
  grad: [(g, _inputs, _y, boxes) => sumBoxes([g], boxes)],
});

/** Whether there is one box, with everything in it. */
function isWhole(spans: readonly Spans[]): boolean {
  return spans.every(({ size, from, to, step }) =>
    from.length === 1 && from[0] === 0 && to[0] === size && step === 1
  );
}

function lastDims(spans: readonly Spans[]): number[] {
  return spans.map((_, d) => d - spans.length);
}

/** The sum of each box divided by the product of its `counts`, of which there is one per span. Whole numbers are cut. */
export function averageBoxes(x: Tensor, spans: readonly Spans[], counts: readonly Int32Array[]): Tensor {
  if (counts.every((list) => list.every((n) => n === list[0]))) {
    return dividedBoxes(x, spans, counts.reduce((product, [n]) => product * n, 1));
  }
  const sums = sumBoxes([x], { spans, divisor: 1 });
  const shape = counts.map((list) => list.length), by = empty(shape, isFloat(x.dtype) ? x.dtype : "float64");
  const products = counts.reduce<number[]>(
    (all, list) => all.flatMap((n) => Array.from(list, (m) => n * m)),
    [1],
  );
  by.storage.view(by.dtype).set(products, by.offset);
  return divided(sums, by);
}

/** The sum of each box divided by a number. Whole numbers are cut. */
export function dividedBoxes(x: Tensor, spans: readonly Spans[], divisor: number): Tensor {
  if (isFloat(x.dtype)) return sumBoxes([x], { spans, divisor });
  return divided(sumBoxes([x], { spans, divisor: 1 }), divisor);
}

/** x / by; a whole number without its fraction. */
function divided(x: Tensor, by: Tensor | number): Tensor {
  return isFloat(x.dtype) ? x.div(by) : x.double().div(by).trunc().to(x.dtype);
}

/** Spans along each of the last dimensions: one for all planes before these, or one for each of them. */
interface PlaneBoxes {
  readonly spans: readonly (readonly Spans[])[];
}

type MaxOp = (inputs: readonly Tensor[], boxes: PlaneBoxes) => Tensor[];

/** The pair [maxima, indices]: of each box the first maximum, or the last NaN, and its place in the flattened plane. */
const maxBoxes: MaxOp = defineMultiOp<PlaneBoxes>({
  name: "maxBoxes",
  forward: ([x], { spans }) => {
    const fast = spans.every(({ length }) => length === 1) && boxMaxima(x, spans.map(([first]) => first));
    if (fast) return fast;
    let values = x, places: Tensor | null = null;
    for (let d = spans.length - 1, row = 1; d >= 0; d--) {
      [values, places] = maxAlong(values, places, x.ndim - spans.length + d, row, spans[d]);
      row *= spans[d][0].size;
    }
    return [values, places!];
  },
  keeps: "output",
  grad: ([g], [x], [, places], { spans }) => [g && putBack(g, places, x.shape.slice(-spans.length))],
});

/** Zeros of size `plane` in the last dimensions, to which `y` is added at its places. */
function putBack(y: Tensor, places: Tensor, plane: Shape): Tensor {
  return runPutBack([y, places], { plane });
}

const runPutBack = defineOp<{ plane: Shape }>({
  name: "putBack",
  forward: ([y, places], { plane }) => {
    const fast = addAtPlaces(y, places, plane);
    if (fast) return fast;
    const leading = y.shape.slice(0, -plane.length), zeros = y.newZeros([...leading, sizeOf(plane)]);
    return zeros.scatterAdd(-1, flat(places, plane), flat(y, plane)).reshape([...leading, ...plane]);
  },
  grad: [
    (g, [y, places], _x, { plane }) => flat(g, plane).gather(-1, flat(places, plane)).reshape(y.shape),
    null,
  ],
});

/** The planes of x as lines. */
function flat(x: Tensor, plane: Shape): Tensor {
  return x.flatten(x.ndim - plane.length);
}

/** What every pooling by maxima takes besides its own options. */
export interface IndicesOptions {
  /** Return the pair [maxima, indices]; default false. */
  returnIndices?: boolean;
}

/** A pooling by maxima: gives them, or with `returnIndices` the pair of them and their places in the flattened plane. */
export interface MaxPooling<Options> {
  (input: Tensor, ...options: Optional<Options & { returnIndices?: false }>): Tensor;
  (input: Tensor, ...options: Optional<Options & { returnIndices: true }>): [Tensor, Tensor];
}

/** The same, always with indices. */
export type MaxPoolingWithIndices<Options> = (
  input: Tensor,
  ...options: Optional<Options>
) => [Tensor, Tensor];

/** Both forms of a pooling: from the names of its arguments in order, and what finds the boxes by them. */
export function maxPooling<Options extends IndicesOptions>(
  name: string,
  keys: readonly (keyof Options & string)[],
  spansOf: (x: Tensor, options: Partial<Options>) => PlaneBoxes["spans"],
): { readonly pool: MaxPooling<Options>; readonly withIndices: MaxPoolingWithIndices<Options> } {
  const read = (input: Tensor, args: readonly unknown[]) => {
    const options = named<Options>(name, args, keys), x = asTensor(`call ${name}()`, "the input", input);
    if (x.dtype === "bool") throw new TypeError(`Cannot call ${name}() on dtype bool: it must hold numbers`);
    const both = asFlag(name, "returnIndices", options.returnIndices ?? false);
    return { x, spans: spansOf(x, options), both };
  };
  return {
    pool: ((input, ...args) => {
      const { x, spans, both } = read(input, args),
        tops = both || recorded(x, null) ? null : topsOf(x, spans);
      if (tops) return tops;
      const [values, indices] = maxBoxes([x], { spans });
      return both ? [values, indices] : values;
    }) as MaxPooling<Options>,
    withIndices: (input, ...args) => {
      const { x, spans } = read(input, args), [values, indices] = maxBoxes([x], { spans });
      return [values, indices];
    },
  };
}

/** The maxima alone, where nobody asks for their places; null where {@link maxBoxes} is as fast. */
function topsOf(x: Tensor, spans: PlaneBoxes["spans"]): Tensor | null {
  const fast = spans.every(({ length }) => length === 1) && boxMaxima(x, spans.map(([first]) => first));
  if (fast) return fast[0];
  return spans.reduce<Tensor | null>((y, [first, ...others], d) => {
    return y && others.length === 0 ? combineAlong(y, x.ndim - spans.length + d, first, "max") : null;
  }, x);
}

/** A line of results, [count, inner] of them: result q takes taps[q] elements, from number first[q] of [size, inner] on. */
interface Line {
  readonly first: Int32Array;
  readonly taps: Int32Array;
}

/** One loop over a line, where loops over count and inner would be short ones: that halves the time. */
function lineOf({ from, to, step }: Spans, inner: number): Line {
  const first = new Int32Array(from.length * inner), taps = new Int32Array(first.length);
  for (let j = 0, q = 0; j < from.length; j++) {
    const n = Math.max(Math.ceil((to[j] - from[j]) / step), 0);
    for (let c = 0; c < inner; c++, q++) {
      first[q] = from[j] * inner + c;
      taps[q] = n;
    }
  }
  return { first, taps };
}

function sumAlong(x: Tensor, dim: number, spans: Spans): Tensor {
  const combined = combineAlong(x, dim, spans, "sum");
  if (combined) return combined;
  const input = x.contiguous(), y = empty(resized(x.shape, dim, spans.from.length), x.dtype);
  const all = input.storage.view(x.dtype), sums = y.storage.view(y.dtype);
  const inner = sizeOf(x.shape.slice(dim + 1)),
    outer = sizeOf(x.shape.slice(0, dim)),
    stride = spans.step * inner;
  const { first, taps } = lineOf(spans, inner), width = first.length;
  for (let o = 0; o < outer; o++) {
    const start = (input.offset + o * spans.size * inner) | 0, at = (y.offset + o * width) | 0;
    for (let q = 0; q < width; q++) {
      let i = (start + first[q]) | 0, sum = 0;
      for (let t = taps[q]; t > 0; t--) {
        sum += all[i];
        i = (i + stride) | 0;
      }
      sums[at + q] = sum;
    }
  }
  return y;
}

function spreadAlong(y: Tensor, dim: number, spans: Spans): Tensor {
  const input = y.contiguous(), x = y.newZeros(resized(y.shape, dim, spans.size));
  const all = x.storage.view(x.dtype), values = input.storage.view(y.dtype);
  const inner = sizeOf(y.shape.slice(dim + 1)),
    outer = sizeOf(y.shape.slice(0, dim)),
    stride = spans.step * inner;
  const { first, taps } = lineOf(spans, inner), width = first.length;
  for (let o = 0; o < outer; o++) {
    const start = (x.offset + o * spans.size * inner) | 0, at = (input.offset + o * width) | 0;
    for (let q = 0; q < width; q++) {
      const value = values[at + q];
      let i = (start + first[q]) | 0;
      for (let t = taps[q]; t > 0; t--) {
        all[i] += value;
        i = (i + stride) | 0;
      }
    }
  }
  return x;
}

/** Where the first maximum, or the last NaN, of `taps` elements is that are `stride` apart. */
function topOf(all: TypedArray, start: number, stride: number, taps: number): number {
  let best = start, i = start, t = taps;
  if (taps <= FEW) { // arithmetic, as half of all branches would be mispredicted: twice as fast
    for (; t > 1; t--) {
      i = (i + stride) | 0;
      const v = all[i], wins = +(v > all[best]) | +(v !== v);
      best = (best + (i - best) * wins) | 0;
    }
    return best;
  }
  let top = all[i];
  for (; t > 1; t--) {
    i = (i + stride) | 0;
    const v = all[i];
    if (v > top || v !== v) {
      top = v;
      best = i;
    }
  }
  return best;
}

/**
 * Maxima along `dim` and where they came from. `places` says so for the elements of `x`, if later dimensions are pooled
 * already; these had `row` elements. `spans` are one for all outer dimensions, or one for each plane of them.
 */
function maxAlong(
  x: Tensor,
  places: Tensor | null,
  dim: number,
  row: number,
  spans: readonly Spans[],
): [Tensor, Tensor] {
  const [{ size, step, from: { length: count } }] = spans, input = x.contiguous();
  const y = empty(resized(x.shape, dim, count), x.dtype), found = empty(y.shape, "int32");
  const all = input.storage.view(x.dtype),
    tops = y.storage.view(y.dtype),
    where = found.storage.view("int32");
  const origins = places?.storage.view("int32") ?? null,
    toOrigins = ((places?.offset ?? 0) - input.offset) | 0;
  const inner = sizeOf(x.shape.slice(dim + 1)), outer = sizeOf(x.shape.slice(0, dim)), stride = step * inner;
  const lines = spans.map((s) => lineOf(s, inner)), perPlane = outer / lines.length, width = count * inner;
  const toWhere = (found.offset - y.offset) | 0;
  for (let o = 0; o < outer; o++) {
    const { first, taps } = lines[Math.floor(o / perPlane)], at = (y.offset + o * width) | 0;
    const start = (input.offset + o * size * inner) | 0;
    for (let q = 0; q < width; q++) {
      const best = topOf(all, (start + first[q]) | 0, stride, taps[q]);
      tops[at + q] = all[best];
      where[at + q + toWhere] = origins === null
        ? best - start
        : (origins[best + toOrigins] + (((best - start) / inner) | 0) * row) | 0;
    }
  }
  return [y, found];
}
