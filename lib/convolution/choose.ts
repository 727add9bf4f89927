/** Which way a convolution goes, by rules that were measured. */
import { blas } from "../backend.ts";
import type { DType } from "../dtype.ts";
import { sizeOf } from "../shape.ts";
import { hasAdjoint } from "./layout.ts";
import type { ConvolutionPlan } from "./plan.ts";
import { hasTiles, paysToTransform } from "./winograd.ts";

/** The ways there are. */
export type Method = "winograd" | "direct" | "products";

/** What is computed: y, dx or dw. */
export type Part = "forward" | "backward" | "weight";

/** The way for a convolution of so many images with a weight of this shape. */
export function chooseMethod(
  part: Part,
  dtype: DType,
  images: number,
  [outs, perGroup, ...kernel]: readonly number[],
  plan: ConvolutionPlan,
): Method {
  const { windows, groups } = plan, into = outs / groups;
  if (dtype === "float32" && isSquare(plan) && perGroup >= 16 && into >= 16) {
    const sizes = [windows.map((w) => w.count), windows.map((w) => w.size)];
    const weights = outs * perGroup, pays = paysToTransform(sizes[0], weights, images);
    if (pays && sizes.every((size) => hasTiles(size, weights))) return "winograd";
  }
  // of two channels to two in each group, direct takes 0.4 of the time of BLAS, of one to six 1.4; without BLAS 0.6 to 1.1
  const few = blas() ? perGroup * into <= 4 : perGroup <= 3 && into * perGroup * sizeOf(kernel) <= 512;
  if (few && isDirect(part, dtype, plan)) return "direct";
  return "products";
}

/** Whether the direct kernels can do it: a row of windows fills a vector at least. */
function isDirect(part: Part, dtype: DType, plan: ConvolutionPlan): boolean {
  const last = plan.windows[plan.windows.length - 1], lanes = dtype === "float32" ? 4 : 2;
  return (part === "backward" ? last.size : last.count) >= lanes &&
    (part !== "backward" || hasAdjoint(plan.windows));
}

function isSquare({ windows }: ConvolutionPlan): boolean {
  return windows.length === 2 &&
    windows.every((w) => w.kernel === 3 && w.stride === 1 && w.dilation === 1 && w.before < 3);
}
