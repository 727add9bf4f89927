/** Second derivatives of fused ops: those of the same in plain ops. */
import { grad } from "./backward.ts";
import type { Tensor } from "./tensor.ts";

/**
 * The gradients of a fused op's inputs, recorded, from those of its outputs: what `meaning` computes from the inputs is
 * computed again and differentiated. Null where no gradient flows.
 */
export function gradientsOfMeaning(
  meaning: (inputs: readonly Tensor[]) => readonly Tensor[],
  g: readonly (Tensor | null)[],
  inputs: readonly Tensor[],
): (Tensor | null)[] {
  const own = inputs.map((x) => x.reshape(x.shape)); // aliases end their history where the op begins
  const y = meaning(own), arrived = y.flatMap((_, k) => g[k] && y[k].requiresGrad ? [k] : []);
  if (arrived.length === 0) return [];
  const options = { gradOutputs: arrived.map((k) => g[k]), createGraph: true, allowUnused: true };
  return grad(arrived.map((k) => y[k]), own, options);
}
