/**
 * Exam reward: 100 yuan for 90 points, as a step that nothing can be learned through, and as a sigmoid that learns
 * it.
 *
 *     reward = 100 · step(points − 90)        p = σ(w (points − 80) / 10 + b)
 *
 * The step's slope is 0 on both sides: who has 89 points is told nothing of how near 90 is, and gradient descent
 * gets no gradient. The sigmoid answers in shades. Look at where it crosses ½ and how steep it is: from the
 * rewards of one class it finds the threshold between 89 and 90, and it grows steeper towards the step for as long
 * as it learns.
 *
 * Takes 0.2 s.
 */
import {
  arange,
  binaryCrossEntropyWithLogits,
  data,
  heaviside,
  optim,
  sigmoid,
  type Tensor,
  tensor,
} from "../../mod.ts";
import { table } from "../../lib/viz/mod.ts";
import { system } from "../system.ts";

const run = system("Exam reward", { steps: 2000, lr: 0.1 });

const reward = (points: Tensor) => heaviside(points.sub(90), 1).mul(100); // 1: 90 points are enough
const points = arange(60, 101), isRewarded = reward(points).div(100); // a class with one student for each mark

/** What gradient descent would get through the step: how the rewards change if all have a little more. */
const more = tensor(0, { requiresGrad: true });
const rewards = reward(points.add(more));
const slope = rewards.requiresGrad ? (rewards.sum().backward(), more.grad!.item()) : 0;

const w = tensor(0, { requiresGrad: true }), b = tensor(0, { requiresGrad: true });
const optimizer = new optim.Adam([w, b], { lr: run.options.lr });
const logit = (points: Tensor) => points.sub(80).div(10).mul(w).add(b);
const crossing = () => 80 - 10 * b.item() / w.item();
const rows: number[][] = [];
run.plot.axes("Reward, yuan", { x: "points" });
run.plot.line(
  "Reward, yuan",
  "step",
  Array.from(points.toTypedArray(), (x) => [x, x >= 90 ? 100 : 0] as const),
);
for (let step = 1; step <= run.options.steps; step++) {
  optimizer.zeroGrad();
  const loss = binaryCrossEntropyWithLogits(logit(points), isRewarded);
  loss.backward();
  optimizer.step();
  run.plot.curve("Loss", "cross-entropy", step, loss);
  if ([1, 10, 100, 1000, run.options.steps].includes(step)) {
    const p = sigmoid(logit(points)).toArray() as number[];
    run.plot.line("Reward, yuan", `σ after ${step}`, p.map((value, i) => [60 + i, 100 * value] as const));
    rows.push([step, loss.item(), crossing(), w.item() / 10]);
    console.log(`${String(step).padStart(5)} steps  60 ${data.sparkline(p)} 100`);
  }
}
console.log(table(["steps", "loss", "½ at points", "w a point"], rows));

const marks = (...of: number[]) => tensor(of);
run.check("reward for 60, 89, 90 and 100 points", reward(marks(60, 89, 90, 100)).toArray() as number[], {
  equals: [0, 0, 100, 100],
});
run.check("slope of the step", slope, { equals: 0 });
run.check("points at which σ crosses ½", crossing(), { atLeast: 89, atMost: 90 });
run.check("right rewards of 41", sigmoid(logit(points)).ge(0.5).eq(isRewarded).sum().item(), { equals: 41 });
await run.end();
