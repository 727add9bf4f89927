/**
 * Perceptron: learns from its mistakes to tell melons from bananas, and two kinds of Iris.
 *
 *     ŷ = f(w·x + b)        w += η (y − ŷ) x        b += η (y − ŷ)
 *
 * Rosenblatt 1958. Whoever is right learns nothing. The melon (green, round) = (1, 1) and the banana (−1, −1) are
 * a worked example that circulates with two slips: it lets f(0) be 0, though its own step function says 1 at 0,
 * and it moves the threshold θ = −b the wrong way, which goes unnoticed because the melon's features are all 1.
 * The rule above gives w = (2, 0), θ = −1, and both fruits are right.
 *
 * Look at the mistakes on Iris (Fisher 1936; setosa and versicolor by sepal and petal length): 2 2 3 2 1 and then
 * none, for ever, since the two kinds can be divided by a line. It is the curve of Raschka's "Python Machine
 * Learning", chapter 2.
 *
 * Takes 0.1 s.
 */
import { data, type Tensor, tensor, zeros } from "../../mod.ts";
import iris from "../data/iris.csv" with { type: "text" };
import { system } from "../system.ts";

const run = system("Perceptron", { eta: 0.1, epochs: 10 });

/** A neuron with a step: 1 where it fires, `low` elsewhere. */
class Perceptron {
  w: Tensor;
  b: number;

  constructor(
    readonly size: number,
    readonly fires: (z: number) => boolean = (z) => z >= 0,
    readonly low = 0,
  ) {
    this.w = zeros([size], { dtype: "float64" });
    this.b = 0;
  }

  predict(x: Tensor): number {
    return this.fires(x.dot(this.w).item() + this.b) ? 1 : this.low;
  }

  /** One step of the rule; whether there was a mistake. */
  learn(x: Tensor, y: number, eta: number): boolean {
    const change = eta * (y - this.predict(x));
    this.w = this.w.add(x.mul(change));
    this.b += change;
    return change !== 0;
  }
}

const melon = tensor([1, 1], { dtype: "float64" }), banana = melon.neg();
const fruit = new Perceptron(2, (z) => z > 0);
fruit.w = tensor([1, -1], { dtype: "float64" }); // the example's beginning: it takes the melon for a banana
console.log(`before: melon ${fruit.predict(melon)}, banana ${fruit.predict(banana)}`);
while ([fruit.learn(melon, 1, 1), fruit.learn(banana, 0, 1)].includes(true));
console.log(`after:  melon ${fruit.predict(melon)}, banana ${fruit.predict(banana)}, w ${fruit.w}\n`);

const flowers = data.parseCsv(iris, { header: false, skip: 1 });
const x = flowers.tensor([0, 2], { dtype: "float64" }).narrow(0, 0, 100); // sepal and petal length of the first two kinds
const y = Array.from({ length: 100 }, (_, i) => i < 50 ? -1 : 1); // setosa, versicolor

const neuron = new Perceptron(2, (z) => z >= 0, -1), mistakes: number[] = [];
for (let epoch = 1; epoch <= run.options.epochs; epoch++) {
  const wrong = y.filter((kind, i) => neuron.learn(x.select(0, i), kind, run.options.eta)).length;
  mistakes.push(wrong);
  run.plot.curve("Mistakes", "of 100 flowers", epoch, wrong);
}
console.log(`mistakes by epoch: ${mistakes.join(" ")}`);

const [w1, w2] = neuron.w.toArray() as number[];
run.plot.axes("Iris", { x: "sepal length, cm", y: "petal length, cm" });
run.plot.points("Iris", "setosa", x.narrow(0, 0, 50));
run.plot.points("Iris", "versicolor", x.narrow(0, 50, 50));
run.plot.line(
  "Iris",
  "w·x + b = 0",
  [4, 7].map((length) => [length, -(w1 * length + neuron.b) / w2] as const),
);

run.check("mistakes on Iris by epoch", mistakes, {
  equals: [2, 2, 3, 2, 1, 0, 0, 0, 0, 0],
  published: "2 2 3 2 1 0 0 0 0 0",
});
run.check("w, b on Iris", [w1, w2, neuron.b], {
  equals: [-0.68, 1.82, -0.4],
  within: 1e-9,
  published: "-0.68 1.82 -0.4",
});
run.check("w, θ on fruit", [...fruit.w.toArray() as number[], -fruit.b], {
  equals: [2, 0, -1],
  published: "2 0 1 (θ moved the wrong way)",
});
run.check("melon, banana", [fruit.predict(melon), fruit.predict(banana)], {
  equals: [1, 0],
  published: "1 0",
});
await run.end();
