/**
 * Stacked autoencoder: layers learn one after the other without labels, then a classifier on top, then all of them
 * together.
 *
 *     hₖ = σ(Wₖ hₖ₋₁ + bₖ), each trained to say hₖ₋₁ again from sparse hₖ      P(digit) = softmax(V h₂ + c)
 *
 * After Hinton 2006 and Bengio 2007, in the form of Stanford's tutorial (UFLDL): 784-200-200-10, mean activations near
 * ρ = 0.1 with weight β = 3, λ = 0.003. There are two ways to use labels. To train the classifier only leaves the
 * features as they are: 87.7 % right in the tutorial. To go on through all layers, fine-tuning, makes it 97.6 %. A
 * third use: append the features to the pixels, from which a linear classifier then sees more. The first layer's
 * filters become strokes.
 *
 * Takes 40 s.
 */
import {
  cat,
  crossEntropy,
  F,
  fullLike,
  manualSeed,
  metrics,
  mseLoss,
  nn,
  noGrad,
  optim,
  type Tensor,
} from "../../mod.ts";
import { picture, table } from "../../lib/viz/mod.ts";
import { minimise, pictures, rows } from "../rows.ts";
import { system } from "../system.ts";

const run = system("Stacked autoencoder", {
  ...{ pretraining: 10, epochs: 10, classifier: 4, lr: 2e-3, batch: 100, rho: 0.1, beta: 3, lambda: 0.003 },
});
const { pretraining, epochs, classifier, lr, batch, rho, beta, lambda, seed } = run.options, { plot } = run;
const { train, test } = await rows();
const adam = (...modules: nn.Module[]) =>
  new optim.Adam(modules.flatMap((module) => [...module.parameters()]), { lr });

/** Trains a layer to say its input again: ½ ‖x − x̂‖² + β KL(ρ ‖ mean activation) + ½ λ ‖W‖². */
async function pretrain(name: string, x: Tensor, hidden: number): Promise<nn.Linear> {
  const encoder = new nn.Linear(x.shape[1], hidden), decoder = new nn.Linear(hidden, x.shape[1]);
  await minimise([x], (x) => {
    const h = encoder.forward(x).sigmoid(), mean = h.mean(0);
    const error = mseLoss(decoder.forward(h).sigmoid(), x, { reduction: "sum" }).div(2 * x.shape[0]);
    // up to a constant the cross-entropy of ρ and the mean is their divergence
    const sparsity = F.binaryCrossEntropy(mean, fullLike(mean, rho), { reduction: "sum" });
    const size = encoder.weight.square().sum().add(decoder.weight.square().sum());
    return error.add(sparsity.mul(beta)).add(size.mul(lambda / 2));
  }, { name, optimizer: adam(encoder, decoder), epochs: pretraining, batch, plot });
  return encoder;
}

/** Trains what is given to the optimizer for the labels, and returns the share of right answers in the test. */
async function classify(
  name: string,
  model: nn.Module,
  trained: nn.Module,
  x: Tensor,
  unseen: Tensor,
  epochs: number,
) {
  const loss = (x: Tensor, y: Tensor) => crossEntropy(model.forward(x), y);
  const optimizer = adam(trained);
  const schedule = new optim.lrScheduler.CosineAnnealingLR(optimizer, { TMax: epochs });
  await minimise([x, train.y], loss, { name, optimizer, schedule, epochs, batch, plot });
  return metrics.accuracy(noGrad(() => model.forward(unseen).argmax(1)), test.y);
}

const first = await pretrain("layer 1", train.x, 200);
const features = (layer: nn.Linear, x: Tensor) => noGrad(() => layer.forward(x).sigmoid());
const seen1 = features(first, train.x), unseen1 = features(first, test.x);
const second = await pretrain("layer 2", seen1, 200);
const seen2 = features(second, seen1), unseen2 = features(second, unseen1);
const filters = pictures(first.weight.detach().narrow(0, 0, 100).clone()); // before fine-tuning changes them

const top = new nn.Linear(200, 10), nothing = 0.1;
const only = await classify("classifier only", top, top, seen2, unseen2, classifier);
const whole = new nn.Sequential(first, new nn.Sigmoid(), second, new nn.Sigmoid(), top);
const tuned = await classify("fine-tuning", whole, whole, train.x, test.x, epochs);

manualSeed(seed); // the same order of mini-batches for both
const raw = new nn.Linear(784, 10), both = new nn.Linear(984, 10);
const pixels = await classify("pixels", raw, raw, train.x, test.x, classifier);
manualSeed(seed);
const appended = await classify(
  "pixels and features",
  both,
  both,
  cat([train.x, seen1], 1),
  cat([test.x, unseen1], 1),
  classifier,
);

console.log(table(["share of right answers", "ours", "tutorial"], [
  ["chance", nothing, ""],
  ["two layers of features, classifier only", only, 0.877],
  ["fine-tuned as a whole", tuned, 0.976],
  ["pixels, linear classifier", pixels, ""],
  ["pixels and the first layer's features", appended, ""],
]));
console.log("\nsome filters of the first layer");
console.log(picture(filters.narrow(0, 0, 6), { columns: 3 }));
plot.images("Filters of the first layer", filters, { colors: "signed", range: "each", columns: 10 });
plot.bars("Right in the test", "share", { "classifier only": only, "fine-tuned": tuned, pixels, appended });

run.check("fine-tuned", tuned, { atLeast: 0.976, published: 0.976 });
run.check("classifier only", only, { atLeast: 0.7, atMost: tuned, published: 0.877 });
run.check("pixels and features", appended, { atLeast: 0.925 });
run.check("gain by features beside pixels", appended - pixels, { atLeast: 0.005 });
await run.end();
