/**
 * Activations: the step of the first neurons, and the smooth curves that replaced it, with their slopes.
 *
 *     step x = 1 if x ≥ 0, else 0      σ(x) = 1 / (1 + e⁻ˣ)      σ' = σ (1 − σ)
 *     tanh x = 2 σ(2x) − 1             relu x = max(0, x)        tanh' = 1 − tanh²
 *
 * Look at the slopes, which are all that learning sees: the step's is 0 wherever it is defined, so nothing can be
 * learned through it; the sigmoid's is never above 1/4 and almost 0 beyond ±5; tanh's reaches 1; ReLU's is 1 on
 * the whole right. The slopes come from autograd; the formulas are held against them.
 *
 * Takes 0.1 s.
 */
import { data, heaviside, linspace, relu, sigmoid, tanh, type Tensor, tensor } from "../../mod.ts";
import { table } from "../../lib/viz/mod.ts";
import { system } from "../system.ts";

const run = system("Activations");

/** The slope of f at each x: df/dx, since the sum's gradient has one term for each x. */
function slope(f: (x: Tensor) => Tensor, x: Tensor): Tensor {
  const at = x.clone().requiresGrad_();
  f(at).sum().backward();
  return at.grad!;
}

const activations: Record<string, (x: Tensor) => Tensor> = {
  step: (x) => heaviside(x, 1).add(x.mul(0)), // + 0x: the step itself is not on the tape
  sigmoid,
  tanh,
  relu,
};
const x = linspace(-6, 6, 49, { dtype: "float64" });
const numbers = (y: Tensor) => y.toArray() as number[];

const rows = Object.entries(activations).map(([name, f]) => {
  const y = f(x), dy = slope(f, x);
  const pairs = (values: Tensor) => numbers(values).map((value, i) => [x.index([i]).item(), value] as const);
  run.plot.line("Activations", name, pairs(y.clamp(-1, 2)));
  run.plot.line("Their slopes", name, pairs(dy));
  return [name, data.sparkline(numbers(y)), data.sparkline(numbers(dy)), dy.max().item()];
});
console.log(table(["", "from -6 to 6", "slope", "greatest slope"], rows));

const at = (...values: number[]) => tensor(values, { dtype: "float64" });
const s = sigmoid(x), t = tanh(x);
const furthest = (a: Tensor, b: Tensor) => a.sub(b).abs().max().item();
run.check("sigmoid of 0 and 0.5", numbers(sigmoid(at(0, 0.5))), {
  equals: [0.5, 0.6224593312],
  within: 1e-10,
});
run.check("greatest slope of the sigmoid", slope(sigmoid, x).max().item(), { equals: 0.25, published: 0.25 });
run.check("slope of the sigmoid at 5", slope(sigmoid, at(5)).item(), {
  equals: 0.0066480567,
  within: 1e-10,
  published: "almost 0",
});
run.check("slope of tanh at 0", slope(tanh, at(0)).item(), { equals: 1, published: 1 });
run.check("slope of ReLU at -3, 0 and 3", numbers(slope(relu, at(-3, 0, 3))), { equals: [0, 0, 1] });
run.check("σ' beside σ (1 − σ)", furthest(slope(sigmoid, x), s.mul(s.rsub(1))), { atMost: 1e-15 });
run.check("tanh' beside 1 − tanh²", furthest(slope(tanh, x), t.square().rsub(1)), { atMost: 1e-15 });
run.check("tanh x beside 2 σ(2x) − 1", furthest(t, sigmoid(x.mul(2)).mul(2).sub(1)), { atMost: 1e-15 });
await run.end();
