/**
 * Sparse coding: natural images as sums of few out of many bases, and the bases that serve best are edges.
 *
 *     minimise over a and Φ:  ½ ‖x − Φ a‖² + λ ‖a‖₁,  ‖φⱼ‖ ≤ 1
 *
 * Olshausen and Field, "Emergence of simple-cell receptive field properties by learning a sparse code for natural
 * images", 1996: patches of ten whitened photographs, and the bases become localised, oriented and band-pass like the
 * cells of the visual cortex. Two problems take turns. With Φ fixed, the codes a are a LASSO, solved here in three
 * ways that must agree: ISTA (a step downhill, then towards 0), FISTA (with momentum, Beck and Teboulle 2009),
 * coordinate descent. With a fixed, Φ is a quadratic program, solved basis by basis (Mairal 2009). K-means is the
 * special case of one active base with weight 1. Look at how the bases begin as noise and end as edges; 128 of them
 * are an over-complete code of 64 pixels.
 *
 * Takes 25 s.
 */
import { data, F, linalg, randn, randperm, scope, type Tensor, zeros, zerosLike } from "../../mod.ts";
import { picture, table } from "../../lib/viz/mod.ts";
import { directedness, randomPatches, whitenedPhotographs } from "../patches.ts";
import { system } from "../system.ts";

const run = system("Sparse coding", { patches: 20_000, epochs: 4, batch: 500, lambda: 1 });
const { patches, epochs, batch, lambda } = run.options, { plot } = run;
const all = randomPatches(await whitenedPhotographs(), patches, 8);
const x = all.div(all.std());

/** The mean of ½ ‖x − Φ a‖² + λ ‖a‖₁ over the patches x [n, 64], with codes a [n, k] and bases [k, 64]. */
function objective(x: Tensor, codes: Tensor, bases: Tensor): number {
  const error = codes.matmul(bases).sub(x).square().sum(1).div(2);
  return error.add(codes.abs().sum(1).mul(lambda)).mean().item();
}

/** What all three solvers work on: Φᵀx, ΦᵀΦ, and the steepest curvature. */
function problem(x: Tensor, bases: Tensor) {
  const gram = bases.matmul(bases.T), steepest = linalg.eigvalsh(gram).amax().item();
  return { target: x.matmul(bases.T), gram, steepest };
}

/** ISTA; with momentum FISTA. a ← S(a − (ΦᵀΦ a − Φᵀx) / L, λ / L), where S moves each number by λ / L towards 0. */
function shrink(x: Tensor, bases: Tensor, steps: number, momentum: boolean): Tensor {
  using memory = scope();
  const { target, gram, steepest } = problem(x, bases);
  let codes = zerosLike(target), ahead = codes, t = 1;
  for (let step = 0; step < steps; step++) {
    using inner = scope();
    const slope = ahead.matmul(gram).sub(target), before = codes;
    codes = memory.keep(inner.keep(F.softshrink(ahead.sub(slope.div(steepest)), lambda / steepest)));
    const next = (1 + Math.sqrt(1 + 4 * t * t)) / 2;
    ahead = momentum ? inner.keep(codes.add(codes.sub(before).mul((t - 1) / next))) : codes;
    t = next;
  }
  return codes;
}

/** Coordinate descent: each number in turn becomes the best it can be, given the others. */
function descend(x: Tensor, bases: Tensor, rounds: number): Tensor {
  const { target, gram } = problem(x, bases), codes = zerosLike(target);
  for (let round = 0; round < rounds; round++) {
    for (let j = 0; j < bases.shape[0]; j++) {
      const code = codes.select(1, j), own = gram.index([j, j]);
      const pull = target.select(1, j).sub(codes.matmul(gram.select(0, j))).add(code.mul(own));
      code.copy_(F.softshrink(pull, lambda).div(own));
    }
  }
  return codes;
}

function random(count: number): Tensor {
  const bases = randn([count, 64]);
  return bases.div(bases.norm(2, 1, true));
}

/**
 * The bases that minimise the squared error, one after the other, by what the codes A = Σ a aᵀ, B = Σ a xᵀ were
 * so far.
 */
function renew(bases: Tensor, a: Tensor, b: Tensor): void {
  for (let j = 0; j < bases.shape[0]; j++) {
    using _ = scope();
    const base = bases.select(0, j), use = a.index([j, j]).item();
    if (use < 1e-6) continue; // nobody needs it now
    const better = base.add(b.select(0, j).sub(a.select(0, j).matmul(bases)).div(use));
    base.copy_(better.div(better.norm().clamp(1)));
  }
}

async function learn(count: number): Promise<Tensor> {
  const bases = random(count), a = zeros([count, count]), b = zeros([count, 64]);
  for (let epoch = 1, step = 0; epoch <= epochs; epoch++) {
    const order = randperm(patches);
    for (const first of data.tqdm(range(0, patches, batch), { desc: `${count} bases, pass ${epoch}` })) {
      {
        using _ = scope();
        const some = x.indexSelect(0, order.narrow(0, first, batch)), codes = shrink(some, bases, 40, true);
        const memory = 1 - 1 / (1 + step++ / 4); // forgets what the first, bad codes were
        a.mul_(memory).add_(codes.T.matmul(codes));
        b.mul_(memory).add_(codes.T.matmul(some));
        renew(bases, a, b);
      }
      await run.tick();
    }
    plot.curve(
      "Objective of 2000 patches",
      `${count} bases`,
      epoch,
      measure(bases, x.narrow(0, 0, 2000)).objective,
    );
    plot.images(`${count} bases`, bases.view([-1, 8, 8]), { colors: "signed", range: "each", columns: 16 });
  }
  return bases;
}

function range(first: number, end: number, step: number): number[] {
  return Array.from({ length: Math.floor((end - first) / step) }, (_, i) => first + i * step);
}

/** How good bases are: the objective, the share of variance explained, and how many of them an image takes. */
function measure(bases: Tensor, images = x) {
  const codes = shrink(images, bases, 200, true);
  const left = codes.matmul(bases).sub(images).square().sum().item();
  return {
    objective: objective(images, codes, bases),
    explained: 1 - left / images.square().sum().item(),
    active: codes.ne(0).to("float32").sum(1).mean().item(),
  };
}

// The three solvers, in float64 on 200 patches
const [few, noise] = [x.narrow(0, 0, 200).double(), random(64).double()];
const solved = {
  ISTA: shrink(few, noise, 4000, false),
  FISTA: shrink(few, noise, 1000, true),
  "coordinate descent": descend(few, noise, 150),
};
const values = Object.values(solved).map((codes) => objective(few, codes, noise));

const bases64 = await learn(64), bases128 = await learn(128);
const [before, with64, with128] = [random(64), bases64, bases128].map((bases) => measure(bases));
console.log(
  table(["LASSO by", "objective"], Object.keys(solved).map((name, i) => [name, values[i].toFixed(9)])),
);
console.log(table(
  ["bases", "objective", "R²", "active"],
  [["64, random", before], ["64", with64], ["128", with128]].map(([name, m]) => {
    const { objective, explained, active } = m as typeof before;
    return [name as string, objective, explained, active];
  }),
));
console.log(picture(bases64.narrow(0, 0, 20).view([-1, 8, 8])));

const limit = directedness(randn([1000, 8, 8])).quantile(0.95).item();
const edges = directedness(bases64.view([-1, 8, 8])).gt(limit).to("float32").mean().item();
run.check("three solvers, furthest apart", Math.max(...values) - Math.min(...values), { atMost: 1e-6 });
run.check("64 bases: objective", with64.objective, { atMost: 14 });
run.check("64 bases: R²", with64.explained, { atLeast: 0.84 });
run.check("64 bases: active for an image", with64.active, { atMost: 8 });
run.check("128 bases: objective", with128.objective, { atMost: 12.7 });
run.check("128 bases: R²", with128.explained, { atLeast: 0.87 });
run.check("objective of random bases", before.objective, { atLeast: 20 });
run.check("share of bases more directed than noise", edges, { atLeast: 0.8, published: "almost all" });
await run.end();
