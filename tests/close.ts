/** Comparing tensors, with messages that name the element. */
import { sameShape, show } from "../lib/shape.ts";
import type { Tensor } from "../lib/tensor.ts";

/** Fails unless shapes and dtypes are equal and every element is within `tolerance`, relative where beyond 1. */
export function assertClose(actual: Tensor, expected: Tensor, label: string, tolerance = 1e-12): void {
  if (actual.dtype !== expected.dtype) {
    throw new Error(`${label}: dtype ${actual.dtype}, must be ${expected.dtype}`);
  }
  assertCloseTo(actual, expected.shape, expected.toTypedArray(), label, tolerance);
}

/** Fails unless `actual` has the shape and, within `tolerance`, the elements. NaN equals NaN. */
export function assertCloseTo(
  actual: Tensor,
  shape: readonly number[],
  elements: ArrayLike<number>,
  label: string,
  tolerance = 1e-12,
): void {
  if (!sameShape(actual.shape, shape)) {
    throw new Error(`${label}: shape ${show(actual.shape)}, must be ${show(shape)}`);
  }
  const got = actual.toTypedArray();
  let worst = -1, gap = tolerance;
  for (let i = 0; i < got.length; i++) {
    const a = got[i], b = elements[i];
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    const distance = Math.abs(a - b) / Math.max(1, Math.abs(b));
    if (distance <= gap) continue;
    worst = i;
    gap = Number.isFinite(distance) ? distance : Infinity;
  }
  if (worst < 0) return;
  throw new Error(
    `${label}: element ${worst} of ${show(shape)} is ${got[worst]}, must be ${elements[worst]} ` +
      `(gap ${gap.toExponential(1)}, allowed ${tolerance})`,
  );
}
