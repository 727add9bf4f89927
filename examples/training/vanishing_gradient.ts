/**
 * Vanishing gradient: how fast each layer of a deep network learns, before the first step.
 *
 *     δₗ = Wₗ₊₁ᵀ δₗ₊₁ ⊙ σ′(zₗ)      σ′ ≤ 1/4, so each layer learns about four times slower than the next; relu′ is 0 or 1
 *
 * "Neural Networks and Deep Learning", 2015, chapter 5: the length of the mean δ of 1000 digits is 0.0657 and 0.3092 in two
 * hidden layers of 30, 0.0118, 0.060 and 0.2831 in three, and 0.0030, 0.0171, 0.0695 and 0.2851 in four. It depends on the
 * beginning, so the ratios here are geometric means over 20 of them. Look at the last table: with ReLUs the first layers
 * learn nearly as fast as the last.
 *
 * Takes 1.5 s.
 */
import { nn } from "../../mod.ts";
import two from "../data/nielsen_curves/norms_during_training_2_layers.json" with { type: "json" };
import three from "../data/nielsen_curves/norms_during_training_3_layers.json" with { type: "json" };
import four from "../data/nielsen_curves/norms_during_training_4_layers.json" with { type: "json" };
import { table } from "../../lib/viz/mod.ts";
import { crossEntropy, digits, network } from "../nielsen.ts";
import { system } from "../system.ts";

const run = system("Vanishing gradient", { starts: 20 });
const { tensors: [images, answers] } = (await digits(1000)).train, { starts } = run.options;

/** The length of the mean δ of each hidden layer, which is the gradient of its biases. */
function speeds(depth: number, Activation = nn.Sigmoid): number[] {
  const model = network([784, ...Array(depth).fill(30), 10], "scaled", Activation);
  crossEntropy(model.forward(images), answers).backward();
  const biases = [...model.parameters()].filter((p) => p.ndim === 1);
  return biases.slice(0, -1).map((b) => b.grad!.norm().item());
}

/** Geometric means over several beginnings. */
function means(depth: number, Activation = nn.Sigmoid): number[] {
  const logs = Array.from({ length: starts }, () => speeds(depth, Activation).map(Math.log));
  return logs[0].map((_, layer) => Math.exp(logs.reduce((sum, row) => sum + row[layer], 0) / starts));
}
/** How much faster each layer learns than the one before. */
const ratios = (lengths: number[]) => lengths.slice(1).map((x, i) => x / lengths[i]);

const published = [two, three, four].map((lengths) => lengths[0]), head = ["", "layer 1", "2", "3", "4"];
const rows: (string | number)[][] = [], round = (x: number) => Number(x.toPrecision(3));
for (const [i, theirs] of published.entries()) {
  const depth = i + 2, ours = means(depth), name = `${depth} hidden layers`;
  rows.push([`${name}, |mean δ|`, ...ours.map(round)], ["  the book's", ...theirs.map(round)]);
  run.plot.bars(
    "|mean δ| by layer",
    name,
    Object.fromEntries(ours.map((x, layer) => [`layer ${layer + 1}`, x])),
  );
  const text = ratios(theirs).map((x) => x.toFixed(1)).join(" ");
  run.check(`${name}: ratios of neighbours`, ratios(ours), { atLeast: 3, atMost: 8, published: text });
}
const relu = means(4, nn.ReLU);
rows.push(["4 of ReLUs", ...relu.map(round)]);
console.log(table(head, rows.map((row) => [...row, ...Array(5 - row.length).fill("")])));
run.check("4 hidden layers of ReLUs: ratios", ratios(relu), { atMost: 2 });
await run.end();
