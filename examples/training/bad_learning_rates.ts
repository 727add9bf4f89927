/**
 * Bad learning rates: too small a step hardly learns, too large a step learns nothing.
 *
 *     w −= η ∂C/∂w      C = 1/2n Σ |y − σ(z)|²
 *
 * "Neural Networks and Deep Learning", 2015, chapter 1: with η = 0.001 the digits read right creep from 1139 to 2142 in 30
 * epochs; with η = 100 they stay at what guessing gives. Look at the slopes: σ′ is below 10⁻⁴ for |z| > 9, where the large
 * steps throw the neurons, and from there no gradient brings them back.
 *
 * Takes 35 s.
 */
import { type nn, noGrad, type Tensor } from "../../mod.ts";
import { table } from "../../lib/viz/mod.ts";
import { descend, digits, network, quadratic } from "../nielsen.ts";
import { system } from "../system.ts";

const run = system("Bad learning rates", { epochs: 30 });
const { epochs } = run.options, { train, test } = await digits();

/** The mean slope σ′(z) of the neurons that answer. */
function slope(model: nn.Module): number {
  const z: Tensor = noGrad(() => model.forward(test.tensors[0])), a = z.sigmoid();
  return a.mul(a.rsub(1)).mean().item();
}

const rows: [lr: number, first: number, last: number, before: number, after: number][] = [];
for (const [lr, hidden] of [[0.001, 100], [100, 30]]) { // as in the book
  const model = network([784, hidden, 10], "large"), before = slope(model);
  const how = { name: `η = ${lr}`, lr, epochs, cost: quadratic, plot: run.plot };
  const { accuracies } = (await descend(model, train, test, how)).test;
  rows.push([lr, accuracies[0], accuracies.at(-1)!, before, slope(model)]);
}
console.log(table(["η", "first epoch", "last epoch", "mean σ′ before", "after"], rows));
const [slow, fast] = rows;

run.check("η = 0.001: digits read after all epochs", slow[2], {
  atLeast: 0.1,
  atMost: 0.4,
  published: 0.2142,
});
run.check("η = 0.001: gained by 29 epochs", slow[2] - slow[1], { atLeast: 0.03, published: 0.1003 });
run.check("η = 100: as by guessing", fast[2], { atMost: 0.2, published: 0.0982 });
await run.end();
