/** Metrics: the examples of scikit-learn's pages, the definitions on random data, odd arguments. */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Generator, metrics, rand, randint, type Tensor, tensor, zeros } from "../mod.ts";
import { assertNoAccident, odd } from "./odd.ts";

const {
  accuracy,
  confusionMatrix,
  f1Score,
  meanSquaredError,
  precision,
  r2Score,
  recall,
  rocAuc,
  topkAccuracy,
} = metrics;
const EPSILON = 1e-14; // sums of a few float64

const truth = tensor([0, 1, 2, 0, 1, 2]), guesses = tensor([0, 2, 1, 0, 0, 1]);

Deno.test("precision(), recall() and f1Score() give what scikit-learn's pages show", () => {
  const cases = [
    { metric: precision, macro: 2 / 9, micro: 1 / 3, weighted: 2 / 9, each: [2 / 3, 0, 0] },
    { metric: recall, macro: 1 / 3, micro: 1 / 3, weighted: 1 / 3, each: [1, 0, 0] },
    { metric: f1Score, macro: 4 / 15, micro: 1 / 3, weighted: 4 / 15, each: [0.8, 0, 0] },
  ] as const;
  for (const { metric, macro, micro, weighted, each } of cases) {
    assertAlmostEquals(metric(guesses, truth), macro, EPSILON);
    assertAlmostEquals(metric(guesses, truth, { average: "micro" }), micro, EPSILON);
    assertAlmostEquals(metric(guesses, truth, { average: "weighted" }), weighted, EPSILON);
    const every = metric(guesses, truth, { average: null });
    assertEquals([every.dtype, every.toArray()], ["float64", [...each]]);
    assertEquals(metric(guesses, truth, { average: null, numClasses: 4 }).toArray(), [...each, 0]);
    assertAlmostEquals(
      metric(guesses, truth, { numClasses: 9 }),
      macro,
      EPSILON,
      "absent classes have no part",
    );
  }
});

Deno.test("averages differ where classes are of unequal size", () => {
  const y = tensor([0, 0, 0, 0, 1, 2]), x = tensor([0, 0, 0, 1, 1, 1]);
  assertAlmostEquals(precision(x, y), (1 + 1 / 3 + 0) / 3, EPSILON);
  assertAlmostEquals(precision(x, y, { average: "weighted" }), (4 * 1 + 1 / 3 + 0) / 6, EPSILON);
  assertAlmostEquals(recall(x, y), (3 / 4 + 1 + 0) / 3, EPSILON);
  assertAlmostEquals(recall(x, y, { average: "weighted" }), 4 / 6, EPSILON);
  assertAlmostEquals(f1Score(x, y), (6 / 7 + 1 / 2 + 0) / 3, EPSILON);
  assertAlmostEquals(f1Score(x, y, { average: "micro" }), accuracy(x, y), EPSILON);
});

Deno.test('average "binary" is of class 1, and wants two classes', () => {
  const y = tensor([true, false, true, true]), x = tensor([true, true, false, true]);
  assertAlmostEquals(precision(x, y, { average: "binary" }), 2 / 3, EPSILON);
  assertAlmostEquals(recall(x, y, { average: "binary" }), 2 / 3, EPSILON);
  assertEquals(f1Score(tensor([0, 0]), tensor([0, 0]), { average: "binary" }), 0);
  assertThrows(
    () => f1Score(guesses, truth, { average: "binary" }),
    RangeError,
    'Cannot call f1Score() with average "binary": there are 3 classes, not 2',
  );
});

Deno.test("accuracy() and topkAccuracy() count right answers", () => {
  const scores = tensor([[0.5, 0.2, 0.2], [0.3, 0.4, 0.2], [0.2, 0.4, 0.3], [0.7, 0.2, 0.1]]),
    y = tensor([0, 1, 2, 2]);
  assertEquals([1, 2, 3].map((k) => topkAccuracy(scores, y, k)), [0.5, 0.75, 1]);
  assertEquals(accuracy(scores, y), 0.5);
  assertEquals(accuracy(tensor([0, 1, 1, 2]), y), 0.75);
  const same = zeros(4, 3);
  assertEquals([1, 2].map((k) => topkAccuracy(same, y, k)), [0.25, 0.5], "of equal scores the first count");
  assertEquals(
    topkAccuracy(tensor([[NaN, 1], [1, 2]]), tensor([0, 1]), 2),
    0.5,
    "NaN is never among the largest",
  );
  assertThrows(
    () => topkAccuracy(scores, y, 4),
    RangeError,
    "Cannot call topkAccuracy() with k 4: there are 3 classes",
  );
});

Deno.test("confusionMatrix() counts true classes in rows", () => {
  const y = confusionMatrix(tensor([0, 0, 2, 2, 0, 2]), tensor([2, 0, 2, 2, 0, 1]));
  assertEquals([y.dtype, y.toArray()], ["int32", [[2, 0, 0], [0, 0, 1], [1, 0, 2]]]);
  assertEquals(confusionMatrix(tensor([[1, 0, 0]]), tensor([1])).toArray(), [[0, 0, 0], [1, 0, 0], [
    0,
    0,
    0,
  ]]);
  assertEquals(confusionMatrix(tensor([0]), tensor([0]), { numClasses: 2 }).toArray(), [[1, 0], [0, 0]]);
  const generator = new Generator(1),
    a = randint(5, [500], { generator }),
    b = randint(5, [500], { generator });
  const counts = confusionMatrix(a, b);
  for (let i = 0; i < 5; i++) {
    for (let j = 0; j < 5; j++) {
      assertEquals(counts.index([i, j]).item(), b.eq(i).logicalAnd(a.eq(j)).sum().item());
    }
  }
});

Deno.test("rocAuc() is the share of pairs in right order, ties counting half", () => {
  assertEquals(rocAuc(tensor([0.1, 0.4, 0.35, 0.8]), tensor([0, 0, 1, 1])), 0.75);
  assertEquals(rocAuc(tensor([1, 1, 1, 1]), tensor([0, 1, 0, 1])), 0.5);
  assertEquals(rocAuc(tensor([-Infinity, Infinity]), tensor([false, true])), 1);
  const generator = new Generator(2);
  for (const levels of [2, 5, 1000]) {
    const scores = randint(levels, [60], { generator }), y = randint(2, [60], { generator });
    const [s, c] = [scores, y].map((x) => [...x.toTypedArray()]);
    let right = 0, pairs = 0;
    for (const i of s.keys()) {
      for (const j of s.keys()) {
        if (c[i] !== 1 || c[j] !== 0) continue;
        pairs++;
        right += s[i] > s[j] ? 1 : s[i] === s[j] ? 0.5 : 0;
      }
    }
    assertAlmostEquals(rocAuc(scores, y), right / pairs, EPSILON);
  }
  assertThrows(() => rocAuc(tensor([1, 2]), tensor([1, 1])), RangeError, "all 2 samples are of class 1");
  assertThrows(
    () => rocAuc(tensor([1, 2]), tensor([0, 2])),
    RangeError,
    "class 2 at position 1 is neither 0 nor 1",
  );
  assertThrows(() => rocAuc(tensor([1, NaN, 3]), tensor([0, 1, 1])), RangeError, "score 1 is NaN");
});

Deno.test("r2Score() and meanSquaredError() give what scikit-learn's pages show", () => {
  const y = tensor([3, -0.5, 2, 7], { dtype: "float64" }), x = tensor([2.5, 0, 2, 8], { dtype: "float64" });
  assertAlmostEquals(r2Score(x, y), 0.9486081370449679, EPSILON);
  assertEquals(meanSquaredError(x, y), 0.375);
  const many = tensor([[0.5, 1], [-1, 1], [7, -6]]), met = tensor([[0, 2], [-1, 2], [8, -5]]);
  assertAlmostEquals(r2Score(met, many), (0.965438 + 0.908163) / 2, 1e-6); // the page has six digits
  assertAlmostEquals(meanSquaredError(met, many), 0.7083333333333334, EPSILON);
  assertEquals(r2Score(tensor([3, 2, 1]), tensor([1, 2, 3])), -3);
  assertEquals([r2Score(tensor([5, 5]), tensor([5, 5])), r2Score(tensor([5, 6]), tensor([5, 5]))], [1, 0]);
  const noise = rand(100, { generator: new Generator(3) });
  assertEquals([r2Score(noise, noise), meanSquaredError(noise, noise)], [1, 0]);
});

Deno.test("metrics leave the tape alone", () => {
  const scores = tensor([[1, 2], [2, 1]], { requiresGrad: true });
  assertEquals([accuracy(scores, tensor([1, 1])), meanSquaredError(scores, scores)], [0.5, 0]);
  assert(!precision(scores, tensor([1, 1]), { average: null }).requiresGrad);
});

Deno.test("wrong arguments of metrics are named", () => {
  assertThrows(() => accuracy(zeros(3), zeros(4)), TypeError, "Cannot call accuracy() on [3] and [4]");
  assertThrows(() => accuracy(zeros(0), zeros(0)), TypeError, "it takes classes [n] or scores [n, classes]");
  assertThrows(
    () => accuracy(zeros(2, 3), tensor([0, 3])),
    RangeError,
    "Cannot call accuracy(): target is 3 at position 1, which is not one of the 3 classes 0..2",
  );
  assertThrows(() => recall(tensor([0.5]), tensor([1])), RangeError, "input is 0.5 at position 0");
  assertThrows(() => confusionMatrix(tensor([1e9]), tensor([0])), RangeError, "for 1000000001 classes");
  assertThrows(() => precision(tensor([1e9]), tensor([0])), RangeError, "for 1000000001 classes");
  assertThrows(
    () => recall(tensor([0]), tensor([-1])),
    RangeError,
    "target is -1 at position 0, which is not a class",
  );
  assertEquals(accuracy(zeros(1, 30_000), tensor([20_000])), 0);
  assertThrows(() => r2Score(zeros(3), zeros(3, 1)), TypeError, "Cannot call r2Score() on [3] and [3, 1]");
  const two = tensor([0, 1]),
    calls: Record<string, (v: never) => unknown> = {
      "accuracy's input": (v) => accuracy(v, two),
      "accuracy's target": (v) => accuracy(two, v),
      "topkAccuracy's input": (v) => topkAccuracy(v, two, 1),
      "topkAccuracy's k": (v) => topkAccuracy(zeros(2, 2), two, v),
      "confusionMatrix's input": (v) => confusionMatrix(v, two),
      "confusionMatrix's numClasses": (v) => confusionMatrix(two, two, v),
      "f1Score's input": (v) => f1Score(v, two),
      "f1Score's options": (v) => f1Score(two, two, v),
      "f1Score's average": (v) => f1Score(two, two, { average: v } as never),
      "f1Score's numClasses": (v) => f1Score(two, two, { numClasses: v }),
      "rocAuc's input": (v) => rocAuc(v, two),
      "rocAuc's target": (v) => rocAuc(two, v),
      "r2Score's input": (v) => r2Score(v, two),
      "meanSquaredError's target": (v) => meanSquaredError(two, v as Tensor),
    };
  for (const [name, call] of Object.entries(calls)) {
    for (const [what, value] of odd) assertNoAccident(`${name} ${what}`, () => call(value as never));
  }
});
