/** Convolution and its two adjoints, each on the way that measures best for its shape. */
import { usesWasm } from "./backend.ts";
import { chooseMethod } from "./convolution/choose.ts";
import { directBackward, directForward, directWeight } from "./convolution/direct.ts";
import { hasAdjoint } from "./convolution/layout.ts";
import * as plain from "./convolution/plain.ts";
import type { ConvolutionPlan } from "./convolution/plan.ts";
import * as products from "./convolution/products.ts";
import { winograd, winogradWeight } from "./convolution/winograd.ts";
import { isFloat } from "./dtype.ts";
import { sizeOf } from "./shape.ts";
import { empty, type Tensor } from "./tensor.ts";
import { extentOf, type Windows } from "./windows.ts";

export type { ConvolutionPlan };

/** y [N, O, ...count] = x [N, C, ...size] convolved with weight [O, C / groups, ...kernel], plus bias [O]. */
export function convolve(
  x: Tensor,
  weight: Tensor,
  plan: ConvolutionPlan,
  bias: Tensor | null = null,
): Tensor {
  const shape = [x.shape[0], weight.shape[0], ...plan.windows.map((w) => w.count)];
  if (!isServed(x, weight, shape)) {
    const y = plain.convolve(x, weight, plan);
    return bias ? y.add(bias.reshape([-1, ...plan.windows.map(() => 1)])) : y;
  }
  const y = empty(shape, x.dtype),
    [a, b, c] = [x.contiguous(), weight.contiguous(), bias?.contiguous() ?? null];
  const method = chooseMethod("forward", x.dtype, shape[0], weight.shape, plan);
  if (method === "winograd") winograd(y, a, b, c, plan.windows.map((w) => w.before), plan.groups, false);
  else if (method === "direct") directForward(y, a, b, c, plan);
  else products.forward(y, a, b, c, plan);
  return y;
}

/** The gradient of {@link convolve} for x, from that of y. */
export function convolveBack(g: Tensor, weight: Tensor, plan: ConvolutionPlan): Tensor {
  const shape = [g.shape[0], weight.shape[1] * plan.groups, ...plan.windows.map((w) => w.size)];
  if (!isServed(g, weight, shape)) return plain.convolveBack(g, weight, plan);
  const dx = empty(shape, g.dtype), [a, b] = [g.contiguous(), weight.contiguous()];
  const method = chooseMethod("backward", g.dtype, shape[0], weight.shape, plan);
  const before = plan.windows.map((w) => w.kernel - 1 - w.before);
  if (method === "winograd") winograd(dx, a, b, null, before, plan.groups, true);
  else if (method === "direct") directBackward(dx, a, b, plan);
  else if (isTurnable(weight, plan)) {
    const turned = products.turned(b, plan.groups);
    products.forward(dx, a, turned, null, adjointPlan(plan));
    turned.storage.release();
  } else products.backward(dx, a, b, plan);
  return dx;
}

/** The gradient of {@link convolve} for the weight, from that of y. */
export function convolveWeight(g: Tensor, x: Tensor, plan: ConvolutionPlan): Tensor {
  const shape = [g.shape[1], x.shape[1] / plan.groups, ...plan.windows.map((w) => w.kernel)];
  if (!isServed(g, x, shape)) return plain.convolveWeight(g, x, plan);
  const dw = empty(shape, g.dtype), [a, b] = [g.contiguous(), x.contiguous()];
  const method = chooseMethod("weight", g.dtype, x.shape[0], shape, plan);
  if (method === "winograd") winogradWeight(dw, a, b, plan.windows.map((w) => w.before), plan.groups);
  else if (method === "direct") directWeight(dw, a, b, plan);
  else products.weightGradient(dw, a, b, plan);
  return dw;
}

/** Whether kernels do it: on floats, where there is anything to do. */
function isServed(x: Tensor, other: Tensor, result: readonly number[]): boolean {
  return usesWasm() && isFloat(x.dtype) && x.dtype === other.dtype &&
    sizeOf(x.shape) * sizeOf(other.shape) * sizeOf(result) > 0;
}

/**
 * Whether the gradient for x is best a convolution of g with the weight turned round: it lays out g by copying, where the
 * adjoint clears and adds (a third less time for 16 to 16 channels). Not where g has more channels than x, nor for large
 * weights, which would be turned more slowly than multiplied.
 */
function isTurnable(
  { shape: [outs, perGroup, ...kernel] }: Tensor,
  { windows, groups }: ConvolutionPlan,
): boolean {
  return outs / groups <= perGroup && perGroup * sizeOf(kernel) <= 2048 && sizeOf(kernel) > 1 &&
    hasAdjoint(windows) && windows.every((w) => w.stride === 1);
}

/** The windows over g that give dx: as many as elements of x. */
function adjointPlan({ windows, groups }: ConvolutionPlan): ConvolutionPlan {
  const turn = (w: Windows) => ({ ...w, size: w.count, count: w.size, before: extentOf(w) - 1 - w.before });
  return { windows: windows.map(turn), groups };
}
