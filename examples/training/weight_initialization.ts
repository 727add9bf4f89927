/**
 * Weight initialisation: weights from N(0, 1/inputs) instead of N(0, 1) keep neurons from being sure before they know.
 *
 *     z = Σ w x + b      w ~ N(0, 1): Var z ≈ Σ x²      w ~ N(0, 1/n): Var z ≈ 1
 *
 * "Neural Networks and Deep Learning", 2015, chapter 3: 784-30-10, η = 0.1, λ = 5. After one epoch 8643 of 10,000 validation
 * digits are right with large weights and 9270 with scaled ones; after thirty both are near 9650. Look at |z| and σ′ of the
 * hidden neurons before the first step, and at the first points of the curves.
 *
 * Takes 14 s.
 */
import { type nn, noGrad, type Tensor } from "../../mod.ts";
import theirs from "../data/nielsen_curves/weight_initialization_30.json" with { type: "json" };
import { table } from "../../lib/viz/mod.ts";
import { descend, digits, network } from "../nielsen.ts";
import { system } from "../system.ts";

const run = system("Weight initialisation", { epochs: 15, lr: 0.1, lambda: 5 });
const { train, validation } = await digits(), { epochs, lr, lambda } = run.options;
const published = {
  large: theirs.large_weight_initialization[1],
  scaled: theirs.default_weight_initialization[1],
};

/** The spread of z and the mean σ′ of the hidden neurons. */
function hidden(model: nn.Sequential): [spread: number, slope: number] {
  const z: Tensor = noGrad(() => model.at(0)!.forward(validation.tensors[0])), a = z.sigmoid();
  return [z.std().item(), a.mul(a.rsub(1)).mean().item()];
}

const rows: [string, number, number, number, number][] = [], after: Record<string, number[]> = {};
for (const start of ["large", "scaled"] as const) {
  const model = network([784, 30, 10], start), [spread, slope] = hidden(model);
  const how = { name: `${start} weights`, lr, lambda, epochs, plot: run.plot };
  const { accuracies } = (await descend(model, train, validation, how)).test;
  run.plot.line(
    "Test accuracy",
    `${start}, the book's`,
    published[start].map((n, i) => [i + 1, n / 1e4] as const),
  );
  rows.push([start, spread, slope, accuracies[0], accuracies.at(-1)!]);
  after[start] = accuracies;
}
console.log(table(["weights", "std z", "mean σ′", "first epoch", "last epoch"], rows));

const { large, scaled } = after;
run.check("scaled weights, one epoch", scaled[0], { atLeast: 0.91, published: published.scaled[0] / 1e4 });
run.check("large weights, one epoch", large[0], { atMost: 0.89, published: published.large[0] / 1e4 });
run.check("gap in points", 100 * (scaled[0] - large[0]), { atLeast: 4, published: 6.27 });
run.check("scaled weights, all epochs", Math.max(...scaled), {
  atLeast: 0.955,
  published: Math.max(...published.scaled.slice(0, epochs)) / 1e4,
});
await run.end();
