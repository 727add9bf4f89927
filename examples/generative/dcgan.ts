/**
 * DCGAN: the recipe with which convolutions forge and judge without one side winning for good.
 *
 *     strides instead of pooling, batch normalisation in both, ReLU in G and LeakyReLU(0.2) in D,
 *     weights from N(0, 0.02²), Adam with lr = 2e-4 and β₁ = ½
 *
 * Radford, Metz and Chintala 2015. A game has no loss that must fall, so that what counts is that both stay in it: a
 * critic whose loss goes to 0 has nothing more to teach. How good the digits are is told by LeNet, trained on real
 * ones, with the score of Salimans et al. 2016: exp of the mean KL(p(y|x) ‖ p(y)), which is 10 if every work is
 * surely one digit and all are made equally often. Look at the same noise turning into digits: after 936 steps most
 * are some digit, others nothing yet. The usual length would be `--epochs 20 --images 60000`, which was not run.
 *
 * Takes 1 min.
 */
import { cat, data, nn, noGrad, optim, randn, type Tensor } from "../../mod.ts";
import { lenet5 } from "../../lib/nn/models/mod.ts";
import { picture } from "../../lib/viz/mod.ts";
import { game } from "../adversaries.ts";
import { first, fit } from "../classifier.ts";
import { system } from "../system.ts";

const run = system("DCGAN", { epochs: 2, images: 30_000, batch: 64, noise: 64, lr: 2e-4 });
const { epochs, images, batch, noise, lr } = run.options;

const generator = new nn.Sequential( // [n, noise] -> [n, 1, 28, 28], pixels from -1 to 1
  new nn.Unflatten(1, [noise, 1, 1]),
  new nn.ConvTranspose2d(noise, 64, 7, { bias: false }),
  new nn.BatchNorm2d(64),
  new nn.ReLU(),
  new nn.ConvTranspose2d(64, 32, 4, { stride: 2, padding: 1, bias: false }),
  new nn.BatchNorm2d(32),
  new nn.ReLU(),
  new nn.ConvTranspose2d(32, 1, 4, { stride: 2, padding: 1 }),
  new nn.Tanh(),
);
const discriminator = new nn.Sequential(
  new nn.Conv2d(1, 32, 4, { stride: 2, padding: 1 }),
  new nn.LeakyReLU(0.2),
  new nn.Conv2d(32, 64, 4, { stride: 2, padding: 1, bias: false }),
  new nn.BatchNorm2d(64),
  new nn.LeakyReLU(0.2),
  new nn.Conv2d(64, 1, 7),
);
for (const player of [generator, discriminator]) {
  player.apply((layer) => {
    if (layer instanceof nn.Conv2d || layer instanceof nn.ConvTranspose2d) {
      nn.init.normal_(layer.weight, 0, 0.02);
    }
    if (layer instanceof nn.BatchNorm2d) nn.init.normal_(layer.weight!, 1, 0.02);
  });
}

/** exp E KL(p(y|x) ‖ p(y)) for digits with pixels from 0 to 1, by one who can read. */
function score(reader: nn.Module, digits: Tensor): number {
  reader.eval();
  const p = noGrad(() => cat(digits.split(500).map((part): Tensor => reader.forward(part).softmax(1))));
  return p.mul(p.clampMin(1e-12).log().sub(p.mean(0).log())).sum(1).mean().exp().item();
}

const mnist = await data.mnist(), reader = lenet5();
const optimizer = new optim.Adam(reader.parameters());
await fit(reader, mnist, { name: "reader", optimizer, epochs: 1, plot: run.plot });

const loader = new data.DataLoader(first(images, mnist.train), {
  batchSize: batch,
  shuffle: true,
  dropLast: true,
});
const round = game({ generator, discriminator, lr }), fixed = randn([40, noise]);
const losses = { discriminator: [] as number[], generator: [] as number[] };
run.plot.axes("Losses", { x: "epoch" });
for (let epoch = 1, step = 0; epoch <= epochs; epoch++) {
  for await (const [digits] of data.tqdm(loader, { desc: `epoch ${epoch}` })) {
    const outcome = round(digits.div(127.5).sub(1), randn([batch, noise]));
    for (const player of ["discriminator", "generator"] as const) {
      losses[player].push(outcome[player]);
      if (step % 25 === 0) run.plot.curve("Losses", player, step / loader.length, outcome[player]);
    }
    if (++step % 100 > 0) continue;
    const works: Tensor = noGrad(() => generator.forward(fixed));
    run.plot.images("Forged", works, { columns: 10, range: [-1, 1] });
  }
}
generator.eval();
const works: Tensor = noGrad(() => generator.forward(randn([2000, noise]))).add(1).div(2);
console.log(picture(works.narrow(0, 0, 10), { columns: 5, range: [0, 1] }));

/** The mean of the last quarter. */
const late = (all: readonly number[]) => {
  const part = all.slice(Math.floor(0.75 * all.length));
  return part.reduce((a, b) => a + b) / part.length;
};
const real = score(reader, mnist.test.tensors[0].narrow(0, 0, 2000).div(255));
run.check("score of the works, 1 to 10", score(reader, works), { atLeast: 4 });
run.check("score of real digits", real, { atLeast: 8 });
run.check("critic's loss in the last quarter", late(losses.discriminator), { atLeast: 0.1, atMost: 1.4 });
run.check("forger's loss in the last quarter", late(losses.generator), { atMost: 5 });
await run.end();
