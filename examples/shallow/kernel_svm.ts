/**
 * Kernel support-vector machine: a plane in a space of so many dimensions that only its products are ever computed.
 *
 *     k(x, x′) = exp(−γ |x − x′|²)      f(x) = Σ αᵢ yᵢ k(xᵢ, x)
 *     max Σ αᵢ − ½ Σ αᵢ αⱼ yᵢ yⱼ k(xᵢ, xⱼ), 0 ≤ αᵢ ≤ C
 *
 * Boser, Guyon and Vapnik 1992; LeCun 1998 has 1.4 % errors for it on MNIST. The task is that of scikit-learn's first example,
 * γ = 0.001 and half of 1797 digits each to learn from and to read: .9688 there, where each pair of digits has a machine of
 * its own; here each digit has one, without a constant. Look at the digits with the largest α: they are odd ones.
 *
 * Takes 0.8 s.
 */
import { cdist, F, metrics, noGrad, type Tensor, zeros } from "../../mod.ts";
import { picture } from "../../lib/viz/mod.ts";
import { digits } from "../sources.ts";
import { system } from "../system.ts";

const run = system("Kernel support-vector machine", { gamma: 0.001, c: 1, steps: 400 });
const { gamma, c, steps } = run.options;

const { x, y: classes } = await digits(), y = classes.to("int32"), half = 898;
const [learnt, unseen] = [x.narrow(0, 0, half), x.narrow(0, half, 1797 - half)];
const [answers, truth] = [y.narrow(0, 0, half), y.narrow(0, half, 1797 - half)];
const sides = F.oneHot(answers, 10).mul(2).sub(1).float(); // y of the ten machines, [n, 10]

const kernel = (a: Tensor, b: Tensor) => cdist(a, b).square().mul(-gamma).exp();
const k = kernel(learnt, learnt);

/** What the dual problem makes as large as it can, of all machines together. */
const dual = (alpha: Tensor) => {
  const a = alpha.mul(sides);
  return alpha.sum().sub(a.mul(k.matmul(a)).sum().div(2)).item();
};

// Ascent along the gradient 1 − y ⊙ K (α ⊙ y), back into the box after each step, with Nesterov's momentum.
let alpha = zeros([half, 10]), ahead = alpha, t = 1;
const rate = 1 / k.sum(1).max().item(); // no eigenvalue of K is larger than its largest row
for (let step = 1; step <= steps; step++) {
  const gradient = sides.mul(k.matmul(ahead.mul(sides))).rsub(1);
  const next = ahead.add(gradient.mul(rate)).clamp(0, c), after = (1 + Math.sqrt(1 + 4 * t * t)) / 2;
  ahead = next.add(next.sub(alpha).mul((t - 1) / after));
  [alpha, t] = [next, after];
  if (step % 10 === 0) run.plot.curve("Dual objective", "Σ α − ½ |w|²", step, dual(alpha));
  if (step % 10 === 0) await run.tick();
}

// With the optimum of the dual goes that of the primal: ½ |w|² + C Σ max(0, 1 − y f) is the same number.
const f = k.matmul(alpha.mul(sides)), length = alpha.mul(sides).mul(f).sum().item();
const primal = length / 2 + c * sides.mul(f).rsub(1).relu().sum().item();
const scores = noGrad(() => kernel(unseen, learnt).matmul(alpha.mul(sides)));
const supports = alpha.gt(1e-4).sum().item() / (10 * half);

const [, odd] = alpha.sum(1).topk(5), shown = learnt.indexSelect(0, odd).reshape(5, 8, 8);
const captions = [...answers.indexSelect(0, odd).toTypedArray()];
console.log(picture(shown, { captions }));
run.plot.images("The digits with the largest α", shown, { captions });
run.plot.matrix("Answers", metrics.confusionMatrix(scores.argmax(1), truth), { sides: ["digit", "read as"] });

run.check("test accuracy", metrics.accuracy(scores, truth), { atLeast: 0.96, published: "0.97 (.9688)" });
run.check("primal over dual objective", primal / dual(alpha), { equals: 1, within: 0.01 });
run.check("share of α above 0", supports, { atMost: 0.4 });
await run.end();
