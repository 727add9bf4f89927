/**
 * Overfitting: a thousand digits learnt by heart, and what becomes of the others.
 *
 *     C = −1/n Σ (y ln a + (1 − y) ln (1 − a)), on the training digits and on the test's
 *
 * "Neural Networks and Deep Learning", 2015, chapter 3: 784-30-10, 1000 digits, 400 epochs, η = 0.5. The training cost falls for
 * ever, and by epoch 68 there every training digit was right; the test's cost turns at its lowest, 1.20, in epoch 15 and
 * ends at 1.77, while the accuracy stays near 82 %. Look at the curves: the book's own are drawn beside ours. With all 50,000
 * digits the gap all but closes.
 *
 * Takes 11 s.
 */
import theirs from "../data/nielsen_curves/overfitting.json" with { type: "json" };
import { descend, digits, network } from "../nielsen.ts";
import { system } from "../system.ts";

const run = system("Overfitting", { epochs: 400, lr: 0.5, digits: 1000 });
const { epochs, lr } = run.options, { train, test } = await digits(run.options.digits);

const model = network([784, 30, 10], "large"),
  how = { name: "ours", lr, epochs, watch: true, plot: run.plot };
const ours = await descend(model, train, test, how);

const [testCost, testRight, trainCost, trainRight] = theirs; // costs, and numbers of digits
for (
  const [panel, values, digits] of [
    ["Test cost", testCost, 1],
    ["Test accuracy", testRight, 10_000],
    ["Training cost", trainCost, 1],
    ["Training accuracy", trainRight, 1000],
  ] as const
) run.plot.line(panel, "the book's", values.map((value, i) => [i + 1, value / digits] as const));

const { accuracies, costs } = ours.test, lowest = Math.min(...costs);
const byHeart = ours.train.accuracies.indexOf(1) + 1;
console.log(
  `lowest test cost ${lowest.toFixed(2)} in epoch ${costs.indexOf(lowest) + 1}, all by heart in ${byHeart}`,
);
run.check("test accuracy", accuracies.at(-1)!, {
  atLeast: 0.8,
  atMost: 0.85,
  published: testRight.at(-1)! / 1e4,
});
run.check("training accuracy", ours.train.accuracies.at(-1)!, {
  equals: 1,
  published: trainRight.at(-1)! / 1000,
});
run.check("lowest test cost", lowest, { atMost: 1.4, published: Math.min(...testCost) });
run.check("last test cost over the lowest", costs.at(-1)! / lowest, {
  atLeast: 1.3,
  published: testCost.at(-1)! / Math.min(...testCost),
});
await run.end();
