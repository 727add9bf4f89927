/**
 * Stacked denoising autoencoder: each layer learns to repair what it is given, and fine-tuning begins where that has
 * led.
 *
 *     h̃ₖ₋₁ = hₖ₋₁ with a quarter set to 0        hₖ = σ(Wₖ h̃ₖ₋₁ + bₖ)        ĥₖ₋₁ = σ(Wₖᵀ hₖ + cₖ)
 *
 * Vincent et al., "Stacked denoising autoencoders", 2010: on 10,000 digits of MNIST 2.84 % wrong (an SVM 3.03 %), on
 * all of them 1.28 % with three layers of a thousand or more; the Deep Learning Tutorials of Theano have 1.30 %. Here
 * are two layers of 400 and a few passes. Look at how good the classifier is before fine-tuning, with features that
 * never saw a label.
 *
 * Takes 1.2 min.
 */
import {
  binaryCrossEntropyWithLogits,
  crossEntropy,
  manualSeed,
  metrics,
  nn,
  noGrad,
  optim,
  randLike,
  type Tensor,
  zeros,
} from "../../mod.ts";
import { table } from "../../lib/viz/mod.ts";
import { minimise, pictures, rows } from "../rows.ts";
import { system } from "../system.ts";

const run = system("Stacked denoising autoencoder", {
  ...{
    digits: 60_000,
    pretraining: 4,
    epochs: 7,
    classifier: 3,
    hidden: 400,
    noise: 0.25,
    lr: 2e-3,
    batch: 100,
  },
});
const { digits, pretraining, epochs, classifier, hidden, noise, lr, batch, seed } = run.options,
  { plot } = run;
const { train, test } = await rows(digits);

/** Trains a layer to repair its input; it shares its weights between both directions. */
async function pretrain(name: string, x: Tensor): Promise<nn.Linear> {
  const encoder = new nn.Linear(x.shape[1], hidden), bias = new nn.Parameter(zeros([x.shape[1]]));
  const optimizer = new optim.Adam([...encoder.parameters(), bias], { lr });
  await minimise([x], (x) => {
    const h = encoder.forward(x.mul(randLike(x).ge(noise))).sigmoid();
    const said = h.matmul(encoder.weight).add(bias);
    return binaryCrossEntropyWithLogits(said, x, { reduction: "sum" }).div(x.shape[0]);
  }, { name, optimizer, epochs: pretraining, batch, plot });
  return encoder;
}

/** Trains for the labels, and returns the share of right answers in the test. */
async function classify(
  name: string,
  model: nn.Module,
  x: Tensor,
  unseen: Tensor,
  epochs: number,
): Promise<number> {
  const optimizer = new optim.Adam(model.parameters(), { lr });
  const schedule = new optim.lrScheduler.CosineAnnealingLR(optimizer, { TMax: epochs });
  const loss = (x: Tensor, y: Tensor) => crossEntropy(model.forward(x), y);
  await minimise([x, train.y], loss, { name, optimizer, schedule, epochs, batch, plot });
  return metrics.accuracy(noGrad(() => model.forward(unseen).argmax(1)), test.y);
}

/** Two layers of sigmoids and a classifier. */
function stack(first: nn.Linear, second: nn.Linear, top: nn.Linear): nn.Module {
  return new nn.Sequential(first, new nn.Sigmoid(), second, new nn.Sigmoid(), top);
}

const first = await pretrain("layer 1", train.x),
  features = (x: Tensor) => noGrad(() => first.forward(x).sigmoid());
const seen = features(train.x), unseen = features(test.x);
const second = await pretrain("layer 2", seen), top = new nn.Linear(hidden, 10);
const upper = (x: Tensor) => noGrad(() => second.forward(x).sigmoid());
plot.images("Filters of the first layer", pictures(first.weight.detach().narrow(0, 0, 100).clone()), {
  ...{ colors: "signed", range: "each", columns: 10 },
});
const before = await classify("classifier only", top, upper(seen), upper(unseen), classifier);
const after = await classify("fine-tuning", stack(first, second, top), train.x, test.x, epochs);

manualSeed(seed);
const fresh = stack(new nn.Linear(784, hidden), new nn.Linear(hidden, hidden), new nn.Linear(hidden, 10));
const random = await classify("from random weights", fresh, train.x, test.x, epochs);
console.log(table(["", "wrong in the test, %"], [
  ["classifier on features without labels", 100 * (1 - before)],
  ["fine-tuned", 100 * (1 - after)],
  ["the same network from random weights", 100 * (1 - random)],
]));

run.check("fine-tuned", after, { atLeast: 0.978, published: 0.9872 });
run.check("before fine-tuning", before, { atLeast: 0.93 });
run.check("gain over random weights", after - random, { atLeast: 0 });
await run.end();
