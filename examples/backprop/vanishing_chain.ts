/**
 * Vanishing gradient: a chain of neurons, in which every sigmoid takes at least three quarters of the gradient
 * away.
 *
 *     zₜ = wₜ yₜ₋₁      yₜ = f(zₜ)      ∂yₙ/∂w₀ = f'(zₙ) wₙ · ... · f'(z₁) w₁ · f'(z₀) x
 *
 * The first part is a course's worked example: x = .2, weights .3, .2, .6. Its values come out; its gradient
 * 0.000036 is ten times too small (it takes x = .02, w₀ = 3 for the same z₀). The second part makes the chain
 * longer. Look at the columns: σ' ≤ ¼, so with w = 1 not even 4⁻ⁿ is left; tanh' reaches 1 only at 0; ReLU' is 1
 * and lets all of it through, and with weights above 1 as much as there are layers: it explodes.
 *
 * Takes 0.1 s.
 */
import { type Scalar, scalar } from "../../mod.ts";
import { table } from "../../lib/viz/mod.ts";
import { system } from "../system.ts";

const run = system("Vanishing gradient", { layers: 30 });

const weights = [0.3, 0.2, 0.6].map((value) => scalar(value, { requiresGrad: true }));
const z: number[] = [], y: number[] = [];
let output: Scalar = scalar(0.2);
for (const weight of weights) {
  const sum = weight.mul(output);
  output = sum.sigmoid();
  z.push(sum.value);
  y.push(output.value);
}
output.backward();
const gradient = Number(weights[0].grad);
console.log(table(["layer", "z", "y", "σ'"], z.map((sum, i) => [i, sum, y[i], y[i] * (1 - y[i])])), "\n");

const functions: Record<string, [f: (z: Scalar) => Scalar, weight: number]> = {
  "sigmoid, w = 1": [(z) => z.sigmoid(), 1],
  "sigmoid, w = 4": [(z) => z.sigmoid(), 4],
  "tanh, w = 1": [(z) => z.tanh(), 1],
  "ReLU, w = 1": [(z) => z.relu(), 1],
  "ReLU, w = 10": [(z) => z.relu(), 10],
};

/** ∂yₙ/∂x of a chain of n neurons that begins with 0.5. */
function throughChain(n: number, f: (z: Scalar) => Scalar, weight: number): number {
  const x = scalar(0.5, { requiresGrad: true });
  let y = x;
  for (let i = 0; i < n; i++) y = f(y.mul(weight));
  y.backward();
  return Number(x.grad);
}

const { layers } = run.options, lengths = [1, 2, 5, 10, 20, layers];
run.plot.axes("Gradient left after n layers", { x: "layers", log: "y" });
for (const [name, [f, weight]] of Object.entries(functions)) {
  for (let n = 1; n <= layers; n++) {
    run.plot.curve("Gradient left after n layers", name, n, throughChain(n, f, weight));
  }
}
console.log(table(
  ["layers", ...Object.keys(functions)],
  lengths.map((n) => [n, ...Object.values(functions).map(([f, weight]) => throughChain(n, f, weight))]),
));
const left = (name: string, n = layers) => throughChain(n, ...functions[name]);

run.check("z", z, { equals: [0.06, 0.1029990, 0.3154362], within: 1e-6, published: ".06 .103 .315" });
run.check("y", y, { equals: [0.5149955, 0.5257270, 0.5782119], within: 1e-6, published: ".515 .525 .578" });
run.check("∂y/∂w₀", gradient, { equals: 3.64528e-4, within: 1e-8, published: "0.000036 (a slip)" });
run.check(`sigmoid's gradient after ${layers} layers, over 4⁻ⁿ`, left("sigmoid, w = 1") * 4 ** layers, {
  atMost: 1,
});
run.check("ReLU's gradient with w = 1", left("ReLU, w = 1"), { equals: 1 });
run.check("ReLU's gradient with w = 10, 5 layers", left("ReLU, w = 10", 5), { equals: 1e5, within: 1e-9 });
await run.end();
