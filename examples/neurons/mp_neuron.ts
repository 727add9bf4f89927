/**
 * M-P neuron: fires when enough of its inputs do; the best threshold for telling tumours apart is found by trying
 * all.
 *
 *     y = 1 if Σ x ≥ b, else 0
 *
 * McCulloch and Pitts 1943. The neuron knows yes and no only, so each of the 30 measurements of a tumour is cut in
 * the middle of its range: 1 in the lower half, where it is small and regular, 0 in the upper. Look at the
 * accuracy by threshold: below 15 the neuron always fires, and is as right as benign tumours are frequent.
 *
 * The published figures are those of a course on deep learning (PadhAI) that tests on a tenth of the patients.
 * Like its many copies it cuts the test set at the middle of the test set's own range, which a single patient does
 * not have; the last figure cuts at the training set's middle, as one must.
 *
 * Takes 0.1 s.
 */
import { data, type Tensor, tensor } from "../../mod.ts";
import csv from "../data/breast_cancer.csv" with { type: "text" };
import tests from "../data/breast_cancer_tests.json" with { type: "json" };
import { system } from "../system.ts";

const run = system("M-P neuron");

const patients = data.parseCsv(csv, { header: false, skip: 1 });
const x = patients.tensor(Array.from({ length: 30 }, (_, i) => i)); // [569, 30]
const y = patients.tensor(30); // 1: benign, 0: malignant

/** The patients of some rows. */
function choose(rows: readonly number[]): { x: Tensor; y: Tensor } {
  const index = tensor([...rows], { dtype: "int32" });
  return { x: x.indexSelect(0, index), y: y.indexSelect(0, index) };
}

/** Whether each value is in the lower half of its column's range in `reference`. */
function cut(x: Tensor, reference: Tensor): Tensor {
  const middle = reference.amin(0).add(reference.amax(0)).div(2);
  return x.le(middle).to("float32");
}

/** y = 1 if Σ x ≥ b. */
function neuron(x: Tensor, b: number): Tensor {
  return x.sum(1).ge(b).to("float32");
}

/** How many of the answers are right. */
function right(x: Tensor, y: Tensor, b: number): number {
  return neuron(x, b).eq(y).sum().item();
}

for (const [part, rows] of Object.entries(tests)) {
  const test = choose(rows), train = choose([...Array(569).keys()].filter((i) => !rows.includes(i)));
  const inputs = cut(train.x, train.x);
  const counts = Array.from({ length: 31 }, (_, b) => right(inputs, train.y, b));
  const best = counts.indexOf(Math.max(...counts));
  console.log(`a ${part} to test on: thresholds 0 ${data.sparkline(counts)} 30, best ${best}`);
  run.plot.axes("Accuracy in training", { x: "threshold b" });
  run.plot.line(
    "Accuracy in training",
    `a ${part} to test on`,
    counts.map((n, b) => [b, n / train.y.numel()] as const),
  );

  const isCourse = part === "tenth";
  const share = (count: number, of: Tensor) => count / of.numel();
  run.check(`best threshold, a ${part} to test on`, best, { equals: 28 });
  run.check("training accuracy", share(counts[best], train.y), {
    equals: isCourse ? 435 / 512 : 412 / 483,
    ...(isCourse && { published: "0.849609" }),
  });
  run.check("test accuracy", share(right(cut(test.x, test.x), test.y, best), test.y), {
    equals: isCourse ? 45 / 57 : 72 / 86,
    ...(isCourse && { published: "0.789474" }),
  });
  if (!isCourse) {
    run.check("test accuracy, cut as in training", share(right(cut(test.x, train.x), test.y, best), test.y), {
      equals: 73 / 86,
    });
  }
}
await run.end();
