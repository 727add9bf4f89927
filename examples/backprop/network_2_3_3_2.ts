/**
 * Network 2-3-3-2: one step of backpropagation with every number in sight, held against PyTorch's to ten digits.
 *
 *     a₀ = x      aₜ = σ(Wₜ aₜ₋₁)      C = mean((a₃ − y)²)
 *     δ₃ = (a₃ − y) ⊙ a₃ ⊙ (1 − a₃)      δₜ = Wₜ₊₁ᵀ δₜ₊₁ ⊙ aₜ ⊙ (1 − aₜ)      ∂C/∂Wₜ = δₜ aₜ₋₁ᵀ      W −= η ∂C/∂W
 *
 * The worked example of an introductory course, without biases; the factor 2 of the square and the mean over two
 * outputs cancel. The course prints the second row of the first matrix twice, (.04, .40), but goes on with .48 for
 * the third neuron, so its own third row is lost; (.04, −.18) gives .4795. Look at the table: with it everything
 * that was printed comes out but one, the third of the second layer, which is .52 and not .53.
 *
 * Takes 0.1 s.
 */
import { mseLoss, nn, optim, type Tensor, tensor } from "../../mod.ts";
import { table } from "../../lib/viz/mod.ts";
import { system } from "../system.ts";

const run = system("Network 2-3-3-2", { lr: 0.1 });

const float64 = { dtype: "float64" } as const;
const x = tensor([0.2, 0.5], float64), y = tensor([0.3, 0.8], float64);

/** The network with a third row of its first matrix. */
function network(third: number[]) {
  const linear = (weight: number[][]) => {
    const layer = new nn.Linear(weight[0].length, weight.length, { bias: false, dtype: "float64" });
    layer.loadStateDict({ weight: tensor(weight, float64) });
    return layer;
  };
  return [
    linear([[-0.43, -0.37], [0.04, 0.40], third]),
    linear([[-0.51, -0.35, 0.26], [-0.34, -0.44, 0.28], [0.55, -0.31, 0.06]]),
    linear([[0.36, -0.30, 0.24], [0.27, 0.35, -0.31]]),
  ];
}

/** The values of all layers, a₀ to a₃. */
function forward(layers: nn.Linear[]): Tensor[] {
  const values = [x];
  for (const layer of layers) values.push(layer.forward(values.at(-1)!).sigmoid());
  return values;
}

/** ∂C/∂W of each layer by the formulas above, from the last to the first. */
function byHand(layers: nn.Linear[], values: Tensor[]): Tensor[] {
  const slope = (a: Tensor) => a.mul(a.rsub(1)), gradients: Tensor[] = [];
  let delta = values[3].sub(y).mul(slope(values[3]));
  for (let t = 3; t >= 1; t--) {
    gradients.unshift(delta.outer(values[t - 1]));
    delta = layers[t - 1].weight.t().matmul(delta).mul(slope(values[t - 1]));
  }
  return gradients;
}

const numbers = (x: Tensor) => [...x.detach().toTypedArray()];

/** Everything that the course prints and more: values, loss, gradients, and the loss after one step. */
function step(third: number[]) {
  const layers = network(third), values = forward(layers), loss = mseLoss(values[3], y);
  const expected = byHand(layers, values);
  loss.backward();
  const gradients = layers.map(({ weight }) => weight.grad!);
  const apart = Math.max(...gradients.map((g, i) => g.sub(expected[i]).abs().max().item()));
  new optim.SGD(layers.map(({ weight }) => weight), { lr: run.options.lr }).step();
  const after = mseLoss(forward(layers)[3], y).item();
  return { values, loss: loss.item(), gradients, apart, after };
}

const printed = step([0.04, 0.40]), restored = step([0.04, -0.18]);
const course = [[0.43, 0.55, 0.48], [0.43, 0.44, 0.53], [0.54, 0.53]];
const rows = ["first layer", "second layer", "outputs"].flatMap((name, t) =>
  course[t].map((value, i) => {
    const ours = [printed, restored].map(({ values }) => numbers(values[t + 1])[i]);
    const isSame = ours[1].toFixed(2) === value.toFixed(2);
    return [i === 0 ? name : "", value, ...ours, isSame ? "" : `must be ${ours[1].toFixed(2)}`];
  })
);
rows.push(["loss", 0.066, printed.loss, restored.loss, ""]);
console.log(table(["", "course", "third row .04 .40", "third row .04 -.18", ""], rows));

const within = 1e-9; // PyTorch 1.13 in float64, written with ten digits
run.check("loss", restored.loss, { equals: 0.065535796551, within, published: 0.066 });
run.check("outputs", numbers(restored.values[3]), {
  equals: [0.5371723461, 0.5264659594],
  within,
  published: ".54 .53",
});
run.check("second layer", numbers(restored.values[2]), {
  equals: [0.4282195387, 0.4364358917, 0.5238998836],
  within,
  published: ".43 .44 .53",
});
run.check("first layer", numbers(restored.values[1]), {
  equals: [0.432661613, 0.5518133302, 0.4795114791],
  within,
  published: ".43 .55 .48",
});
const [dW, dW1, dW2] = restored.gradients.map(numbers);
run.check("∂C/∂W of the outputs", dW2, {
  equals: [0.0252501217, 0.025734602, 0.0308919482, -0.02920111, -0.0297613988, -0.0357257358],
  within,
});
run.check("∂C/∂W of the second layer", dW1, {
  equals: [
    0.000298286,
    0.0003804317,
    0.0003305853,
    -0.0044223594,
    -0.0056402436,
    -0.0049012254,
    0.003808563,
    0.0048574123,
    0.0042209654,
  ],
  within,
});
run.check("∂C/∂W of the first layer", dW, {
  equals: [0.0003910307, 0.0009775768, 7.55426e-5, 0.0001888565, -0.0001075468, -0.0002688669],
  within,
});
run.check("loss after one step", restored.after, { equals: 0.064996739229, within });
run.check("the same with the row as printed", [printed.loss, printed.after], {
  equals: [0.065380008738, 0.064833296299],
  within,
});
run.check("formulas beside autograd", Math.max(printed.apart, restored.apart), { atMost: 1e-15 });
await run.end();
