/**
 * Boltzmann machine by pseudo-likelihood: 500 hidden neurons, whose likelihood nobody can compute, watched by a stand-
 * in.
 *
 *     log PL(v) = Σᵢ log P(vᵢ | all other pixels) ≈ 784 · log σ(F(v with pixel i turned) − F(v)),  i by chance
 *
 * Besag 1975. The setting and the figures are those of the Deep Learning Tutorials of Theano (2008-2013): persistent
 * contrastive divergence, mini-batches and chains of 20, lr 0.1, 50,000 digits. With 15 Gibbs steps the measure is
 * −90.65 in the first pass, −81.24 in the second and −62.76 in the fifteenth. Here is one Gibbs step, for 15 times
 * less work. Look at the samples, 1000 steps apart, and at the filters, which are strokes and spots.
 *
 * Takes 25 s.
 */
import { arange, cat, F, noGrad, optim, rand, randint, type Tensor, zeros } from "../../mod.ts";
import { picture } from "../../lib/viz/mod.ts";
import { RBM } from "../rbm.ts";
import { minimise, pictures, rows } from "../rows.ts";
import { system } from "../system.ts";

const run = system("Boltzmann machine by pseudo-likelihood", {
  ...{ epochs: 2, hidden: 500, lr: 0.1, batch: 20, steps: 1, digits: 50_000 },
});
const { epochs, hidden, lr, batch, steps, digits } = run.options, { plot } = run;
const { train, test } = await rows(digits);

/** The stand-in for the log-likelihood, [n]: one pixel is turned in each image, another one each time. */
function pseudoLikelihood(rbm: RBM, images: Tensor): Tensor {
  const v = images.round(), n = v.shape[0], pixels = v.shape[1], turned = v.clone();
  const pixel = randint(pixels, [n]), each = arange(n, { dtype: "int32" });
  turned.indexPut_([each, pixel], v.index([each, pixel]).neg().add(1));
  return F.logsigmoid(rbm.freeEnergy(turned).sub(rbm.freeEnergy(v))).mul(pixels);
}

const rbm = new RBM(784, hidden), optimizer = new optim.SGD(rbm.parameters(), { lr });
noGrad(() => rbm.weight.uniform_(-4 * Math.sqrt(6 / (784 + hidden)), 4 * Math.sqrt(6 / (784 + hidden))));
let chains = zeros([batch, 784]), step = 0;
const recent: number[] = [], reached: number[] = [];
for (let epoch = 1; epoch <= epochs; epoch++) {
  await minimise([train.x], (data) => {
    if (step++ % 10 === 0) recent.push(noGrad(() => pseudoLikelihood(rbm, data)).mean().item());
    return rbm.contrast(data, chains = rbm.gibbs(chains, steps));
  }, { name: `PCD-${steps}, pass ${epoch}`, optimizer, epochs: 1, batch, plot });
  reached.push(recent.reduce((sum, x) => sum + x, 0) / recent.length);
  recent.length = 0;
  plot.curve("Pseudo-likelihood in training", `PCD-${steps}`, epoch, reached.at(-1)!);
  console.log(`pass ${epoch}: pseudo-likelihood ${reached.at(-1)!.toFixed(2)}`);
}

// As in the tutorial: chains that begin with digits of the test set, and are looked at every 1000 steps
let state = test.x.narrow(0, 0, 10).round();
const samples = Array.from({ length: 5 }, () => {
  state = rbm.gibbs(state, 1000);
  return noGrad(() => rbm.visible(rbm.hidden(state)));
});
console.log(
  picture(pictures(cat(samples.map((sample) => sample.narrow(0, 0, 3)).slice(-2))), { columns: 3 }),
);
plot.images("Samples, each row 1000 steps after the one above", pictures(cat(samples)), { columns: 10 });
plot.images("Filters", rbm.filters(28, 28).narrow(0, 0, 100), {
  colors: "signed",
  range: "each",
  columns: 10,
});

const unseen = noGrad(() => pseudoLikelihood(rbm, cat(Array(5).fill(test.x)))).mean().item();
const noise = noGrad(() => pseudoLikelihood(rbm, rand([1000, 784]))).mean().item();
run.check("pseudo-likelihood in the last pass", reached.at(-1)!, {
  atLeast: -85,
  published: "-81.24 (PCD-15)",
});
run.check("pseudo-likelihood of the test set", unseen, { atLeast: -85 });
run.check("pseudo-likelihood of noise", noise, { atMost: -300 });
await run.end();
