/**
 * Tensors seen through windows: [N, C, ...size] as [N, C, ...kernel, ...count], a view of the tensor in its padding.
 *
 * Reading the view copies patches (im2col); adding into it, one position of the kernel after the other, is the adjoint.
 */
import type { Shape } from "./shape.ts";
import { type Tensor, viewOf } from "./tensor.ts";
import { extentOf, type Windows } from "./windows.ts";

/** The size of a dimension with all the padding that its windows reach into. */
function framedSize(w: Windows): number {
  return Math.max(w.before + w.size, (w.count - 1) * w.stride + extentOf(w));
}

/** The shape of [N, C, ...size] with all the padding that windows reach into. */
export function framedShape(leading: Shape, windows: readonly Windows[]): Shape {
  return [...leading, ...windows.map(framedSize)];
}

/** `x` [N, C, ...size] in a frame of zeros wide enough for all windows; `x` itself where that is none. */
export function framed(x: Tensor, windows: readonly Windows[]): Tensor {
  if (windows.every((w) => framedSize(w) === w.size)) return x;
  const frame = x.newZeros(framedShape(x.shape.slice(0, 2), windows));
  insideOf(frame, windows).copy_(x);
  return frame;
}

/** The tensor within the frame. */
export function insideOf(frame: Tensor, windows: readonly Windows[]): Tensor {
  const { shape, strides } = frame;
  const start = windows.reduce((at, w, d) => at + w.before * strides[d + 2], frame.offset);
  return viewOf(frame, [...shape.slice(0, 2), ...windows.map((w) => w.size)], strides, start);
}

/** A framed tensor as [N, C, ...kernel, ...count]: what is at each place of the kernel, in each window. */
export function patchesOf(frame: Tensor, windows: readonly Windows[]): Tensor {
  const { shape, strides } = frame, steps = strides.slice(2);
  return viewOf(
    frame,
    [...shape.slice(0, 2), ...windows.map((w) => w.kernel), ...windows.map((w) => w.count)],
    [
      ...strides.slice(0, 2),
      ...windows.map((w, d) => w.dilation * steps[d]),
      ...windows.map((w, d) => w.stride * steps[d]),
    ],
  );
}

/**
 * Adds `part` to the patches of a frame, whose dimensions from `at` on are those of the kernel. Patches share elements,
 * but what is at one place of the kernel does not.
 */
export function addPatches(patches: Tensor, part: Tensor, at: number, kernel: readonly number[]): void {
  if (kernel.length === 0) {
    patches.add_(part);
    return;
  }
  const [count, ...rest] = kernel;
  for (let i = 0; i < count; i++) addPatches(patches.select(at, i), part.select(at, i), at, rest);
}
