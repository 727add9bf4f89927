/** What examples share that sort images into classes: passes over the training images, and the share of right answers. */
import { cat, crossEntropy, data, metrics, type nn, noGrad, type optim, type Tensor } from "../mod.ts";
import type { Page } from "../lib/viz/mod.ts";

/** How to train. */
export interface Training {
  /** What the curves and lines of this network are called. */
  readonly name: string;
  readonly optimizer: optim.Optimizer;
  /** Changes the learning rate after each step; by default it stays. */
  readonly schedule?: { step(): void };
  readonly epochs: number;
  /** Images in a mini-batch, by default 64. */
  readonly batch?: number;
  /** From what `forward` gives and the classes; by default the cross-entropy. */
  // deno-lint-ignore no-explicit-any -- as of forward
  readonly loss?: (output: any, classes: Tensor) => Tensor;
  /** Where loss and accuracy are drawn. */
  readonly plot: Page;
}

/** What came out of it. */
export interface Outcome {
  /** The mean loss of each epoch, over its steps. */
  readonly losses: readonly number[];
  /** The share of right answers in the test after each epoch. */
  readonly accuracies: readonly number[];
  /** The last of them. */
  readonly accuracy: number;
}

/** Trains on pixels from 0 to 1, and prints the accuracy after each epoch. */
export async function fit(
  model: nn.Module,
  { train, test }: data.ImageSets,
  { name, optimizer, schedule, epochs, batch = 64, loss = crossEntropy, plot }: Training,
): Promise<Outcome> {
  const loader = new data.DataLoader(train, { batchSize: batch, shuffle: true });
  const losses: number[] = [], accuracies: number[] = [];
  plot.axes("Training loss", { x: "epoch", y: "loss", log: "y" });
  plot.axes("Test accuracy", { x: "epoch", y: "share of right answers" });
  for (let epoch = 1, step = 0; epoch <= epochs; epoch++) {
    let sum = 0, recent = 0;
    model.train();
    for await (const [x, y] of data.tqdm(loader, { desc: `${name}, epoch ${epoch}` })) {
      const value = loss(model.forward(x.div(255)), y);
      optimizer.zeroGrad();
      value.backward();
      optimizer.step();
      schedule?.step();
      sum += value.item();
      recent += value.item();
      if (++step % 50 > 0) continue;
      plot.curve("Training loss", name, step / loader.length, recent / 50);
      recent = 0;
    }
    losses.push(sum / loader.length);
    accuracies.push(accuracy(model, test));
    plot.curve("Test accuracy", name, epoch, accuracies.at(-1)!);
    const percent = (100 * accuracies.at(-1)!).toFixed(2);
    console.log(`${name}, epoch ${epoch}: training loss ${losses.at(-1)!.toFixed(4)}, test ${percent} %`);
  }
  return { losses, accuracies, accuracy: accuracies.at(-1) ?? NaN };
}

/** The share of images whose class gets the highest score. */
export function accuracy(model: nn.Module, images: data.Images): number {
  return metrics.accuracy(predict(model, images), images.tensors[1]);
}

/** The class of the highest score for each image, [n]. */
export function predict(model: nn.Module, images: data.Images): Tensor {
  model.eval();
  const batches = new data.DataLoader(images, { batchSize: 250 });
  return noGrad(() => cat(Array.from(batches, ([x]) => model.forward(x.div(255)).argmax(1))));
}

/** The first `n` images of a set. */
export function first(n: number, { tensors: [x, y] }: data.Images): data.Images {
  return new data.TensorDataset(x.narrow(0, 0, n), y.narrow(0, 0, n));
}
