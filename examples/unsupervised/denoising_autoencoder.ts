/**
 * Denoising autoencoder: sees an image of which pixels are missing and has to say all of it, so that it must know what
 * digits are.
 *
 *     x̃ = x with a share of pixels set to 0        h = σ(W x̃ + b)        x̂ = σ(Wᵀ h + c)        minimise the cross-entropy of x, x̂
 *
 * Vincent, Larochelle, Bengio and Manzagol 2008. An autoencoder with almost as many neurons as pixels need not learn
 * anything but to copy; one that is given damaged input cannot get away with it. It shares its weights between both
 * directions. Look at the filters, which are spots without noise and grow into strokes with more of it, as the paper
 * shows, and at the digits of which half is missing. What each can repair is measured at 30 % of missing pixels, in
 * pixels' squared error.
 *
 * Takes 25 s.
 */
import {
  binaryCrossEntropyWithLogits,
  cat,
  manualSeed,
  nn,
  noGrad,
  optim,
  randLike,
  type Tensor,
  zeros,
} from "../../mod.ts";
import { picture, table } from "../../lib/viz/mod.ts";
import { minimise, pictures, rows } from "../rows.ts";
import { system } from "../system.ts";

const run = system("Denoising autoencoder", { digits: 10_000, epochs: 12, hidden: 400, lr: 4e-3, batch: 50 });
const { digits, epochs, hidden, lr, batch, seed } = run.options, { plot } = run;
const { train, test } = await rows(digits);

/** With a share of the pixels set to 0. */
function damaged(x: Tensor, share: number): Tensor {
  return x.mul(randLike(x).ge(share));
}

/** One layer there and back by the same weights. */
class Tied extends nn.Module {
  readonly encoder = new nn.Linear(784, hidden);
  readonly bias = new nn.Parameter(zeros([784]));
  /** The logarithmic odds of each pixel. */
  override forward(x: Tensor): Tensor {
    return this.encoder.forward(x).sigmoid().matmul(this.encoder.weight).add(this.bias);
  }
}

manualSeed(seed);
const broken = damaged(test.x, 0.3), half = damaged(test.x.narrow(0, 0, 8), 0.5);

async function learn(noise: number) {
  manualSeed(seed);
  const model = new Tied(), name = `${100 * noise} % missing`;
  await minimise([train.x], (x) => {
    const said = model.forward(damaged(x, noise));
    return binaryCrossEntropyWithLogits(said, x, { reduction: "sum" }).div(x.shape[0]);
  }, { name, optimizer: new optim.Adam(model.parameters(), { lr }), epochs, batch, plot });
  const repair = (x: Tensor) => noGrad(() => model.forward(x).sigmoid());
  const error = (x: Tensor) => repair(x).sub(test.x).square().sum(1).mean().item();
  const filters = pictures(model.encoder.weight.detach().narrow(0, 0, 100));
  plot.images(`Filters, ${name} in training`, filters, { colors: "signed", range: "each", columns: 10 });
  return { name, whole: error(test.x), broken: error(broken), repaired: repair(half) };
}
const plain = await learn(0), denoising = await learn(0.3);

console.log(table(["squared error of a test image", "whole", "30 % missing"], [
  ["as it is", 0, broken.sub(test.x).square().sum(1).mean().item()],
  ...[plain, denoising].map(({ name, whole, broken }) => [`trained with ${name}`, whole, broken]),
]));
const original = test.x.narrow(0, 0, 8);
console.log(
  "\nhalf of the pixels missing, repaired by the plain one, and by the one that learned from damaged digits",
);
for (const images of [half, plain.repaired, denoising.repaired]) {
  console.log(picture(pictures(images.narrow(0, 0, 3)), { range: [0, 1] }), "\n");
}
const all = cat([original, half, plain.repaired, denoising.repaired]);
plot.images("Whole, half missing, repaired by the plain one and by the denoising one", pictures(all), {
  columns: 8,
  range: [0, 1],
});

const untouched = broken.sub(test.x).square().sum(1).mean().item();
run.check("denoising: error at 30 % missing", denoising.broken, { atMost: 8 });
run.check("its share of the plain one's error", denoising.broken / plain.broken, { atMost: 0.7 });
run.check("its share of the damage", denoising.broken / untouched, { atMost: 0.5 });
run.check("plain: error of whole images", plain.whole, { atMost: denoising.whole });
await run.end();
