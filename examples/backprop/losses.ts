/**
 * Losses: how wrong is wrong, and why a neuron that is very wrong learns slowly with the squares and fast with
 * cross-entropy.
 *
 *     quadratic       C = 1/2n Σ‖y − a‖²           its gradient in z:  (a − y) σ'(z)
 *     mean squared    Σ(y − a)² / n                mean absolute       Σ|y − a| / n
 *     cross-entropy   −Σ y ln a + (1 − y) ln(1 − a)       in z:  a − y
 *     softmax         pᵢ = e^zᵢ / Σ e^zⱼ,  C = −ln p of the class      in z:  p − y
 *
 * The single neuron is from Nielsen's "Neural Networks and Deep Learning", chapter 3: it is to answer 0 to the
 * input 1. Look at its curves: begun at w = 2, b = 2 it says .98, σ' is almost 0 there, and the quadratic cost
 * leaves it at .20 after 300 epochs, where it came from .82 down to .09. With cross-entropy the σ' cancels: the
 * more it is wrong, the faster it learns.
 *
 * Takes 0.2 s.
 */
import {
  binaryCrossEntropyWithLogits,
  crossEntropy,
  data,
  l1Loss,
  mseLoss,
  type Scalar,
  scalar,
  softmax,
  tensor,
} from "../../mod.ts";
import { table } from "../../lib/viz/mod.ts";
import { system } from "../system.ts";

const run = system("Losses", { epochs: 300, lr: 0.15 });

const costs: Record<string, (z: Scalar) => Scalar> = { // for the answer 0
  quadratic: (z) => z.sigmoid().square().div(2),
  "cross-entropy": (z) => z.sigmoid().rsub(1).log().neg(),
};

/** What the neuron answers before each epoch and at the end. */
function learn(cost: (z: Scalar) => Scalar, begin: number[]): number[] {
  let [w, b] = begin.map((value) => scalar(value, { requiresGrad: true }));
  const answers: number[] = [];
  for (let epoch = 0; epoch <= run.options.epochs; epoch++) {
    const z = w.add(b); // the input is 1
    answers.push(z.sigmoid().value);
    cost(z).backward();
    [w, b] = [w, b].map(({ value, grad }) =>
      scalar(value - run.options.lr * Number(grad), { requiresGrad: true })
    );
  }
  return answers;
}

const begins = [[0.6, 0.9], [2, 2]], learned: Record<string, number[]> = {};
run.plot.axes("What the neuron answers", { x: "epoch", range: [0, 1] });
for (const [name, cost] of Object.entries(costs)) {
  for (const begin of begins) {
    const answers = learned[`${name}, ${begin}`] = learn(cost, begin);
    run.plot.line(
      "What the neuron answers",
      `${name}, w, b = ${begin}`,
      answers.map((a, epoch) => [epoch, a] as const),
    );
  }
}
console.log(
  table(
    ["cost; w, b", "answers", "first", "last"],
    Object.entries(learned).map(([name, answers]) => [
      name,
      data.sparkline(answers.filter((_, i) => i % 10 === 0)),
      answers[0],
      answers.at(-1)!,
    ]),
  ),
);

const float64 = { dtype: "float64" } as const;
const y = tensor([0.3, 0.8], float64), a = tensor([0.54, 0.53], float64); // the outputs of a network and what they should be
const logits = tensor([[-0.08, 0]], { ...float64, requiresGrad: true }),
  first = tensor([0], { dtype: "int32" });
const loss = crossEntropy(logits, first), p = softmax(logits, 1);
loss.backward();
const z = tensor([2, -1], { ...float64, requiresGrad: true }), wanted = tensor([0, 1], float64);
binaryCrossEntropyWithLogits(z, wanted, { reduction: "sum" }).backward();
const apart = z.grad!.sub(z.detach().sigmoid().sub(wanted)).abs().max().item();

const last = (name: string) => learned[name].at(-1)!;
run.check("quadratic: last answer from .82", last("quadratic, 0.6,0.9"), {
  equals: 0.09,
  within: 0.005,
  published: 0.09,
});
run.check("quadratic: last answer from .98", last("quadratic, 2,2"), {
  equals: 0.2,
  within: 0.005,
  published: 0.2,
});
run.check("cross-entropy: last answer from .98", last("cross-entropy, 2,2"), { atMost: 0.02 });
run.check("mean squared error of (.54 .53) for (.3 .8)", mseLoss(a, y).item(), {
  equals: 0.06525,
  within: 1e-12,
});
run.check("mean absolute error", l1Loss(a, y).item(), { equals: 0.255, within: 1e-12 });
run.check("softmax", [...p.detach().toTypedArray()], {
  equals: [0.48001, 0.51999],
  within: 1e-5,
  published: ".48 .52",
});
run.check("its loss, −ln .48", loss.item(), { equals: 0.73395, within: 1e-5, published: 0.73 });
run.check("its gradient, p − y", [...logits.grad!.toTypedArray()], {
  equals: [0.48001 - 1, 0.51999],
  within: 1e-5,
});
run.check("cross-entropy's gradient less σ(z) − y", apart, { atMost: 1e-15 });
await run.end();
