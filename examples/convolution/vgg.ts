/**
 * VGG, small: nothing but 3 x 3 convolutions, the image halved five times, with an eighth of the channels, on clothes.
 *
 *     two 3x3 see 5x5 with 18/25 of the parameters, three see 7x7 with 27/49, and with a ReLU after each
 *
 * Simonyan and Zisserman, 2014, configuration A (VGG-11), with batch norm, which came a year later and does what the paper
 * had to do by training shallow networks first. Images are padded to 32 x 32. Published for full networks on
 * Fashion-MNIST: VGG-16 0.935 (the data set's list), VGG-11 with a quarter of the channels 0.917 ("Dive into Deep Learning").
 *
 * Takes 2 min.
 */
import { data, nn, optim } from "../../mod.ts";
import { vgg11Bn } from "../../lib/nn/models/mod.ts";
import { fit } from "../classifier.ts";
import { system } from "../system.ts";

const run = system("VGG, small", { epochs: 2, lr: 2e-3, batch: 64 });
const { epochs, lr, batch } = run.options, fashion = await data.fashionMnist();

const model = new nn.Sequential(
  new nn.ZeroPad2d(2),
  vgg11Bn({ numClasses: 10, inChannels: 1, widthMult: 1 / 8 }),
);
console.log(nn.summary(model, [1, 1, 28, 28]));
const optimizer = new optim.Adam(model.parameters());
const totalSteps = epochs * Math.ceil(fashion.train.length / batch);
const { accuracy } = await fit(model, fashion, {
  name: "VGG-11",
  optimizer,
  schedule: new optim.lrScheduler.OneCycleLR(optimizer, lr, { totalSteps, pctStart: 0.1 }),
  epochs,
  batch,
  plot: run.plot,
});

run.check("test accuracy", accuracy, { atLeast: 0.88, published: 0.917 });
await run.end();
