/**
 * Network 2-2-1: tells women from men by weight and height, written neuron by neuron, with scalars instead of
 * tensors.
 *
 *     h₁ = σ(w₁ x₁ + w₂ x₂ + b₁)    h₂ = σ(w₃ x₁ + w₄ x₂ + b₂)    ŷ = σ(w₅ h₁ + w₆ h₂ + b₃)    C = (y − ŷ)²
 *
 * Victor Zhou's "Machine Learning for Beginners: An Introduction to Neural Networks" (2019), which many courses
 * copy: normal initial weights, one step after each of four people, η = .1, 1000 epochs. Features are pounds and
 * inches less 135 and 66. There every derivative is written by hand; here backward() does it, and one by hand is
 * held against it. Look at the two that were never seen: Emily (128 pounds, 63 inches) and Frank (155 pounds, 68
 * inches).
 *
 * Takes 0.5 s.
 */
import { data, randn, type Scalar, scalar } from "../../mod.ts";
import { system } from "../system.ts";

const run = system("Network 2-2-1", { lr: 0.1, epochs: 1000, runs: 20 });

const people = [[-2, -1], [25, 6], [17, 4], [-15, -6]], isWoman = [1, 0, 0, 1]; // Alice, Bob, Charlie, Diana
const emily = [-7, -3], frank = [20, 2];

/** w₁ ... w₆, b₁, b₂, b₃. */
const weightsOf = (values: Iterable<number>) =>
  Array.from(values, (value) => scalar(value, { requiresGrad: true }));
const newWeights = () => weightsOf(randn([9]).toTypedArray());

function predict([w1, w2, w3, w4, w5, w6, b1, b2, b3]: Scalar[], [x1, x2]: number[]): Scalar {
  const h1 = w1.mul(x1).add(w2.mul(x2)).add(b1).sigmoid();
  const h2 = w3.mul(x1).add(w4.mul(x2)).add(b2).sigmoid();
  return w5.mul(h1).add(w6.mul(h2)).add(b3).sigmoid();
}

/** The mean squared error over the four people. */
function meanLoss(weights: Scalar[]): number {
  return people.reduce((sum, x, i) => sum + (isWoman[i] - predict(weights, x).value) ** 2, 0) / 4;
}

const runs = Array.from({ length: run.options.runs }, (_, n) => {
  let weights = newWeights();
  for (let epoch = 1; epoch <= run.options.epochs; epoch++) {
    people.forEach((x, i) => {
      predict(weights, x).sub(isWoman[i]).square().backward();
      weights = weightsOf(weights.map(({ value, grad }) => value - run.options.lr * Number(grad)));
    });
    if (epoch % 10 === 0) {
      run.plot.curve("Mean squared error", n === 0 ? "first run" : "other runs", epoch, meanLoss(weights));
    }
  }
  return {
    loss: meanLoss(weights),
    emily: predict(weights, emily).value,
    frank: predict(weights, frank).value,
  };
});

/** The chain rule by hand: ∂C/∂w₁ = −2 (y − ŷ) · ŷ (1 − ŷ) · w₅ · h₁ (1 − h₁) · x₁. */
const weights = newWeights(), [w1, w2, , , w5, , b1] = weights.map(({ value }) => value);
const [x1, x2] = people[0], output = predict(weights, people[0]);
output.sub(1).square().backward();
const h1 = 1 / (1 + Math.exp(-(w1 * x1 + w2 * x2 + b1))), y = output.value;
const byHand = -2 * (1 - y) * y * (1 - y) * w5 * h1 * (1 - h1) * x1;

const sorted = (name: "loss" | "emily" | "frank") => runs.map((result) => result[name]).sort((a, b) => a - b);
const median = (name: "loss" | "emily" | "frank") => sorted(name)[runs.length >> 1];
console.log(
  `mean squared error of ${runs.length} runs, least to greatest: ${data.sparkline(sorted("loss"))}`,
);

run.check("Emily is a woman, median", median("emily"), { atLeast: 0.93, published: 0.951 });
run.check("Frank is a woman, median", median("frank"), { atMost: 0.06, published: 0.039 });
run.check("mean squared error, greatest", sorted("loss").at(-1)!, { atMost: 0.003 });
run.check("mean squared error, median", median("loss"), { atMost: 0.0025 });
run.check("∂C/∂w₁ by hand, less autograd's", byHand - Number(weights[0].grad), { equals: 0, within: 1e-12 });
await run.end();
