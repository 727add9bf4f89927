/**
 * LeNet on clothes: the sigmoids and means of the nineties beside today's ReLUs and maxima, on Fashion-MNIST.
 *
 *     σ(x) = 1 / (1 + e⁻ˣ), σ' ≤ 1/4; relu(x) = max(0, x), relu' = 1 where x > 0
 *
 * The first run is that of the book "Dive into Deep Learning" (section 7.6): sigmoid, means, Xavier's initial weights, SGD
 * with learning rate 0.9, batches of 256, 10 passes; it reached 0.779. Look at its first passes, in which next to nothing
 * happens: four sigmoids in a row pass on 1/256 of the gradient at best. The second network has as many parameters.
 *
 * Takes 1 min.
 */
import { data, nn, optim } from "../../mod.ts";
import { lenet5 } from "../../lib/nn/models/mod.ts";
import { fit } from "../classifier.ts";
import { system } from "../system.ts";

const run = system("LeNet on clothes", { epochs: 10, modernEpochs: 5 });
const fashion = await data.fashionMnist(), { plot } = run;

const old = lenet5({ activation: () => new nn.Sigmoid(), pool: () => new nn.AvgPool2d(2) });
for (const module of old.modules()) {
  if (module instanceof nn.Linear || module instanceof nn.Conv2d) nn.init.xavierUniform_(module.weight);
}
const sgd = new optim.SGD(old.parameters(), { lr: 0.9 });
const before = await fit(old, fashion, {
  name: "sigmoid and means",
  optimizer: sgd,
  epochs: run.options.epochs,
  batch: 256,
  plot,
});

const modern = lenet5(), adam = new optim.Adam(modern.parameters());
const totalSteps = Math.ceil(fashion.train.length / 64) * run.options.modernEpochs;
const after = await fit(modern, fashion, {
  name: "ReLU and maxima",
  optimizer: adam,
  schedule: new optim.lrScheduler.OneCycleLR(adam, 3e-3, { totalSteps, pctStart: 0.1 }),
  epochs: run.options.modernEpochs,
  plot,
});

run.check("sigmoid and means, test accuracy", before.accuracy, {
  atLeast: 0.75,
  atMost: 0.84,
  published: 0.779,
});
run.check("ReLU and maxima, test accuracy", after.accuracy, { atLeast: 0.885 });
await run.end();
