/**
 * Logistic regression: how likely a tumour is benign, by Newton's method in a handful of steps.
 *
 *     p = σ(w x + b)      C = −Σ (y ln p + (1 − y) ln (1 − p)) + ½ |w|²      w −= H⁻¹ ∇C, H = ∇²C
 *
 * Berkson 1944; the method is Newton's, with the Hessian that autograd makes. The tumours and the test are those of the M-P
 * neuron, which is right for 72 of 86: thirty weights and no cut in the middle make it 84. scikit-learn's LogisticRegression
 * gives the same weights to five digits. Look at |∇C|: each step doubles its correct digits.
 *
 * Takes 0.5 s.
 */
import { data, F, func, linalg, type Tensor, tensor, zeros } from "../../mod.ts";
import csv from "../data/breast_cancer.csv" with { type: "text" };
import tests from "../data/breast_cancer_tests.json" with { type: "json" };
import { table } from "../../lib/viz/mod.ts";
import { system } from "../system.ts";

const run = system("Logistic regression", { steps: 10 });

const patients = data.parseCsv(csv, { header: false, skip: 1 }), float64 = { dtype: "float64" } as const;
const x = patients.tensor(Array.from({ length: 30 }, (_, i) => i), float64), y = patients.tensor(30, float64);
const isTest = new Set(tests.seventh), rows = [...Array(569).keys()];
const [train, test] = [rows.filter((i) => !isTest.has(i)), tests.seventh].map((rows) => {
  const index = tensor(rows, { dtype: "int32" });
  return { x: x.indexSelect(0, index), y: y.indexSelect(0, index) };
});
const mean = train.x.mean(0), deviation = train.x.std(0, { correction: 0 });
const scaled = (x: Tensor) => x.sub(mean).div(deviation);

/** w x + b, where `w` [31] has b at its end. */
const score = (w: Tensor, x: Tensor) => scaled(x).matmul(w.narrow(0, 0, 30)).add(w.select(0, 30));
const cost = (w: Tensor) => {
  const fit = F.binaryCrossEntropyWithLogits(score(w, train.x), train.y, { reduction: "sum" });
  return fit.add(w.narrow(0, 0, 30).square().sum().div(2));
};

let w = zeros([31], float64), length = Infinity;
const progress: [step: number, cost: number, length: number][] = [];
for (let step = 0; step < run.options.steps; step++) {
  const gradient = func.grad(cost)(w), curvature = func.hessian(cost)(w);
  length = gradient.norm().item();
  progress.push([step, cost(w).item(), length]);
  w = w.sub(linalg.solve(curvature, gradient));
}
console.log(table(["step", "C", "|∇C|"], progress));
run.plot.axes("Newton's steps", { x: "step", y: "|∇C|", log: "y" });
run.plot.line(
  "Newton's steps",
  "|∇C|",
  progress.map(([step, , length]) => [step, Math.max(length, 1e-16)] as const),
);

const right = ({ x, y }: typeof train) => score(w, x).gt(0).eq(y.gt(0)).sum().item();
const known = [-0.51877414, -0.45879271, -0.4738705, -0.5596043]; // scikit-learn 1.2, C = 1
run.check("training accuracy", right(train) / 483, { equals: 478 / 483 });
run.check("test accuracy", right(test) / 86, { equals: 84 / 86 });
run.check("first four weights", [...w.narrow(0, 0, 4).toTypedArray()], { equals: known, within: 1e-6 });
run.check("|∇C| after the last step", length, { atMost: 1e-7 });
await run.end();
