/** Convolution and its adjoints without matrices: for few channels and for depthwise convolution. See wasm/direct.ts. */
import { dismiss } from "../memory/storage.ts";
import { sizeOf, stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { directModule } from "../wasm/direct.ts";
import { features, instantiate, type WasmFunction } from "../wasm/engine.ts";
import type { Float } from "../wasm/gemm.ts";
import { adjointAxesOf, axesOf, type Axis, Layout } from "./layout.ts";
import { addressOf, bytesOf, call, clear, moveBox, outputOf, Scratch } from "./memory.ts";
import type { ConvolutionPlan } from "./plan.ts";

const compiled: Partial<Record<Float, Record<string, WasmFunction>>> = {};
const kernelsFor = (type: Float) => compiled[type] ??= instantiate(directModule(type, features().fma));

/** y [N, O, ...count] = x [N, C, ...size] convolved with weight [O, C / groups, ...kernel], plus bias [O]. */
export function directForward(
  y: Tensor,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  plan: ConvolutionPlan,
): void {
  const [outs, perGroup, ...kernel] = weight.shape,
    { groups } = plan,
    m = outs / groups,
    k = perGroup * sizeOf(kernel);
  convolve(y, x, bias, groups, axesOf(plan.windows), (type, to) => {
    const from = { address: addressOf(weight), steps: [m * k, 1, k] }, shape = [groups, k, m];
    moveBox("copy", type, shape, { address: to, steps: stridesOf(shape) }, from);
  });
}

/** dx, the gradient of {@link directForward} for x, from g, that of y. */
export function directBackward(dx: Tensor, g: Tensor, weight: Tensor, plan: ConvolutionPlan): void {
  const [outs, perGroup, ...kernel] = weight.shape,
    { groups } = plan,
    places = sizeOf(kernel),
    m = outs / groups;
  convolve(dx, g, null, groups, adjointAxesOf(plan.windows), (type, to) => {
    const from = { address: addressOf(weight), steps: [m * perGroup * places, perGroup * places, 1, places] };
    const shape = [groups, m, places, perGroup];
    moveBox("copy", type, shape, { address: to, steps: stridesOf(shape) }, from);
  });
}

function convolve(
  y: Tensor,
  x: Tensor,
  bias: Tensor | null,
  groups: number,
  axes: readonly Axis[],
  pack: (type: Float, to: number) => void,
): void {
  const type = y.dtype as Float, bytes = bytesOf(type), scratch = new Scratch();
  const [images, from, ...size] = x.shape, [, into, ...count] = y.shape, k = from / groups, m = into / groups;
  const layout = new Layout(axes, k, bytes, scratch), weights = scratch.take(bytes * layout.taps * into);
  pack(type, weights);
  const none = scratch.take(bytes * m);
  if (!bias) clear(none, bytes * m);
  const plane = sizeOf(size) * bytes, target = sizeOf(count) * bytes;
  const { lines, width, lineTable, taps, tapTable, frame } = layout, work = into * taps * lines * width;
  const source = [addressOf(x), from * plane, k * plane], result = [outputOf(y), into * target, m * target];
  const kernel = [weights, bytes * taps * m, bias ? addressOf(bias) : none, bias ? m * bytes : 0];
  const shape = [m, target, lines, width, lineTable, taps, tapTable];
  // threads take images, or groups where there are more of these
  const moves: Record<number, number> = images >= groups
    ? { 2: source[1], 5: result[1] }
    : { 2: source[2], 5: result[2], 8: kernel[1], 10: kernel[3] };
  call(kernelsFor(type).convolve, [images, groups, ...source, ...result, ...kernel, ...shape, ...frame], {
    axis: images >= groups ? 0 : 1,
    moves,
    work: images * work,
    scratch: [19, frame[1]],
  });
  dismiss();
  scratch.release();
}

/** dw, the gradient of {@link directForward} for the weight, from g, that of y. */
export function directWeight(dw: Tensor, g: Tensor, x: Tensor, plan: ConvolutionPlan): void {
  const type = dw.dtype as Float, bytes = bytesOf(type), scratch = new Scratch(), { groups } = plan;
  const [images, from, ...size] = x.shape, [, into, ...count] = g.shape, k = from / groups, m = into / groups;
  const layout = new Layout(axesOf(plan.windows), k, bytes, scratch), weights = outputOf(dw);
  const plane = sizeOf(size) * bytes, source = sizeOf(count) * bytes;
  clear(weights, bytes * sizeOf(dw.shape));
  const { lines, width, lineTable, taps, tapTable, frame } = layout,
    work = images * into * taps * lines * width;
  const right = [addressOf(x), from * plane, k * plane], left = [addressOf(g), into * source, m * source];
  const shape = [m, source, lines, width, lineTable, taps, tapTable];
  // threads take groups, or outputs where there is one group, for the images add to the same weights
  const moves: Record<number, number> = groups > 1
    ? { 2: right[2], 5: left[2], 8: bytes * taps * m }
    : { 5: source, 8: bytes * taps };
  call(
    kernelsFor(type).weigh,
    [images, groups, ...right, ...left, weights, bytes * taps * m, ...shape, ...frame],
    { axis: groups > 1 ? 1 : 10, moves, work, grain: groups > 1 ? 1 : 2, scratch: [17, frame[1]] },
  );
  dismiss();
  scratch.release();
}
