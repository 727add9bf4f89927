/** compile(): every function gives what it gives without; states, shapes, randomness and errors too. */
import { engine, partial, seeds, tiny } from "./setup.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import * as d from "../mod.ts";
import { compile, nn, noGrad, optim, setBackend, type Tensor } from "../mod.ts";
import { grad } from "../lib/backward.ts";
import { arena } from "../lib/memory/arena.ts";
import { drawn, draws, inputsOf, isDifferentiable, title } from "./cases/draw.ts";
import { type Op, table } from "./cases/table.ts";
import { assertClose } from "./close.ts";

/** Joined kernels use fused multiply-add where several did not. */
const rounding = { float64: 1e-11, float32: 1e-5 };

/** On plain TypeScript compiled functions are the functions themselves. */
const compiles = engine !== "js";

function assertSame(actual: unknown, expected: unknown, label: string): void {
  if (expected instanceof d.Tensor) {
    assert(actual instanceof d.Tensor, `${label}: must be a tensor`);
    assertClose(actual, expected, label, expected.dtype === "float32" ? rounding.float32 : rounding.float64);
  } else if (Array.isArray(expected)) {
    assert(Array.isArray(actual), `${label}: must be an array`);
    assertEquals(actual.length, expected.length, `${label}: number of results`);
    expected.forEach((part, i) => assertSame(actual[i], part, `${label} ${i}`));
  } else assertEquals(actual, expected, label);
}

/** Ops whose results are random: held against the function itself with the same seed. */
function seeded<T>(body: () => T): T {
  d.manualSeed(5);
  return body();
}

/** Whether an op says that it cannot be compiled, because what it does depends on numbers in its inputs. */
function refused(error: unknown): boolean {
  return error instanceof Error &&
    /^Cannot (compile|run a compiled function again|run compiled)/.test(error.message);
}

/** Compares a function with its compiled form on inputs of several seeds; false if it cannot be compiled. */
function compare(
  label: string,
  fn: (...x: Tensor[]) => unknown,
  inputs: (seed: number) => Tensor[],
): boolean {
  const compiled = compile(fn);
  for (const seed of [3, 4, 5]) {
    let expected: unknown;
    try {
      expected = seeded(() => fn(...inputs(seed)));
    } catch {
      continue; // these numbers are not for this op
    }
    let actual: unknown;
    try {
      actual = seeded(() => compiled(...inputs(seed)));
    } catch (error) {
      if (refused(error)) return false;
      throw error;
    }
    assertSame(actual, expected, `${label}, seed ${seed}`);
  }
  return true;
}

/** The gradients of the outputs of an op, computed inside. */
function gradients(op: Op, c: Op["cases"][number]): (...x: Tensor[]) => (Tensor | null)[] {
  return (...x) => {
    const leaves = x.map((t) => t.dtype === "float64" ? t.detach().requiresGrad_() : t), random = draws(11);
    const outputs = op.run(leaves, c).filter((t) => t.requiresGrad);
    const weights = outputs.map((t) => drawn(t.shape, random, 0.5, 1.5).to(t.dtype));
    const takes = leaves.filter((t) => t.requiresGrad);
    return grad(outputs, takes, { gradOutputs: weights, allowUnused: true });
  };
}

/** Ops that may refuse: what they do, or the size of what they make, depends on numbers in their inputs. */
const choosy = new Set<string>();

for (const op of table) {
  const cases = tiny ? op.cases.slice(0, 1) : op.cases;
  if (cases.length === 0) continue;
  Deno.test(`${op.name}() compiled gives the same, and so do its gradients`, () => {
    for (const c of cases) {
      // memory that nobody has written yet is no result; generators made inside are made once
      if (/empty/i.test(op.name) || ["random", "sample"].includes(op.family)) continue;
      const label = `${op.name} ${title(c)}`, inputs = (seed: number) => inputsOf(c, seed);
      if (!compare(label, (...x) => noGrad(() => op.run(x, c)), inputs)) {
        choosy.add(op.name);
        continue;
      }
      if (op.gradient === "none" || c.kinks || !isDifferentiable(c)) continue;
      compare(`gradient of ${label}`, gradients(op, c), inputs);
    }
  });
}

Deno.test({
  name: "most ops can be compiled",
  ignore: tiny || partial || !compiles,
  fn: () => assert(choosy.size < table.length / 8, `${choosy.size} refuse: ${[...choosy].join(", ")}`),
});

/** Steps of random chains: a matrix in, a matrix of the same shape out. */
const steps: Readonly<Record<string, (x: Tensor, y: Tensor) => Tensor>> = {
  add: (x, y) => x.add(y),
  row: (x, y) => x.mul(y.mean(0)),
  column: (x, y) => x.sub(y.mean(1, true)),
  square: (x) => x.mul(x).mul(0.1),
  gelu: (x) => x.gelu(),
  relu: (x) => x.relu(),
  tanh: (x) => x.tanh().mul(2),
  exp: (x) => x.clamp(-2, 1).exp(),
  where: (x, y) => x.where(x.gt(y), y.mul(0.5)),
  softmax: (x) => x.softmax(-1).mul(3),
  logSoftmax: (x) => x.logSoftmax(0),
  layerNorm: (x) => d.layerNorm(x, [x.shape[1]]),
  matmul: (x, y) => x.matmul(y.t()).matmul(x).mul(0.1),
  transpose: (x) => x.t().contiguous().t().sin(),
  reshape: (x) => x.reshape([-1]).mul(1.5).reshape(x.shape),
  max: (x) => x.div(x.abs().amax(1, true).add(1)),
  cat: (x, y) => d.cat([x.narrow(0, 0, 1), y.narrow(0, 1, y.shape[0] - 1)], 0),
  inPlace: (x, y) => {
    const z = x.mul(1);
    z.select(0, 0).mul_(y.mean());
    return z.add_(y.tanh()).mul_(0.7);
  },
  zeros: (x, y) => x.zerosLike().add_(y).add_(x),
};

Deno.test("random chains of ops compiled give the same, and so do their gradients", () => {
  const names = Object.keys(steps);
  for (let seed = 0; seed < seeds(150); seed++) {
    const random = draws(seed), pick = (n: number) => Math.floor(random() * n);
    const moves = Array.from(
      { length: 2 + pick(10) },
      (_, i) => [names[pick(names.length)], pick(i + 2), pick(i + 2)],
    );
    const chain = (...x: Tensor[]): Tensor[] => {
      const pool = [...x];
      for (const [name, a, b] of moves) pool.push(steps[name](pool[a as number], pool[b as number]));
      return [pool.at(-1)!, pool.reduce((sum, t, i) => sum.add(t.mul(i + 1))).sum()];
    };
    const pulled = (...x: Tensor[]): (Tensor | null)[] => {
      const leaves = x.map((t) => t.detach().requiresGrad_()), y = chain(...leaves);
      return [...y.map((t) => t.detach()), ...grad(y[1], leaves)];
    };
    const dtype = seed % 3 === 0 ? "float32" : "float64";
    const inputs = (s: number) => [7, 9].map((k) => drawn([4, 5], draws(s * 20 + k)).to(dtype));
    const label = `seed ${seed}: ${moves.map(([name]) => name).join(" ")}`;
    // float32 sums of large terms differ by more than single steps do
    const scaled = (f: (...x: Tensor[]) => (Tensor | null)[]) => (...x: Tensor[]) =>
      f(...x).map((t) => t && t.div(t.abs().max().add(1)));
    assert(compare(label, (...x) => noGrad(() => scaled(chain)(...x)), inputs), label);
    assert(compare(`gradient, ${label}`, scaled(pulled), inputs), label);
  }
});

/** What a training is made of, from the same seed each time. */
interface Training {
  readonly model: nn.Module;
  readonly step: (x: Tensor, y: Tensor) => Tensor;
}

function trainingOf(
  make: () => nn.Module,
  optimizerOf: (parameters: Iterable<nn.Parameter>) => d.optim.Optimizer,
  more: { schedule?: (optimizer: d.optim.Optimizer) => { step(): void }; clip?: number } = {},
): Training {
  d.manualSeed(1);
  const model = make(), optimizer = optimizerOf(model.parameters()), schedule = more.schedule?.(optimizer);
  return {
    model,
    step(x, y) {
      optimizer.zeroGrad();
      const loss = d.crossEntropy(model.forward(x) as Tensor, y);
      loss.backward();
      if (more.clip !== undefined) nn.utils.clipGradNorm_(model.parameters(), more.clip);
      optimizer.step();
      schedule?.step();
      return loss;
    },
  };
}

class LastState extends nn.Module {
  readonly recurrent: nn.LSTM = new nn.LSTM(6, 8, { batchFirst: true, numLayers: 2, dropout: 0.1 });
  readonly out: nn.Linear = new nn.Linear(8, 3);
  override forward(x: Tensor): Tensor {
    return this.out.forward(this.recurrent.forward(x)[0].select(1, -1));
  }
}

class Tokens extends nn.Module {
  readonly table: nn.Embedding = new nn.Embedding(11, 8, { paddingIdx: 0 });
  readonly layer: nn.TransformerEncoderLayer = new nn.TransformerEncoderLayer(8, 2, {
    dimFeedforward: 16,
    dropout: 0.1,
    batchFirst: true,
  });
  readonly out: nn.Linear = new nn.Linear(8, 3);
  override forward(x: Tensor): Tensor {
    return this.out.forward(this.layer.forward(this.table.forward(x)).mean(1));
  }
}

const dense = () =>
  new nn.Sequential(
    new nn.Linear(6, 16),
    new nn.BatchNorm1d(16),
    new nn.ReLU(),
    new nn.Dropout(0.3),
    new nn.Linear(16, 3),
  );
const conv = () =>
  new nn.Sequential(
    new nn.Conv2d(1, 4, 3, { padding: 1 }),
    new nn.BatchNorm2d(4),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(36, 3),
  );
const inputs = { dense: [5, 6], conv: [5, 1, 6, 6], sequence: [5, 4, 6] };
const tokens = () => d.randint(0, 11, [5, 7]);

const trainings: Readonly<Record<string, [() => Training, () => Tensor]>> = {
  "an MLP by SGD": [
    () => trainingOf(dense, (p) => new optim.SGD(p, { lr: 0.1 })),
    () => d.randn(inputs.dense),
  ],
  "an MLP by momentum and a schedule": [
    () =>
      trainingOf(dense, (p) => new optim.SGD(p, { lr: 0.1, momentum: 0.9, dampening: 0.1 }), {
        schedule: (o) => new optim.lrScheduler.StepLR(o, 3),
      }),
    () => d.randn(inputs.dense),
  ],
  "an MLP by Adam, clipped": [
    () => trainingOf(dense, (p) => new optim.Adam(p, { lr: 0.01, amsgrad: true }), { clip: 0.1 }),
    () => d.randn(inputs.dense),
  ],
  "an MLP by NAdam and chained schedules": [
    () =>
      trainingOf(dense, (p) => new optim.NAdam(p, { lr: 0.01 }), {
        schedule: (o) =>
          new optim.lrScheduler.SequentialLR(o, [
            new optim.lrScheduler.ConstantLR(o, 0.1, { totalIters: 2 }),
            new optim.lrScheduler.ExponentialLR(o, 0.9),
          ], [4]),
      }),
    () => d.randn(inputs.dense),
  ],
  "a convolutional net by AdamW": [
    () => trainingOf(conv, (p) => new optim.AdamW(p, { lr: 0.01 })),
    () => d.randn(inputs.conv),
  ],
  "an LSTM by Adam": [
    () => trainingOf(() => new LastState(), (p) => new optim.Adam(p, { lr: 0.01 })),
    () => d.randn(inputs.sequence),
  ],
  "a Transformer by RMSprop": [
    () => trainingOf(() => new Tokens(), (p) => new optim.RMSprop(p, { lr: 0.01 })),
    tokens,
  ],
};

for (const [name, [make, data]] of Object.entries(trainings)) {
  Deno.test(`compiled training of ${name} is training`, () => {
    d.manualSeed(2);
    const batches = Array.from({ length: 20 }, () => [data(), d.randint(0, 3, [5])] as const);
    const plain = make(), other = make(), step = compile(other.step);
    const losses = (run: Training["step"]) => seeded(() => batches.map(([x, y]) => run(x, y).item()));
    const expected = losses(plain.step), actual = losses(step);
    actual.forEach((loss, i) => {
      assert(Math.abs(loss - expected[i]) < 1e-4, `step ${i}: ${loss}, must be ${expected[i]}`);
    });
    const states = [plain, other].map(({ model }) => model.stateDict());
    for (const [key, value] of Object.entries(states[0])) assertClose(states[1][key], value, key, 1e-4);
    const grads = [plain, other].map(({ model }) => [...model.parameters()].map((p) => p.grad));
    grads[0].forEach((g, i) => assertClose(grads[1][i]!, g!, `gradient ${i}`, 1e-4));
    if (compiles) assertEquals(step.explain().forms.length, 1, "one form");
  });
}

Deno.test("compiled functions are traced again for new shapes, dtypes, arguments and modes", () => {
  const layer = new nn.Dropout(0.5);
  const f = compile((x: Tensor, options: { by: number; also?: Tensor[] }) => {
    const y = layer.forward(x).mul(options.by);
    return { y, sums: (options.also ?? []).map((t) => t.sum()) };
  });
  layer.eval();
  const ones = (...shape: number[]) => d.ones(shape);
  assertEquals(f(ones(2), { by: 2 }).y.toArray(), [2, 2]);
  assertEquals(f(ones(3), { by: 2 }).y.toArray(), [2, 2, 2]);
  assertEquals(f(ones(3), { by: 3 }).y.toArray(), [3, 3, 3]);
  assertEquals(f(ones(3).double(), { by: 3 }).y.dtype, "float64");
  assertEquals(f(ones(3), { by: 3, also: [ones(2, 2)] }).sums[0].item(), 4);
  if (compiles) assertEquals(f.explain().forms.length, 5);
  assertEquals(f(d.full([3], 2), { by: 3 }).y.toArray(), [6, 6, 6]);
  if (compiles) assertEquals(f.explain().forms.length, 5);
  layer.train();
  d.manualSeed(0);
  const sums = Array.from({ length: 50 }, () => f(ones(3), { by: 3 }).y.sum().item());
  assert(new Set(sums).size > 1, "it drops, and anew each time");
  layer.eval();
  assertEquals(f(ones(3), { by: 3 }).y.toArray(), [3, 3, 3]);
});

Deno.test("compiled functions draw random numbers anew, the same ones as the function", () => {
  const draw = (x: Tensor) => [d.rand(3), d.randnLike(x), d.randint(0, 9, [4]), x.dropout(0.5)],
    f = compile(draw);
  const x = d.ones([5]), run = (g: typeof draw) => seeded(() => [1, 2, 3].map(() => g(x)));
  assertSame(run(f), run(draw), "three draws");
});

Deno.test("compiled functions take slices and transposed tensors as they are", () => {
  const f = compile((x: Tensor) => x.mul(2).add(1)), all = d.arange(24).reshape([6, 4]);
  for (let i = 0; i < 3; i++) {
    const rows = all.narrow(0, 2 * i, 2);
    assertSame(f(rows), rows.mul(2).add(1), `rows ${i}`);
    assertSame(f(rows.t()), rows.t().mul(2).add(1), `columns ${i}`);
  }
  if (compiles) assertEquals(f.explain().forms.length, 2);
});

Deno.test("results of compiled functions stay what they are when it is called again", () => {
  const f = compile((x: Tensor) => [x.mul(2), x, x.t(), x.sum(0).expand([2, 2]), d.ones([2])]);
  const first = f(d.tensor([[1, 2], [3, 4]])), texts = first.map(String);
  const second = f(d.tensor([[5, 6], [7, 8]])).map(String);
  f(d.tensor([[0, 0], [0, 0]]));
  assertEquals(first.map(String), texts);
  assert(second[0] !== texts[0]);
});

Deno.test("compiled functions change tensors in place, arguments and those outside", () => {
  const count = d.zeros([2]);
  const f = compile((x: Tensor) => {
    count.add_(1);
    x.mul_(2);
    return x.add(count);
  });
  for (let i = 1; i <= 3; i++) {
    const x = d.ones([2]), version = x.storage.version;
    assertEquals(f(x).toArray(), [2 + i, 2 + i]);
    assertEquals(x.toArray(), [2, 2]);
    assert(x.storage.version > version);
  }
  assertEquals(count.toArray(), [3, 3]);
  assertEquals(f(count).toArray(), [16, 16], "an argument that the function also has from outside");
});

Deno.test("compiled functions see when what they use was replaced, frozen or converted", () => {
  const layer = new nn.Linear(2, 1, { bias: false }), f = compile((x: Tensor) => layer.forward(x));
  const x = d.ones([1, 2]);
  for (
    const change of [
      () => {},
      () => layer.weight.data = d.full([1, 2], 3),
      () => noGrad(() => layer.weight.mul_(2)),
      () => layer.requiresGrad_(false),
      () => layer.double(),
    ]
  ) {
    change();
    for (let i = 0; i < 2; i++) {
      const given = x.to(layer.weight.dtype), y = f(given);
      assertSame(y, layer.forward(given), String(change));
      assertEquals(y.requiresGrad, layer.weight.requiresGrad);
    }
  }
});

Deno.test("compiled steps accumulate gradients where the function would", () => {
  const make = () => {
    d.manualSeed(3);
    const layer = new nn.Linear(3, 2);
    return { layer, step: (x: Tensor) => layer.forward(x).pow(2).mean().backward() };
  };
  const plain = make(), other = make(), step = compile(other.step);
  for (let i = 0; i < 6; i++) {
    const x = d.randn([4, 3]);
    if (i % 3 === 0) { for (const { layer } of [plain, other]) layer.zeroGrad(); }
    plain.step(x);
    step(x);
    assertClose(other.layer.weight.grad!, plain.layer.weight.grad!, `step ${i}`, 1e-5);
  }
});

Deno.test("compiled steps that set gradients to zero have one form after the first", () => {
  d.manualSeed(3);
  const layer = new nn.Linear(3, 2), optimizer = new optim.SGD(layer.parameters(), { lr: 0.1 });
  const step = compile((x: Tensor) => {
    optimizer.zeroGrad({ setToNone: false });
    layer.forward(x).pow(2).mean().backward();
    optimizer.step();
  });
  for (let i = 0; i < 5; i++) step(d.ones([4, 3]));
  if (compiles) assertEquals(step.explain().forms.length, 2);
});

Deno.test("compiled functions may be called in a scope(), and from each other", () => {
  const inner = compile((x: Tensor) => x.exp().mul(2)), outer = compile((x: Tensor) => inner(x).sum(0));
  const large = d.ones([60, 50]);
  for (let i = 0; i < 4; i++) {
    using _ = d.scope();
    assertEquals(outer(large).shape, [50]);
    assertSame(inner(large), large.exp().mul(2), "inner");
  }
  assertSame(outer(large), large.exp().mul(2).sum(0), "outer");
});

Deno.test("compiled functions can be transformed", () => {
  const f = compile((x: Tensor) => x.pow(3).sum()), x = d.tensor([1, 2]);
  for (let i = 0; i < 3; i++) assertEquals(d.func.grad(f)(x).toArray(), [3, 12]);
  assertEquals(d.func.vmap(f)(d.tensor([[1, 2], [0, 1]])).toArray(), [9, 1]);
  for (let i = 0; i < 2; i++) assertEquals(d.func.hessian(f)(x).toArray(), [[6, 0], [0, 12]]);
  const whole = compile((x: Tensor) => d.func.hessian((y: Tensor) => y.pow(3).sum())(x));
  for (let i = 0; i < 3; i++) assertEquals(whole(x.mul(i)).toArray(), [[6 * i, 0], [0, 12 * i]]);
});

Deno.test("compiled functions stay differentiable", () => {
  d.manualSeed(4);
  const net = new nn.Sequential(new nn.Linear(6, 8), new nn.GELU(), new nn.LayerNorm(8), new nn.Linear(8, 3));
  const f = compile((x: Tensor) => net.forward(x) as Tensor), parameters = [...net.parameters()];
  for (let i = 0; i < 4; i++) {
    const x = d.randn([5, 6]), w = d.randn([6, 6], { requiresGrad: true });
    const run = (g: (x: Tensor) => Tensor) => {
      const a = g(x.matmul(w)), b = g(x.matmul(w.mul(2))); // two calls before backward
      return grad(a.mul(b).sum(), [w, ...parameters]);
    };
    assertSame(run(f), run((x) => net.forward(x) as Tensor), `call ${i}`);
  }
  if (!compiles) return;
  assertEquals(f.explain().forms.length, 1);
  const y = f(d.randn([5, 6])).sum();
  y.backward({ retainGraph: true });
  y.backward();
  assertThrows(() => y.backward(), Error, "Cannot call backward() again");
  const drops = compile((x: Tensor) => x.dropout(0.5)), w = d.ones([3], { requiresGrad: true });
  assertThrows(() => drops(w).sum().backward({ createGraph: true }), Error, "twice");
  const z = f(d.randn([5, 6])).sum();
  noGrad(() => net.forward(d.ones([1, 6])) && parameters[0].mul_(1));
  z.backward(); // reads no first weight: its input takes no gradient
  const last = f(d.randn([5, 6]).requiresGrad_().mul(1)).sum();
  noGrad(() => parameters[0].mul_(1));
  assertThrows(() => last.backward(), Error, "was changed in place afterwards");
});

Deno.test("compiled functions can be differentiated twice", () => {
  const fn = (x: Tensor, y: Tensor) => [x.mul(y).tanh(), x.sum()], f = compile(fn);
  for (let i = 0; i < 3; i++) {
    const w = d.randn([4], { requiresGrad: true, dtype: "float64" });
    const twice = (g: typeof fn) => {
      const x = w.mul(2), [a, b] = g(x, x.sin()); // one argument depends on the other
      const [first] = grad(a.mul(b).sum(), w, { createGraph: true });
      return grad(first!.pow(2).sum(), w);
    };
    assertSame(twice(f), twice(fn), `call ${i}`);
  }
});

Deno.test("several outputs of a compiled function take gradients, each or all", () => {
  const f = compile((x: Tensor) => [x.sin(), x.cos(), x.gt(0)]);
  for (let i = 0; i < 3; i++) {
    const leaf = d.randn([4], { requiresGrad: true, dtype: "float64" }), x = leaf.mul(1);
    const [s, c] = f(x);
    const [g] = grad(i === 0 ? s.add(c).sum() : i === 1 ? c.sum() : s.sum(), leaf);
    const expected = i === 0 ? leaf.cos().sub(leaf.sin()) : i === 1 ? leaf.sin().neg() : leaf.cos();
    assertClose(g!, expected.detach(), `call ${i}`);
  }
});

Deno.test({
  name: "compile() refuses what would not happen again",
  ignore: !compiles,
  fn() {
    const x = d.ones([2]);
    const says = (fn: (x: Tensor) => unknown, text: string) =>
      assertThrows(() => compile(fn)(x), Error, text);
    says(
      function scaled(x) {
        return x.mul(x.sum().item());
      },
      "Cannot compile scaled: item() reads or writes the numbers of a tensor",
    );
    says((x) => x.toArray(), "toArray() reads");
    says((x) => x.nonzero(), "nonzero() reads");
    says((x) => x.sum().item() > 0 ? x : x.neg(), "item() reads or writes");
    const generator = new d.Generator(0);
    says((x) => x.mul(generator.random()), "it draws random numbers");
    says(async (x) => await Promise.resolve(x.mul(2)), "it is async");
    says(() => new Map([["y", d.ones([1])]]), "it must return tensors, in arrays and plain objects");
    assertThrows(() => compile(3 as never), TypeError, "Cannot compile 3: it must be a function");
    const leaf = d.ones([2], { requiresGrad: true }), outside = leaf.mul(3);
    assertThrows(() => compile((y: Tensor) => y.mul(outside))(leaf.mul(2)), TypeError, "pass what they gave");
    for (let i = 0; i < 2; i++) {
      assertEquals(
        grad(compile((y: Tensor) => y.mul(outside))(x).sum(), leaf, { retainGraph: true })[0]!.toArray(),
        [3, 3],
      );
    }
    assertThrows(() => compile((y: Tensor) => y.sum().backward())(leaf.mul(2)), TypeError, "detach it");
  },
});

Deno.test("errors inside of compiled functions reach the caller and leave nothing behind", () => {
  let fails = true;
  const f = compile((x: Tensor) => {
    const y = x.mul(2);
    if (fails) throw new RangeError("not now");
    return y;
  });
  assertThrows(() => f(d.ones([2])), RangeError, "not now");
  assertEquals(d.ones([2]).add(1).sum().item(), 4);
  fails = false;
  for (let i = 0; i < 3; i++) assertEquals(f(d.full([2], i)).toArray(), [2 * i, 2 * i]);
  assertThrows(() => f(d.ones([2, 3]).matmul(d.ones([2]))), Error);
  const labels = (...values: number[]) => d.tensor(values, { dtype: "int32" });
  const loss = compile((x: Tensor, y: Tensor) => d.crossEntropy(x, y));
  const scores = d.tensor([[1, 2], [3, 5]]);
  for (let i = 0; i < 2; i++) {
    assertSame(loss(scores, labels(0, 1)), d.crossEntropy(scores, labels(0, 1)), "loss");
  }
  assertThrows(() => loss(scores, labels(0, 2)), RangeError, "target 2 at position 1");
  assertSame(loss(scores, labels(1, 1)), d.crossEntropy(scores, labels(1, 1)), "loss after an error");
  assertSame(loss(scores, labels(-100, 1)), d.crossEntropy(scores, labels(-100, 1)), "one ignored");
});

Deno.test({
  name: "10,000 compiled steps take no more memory",
  ignore: !compiles,
  async fn() {
    const { step } = trainingOf(dense, (p) => new optim.Adam(p)), compiled = compile(step);
    const predict = compile((x: Tensor) => noGrad(() => x.mul(2).exp().sum(0)));
    const x = d.randn([64, 6]), y = d.randint(0, 3, [64]), large = d.randn([50, 60]);
    const run = async (count: number) => {
      for (let i = 0; i < count; i++) {
        compiled(x, y);
        predict(large);
        if (i % 50 === 0) await new Promise((done) => setImmediate(done));
      }
    };
    await run(500);
    const before = arena().inUse;
    await run(10_000);
    const grown = arena().inUse - before;
    assert(grown < 8e6, `${grown} bytes more`);
  },
});

Deno.test({
  name: "compiled functions run as they are on plain TypeScript",
  ignore: engine !== undefined,
  fn() {
    const f = compile((x: Tensor) => x.mul(2));
    f(d.ones([2]));
    setBackend("js");
    try {
      assertEquals(f(d.full([2], 3)).toArray(), [6, 6]);
    } finally {
      setBackend("auto");
    }
    assertEquals(f(d.full([2], 4)).toArray(), [8, 8]);
  },
});

Deno.test({
  name: "explain() tells what became of a function",
  ignore: !compiles,
  fn() {
    const f = compile((x: Tensor) => x.mul(2).add(1).tanh().sum());
    assertEquals(String(f.explain()), "not called yet");
    f(d.ones([3]));
    const [form] = f.explain().forms;
    assertEquals([form.recorded, form.kernels, form.bytes, form.why], [4, 1, 0, null]);
    assert(String(f.explain()).startsWith("form 1: 4 steps recorded, 1 left, 0 bytes, "));
  },
});
