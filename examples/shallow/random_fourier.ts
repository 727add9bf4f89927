/**
 * Random Fourier features: cosines at random stand in for the Gaussian kernel, so that 60,000 digits are no burden.
 *
 *     φ(x) = √(2/D) cos(W x + b), W ~ N(0, 2γ), b ~ U(0, 2π)      φ(x)·φ(x′) ≈ exp(−γ |x − x′|²)
 *     min λ/2 |v|² + mean Σ max(0, 1 − y v φ(x))², y = ±1 for each digit
 *
 * Rahimi and Recht 2007. The kernel machine of all MNIST would have 3.6 milliard products; LeCun 1998 has 1.4 % errors for it.
 * Here are 2000 cosines and a plane. Look at the error of the products, which falls as 1/√D, and at the accuracy.
 *
 * Takes 12 s.
 */
import { cdist, data, F, metrics, nn, noGrad, optim, rand, randn, type Tensor } from "../../mod.ts";
import { table } from "../../lib/viz/mod.ts";
import { system } from "../system.ts";

const run = system("Random Fourier features", {
  features: 2000,
  gamma: 0.025,
  epochs: 3,
  lr: 0.05,
  decay: 1e-6,
});
const { features, gamma, epochs, lr, decay } = run.options;
const { train, test } = await data.mnist();
const pixels = (x: Tensor) => x.flatten(1).div(255);

/** A map of images [n, 784] to D cosines. */
function cosines(d: number): (x: Tensor) => Tensor {
  const w = randn([d, 784]).mul(Math.sqrt(2 * gamma)), b = rand(d).mul(2 * Math.PI);
  return (x) => F.linear(x, w, b).cos().mul(Math.sqrt(2 / d));
}

const few = pixels(test.tensors[0].narrow(0, 0, 300)), exact = cdist(few, few).square().mul(-gamma).exp();
const rows = [125, 500, 2000, 8000].map((d) => {
  const phi = cosines(d)(few);
  return [d, phi.matmul(phi.t()).sub(exact).square().mean().sqrt().item()] as const;
});
console.log(table(["cosines", "error of their products"], rows.map((row) => [...row])));
run.plot.axes("Error of the products", { x: "cosines", log: "xy" });
run.plot.line("Error of the products", "root of the mean square", rows);

const phi = cosines(features), model = new nn.Linear(features, 10);
const optimizer = new optim.Adam(model.parameters(), { lr, weightDecay: decay });
const loader = new data.DataLoader(train, { batchSize: 250, shuffle: true });
const schedule = new optim.lrScheduler.CosineAnnealingLR(optimizer, { TMax: epochs * loader.length });
const accuracy = () => {
  const batches = [...new data.DataLoader(test, { batchSize: 500 })];
  return batches.reduce((sum, [x, y]) => {
    return sum + metrics.accuracy(noGrad(() => model.forward(phi(pixels(x)))), y) / batches.length;
  }, 0);
};
for (let epoch = 1; epoch <= epochs; epoch++) {
  for await (const [x, y] of data.tqdm(loader, { desc: `epoch ${epoch}` })) {
    const sides = F.oneHot(y, 10).mul(2).sub(1);
    const cost = sides.mul(model.forward(phi(pixels(x)))).rsub(1).relu().square().sum(1).mean();
    optimizer.zeroGrad();
    cost.backward();
    optimizer.step();
    schedule.step();
  }
  run.plot.curve("Test accuracy", `${features} cosines`, epoch, accuracy());
}

run.check("error at 125 cosines over that at 8000", rows[0][1] / rows[3][1], { equals: 8, within: 1.5 });
run.check("test accuracy", accuracy(), { atLeast: 0.95, published: "0.986, exact kernel" });
await run.end();
