/**
 * Convolution and its two adjoints on tensors: for whole numbers and without WebAssembly, and what the kernels are tested
 * against.
 *
 * With the patches of x as the columns of a matrix (im2col) all three are one product for each group of channels:
 *
 *     y = w · patches(x)      dx = patchesᵀ(wᵀ · g)      dw = g · patches(x)ᵀ
 *
 * Blocks are about as large as the second-level cache: whole images where they are small, rows of windows where not.
 */
import { addPatches, framed, framedShape, insideOf, patchesOf } from "../frame.ts";
import { matrixProduct } from "../gemm.ts";
import { releaseSince, track } from "../memory/storage.ts";
import { sizeOf } from "../shape.ts";
import { empty, type Tensor } from "../tensor.ts";
import type { Windows } from "../windows.ts";
import type { ConvolutionPlan } from "./plan.ts";

/** Elements in a block of patches: 1 MiB of float32. */
const BLOCK = 2 ** 18;

/** y [N, O, ...count] = x [N, C, ...size] convolved with weight [O, C / groups, ...kernel]. */
export function convolve(x: Tensor, weight: Tensor, { windows, groups }: ConvolutionPlan): Tensor {
  const y = x.newZeros([x.shape[0], weight.shape[0], ...windows.map((w) => w.count)]);
  const kernels = matricesOf(weight, groups), [, rows, depth] = kernels.shape;
  const patches = patchesOf(framed(x, windows), windows);
  eachBlock(patches, windows, (block, width) => {
    const target = block(y), product = empty([groups, rows, width], y.dtype);
    matrixProduct(product, kernels, block(patches).reshape([groups, depth, width]));
    target.copy_(product.reshape(target.shape));
  });
  return y;
}

/** The gradient of {@link convolve} for x, from that of y. */
export function convolveBack(g: Tensor, weight: Tensor, { windows, groups }: ConvolutionPlan): Tensor {
  const frame = g.newZeros(framedShape([g.shape[0], weight.shape[1] * groups], windows));
  const kernels = matricesOf(weight, groups), [, rows, depth] = kernels.shape;
  const patches = patchesOf(frame, windows);
  eachBlock(patches, windows, (block, width) => {
    const target = block(patches), product = empty([groups, depth, width], g.dtype);
    matrixProduct(product, kernels.transpose(1, 2), block(g).reshape([groups, rows, width]));
    addPatches(target, product.reshape(target.shape), 1, windows.map((w) => w.kernel));
  });
  return insideOf(frame, windows).contiguous();
}

/** The gradient of {@link convolve} for the weight, from that of y. */
export function convolveWeight(g: Tensor, x: Tensor, { windows, groups }: ConvolutionPlan): Tensor {
  const weight = g.newZeros([g.shape[1], x.shape[1] / groups, ...windows.map((w) => w.kernel)]);
  const kernels = matricesOf(weight, groups), [, rows, depth] = kernels.shape;
  const patches = patchesOf(framed(x, windows), windows);
  eachBlock(patches, windows, (block, width) => {
    const columns = block(patches).reshape([groups, depth, width]);
    matrixProduct(kernels, block(g).reshape([groups, rows, width]), columns.transpose(1, 2), 1);
  });
  return weight;
}

/** A weight [O, C / groups, ...kernel] as matrices [groups, O / groups, C / groups · kernel]. */
function matricesOf(weight: Tensor, groups: number): Tensor {
  const { shape } = weight;
  return weight.contiguous().reshape([groups, shape[0] / groups, sizeOf(shape.slice(1))]);
}

/** The part of [N, C, ..., ...count] that a block is, as [C, ..., n, ...rows]: its n images beside their windows. */
type Block = (x: Tensor) => Tensor;

/** Calls `body` with one block after the other and the number of its windows, and frees what it leaves behind. */
function eachBlock(
  patches: Tensor,
  windows: readonly Windows[],
  body: (block: Block, width: number) => void,
): void {
  const rank = windows.length, [images, ...shape] = patches.shape, size = sizeOf(shape);
  if (images * size === 0) return;
  const [{ count: height }] = windows, perRow = sizeOf(windows.slice(1).map((w) => w.count));
  const some = Math.max(1, Math.floor(BLOCK / size)), rows = Math.ceil(height / Math.ceil(size / BLOCK));
  for (let first = 0; first < images; first += some) {
    for (let top = 0; top < height; top += rows) {
      const mark = track(), n = Math.min(some, images - first), m = Math.min(rows, height - top);
      try {
        body((x) => {
          const order = x.shape.map((_, d) => d);
          order.splice(x.ndim - rank - 1, 0, order.shift()!);
          return x.narrow(0, first, n).narrow(x.ndim - rank, top, m).permute(order);
        }, n * m * perRow);
      } finally {
        releaseSince(mark, []);
      }
    }
  }
}
