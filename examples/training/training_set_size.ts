/**
 * Training-set size: ten times the digits, five points more right, then two, then one.
 *
 *     784-30-10, η = 0.5, λ = n/10,000: always 150,000 mini-batches of 10, whether of 100 digits or of 50,000
 *
 * "Neural Networks and Deep Learning", 2015, chapter 3, figure more_data: 69.09 % of the validation digits with 100 to learn
 * from, 88.85 % with 1000, 94.89 % with 10,000, where a support-vector machine has 25.07, 83.87 and 92.45. Look at the curve
 * over a logarithmic axis: it goes on rising, so more digits would help still. --all runs the nine sizes of the book.
 *
 * Takes 40 s.
 */
import networks from "../data/nielsen_curves/more_data.json" with { type: "json" };
import machines from "../data/nielsen_curves/more_data_svm.json" with { type: "json" };
import { descend, digits, network } from "../nielsen.ts";
import { system } from "../system.ts";

const run = system("Training-set size", { steps: 150_000, lr: 0.5, all: false });
const { steps, lr, all } = run.options;

const sizes = [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000]; // the book's
const panel = "Accuracy by training-set size";
run.plot.axes(panel, { x: "digits to learn from", log: "x" });
run.plot.line(panel, "the book's", sizes.map((size, i) => [size, networks[i] / 100] as const));
run.plot.line(
  panel,
  "the book's support-vector machine",
  sizes.map((size, i) => [size, machines[i] / 100] as const),
);

for (const [i, size] of sizes.entries()) {
  if (!all && ![100, 1000, 10_000].includes(size)) continue;
  const { train, validation } = await digits(size), model = network([784, 30, 10], "large");
  const epochs = steps * 10 / size, every = Math.max(1, Math.floor(epochs / 20));
  const curve = await descend(model, train, validation, {
    name: `${size} digits`,
    lr,
    lambda: size / 10_000,
    epochs,
    every,
    plot: run.plot,
  });
  const accuracy = curve.test.accuracies.at(-1)!, published = networks[i] / 100;
  run.plot.curve(panel, "ours", size, accuracy);
  run.check(`${size} digits`, accuracy, { equals: Number(published.toFixed(4)), within: 0.02, published });
}
await run.end();
