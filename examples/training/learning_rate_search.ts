/**
 * Learning-rate search: begins at 0.001 and goes up by tens while that helps, or down while nothing else does.
 *
 *     η = 0.001;  η := η/10 until the cost falls;  η := 10 η as long as it falls farther
 *
 * A rule of thumb that many courses give; "Neural Networks and Deep Learning" (2015, chapter 3) then trains 30 epochs with η of
 * 0.025, 0.25 and 2.5, and its curves are drawn beside ours. Look at the costs after 1000 steps: a valley over log η whose
 * floor is where the search ends, and whose right wall is steep.
 *
 * Takes 9 s.
 */
import { data, manualSeed, optim } from "../../mod.ts";
import theirs from "../data/nielsen_curves/multiple_eta.json" with { type: "json" };
import { table } from "../../lib/viz/mod.ts";
import { crossEntropy, descend, digits, measure, network } from "../nielsen.ts";
import { system } from "../system.ts";

const run = system("Learning-rate search", { first: 0.001, steps: 1000, epochs: 5, lambda: 5 });
const { first, steps, epochs, lambda, seed } = run.options, { train, validation } = await digits();

/** The cost in validation after some steps with a rate, always from the same weights. */
function trial(lr: number): number {
  manualSeed(seed);
  const model = network([784, 30, 10]), optimizer = new optim.SGD(model.parameters(), { lr });
  const sampler = new data.RandomSampler(train, { numSamples: 10 * steps });
  for (const [x, y] of new data.DataLoader(train, { batchSize: 10, sampler })) {
    optimizer.zeroGrad();
    crossEntropy(model.forward(x), y).backward();
    optimizer.step();
  }
  return measure(model, validation).cost;
}

const costs = new Map<number, number>(), before = trial(0);
const cost = (lr: number): number => costs.get(lr) ?? costs.set(lr, trial(lr)).get(lr)!;
const times = (lr: number, factor: number) => Number((lr * factor).toPrecision(3));
let found = first;
while (!(cost(found) < before)) found = times(found, 0.1);
while (cost(times(found, 10)) < cost(found)) found = times(found, 10);
console.log(`cost at the start: ${before.toFixed(2)}`);
const rows = [...costs].map(([lr, cost]) => [lr, cost, lr === found ? "found" : ""]);
console.log(table(["η", `cost after ${steps} steps`, ""], rows));
run.plot.axes("Cost by learning rate", { x: "η", y: `cost after ${steps} steps`, log: "xy" });
run.plot.line("Cost by learning rate", "ours", [...costs].sort(([a], [b]) => a - b));

const curves: number[][] = [];
for (const [i, lr] of [0.025, 0.25, 2.5].entries()) {
  const how = { name: `η = ${lr}`, lr, lambda, epochs, watch: true, plot: run.plot };
  curves.push((await descend(network([784, 30, 10]), train, validation, how)).train.costs);
  run.plot.line(
    "Training cost",
    `η = ${lr}, the book's`,
    theirs[i][2].map((cost, i) => [i + 1, cost] as const),
  );
}
const apart = [0, 1].flatMap((i) => curves[i].map((cost, epoch) => Math.abs(cost / theirs[i][2][epoch] - 1)));
run.check("least cost with η = 2.5", Math.min(...curves[2]), {
  atLeast: 0.6,
  published: Math.min(...theirs[2][2]),
});
run.check("rate found", found, { equals: 1 });
run.check("η = 0.025 and 0.25: farthest from the book's curves, as a share", Math.max(...apart), {
  atMost: 0.15,
});
await run.end();
