/**
 * Depth: a second hidden layer helps, a third and a fourth do not, as long as gradients vanish.
 *
 *     784-30-10, 784-30-30-10, ...: cross-entropy, η = 0.1, λ = 5, w ~ N(0, 1/inputs)
 *
 * "Neural Networks and Deep Learning", 2015, chapter 5: 96.48 % with one hidden layer, 96.90 % with two, 96.57 % with three,
 * 96.53 % with four, after 30 epochs. Look at the beginnings of the curves: the deeper, the later they rise. The check runs
 * one and two layers; --deepest 4 runs all.
 *
 * Takes 30 s.
 */
import { descend, digits, network } from "../nielsen.ts";
import { system } from "../system.ts";

const run = system("Depth", { epochs: 30, lr: 0.1, lambda: 5, deepest: 2 });
const { epochs, lr, lambda, deepest } = run.options, { train, test } = await digits();
const published = [0.9648, 0.9690, 0.9657, 0.9653];

for (let depth = 1; depth <= deepest; depth++) {
  const model = network([784, ...Array(depth).fill(30), 10]);
  const name = `${depth} hidden layer${depth > 1 ? "s" : ""}`;
  const { accuracies } =
    (await descend(model, train, test, { name, lr, lambda, epochs, plot: run.plot })).test;
  run.check(`${name}, best`, Math.max(...accuracies), { atLeast: 0.96, published: published[depth - 1] });
}
await run.end();
