/**
 * Embedded Reber grammar: the last letter but one repeats the second, and an LSTM keeps it across whatever is
 * between.
 *
 *     i, f, o = σ(W x + U h + b)    g = tanh(W x + U h + b)    c = f ⊙ c + i ⊙ g    h = o ⊙ tanh(c)
 *
 * Hochreiter and Schmidhuber 1997, experiment 1. A word is B, then T or P, a word of Reber's grammar, T or P as
 * before, and E. The network reads it letter by letter and predicts the next. It has learned when, all over 256 words
 * to train on and 256 others, the letters that may follow are the ones it finds likeliest. They report 148 of 150
 * trials, after 8440 words in the mean, and that Elman's network, a plain RNN, never did it in 200,000. They learned
 * from each word by itself; here it is 8 words a step, with Adam, and even a plain RNN finds it now and then.
 *
 * Look at the two words at the end: they differ in one letter, long ago, and so in what the networks expect.
 *
 * Takes 10 s.
 */
import { crossEntropy, manualSeed, nn, noGrad, optim, scope, type Tensor, tensor } from "../../mod.ts";
import { table } from "../../lib/viz/mod.ts";
import { system } from "../system.ts";

const run = system("Embedded Reber grammar", { trials: 10, words: 12_000, batch: 8, cells: 16, lr: 0.02 });
const { trials, words, batch, cells, lr, seed } = run.options;

const LETTERS = [..."BTPSXVE"];

/** Reber's grammar: where each letter leads from each node; 7 is the end. */
const NODES: readonly Readonly<Record<string, number>>[] = [
  ...[{ B: 1 }, { T: 2, P: 3 }, { S: 2, X: 4 }, { T: 3, V: 5 }, { X: 3, S: 6 }, { P: 4, V: 6 }, { E: 7 }],
];

/** A word, and the letters that may follow each of its letters. */
interface Word {
  readonly letters: string;
  readonly next: readonly string[];
}

/** A word by chance. */
function draw(random: () => number): Word {
  const choose = (from: string) => from[Math.floor(random() * from.length)];
  const side = choose("TP"), next = ["TP", "B"];
  let letters = `B${side}`;
  for (let node = 0; node < 7;) {
    const letter = choose(Object.keys(NODES[node]).join(""));
    letters += letter;
    node = NODES[node][letter];
    next.push(node < 7 ? Object.keys(NODES[node]).join("") : side);
  }
  return { letters: `${letters}${side}E`, next: [...next, "E"] };
}

/** Which letters there are, [7], of 0 and 1. */
const row = (letters: string) => LETTERS.map((letter) => Number(letters.includes(letter)));

/**
 * Words without their last letter, as long as the longest: the letters and which ones may follow, both [n, steps, 7].
 */
function encode(some: readonly Word[]): { x: Tensor; allowed: Tensor; following: Tensor } {
  const steps = Array.from({ length: Math.max(...some.map(({ next }) => next.length)) }, (_, t) => t);
  return {
    x: tensor(some.map(({ letters, next }) => steps.map((t) => row(next[t] ? letters[t] : "")))),
    allowed: tensor(some.map(({ next }) => steps.map((t) => row(next[t] ?? LETTERS.join(""))))).bool(),
    // -100 is what crossEntropy ignores
    following: tensor(
      some.flatMap(({ letters, next }) => steps.map((t) => next[t] ? LETTERS.indexOf(letters[t + 1]) : -100)),
      { dtype: "int32" },
    ),
  };
}

/** Reads letters and says which one follows. */
class Reader extends nn.Module {
  readonly linear = new nn.Linear(cells, 7);
  constructor(readonly layer: nn.LSTM | nn.RNN) {
    super();
  }
  override forward(x: Tensor): Tensor {
    return this.linear.forward(this.layer.forward(x)[0]);
  }
}

/** For each letter, whether those that may follow are the likeliest, [n, steps]. */
function right(model: Reader, { x, allowed }: { x: Tensor; allowed: Tensor }): Tensor {
  const scores = noGrad(() => model.forward(x));
  const least = scores.maskedFill(allowed.logicalNot(), Infinity).amin(2);
  return least.gt(scores.maskedFill(allowed, -Infinity).amax(2));
}

/** Trains until all is right; how many words that took, Infinity if `words` were not enough. */
async function learn(name: string, model: Reader, random: () => number): Promise<number> {
  const known = Array.from({ length: 256 }, () => draw(random));
  const exam = encode([...known, ...Array.from({ length: 256 }, () => draw(random))]);
  const optimizer = new optim.Adam(model.parameters(), { lr });
  for (let read = batch; read <= words; read += batch) {
    using _ = scope(); // gives memory back at once
    const { x, following } = encode(known.slice((read - batch) % 256, (read - batch) % 256 + batch));
    optimizer.zeroGrad();
    crossEntropy(model.forward(x).reshape([-1, 7]), following).backward();
    optimizer.step();
    if (read % 200 > 0) continue;
    const wrong = right(model, exam).logicalNot().sum().item();
    run.plot.curve("Wrong predictions in 512 words", name, read, wrong);
    if (wrong === 0) return read;
  }
  await run.tick();
  return Infinity;
}

const kinds = { LSTM: nn.LSTM, RNN: nn.RNN }, outcomes: Record<string, number[]> = { LSTM: [], RNN: [] };
const rows: (string | number)[][] = [];
run.plot.axes("Wrong predictions in 512 words", { x: "words read", y: "wrong" });
for (const [kind, Layer] of Object.entries(kinds)) {
  for (let trial = 0; trial < trials; trial++) {
    const chance = manualSeed(seed + trial), model = new Reader(new Layer(7, cells, { batchFirst: true }));
    const taken = await learn(`${kind} ${trial}`, model, () => chance.random53());
    outcomes[kind].push(taken);
    console.log(`${kind}, trial ${trial}: ${taken < Infinity ? `${taken} words` : "not learned"}`);
    if (trial > 0) continue;
    for (const letters of ["BTBPVVET", "BPBPVVEP"]) { // what comes after the last letter but one
      const x = tensor([[...letters.slice(0, -1)].map(row)]);
      const odds = noGrad(() => model.forward(x)).select(1, -1).softmax(-1);
      rows.push([kind, letters.slice(0, -1), odds.index([0, 1]).item(), odds.index([0, 2]).item()]);
    }
  }
}
console.log(table(["", "after", "T, probability", "P, probability"], rows));

const learned = (kind: string) => outcomes[kind].filter((taken) => taken < Infinity);
const mean = learned("LSTM").reduce((a, b) => a + b, 0) / learned("LSTM").length;
run.check("trials of 10 that the LSTM learned", learned("LSTM").length, {
  atLeast: trials,
  published: "148 of 150",
});
run.check("words it took, in the mean", mean, { atMost: 12_000, published: 8440 });
run.check("trials that the plain RNN learned", learned("RNN").length, { atMost: 0.7 * trials, published: 0 });
await run.end();
