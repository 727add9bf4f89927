/**
 * Restricted Boltzmann machine: how likely it finds unseen digits, computed exactly, and what its training
 * approximates.
 *
 *     E(v, h) = −v W h − a·v − b·h       P(v) = exp(−F(v)) / Z       Z = Σₕ exp(b·h) Πᵢ (1 + exp(aᵢ + Wᵢ h))
 *     −∂ log P(v) / ∂W = ⟨v hᵀ⟩ of the model's dreams − ⟨v hᵀ⟩ of the data
 *
 * Smolensky 1986, Hinton 2002. With 20 hidden neurons Z is a sum of 2²⁰ terms, so that the likelihood is known, as in
 * Salakhutdinov and Murray, "On the quantitative analysis of deep belief networks", 2008: CD-1 −164.50, CD-3 −150.11,
 * CD-25 −143.20 nats a test digit. (They train 60 times as long; here are ten passes.) CD-k dreams for k Gibbs steps
 * from the data, PCD goes on from its last dream. On 6 x 4 neurons the gradient is held against the sum over all 1024
 * states. Look at the dreams: CD-1 has never been far from the data, and what it dreams far from them it finds likely
 * all the same.
 *
 * Takes 1.5 min.
 */
import { arange, autograd, bernoulli, F, logsumexp, noGrad, optim, type Tensor, zeros } from "../../mod.ts";
import { picture, table } from "../../lib/viz/mod.ts";
import { RBM } from "../rbm.ts";
import { minimise, pictures, rows } from "../rows.ts";
import { system } from "../system.ts";

const run = system("Restricted Boltzmann machine", { epochs: 10, hidden: 20, lr: 0.05, batch: 100 });
const { epochs, hidden, lr, batch } = run.options, { plot } = run;

/** All states of n neurons, [2ⁿ, n], or those from `first` on. */
function states(n: number, first = 0, count = 2 ** n): Tensor {
  const number = arange(first, first + count, { dtype: "float64" }).unsqueeze(1);
  return number.div(arange(n, { dtype: "float64" }).exp2()).floor().remainder(2);
}

/** log Z, the sum over all hidden states; `chunk` of them at a time. */
function logPartition({ weight, visibleBias, hiddenBias, hiddens }: RBM, chunk = 8192): Tensor {
  const n = Math.min(chunk, 2 ** hiddens), parts: number[] = [];
  for (let first = 0; first < 2 ** hiddens; first += n) {
    const h = states(hiddens, first, n).to(weight.dtype);
    const part = logsumexp(
      h.matmul(hiddenBias).add(F.softplus(h.matmul(weight.T).add(visibleBias)).sum(1)),
      0,
    );
    if (n === 2 ** hiddens) return part;
    parts.push(part.item());
  }
  const most = Math.max(...parts);
  return zeros([]).add(most + Math.log(parts.reduce((sum, x) => sum + Math.exp(x - most), 0)));
}

// A small machine, all of whose 2¹⁰ states can be listed: positive less negative phase is the gradient of the likelihood
const toy = new RBM(6, 4, 0.5).double(), some = states(6).narrow(0, 13, 20);
const likelihood = toy.freeEnergy(some).mean().neg().sub(logPartition(toy));
const [gradient] = autograd.grad([likelihood], [toy.weight]);
const phases = noGrad(() => {
  const v = states(6), positive = some.T.matmul(toy.hidden(some)).div(20);
  const chances = toy.freeEnergy(v).neg().softmax(0).unsqueeze(1); // P(v) of all v
  return positive.sub(v.mul(chances).T.matmul(toy.hidden(v)));
});
run.check("gradient less phases, 6 x 4", gradient!.sub(phases).abs().amax().item(), { atMost: 1e-8 });

const { train, test } = await rows();
const [x, unseen] = [bernoulli(train.x), bernoulli(test.x)]; // black and white, by chance
const chances = x.mean(0).clamp(1e-3, 1 - 1e-3), start = chances.logit();
const independent = F.binaryCrossEntropy(chances.expand(unseen.shape), unseen, { reduction: "sum" }).item();

/** Trains a machine; `dream` says from where and how long it dreams. */
async function learn(name: string, dream: (rbm: RBM, data: Tensor) => Tensor) {
  const rbm = new RBM(784, hidden);
  noGrad(() => rbm.visibleBias.copy_(start)); // begins with the mean image
  const optimizer = new optim.SGD(rbm.parameters(), { lr, momentum: 0.5 });
  const schedule = new optim.lrScheduler.LinearLR(optimizer, {
    startFactor: 1,
    endFactor: 0.1,
    totalIters: epochs,
  });
  const loss = (data: Tensor) => rbm.contrast(data, dream(rbm, data));
  await minimise([x], loss, { name, optimizer, schedule, epochs, batch, plot });
  const logZ = noGrad(() => logPartition(rbm)).item();
  const reached = (images: Tensor) => -noGrad(() => rbm.freeEnergy(images)).mean().item() - logZ;
  const dreams = noGrad(() => rbm.visible(rbm.hidden(rbm.gibbs(unseen.narrow(0, 0, 12), 1000))));
  console.log(`${name}: log Z ${logZ.toFixed(2)}, dreams after 1000 steps`);
  console.log(picture(pictures(dreams.narrow(0, 0, 4)), { range: [0, 1] }));
  plot.images(`${name}: filters`, rbm.filters(28, 28), { colors: "signed", range: "each", columns: 5 });
  plot.images(`${name}: dreams after 1000 steps`, pictures(dreams), { range: [0, 1] });
  return { name, test: reached(unseen), training: reached(x.narrow(0, 0, 10_000)) };
}

let chains = bernoulli(chances.expand([batch, 784]));
const results = [
  await learn("CD-1", (rbm, data) => rbm.gibbs(data, 1)),
  await learn("CD-3", (rbm, data) => rbm.gibbs(data, 3)),
  await learn("PCD-1", (rbm) => chains = rbm.gibbs(chains, 1)),
];
console.log(table(
  ["nats a digit", "test", "training"],
  [["independent pixels", -independent / 10_000, ""], ...results.map((r) => [r.name, r.test, r.training])],
));
plot.bars("Log-likelihood of a test digit", "nats", Object.fromEntries(results.map((r) => [r.name, r.test])));

const [cd1, cd3, pcd] = results.map((result) => result.test);
run.check("test log-likelihood, CD-1", cd1, { atLeast: -175, published: -164.5 });
run.check("test log-likelihood, CD-3", cd3, { atLeast: -165, published: -150.11 });
run.check("test log-likelihood, PCD-1", pcd, { atLeast: -152, published: "-143.2 (CD-25)" });
run.check("CD-1 < CD-3 < PCD-1", cd1 < cd3 && cd3 < pcd, { equals: true });
await run.end();
