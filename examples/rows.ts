/**
 * What the examples share that learn without a teacher: MNIST as rows of pixels, and passes over rows in mini-
 * batches.
 */
import { data, type optim, type Tensor } from "../mod.ts";
import type { Page } from "../lib/viz/mod.ts";

/** Images as rows of 784 pixels from 0 to 1, [n, 784], with their digits, [n]. */
export interface Rows {
  readonly x: Tensor;
  readonly y: Tensor;
}

/** MNIST, the first `count` images to train on and the first `tests` to test on. */
export async function rows(count = 60_000, tests = 10_000): Promise<{ train: Rows; test: Rows }> {
  const { train, test } = await data.mnist();
  const some = ({ tensors: [x, y] }: data.Images, n: number) => ({
    x: x.narrow(0, 0, n).reshape([n, 784]).to("float32").div(255),
    y: y.narrow(0, 0, n),
  });
  return { train: some(train, count), test: some(test, tests) };
}

/** As [n, 28, 28], to be shown. */
export function pictures(x: Tensor): Tensor {
  return x.reshape([-1, 28, 28]);
}

/** How {@link minimise} goes about it. */
export interface Passes {
  /** What the curve is called. */
  readonly name: string;
  readonly optimizer: optim.Optimizer;
  readonly epochs: number;
  /** Rows in a mini-batch, by default 100. */
  readonly batch?: number;
  /** Changes the learning rate after each epoch; by default it stays. */
  readonly schedule?: { step(): void };
  /** Where the mean loss of each epoch is drawn. */
  readonly plot: Page;
}

/**
 * Lowers a loss on shuffled mini-batches of rows (and of their labels, if there are any); returns the last
 * epoch's mean.
 */
export async function minimise(
  tensors: Tensor[],
  loss: (...batch: Tensor[]) => Tensor,
  { name, optimizer, epochs, batch = 100, schedule, plot }: Passes,
): Promise<number> {
  const loader = new data.DataLoader(new data.TensorDataset(...tensors), { batchSize: batch, shuffle: true });
  let mean = NaN;
  plot.axes("Training loss", { x: "epoch" });
  for (let epoch = 1; epoch <= epochs; epoch++) {
    let sum = 0;
    for await (const rows of data.tqdm(loader, { desc: `${name}, epoch ${epoch}` })) {
      const value = loss(...rows);
      optimizer.zeroGrad();
      value.backward();
      optimizer.step();
      sum += value.item();
    }
    schedule?.step();
    mean = sum / loader.length;
    plot.curve("Training loss", name, epoch, mean);
    console.log(`${name}, epoch ${epoch}: loss ${mean.toFixed(4)}`);
  }
  return mean;
}
