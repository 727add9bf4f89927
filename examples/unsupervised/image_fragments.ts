/**
 * Image fragments: a patch of a photograph as the weighted sum of a few of 400 others, which are exchanged until they
 * fit.
 *
 *     T ≈ Σₖ aₖ Sₖ      in turn: (1) the best weights a for these S      (2) for each k the S of the pool that fits T with aₖ
 *
 * So popular accounts tell the story of Olshausen and Field: from black and white photographs cut 400 fragments S of
 * 16 x 16 pixels and another one T; choose the S whose sum comes nearest to T, with as few of them as possible; what
 * is chosen turns out to be edges. (They learned their bases by gradient descent instead: sparse_coding.ts.) Both
 * steps can only lower the error, so it ends, in a valley that depends on the beginning. Look at how well fragments of
 * quite other photographs do, and that the chosen ones are more directed than those that nobody takes.
 *
 * Takes 3 s.
 */
import { linalg, randperm, scope, stack, type Tensor } from "../../mod.ts";
import { picture, table } from "../../lib/viz/mod.ts";
import { directedness, randomPatches, whitenedPhotographs } from "../patches.ts";
import { system } from "../system.ts";

const run = system("Image fragments", { pool: 400, targets: 100, fragments: 8, rounds: 15 });
const { pool: size, targets: count, fragments, rounds } = run.options, { plot } = run;
const photographs = await whitenedPhotographs();
const unit = (x: Tensor) => x.div(x.norm(2, 1, true)); // brightness and contrast do not count
const pool = unit(randomPatches(photographs.slice(0, 7), size, 16));
const targets = unit(randomPatches(photographs.slice(7), count, 16));

/** The weights of these fragments that come nearest to the target: least squares. */
function weigh(target: Tensor, chosen: readonly number[]): Tensor {
  const s = stack(chosen.map((k) => pool.select(0, k)), 1); // [256, fragments]
  const [solution] = linalg.lstsq(s, target.unsqueeze(1));
  return solution.squeeze(1);
}

function sum(chosen: readonly number[], weights: Tensor): Tensor {
  return stack(chosen.map((k) => pool.select(0, k))).T.matmul(weights);
}

/** Exchanges fragments until none fits better; returns them, their weights and the squared error after each round. */
function fit(target: Tensor): { chosen: number[]; weights: Tensor; errors: number[] } {
  let chosen = (randperm(size).toArray() as number[]).slice(0, fragments), weights = weigh(target, chosen);
  const error = () => target.sub(sum(chosen, weights)).square().sum().item(), errors = [error()];
  for (let round = 0; round < rounds; round++) {
    for (let k = 0; k < fragments; k++) {
      const others = weights.clone();
      others.indexFill_(0, k, 0);
      const left = target.sub(sum(chosen, others));
      // ‖left − aₖ S‖² is least where 2 aₖ S·left − aₖ² is greatest, as all S have length 1
      const gain = pool.matmul(left).mul(weights.select(0, k));
      for (const other of chosen) if (other !== chosen[k]) gain.indexFill_(0, other, -Infinity); // each only once
      chosen = chosen.with(k, gain.argmax().item());
    }
    weights = weigh(target, chosen);
    errors.push(error());
    if (errors.at(-2)! - errors.at(-1)! < 1e-9) break;
  }
  return { chosen, weights, errors };
}

const results = Array.from({ length: count }, (_, i) => {
  using memory = scope();
  const result = fit(targets.select(0, i));
  memory.keep(result.weights);
  return result;
});
const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
const curve = Array.from(
  { length: rounds + 1 },
  (_, i) => mean(results.map((r) => r.errors[i] ?? r.errors.at(-1)!)),
);
plot.axes("Squared error, share of the target", { x: "round" });
plot.line(
  "Squared error, share of the target",
  `${fragments} fragments`,
  curve.map((e, i) => [i, e] as const),
);

const used = new Set(results.flatMap((result) => result.chosen)),
  directed = directedness(pool.view([-1, 16, 16]));
const often = Array.from(
  { length: size },
  (_, k) => results.filter((result) => result.chosen.includes(k)).length,
);
const ranked = often.map((times, k) => ({ times, k })).sort((a, b) => b.times - a.times).map(({ k }) => k);
const share = (list: readonly number[]) => mean(list.map((k) => directed.select(0, k).item()));
const favourites = stack(ranked.slice(0, 40).map((k) => pool.select(0, k))).view([-1, 16, 16]);
plot.images("Chosen most often", favourites, { columns: 10, range: "each" });
const shown = [0, 1, 2, 3, 4, 5];
const approximations = stack(shown.map((i) => sum(results[i].chosen, results[i].weights)));
plot.images("Targets", targets.narrow(0, 0, 6).view([-1, 16, 16]), { range: "each" });
plot.images("As sums of fragments", approximations.view([-1, 16, 16]), { range: "each" });
console.log("targets, as sums of fragments, and the fragments chosen most often");
for (const images of [targets, approximations, favourites]) {
  console.log(picture(images.reshape([-1, 16, 16]).narrow(0, 0, 5), { columns: 5 }), "\n");
}
const steps = results.every(({ errors }) => errors.every((e, i) => i === 0 || e <= errors[i - 1] + 1e-6));
const [first, last] = [curve[0], curve.at(-1)!];
console.log(table(["", "share of the target left"], [["fragments by chance", first], ["exchanged", last]]));

run.check("no step makes it worse", steps, { equals: true });
run.check("left with fragments by chance", first, { atLeast: 0.9 });
run.check("left after exchange", last, { atMost: 0.75 });
run.check("fragments that somebody uses", used.size, { atLeast: 100, atMost: size });
run.check(
  "directedness: most less least chosen quarter",
  share(ranked.slice(0, 100)) - share(ranked.slice(-100)),
  {
    atLeast: 0,
  },
);
await run.end();
