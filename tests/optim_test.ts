/** Optimizers and schedules. Values come from PyTorch 1.13; conformance/ holds more of them to it. */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { manualSeed, nn, ones, optim, setBackend, type Tensor, tensor, zeros } from "../mod.ts";

const numbers = (x: Tensor) => [...x.toTypedArray()];

/** A small net learning XOR for 50 steps: the last loss and the last layer. */
function learn(make: (parameters: Iterable<Tensor>) => optim.Optimizer): number[] {
  manualSeed(0);
  const model = new nn.Sequential(new nn.Linear(2, 4), new nn.Tanh(), new nn.Linear(4, 1)).double();
  const x = tensor([[0, 0], [0, 1], [1, 0], [1, 1]], { dtype: "float64" });
  const y = tensor([[0], [1], [1], [0]], { dtype: "float64" }), optimizer = make(model.parameters());
  let loss = 0;
  for (let i = 0; i < 50; i++) {
    loss = optimizer.step(() => {
      optimizer.zeroGrad();
      const error = model.forward(x).mseLoss(y);
      error.backward();
      return error;
    }).item();
  }
  return [loss, ...numbers((model[2] as nn.Linear).weight)];
}

const runs: readonly [
  name: string,
  make: (parameters: Iterable<Tensor>) => optim.Optimizer,
  expected: number[],
][] = [
  [
    "Adam",
    (p) => new optim.Adam(p, { lr: 0.05 }),
    [0.0065280951579691215, -1.790169523, -1.522625899, -0.164346658, -0.676291211],
  ],
  [
    "SGD",
    (p) => new optim.SGD(p, { lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
    [0.017964880879882676, -1.245224979, -1.484533042, 0.197142892, -0.666186318],
  ],
  [
    "AdamW",
    (p) => new optim.AdamW(p, { lr: 0.05, amsgrad: true }),
    [0.006011122744027729, -1.779691644, -1.516984659, -0.171221944, -0.678767392],
  ],
];

for (const [name, make, expected] of runs) {
  Deno.test(`${name} learns XOR along PyTorch's path, on every engine`, () => {
    for (const engine of ["auto", "js"] as const) {
      setBackend(engine);
      try {
        learn(make).forEach((value, i) => assertAlmostEquals(value, expected[i], 2e-9)); // the goldens have 9 digits
      } finally {
        setBackend("auto");
      }
    }
  });
}

/** One step of Adam by its definition. */
function adamStep(p: number, g: number, m: number, v: number, t: number): [p: number, m: number, v: number] {
  m = 0.9 * m + 0.1 * g;
  v = 0.999 * v + 0.001 * g * g;
  return [p - 0.01 * (m / (1 - 0.9 ** t)) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8), m, v];
}

Deno.test("Adam.step() is the same at sizes where vectors begin and end, and touches nothing else", () => {
  for (const size of [0, 1, 2, 3, 4, 5, 15, 16, 17, 33, 1000]) {
    for (const dtype of ["float32", "float64"] as const) {
      const whole = ones(size + 2, { dtype }), p = new nn.Parameter(whole.narrow(0, 1, size));
      const optimizer = new optim.Adam([p], { lr: 0.01 });
      const state = Array.from({ length: size }, () => [1, 0, 0] as [number, number, number]);
      for (let t = 1; t <= 3; t++) {
        const g = Array.from({ length: size }, (_, i) => Math.sin(i + t));
        p.grad = tensor(g.length ? g : new Float32Array(0), { dtype });
        optimizer.step();
        state.forEach(([x, m, v], i) => state[i] = adamStep(x, g[i], m, v, t));
      }
      const all = numbers(whole), tolerance = dtype === "float64" ? 1e-14 : 1e-6;
      assertEquals([all[0], all.at(-1)], [1, 1]);
      state.forEach(([x], i) => assertAlmostEquals(all[i + 1], x, tolerance));
    }
  }
});

Deno.test("optimizers step on transposed parameters and on gradients of other layouts", () => {
  const plain = tensor([[1, 2, 3], [4, 5, 6]]), p = new nn.Parameter(plain.clone().t());
  const g = tensor([[1, 0, 2], [0, 3, 1]]);
  p.grad = g.t();
  new optim.SGD([p], { lr: 1 }).step();
  assertEquals(numbers(p.t().contiguous()), numbers(plain.sub(g)));
  p.grad = tensor([1]).expand([3, 2]);
  new optim.SGD([p], { lr: 1 }).step();
  assertEquals(numbers(p.t().contiguous()), numbers(plain.sub(g).sub(1)));
});

Deno.test("step() raises the version of parameters, so that backward through old ones is refused", () => {
  const p = new nn.Parameter(ones(2)), y = p.exp().mul(p).sum();
  p.grad = ones(2);
  new optim.SGD([p]).step();
  assertThrows(() => y.backward(), Error, "was changed in place afterwards");
});

Deno.test("step() skips parameters without a gradient, and learns from a changed lr at once", () => {
  const [a, b] = [new nn.Parameter(ones(1)), new nn.Parameter(ones(1))];
  const optimizer = new optim.SGD([a, b], 0.5);
  a.grad = ones(1);
  assertEquals(optimizer.step(), null);
  optimizer.paramGroups[0].lr = 0.25;
  optimizer.step();
  assertEquals([a.item(), b.item()], [0.25, 1]);
  optimizer.zeroGrad({ setToNone: false });
  assertEquals(a.grad!.item(), 0);
  optimizer.zeroGrad();
  assertEquals(a.grad, null);
});

Deno.test("groups have options of their own", () => {
  const [a, b] = [new nn.Parameter(ones(1)), new nn.Parameter(ones(1))];
  const optimizer = new optim.SGD([{ params: [a], lr: 0.5 }, { params: b }], { lr: 0.1, momentum: 0 });
  a.grad = ones(1);
  b.grad = ones(1);
  optimizer.step();
  assertEquals([a.item(), b.item()], [0.5, Math.fround(0.9)]);
  optimizer.addParamGroup({ params: new nn.Linear(1, 1).parameters(), weightDecay: 1 });
  assertEquals(optimizer.paramGroups.map((g) => [g.params.length, g.lr, g.weightDecay]), [
    ...[[1, 0.5, 0], [1, 0.1, 0], [2, 0.1, 1]],
  ]);
});

Deno.test("a parameter converted after the optimizer was made goes on learning", () => {
  const layer = new nn.Linear(2, 1), optimizer = new optim.Adam(layer.parameters(), { lr: 0.1 });
  const step = () => {
    for (const p of layer.parameters()) p.grad = p.detach().onesLike();
    optimizer.step();
  };
  step();
  layer.double();
  const before = numbers(layer.weight);
  step();
  numbers(layer.weight).forEach((w, i) => assertAlmostEquals(w, before[i] - 0.1, 1e-6)); // state stays float32
});

Deno.test("stateDict() and loadStateDict() continue bit for bit", () => {
  const start = () => new nn.Parameter(tensor([1, 2, 3]));
  const [a, b] = [start(), start()];
  const make = (p: nn.Parameter) => new optim.Adam([p], { lr: 0.1, amsgrad: true });
  const step = (p: nn.Parameter, optimizer: optim.Adam, i: number) => {
    p.grad = tensor([Math.sin(i), i, -1]);
    optimizer.step();
  };
  const first = make(a);
  for (let i = 0; i < 3; i++) step(a, first, i);
  b.data.copy_(a.data);
  const second = make(b), saved = first.stateDict();
  assertEquals(saved.paramGroups[0].params, [0]);
  assertEquals([saved.state[0].step, Object.keys(saved.state[0])], [3, [
    "step",
    "expAvg",
    "expAvgSq",
    "maxExpAvgSq",
  ]]);
  second.loadStateDict(saved);
  for (let i = 3; i < 6; i++) {
    step(a, first, i);
    step(b, second, i);
  }
  assertEquals(numbers(b), numbers(a));
  assertThrows(
    () => make(start()).loadStateDict(new optim.SGD([start(), start()]).stateDict()),
    TypeError,
    "Cannot load a state dict into Adam: its groups have 2 parameters, the optimizer's 1",
  );
});

const p = () => new nn.Parameter(ones(1));
const wrong: readonly [call: () => unknown, message: string][] = [
  [() => new optim.Adam([]), "Cannot make Adam of an empty list: it needs at least one parameter"],
  [
    () => new optim.SGD(new nn.Linear(1, 1) as never),
    "Cannot make SGD of a Linear: it takes tensors such as",
  ],
  [() => new optim.SGD([1] as never), "Cannot make SGD with parameter 0: it must be a tensor, got 1"],
  [() => new optim.SGD([p().mul(2)]), "Cannot optimize parameter 0: it is the result of an operation"],
  [() => new optim.SGD([p()], { lr: -1 }), "Cannot make SGD with lr -1: it must not be negative"],
  [() => new optim.SGD([p()], { lr: "1" } as never), `with lr "1": it must be a number`],
  [
    () => new optim.SGD([p()], { nesterov: true }),
    "Cannot make SGD with nesterov: it needs a momentum above 0",
  ],
  [
    () => new optim.Adam([p()], { betas: [0.9, 1] }),
    "Cannot make Adam with betas [0.9, 1]: they must be two numbers",
  ],
  [() => new optim.AdamW([p()], { eps: -1 }), "Cannot make AdamW with eps -1: it must not be negative"],
  [
    () => new optim.AdamW([p()], { rho: 1 } as never),
    "Cannot call AdamW() with option rho: its options are lr, betas",
  ],
  [() => new optim.SGD([{ params: [p()], beta: 1 } as never]), "Cannot make SGD with option beta"],
  [() => new optim.SGD([p()]).step(3 as never), "Cannot call step() with 3: it takes a function, or nothing"],
  [
    () => new optim.SGD([p()]).addParamGroup(3 as never),
    "Cannot add 3 to SGD: a group is an object with params",
  ],
  [() => {
    const twice = p();
    return new optim.SGD([twice, twice]);
  }, "Cannot optimize parameter 1: it is given twice"],
];

Deno.test("wrong arguments of optimizers are named", () => {
  for (const [call, message] of wrong) assertThrows(call, Error, message);
});

Deno.test("optimizers print their groups", () => {
  const text = String(new optim.SGD([p()], { lr: 0.1 }));
  assert(text.startsWith("SGD (\n  group 0: lr=0.1, momentum=0, dampening=0"), text);
});

/** The rates of a schedule that starts from 1. */
function rates(
  count: number,
  ...makes: ((optimizer: optim.SGD) => optim.lrScheduler.LRScheduler)[]
): number[] {
  const optimizer = new optim.SGD([p()], { lr: 1 }), schedulers = makes.map((make) => make(optimizer));
  return Array.from({ length: count }, () => {
    const { lr } = optimizer.paramGroups[0];
    optimizer.step();
    schedulers.forEach((s) => s.step());
    return lr;
  });
}

const { lrScheduler } = optim;
const schedules: readonly [name: string, actual: () => number[], expected: number[]][] = [
  [
    "StepLR and ExponentialLR together",
    () =>
      rates(
        6,
        (o) => new lrScheduler.StepLR(o, 2, { gamma: 0.5 }),
        (o) => new lrScheduler.ExponentialLR(o, 0.9),
      ),
    [1, 0.9, 0.405, 0.3645, 0.164025, 0.1476225],
  ],
  [
    "MultiStepLR with a milestone twice",
    () => rates(7, (o) => new lrScheduler.MultiStepLR(o, [2, 2, 5])),
    [1, 1, 0.01, 0.01, 0.01, 0.001, 0.001],
  ],
  [
    "CosineAnnealingLR beyond its end",
    () => rates(8, (o) => new lrScheduler.CosineAnnealingLR(o, { TMax: 3, etaMin: 0.1 })),
    [1, 0.775, 0.325, 0.1, 0.325, 0.775, 1, 0.775],
  ],
  ["LinearLR", () => rates(5, (o) => new lrScheduler.LinearLR(o, 0.5, { totalIters: 3 })), [
    0.5,
    2 / 3,
    5 / 6,
    1,
    1,
  ]],
  ["LambdaLR", () => rates(3, (o) => new lrScheduler.LambdaLR(o, (epoch) => 1 / (1 + epoch))), [
    1,
    1 / 2,
    1 / 3,
  ]],
];

for (const [name, actual, expected] of schedules) {
  Deno.test(`${name} gives PyTorch's rates`, () => {
    actual().forEach((lr, i) => assertAlmostEquals(lr, expected[i], 1e-12));
  });
}

Deno.test("schedules keep their place in a state dict, and refuse wrong arguments", () => {
  const optimizer = new optim.SGD([p()], { lr: 1 }), scheduler = new lrScheduler.StepLR(optimizer, 3);
  scheduler.step();
  const saved = scheduler.stateDict();
  assertEquals(saved, { lastEpoch: 1, baseLrs: [1] });
  const other = new lrScheduler.StepLR(new optim.SGD([p()], { lr: 1 }), 3);
  other.loadStateDict(saved);
  other.step();
  other.step();
  assertAlmostEquals(other.getLastLr()[0], 0.1, 1e-12);
  assertThrows(() => new lrScheduler.StepLR({} as never, 3), TypeError, "Cannot make StepLR for an Object");
  assertThrows(
    () => new lrScheduler.StepLR(optimizer, 0),
    RangeError,
    "Cannot call StepLR() with stepSize 0",
  );
  assertThrows(
    () => new lrScheduler.LambdaLR(optimizer, 3 as never),
    TypeError,
    "Cannot make LambdaLR with 3",
  );
  assertThrows(
    () => new lrScheduler.MultiStepLR(optimizer, 3 as never),
    TypeError,
    "they must be an array of epochs",
  );
});

Deno.test("state survives the scope of the step that made it", async () => {
  const { scope } = await import("../mod.ts");
  const q = new nn.Parameter(zeros(1000)), optimizer = new optim.Adam([q], { lr: 0.1 });
  for (let i = 0; i < 3; i++) {
    using _scope = scope();
    q.grad = ones(1000);
    optimizer.step();
    q.grad = null;
  }
  assertAlmostEquals(numbers(q)[999], -0.3, 1e-6);
});
