/**
 * Nielsen's chapter 6: from one layer of convolutions with sigmoids to two with ReLUs, by plain gradient descent.
 *
 *     20@5x5 -> max -> σ -> 100 σ -> softmax;   20@5x5 -> max -> relu -> 40@5x5 -> max -> relu -> 100 relu -> softmax
 *
 * "Neural Networks and Deep Learning", 2015: batches of 10, and 60 passes over 50,000 images, for 98.78 % and 99.23 %. Here
 * are 3 passes; --epochs 60 is the book's. Weights begin as in its program network3.py: normal with variance 1 / (outputs of a
 * neuron), biases with variance 1, those of the softmax 0; the weights of the second network decay by λ = 0.1.
 *
 * Takes 1.5 min.
 */
import { data, nn, optim } from "../../mod.ts";
import { first, fit } from "../classifier.ts";
import { system } from "../system.ts";

const run = system("Nielsen's chapter 6", { epochs: 3 });
const mnist = await data.mnist(), batch = 10;
const train = first(50_000, mnist.train), batches = train.length / batch;

/** A layer with the initial values of the book; a neuron has `fanOut` outputs. */
function begun<L extends nn.Linear | nn.Conv2d>(layer: L, fanOut: number): L {
  nn.init.normal_(layer.weight, 0, Math.sqrt(1 / fanOut));
  nn.init.normal_(layer.bias!);
  return layer;
}

function convolution(inputs: number, outputs: number): nn.Module[] {
  return [begun(new nn.Conv2d(inputs, outputs, 5), outputs * 5 * 5 / 4), new nn.MaxPool2d(2)];
}

function softmax(inputs: number): nn.Linear {
  const layer = new nn.Linear(inputs, 10);
  nn.init.zeros_(layer.weight);
  nn.init.zeros_(layer.bias!);
  return layer;
}

const one = new nn.Sequential(
  ...convolution(1, 20),
  new nn.Sigmoid(),
  new nn.Flatten(),
  begun(new nn.Linear(20 * 12 * 12, 100), 100),
  new nn.Sigmoid(),
  softmax(100),
);
const two = new nn.Sequential(
  ...convolution(1, 20),
  new nn.ReLU(),
  ...convolution(20, 40),
  new nn.ReLU(),
  new nn.Flatten(),
  begun(new nn.Linear(40 * 4 * 4, 100), 100),
  new nn.ReLU(),
  softmax(100),
);

/** Descends with learning rate `lr`; the cost has (λ / 2) Σ w² / batches. */
async function reach(name: string, model: nn.Module, lr: number, lambda: number): Promise<number> {
  const all = [...model.parameters()], weights = all.filter((x) => x.ndim > 1);
  const groups = [
    { params: weights, weightDecay: lambda / batches },
    { params: all.filter((x) => x.ndim === 1) },
  ];
  const optimizer = new optim.SGD(groups, { lr }), { plot, options: { epochs } } = run;
  const outcome = await fit(model, { train, test: mnist.test }, { name, optimizer, epochs, batch, plot });
  return outcome.accuracy;
}
const sigmoid = await reach("one, sigmoid", one, 0.1, 0);
const relu = await reach("two, ReLU", two, 0.03, 0.1);

run.check("one layer of convolutions, sigmoid", sigmoid, { atLeast: 0.965, published: 0.9878 });
run.check("two layers, ReLU", relu, { atLeast: 0.98, published: 0.9923 });
await run.end();
