/**
 * Threshold as a dummy node: an input that is always −1 turns the threshold into a weight like the others.
 *
 *     f(w·x − θ) = f(w'·x')        with x' = (x, −1), w' = (w, θ)
 *
 * One rule then learns all: w' += η (y − ŷ) x' moves θ by −η (y − ŷ), down where the neuron should have fired.
 * Libraries write the same with an input of +1 and call the weight bias, b = −θ: it is what `nn.Linear` adds. Look
 * at the two columns: step by step the numbers are the same.
 *
 * Takes 0.1 s.
 */
import { cat, full, nn, type Tensor, tensor, zeros } from "../../mod.ts";
import { table } from "../../lib/viz/mod.ts";
import { system } from "../system.ts";

const run = system("Threshold as a dummy node", { eta: 1, epochs: 6 });
const { eta, epochs } = run.options;

const x = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), y = [1, 1, 1, 0]; // NAND
const dummy = cat([x, full([4, 1], -1)], 1); // [4, 3]
const step = (z: Tensor) => z.ge(0).to("float32").item();

let w = zeros([2]), theta = 0; // with a threshold of its own
let weights = zeros([3]); // with a dummy node
const rows: string[][] = [];
let isSame = true;
for (let epoch = 1; epoch <= epochs; epoch++) {
  y.forEach((wanted, i) => {
    const change = eta * (wanted - step(x.select(0, i).dot(w).sub(theta)));
    w = w.add(x.select(0, i).mul(change));
    theta -= change; // the one line that has to be remembered

    const input = dummy.select(0, i);
    weights = weights.add(input.mul(eta * (wanted - step(input.dot(weights)))));
  });
  const [own, together] = [[...w.toTypedArray(), theta], [...weights.toTypedArray()]];
  isSame &&= own.join() === together.join();
  rows.push([String(epoch), own.join(" "), together.join(" ")]);
}
console.log(table(["epoch", "w1 w2 θ", "w1 w2 w3 of (x1, x2, −1)"], rows));

/** The same neuron as a layer: its bias is −θ. */
const layer = new nn.Linear(2, 1);
layer.loadStateDict({ weight: w.unsqueeze(0), bias: tensor([-theta]) });
const byLayer = layer.forward(x).squeeze(1).ge(0).to("int32").toArray() as number[];
const byNode = dummy.matmul(weights).ge(0).to("int32").toArray() as number[];

run.check("w1, w2, θ in every epoch the same", isSame, { equals: true });
run.check("NAND by the dummy node", byNode, { equals: y });
run.check("NAND by nn.Linear with b = −θ", byLayer, { equals: y });
await run.end();
