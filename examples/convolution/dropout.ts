/**
 * Dropout on convolutions: two layers of a thousand neurons on top of two of convolutions, with and without dropping half.
 *
 *     training: y = x · m / (1 − p), each m is 0 with probability p = 0.5; predicting: y = x
 *
 * Hinton et al., 2012; the network is the largest of Nielsen's chapter 6 (99.60 % with dropout after 40 passes over 250,000
 * images). Layers of 1000 neurons can learn every training image by heart, and do so where there are few: here are 1000.
 * Look at the training loss, which dropout keeps from vanishing, and at what it gains on the whole test set.
 *
 * Takes 1 min.
 */
import { data, manualSeed, nn, optim } from "../../mod.ts";
import { accuracy, first, fit } from "../classifier.ts";
import { system } from "../system.ts";

const run = system("Dropout on convolutions", { epochs: 40, images: 1000, batch: 50 });
const { epochs, images, batch, seed } = run.options, { train, test } = await data.mnist();
const few = { train: first(images, train), test: first(1000, test) }; // the curve is that of 1000 test images

async function reach(name: string, p: number): Promise<number> {
  manualSeed(seed); // the same initial weights
  const model = new nn.Sequential(
    new nn.Conv2d(1, 20, 5),
    new nn.MaxPool2d(2),
    new nn.ReLU(),
    new nn.Conv2d(20, 40, 5),
    new nn.MaxPool2d(2),
    new nn.ReLU(),
    new nn.Flatten(),
    new nn.Dropout(p),
    new nn.Linear(40 * 4 * 4, 1000),
    new nn.ReLU(),
    new nn.Dropout(p),
    new nn.Linear(1000, 1000),
    new nn.ReLU(),
    new nn.Dropout(p),
    new nn.Linear(1000, 10),
  );
  const optimizer = new optim.Adam(model.parameters());
  await fit(model, few, { name, optimizer, epochs, batch, plot: run.plot });
  return accuracy(model, test);
}
const without = await reach("without dropout", 0), dropped = await reach("with dropout", 0.5);

run.check("test accuracy without dropout", without, { atLeast: 0.94 });
run.check("test accuracy with dropout", dropped, { atLeast: 0.94 });
run.check("gain, in points", 100 * (dropped - without), { atLeast: 0.2 });
await run.end();
