/**
 * AdaGradDA: weights computed anew from the sum of all gradients, so that an L1 penalty leaves exact zeros.
 *
 *     G = Σ g      A = a₀ + Σ g²      w = −η sgn(G) max(|G| − λ₁ t, 0) / (λ₂ t η + √A)
 *
 * Duchi, Hazan and Singer 2011, with dual averaging of Xiao 2010. The first checks are TensorFlow's own test of it, to its
 * six digits. Then softmax regression on MNIST: as good as AdaGrad with more than half of the weights exactly zero,
 * of which AdaGrad with the same penalty in its cost has none but those of pixels that are always black. Look at the weights.
 *
 * Takes 4 s.
 */
import { abs, crossEntropy, data, metrics, nn, noGrad, optim, tensor } from "../../mod.ts";
import { digits } from "../nielsen.ts";
import { system } from "../system.ts";

const run = system("AdaGradDA", { epochs: 5, batch: 100, lr: 0.1, l1: 3e-4 });
const { epochs, batch, lr, l1 } = run.options, { train, test } = await digits();

// TensorFlow's test: η = 3, gradients (.1, .2) and (.01, .02), one step
const expected = [
  [{ l1: 0, l2: 0 }, [-0.904534, -1.603567, -0.094821, -0.189358]],
  [{ l1: 0.001, l2: 0 }, [-0.895489, -1.59555, -0.085339, -0.17989]],
  [{ l1: 0.001, l2: 2 }, [-0.046907, -0.093659, -0.004275, -0.009023]],
] as const;
for (const [penalty, values] of expected) {
  const w = tensor([0, 0, 0, 0], { requiresGrad: true });
  w.grad = tensor([0.1, 0.2, 0.01, 0.02]);
  new optim.AdagradDA([w], { lr: 3, ...penalty }).step();
  const name = `one step, l1 ${penalty.l1}, l2 ${penalty.l2}`;
  run.check(name, [...w.detach().toTypedArray()], {
    equals: values,
    within: 2e-6,
    published: values.join(" "),
  });
}

/** Softmax regression with an optimizer; `penalty` is the strength of Σ |w| in the cost. */
async function reach(
  name: string,
  make: (model: nn.Linear) => optim.Optimizer,
  penalty = 0,
): Promise<{ accuracy: number; zeros: number }> {
  const model = new nn.Linear(784, 10);
  nn.init.zeros_(model.weight);
  nn.init.zeros_(model.bias!);
  const optimizer = make(model), loader = new data.DataLoader(train, { batchSize: batch, shuffle: true });
  const ink = train.tensors[0].amax(0).gt(0); // pixels that are not always black
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for await (const [x, y] of data.tqdm(loader, { desc: `${name}, epoch ${epoch}`, leave: false })) {
      const cost = crossEntropy(model.forward(x), y);
      optimizer.zeroGrad();
      (penalty > 0 ? cost.add(abs(model.weight).sum().mul(penalty)) : cost).backward();
      optimizer.step();
    }
    const guesses = noGrad(() => model.forward(test.tensors[0]));
    run.plot.curve("Test accuracy", name, epoch, metrics.accuracy(guesses, test.tensors[1]));
  }
  const weights = model.weight.detach(),
    zeros = weights.eq(0).logicalAnd(ink).sum().item() / (10 * ink.sum().item());
  const accuracy = metrics.accuracy(noGrad(() => model.forward(test.tensors[0])), test.tensors[1]);
  run.plot.images(`Weights, ${name}`, weights.reshape(10, 28, 28), { columns: 10, colors: "signed" });
  console.log(
    `${name}: ${(100 * accuracy).toFixed(2)} % right, ${(100 * zeros).toFixed(1)} % of the weights zero`,
  );
  return { accuracy, zeros };
}
const adagrad = await reach("AdaGrad", (model) => new optim.Adagrad(model.parameters(), { lr }));
const penalised = await reach(
  "AdaGrad, L1 in the cost",
  (model) => new optim.Adagrad(model.parameters(), { lr }),
  l1,
);
const dual = await reach("AdaGradDA, L1", (model) => {
  return new optim.AdagradDA([{ params: [model.weight], l1 }, { params: [model.bias!] }], { lr });
});
run.check("AdaGrad's accuracy", adagrad.accuracy, { atLeast: 0.91 });
run.check("zeros of AdaGrad with L1 in its cost", penalised.zeros, { atMost: 0.02 });
run.check("exact zeros of AdaGradDA, where there is ink", dual.zeros, { atLeast: 0.5 });
run.check("accuracy lost, in points", 100 * (adagrad.accuracy - dual.accuracy), { atMost: 1.5 });
await run.end();
