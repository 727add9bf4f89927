/** How to make and use every class of nn, optim and data: what the fuzz of their arguments starts from. */
import { data, nn, ones, optim, type Tensor, tensor } from "../../mod.ts";

/** One way to make an object, and what to do with it. */
export interface Sample {
  /** Arguments of the constructor. */
  readonly make: () => unknown[];
  /** Arguments of `use`: for a layer, those of forward. */
  readonly inputs?: () => unknown[];
  /** Default: calls forward. */
  readonly use?: (made: never, ...inputs: never[]) => unknown;
}

/** An entry for a class that cannot be made alone. */
export interface Elsewhere {
  readonly elsewhere: string;
}

/** A sample for every class of a namespace: one that has none does not compile. */
export type Samples<Namespace> = {
  readonly [
    K in keyof Namespace as Namespace[K] extends abstract new (...args: never[]) => unknown ? K : never
  ]: Sample | Elsewhere;
};

const abstract: Elsewhere = { elsewhere: "abstract: its subclasses are here" };

/** A layer for inputs of these shapes. */
function layer(args: readonly unknown[], ...shapes: number[][]): Sample {
  return { make: () => [...args], inputs: () => shapes.map((shape) => ones(shape)) };
}

const activation = layer([], [2, 3]), loss = layer([{ reduction: "mean" }], [2, 3], [2, 3]);
const classes: Sample = {
  make: () => [{ reduction: "mean" }],
  inputs: () => [ones([2, 3]), tensor([0, 2], { dtype: "int32" })],
};
const parts = (): nn.Module[] => [new nn.Linear(3, 2), new nn.ReLU()];

/** Layers. */
export const layers: Samples<typeof nn> = {
  Module: abstract,
  Activation: abstract,
  List: abstract,
  Loss: abstract,
  Parameter: { make: () => [ones([2])], use: (p: Tensor) => p.mul(2) },
  Linear: layer([3, 4, { bias: true }], [2, 3]),
  Bilinear: layer([3, 4, 5, { bias: true }], [2, 3], [2, 4]),
  Identity: activation,
  Flatten: layer([1, -1], [2, 3, 4]),
  Unflatten: layer([1, [2, 2]], [3, 4]),
  Sequential: { make: parts, inputs: () => [ones([2, 3])] },
  ModuleList: { make: () => [parts()], use: (list: nn.ModuleList) => [...list] },
  ModuleDict: { make: () => [{ a: new nn.ReLU() }], use: (dict: nn.ModuleDict) => dict.stateDict() },
  Dropout: layer([0.5], [2, 3]),
  Dropout1d: layer([0.5], [2, 3, 4]),
  Dropout2d: layer([0.5], [2, 3, 4, 4]),
  Dropout3d: layer([0.5], [2, 3, 2, 2, 2]),
  BCELoss: loss,
  BCEWithLogitsLoss: loss,
  CrossEntropyLoss: classes,
  NLLLoss: classes,
  HuberLoss: loss,
  L1Loss: loss,
  MSELoss: loss,
  SmoothL1Loss: loss,
  CELU: layer([1], [2, 3]),
  ELU: layer([1], [2, 3]),
  GELU: layer([{ approximate: "tanh" }], [2, 3]),
  GLU: layer([-1], [2, 4]),
  Hardshrink: layer([0.5], [2, 3]),
  Hardsigmoid: activation,
  Hardswish: activation,
  Hardtanh: layer([-1, 1], [2, 3]),
  LeakyReLU: layer([0.1], [2, 3]),
  LogSigmoid: activation,
  LogSoftmax: layer([1], [2, 3]),
  Mish: activation,
  PReLU: layer([3], [2, 3]),
  ReLU: activation,
  ReLU6: activation,
  SELU: activation,
  SiLU: activation,
  Sigmoid: activation,
  Softmax: layer([1], [2, 3]),
  Softmax2d: layer([], [2, 3, 2, 2]),
  Softmin: layer([1], [2, 3]),
  Softplus: layer([1, 20], [2, 3]),
  Softshrink: layer([0.5], [2, 3]),
  Softsign: activation,
  Tanh: activation,
  Tanhshrink: activation,
  Threshold: layer([0.1, 20], [2, 3]),
};

function parameter(): Tensor {
  const x = ones([3], { requiresGrad: true });
  x.mul(x).sum().backward();
  return x;
}

/** An optimizer, which then takes a step. */
function optimizer(options: object): Sample {
  return { make: () => [[parameter()], { ...options }], use: (o: optim.Optimizer) => o.step() };
}

/** Optimizers. */
export const optimizers: Samples<typeof optim> = {
  Optimizer: abstract,
  SGD: optimizer({ lr: 0.1, momentum: 0.9 }),
  Adam: optimizer({ lr: 0.1, betas: [0.9, 0.99] }),
  AdamW: optimizer({ lr: 0.1, weightDecay: 0.1 }),
};

/** A scheduler, which then takes a step. */
function scheduler(...args: readonly unknown[]): Sample {
  return {
    make: () => [new optim.SGD([parameter()], { lr: 0.1 }), ...args],
    use: (s: optim.lrScheduler.LRScheduler) => s.step(),
  };
}

/** Schedules of the learning rate. */
export const schedulers: Samples<typeof optim.lrScheduler> = {
  LRScheduler: abstract,
  StepLR: scheduler({ stepSize: 2, gamma: 0.5 }),
  MultiStepLR: scheduler({ milestones: [1, 2], gamma: 0.5 }),
  ExponentialLR: scheduler({ gamma: 0.5 }),
  LinearLR: scheduler({ startFactor: 0.5, totalIters: 3 }),
  CosineAnnealingLR: scheduler({ TMax: 5 }),
  LambdaLR: scheduler({ lrLambda: (epoch: number) => 1 / (epoch + 1) }),
};

const dataset = () => new data.TensorDataset(ones([6, 2]), ones([6]));

/** Data sets and loaders. */
export const loaders: Samples<typeof data> = {
  TensorDataset: { make: () => [ones([6, 2]), ones([6])], use: (d: data.TensorDataset) => d.get(0) },
  Subset: { make: () => [dataset(), [0, 2]], use: (d: data.Subset<unknown>) => d.get(0) },
  DataLoader: { make: () => [dataset(), { batchSize: 2 }], use: (l: data.DataLoader<unknown>) => [...l] },
  Progress: { elsewhere: "tests/tqdm_test.ts" },
};
