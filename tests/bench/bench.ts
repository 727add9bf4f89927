/**
 * The workloads of torch_bench.py under the same names, one JSON object a line: {"name", "us", "min"} (median and
 * minimum of timed batches, in microseconds).
 *
 *   deno run [--allow-ffi] tests/bench/bench.ts [--only NAME,..] [--seconds 0.5] [--engine auto|blas|wasm|js] [--list]
 */
import { parseArgs } from "node:util";
import * as d from "../../mod.ts";

const { values: flags } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    seconds: { type: "string", default: "0.5" },
    engine: { type: "string", default: "auto" },
    list: { type: "boolean", default: false },
  },
});
const only = new Set(flags.only.split(",").filter(Boolean)), seconds = Number(flags.seconds);
d.setBackend(flags.engine as "auto");

/**
 * Median and minimum time of `f` in microseconds, as torch_bench.py takes them. Between batches the program yields, as
 * real ones do, so that the memory of what was dropped comes back. The first half of `seconds` is not counted: code is
 * being compiled then, and memory touched for the first time.
 */
async function time(f: () => void): Promise<{ us: number; min: number }> {
  const run = (n: number) => {
    const start = performance.now();
    for (let i = 0; i < n; i++) f();
    return (performance.now() - start) / 1e3;
  };
  run(3);
  let n = 1;
  for (let took = run(n); took <= seconds / 20; took = run(n)) {
    n = Math.max(n * 2, Math.floor(n * seconds / 20 / Math.max(took, 1e-9)));
  }
  const batches = async (seconds: number) => {
    const times: number[] = [], end = performance.now() + seconds * 1e3;
    while (performance.now() < end || times.length < 5) {
      times.push(run(n) / n * 1e6);
      await new Promise((done) => setTimeout(done));
    }
    return times.sort((a, b) => a - b);
  };
  await batches(seconds / 2);
  const times = await batches(seconds);
  return { us: times[times.length >> 1], min: times[0] };
}

/** Measures one workload and prints its line. */
async function workload(name: string, make: () => () => void): Promise<void> {
  if (only.size && !only.has(name)) return;
  if (flags.list) return console.log(name);
  d.manualSeed(0);
  const { us, min } = await time(make());
  console.log(JSON.stringify({ name, us: Number(us.toFixed(3)), min: Number(min.toFixed(3)) }));
}

for (const n of [16, 64, 128, 256, 512, 1024, 2048]) {
  await workload(`matmul_${n}`, () => {
    const x = d.rand([n, n]), y = d.rand([n, n]);
    return () => x.matmul(y);
  });
}
for (const n of [1, 64, 1024, 65536, 1 << 20, 1 << 22]) {
  const unary = (name: string, f: (x: d.Tensor) => d.Tensor) =>
    workload(`${name}_${n}`, () => {
      const x = d.rand([n]);
      return () => f(x);
    });
  await workload(`add_${n}`, () => {
    const x = d.rand([n]), y = d.rand([n]);
    return () => x.add(y);
  });
  await unary("exp", (x) => x.exp());
  await unary("tanh", (x) => x.tanh());
  await unary("gelu", (x) => x.gelu());
  await unary("sum", (x) => x.sum());
}
await workload("softmax_512x1024", () => {
  const x = d.rand([512, 1024]);
  return () => x.softmax(-1);
});
await workload("sum_axis0_1024", () => {
  const x = d.rand([1024, 1024]);
  return () => x.sum(0);
});
await workload("transpose_copy_1024", () => {
  const x = d.rand([1024, 1024]);
  return () => x.t().contiguous();
});

await workload("scalar_chain_200", () => () => {
  const p = d.scalar(2, { requiresGrad: true }), q = d.scalar(.99, { requiresGrad: true });
  let c = p;
  for (let i = 0; i < 100; i++) c = c.mul(q).add(p);
  c.backward();
});
await workload("scalar_chain_200_tensors", () => () => {
  const p = d.tensor(2, { requiresGrad: true }), q = d.tensor(.99, { requiresGrad: true });
  let c = p;
  for (let i = 0; i < 100; i++) c = c.mul(q).add(p);
  c.backward();
});

type Loss = (y: d.Tensor, target: d.Tensor) => d.Tensor;

/** One training step, as a function. */
function step(
  net: d.nn.Module,
  x: d.Tensor,
  y: d.Tensor,
  loss: Loss,
  optimizer: d.optim.Optimizer,
): () => void {
  return () => {
    optimizer.zeroGrad();
    loss(net.forward(x) as d.Tensor, y).backward();
    optimizer.step();
  };
}

const corners = d.tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), exclusive = d.tensor([[0], [1], [1], [0]]);
const xor = () => new d.nn.Sequential(new d.nn.Linear(2, 8), new d.nn.Tanh(), new d.nn.Linear(8, 1));
await workload("xor_sgd", () => {
  const net = xor();
  return step(net, corners, exclusive, d.mseLoss, new d.optim.SGD(net.parameters(), { lr: .1 }));
});
await workload("xor_adam", () => {
  const net = xor();
  return step(net, corners, exclusive, d.mseLoss, new d.optim.Adam(net.parameters(), { lr: .01 }));
});

const digits = d.rand([64, 784]), classes = d.randint(0, 10, [64]);
const mlp = (...sizes: number[]) =>
  new d.nn.Sequential(
    ...sizes.slice(1).flatMap((n, i) => {
      const layer = new d.nn.Linear(sizes[i], n);
      return i === sizes.length - 2 ? [layer] : [layer, new d.nn.ReLU()];
    }),
  );
await workload("mlp_sgd", () => {
  const net = mlp(784, 128, 10);
  return step(net, digits, classes, d.crossEntropy, new d.optim.SGD(net.parameters(), { lr: .1 }));
});
await workload("mlp_adam", () => {
  const net = mlp(784, 128, 10);
  return step(net, digits, classes, d.crossEntropy, new d.optim.Adam(net.parameters()));
});
await workload("mlp512_adam", () => {
  const net = mlp(784, 512, 512, 10);
  return step(net, digits, classes, d.crossEntropy, new d.optim.Adam(net.parameters()));
});
