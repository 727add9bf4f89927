/**
 * Trains for minutes and looks on: memory must stay where it is after the first tenth. `deno task soak` runs it; the test
 * suite has a short form (growth_test.ts).
 *
 *   deno run -A tests/soak.ts [--minutes 5]
 */
import { parseArgs } from "node:util";
import { crossEntropy, manualSeed, nn, optim, rand, randint, scope, type Tensor } from "../mod.ts";
import { arena } from "../lib/memory/arena.ts";

const { values: flags } = parseArgs({ options: { minutes: { type: "string", default: "5" } } });
const seconds = Number(flags.minutes) * 60, SAMPLES = 40, MiB = 2 ** 20;
if (!(seconds > 0)) {
  throw new RangeError(`Cannot soak for ${flags.minutes} minutes: it must be a positive number`);
}
manualSeed(0);

/** Models of different make, with the shape of a sample. */
const models: [nn.Module, number[]][] = [
  [new nn.Sequential(new nn.Linear(64, 128), new nn.ReLU(), new nn.Dropout(0.1), new nn.Linear(128, 10)), [
    64,
  ]],
  [
    new nn.Sequential(
      new nn.Conv2d(3, 8, 3, { padding: 1 }),
      new nn.BatchNorm2d(8),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Flatten(),
      new nn.Linear(8 * 8 * 8, 10),
    ),
    [3, 16, 16],
  ],
  [
    new nn.Sequential(
      new nn.TransformerEncoderLayer(32, 2, { dimFeedforward: 64, batchFirst: true }),
      new nn.Flatten(),
      new nn.Linear(16 * 32, 10),
    ),
    [16, 32],
  ],
];
const optimizers = models.map(([model]) => new optim.AdamW(model.parameters()));

/** One step of every model on a batch whose size changes from step to step, as the last of an epoch does. */
function step(n: number): void {
  const batch = 16 + n % 17;
  models.forEach(([model, shape], i) => {
    optimizers[i].zeroGrad();
    const loss = crossEntropy(model.forward(rand([batch, ...shape])) as Tensor, randint(0, 10, [batch]));
    loss.backward();
    nn.utils.clipGradNorm_(model.parameters(), 1);
    optimizers[i].step();
  });
}

/** What a sample of memory shows, in MiB. */
interface Sample {
  readonly rss: number;
  readonly inUse: number;
}

const samples: Sample[] = [], start = performance.now();
for (let n = 0; samples.length < SAMPLES; n++) {
  if (n % 8 === 7) {
    using _ = scope();
    step(n);
  } else step(n);
  if (n % 4 === 0) await new Promise((done) => setImmediate(done));
  if (performance.now() - start < (samples.length + 1) / SAMPLES * seconds * 1e3) continue;
  const sample = { rss: Deno.memoryUsage().rss / MiB, inUse: arena().inUse / MiB };
  samples.push(sample);
  const minutes = ((performance.now() - start) / 60e3).toFixed(1);
  console.log(
    `${minutes} min, step ${n}: ${sample.rss.toFixed(0)} MiB, arena ${sample.inUse.toFixed(0)} MiB in use`,
  );
}

const highest = (part: readonly Sample[], key: keyof Sample) =>
  Math.max(...part.map((sample) => sample[key]));
const early = samples.slice(SAMPLES / 10, SAMPLES / 2), late = samples.slice(SAMPLES / 2);
for (const key of ["rss", "inUse"] as const) {
  const before = highest(early, key), after = highest(late, key);
  if (after > 1.25 * before + 48) {
    console.error(
      `Memory grows: ${key} was at most ${before.toFixed(0)} MiB in the first half, then ${after.toFixed(0)}`,
    );
    Deno.exit(1);
  }
}
console.log("Memory is flat");
Deno.exit(0);
