/**
 * Gradient check: backpropagation held against differences, weight by weight, on Nielsen's network with a real
 * digit.
 *
 *     ∂C/∂wⱼ ≈ (C(w + ε eⱼ) − C(w)) / ε            or, better,  (C(w + ε eⱼ) − C(w − ε eⱼ)) / 2ε
 *
 * Chapter 2 of "Neural Networks and Deep Learning" gives the first as the plain way to a gradient, and why nobody
 * goes it: each weight takes a pass through the network, while backpropagation has all 23,860 for about two. To
 * test a gradient it is ideal. Look at the curves: with a smaller ε the error falls, in proportion to ε and to ε²,
 * until the difference drowns in rounding at about √10⁻¹⁶ and ∛10⁻¹⁶. The last row is a gradient with a mistake,
 * as they are made, a σ' forgotten: it does not pass.
 *
 * Takes 0.5 s.
 */
import { autograd, data, F, manualSeed, nn, noGrad, type Tensor } from "../../mod.ts";
import { table } from "../../lib/viz/mod.ts";
import { system } from "../system.ts";

const run = system("Gradient check", { seed: 1, weights: 200 });

const { test } = await data.mnist();
const x = test.tensors[0].narrow(0, 0, 1).reshape([1, 784]).double().div(255);
const y = F.oneHot(test.tensors[1].narrow(0, 0, 1), 10).double();

manualSeed(run.options.seed);
const hidden = new nn.Linear(784, 30).double(), output = new nn.Linear(30, 10).double();
const cost = () => output.forward(hidden.forward(x).sigmoid()).sigmoid().sub(y).square().sum().div(2);
const loss = cost();
loss.backward();

/** The cost after a change of one weight of the output layer. */
const { weight } = output, flat = weight.detach().reshape([300]);
const value = (j: number) => flat.index([j]).item();
function costAt(j: number, change: number): number {
  const before = value(j);
  flat.indexFill_(0, j, before + change);
  const result = noGrad(() => cost().item());
  flat.indexFill_(0, j, before);
  return result;
}

const gradient = [...weight.grad!.toTypedArray()].slice(0, run.options.weights), now = loss.item();
const ways = {
  "one-sided": (j: number, e: number) => (costAt(j, e) - now) / e,
  central: (j: number, e: number) => (costAt(j, e) - costAt(j, -e)) / (2 * e),
};
const largest = Math.max(...gradient.map(Math.abs));
/** The largest difference, relative to the largest gradient. */
const errorOf = (numbers: number[]) =>
  Math.max(...numbers.map((g, j) => Math.abs(g - gradient[j]))) / largest;

const steps = [-1, -2, -3, -4, -5, -6, -7, -8, -9, -10, -11], errors: Record<string, number[]> = {};
run.plot.axes("Error by ε", { x: "ε", y: "relative error", log: "xy" });
for (const [name, difference] of Object.entries(ways)) {
  errors[name] = steps.map((power) => {
    const error = errorOf(gradient.map((_, j) => difference(j, 10 ** power)));
    run.plot.curve("Error by ε", name, 10 ** power, error);
    return error;
  });
}
console.log(
  table(
    ["ε", ...Object.keys(errors)],
    steps.map((power, i) => [
      `1e${power}`,
      ...Object.values(errors).map((row) => row[i]),
    ]),
  ),
);

/** A gradient with a mistake: BP1 without σ'. */
const a = hidden.forward(x).sigmoid(), mistaken = output.forward(a).sigmoid().sub(y).t().matmul(a);
const wrong = errorOf([...mistaken.detach().toTypedArray()].slice(0, gradient.length));

/** The library's own check, of one function of all weights of the output layer. */
const passes = (f: (w: Tensor) => Tensor) => autograd.gradcheck(f, [weight], { raiseException: false });
const isRight = passes((w) => F.linear(a.detach(), w, output.bias!.detach()).sigmoid().sub(y).square().sum());

run.check("one-sided difference: least relative error", Math.min(...errors["one-sided"]), { atMost: 1e-5 });
run.check("central difference: least relative error", Math.min(...errors.central), { atMost: 1e-8 });
run.check(
  "central difference: log₁₀ of the best ε",
  Math.min(...steps.filter((_, i) => errors.central[i] === Math.min(...errors.central))),
  { atLeast: -6, atMost: -3 },
);
run.check("gradient without σ': relative error", wrong, { atLeast: 0.1 });
run.check("gradcheck() of the right one", isRight, { equals: true });
await run.end();
