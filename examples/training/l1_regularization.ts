/**
 * L1 regularisation: every weight moves towards zero at the same speed, so that only those stay that are needed.
 *
 *     C = C₀ + λ/n Σ |w|      w −= η (∂C₀/∂w + λ/n sgn w)      where L2 has λ/n w: little for small weights
 *
 * "Neural Networks and Deep Learning", 2015, chapter 3, which prints no figure for it. The same 784-30-10 network with 1000
 * digits, where it helps about as much as L2, and with all. Look at the weights of the hidden neurons: L2 makes them smooth,
 * L1 leaves a few; those of pixels that are always black are gone.
 *
 * Takes 40 s.
 */
import { abs, type nn } from "../../mod.ts";
import {
  type Cost,
  crossEntropy,
  type Curves,
  descend,
  type Descent,
  type Digits,
  digits,
  network,
  weights,
} from "../nielsen.ts";
import { system } from "../system.ts";

const run = system("L1 regularisation", {
  epochs: 400,
  lambda: 0.1,
  lr: 0.5,
  epochsFull: 15,
  lambdaFull: 1,
  lrFull: 0.25,
});
const { epochs, lambda, lr, epochsFull, lambdaFull, lrFull } = run.options, { plot } = run;
const small = await digits(1000), full = await digits();

/** C₀ + λ/n Σ |w| */
function penalised(model: nn.Module, rate: number): Cost {
  const w = weights(model);
  return (z, y) => w.reduce((cost, w) => cost.add(abs(w).sum().mul(rate)), crossEntropy(z, y));
}

/** What a network reached, and the share of the hidden neurons' weights that are all but zero. */
interface Reached extends Curves {
  readonly zeros: number;
}
async function reach(
  name: string,
  train: Digits,
  model: nn.Module,
  l1: number,
  how: Partial<Descent>,
): Promise<Reached> {
  const cost = l1 > 0 ? penalised(model, l1 / train.length) : crossEntropy;
  const curves = await descend(model, train, full.test, { name, lr, epochs, cost, plot, ...how });
  const hidden = weights(model)[0].detach(), zeros = hidden.abs().lt(1e-3).float().mean().item();
  console.log(`  ${(100 * zeros).toFixed(0)} % of the hidden neurons' weights are below 0.001`);
  const shown = hidden.narrow(0, 0, 10).reshape(10, 28, 28);
  plot.images(`Weights of ten neurons, ${name}`, shown, { columns: 10, colors: "signed" });
  return { ...curves.test, zeros };
}
const sizes = [784, 30, 10], long = { lr: lrFull, epochs: epochsFull };
const free = await reach("1000 digits", small.train, network(sizes, "large"), 0, {});
const few = await reach(`1000 digits, L1 λ = ${lambda}`, small.train, network(sizes, "large"), lambda, {});
const squares = await reach("all digits, L2 λ = 5", full.train, network(sizes), 0, { ...long, lambda: 5 });
const all = await reach(`all digits, L1 λ = ${lambdaFull}`, full.train, network(sizes), lambdaFull, long);

run.check("1000 digits, gain in points", 100 * (few.accuracies.at(-1)! - free.accuracies.at(-1)!), {
  atLeast: 3,
});
run.check("50,000 digits, best", Math.max(...all.accuracies), { atLeast: 0.96 });
run.check("weights at zero", all.zeros, { atLeast: 0.25 });
run.check("weights at zero by L2", squares.zeros, { atMost: all.zeros - 0.1 });
await run.end();
