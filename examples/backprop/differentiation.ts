/**
 * Forward and reverse mode: three ways to the same gradient, and what each costs with n inputs.
 *
 *     numerical   ∂f/∂xᵢ ≈ (f(x + ε eᵢ) − f(x − ε eᵢ)) / 2ε           two evaluations an input
 *     forward     (a, a')·(b, b') = (ab, a'b + ab')                    one evaluation an input, with dual numbers
 *     reverse     b̄ += a·ȳ,  ā += b·ȳ   from the last step back        one evaluation and one way back, for all
 *
 * f = Σ sin(xᵢ xᵢ₊₁) has as many steps as inputs, so that the first two ways take O(n²) and reverse mode, which is
 * backpropagation (Linnainmaa 1970), takes O(n). Each is written here in a few lines that count their
 * multiplications, additions and sines. Look at the slopes in the log-log plot: 2, 2 and 1. The same three
 * gradients then come from the library: `func.jvp`, `func.vjp`, and differences.
 *
 * Takes 0.2 s.
 */
import { func, rand, type Tensor, zeros } from "../../mod.ts";
import { table } from "../../lib/viz/mod.ts";
import { system } from "../system.ts";

const run = system("Forward and reverse mode");

let operations = 0;
const count = (value: number): number => (operations++, value);

/** f in plain numbers. */
function plain(x: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i + 1 < x.length; i++) sum = count(sum + count(Math.sin(count(x[i] * x[i + 1]))));
  return sum;
}

function numerical(x: number[], epsilon = 1e-5): number[] {
  return x.map((xi, i) => {
    const up = plain(x.with(i, count(xi + epsilon))), down = plain(x.with(i, count(xi - epsilon)));
    return count(count(up - down) / (2 * epsilon));
  });
}

/** f in dual numbers: a value and its slope in one direction, which takes 3 products for 1, and so on. */
function forwardMode(x: number[]): number[] {
  return x.map((_, direction) => {
    const slope = (i: number) => i === direction ? 1 : 0;
    let sum = 0;
    for (let i = 0; i + 1 < x.length; i++) {
      const product = count(x[i] * x[i + 1]);
      const change = count(count(slope(i) * x[i + 1]) + count(x[i] * slope(i + 1)));
      sum = count(sum + count(count(Math.cos(product)) * change));
    }
    return sum;
  });
}

/** f once, with its products kept; then the way back, which hands each product's share to both of its factors. */
function reverseMode(x: number[]): number[] {
  const products = x.slice(1).map((next, i) => count(x[i] * next));
  const gradient = x.map(() => 0);
  for (let i = products.length - 1; i >= 0; i--) {
    const share = count(Math.cos(products[i]));
    gradient[i] = count(gradient[i] + count(share * x[i + 1]));
    gradient[i + 1] = count(gradient[i + 1] + count(share * x[i]));
  }
  return gradient;
}

const modes = { numerical, forward: forwardMode, reverse: reverseMode };
const sizes = [8, 16, 32, 64, 128, 256], counts: Record<string, number[]> = {};
run.plot.axes("Operations by inputs", { x: "n", y: "operations", log: "xy" });
for (const [name, gradient] of Object.entries(modes)) {
  counts[name] = sizes.map((n) => {
    operations = 0;
    gradient(rand([n], { dtype: "float64" }).toArray() as number[]);
    run.plot.curve("Operations by inputs", name, n, operations);
    return operations;
  });
}
/** The slope in a log-log plot from the first to the last size. */
const slopeOf = (name: string) =>
  Math.log2(counts[name].at(-1)! / counts[name][0]) / Math.log2(sizes.at(-1)! / sizes[0]);
console.log(table(
  ["mode", ...sizes.map((n) => `n = ${n}`), "slope"],
  Object.keys(modes).map((name) => [name, ...counts[name], slopeOf(name)]),
));

const x = rand([20], { dtype: "float64" }),
  f = (x: Tensor) => x.narrow(0, 0, 19).mul(x.narrow(0, 1, 19)).sin().sum();
const basis = (i: number) => zeros([20], { dtype: "float64" }).indexFill(0, i, 1);
const one = x.sum().mul(0).add(1);
const byForward = Array.from({ length: 20 }, (_, i): number => func.jvp(f, [x], [basis(i)])[1].item());
const [, pull] = func.vjp(f, x), byReverse: number[] = pull(one)[0].toArray();
const values = x.toArray() as number[];
const apart = (a: number[], b: number[]) =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]) / Math.abs(b[i])));

run.check("slope of the cost, numerical", slopeOf("numerical"), {
  equals: 2,
  within: 0.1,
  published: "O(n²)",
});
run.check("slope of the cost, forward", slopeOf("forward"), { equals: 2, within: 0.1, published: "O(n²)" });
run.check("slope of the cost, reverse", slopeOf("reverse"), { equals: 1, within: 0.1, published: "O(n)" });
run.check("numerical beside reverse, relative", apart(numerical(values), reverseMode(values)), {
  atMost: 1e-6,
});
run.check("dual numbers beside reverse", apart(forwardMode(values), reverseMode(values)), { atMost: 1e-12 });
run.check("func.jvp beside reverse", apart(byForward, reverseMode(values)), { atMost: 1e-12 });
run.check("func.vjp beside reverse", apart(byReverse, reverseMode(values)), { atMost: 1e-12 });
await run.end();
