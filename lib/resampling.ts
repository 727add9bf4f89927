/**
 * Resampling one dimension: which elements of the input make up each element of the output, and with which weights.
 *
 * Positions are computed in the arithmetic that PyTorch has for them, single precision where tensors are, because a
 * rounding error can move a position past an element (aten/src/ATen/native/UpSample.h).
 */
import { type Algebra, numbers } from "./formula.ts";
import type { WeightedRoutes } from "./sparse_map.ts";

/** How a dimension of `from` elements becomes one of `to`. */
export interface Resampling {
  readonly from: number;
  readonly to: number;
  /** The factor that the user gave; null: to / from. */
  readonly factor: number | null;
  /** The centres of the first and last elements stay in place, rather than the outer edges. */
  readonly alignCorners: boolean;
  /** Rounds to the precision of positions. */
  readonly round: (x: number) => number;
}

/** Input elements for each step along the output. */
function stepOf({ from, to, factor, alignCorners, round }: Resampling): number {
  if (alignCorners) return to > 1 ? round((from - 1) / (to - 1)) : 0;
  return factor !== null && factor > 0 ? round(1 / factor) : round(from / to);
}

/** Where output element i lies in the input. */
function positionOf(i: number, step: number, { alignCorners, round }: Resampling): number {
  return alignCorners ? round(step * i) : round(round(step * round(i + 0.5)) - 0.5);
}

/** The one nearest element for each: at the position of the left edge, or for `exact` of the centre. */
export function nearest({ from, to, factor }: Resampling, exact: boolean): Int32Array {
  const step = stepOf({ from, to, factor, alignCorners: false, round: Math.fround });
  return Int32Array.from({ length: to }, (_, i) => {
    return Math.min(Math.floor(Math.fround((exact ? i + 0.5 : i) * step)), from - 1);
  });
}

/** Collects routes, given for each output element in turn. */
class Collector {
  readonly #source: number[] = [];
  readonly #target: number[] = [];
  readonly #weight: number[] = [];

  add(source: number, target: number, weight: number): void {
    this.#source.push(source);
    this.#target.push(target);
    this.#weight.push(weight);
  }

  routes(size: number): WeightedRoutes {
    return {
      source: Int32Array.from(this.#source),
      target: Int32Array.from(this.#target),
      weight: Float64Array.from(this.#weight),
      size,
    };
  }
}

/** The two elements around each position; a length that stays is left alone whatever the factor. */
export function linear(resampling: Resampling): WeightedRoutes {
  const { from, to, round } = resampling, step = stepOf(resampling), collector = new Collector();
  for (let i = 0; i < to; i++) {
    if (to === from) {
      collector.add(i, i, 1);
      continue;
    }
    const at = Math.max(positionOf(i, step, resampling), 0), left = Math.min(Math.floor(at), from - 1);
    const share = round(Math.min(Math.max(at - left, 0), 1));
    collector.add(left, i, round(1 - share));
    collector.add(Math.min(left + 1, from - 1), i, share);
  }
  return collector.routes(to);
}

/** The weight of an element at distance d ≥ 0 in cubic interpolation (Keys, 1981). PyTorch has a = −¾. */
export function cubicWeight<V, M>(k: Algebra<V, M>, d: V, a = -0.75): V {
  const c = k.constant;
  const near = k.add(k.mul(k.mul(k.sub(k.mul(c(a + 2), d), c(a + 3)), d), d), c(1));
  const far = k.mul(c(a), k.sub(k.mul(k.add(k.mul(k.sub(d, c(5)), d), c(8)), d), c(4)));
  return k.select(k.lt(d, c(1)), near, k.select(k.lt(d, c(2)), far, c(0)));
}

/** The four elements around each position; those beyond the ends are the last ones. */
export function cubic(resampling: Resampling): WeightedRoutes {
  const { from, to, round } = resampling, step = stepOf(resampling), collector = new Collector();
  for (let i = 0; i < to; i++) {
    const at = positionOf(i, step, resampling), second = Math.floor(at);
    const past = round(at - second);
    for (let k = 0; k < 4; k++) {
      const weight = cubicWeight(numbers, Math.abs(past + 1 - k));
      collector.add(Math.min(Math.max(second - 1 + k, 0), from - 1), i, weight);
    }
  }
  return collector.routes(to);
}

/** The average of the elements that each output element covers. */
export function area({ from, to }: Resampling): WeightedRoutes {
  const collector = new Collector();
  for (let i = 0; i < to; i++) {
    const start = Math.floor(i * from / to), end = Math.ceil((i + 1) * from / to);
    for (let j = start; j < end; j++) collector.add(j, i, 1 / (end - start));
  }
  return collector.routes(to);
}

/** Weights that widen as the output shrinks, so that every element counts: a triangle, or the cubic with a = −½. */
export function antialiased(resampling: Resampling, shape: "linear" | "cubic"): WeightedRoutes {
  const { from, to } = resampling, step = stepOf(resampling), collector = new Collector();
  const weigh = shape === "linear"
    ? (x: number) => Math.max(1 - x, 0)
    : (x: number) => cubicWeight(numbers, x, -0.5);
  const stretch = Math.max(step, 1), reach = (shape === "linear" ? 1 : 2) * stretch;
  for (let i = 0; i < to; i++) {
    const center = step * (i + 0.5), start = Math.max(Math.trunc(center - reach + 0.5), 0);
    const end = Math.min(Math.trunc(center + reach + 0.5), from), weights: number[] = [];
    for (let j = start; j < end; j++) weights.push(weigh(Math.abs((j - center + 0.5) / stretch)));
    const total = weights.reduce((a, b) => a + b, 0);
    weights.forEach((weight, k) => collector.add(start + k, i, total === 0 ? weight : weight / total));
  }
  return collector.routes(to);
}
