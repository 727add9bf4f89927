/**
 * AlexNet, small: the network that won ImageNet in 2012, with an eighth of its channels, on clothes.
 *
 *     11x11/4 -> max -> 5x5 -> max -> 3x3 -> 3x3 -> 3x3 -> max -> three linear layers, the first two after dropout
 *
 * Krizhevsky, Sutskever and Hinton, 2012: ReLUs, dropout, overlapping maxima, and two graphics cards. Images are made
 * 96 x 96 large, since the first layer takes steps of 4 pixels. Published for the full network on Fashion-MNIST: 0.899
 * (the data set's list), 0.884 ("Dive into Deep Learning").
 *
 * Takes 2 min.
 */
import { data, nn, optim } from "../../mod.ts";
import { alexnet } from "../../lib/nn/models/mod.ts";
import { fit } from "../classifier.ts";
import { system } from "../system.ts";

const run = system("AlexNet, small", { epochs: 3, lr: 2e-3, batch: 64 });
const { epochs, lr, batch } = run.options, fashion = await data.fashionMnist();

const model = new nn.Sequential(
  new nn.Upsample({ size: 96, mode: "bilinear" }),
  alexnet({ numClasses: 10, inChannels: 1, widthMult: 1 / 8, dropout: 0.2 }),
);
console.log(nn.summary(model, [1, 1, 28, 28]));
const optimizer = new optim.Adam(model.parameters());
const totalSteps = epochs * Math.ceil(fashion.train.length / batch);
const { accuracy } = await fit(model, fashion, {
  name: "AlexNet",
  optimizer,
  schedule: new optim.lrScheduler.OneCycleLR(optimizer, lr, { totalSteps, pctStart: 0.1 }),
  epochs,
  batch,
  plot: run.plot,
});

const { "1.features.0.weight": filters } = model.stateDict();
run.plot.images("Filters of the first layer", filters, { colors: "signed" });
run.check("test accuracy", accuracy, { atLeast: 0.88, published: 0.899 });
await run.end();
