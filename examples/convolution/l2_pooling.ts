/**
 * L2 pooling: the root of the sum of squares in place of the maximum, and what LeNet makes of it.
 *
 *     y = √(Σ x²) over each 2 x 2 window, ∂y/∂x = x / y
 *
 * Nielsen, "Neural Networks and Deep Learning", chapter 6, which says that it often works well and prints no figure. It is
 * between the maximum and the mean: the largest counts most, but all count. Both networks begin with the same weights.
 *
 * Takes 40 s.
 */
import { data, manualSeed, nn, optim, randn } from "../../mod.ts";
import { lenet5 } from "../../lib/nn/models/mod.ts";
import { fit } from "../classifier.ts";
import { system } from "../system.ts";

const run = system("L2 pooling", { epochs: 2, lr: 3e-3, batch: 64 });

const x = randn([3, 2, 6, 6], { dtype: "float64" }).requiresGrad_();
const y = new nn.LPPool2d(2, 2).forward(x), g = randn(y.shape, { dtype: "float64" });
y.backward(g);
const windows = x.detach().unfold(2, 2, 2).unfold(3, 2, 2); // [3, 2, 3, 3, 2, 2]
const roots = windows.square().sum([4, 5]).sqrt();
const spread = (each: typeof g) => each.repeatInterleave(2, 2).repeatInterleave(2, 3); // back to 6 x 6
const slope = x.detach().div(spread(roots)).mul(spread(g));
run.check("greatest difference from the formula", y.sub(roots).abs().max().item(), { atMost: 1e-12 });
run.check("greatest difference of the gradient", x.grad!.sub(slope).abs().max().item(), { atMost: 1e-12 });

const mnist = await data.mnist(), { epochs, lr, batch, seed } = run.options;
async function train(name: string, pool: () => nn.Module): Promise<number> {
  manualSeed(seed);
  const model = lenet5({ pool }), optimizer = new optim.Adam(model.parameters());
  const totalSteps = epochs * Math.ceil(mnist.train.length / batch);
  const schedule = new optim.lrScheduler.OneCycleLR(optimizer, lr, { totalSteps, pctStart: 0.1 });
  const { accuracy } = await fit(model, mnist, { name, optimizer, schedule, epochs, batch, plot: run.plot });
  return accuracy;
}
const maxima = await train("maxima", () => new nn.MaxPool2d(2));
const squares = await train("L2", () => new nn.LPPool2d(2, 2));
run.check("test accuracy with maxima", maxima, { atLeast: 0.98 });
run.check("test accuracy with L2 pooling", squares, { atLeast: 0.98 });
run.check("difference, in points", 100 * Math.abs(maxima - squares), { atMost: 0.3 });
await run.end();
