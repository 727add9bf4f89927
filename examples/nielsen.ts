/**
 * What the examples on Michael Nielsen's "Neural Networks and Deep Learning" (2015) share: his digits, networks and costs, and
 * gradient descent as in his program network2.py.
 */
import { data, F, metrics, nn, noGrad, optim, type Tensor } from "../mod.ts";
import type { Page } from "../lib/viz/mod.ts";

/** Rows of 784 pixels from 0 to 1 with their digits. */
export type Digits = data.TensorDataset<[Tensor, Tensor]>;

/** MNIST as the book has it: 50,000 digits to train on or the first `count` of them, 10,000 to choose by, 10,000 to test. */
export async function digits(count = 50_000): Promise<{ train: Digits; validation: Digits; test: Digits }> {
  const { train, test } = await data.mnist();
  const part = ({ tensors: [x, y] }: data.Images, from: number, count: number) =>
    new data.TensorDataset(x.narrow(0, from, count).flatten(1).div(255), y.narrow(0, from, count));
  return {
    train: part(train, 0, count),
    validation: part(train, 50_000, 10_000),
    test: part(test, 0, 10_000),
  };
}

/** How a network begins: biases from N(0, 1), weights from N(0, 1), too ("large"), or narrower by √inputs ("scaled"). */
export type Start = "large" | "scaled";

/** Layers of `sizes` neurons; what comes out are the weighted inputs z of the last, for the costs below have its σ in them. */
export function network(
  sizes: readonly number[],
  start: Start = "scaled",
  Activation = nn.Sigmoid,
): nn.Sequential {
  const layers = sizes.slice(1).map((size, i) => {
    const layer = new nn.Linear(sizes[i], size);
    nn.init.normal_(layer.weight, 0, start === "large" ? 1 : 1 / Math.sqrt(sizes[i]));
    nn.init.normal_(layer.bias!);
    return layer;
  });
  return new nn.Sequential(...layers.flatMap((layer, i) => i === 0 ? [layer] : [new Activation(), layer]));
}

/** The mean cost of weighted outputs z [n, classes] for classes y [n]. */
export type Cost = (z: Tensor, y: Tensor) => Tensor;

/** C = 1/2n Σ |y − σ(z)|² */
export const quadratic: Cost = (z, y) =>
  z.sigmoid().sub(F.oneHot(y, z.shape[1])).square().sum().div(2 * y.numel());

/** C = −1/n Σ (y ln σ(z) + (1 − y) ln (1 − σ(z))) over all outputs */
export const crossEntropy: Cost = (z, y) =>
  F.binaryCrossEntropyWithLogits(z, F.oneHot(y, z.shape[1]).float(), { reduction: "sum" }).div(y.numel());

/** How to descend. */
export interface Descent {
  /** What the curves of this network are called. */
  readonly name: string;
  /** The learning rate η. */
  readonly lr: number;
  readonly epochs: number;
  /** The strength of L2 regularisation: the cost has λ/2n Σ w² in it. */
  readonly lambda?: number;
  readonly cost?: Cost;
  /** Digits in a mini-batch. */
  readonly batch?: number;
  /** Whether to measure on the training digits, too. */
  readonly watch?: boolean;
  /** After how many epochs to measure. */
  readonly every?: number;
  readonly plot: Page;
}

/** Measured after each epoch, or each so many. */
export interface Curves {
  readonly accuracies: number[];
  readonly costs: number[];
}

/** Gradient descent in mini-batches, as the book does it; gives the curves of the test, and of the training if watched. */
export async function descend(
  model: nn.Module,
  train: Digits,
  test: Digits,
  { name, lr, epochs, lambda = 0, cost = crossEntropy, batch = 10, watch = false, every = 1, plot }: Descent,
): Promise<{ test: Curves; train: Curves }> {
  const curves = {
    test: { accuracies: [], costs: [] } as Curves,
    train: { accuracies: [], costs: [] } as Curves,
  };
  const loader = new data.DataLoader(train, { batchSize: batch, shuffle: true });
  const optimizer = new optim.SGD(decaying(model, lambda / train.length), { lr });
  plot.axes("Test accuracy", { x: "epoch", y: "share of right answers" });
  const bar = data.tqdm(Array.from({ length: epochs }, (_, i) => i + 1), { desc: name, unit: "epoch" });
  for (const epoch of bar) {
    for await (const [x, y] of loader) {
      optimizer.zeroGrad();
      cost(model.forward(x), y).backward();
      optimizer.step();
    }
    if (epoch % every > 0) continue;
    for (const [part, set] of [["test", test], ["train", train]] as const) {
      if (part === "train" && !watch) continue;
      const now = measure(model, set, cost, lambda);
      curves[part].accuracies.push(now.accuracy);
      curves[part].costs.push(now.cost);
      const title = part === "test" ? "Test" : "Training";
      plot.curve(`${title} accuracy`, name, epoch, now.accuracy);
      plot.curve(`${title} cost`, name, epoch, now.cost);
      if (part === "test") bar.setPostfix({ test: `${(100 * now.accuracy).toFixed(2)} %` });
    }
  }
  const { accuracies } = curves.test, percent = (x: number) => `${(100 * x).toFixed(2)} %`;
  const drawn = accuracies.filter((_, i) => i % Math.ceil(accuracies.length / 40) === 0); // not longer than a line
  const best = Math.max(...accuracies), last = accuracies.at(-1)!;
  console.log(`${name}: ${data.sparkline(drawn)} best ${percent(best)}, last ${percent(last)}`);
  return curves;
}

/** The share of right answers, and the mean cost with the term of regularisation. */
export function measure(
  model: nn.Module,
  { tensors: [x, y], length }: Digits,
  cost: Cost = crossEntropy,
  lambda = 0,
): { accuracy: number; cost: number } {
  return noGrad(() => {
    const z: Tensor = model.forward(x);
    const squares = weights(model).reduce((sum, w) => sum + w.square().sum().item(), 0);
    return { accuracy: metrics.accuracy(z, y), cost: cost(z, y).item() + lambda / (2 * length) * squares };
  });
}

/** The weights of a network without its biases. */
export function weights(model: nn.Module): Tensor[] {
  return [...model.parameters()].filter((p) => p.ndim > 1);
}

/** Parameters for an optimizer: weights decay, biases do not. */
function decaying(model: nn.Module, weightDecay: number) {
  const biases = [...model.parameters()].filter((p) => p.ndim === 1);
  return [{ params: weights(model), weightDecay }, { params: biases }];
}
