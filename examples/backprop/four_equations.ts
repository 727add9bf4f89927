/**
 * Four equations of backpropagation: Nielsen's 784-30-10 network by hand on ten digits, with Hadamard products.
 *
 *     δᴸ = (aᴸ − y) ⊙ σ'(zᴸ)                (BP1)        ∂C/∂b = δ              (BP3)
 *     δˡ = ((wˡ⁺¹)ᵀ δˡ⁺¹) ⊙ σ'(zˡ)          (BP2)        ∂C/∂w = δ aᵀ           (BP4)
 *
 * "Neural Networks and Deep Learning", chapter 2, with C = ½‖y − a‖²; ⊙ multiplies element by element, [1 2] ⊙ [3
 * 4] = [3 8]. In column form as in the book, each digit a column: a product with aᵀ then sums over the digits by
 * itself. Look at the last rows: autograd gets the same to the last digits, without being told any of it.
 *
 * Takes 0.8 s.
 */
import { data, F, randn, sigmoid, type Tensor, tensor } from "../../mod.ts";
import { table } from "../../lib/viz/mod.ts";
import { system } from "../system.ts";

const run = system("Four equations of backpropagation");

const { test } = await data.mnist(), n = 10;
const x = test.tensors[0].narrow(0, 0, n).reshape([n, 784]).double().div(255).t(); // a column a digit
const y = F.oneHot(test.tensors[1].narrow(0, 0, n), 10).double().t();

const sizes = [784, 30, 10], options = { dtype: "float64", requiresGrad: true } as const;
const w = [randn([30, 784], options), randn([10, 30], options)]; // wˡ: a row a neuron
const b = [randn([30, 1], options), randn([10, 1], options)];

/** The weighted inputs z and the activations a of every layer. */
const z: Tensor[] = [], a = [x];
for (const l of [0, 1]) {
  z.push(w[l].matmul(a[l]).add(b[l]));
  a.push(sigmoid(z[l]));
}
const cost = a[2].sub(y).square().sum().div(2);

const slope = (z: Tensor) => sigmoid(z).mul(sigmoid(z).rsub(1));
const delta: Tensor[] = [];
delta[1] = a[2].sub(y).mul(slope(z[1])); // BP1
delta[0] = w[1].t().matmul(delta[1]).mul(slope(z[0])); // BP2
const biases = delta.map((d) => d.sum(1, true)); // BP3, of all digits
const weights = delta.map((d, l) => d.matmul(a[l].t())); // BP4

cost.backward();
const apart = (ours: Tensor, grad: Tensor) => ours.sub(grad).abs().max().item();
const rows = [0, 1].map((l) => [
  `${sizes[l]} to ${sizes[l + 1]}`,
  delta[l].norm().item(),
  apart(biases[l], b[l].grad!),
  apart(weights[l], w[l].grad!),
]);
console.log(table(["layer", "‖δ‖", "∂C/∂b less autograd's", "∂C/∂w less autograd's"], rows));
run.plot.images("∂C/∂w of the 30 hidden neurons", weights[0].detach().reshape([30, 28, 28]), {
  colors: "signed",
  range: "each",
});

const hadamard = tensor([1, 2]).mul(tensor([3, 4])).toArray() as number[];
run.check("[1 2] ⊙ [3 4]", hadamard, { equals: [3, 8], published: "3 8" });
run.check("∂C/∂b, furthest from autograd", Math.max(...rows.map((row) => Number(row[2]))), { atMost: 1e-14 });
run.check("∂C/∂w, furthest from autograd", Math.max(...rows.map((row) => Number(row[3]))), { atMost: 1e-14 });
await run.end();
