/**
 * Deep Boltzmann machine: two hidden layers joined in both directions, so that what is seen above changes what is seen
 * below.
 *
 *     E(v, h, k) = −v W h − h U k − a·v − b·h − c·k         P(h = 1 | v, k) = σ(v W + k Uᵀ + b)         P(k = 1 | h) = σ(h U + c)
 *
 * Salakhutdinov and Hinton, "Deep Boltzmann machines", 2009: 0.95 % of MNIST's test digits wrong with 500 and 1000
 * neurons and 60,000 digits. Each layer begins as a Boltzmann machine of its own, with the weights towards the middle
 * doubled, as in the whole the middle layer gets help from both sides. For the data, mean-field steps find what h and
 * k should be; for the model, 100 chains dream on by Gibbs sampling. Then the weights become a network whose first
 * hidden layer sees what the second is believed to be, and backpropagation tunes it. Here are 10,000 digits. Look at
 * the chains' dreams.
 *
 * Takes 45 s.
 */
import {
  bernoulli,
  cat,
  crossEntropy,
  metrics,
  nn,
  noGrad,
  optim,
  rand,
  type Tensor,
  zeros,
} from "../../mod.ts";
import { picture, table } from "../../lib/viz/mod.ts";
import { RBM } from "../rbm.ts";
import { minimise, pictures, rows } from "../rows.ts";
import { system } from "../system.ts";

const run = system("Deep Boltzmann machine", {
  ...{ digits: 10_000, greedy: 6, together: 5, tuning: 6, hidden: 500, upper: 500, batch: 50, meanField: 5 },
});
const { digits, greedy, together, tuning, hidden, upper, batch, meanField } = run.options, { plot } = run;
const { train, test } = await rows(digits);

/** A machine of which one direction is doubled, as if there were two layers of the kind that is to come. */
class Half extends RBM {
  constructor(visibles: number, hiddens: number, readonly doubled: "up" | "down") {
    super(visibles, hiddens);
  }
  override hidden(v: Tensor): Tensor {
    return v.matmul(this.weight).mul(this.doubled === "up" ? 2 : 1).add(this.hiddenBias).sigmoid();
  }
  override visible(h: Tensor): Tensor {
    return h.matmul(this.weight.T).mul(this.doubled === "down" ? 2 : 1).add(this.visibleBias).sigmoid();
  }
}

/** −E, averaged over the rows; its gradient by each weight is the mean product of the two neurons that it joins. */
function harmony(lower: RBM, higher: RBM, v: Tensor, h: Tensor, k: Tensor): Tensor {
  const joined = v.matmul(lower.weight).mul(h).sum().add(h.matmul(higher.weight).mul(k).sum());
  const alone = v.matmul(lower.visibleBias).sum().add(h.matmul(lower.hiddenBias).sum())
    .add(k.matmul(higher.hiddenBias).sum());
  return joined.add(alone).div(v.shape[0]);
}

async function learn(name: string, half: Half, x: Tensor): Promise<void> {
  const optimizer = new optim.SGD(half.parameters(), { lr: 0.05, momentum: 0.5, weightDecay: 1e-4 });
  await minimise([x], (v) => {
    const h = noGrad(() => half.hidden(v)), dream = noGrad(() => half.visible(bernoulli(h)));
    const back = noGrad(() => half.hidden(dream)); // one step of contrastive divergence
    const pair = (v: Tensor, h: Tensor) =>
      v.matmul(half.weight).mul(h).sum().add(v.matmul(half.visibleBias).sum()).add(
        h.matmul(half.hiddenBias).sum(),
      );
    return pair(dream, back).sub(pair(v, h)).div(v.shape[0]);
  }, { name, optimizer, epochs: greedy, batch, plot });
}

const lower = new Half(784, hidden, "up"), higher = new Half(hidden, upper, "down");
await learn("lower half", lower, train.x);
await learn("upper half", higher, noGrad(() => lower.hidden(train.x)));

/** P(h = 1 | v, k). */
function middle(v: Tensor, k: Tensor): Tensor {
  return v.matmul(lower.weight).add(k.matmul(higher.weight.T)).add(lower.hiddenBias).sigmoid();
}

/** What h and k are believed to be for these images: each by turns, with the other as it is believed. */
function believe(v: Tensor): { h: Tensor; k: Tensor } {
  let h = lower.hidden(v), k = higher.hidden(h);
  for (let i = 0; i < meanField; i++) [h, k] = [middle(v, k), higher.hidden(h)];
  return { h, k };
}

const chains = { v: rand([100, 784]).round(), k: zeros([100, upper]), h: zeros([100, hidden]) };
/** One Gibbs step of all chains. */
function dream(): void {
  chains.h = bernoulli(middle(chains.v, chains.k));
  chains.k = bernoulli(higher.hidden(chains.h));
  chains.v = bernoulli(chains.h.matmul(lower.weight.T).add(lower.visibleBias).sigmoid());
}
noGrad(() => {
  for (let i = 0; i < 100; i++) dream();
});

const parameters = [lower.weight, lower.visibleBias, lower.hiddenBias, higher.weight, higher.hiddenBias];
const joint = new optim.SGD(parameters, { lr: 5e-3, momentum: 0.5, weightDecay: 1e-4 });
const slower = new optim.lrScheduler.LinearLR(joint, {
  startFactor: 1,
  endFactor: 0.1,
  totalIters: together,
});
await minimise([train.x], (x) => {
  const { v, h, k } = noGrad(() => {
    const v = bernoulli(x);
    dream();
    return { v, ...believe(v) };
  });
  return harmony(lower, higher, chains.v, chains.h, chains.k).sub(harmony(lower, higher, v, h, k));
}, { name: "together", optimizer: joint, schedule: slower, epochs: together, batch, plot });

const [seen, unseen] = [train.x, test.x].map((x) => noGrad(() => believe(x)));
noGrad(() => {
  for (let i = 0; i < 200; i++) dream();
});
const dreams = pictures(noGrad(() => chains.h.matmul(lower.weight.T).add(lower.visibleBias).sigmoid()));
console.log(picture(dreams.narrow(0, 0, 6), { columns: 3, range: [0, 1] }));
plot.images("Dreams of the chains", dreams, { columns: 10, range: [0, 1] });
plot.images("Filters", lower.filters(28, 28).narrow(0, 0, 100), {
  colors: "signed",
  range: "each",
  columns: 10,
});

async function classify(
  name: string,
  model: nn.Module,
  x: Tensor,
  unseen: Tensor,
  lr: number,
): Promise<number> {
  const optimizer = new optim.Adam(model.parameters(), { lr });
  const schedule = new optim.lrScheduler.CosineAnnealingLR(optimizer, { TMax: tuning });
  const loss = (x: Tensor, y: Tensor) => crossEntropy(model.forward(x), y);
  await minimise([x, train.y], loss, { name, optimizer, schedule, epochs: tuning, batch, plot });
  return 1 - metrics.accuracy(noGrad(() => model.forward(unseen).argmax(1)), test.y);
}

/** The machine as a network: from pixels and what the upper layer is believed to be, [n, 784 + upper]. */
function network(): nn.Module {
  const first = new nn.Linear(784 + upper, hidden), second = new nn.Linear(hidden, upper);
  noGrad(() => {
    first.weight.copy_(cat([lower.weight.T, higher.weight], 1));
    first.bias!.copy_(lower.hiddenBias);
    second.weight.copy_(higher.weight.T);
    second.bias!.copy_(higher.hiddenBias);
  });
  return new nn.Sequential(first, new nn.Sigmoid(), second, new nn.Sigmoid(), new nn.Linear(upper, 10));
}

const both = ({ h, k }: { h: Tensor; k: Tensor }) => cat([h, k], 1);
const linear = await classify("linear", new nn.Linear(hidden + upper, 10), both(seen), both(unseen), 2e-3);
const [x, xTest] = [cat([train.x, seen.k], 1), cat([test.x, unseen.k], 1)];
const tuned = await classify("backpropagation", network(), x, xTest, 2e-3);
console.log(table(["", "wrong in the test, %"], [
  ["linear classifier on both layers", 100 * linear],
  ["backpropagation", 100 * tuned],
]));
run.check("wrong, linear classifier", linear, { atMost: 0.08, published: "0.078 (10,000, numpy)" });
run.check("wrong after backpropagation", tuned, { atMost: 0.042, published: "0.0095 (60,000 digits)" });
await run.end();
