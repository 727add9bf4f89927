/**
 * Wake-sleep: a network that draws and a network that recognises teach each other, with what is seen by day and
 * dreamed by night.
 *
 *     awake:   t ← recognise ← h ← recognise ← image        the drawing weights learn to say h from t, the image from h
 *     asleep:  t → draw → h → draw → image                  the recognising weights learn to say h from the image, t from h
 *
 * Hinton, Dayan, Frey and Neal, "The wake-sleep algorithm for unsupervised neural networks", 1995: images of 4 x 4
 * pixels with bars, vertical ones in two images of three, each of the four bars there with probability 0.2; a
 * Helmholtz machine of 16 pixels, 8 neurons and one on top, which should mean the direction. They report 0.10 bits
 * between the true probabilities and those of the machine; here they are computed exactly, as all 2 x 256 hidden
 * states can be listed. The weights that draw pixels are kept at 0 or above. Often two neurons take the same bar and
 * one is left over, which costs about 0.8 bits; then it begins anew. Look at what each of the eight neurons draws, and
 * at the sign of the one on top: the direction.
 *
 * Takes 10 s.
 */
import {
  arange,
  bernoulli,
  binaryCrossEntropyWithLogits,
  cat,
  logsumexp,
  nn,
  noGrad,
  optim,
  rand,
  scope,
  type Tensor,
  zeros,
} from "../../mod.ts";
import { picture } from "../../lib/viz/mod.ts";
import { system } from "../system.ts";

const run = system("Wake-sleep", { starts: 6, good: 0.3, steps: 15_000, batch: 100, lr: 0.03 });
const { starts, good, steps, batch, lr } = run.options, { plot } = run;

/** Images as nature draws them, [n, 16]. */
function nature(n: number): Tensor {
  const bars = rand([n, 1, 4]).lt(0.2).to("float32").expand([n, 4, 4]), vertical = rand([n, 1, 1]).lt(2 / 3);
  return bars.where(vertical, bars.transpose(1, 2)).reshape([n, 16]);
}

/** All images that nature draws, each pattern of bars in both directions, and how likely they are. */
function possible(): { images: Tensor; chances: Tensor } {
  const patterns = bits(4), bars = patterns.unsqueeze(1).expand([16, 4, 4]), on = patterns.sum(1);
  const chance = on.mul(Math.log(0.2)).add(on.neg().add(4).mul(Math.log(0.8))).exp();
  const images = cat([bars, bars.transpose(1, 2)]).reshape([32, 16]);
  return { images, chances: cat([chance.mul(2 / 3), chance.div(3)]) };
}

/** All states of n neurons, [2ⁿ, n]. */
function bits(n: number): Tensor {
  return arange(2 ** n).unsqueeze(1).div(arange(n).exp2()).floor().remainder(2);
}

const recognise = [new nn.Linear(16, 8), new nn.Linear(8, 1)]; // image to h, h to t
const draw = [new nn.Linear(8, 16), new nn.Linear(1, 8)]; // h to image, t to h
const bias = new nn.Parameter(zeros([1])); // of t
const chance = (layer: nn.Linear, x: Tensor) => layer.forward(x).sigmoid();
const surprise = (logits: Tensor, x: Tensor) =>
  binaryCrossEntropyWithLogits(logits, x, { reduction: "sum" }).div(x.shape[0]);

function dream(n: number): [t: Tensor, h: Tensor, image: Tensor] {
  const t = bernoulli(bias.sigmoid().expand([n, 1])), h = bernoulli(chance(draw[1], t));
  return [t, h, bernoulli(chance(draw[0], h))];
}

function wakeAndSleep(image: Tensor): Tensor {
  const [h, t, t2, h2, image2] = noGrad(() => {
    const h = bernoulli(chance(recognise[0], image)), t = bernoulli(chance(recognise[1], h));
    return [h, t, ...dream(image.shape[0])];
  });
  const wake = surprise(bias.expand(t.shape), t).add(surprise(draw[1].forward(t), h))
    .add(surprise(draw[0].forward(h), image));
  return wake.add(surprise(recognise[0].forward(image2), h2)).add(surprise(recognise[1].forward(h2), t2));
}

/** Σ p log₂ (p / q) in bits, with q summed over all hidden states; images that occur twice are one. */
function divergence(): number {
  const { images, chances } = possible(),
    states = bits(9),
    [t, h] = [states.narrow(1, 0, 1), states.narrow(1, 1, 8)];
  const log = (logits: Tensor, x: Tensor) => logits.mul(x).sub(logits.exp().log1p()).sum(-1); // log P(x)
  const prior = log(bias.expand([512, 1]), t).add(log(draw[1].forward(t), h)), pixels = draw[0].forward(h);
  const q = logsumexp(prior.add(log(pixels, images.unsqueeze(1))), 1); // [32]
  const same = images.unsqueeze(1).eq(images).all(2).to("float32"), p = same.matmul(chances);
  return chances.mul(p.log().sub(q)).sum().item() / Math.LN2;
}

const parameters = [...recognise, ...draw].flatMap((layer) => [...layer.parameters()]).concat(bias);
plot.axes("Divergence", { x: "images seen", y: "bits", log: "y" });

/** Learns from fresh weights; returns the divergence that is reached. */
async function learn(name: string): Promise<number> {
  for (const { weight, bias } of [...recognise, ...draw]) {
    const most = 1 / Math.sqrt(weight.shape[1]);
    nn.init.uniform_(weight, -most, most);
    nn.init.uniform_(bias!, -most, most);
  }
  nn.init.zeros_(bias);
  const optimizer = new optim.Adam(parameters, { lr, betas: [0.5, 0.99] });
  const schedule = new optim.lrScheduler.CosineAnnealingLR(optimizer, { TMax: steps });
  for (let step = 0; step < steps; step++) {
    if (step % 500 === 0) {
      plot.curve("Divergence", name, step * batch, noGrad(divergence));
      await run.tick();
    }
    using _ = scope();
    optimizer.zeroGrad();
    wakeAndSleep(nature(batch)).backward();
    optimizer.step();
    schedule.step();
    noGrad(() => draw[0].weight.clampMin_(0)); // ink can be added, not taken away
  }
  return noGrad(divergence);
}

const before = noGrad(divergence), reached: number[] = [];
while (reached.length < starts && !(reached.at(-1)! <= good)) {
  const name = `start ${reached.length + 1}`;
  reached.push(await learn(name));
  console.log(`${name}: ${reached.at(-1)!.toFixed(3)} bits after ${steps * batch} images`);
}

const drawn = draw[0].weight.detach().T.view([-1, 4, 4]), towards = draw[1].weight.detach().squeeze(1);
console.log("what each neuron draws, and the weight from the one on top");
const captions = (towards.toArray() as number[]).map((w) => w.toFixed(1));
console.log(picture(drawn.repeatInterleave(2, 1).repeatInterleave(2, 2), { captions }));
const dreams = noGrad(() => dream(60)[2]).view([-1, 4, 4]);
plot.images("Nature", nature(60).view([-1, 4, 4]), { columns: 10 });
plot.images("Dreams", dreams, { columns: 10 });
plot.images("What each neuron draws", drawn, { colors: "signed", captions });

run.check("divergence, bits", Math.min(...reached), { atMost: 0.5, published: 0.1 });
run.check("divergence before, bits", before, { atLeast: 5 });
run.check("starts until all bars were found", reached.length, { atMost: starts });
await run.end();
