/**
 * Linear support-vector machine: the plane between two classes that keeps farthest from both.
 *
 *     min ½ |w|² + C Σ max(0, 1 − y (w x + b)), y = ±1      margin = 2/|w|
 *
 * Cortes and Vapnik 1995; one machine for each digit against the others, and the surest wins. The task is scikit-learn's: 1797
 * digits of 8 x 8 pixels, the first half to learn from, the second to read. Look at how few digits touch a margin: only these
 * support vectors decide where the plane is. The data: Alpaydin and Kaynak 1998.
 *
 * Takes 0.7 s.
 */
import { F, metrics, nn, noGrad, optim } from "../../mod.ts";
import { digits } from "../sources.ts";
import { system } from "../system.ts";

const run = system("Linear support-vector machine", { steps: 1000, c: 0.3, lr: 0.02 });
const { steps, c, lr } = run.options;

const { x: pixels, y: classes } = await digits(), x = pixels.div(16), y = classes.to("int32"), half = 898;
const [train, test] = [[0, half], [half, 1797 - half]].map(([from, count]) => ({
  x: x.narrow(0, from, count),
  y: y.narrow(0, from, count),
}));
const sides = F.oneHot(train.y, 10).mul(2).sub(1); // ±1, [n, 10]

const model = new nn.Linear(64, 10), optimizer = new optim.Adam(model.parameters(), { lr });
const schedule = new optim.lrScheduler.CosineAnnealingLR(optimizer, { TMax: steps });
for (let step = 1; step <= steps; step++) {
  const missing = sides.mul(model.forward(train.x)).rsub(1).relu(); // max(0, 1 − y f)
  const cost = model.weight.square().sum().div(2).add(missing.sum().mul(c));
  optimizer.zeroGrad();
  cost.backward();
  optimizer.step();
  schedule.step();
  if (step % 10 > 0) continue;
  run.plot.curve("Cost", "½ |w|² + C Σ max(0, 1 − y f)", step, cost);
  await run.tick();
}

const read = ({ x }: typeof train) => noGrad(() => model.forward(x).argmax(1));
const supports = sides.mul(model.forward(train.x)).le(1.001).sum(0), { weight } = model;
console.log(`support vectors of each digit's machine, of ${half}: ${[...supports.toTypedArray()].join(" ")}`);
run.plot.images("Weights", weight.detach().reshape(10, 8, 8), { captions: "0123456789", colors: "signed" });
run.plot.matrix("Answers", metrics.confusionMatrix(read(test), test.y), { sides: ["digit", "read as"] });

run.check("training accuracy", metrics.accuracy(read(train), train.y), { atLeast: 0.965 });
run.check("test accuracy", metrics.accuracy(read(test), test.y), { atLeast: 0.92 });
run.check("share of support vectors", supports.sum().item() / (10 * half), { atMost: 0.2 });
await run.end();
