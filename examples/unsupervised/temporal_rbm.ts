/**
 * Temporal Boltzmann machine: at each moment a machine whose thresholds depend on what was, and so it foresees how
 * balls bounce.
 *
 *     F(vₜ | past) = −vₜ·aₜ − Σ log(1 + exp(vₜ W + bₜ))        aₜ = a + past A        bₜ = b + past B + rₜ₋₁ C
 *     rₜ = σ(vₜ W + bₜ)        past = the last two images
 *
 * Sutskever and Hinton 2007; with the expected state rₜ₋₁ in place of a drawn one (Sutskever, Hinton and Taylor, "The
 * recurrent temporal restricted Boltzmann machine", 2008) contrastive divergence of each moment is differentiated
 * through all that went before, which autograd does by itself. Published squared errors of the next image are for 30 x
 * 30 pixels (3.88 by the RTRBM, 3.31 by a structured one), here are 15 x 15; so what counts is the error beside that
 * of showing the last image again. Look at the film: after ten images the machine dreams on alone.
 *
 * Takes 30 s.
 */
import {
  bernoulli,
  cat,
  F,
  nn,
  noGrad,
  optim,
  randint,
  randn,
  stack,
  type Tensor,
  zeros,
} from "../../mod.ts";
import { picture, table } from "../../lib/viz/mod.ts";
import { films, size } from "../balls.ts";
import { system } from "../system.ts";

const run = system("Temporal Boltzmann machine", {
  ...{ steps: 1200, films: 3000, hidden: 200, batch: 20, length: 20, lr: 5e-3 },
});
const { steps, films: count, hidden, batch, length, lr } = run.options, { plot } = run;
const pixels = size * size;

class Temporal extends nn.Module {
  readonly w = new nn.Parameter(randn([pixels, hidden]).mul(0.01));
  readonly a = new nn.Linear(2 * pixels, pixels);
  readonly b = new nn.Linear(2 * pixels, hidden);
  readonly c = new nn.Parameter(randn([hidden, hidden]).mul(0.01));

  /** Thresholds of the images from the third on, [n, length − 2, ...], by what was before each. */
  override forward(x: Tensor): { a: Tensor; b: Tensor } {
    const moments = x.shape[1] - 2, past = cat([x.narrow(1, 0, moments), x.narrow(1, 1, moments)], 2);
    const fromPast = this.b.forward(past), seen = x.narrow(1, 2, moments).matmul(this.w);
    const thresholds: Tensor[] = [];
    let r = zeros([x.shape[0], hidden]);
    for (let t = 0; t < moments; t++) {
      thresholds.push(fromPast.select(1, t).add(r.matmul(this.c)));
      r = seen.select(1, t).add(thresholds[t]).sigmoid();
    }
    return { a: this.a.forward(past), b: stack(thresholds, 1) };
  }

  freeEnergy(v: Tensor, { a, b }: { a: Tensor; b: Tensor }): Tensor {
    return v.mul(a).sum(2).add(F.softplus(v.matmul(this.w).add(b)).sum(2)).neg().mean();
  }

  /** The chances of the hidden neurons, then of the pixels, `times` times; drawn in between or not. */
  settle(v: Tensor, { a, b }: { a: Tensor; b: Tensor }, times: number, drawn: boolean): Tensor {
    for (let i = 0; i < times; i++) {
      const h = v.matmul(this.w).add(b).sigmoid();
      v = (drawn ? bernoulli(h) : h).matmul(this.w.T).add(a).sigmoid();
    }
    return v;
  }
}

const model = new Temporal(), optimizer = new optim.Adam(model.parameters(), { lr });
const schedule = new optim.lrScheduler.CosineAnnealingLR(optimizer, { TMax: steps });
const seen = films(count, length),
  unseen = films(100, length),
  truth = unseen.narrow(1, 2, length - 2),
  last = unseen.narrow(1, 1, length - 2);

/** Squared error of the next image. */
function error(predicted: Tensor): number {
  return predicted.sub(truth).square().sum(2).mean().item();
}
const predict = () => noGrad(() => model.settle(last, model.forward(unseen), 1, false));
const copied = error(last), mean = error(unseen.mean([0, 1]).expand(truth.shape));

plot.axes("Squared error of the next image", { x: "step", log: "y" });
for (let step = 0; step < steps; step++) {
  const x = seen.indexSelect(0, randint(count, [batch])),
    v = x.narrow(1, 2, length - 2),
    thresholds = model.forward(x);
  const drawn = noGrad(() => model.settle(v, thresholds, 1 + Math.floor(4 * step / steps), true));
  optimizer.zeroGrad();
  model.freeEnergy(v, thresholds).sub(model.freeEnergy(drawn, thresholds)).backward();
  optimizer.step();
  schedule.step();
  if (step % 100 === 99) {
    const reached = error(predict());
    console.log(`step ${step + 1}: squared error of the next image ${reached.toFixed(3)}`);
    plot.curve("Squared error of the next image", "machine", step + 1, reached);
    plot.curve("Squared error of the next image", "the last image again", step + 1, copied);
  }
  await run.tick();
}
const reached = error(predict());
console.log(table(["squared error of the next image", ""], [
  ["mean image", mean],
  ["the last image again", copied],
  ["machine", reached],
]));

// Ten images are seen, ten dreamed
let dreamed = unseen.narrow(0, 0, 1).narrow(1, 0, 10);
while (dreamed.shape[1] < 20) {
  const now = dreamed.narrow(1, dreamed.shape[1] - 1, 1),
    x = cat([dreamed, now], 1),
    { a, b } = noGrad(() => model.forward(x));
  const [lastA, lastB] = [a, b].map((z) => z.narrow(1, z.shape[1] - 1, 1));
  dreamed = cat([dreamed, noGrad(() => model.settle(now, { a: lastA, b: lastB }, 10, false))], 1);
}
const both = cat([unseen.narrow(0, 0, 1), dreamed]).reshape([2, length, size, size]).narrow(1, 8, 8);
console.log("balls, and what the machine makes of them after the second image shown here");
for (const row of both.split(1)) {
  console.log(picture(row.squeeze(0).narrow(0, 0, 6), { range: [0, 1] }), "\n");
}
plot.images("True above, dreamed on from the third below", both.reshape([16, size, size]), {
  columns: 8,
  range: [0, 1],
});

run.check("error, share of the last image's", reached / copied, { atMost: 0.62 });
run.check("squared error of the next image", reached, { atMost: copied, published: "3.88 (30 x 30)" });
await run.end();
