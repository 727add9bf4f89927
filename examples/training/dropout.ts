/**
 * Dropout: each time another half of the neurons is away, so that none can rely on a certain other.
 *
 *     training: y = x · m / (1 − p), each m is 0 with probability p      predicting: y = x
 *
 * Hinton et al. 2012, as told in "Neural Networks and Deep Learning": 98.4 % without, 98.7 % with dropout, without
 * convolutions. There were 60,000 digits and 800 neurons a layer; here are 5000 digits, where two layers of 1000 ReLUs overfit
 * soon. Pixels are dropped, too, a fifth of them. Look at the training loss, which dropout keeps up, and at the test accuracy.
 *
 * Takes 50 s.
 */
import { data, manualSeed, nn, optim } from "../../mod.ts";
import { first, fit } from "../classifier.ts";
import { system } from "../system.ts";

const run = system("Dropout", { epochs: 20, digits: 5000, batch: 100, lr: 0.05, momentum: 0.9 });
const { epochs, digits, batch, lr, momentum, seed } = run.options;
const mnist = await data.mnist(), train = first(digits, mnist.train);

async function reach(name: string, pixels: number, neurons: number): Promise<number> {
  manualSeed(seed); // the same initial weights
  const model = new nn.Sequential(
    new nn.Flatten(),
    new nn.Dropout(pixels),
    new nn.Linear(784, 1000),
    new nn.ReLU(),
    new nn.Dropout(neurons),
    new nn.Linear(1000, 1000),
    new nn.ReLU(),
    new nn.Dropout(neurons),
    new nn.Linear(1000, 10),
  );
  const optimizer = new optim.SGD(model.parameters(), { lr, momentum }), { plot } = run;
  const outcome = await fit(model, { train, test: mnist.test }, { name, optimizer, epochs, batch, plot });
  return outcome.accuracy;
}
const without = await reach("without dropout", 0, 0), dropped = await reach("with dropout", 0.2, 0.5);

run.check("test accuracy without dropout", without, { atLeast: 0.935 });
run.check("test accuracy with dropout", dropped, { atLeast: 0.945 });
run.check("gain, in points", 100 * (dropped - without), { atLeast: 0.2, published: 0.3 });
await run.end();
