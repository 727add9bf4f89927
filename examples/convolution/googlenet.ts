/**
 * GoogLeNet, small: nine blocks of 1 x 1, 3 x 3 and larger convolutions side by side, with an eighth of the channels, on clothes.
 *
 *     loss = loss of the last classifier + 0.3 · (loss after block 4a + loss after block 4d)
 *
 * Szegedy et al., 2014. The two classifiers half way bring gradients to the early layers and are thrown away afterwards.
 * Images are made 64 x 64 large. Published for the full network on Fashion-MNIST: 0.937 (the data set's list), 0.886 ("Dive
 * into Deep Learning"). Look at the curves: the later a classifier, the better.
 *
 * Takes 3 min.
 */
import { crossEntropy, data, nn, optim, type Tensor } from "../../mod.ts";
import { googlenet, type GoogLeNetOutputs } from "../../lib/nn/models/mod.ts";
import { fit } from "../classifier.ts";
import { system } from "../system.ts";

const run = system("GoogLeNet, small", { epochs: 2, lr: 2e-3, batch: 64 });
const { epochs, lr, batch } = run.options, fashion = await data.fashionMnist();

const network = googlenet({ numClasses: 10, inChannels: 1, widthMult: 1 / 8, initWeights: false });
const model = new nn.Sequential(new nn.Upsample({ size: 64, mode: "bilinear" }), network);
const names = ["last classifier", "after block 4a", "after block 4d"];
let step = 0;

function loss(outputs: GoogLeNetOutputs, classes: Tensor): Tensor {
  const [last, early, late] = outputs.map((scores) => crossEntropy(scores, classes));
  if (step++ % 50 === 0) {
    [last, early, late].forEach((x, i) => run.plot.curve("Three losses", names[i], step, x));
  }
  return last.add(early.add(late).mul(0.3));
}

const optimizer = new optim.Adam(model.parameters());
const totalSteps = epochs * Math.ceil(fashion.train.length / batch);
const { accuracy } = await fit(model, fashion, {
  name: "GoogLeNet",
  optimizer,
  schedule: new optim.lrScheduler.OneCycleLR(optimizer, lr, { totalSteps, pctStart: 0.1 }),
  epochs,
  batch,
  loss,
  plot: run.plot,
});

run.check("test accuracy", accuracy, { atLeast: 0.88, published: 0.937 });
await run.end();
