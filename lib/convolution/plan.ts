/** What describes a convolution besides its tensors. */
import type { Windows } from "../windows.ts";

/** How a kernel slides over each dimension, and into how many groups the channels are divided. */
export interface ConvolutionPlan {
  readonly windows: readonly Windows[];
  readonly groups: number;
}
