/**
 * Sparse autoencoder: more neurons than it needs, most of which must be silent, and each becomes a stroke or an edge.
 *
 *     L1:  ‖x − x̂‖² + λ Σ |z|               KL:  ½ ‖x − x̂‖² + β Σⱼ ρ log(ρ / ρ̂ⱼ) + (1 − ρ) log((1 − ρ) / (1 − ρ̂ⱼ)) + ½ λ ‖W‖²
 *
 * Without the second term an autoencoder of as many neurons as pixels could copy its input. L1 makes most of a ReLU's
 * outputs exactly 0. The other form is that of Stanford's tutorial on unsupervised feature learning (Ng 2011): ρ̂ⱼ is
 * the mean of sigmoid neuron j over all patches, to be near ρ = 0.01, with β = 3, λ = 10⁻⁴, 25 neurons on 8 x 8 pixels
 * of nature, by 400 iterations of L-BFGS. Look at the filters: strokes of digits, and edges of all directions as in
 * the visual cortex.
 *
 * Takes 20 s.
 */
import { mseLoss, nn, noGrad, optim, randn, type Tensor } from "../../mod.ts";
import { picture } from "../../lib/viz/mod.ts";
import { directedness, randomPatches, whitenedPhotographs } from "../patches.ts";
import { minimise, pictures, rows } from "../rows.ts";
import { system } from "../system.ts";

const run = system("Sparse autoencoder", {
  ...{ digits: 10_000, epochs: 8, l1: 0.4 },
  ...{ patches: 10_000, iterations: 400, rho: 0.01, beta: 3, decay: 1e-4 },
});
const { digits, epochs, l1, patches, iterations, rho, beta, decay } = run.options, { plot } = run;

// L1 on digits: 784 pixels, 196 ReLUs
const { train, test } = await rows(digits);
async function onDigits(
  name: string,
  penalty: number,
): Promise<{ filters: Tensor; zeros: number; error: number }> {
  const encode = new nn.Sequential(new nn.Linear(784, 196), new nn.ReLU()), decode = new nn.Linear(196, 784);
  const optimizer = new optim.Adam([...encode.parameters(), ...decode.parameters()], { lr: 1e-3 });
  const squared = (x: Tensor, again: Tensor) => mseLoss(again, x, { reduction: "sum" }).div(x.shape[0]);
  await minimise([train.x], (x) => {
    const z = encode.forward(x);
    // without a bound on its weights the decoder could make up for small codes
    return squared(x, decode.forward(z)).add(z.sum(1).mean().mul(penalty)).add(
      decode.weight.square().sum().mul(1e-2),
    );
  }, { name, optimizer, epochs, batch: 50, plot });
  return noGrad(() => {
    const z = encode.forward(test.x), filters = pictures(decode.weight.T.narrow(0, 0, 100));
    return {
      filters,
      zeros: z.eq(0).to("float32").mean().item(),
      error: squared(test.x, decode.forward(z)).item(),
    };
  });
}
const plain = await onDigits("no penalty", 0), sparse = await onDigits("L1", l1);
console.log("\nwhat six neurons of the sparse one add to the picture");
console.log(picture(sparse.filters.narrow(0, 0, 6), { columns: 3 }));
plot.images("Digits: filters without penalty", plain.filters, { colors: "signed", range: "each" });
plot.images("Digits: filters with L1", sparse.filters, { colors: "signed", range: "each" });

// KL on patches: 64 pixels, 25 sigmoids. As in the tutorial, within three deviations, from 0.1 to 0.9
const raw = randomPatches(await whitenedPhotographs(), patches, 8), three = 3 * raw.std().item();
const x = raw.clamp(-three, three).div(three).add(1).mul(0.4).add(0.1);
const encoder = new nn.Linear(64, 25), decoder = new nn.Linear(25, 64);
nn.init.uniform_(encoder.weight, -1, 1);
nn.init.constant_(encoder.bias!, Math.log(rho / (1 - rho))); // as silent as it shall be, else all become alike

function cost(): { error: Tensor; mean: Tensor; total: Tensor } {
  const z = encoder.forward(x).sigmoid(), mean = z.mean(0);
  const error = decoder.forward(z).sigmoid().sub(x).square().sum(1).mean().div(2);
  const kl = mean.reciprocal().mul(rho).log().mul(rho) // ρ log(ρ / ρ̂) + (1 − ρ) log((1 − ρ) / (1 − ρ̂))
    .add(mean.neg().add(1).reciprocal().mul(1 - rho).log().mul(1 - rho)).sum();
  const size = encoder.weight.square().sum().add(decoder.weight.square().sum()).div(2);
  return { error, mean, total: error.add(kl.mul(beta)).add(size.mul(decay)) };
}

const optimizer = new optim.LBFGS([...encoder.parameters(), ...decoder.parameters()], {
  maxIter: 50,
  historySize: 20,
  toleranceGrad: 0,
  toleranceChange: 0, // it passes over a plateau on which all neurons are alike
  lineSearchFn: "strong_wolfe",
});
for (let done = 0; done < iterations; done += 50) {
  const loss = optimizer.step(() => {
    optimizer.zeroGrad();
    const { total } = cost();
    total.backward();
    return total;
  });
  plot.curve("Cost on patches", "L-BFGS", done + 50, Number(loss));
  await run.tick();
}
const { error, mean, total } = noGrad(cost);
const filters = noGrad(() => encoder.weight.div(encoder.weight.norm(2, 1, true))).detach().view([-1, 8, 8]);
console.log(
  `\ncost ${total.item().toFixed(4)}, of which error ${error.item().toFixed(4)}; the 25 neurons' favourites:`,
);
console.log(picture(filters));
plot.images("Nature: what excites each neuron most", filters, {
  colors: "signed",
  range: "each",
  columns: 5,
});

const oriented = directedness(filters), noise = directedness(randn([1000, 8, 8]));
const most = noise.quantile(0.95).item();
run.check("L1: share of zeros", sparse.zeros, { atLeast: 0.7 });
run.check("L1: error less the error without it", sparse.error - plain.error, { atLeast: 0 });
run.check("no penalty: share of zeros", plain.zeros, { atMost: 0.7 });
run.check("KL: mean activation", mean.mean().item(), { equals: rho, within: 0.2 * rho, published: 0.01 });
run.check("share of filters more directed than noise", oriented.gt(most).to("float32").mean().item(), {
  atLeast: 0.8,
});
await run.end();
