/**
 * ResNet, small: 18 layers in blocks that add to their input, with an eighth of the channels, on clothes.
 *
 *     y = relu(x + F(x)), F = norm(conv(relu(norm(conv(x)))))
 *
 * He, Zhang, Ren and Sun, 2015. Images are made 64 x 64 large. Published for the full network on Fashion-MNIST: 0.949 (the
 * data set's list). What the shortcuts are good for: residual.ts.
 *
 * Takes 2 min.
 */
import { data, nn, optim } from "../../mod.ts";
import { resnet18 } from "../../lib/nn/models/mod.ts";
import { fit } from "../classifier.ts";
import { system } from "../system.ts";

const run = system("ResNet, small", { epochs: 2, lr: 2e-3, batch: 64 });
const { epochs, lr, batch } = run.options, fashion = await data.fashionMnist();

const model = new nn.Sequential(
  new nn.Upsample({ size: 64, mode: "bilinear" }),
  resnet18({ numClasses: 10, inChannels: 1, widthMult: 1 / 8 }),
);
console.log(nn.summary(model, [1, 1, 28, 28]));
const optimizer = new optim.Adam(model.parameters());
const totalSteps = epochs * Math.ceil(fashion.train.length / batch);
const { accuracy } = await fit(model, fashion, {
  name: "ResNet-18",
  optimizer,
  schedule: new optim.lrScheduler.OneCycleLR(optimizer, lr, { totalSteps, pctStart: 0.1 }),
  epochs,
  batch,
  plot: run.plot,
});

run.check("test accuracy", accuracy, { atLeast: 0.88, published: 0.949 });
await run.end();
