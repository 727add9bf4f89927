/**
 * Circle area: a machine finds 3.14 r² in five rows of a table, and three models show what it takes to know it
 * beyond them.
 *
 *     one weight:  w r²             a network:  Σ vᵢ tanh(wᵢ r + cᵢ) + d             logarithms:  log S = a log r + b
 *
 * The first lesson of a hands-on course: r = 1, 1.4, 2, 10, 20 and S = 3.14, 6.15, 12.56, 314, 1256; what is S for
 * r = 100? Who is told that the radius is squared needs one weight. A network that knows nothing fits radii up to
 * 20, and look how it fails at 100: it has never been there, tanh stays where it was, and it says almost the same
 * as for 20. A straight line through the logarithms has the right form and finds both numbers, the slope 2 and e^b
 * = 3.14, and so is right everywhere.
 *
 * Takes 1.5 s.
 */
import { linspace, mseLoss, nn, noGrad, optim, type Tensor, tensor } from "../../mod.ts";
import { table } from "../../lib/viz/mod.ts";
import { system } from "../system.ts";

const run = system("Circle area", { iterations: 1500 });

const float64 = { dtype: "float64" } as const;
const radii = tensor([1, 1.4, 2, 10, 20], float64).unsqueeze(1), area = (r: Tensor) => r.square().mul(3.14);
const unseen = linspace(2.5, 19.5, 10, float64).unsqueeze(1), far = tensor([[100]], float64);

/** Lowers a loss by L-BFGS, which takes steps as long as the curvature allows: no learning rate to find. */
function minimise(module: nn.Module, loss: () => Tensor, iterations: number): void {
  const optimizer = new optim.LBFGS(module.parameters(), {
    maxIter: iterations,
    toleranceGrad: 1e-12,
    toleranceChange: 1e-18,
    lineSearchFn: "strong_wolfe",
  });
  optimizer.step(() => {
    optimizer.zeroGrad();
    const value = loss();
    value.backward();
    return value;
  });
}

const weight = new nn.Linear(1, 1, { bias: false, ...float64 });
minimise(weight, () => mseLoss(weight.forward(radii.square()), area(radii)), 100);

/** Looks at radii and areas through glasses that make both about 1; it learns from 100 radii from 1 to 20. */
const network = new nn.Sequential(new nn.Linear(1, 20), new nn.Tanh(), new nn.Linear(20, 1)).double();
const byNetwork = (r: Tensor) => network.forward(r.div(20)).mul(1256);
const seen = linspace(1, 20, 100, float64).unsqueeze(1);
// relative to the true area, so that small circles count like large ones
minimise(network, () => byNetwork(seen).div(area(seen)).sub(1).square().mean(), run.options.iterations);

const logarithms = new nn.Linear(1, 1, float64);
minimise(logarithms, () => mseLoss(logarithms.forward(radii.log()), area(radii).log()), 100);
const slope = logarithms.weight.item(), factor = Math.exp(logarithms.bias!.item());

const models: Record<string, (r: Tensor) => Tensor> = {
  "one weight": (r) => weight.forward(r.square()),
  network: byNetwork,
  logarithms: (r) => logarithms.forward(r.log()).exp(),
};
const answers = Object.entries(models).map(([name, model]) => {
  const numbers = (r: Tensor) => noGrad(() => model(r)).squeeze(1).toArray() as number[];
  const drawn = linspace(1, 100, 100, float64).unsqueeze(1);
  run.plot.axes("Area by radius", { x: "radius", log: "y" });
  run.plot.line("Area by radius", name, numbers(drawn).map((s, i) => [i + 1, s] as const));
  const error = numbers(unseen).map((s, i) => Math.abs(s / area(unseen).index([i, 0]).item() - 1));
  return { name, at: numbers(far)[0], error: Math.max(...error), table: numbers(radii) };
});
console.log(table(
  ["", "r = 1", "1.4", "2", "10", "20", "largest error to 20, %", "100"],
  [
    ["course", 3.14, 6.15, 12.56, 314, 1256, "", ""],
    ...answers.map(({ name, at, error, table }) => [name, ...table, 100 * error, at]),
  ],
));

run.check("one weight", weight.weight.item(), { equals: 3.14, within: 1e-6, published: 3.14 });
run.check("network: largest error at ten unseen radii", answers[1].error, { atMost: 0.01 });
run.check("network at r = 100: share of the true area", answers[1].at / 31400, { atMost: 0.5 });
run.check("slope of the logarithms", slope, { equals: 2, within: 1e-3, published: 2 });
run.check("e to their intercept", factor, { equals: 3.14, within: 3e-3, published: 3.14 });
run.check("logarithms at r = 100", answers[2].at, { equals: 31400, within: 5, published: 31400 });
await run.end();
