/**
 * Convolutional deep belief network: Boltzmann machines whose filters look everywhere, and pools of which one neuron
 * may fire.
 *
 *     Iₖ = v ∗ Wₖ + bₖ      in each block of 2 x 2: P(hᵢ = 1) = exp(Iᵢ) / (1 + Σ exp(Iⱼ)),  P(pool = 0) = 1 / (1 + Σ exp(Iⱼ))
 *     F(v) = −c Σ v − Σ over blocks of log(1 + Σ exp(Iⱼ))
 *
 * Lee, Grosse, Ranganath and Ng, "Convolutional deep belief networks for scalable unsupervised learning of
 * hierarchical representations", 2009: probabilistic max-pooling, and filters that fire seldom. Digits without labels
 * teach two layers, and a linear classifier gets few labels: in the paper 2.62 % wrong with 1000 of them, and features
 * of all of MNIST. Here are 10,000 digits without labels. Look at the filters: pieces of strokes, and above them
 * corners and arcs.
 *
 * Takes 1 min.
 */
import {
  bernoulli,
  cat,
  conv2d,
  convTranspose2d,
  crossEntropy,
  logsumexp,
  metrics,
  nn,
  noGrad,
  optim,
  rand,
  randn,
  type Tensor,
  zeros,
} from "../../mod.ts";
import { picture, table } from "../../lib/viz/mod.ts";
import { minimise, rows } from "../rows.ts";
import { system } from "../system.ts";

const run = system("Convolutional deep belief network", {
  ...{ digits: 10_000, labels: 1000, epochs: 2, batch: 50, lr: 5e-3, first: 24, second: 40, sparsity: 0.1 },
});
const { digits, labels, epochs, batch, lr, first, second, sparsity } = run.options, { plot } = run;
const { train, test } = await rows(digits);
const images = (x: Tensor) => x.view([-1, 1, 28, 28]);

/** A machine of `filters` filters of [channels, size, size]. */
class ConvolutionalRBM extends nn.Module {
  readonly weight: nn.Parameter;
  readonly bias: nn.Parameter;
  readonly visibleBias: nn.Parameter;

  constructor(channels: number, filters: number, size: number, start: Tensor) {
    super();
    this.weight = new nn.Parameter(randn([filters, channels, size, size]).mul(0.05 / Math.sqrt(channels)));
    this.bias = new nn.Parameter(zeros([filters]).sub(2));
    this.visibleBias = new nn.Parameter(start.clone());
  }

  /** The inputs of the hidden neurons in their blocks, with a 0 for "none", [n, filters, rows, columns, 5]. */
  override forward(v: Tensor): Tensor {
    const input = conv2d(v, this.weight, this.bias), [n, filters, height, width] = input.shape;
    const blocks = input.view([n, filters, height / 2, 2, width / 2, 2]).permute([0, 1, 2, 4, 3, 5]);
    const four = blocks.reshape([n, filters, height / 2, width / 2, 4]);
    return cat([four, zeros([n, filters, height / 2, width / 2, 1])], 4);
  }

  freeEnergy(v: Tensor): Tensor {
    const visible = v.mul(this.visibleBias.view([1, -1, 1, 1])).sum([1, 2, 3]);
    return visible.add(logsumexp(this.forward(v), 4).sum([1, 2, 3])).neg();
  }

  /** The chance that somebody in a block fires, [n, filters, rows, columns]. */
  pooled(v: Tensor): Tensor {
    return this.forward(v).softmax(4).select(4, 4).neg().add(1);
  }

  /** One Gibbs step: who fires in each block, if anybody, and what the visible neurons then are. */
  gibbs(v: Tensor): Tensor {
    return noGrad(() => {
      const below = this.forward(v).softmax(4).cumsum(4), [n, filters, height, width] = below.shape;
      const u = rand([n, filters, height, width, 1]), reached = u.lt(below).to("float32"); // 0 0 1 1 1: the third
      const four = cat([reached.narrow(4, 0, 1), reached.narrow(4, 1, 3).sub(reached.narrow(4, 0, 3))], 4);
      const h = four.view([n, filters, height, width, 2, 2]).permute([0, 1, 2, 4, 3, 5]);
      const input = convTranspose2d(h.reshape([n, filters, 2 * height, 2 * width]), this.weight);
      return bernoulli(input.add(this.visibleBias.view([1, -1, 1, 1])).sigmoid());
    });
  }
}

async function learn(name: string, rbm: ConvolutionalRBM, x: Tensor): Promise<void> {
  const optimizer = new optim.Adam(rbm.parameters(), { lr });
  await minimise([x], (chances) => {
    const v = bernoulli(chances), dream = rbm.gibbs(v);
    const contrast = rbm.freeEnergy(v).mean().sub(rbm.freeEnergy(dream).mean());
    // who fires too often gets a higher threshold: else all filters are the same blur
    const [often, blocks] = noGrad(() => {
      const pooled = rbm.pooled(v);
      return [pooled.mean([0, 2, 3]), pooled.shape[2] * pooled.shape[3]];
    });
    return contrast.add(rbm.bias.mul(often.sub(sparsity)).sum().mul(blocks));
  }, { name, optimizer, epochs, batch, plot });
}

/** In parts, as all at once would take gigabytes. */
function pooled(rbm: ConvolutionalRBM, x: Tensor): Tensor {
  return noGrad(() => cat(x.split(500).map((part) => rbm.pooled(part))));
}

const dark = (x: Tensor) => x.mean([0, 2, 3]).clamp(0.01, 0.99).logit();
const one = new ConvolutionalRBM(1, first, 7, dark(images(train.x))); // 28 → 22 → 11
await learn("layer 1", one, images(train.x));
const seen1 = pooled(one, images(train.x)), unseen1 = pooled(one, images(test.x));
const padded = (x: Tensor) => nn.functional.pad(x, [0, 1, 0, 1]); // 12 → 8 → 4
const two = new ConvolutionalRBM(first, second, 5, dark(seen1));
await learn("layer 2", two, padded(seen1));
const seen2 = pooled(two, padded(seen1.narrow(0, 0, labels))), unseen2 = pooled(two, padded(unseen1));

/** Multinomial logistic regression by L-BFGS on the first images; returns the share of wrong answers in the test. */
function logistic(x: Tensor, unseen: Tensor, decay: number): number {
  const model = new nn.Linear(x.shape[1], 10), y = train.y.narrow(0, 0, labels);
  const optimizer = new optim.LBFGS(model.parameters(), { maxIter: 150, lineSearchFn: "strong_wolfe" });
  optimizer.step(() => {
    optimizer.zeroGrad();
    const loss = crossEntropy(model.forward(x), y).add(model.weight.square().sum().mul(decay));
    loss.backward();
    return loss;
  });
  return 1 - metrics.accuracy(noGrad(() => model.forward(unseen).argmax(1)), test.y);
}
const some = (x: Tensor) => x.narrow(0, 0, labels).flatten(1), all = (x: Tensor) => x.flatten(1);
const raw = logistic(some(train.x), test.x, 1e-3);
const layer1 = logistic(some(seen1), all(unseen1), 1e-3);
const both = logistic(cat([some(seen1), all(seen2)], 1), cat([all(unseen1), all(unseen2)], 1), 1e-3);
console.log(table([`wrong in the test with ${labels} labels, %`, ""], [
  ["pixels", 100 * raw],
  ["first layer", 100 * layer1],
  ["both layers", 100 * both],
]));

const filters = one.weight.detach().squeeze(1);
console.log(picture(filters.narrow(0, 0, 12)));
plot.images("Filters of the first layer", filters, { colors: "signed", range: "each", columns: 8 });
// a filter of the second layer as the sum of those of the first, each where it looks: pools are two pixels apart
const upper = convTranspose2d(two.weight.detach(), one.weight.detach(), { stride: 2 }).squeeze(1);
plot.images("Filters of the second layer, in pixels", upper, { colors: "signed", range: "each", columns: 8 });
plot.bars("Wrong in the test", "share", { pixels: raw, "first layer": layer1, "both layers": both });

const total = noGrad(() =>
  one.forward(images(test.x.narrow(0, 0, 20))).softmax(4).sum(4).sub(1).abs().amax().item()
);
run.check("chances in a block, furthest from 1", total, { atMost: 1e-5 });
run.check("wrong with both layers", both, { atMost: 0.07, published: 0.0262 });
run.check("wrong with pixels", raw, { atLeast: 0.1 });
run.check("share of the pixels' errors", both / raw, { atMost: 0.5 });
await run.end();
