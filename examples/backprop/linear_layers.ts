/**
 * Linear layers collapse: without an activation between them, many layers are one matrix, and cannot do XOR.
 *
 *     W₂ (W₁ x + b₁) + b₂ = (W₂ W₁) x + (W₂ b₁ + b₂)
 *
 * A course's exercise: three neurons behind two behind three make (3×2)(2×3) = 3×3, one layer of three, and a poor
 * one: its rank is 2. Then networks of the same size, with and without tanh, learn XOR. Look at the losses: the
 * linear one ends at ¼, saying ½ to everything, as the best line through four points in a cross must, however many
 * layers it has.
 *
 * Takes 0.3 s.
 */
import { linalg, manualSeed, mseLoss, nn, optim, randn, tensor } from "../../mod.ts";
import { table } from "../../lib/viz/mod.ts";
import { system } from "../system.ts";

const run = system("Linear layers collapse", { steps: 500, layers: 3 });

const first = new nn.Linear(3, 2, { dtype: "float64" }), second = new nn.Linear(2, 3, { dtype: "float64" });
const one = new nn.Linear(3, 3, { dtype: "float64" });
one.loadStateDict({
  weight: second.weight.matmul(first.weight), // (3×2)(2×3)
  bias: second.weight.matmul(first.bias!).add(second.bias!),
});
const x = randn([100, 3], { dtype: "float64" });
const apart = second.forward(first.forward(x)).sub(one.forward(x)).abs().max().item();

const inputs = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), xor = tensor([[0], [1], [1], [0]]);
run.plot.axes("Learning XOR", { x: "step", y: "mean squared error", log: "y" });

/** Trains a network of `layers` layers and returns its loss and its answers. */
function train(name: string, activation: () => nn.Module): [loss: number, answers: string] {
  manualSeed(run.options.seed);
  const hidden = Array.from(
    { length: run.options.layers - 1 },
    (_, i) => [new nn.Linear(i ? 8 : 2, 8), activation()],
  );
  const net = new nn.Sequential(...hidden.flat(), new nn.Linear(8, 1));
  const optimizer = new optim.Adam(net.parameters(), { lr: 0.03 });
  for (let step = 1; step <= run.options.steps; step++) {
    const loss = mseLoss(net.forward(inputs), xor);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    run.plot.curve("Learning XOR", name, step, loss);
  }
  const y = net.forward(inputs);
  return [
    mseLoss(y, xor).item(),
    Array.from(y.detach().toTypedArray(), (value) => value.toFixed(2)).join(" "),
  ];
}

const linear = train("linear", () => new nn.Identity()), curved = train("tanh", () => new nn.Tanh());
console.log(table(["layers", "loss", "0⊕0 0⊕1 1⊕0 1⊕1"], [["linear", ...linear], ["tanh", ...curved]]));

run.check("shape of W₂ W₁", [...one.weight.shape], { equals: [3, 3], published: "3 3" });
run.check("rank of W₂ W₁", linalg.matrixRank(one.weight.detach()).item(), { equals: 2 });
run.check("two layers beside one", apart, { atMost: 1e-14 });
run.check("loss of linear layers on XOR", linear[0], { equals: 0.25, within: 1e-4 });
run.check("loss of tanh layers on XOR", curved[0], { atMost: 1e-3 });
await run.end();
