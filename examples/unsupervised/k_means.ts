/**
 * K-means: each point belongs to the nearest of k centres, each centre is the mean of its points; digits fall into
 * heaps by themselves.
 *
 *     aᵢ = argminⱼ ‖xᵢ − cⱼ‖²         cⱼ = mean of the xᵢ with aᵢ = j         inertia = Σᵢ ‖xᵢ − c(aᵢ)‖²
 *
 * Lloyd 1957; the first centres are far from each other as in k-means++ (Arthur and Vassilvitskii 2007). Both steps
 * can only lower the inertia, so it ends, but in a valley that depends on the beginning: the best of twenty is taken.
 * The data, 1797 digits of 8 x 8 pixels, each pixel with mean 0 and variance 1, and the published figures are those of
 * scikit-learn's example (k-means++, version 0.20). Homogeneity is 1 where all members of a heap are the same digit: 1
 * − H(digit | heap) / H(digit). Sparse coding, further on, takes several centres at once for each image. Look at the
 * centres: they are digits, but 1 and 8, or 3 and 9, share a heap.
 *
 * Takes 3 s.
 */
import { cdist, data, manualSeed, metrics, multinomial, randint, stack, type Tensor } from "../../mod.ts";
import { picture } from "../../lib/viz/mod.ts";
import { digits } from "../sources.ts";
import { system } from "../system.ts";

const run = system("K-means", { k: 10, starts: 20 });
const { x: pixels, y } = await digits();
const mean = pixels.mean(0), deviation = pixels.std(0, { correction: 0 });
const x = pixels.sub(mean).div(deviation.maximum(1e-12)); // some pixels are always 0

/** Squared distances of all points from all centres, [n, k]. */
function distances(centres: Tensor): Tensor {
  return cdist(x, centres).square();
}

/**
 * k-means++: a point becomes the next centre with a chance that grows with its squared distance from those
 * chosen.
 */
function firstCentres(k: number): Tensor {
  const chosen = [x.select(0, randint(x.shape[0], [1]).item())];
  while (chosen.length < k) {
    const nearest = distances(stack(chosen)).amin(1);
    chosen.push(x.select(0, multinomial(nearest, 1).item()));
  }
  return stack(chosen);
}

/** Lloyd's two steps, until nothing moves. */
function cluster(k: number): { centres: Tensor; heaps: Tensor; inertias: number[] } {
  let centres = firstCentres(k);
  const inertias: number[] = [];
  while (true) {
    const squared = distances(centres), heaps = squared.argmin(1);
    inertias.push(squared.amin(1).sum().item());
    if (inertias.length > 1 && inertias.at(-1)! >= inertias.at(-2)! * (1 - 1e-7)) {
      return { centres, heaps, inertias };
    }
    centres = stack(Array.from({ length: k }, (_, j) => {
      const members = heaps.eq(j).nonzero().flatten();
      return members.numel() ? x.indexSelect(0, members).mean(0) : centres.select(0, j);
    }));
  }
}

/** Entropy in bits of shares that sum to 1. */
function entropy(shares: readonly number[]): number {
  return -shares.reduce((sum, p) => sum + (p > 0 ? p * Math.log2(p) : 0), 0);
}

/**
 * 1 if every heap has digits of one kind, 0 if the heaps say nothing about the digit; and the same with sides
 * changed.
 */
function agreement(heaps: Tensor): { homogeneity: number; completeness: number } {
  const counts = metrics.confusionMatrix(heaps, y).div(x.shape[0]); // [digit, heap]
  const bits = (shares: Tensor) => entropy(shares.flatten().toArray() as number[]);
  const [digit, heap, both] = [bits(counts.sum(1)), bits(counts.sum(0)), bits(counts)];
  return { homogeneity: (digit + heap - both) / digit, completeness: (digit + heap - both) / heap };
}

const results = Array.from({ length: run.options.starts }, (_, i) => {
  manualSeed(run.options.seed + i);
  const result = cluster(run.options.k), { inertias } = result;
  run.plot.axes("Inertia", { x: "step" });
  run.plot.line("Inertia", `start ${i + 1}`, inertias.map((value, step) => [step, value] as const));
  console.log(`start ${i + 1}: ${data.sparkline(inertias)} ${inertias.at(-1)!.toFixed(0)}`);
  return result;
});
const best = results.reduce((a, b) => (b.inertias.at(-1)! < a.inertias.at(-1)! ? b : a));

const order = Array.from({ length: run.options.k }, (_, j) => j);
const sizes = order.map((j) => best.heaps.eq(j).sum().item());
const usual = order.map((j) => y.indexSelect(0, best.heaps.eq(j).nonzero().flatten()).mode()[0].item());
const centres = best.centres.mul(deviation).add(mean).view([-1, 8, 8]);
const captions = usual.map((digit, j) => `${digit}: ${sizes[j]}`);
console.log("\nthe centres, which digit is most frequent there, and how many there are");
console.log(picture(centres, { captions }));
run.plot.images("Centres", centres, { captions });
run.plot.matrix("Digits and heaps", metrics.confusionMatrix(best.heaps, y), { sides: ["digit", "heap"] });

const { homogeneity, completeness } = agreement(best.heaps);
run.check("inertia", best.inertias.at(-1)!, { atMost: 69_800, published: 69_432 });
run.check("homogeneity", homogeneity, { atLeast: 0.59, published: 0.602 });
run.check("completeness", completeness, { atLeast: 0.64, published: 0.65 });
const worst = Math.max(...results.map(({ inertias }) => inertias.at(-1)!));
run.check("inertia of the worst start", worst, { atLeast: 70_500 });
await run.end();
