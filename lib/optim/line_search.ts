/**
 * A line search for the strong Wolfe conditions (Nocedal and Wright 2006, algorithms 3.5 and 3.6): how far to go along a
 * direction so that the function falls enough and its slope becomes flat enough. Step by step as PyTorch and minFunc do.
 */
import type { Tensor } from "../tensor.ts";

/** A point on the line: how far, the value there, the gradient, and the slope along the line. */
export interface Point {
  readonly t: number;
  readonly f: number;
  readonly g: Tensor;
  readonly slope: number;
}

const C1 = 1e-4, C2 = 0.9, MOST_POINTS = 25;

/**
 * The point found, and how many were evaluated. `start` is at t = 0 with a negative slope, `first` the first guess,
 * `size` the largest element of the direction: the search ends where points differ by less than `tolerance`.
 */
export function strongWolfe(
  evaluate: (t: number) => Point,
  start: Point,
  first: number,
  size: number,
  tolerance: number,
): { point: Point; evaluations: number } {
  const falls = (p: Point) => p.f <= start.f + C1 * p.t * start.slope;
  const isFlat = (p: Point) => Math.abs(p.slope) <= -C2 * start.slope;
  let before = start, now = evaluate(first), evaluations = 1;
  let low: Point | null = null, high: Point | null = null;

  // go on until a good point is met, or two that have one between them
  for (let i = 0; i < MOST_POINTS; i++) {
    if (!falls(now) || (i > 1 && now.f >= before.f) || (!isFlat(now) && now.slope >= 0)) {
      [low, high] = [before, now];
      break;
    }
    if (isFlat(now)) return { point: now, evaluations };
    const t = between(before, now, now.t + 0.01 * (now.t - before.t), now.t * 10);
    before = now;
    now = evaluate(t);
    evaluations++;
  }
  if (!low || !high) [low, high] = [start, now];
  if (low.f > high.f) [low, high] = [high, low];

  // narrow the bracket down
  let stuck = false;
  while (evaluations < MOST_POINTS + 1 && Math.abs(high.t - low.t) * size >= tolerance) {
    const least = Math.min(low.t, high.t), most = Math.max(low.t, high.t), margin = 0.1 * (most - least);
    const [left, right] = low.t <= high.t ? [low, high] : [high, low];
    let t = between(left, right, least, most);
    if (Math.min(most - t, t - least) < margin) {
      // at an end for the second time: away from it
      if (stuck || t >= most || t <= least) {
        t = Math.abs(t - most) < Math.abs(t - least) ? most - margin : least + margin;
        stuck = false;
      } else stuck = true;
    } else stuck = false;
    now = evaluate(t);
    evaluations++;
    if (!falls(now) || now.f >= low.f) {
      high = now;
      if (low.f > high.f) [low, high] = [high, low];
    } else {
      if (isFlat(now)) return { point: now, evaluations };
      if (now.slope * (high.t - low.t) >= 0) high = low;
      low = now;
    }
  }
  return { point: low, evaluations };
}

/** The minimum between `least` and `most` of the cubic through two points with their slopes. */
function between(a: Point, b: Point, least: number, most: number): number {
  const d1 = a.slope + b.slope - 3 * (a.f - b.f) / (a.t - b.t), square = d1 ** 2 - a.slope * b.slope;
  if (!(square >= 0)) return (least + most) / 2;
  const [left, right] = a.t <= b.t ? [a, b] : [b, a], d2 = Math.sqrt(square);
  const t = right.t - (right.t - left.t) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2));
  return Math.min(Math.max(t, least), most);
}
