/**
 * Logic gates: AND, NAND and OR are one neuron each; XOR takes two layers, and one neuron that tries runs in
 * circles.
 *
 *     y = f(w1 x1 + w2 x2 − θ)        XOR: h1 = f(x1 − x2 − ½), h2 = f(x2 − x1 − ½), y = f(h1 + h2 − ½)
 *
 * McCulloch and Pitts 1943; that one neuron cannot do XOR is Minsky and Papert 1969. The weights are those of a
 * textbook example. Look at the ties: with w = (1, 1), θ = 2 AND is right only if a neuron fires at exactly 0, so
 * a text that has it must say ≥, and any text that says > must not have it; the others do not mind.
 *
 * Then the gates are learned, from zero weights and with >. A line divides AND, OR and NAND, and the perceptron
 * finds it in 5, 5 and 3 epochs; for XOR there is none, and from the second epoch on the weights are after each
 * epoch where they were before.
 *
 * Takes 0.1 s.
 */
import { type Tensor, tensor } from "../../mod.ts";
import { table } from "../../lib/viz/mod.ts";
import { system } from "../system.ts";

const run = system("Logic gates", { epochs: 20 });

const inputs = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]);
const truth: Record<string, number[]> = {
  AND: [0, 0, 0, 1],
  NAND: [1, 1, 1, 0],
  OR: [0, 1, 1, 1],
  XOR: [0, 1, 1, 0],
};
type Tie = "≥" | ">";

/** f(w·x − θ) for each row of x, as 0 or 1. */
function neuron(x: Tensor, [w1, w2, theta]: readonly number[], tie: Tie = "≥"): Tensor {
  const z = x.matmul(tensor([w1, w2])).sub(theta);
  return (tie === "≥" ? z.ge(0) : z.gt(0)).to("float32");
}

const bits = (y: Tensor) => [...y.toTypedArray()];
const isRight = (name: string, y: Tensor) => bits(y).join() === truth[name].join();

const given: [string, number[]][] = [
  ["AND", [1, 1, 2]],
  ["AND", [0.5, 0.5, 0.6]],
  ["NAND", [-0.5, -0.5, -0.7]],
  ["OR", [1, 1, 0.5]],
];
const single = given.map(([name, weights]) => [
  name,
  weights.join(" "),
  ...(["≥", ">"] as const).map((tie) => isRight(name, neuron(inputs, weights, tie))),
]);

/** XOR as "the one but not the other, or the other but not the one". */
function xor(x: Tensor, tie: Tie): Tensor {
  const hidden = [neuron(x, [1, -1, 0.5], tie), neuron(x, [-1, 1, 0.5], tie)];
  return neuron(tensor(hidden.map(bits)).t(), [1, 1, 0.5], tie);
}
single.push(["XOR", "two layers", isRight("XOR", xor(inputs, "≥")), isRight("XOR", xor(inputs, ">"))]);
console.log(table(["gate", "w1 w2 θ", "right with ≥", "right with >"], single), "\n");

/** Learns a gate by the perceptron's rule: after how many epochs nothing is wrong, or how far back the weights recur. */
function learn(name: string): { epoch: number; cycle: number; weights: number[] } {
  const weights = [0, 0, 0], seen = [weights.join()];
  for (let epoch = 1; epoch <= run.options.epochs; epoch++) {
    let mistakes = 0;
    truth[name].forEach((y, i) => {
      const x = inputs.narrow(0, i, 1), change = y - neuron(x, weights, ">").item();
      [x.index([0, 0]).item(), x.index([0, 1]).item(), -1].forEach((input, j) =>
        weights[j] += change * input
      );
      mistakes += Math.abs(change);
    });
    if (mistakes === 0) return { epoch: epoch - 1, cycle: 0, weights };
    const back = seen.lastIndexOf(weights.join());
    if (back >= 0) return { epoch, cycle: seen.length - back, weights };
    seen.push(weights.join());
  }
  return { epoch: run.options.epochs, cycle: 0, weights };
}

const learned = Object.fromEntries(Object.keys(truth).map((name) => [name, learn(name)]));
console.log(table(
  ["gate", "epochs with mistakes", "w1 w2 θ", ""],
  Object.entries(learned).map(([name, { epoch, cycle, weights }]) => [
    name,
    epoch,
    weights.join(" "),
    cycle ? `back where it was ${cycle} epoch before, for ever` : "nothing wrong any more",
  ]),
));

run.check("gates right with ≥", single.map((row) => row[2]), { equals: [true, true, true, true, true] });
run.check("gates right with >", single.map((row) => row[3]), { equals: [false, true, true, true, true] });
run.check("epochs to learn AND, OR, NAND", ["AND", "OR", "NAND"].map((name) => learned[name].epoch), {
  equals: [5, 3, 5],
});
run.check("epochs after which XOR's weights come back", learned.XOR.cycle, { equals: 1 });
run.check("w1, w2, θ of XOR", learned.XOR.weights, { equals: [-1, 0, -1] });
await run.end();
