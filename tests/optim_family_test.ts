/** What all optimizers and schedules have in common, and those that PyTorch's tables lack. */
import "./setup.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Generator, nn, optim, rand, scope, type Tensor, tensor, zeros } from "../mod.ts";
import { assertNoAccident, odd } from "./odd.ts";

const numbers = (x: Tensor) => [...x.toTypedArray()];
const { lrScheduler } = optim;

const makers: Readonly<Record<string, (p: Iterable<Tensor>) => optim.Optimizer>> = {
  SGD: (p) => new optim.SGD(p, { lr: 0.1, momentum: 0.9 }),
  Adam: (p) => new optim.Adam(p, { lr: 0.1, amsgrad: true }),
  AdamW: (p) => new optim.AdamW(p, { lr: 0.1 }),
  Adamax: (p) => new optim.Adamax(p, { lr: 0.1 }),
  NAdam: (p) => new optim.NAdam(p, { lr: 0.1 }),
  RAdam: (p) => new optim.RAdam(p, { lr: 0.1 }),
  Adagrad: (p) => new optim.Adagrad(p, { lr: 0.1, lrDecay: 0.1 }),
  AdagradDA: (p) => new optim.AdagradDA(p, { lr: 0.1, l1: 0.01 }),
  Adadelta: (p) => new optim.Adadelta(p),
  RMSprop: (p) => new optim.RMSprop(p, { lr: 0.1, momentum: 0.9, centered: true }),
  Rprop: (p) => new optim.Rprop(p, { lr: 0.1 }),
  ASGD: (p) => new optim.ASGD(p, { lr: 0.1, t0: 2 }),
  SparseAdam: (p) => new optim.SparseAdam(p, { lr: 0.1 }),
  LBFGS: (p) => new optim.LBFGS(p, { lr: 0.1, maxIter: 3, lineSearchFn: "strong_wolfe" }),
};

Deno.test("every optimizer is among those tested here", () => {
  const classes = Object.values(optim).filter((value) => typeof value === "function") as { name: string }[];
  assertEquals(
    classes.map((c) => c.name).filter((name) => name !== "Optimizer").sort(),
    Object.keys(makers).sort(),
  );
});

/** Steps from `from` to `to` on a bowl that is steeper in one direction. */
function run(p: Tensor, optimizer: optim.Optimizer, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    optimizer.step(() => {
      optimizer.zeroGrad();
      const loss = p.sub(tensor([1, -2, 0.5], { dtype: p.dtype })).pow(2).mul(
        tensor([1, 4, 9], { dtype: p.dtype }),
      ).sum();
      loss.backward();
      return loss;
    });
  }
}

for (const [name, make] of Object.entries(makers)) {
  const start = () => new nn.Parameter(tensor([3, 2, -1], { dtype: "float64" }));

  Deno.test(`${name} goes down, and continues bit for bit from its state dict`, () => {
    const [a, b] = [start(), start()], first = make([a]), second = make([b]);
    run(a, first, 0, 5);
    b.data.copy_(a.data);
    second.loadStateDict(first.stateDict());
    run(a, first, 5, 10);
    run(b, second, 5, 10);
    assertEquals(numbers(b), numbers(a));
    const height = (p: readonly number[]) => (p[0] - 1) ** 2 + 4 * (p[1] + 2) ** 2 + 9 * (p[2] - 0.5) ** 2;
    assert(height(numbers(a)) < height([3, 2, -1]), `${numbers(a)}`);
  });

  Deno.test(`${name} refuses odd options and parameters in our words`, () => {
    const Class = optim[name as "SGD"], given = make([start()]).defaults;
    for (const [label, value] of odd) {
      assertNoAccident(`${name}(${label})`, () => new Class(value as never));
      assertNoAccident(
        `${name}.loadStateDict(${label})`,
        () => make([start()]).loadStateDict(value as never),
      );
      for (const option of Object.keys(given)) {
        const call = () => run(start(), new Class([start()], { [option]: value } as never), 0, 1);
        assertNoAccident(`${name} with ${option} ${label}`, call);
      }
    }
  });
}

Deno.test("AdagradDA() is TensorFlow's, and its L1 penalty leaves exact zeros", () => {
  // from TensorFlow's own tests: lr 3, accumulators from 0.1, one step
  const expected: readonly [options: optim.AdagradDAOptions, values: number[]][] = [
    [{}, [-0.904534, -1.603567, -0.094821, -0.189358]],
    [{ l1: 0.001 }, [-0.895489, -1.59555, -0.085339, -0.17989]],
    [{ l1: 0.001, l2: 2 }, [-0.046907, -0.093659, -0.004275, -0.009023]],
  ];
  for (const [options, values] of expected) {
    const p = new nn.Parameter(zeros(4, { dtype: "float64" })),
      optimizer = new optim.AdagradDA([p], { lr: 3, ...options });
    p.grad = tensor([0.1, 0.2, 0.01, 0.02], { dtype: "float64" });
    optimizer.step();
    numbers(p).forEach((v, i) => assertAlmostEquals(v, values[i], 1e-6));
  }
  const p = new nn.Parameter(tensor([5, 5]));
  const optimizer = new optim.AdagradDA([p], { l1: 0.5 });
  p.grad = tensor([0.4, 0.6]);
  optimizer.step();
  assert(numbers(p)[0] === 0 && numbers(p)[1] < 0);
});

Deno.test("LBFGS goes PyTorch's way down Rosenbrock's valley, with and without a line search", () => {
  // PyTorch 1.13: maxIter 7, historySize 5, four calls
  const expected = {
    none: [-1.1960781898294428, 1.0036089257613727],
    strong_wolfe: [0.5792346758198911, 0.32551776229488083],
  };
  for (const [search, at] of Object.entries(expected)) {
    const x = tensor([-1.2, 1], { dtype: "float64", requiresGrad: true });
    const lineSearchFn = search === "none" ? null : "strong_wolfe" as const;
    const optimizer = new optim.LBFGS([x], {
      lr: lineSearchFn ? 1 : 0.001,
      maxIter: 7,
      historySize: 5,
      lineSearchFn,
    });
    for (let i = 0; i < 4; i++) {
      optimizer.step(() => {
        optimizer.zeroGrad();
        const a = x.select(0, 0), b = x.select(0, 1);
        const loss = a.sub(1).pow(2).add(b.sub(a.pow(2)).pow(2).mul(100));
        loss.backward();
        return loss;
      });
    }
    numbers(x).forEach((v, i) => assertAlmostEquals(v, at[i], 1e-9, search)); // rounding grows along the way
  }
  assertThrows(
    () => new optim.LBFGS([zeros(1, { requiresGrad: true })]).step(),
    TypeError,
    "it takes a function that computes",
  );
});

Deno.test("LBFGS remembers steps that were made, or loaded, within a scope", () => {
  const x = rand([50, 200], { generator: new Generator(1) });
  const run = (scoped: boolean) => {
    const weight = new nn.Parameter(zeros(200)), make = () => new optim.LBFGS([weight], { maxIter: 2 });
    let optimizer = make();
    for (let i = 0; i < 4; i++) {
      using _scope = scoped ? scope() : null;
      const saved = optimizer.stateDict();
      optimizer = make();
      optimizer.loadStateDict(saved);
      optimizer.step(() => {
        optimizer.zeroGrad();
        const loss = x.matmul(weight).sub(1).square().mean();
        loss.backward();
        return loss;
      });
    }
    return numbers(weight);
  };
  assertEquals(run(true), run(false));
});

Deno.test("SparseAdam leaves alone what has no gradient", () => {
  const p = new nn.Parameter(tensor([1, 1])), optimizer = new optim.SparseAdam([p], { lr: 0.1 });
  for (let i = 0; i < 3; i++) {
    p.grad = tensor([0, 1]);
    optimizer.step();
  }
  assertEquals(numbers(p)[0], 1);
  assertAlmostEquals(numbers(p)[1], 0.7, 1e-6);
});

/** The rates of 10 epochs, from 1. */
function rates(make: (optimizer: optim.SGD) => { step(): void }): number[] {
  const optimizer = new optim.SGD([zeros(1, { requiresGrad: true })], { lr: 1, momentum: 0.9 }),
    schedule = make(optimizer);
  return Array.from({ length: 10 }, () => {
    const { lr } = optimizer.paramGroups[0];
    optimizer.step();
    schedule.step();
    return lr;
  });
}

Deno.test("SequentialLR, ChainedScheduler and MultiplicativeLR give PyTorch's rates", () => {
  const sequential = rates((o) =>
    new lrScheduler.SequentialLR(o, [
      new lrScheduler.ConstantLR(o, 0.1, { totalIters: 2 }),
      new lrScheduler.ExponentialLR(o, 0.9),
    ], [3])
  );
  const chained = rates((o) =>
    new lrScheduler.ChainedScheduler([
      new lrScheduler.ConstantLR(o, 0.1, { totalIters: 2 }),
      new lrScheduler.ExponentialLR(o, 0.9),
    ])
  );
  const close = (actual: number[], expected: number[]) =>
    expected.forEach((lr, i) => assertAlmostEquals(actual[i], lr, 1e-12, `epoch ${i}`));
  close(sequential, [0.1, 0.1, 1, 1, 0.9, 0.81, 0.729, 0.6561]);
  close(chained, [0.1, 0.09, 0.81, 0.729, 0.6561]);
  close(rates((o) => new lrScheduler.MultiplicativeLR(o, (epoch) => 1 / epoch)), [
    1,
    1,
    1 / 2,
    1 / 6,
    1 / 24,
  ]);
});

Deno.test("CyclicLR and OneCycleLR move the momentum the other way", () => {
  const optimizer = new optim.SGD([zeros(1, { requiresGrad: true })], { lr: 1, momentum: 0.9 }),
    [group] = optimizer.paramGroups;
  const cyclic = new lrScheduler.CyclicLR(optimizer, 0, 1, { stepSizeUp: 2 });
  assertEquals([group.lr, group.momentum], [0, 0.9]);
  cyclic.step();
  cyclic.step();
  assertAlmostEquals(group.momentum, 0.8, 1e-12);
  const adam = new optim.Adam([zeros(1, { requiresGrad: true })]),
    once = new lrScheduler.OneCycleLR(adam, 0.1, { totalSteps: 10 });
  assertEquals(adam.paramGroups[0].betas[0], 0.95);
  for (let i = 0; i < 10; i++) once.step();
  assertThrows(() => once.step(), RangeError, "it was made for 10 steps");
});

Deno.test("schedules refuse odd arguments in our words", () => {
  const optimizer = () => new optim.SGD([zeros(1, { requiresGrad: true })], { lr: 1 });
  for (const [label, value] of odd) {
    for (const [name, Class] of Object.entries(lrScheduler)) {
      if (name === "LRScheduler") continue;
      const Make = Class as new (...args: unknown[]) => { step(x?: unknown): void };
      assertNoAccident(`${name}(${label})`, () => new Make(value));
      assertNoAccident(`${name}(optimizer, ${label})`, () => new Make(optimizer(), value).step(1));
      assertNoAccident(`${name}(optimizer, 1, ${label})`, () => new Make(optimizer(), 1, value).step(1));
    }
  }
});
