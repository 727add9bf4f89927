/**
 * Universal approximation: thirty tanh neurons in one layer draw a sine.
 *
 *     f(x) = Σ vᵢ tanh(wᵢ x + cᵢ) + d
 *
 * A single layer can come as near to any continuous function as one likes, given enough neurons (Cybenko 1989,
 * Hornik 1991). Here the weights are learned from 200 points of sin 2πx in [0, 1], and the error is the largest
 * anywhere on 1001 points. Look at the curves: one neuron makes a step, two can make the wave. The theorem does
 * not say that learning finds the weights: with few neurons it depends on where they begin (try --seed 0), with
 * many something near always lies in reach.
 *
 * Takes 1.5 s.
 */
import { linspace, manualSeed, mseLoss, nn, noGrad, optim, type Tensor } from "../../mod.ts";
import { table } from "../../lib/viz/mod.ts";
import { system } from "../system.ts";

const run = system("Universal approximation", { seed: 1, steps: 30 });

const target = (x: Tensor) => x.mul(2 * Math.PI).sin();
const x = linspace(0, 1, 200, { dtype: "float64" }).unsqueeze(1);
const fine = linspace(0, 1, 1001, { dtype: "float64" }).unsqueeze(1);
run.plot.axes("A sine of tanh neurons", { x: "x" });

/** Fits `width` neurons and returns the largest error. */
function fit(width: number): number {
  manualSeed(run.options.seed);
  const hidden = new nn.Linear(1, width);
  nn.init.uniform_(hidden.weight, -10, 10); // steep enough to bend within [0, 1]
  nn.init.uniform_(hidden.bias!, -10, 10);
  const net = new nn.Sequential(hidden, new nn.Tanh(), new nn.Linear(width, 1)).double();
  const optimizer = new optim.LBFGS(net.parameters(), {
    lineSearchFn: "strong_wolfe",
    maxIter: 20,
    toleranceChange: 1e-15,
  });
  for (let step = 0; step < run.options.steps; step++) {
    const loss = optimizer.step(() => {
      optimizer.zeroGrad();
      const loss = mseLoss(net.forward(x), target(x));
      loss.backward();
      return loss;
    });
    run.plot.curve("Mean squared error", `${width} neurons`, 20 * step, loss!);
  }
  const y = noGrad(() => net.forward(fine));
  run.plot.line(
    "A sine of tanh neurons",
    `${width}`,
    (y.squeeze(1).toArray() as number[]).map((value, i) => [i / 1000, value] as const),
  );
  return y.sub(target(fine)).abs().max().item();
}

run.plot.axes("Mean squared error", { x: "iterations", log: "y" });
const widths = [1, 2, 8, 30], errors = widths.map(fit);
console.log(table(["neurons", "largest error"], widths.map((width, i) => [width, errors[i]])));

run.check("largest error of 30 neurons", errors[3], { atMost: 0.02, published: "as small as one likes" });
await run.end();
