/**
 * Gradient descent: over all digits, over one, or over a few; the fewer, the rougher and the faster.
 *
 *     ∇C ≈ 1/m Σ ∇Cₓ over a mini-batch of m      E |error|² = (1/m) (N − m)/(N − 1) Var ∇Cₓ
 *
 * Robbins and Monro 1951. The error of a mini-batch falls with √m only, its cost rises with m: a hundred times the work for a
 * tenth of the error. Look at the slope of the error over m, which is −1/2 as the formula says, and at what three passes over
 * 10,000 digits reach: 30,000 steps, 3000 or three.
 *
 * Takes 5 s.
 */
import { autograd, cat, data, manualSeed, type nn, type Tensor } from "../../mod.ts";
import { table } from "../../lib/viz/mod.ts";
import { crossEntropy, descend, digits, measure, network } from "../nielsen.ts";
import { system } from "../system.ts";

const run = system("Gradient descent", { digits: 10_000, passes: 3, draws: 30 });
const { passes, draws, seed } = run.options, { train, test } = await digits(run.options.digits);

/** All of ∇C as one vector. */
function gradient(model: nn.Module, [x, y]: readonly Tensor[]): Tensor {
  return cat(
    autograd.grad(crossEntropy(model.forward(x), y), [...model.parameters()]).map((g) => g!.flatten()),
  );
}

// How far the gradient of m digits is from that of all, as a share of its length: the root of the mean square of many draws.
const model = network([784, 30, 10]),
  whole = gradient(model, train.tensors),
  sizes = [1, 3, 10, 30, 100, 300, 1000];
const errors = sizes.map((m) => {
  const sampler = new data.RandomSampler(train, { numSamples: m * draws });
  const squares = [...new data.DataLoader(train, { batchSize: m, sampler })]
    .map((batch) => gradient(model, batch).sub(whole).square().sum().item());
  return Math.sqrt(squares.reduce((a, b) => a + b) / draws) / whole.norm().item();
});
console.log(table(["digits in a mini-batch", "error of its gradient"], sizes.map((m, i) => [m, errors[i]])));
run.plot.axes("Error of a mini-batch's gradient", { x: "m", y: "share of |∇C|", log: "xy" });
run.plot.line("Error of a mini-batch's gradient", "measured", sizes.map((m, i) => [m, errors[i]] as const));
run.check("slope of log error over log m", slope(sizes.map(Math.log), errors.map(Math.log)), {
  equals: -0.5,
  within: 0.06,
});

// The mean of the gradients of all mini-batches is that of all digits.
const parts = [...new data.DataLoader(train, { batchSize: 100 })].map((batch) => gradient(model, batch));
const mean = parts.reduce((sum, g) => sum.add(g)).div(parts.length);
run.check("mean over all mini-batches beside ∇C", mean.sub(whole).norm().item() / whole.norm().item(), {
  atMost: 1e-4,
});

/** The accuracy after some passes with batches of m, and learning rate η. */
async function reach(name: string, batch: number, lr: number): Promise<number> {
  manualSeed(seed);
  const model = network([784, 30, 10]);
  await descend(model, train, test, { name, batch, lr, epochs: passes, plot: run.plot });
  return measure(model, test).accuracy;
}
const all = await reach("all at once", train.length, 1);
const few = await reach("ten at a time", 10, 0.5);
const one = await reach("one at a time", 1, 0.05);
run.check(`all at once, ${passes} steps`, all, { atMost: 0.5 });
run.check("ten at a time", few, { atLeast: 0.9 });
run.check("one at a time", one, { atLeast: 0.9 });
await run.end();

/** The slope of the straight line nearest to points. */
function slope(x: number[], y: number[]): number {
  const mean = (v: number[]) => v.reduce((a, b) => a + b) / v.length, [mx, my] = [mean(x), mean(y)];
  return mean(x.map((x, i) => (x - mx) * (y[i] - my))) / mean(x.map((x) => (x - mx) ** 2));
}
