/**
 * Cross-entropy: a cost that learns fast when it is badly wrong, because σ′ falls out of its gradient.
 *
 *     C = −1/n Σ (y ln a + (1 − y) ln (1 − a))      ∂C/∂z = (a − y)/n      where the quadratic cost has (a − y) σ′(z)/n
 *
 * "Neural Networks and Deep Learning", 2015, chapter 3: 95.49 % with 30 hidden neurons (quadratic: 95.42), 96.82 % with 100
 * (quadratic: 96.59), both with η = 0.5. Look at the gradients of an output that is wrong and sure of it, and at the curves:
 * no class is lost, as the quadratic cost loses one now and then.
 *
 * Takes 40 s.
 */
import { tensor } from "../../mod.ts";
import { table } from "../../lib/viz/mod.ts";
import { crossEntropy, descend, digits, network, quadratic } from "../nielsen.ts";
import { system } from "../system.ts";

const run = system("Cross-entropy", { epochs: 30, lr: 0.5 });
const { epochs, lr } = run.options, { train, test } = await digits(), { plot } = run;

/** ∂C/∂z of the first of ten outputs, whose answer should be 0 and is σ(z). */
function gradient(cost: typeof quadratic, z: number): number {
  const outputs = tensor([[z, 9, ...Array(8).fill(-9)]], { requiresGrad: true });
  cost(outputs, tensor([1], { dtype: "int32" })).backward(); // the digit is a 1
  return outputs.grad!.index([0, 0]).item();
}
const z = [0, 2, 4, 8, 16];
const gradients = [quadratic, crossEntropy].map((cost) => z.map((z) => gradient(cost, z)));
console.log(table(["z of a wrong neuron", ...z.map(String)], [
  ["∂C/∂z, quadratic", ...gradients[0].map((g) => Number(g.toPrecision(3)))],
  ["∂C/∂z, cross-entropy", ...gradients[1].map((g) => Number(g.toPrecision(3)))],
]));

const best: number[] = [];
for (const hidden of [30, 100]) {
  const model = network([784, hidden, 10], "large"), how = { name: `${hidden} hidden`, lr, epochs, plot };
  best.push(Math.max(...(await descend(model, train, test, how)).test.accuracies));
}
run.check("∂C/∂z at z = 16, quadratic", gradients[0][4], { atMost: 1e-6 });
run.check("∂C/∂z at z = 16, cross-entropy", gradients[1][4], { equals: 1, within: 1e-6 });
run.check("30 hidden neurons", best[0], { atLeast: 0.952, published: 0.9549 });
run.check("100 hidden neurons", best[1], { atLeast: 0.964, published: 0.9682 });
await run.end();
