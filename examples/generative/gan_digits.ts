/**
 * GAN on digits: a forger of handwriting, and how likely the real test images are if each of its works spreads a
 * little ink.
 *
 *     min over G, max over D:  E log D(x) + E log (1 − D(G(z)))        p(x) = 1/n Σ N(x; G(zᵢ), σ² I)
 *
 * Goodfellow et al. 2014, whose measure this is: a Parzen window of 10,000 samples, σ chosen on other images, mean
 * log-likelihood of the test images of MNIST. They print 225 ± 2 for the GAN, beside 138 ± 2 for a deep belief
 * network, 121 ± 1.6 for stacked contractive autoencoders and 214 ± 1.1 for deep GSNs. The measure flatters whoever
 * covers everything and is a bit blurred, which is why it is no longer used; look at the pictures for yourself.
 *
 * Takes 2 min.
 */
import { cat, data, logsumexp, nn, noGrad, optim, randn, type Tensor } from "../../mod.ts";
import { picture, table } from "../../lib/viz/mod.ts";
import { game } from "../adversaries.ts";
import { first } from "../classifier.ts";
import { system } from "../system.ts";

const run = system("GAN on digits", {
  epochs: 10,
  batch: 100,
  noise: 100,
  samples: 10_000,
  tests: 10_000,
  lr: 3e-4,
});
const { epochs, batch, noise, samples, tests, lr } = run.options;

const generator = new nn.Sequential(
  new nn.Linear(noise, 256),
  new nn.BatchNorm1d(256),
  new nn.LeakyReLU(0.2),
  new nn.Linear(256, 512),
  new nn.BatchNorm1d(512),
  new nn.LeakyReLU(0.2),
  new nn.Linear(512, 784),
  new nn.Tanh(),
);
const discriminator = new nn.Sequential(
  new nn.Linear(784, 512),
  new nn.LeakyReLU(0.2),
  new nn.Dropout(0.3),
  new nn.Linear(512, 256),
  new nn.LeakyReLU(0.2),
  new nn.Dropout(0.3),
  new nn.Linear(256, 1),
);

/** [n, 1, 28, 28] of bytes -> [n, 784] from −1 to 1, as the generator makes them. */
const flat = (images: Tensor) => images.flatten(1).div(127.5).sub(1);

/** log p(x) of each image under Gaussians of `sigma` around the samples, [n]. */
function parzen(images: Tensor, around: Tensor, sigma: number): Tensor {
  const normaliser = Math.log(around.shape[0]) + images.shape[1] * Math.log(sigma * Math.sqrt(2 * Math.PI));
  const norms = around.square().sum(1);
  const parts = images.split(500).map((part) => {
    const distances = part.square().sum(1, true).add(norms).sub(part.matmul(around.T).mul(2)); // |x − s|²
    return logsumexp(distances.div(-2 * sigma ** 2), 1).sub(normaliser);
  });
  return cat(parts);
}

const { train, test } = await data.mnist(), known = first(59_000, train); // the others choose σ
const loader = new data.DataLoader(known, { batchSize: batch, shuffle: true });
const round = game({ generator, discriminator, lr }), fixed = randn([32, noise]);
// the players chase each other in circles; the running mean of the forger's weights is calmer
const { AveragedModel, getEmaMultiAvgFn } = optim.swaUtils;
const average = new AveragedModel(generator, { multiAvgFn: getEmaMultiAvgFn(0.999), useBuffers: true });
average.eval();
for (const panel of ["Losses", "Right critic"]) run.plot.axes(panel, { x: "epoch" });
for (let epoch = 1, step = 0; epoch <= epochs; epoch++) {
  const mean = { discriminator: 0, generator: 0, right: 0 };
  for await (const [images] of data.tqdm(loader, { desc: `epoch ${epoch}` })) {
    const score = round(flat(images), randn([batch, noise]));
    average.updateParameters(generator);
    for (const key of ["discriminator", "generator", "right"] as const) {
      mean[key] += score[key] / loader.length;
    }
    if (++step % 50 > 0) continue;
    run.plot.curve("Losses", "discriminator", step / loader.length, score.discriminator);
    run.plot.curve("Losses", "generator", step / loader.length, score.generator);
    run.plot.curve("Right critic", "share", step / loader.length, score.right);
  }
  run.plot.images("Forged", noGrad(() => average.forward(fixed)).view([-1, 28, 28]), { range: [-1, 1] });
  const { discriminator, generator: own, right } = mean;
  console.log(
    `epoch ${epoch}: losses ${discriminator.toFixed(3)}, ${own.toFixed(3)}, critic right ${right.toFixed(3)}`,
  );
}

const unit = (images: Tensor) => images.add(1).div(2); // from 0 to 1, as the published figures are
const works = unit(noGrad(() => average.forward(randn([samples, noise]))));
const images = unit(flat(test.tensors[0])), training = unit(flat(train.tensors[0]));
const widths = [0.12, 0.14, 0.16, 0.18, 0.2, 0.22, 0.25, 0.3];
const others = training.narrow(0, 59_000, 1000);
const scores = noGrad(() => widths.map((sigma) => parzen(others, works, sigma).mean().item()));
const sigma = widths[scores.indexOf(Math.max(...scores))];
const likelihoods = noGrad(() => parzen(images.narrow(0, 0, tests), works, sigma));
console.log(
  table(["σ", ...widths.map(String)], [["log-likelihood", ...scores.map((score) => score.toFixed(0))]]),
);
console.log(picture(works.narrow(0, 0, 6).view([-1, 28, 28]), { range: [0, 1] }));

/** How far, in squared error, works are from the nearest training image: 0 if they were copied. */
const nearest = works.narrow(0, 0, 200).cdist(training.narrow(0, 0, 20_000)).amin(1).square()
  .mean().item();
run.check("log-likelihood of the test images", likelihoods.mean().item(), {
  atLeast: 150,
  published: "225 ± 2",
});
run.check("squared distance to the nearest training image", nearest, { atLeast: 10 });
await run.end();
