/**
 * What word2vec computes: with vectors long enough, w · c is how much oftener two words meet than by chance, less log
 * k.
 *
 *     w · c → PMI(w, c) − log k        PMI = log (P(w, c) / (P(w) P(c)))
 *
 * Levy and Goldberg 2014: where each product w · c can be chosen freely, the maximum of skip-gram with k negative
 * samples is the pointwise mutual information of the pair, shifted by log k. Here the 60 most frequent words of the
 * Brown corpus that stand at most 5 apart get vectors of 60 numbers, trained on pairs and negatives drawn by chance,
 * and are compared with the counts. Look at the points, which come to lie on the diagonal; pairs that are rare in the
 * corpus scatter most.
 *
 * Takes 12 s.
 */
import { F, multinomial, nn, noGrad, optim, scope, stack, tensor } from "../../mod.ts";
import { table } from "../../lib/viz/mod.ts";
import { brown } from "../sources.ts";
import { system } from "../system.ts";

const run = system("What word2vec computes", { words: 60, negatives: 5, steps: 3000, batch: 2000, lr: 0.02 });
const { words: size, negatives, steps, batch, lr } = run.options;

// how often each of the words stands near each other one
const texts = (await brown()).map((text) =>
  text.map((word) => word.toLowerCase()).filter((word) => /^[a-z]+$/.test(word))
);
const byWord = Map.groupBy(texts.flat(), (word) => word);
const words = [...byWord.keys()].sort((a, b) => byWord.get(b)!.length - byWord.get(a)!.length).slice(0, size);
const numberOf = new Map(words.map((word, i) => [word, i])), met = new Float64Array(size * size);
for (const text of texts) {
  const numbers = text.map((word) => numberOf.get(word) ?? -1);
  for (const [i, a] of numbers.entries()) {
    for (const b of numbers.slice(Math.max(0, i - 5), i)) {
      if (a < 0 || b < 0) continue;
      met[a * size + b]++;
      met[b * size + a]++;
    }
  }
}
const counts = tensor(met, { shape: [size, size] }), single = counts.sum(1), total = counts.sum();
const pmi = counts.mul(total).div(single.outer(single)).log(); // -∞ where two never meet

const vectors = new nn.Embedding(size, size), contexts = new nn.Embedding(size, size);
for (const { weight } of [vectors, contexts]) nn.init.normal_(weight, 0, 0.1);
const optimizer = new optim.Adam([vectors.weight, contexts.weight], { lr });
const schedule = new optim.lrScheduler.CosineAnnealingLR(optimizer, steps);
const pairs = counts.flatten();

run.plot.axes("Loss of a pair", { x: "step", y: "loss" });
for (let i = 1; i <= steps; i++) {
  {
    using _ = scope(); // gives memory back at once
    const drawn = multinomial(pairs, batch, true), centre = drawn.floorDivide(size).int();
    const w = vectors.forward(centre), c = contexts.forward(drawn.remainder(size).int());
    const n = contexts.forward(multinomial(single, batch * negatives, true).reshape([batch, negatives]));
    const together = F.logsigmoid(w.mul(c).sum(1)),
      apart = F.logsigmoid(n.matmul(w.unsqueeze(2)).neg()).sum([1, 2]);
    const loss = together.add(apart).mean().neg();
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    schedule.step();
    if (i % 50 === 0) run.plot.curve("Loss of a pair", "skip-gram", i, loss);
  }
  if (i % 50 === 0) await run.tick();
}

// each pair counts as often as it occurs
const products = noGrad(() => vectors.weight.matmul(contexts.weight.T)).double(),
  target = pmi.sub(Math.log(negatives));
const weight = counts.div(total), known = counts.gt(0);
const mean = (x: typeof pmi) => x.mul(weight).where(known, 0).sum();
const spread = mean(target.sub(mean(target)).square()), off = mean(products.sub(target).square());
const share = 1 - off.item() / spread.item();

const shown = [...Array(size * size).keys()].filter((i) => met[i] >= 100);
const at = tensor(shown, { dtype: "int32" });
run.plot.axes("Products and information", { x: "PMI − log k", y: "w · c" });
const both = stack([target.flatten().take(at), products.flatten().take(at)], 1);
run.plot.points("Products and information", "pairs that meet 100 times", both);
run.plot.matrix("PMI − log k", target.clampMin(-6), { classes: words });
run.plot.matrix("w · c", products, { classes: words });

const examples = ["of the", "the the", "to be", "have been", "he his", "more than", "the a"].map((pair) =>
  pair.split(" ")
);
console.log(table(
  ["words", "together", "PMI − log k", "w · c"],
  examples.map(([a, b]) => {
    const place = [numberOf.get(a)!, numberOf.get(b)!];
    return [`${a} ${b}`, ...[counts, target, products].map((x) => x.index(place).item())];
  }),
));
run.check("share of the variance explained, R²", share, { atLeast: 0.95, published: "1 in the limit" });
await run.end();
