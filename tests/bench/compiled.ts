/**
 * What compile() gains: training steps and chains, as they are and compiled, in microseconds.
 *
 *     deno run -A tests/bench/compiled.ts [--only NAME,NAME] [--seconds 1]
 */
import * as d from "../../mod.ts";

/** Makes what is timed: the function as it is, from a state of its own. */
type Make = () => (x: d.Tensor, y: d.Tensor) => unknown;

interface Row {
  readonly name: string;
  readonly make: Make;
  readonly data: () => readonly [x: d.Tensor, y: d.Tensor];
}

const { nn, optim } = d;

function training(
  net: () => d.nn.Module,
  optimizer: (parameters: Iterable<d.nn.Parameter>) => d.optim.Optimizer,
): Make {
  return () => {
    const model = net(), own = optimizer(model.parameters());
    return (x, y) => {
      own.zeroGrad();
      const loss = d.crossEntropy(model.forward(x) as d.Tensor, y);
      loss.backward();
      own.step();
      return loss;
    };
  };
}

const mlp = () => new nn.Sequential(new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(128, 10));

/** Classifies a sequence by the last output of an LSTM. */
class Last extends nn.Module {
  readonly r: d.nn.LSTM = new nn.LSTM(64, 128, { batchFirst: true });
  readonly o: d.nn.Linear = new nn.Linear(128, 10);

  override forward(x: d.Tensor): d.Tensor {
    return this.o.forward(this.r.forward(x)[0].select(1, -1));
  }
}

const classified = (...shape: number[]) => () => [d.rand(shape), d.randint(0, 10, [shape[0]])] as const;

const rows: readonly Row[] = [
  {
    name: "compiled_mlp_sgd",
    make: training(mlp, (p) => new optim.SGD(p, { lr: .1 })),
    data: classified(64, 784),
  },
  {
    name: "compiled_mlp_adam",
    make: training(mlp, (p) => new optim.Adam(p)),
    data: classified(64, 784),
  },
  {
    name: "compiled_gelu_layernorm",
    make: () => {
      const norm = new nn.LayerNorm(512);
      return (x, y) => d.noGrad(() => norm.forward(x.mul(y).add(1).gelu()).mul(2).tanh());
    },
    data: () => [d.randn(256, 512), d.randn(256, 512)],
  },
  {
    name: "compiled_lstm",
    make: training(() => new Last(), (p) => new optim.Adam(p)),
    data: classified(32, 28, 64),
  },
  {
    name: "compiled_transformer_adam",
    make: () => {
      const net = new nn.TransformerEncoderLayer(128, 4, {
        dimFeedforward: 512,
        dropout: 0,
        batchFirst: true,
      });
      const own = new optim.Adam(net.parameters());
      return (x, y) => {
        own.zeroGrad();
        const loss = d.mseLoss(net.forward(x), y);
        loss.backward();
        own.step();
        return loss;
      };
    },
    data: () => [d.rand([16, 64, 128]), d.rand([16, 64, 128])],
  },
  {
    name: "compiled_chain_1M",
    make: () => (x, y) => x.mul(2).add(y).relu().mul(y).sub(x).abs().add(1),
    data: () => [d.randn([1024, 1024]), d.randn([1024, 1024])],
  },
  {
    name: "compiled_xor_sgd",
    make: training(
      () => new nn.Sequential(new nn.Linear(2, 8), new nn.Tanh(), new nn.Linear(8, 2)),
      (p) => new optim.SGD(p, { lr: .1 }),
    ),
    data: () => [d.tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), d.tensor([0, 1, 1, 0], { dtype: "int32" })],
  },
];

/** The time of a call in microseconds: the median over batches of about 10 ms, which last `seconds` together. */
async function timed(body: () => unknown, seconds: number): Promise<number> {
  const begin = performance.now();
  body();
  const calls = Math.max(1, Math.round(10 / (performance.now() - begin))), times: number[] = [];
  for (const end = performance.now() + seconds * 1000; performance.now() < end;) {
    const start = performance.now();
    for (let i = 0; i < calls; i++) {
      using _ = d.scope();
      body();
    }
    times.push((performance.now() - start) / calls * 1000);
    await new Promise((done) => setImmediate(done));
  }
  return times.sort((a, b) => a - b)[times.length >> 1];
}

/** Rounds in which both are timed in turn; the best of each counts. */
const ROUNDS = 6;

if (import.meta.main) {
  const option = (name: string) => Deno.args[Deno.args.indexOf(name) + 1];
  const only = Deno.args.includes("--only") ? option("--only").split(",") : null;
  const seconds = Deno.args.includes("--seconds") ? Number(option("--seconds")) : 1;
  for (const { name, make, data } of rows) {
    if (only && !only.includes(name)) continue;
    const [x, y] = data(), eager = make(), compiled = d.compile(make());
    let before = Infinity, after = Infinity;
    for (let round = 0; round < ROUNDS; round++) {
      before = Math.min(before, await timed(() => eager(x, y), seconds / ROUNDS));
      after = Math.min(after, await timed(() => compiled(x, y), seconds / ROUNDS));
    }
    const [{ recorded, kernels, bytes, milliseconds }] = compiled.explain().forms;
    console.log(JSON.stringify({
      name,
      eager_us: +before.toFixed(1),
      compiled_us: +after.toFixed(1),
      ratio: +(after / before).toFixed(3),
      ...{ recorded, kernels, bytes, compile_ms: +milliseconds.toFixed(1) },
    }));
  }
}
