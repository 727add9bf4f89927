/** Forward and backward passes, and whole training steps as a user writes them. */
import * as d from "../../mod.ts";
import { trainingStep, type Workload } from "./workload.ts";

const { nn, optim } = d;

const chains: readonly Workload[] = [
  {
    name: "scalar_chain_200",
    make: () => () => {
      const p = d.scalar(2, { requiresGrad: true }), q = d.scalar(.99, { requiresGrad: true });
      let c = p;
      for (let i = 0; i < 100; i++) c = c.mul(q).add(p);
      c.backward();
    },
  },
  {
    name: "scalar_chain_200_tensors",
    make: () => () => {
      const p = d.tensor(2, { requiresGrad: true }), q = d.tensor(.99, { requiresGrad: true });
      let c = p;
      for (let i = 0; i < 100; i++) c = c.mul(q).add(p);
      c.backward();
    },
  },
];

/** A training step, given how to make the model, its optimizer and the data. */
function training(
  name: string,
  model: () => d.nn.Module,
  optimizer: (parameters: Iterable<d.nn.Parameter>) => d.optim.Optimizer,
  data: () => readonly [x: d.Tensor, y: d.Tensor],
  loss: (y: d.Tensor, target: d.Tensor) => d.Tensor = d.crossEntropy,
): Workload {
  return {
    name,
    make: () => {
      const net = model(), [x, y] = data();
      return trainingStep(net, x, y, loss, optimizer(net.parameters()));
    },
  };
}

type Parameters = Iterable<d.nn.Parameter>;
const adam = (parameters: Parameters) => new optim.Adam(parameters);
const sgd = (parameters: Parameters) => new optim.SGD(parameters, { lr: .1 });

const xor = () => new nn.Sequential(new nn.Linear(2, 8), new nn.Tanh(), new nn.Linear(8, 1));
const corners = () => [d.tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), d.tensor([[0], [1], [1], [0]])] as const;

/** Linear layers of these sizes with relu between them. */
function mlp(...sizes: number[]): () => d.nn.Sequential {
  return () =>
    new nn.Sequential(
      ...sizes.slice(1).flatMap((n, i) => {
        const layer = new nn.Linear(sizes[i], n);
        return i === sizes.length - 2 ? [layer] : [layer, new nn.ReLU()];
      }),
    );
}

/** Random inputs of these sizes, and classes from 0 to 9. */
function classified(...shape: number[]): () => [d.Tensor, d.Tensor] {
  return () => [d.rand(shape), d.randint(0, 10, [shape[0]])];
}

const lenet5 = () =>
  new nn.Sequential(
    new nn.Conv2d(1, 6, 5, { padding: 2 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(6, 16, 5),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    ...mlp(400, 120, 84, 10)(),
  );

const convnet = () =>
  new nn.Sequential(
    new nn.Conv2d(1, 32, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.Conv2d(32, 64, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    ...mlp(64 * 14 * 14, 128, 10)(),
  );

/** Two convolutions with batch norm, and a shortcut around them. */
class Block extends nn.Module {
  readonly f: d.nn.Sequential;

  constructor(channels: number) {
    super();
    const conv = () => new nn.Conv2d(channels, channels, 3, { padding: 1, bias: false });
    this.f = new nn.Sequential(
      conv(),
      new nn.BatchNorm2d(channels),
      new nn.ReLU(),
      conv(),
      new nn.BatchNorm2d(channels),
    );
  }

  override forward(x: d.Tensor): d.Tensor {
    return x.add(this.f.forward(x) as d.Tensor).relu();
  }
}

const resblocks = () =>
  new nn.Sequential(
    new nn.Conv2d(3, 16, 3, { padding: 1 }),
    new Block(16),
    new Block(16),
    new nn.AdaptiveAvgPool2d(1),
    new nn.Flatten(),
    new nn.Linear(16, 10),
  );

/** Classifies a sequence by the last output of an LSTM. */
class Last extends nn.Module {
  readonly r: d.nn.LSTM = new nn.LSTM(64, 128, { batchFirst: true });
  readonly o: d.nn.Linear = new nn.Linear(128, 10);

  override forward(x: d.Tensor): d.Tensor {
    return this.o.forward(this.r.forward(x)[0].select(1, -1));
  }
}

const transformer = () =>
  new nn.Sequential(
    ...[0, 1].map(() =>
      new nn.TransformerEncoderLayer(128, 4, { dimFeedforward: 512, dropout: 0, batchFirst: true })
    ),
  );
const sequences = () => [d.rand([16, 64, 128]), d.rand([16, 64, 128])] as const;

/** Training steps, as torch_bench.py orders them. */
export const trainings: readonly Workload[] = [
  ...chains,
  training("xor_sgd", xor, sgd, corners, d.mseLoss),
  training("xor_adam", xor, (p) => new optim.Adam(p, { lr: .01 }), corners, d.mseLoss),
  training("mlp_sgd", mlp(784, 128, 10), sgd, classified(64, 784)),
  training("mlp_adam", mlp(784, 128, 10), adam, classified(64, 784)),
  training("mlp512_adam", mlp(784, 512, 512, 10), adam, classified(64, 784)),
  training("lenet5_sgd", lenet5, sgd, classified(64, 1, 28, 28)),
  training("convnet_adam", convnet, adam, classified(64, 1, 28, 28)),
  training(
    "resblocks_sgd",
    resblocks,
    (p) => new optim.SGD(p, { lr: .01, momentum: .9 }),
    classified(32, 3, 32, 32),
  ),
  training("lstm_adam", () => new Last(), adam, classified(32, 64, 64)),
  training("transformer_adam", transformer, adam, sequences, d.mseLoss),
];
