/**
 * Mean darkness: reads a digit by nothing but how much ink it has.
 *
 *     darkness(x) = Σ x      digit(x) = the d with the smallest |darkness(x) − mean darkness of all d|
 *
 * The baseline of "Neural Networks and Deep Learning" (2015, chapter 1): a 1 has least ink and a 0 most, which alone is right
 * for 2225 of 10,000 digits, more than twice as often as guessing. Look at the confusion matrix: 0 and 1 are read, the others
 * lie too close together.
 *
 * Takes 1 s.
 */
import { metrics, stack } from "../../mod.ts";
import { table } from "../../lib/viz/mod.ts";
import { digits } from "../nielsen.ts";
import { system } from "../system.ts";

const run = system("Mean darkness");
const { train, test } = await digits();
const [ink, inkTest] = [train, test].map(({ tensors: [x] }) => x.sum(1)); // [n]
const classes = [...Array(10).keys()];

const mean = stack(classes.map((d) => ink.maskedSelect(train.tensors[1].eq(d)).mean())); // [10]
const guesses = inkTest.unsqueeze(1).sub(mean).abs().argmin(1);

const shown = mean.toTypedArray();
console.log(table(["digit", "mean darkness"], classes.map((d) => [d, Number(shown[d].toFixed(1))])));
run.plot.bars("Mean darkness", "ink", Object.fromEntries(classes.map((d) => [`digit ${d}`, shown[d]])));
run.plot.matrix("Answers", metrics.confusionMatrix(guesses, test.tensors[1]), {
  sides: ["digit", "read as"],
});

run.check("test accuracy", metrics.accuracy(guesses, test.tensors[1]), {
  equals: 0.2225,
  published: "22.25 %",
});
await run.end();
