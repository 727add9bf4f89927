/**
 * word2vec: words get vectors from which their neighbours can be told; words that are used alike come to lie
 * together.
 *
 *     maximise  log σ(w · c) + Σ log σ(−w · n)    over each word w, a word c near it and k words n drawn by chance
 *
 * Mikolov, Sutskever, Chen, Corrado and Dean 2013, skip-gram with negative sampling, on the million words of the
 * Brown corpus. As there, near is up to 5 words away, fewer for most; frequent words are skipped often; chance draws
 * by frequency to the power ¾. All pairs of a step share the words drawn by chance, so that their products are one
 * matrix product. NLTK's documentation trains gensim on the same corpus and tests that `university` and `school` are
 * more similar than 0.3.
 *
 * Look at the nearest words: nobody said what a number or a day of the week is. The well-known king − man + woman
 * takes more than a million words to become queen.
 *
 * Takes 1 min.
 */
import {
  cat,
  data,
  F,
  linalg,
  manualSeed,
  multinomial,
  nn,
  optim,
  scope,
  stack,
  type Tensor,
  tensor,
} from "../../mod.ts";
import { brown } from "../sources.ts";
import { system } from "../system.ts";

const run = system("word2vec", {
  epochs: 5,
  size: 100,
  window: 5,
  negatives: 5,
  batch: 4096,
  shared: 128,
  lr: 0.1,
});
const { epochs, size, window, negatives, batch, shared, lr, seed } = run.options;

const texts = (await brown()).map((sentence) => sentence.map((word) => word.toLowerCase()))
  .map((sentence) => sentence.filter((word) => /^[a-z]+$/.test(word)));
const counts = new Map<string, number>();
for (const word of texts.flat()) counts.set(word, (counts.get(word) ?? 0) + 1);
const kept = [...counts].filter(([, count]) => count >= 5).sort(([, a], [, b]) => b - a);
const words = kept.map(([word]) => word), frequency = kept.map(([, count]) => count);
const numberOf = new Map(words.map((word, i) => [word, i])), total = frequency.reduce((a, b) => a + b);
const corpus = texts.map((text) => text.map((word) => numberOf.get(word) ?? -1).filter((i) => i >= 0));
console.log(
  `${total} words, ${words.length} different ones; the most frequent: ${words.slice(0, 8).join(" ")}`,
);

const chance = manualSeed(seed);

/** Words and neighbours of one pass over the corpus: another choice of frequent words, another width at each word. */
function pairs(): { centre: Tensor; near: Tensor } {
  const centre: number[] = [], near: number[] = [];
  const keep = frequency.map((n) => Math.sqrt(1e-3 * total / n) + 1e-3 * total / n);
  for (const sentence of corpus) {
    const text = sentence.filter((word) => keep[word] >= 1 || chance.random53() < keep[word]);
    for (let i = 0; i < text.length; i++) {
      const reach = 1 + Math.floor(chance.random53() * window);
      for (let j = Math.max(0, i - reach); j <= Math.min(text.length - 1, i + reach); j++) {
        if (j === i) continue;
        centre.push(text[i]);
        near.push(text[j]);
      }
    }
  }
  return { centre: tensor(centre, { dtype: "int32" }), near: tensor(near, { dtype: "int32" }) };
}

const vectors = new nn.Embedding(words.length, size), contexts = new nn.Embedding(words.length, size);
nn.init.uniform_(vectors.weight, -0.5 / size, 0.5 / size);
nn.init.zeros_(contexts.weight);
const optimizer = new optim.Adagrad([vectors.weight, contexts.weight], { lr });
const byChance = tensor(frequency).pow(0.75);

/** One step on a few thousand pairs; the mean loss of a pair. */
function step(centre: Tensor, near: Tensor): number {
  using _ = scope(); // gives memory back at once
  const w = vectors.forward(centre), drawn = multinomial(byChance, shared, true);
  const together = F.logsigmoid(w.mul(contexts.forward(near)).sum(1)).sum();
  const apart = F.logsigmoid(w.matmul(contexts.forward(drawn).T).neg()).sum().mul(negatives / shared);
  const loss = together.add(apart).neg();
  optimizer.zeroGrad();
  loss.backward();
  optimizer.step();
  return loss.item() / centre.numel();
}

run.plot.axes("Loss of a pair", { x: "epoch", y: "loss" });
for (let epoch = 1; epoch <= epochs; epoch++) {
  const { centre, near } = pairs(), steps = Math.ceil(centre.numel() / batch);
  let sum = 0;
  for (const i of data.tqdm(Array(steps).keys(), { desc: `epoch ${epoch}`, total: steps })) {
    optimizer.paramGroups[0].lr = lr * Math.max(1e-3, 1 - (epoch - 1 + i / steps) / epochs);
    const from = i * batch, length = Math.min(batch, centre.numel() - from);
    const loss = step(centre.narrow(0, from, length), near.narrow(0, from, length));
    sum += loss;
    if (i % 50 > 0) continue;
    run.plot.curve("Loss of a pair", "skip-gram", epoch - 1 + i / steps, loss);
    await run.tick();
  }
  console.log(`epoch ${epoch}: ${centre.numel()} pairs, loss ${(sum / steps).toFixed(4)}`);
}

const unit = F.normalize(vectors.weight.detach(), { dim: 1 });
const vectorOf = (word: string) => unit.select(0, numberOf.get(word)!);
const similarity = (a: string, b: string) => vectorOf(a).dot(vectorOf(b)).item();

/** The words whose vectors have the smallest angle to one. */
function nearest(vector: Tensor, count: number, but: readonly string[]): string[] {
  const found = unit.mv(vector).topk(count + but.length)[1].toArray() as number[];
  return found.map((i) => words[i]).filter((word) => !but.includes(word)).slice(0, count);
}
for (const word of ["three", "man", "university", "monday", "he", "red", "water", "paris"]) {
  console.log(`${word.padEnd(11)} ${nearest(vectorOf(word), 8, [word]).join(" ")}`);
}
const queen = vectorOf("king").sub(vectorOf("man")).add(vectorOf("woman"));
console.log(`king − man + woman: ${nearest(queen, 8, ["king", "man", "woman"]).join(" ")}`);

// the plane in which some groups differ most
const groups = {
  numbers: "two three four five six seven eight nine ten",
  people: "man woman boy girl father mother brother sister husband wife",
  months: "january february march april june july august september october november december",
  places: "city town village county state country nation university school college",
};
const chosen = Object.values(groups).map((group) => stack(group.split(" ").map(vectorOf)));
const mean = cat(chosen).mean(0), [, , axes] = linalg.svd(cat(chosen).sub(mean), { fullMatrices: false });
for (const [i, name] of Object.keys(groups).entries()) {
  run.plot.points("The plane of some words", name, chosen[i].sub(mean).matmul(axes.narrow(0, 0, 2).T));
}

const numbers = ["two", "four", "five", "six", "seven", "eight"];
const near = nearest(vectorOf("three"), 6, ["three"]);
run.check("similarity of university and school", similarity("university", "school"), {
  atLeast: 0.3,
  published: "> 0.3",
});
run.check(
  "numbers among the six words nearest to three",
  near.filter((word) => numbers.includes(word)).length,
  { atLeast: 4 },
);
run.check("woman among the six nearest to man", nearest(vectorOf("man"), 6, ["man"]).includes("woman"), {
  equals: true,
});
const college = nearest(vectorOf("university"), 6, ["university"]).includes("college");
run.check("college among the six nearest to university", college, { equals: true });
await run.end();
