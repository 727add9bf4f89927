/** What the benchmark measures: a workload is a name, shared with torch_bench.py, and a function to be timed. */
import type * as d from "../../mod.ts";

/** One row of the table. */
export interface Workload {
  readonly name: string;
  /** Makes the inputs, and returns what is timed. */
  readonly make: () => () => void;
  /** Runs in a scope: what PyTorch frees at once is given back at once. */
  readonly scoped?: boolean;
}

/** One training step: forward, loss, backward, update. */
export function trainingStep(
  net: d.nn.Module,
  x: d.Tensor,
  y: d.Tensor,
  loss: (y: d.Tensor, target: d.Tensor) => d.Tensor,
  optimizer: d.optim.Optimizer,
): () => void {
  return () => {
    optimizer.zeroGrad();
    loss(net.forward(x) as d.Tensor, y).backward();
    optimizer.step();
  };
}
