/**
 * Random graphs of 3 to 12 steps, written here or taken from the cases of every op: gradients against differences, and
 * one engine against the other.
 */
import { engine, seeds } from "./setup.ts";
import { cat, setBackend, type Tensor } from "../mod.ts";
import { gradcheck, gradgradcheck } from "../lib/gradcheck.ts";
import { grad } from "../lib/backward.ts";
import type { Case } from "./cases/case.ts";
import { drawn, draws, isDifferentiable, isGiven, leavesOf } from "./cases/draw.ts";
import { type Op, table } from "./cases/table.ts";
import { assertClose } from "./close.ts";

/** A step of a graph: tensors of any shape in, a tensor of moderate size out. */
type Step = (x: Tensor, y: Tensor) => Tensor;

/** `y` in a shape that broadcasts with `x`. */
function fitted(y: Tensor, x: Tensor): Tensor {
  return y.mean().expand(x.shape.slice(-1));
}

const steps: Readonly<Record<string, Step>> = {
  add: (x, y) => x.add(fitted(y, x)),
  sub: (x, y) => fitted(y, x).sub(x),
  mul: (x, y) => x.tanh().mul(fitted(y, x).tanh()),
  div: (x, y) => x.div(fitted(y, x).square().add(1)),
  alpha: (x, y) => x.add(fitted(y, x), { alpha: 0.5 }),
  neg: (x) => x.neg(),
  exp: (x) => x.tanh().exp(),
  log: (x) => x.square().add(1).log(),
  sqrt: (x) => x.square().add(1).sqrt(),
  sigmoid: (x) => x.sigmoid(),
  sin: (x) => x.sin(),
  gelu: (x) => x.gelu(),
  softplus: (x) => x.softplus(),
  power: (x) => x.tanh().pow(3),
  softmax: (x) => x.softmax(-1).mul(2),
  logSoftmax: (x) => x.logSoftmax(0).tanh(),
  sumKeep: (x) => x.sub(x.mean(-1, true)),
  sum: (x) => x.ndim > 1 ? x.sum(0).tanh() : x.tanh(),
  prod: (x) => x.sigmoid().prod(-1, true).add(x),
  logsumexp: (x) => x.logsumexp(-1, true).sub(x).tanh(),
  transpose: (x) => x.transpose(0, -1),
  reshape: (x) => x.reshape([-1]),
  split: (x) => x.numel() % 2 === 0 ? x.reshape([2, -1]) : x,
  slice: (x) => x.sliceDim(-1, 0, null, 2),
  select: (x) => x.ndim > 1 && x.shape[0] > 1 ? x.select(0, 1).mul(x.select(0, 0)).tanh() : x,
  expand: (x) => x.unsqueeze(0).expand([2, ...x.shape]).mean(0),
  flip: (x) => x.flip([0]),
  pad: (x) => x.pad([1, 1]).tanh(),
  matmul: (x) => x.ndim === 2 ? x.tanh().matmul(x.tanh().t()) : x,
  inPlace: (x, y) => {
    const z = x.mul(1);
    z.select(0, 0).mul_(y.mean());
    return z.add_(x).tanh();
  },
  whereTwice: (x) => x.where(x.detach().gt(0), x.mul(2)).tanh(),
};
const names = Object.keys(steps);

/** An op of the table and its cases that take part in graphs. */
interface Source {
  readonly op: Op;
  readonly cases: readonly Case[];
}

/** Ops whose gradients hold at the inputs of their cases, but not around them. */
const touchy: Readonly<Record<string, string>> = {
  "linalg.pinv": "what a tolerance cuts off is taken for 0 by the gradient, as PyTorch's takes it",
};

/** The ops of each family. */
function sources(): Source[][] {
  const byFamily = new Map<string, Source[]>();
  for (const op of table) {
    if (op.name in touchy || op.gradient === "none") continue;
    const cases = op.cases.filter((c) => !c.kinks && isDifferentiable(c));
    if (cases.length > 0) byFamily.set(op.family, [...byFamily.get(op.family) ?? [], { op, cases }]);
  }
  return [...byFamily.values()];
}

/** `x`, whatever its shape, as `n` numbers between −1 and 1. */
function spread(x: Tensor, n: number): Tensor {
  const flat = x.reshape([-1]).tanh();
  return flat.repeat(Math.ceil(n / flat.numel())).narrow(0, 0, n);
}

/** Calls an op as its case does, on inputs near the case's that depend on `x` and `y`; its results in one vector. */
function stepOf(op: Op, c: Case): Step {
  const base = leavesOf(c).map((t) => ({ value: t.detach(), takes: t.requiresGrad }));
  const { from = -2, to = 2 } = c;
  const call = (feed: (value: Tensor, i: number) => Tensor) => {
    const results = op.run(base.map(({ value, takes }, i) => takes ? feed(value, i) : value), c);
    return cat(results.filter((t) => t.requiresGrad).map((t) => t.reshape([-1])));
  };
  return (x, y) => {
    const result = call((value, i) => {
      const moves = spread(i % 2 === 0 ? x : y, value.numel()).reshape(value.shape);
      // numbers that the case gives move by a thousandth; drawn ones to a fifth of the way to the interval's ends
      if (isGiven(c.of[i])) return value.add(value.mul(moves).mul(1e-3));
      return value.mul(0.8).add(moves.mul((to - from) / 10)).add((to + from) / 10);
    });
    return result.numel() === 0 ? x : result.div(magnitudeOf(op, c));
  };
}

const magnitudes = new Map<Case, number>();

/** About how large the results of a case are: at least 1. */
function magnitudeOf(op: Op, c: Case): number {
  let largest = magnitudes.get(c);
  if (largest === undefined) {
    largest = 1;
    for (const t of op.run(leavesOf(c), c)) {
      if (t.requiresGrad) { for (const v of t.toTypedArray()) largest = Math.max(largest, Math.abs(v)); }
    }
    magnitudes.set(c, largest);
  }
  return largest;
}

/** A step of a graph, and from where among the earlier results it takes its operands: 0 the first, 1 the last. */
interface Move {
  readonly name: string;
  readonly step: Step;
  readonly x: number;
  readonly y: number;
}

function drawMove(random: () => number, families: readonly (readonly Source[])[]): Move {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
  // later tensors are likelier, so that graphs are deep as well as wide
  const places = { x: Math.sqrt(random()), y: Math.sqrt(random()) };
  if (random() < 0.4) {
    const name = pick(names);
    return { name, step: steps[name], ...places };
  }
  const { op, cases } = pick(pick(families)), c = pick(cases);
  return { name: `${op.name}[${op.cases.indexOf(c)}]`, step: stepOf(op, c), ...places };
}

function follow({ step, x, y }: Move, pool: readonly Tensor[]): Tensor {
  return step(pool[Math.floor(x * pool.length)], pool[Math.floor(y * pool.length)]);
}

/** A graph drawn from `seed`: the names of its steps, and the function. */
function graphOf(seed: number): { text: string; f: (...x: Tensor[]) => Tensor } {
  const random = draws(1000 + seed);
  const moves: Move[] = [], pool = inputs(seed);
  for (let left = 3 + Math.floor(random() * 10); left > 0; left--) {
    const move = drawMove(random, families), result = follow(move, pool);
    if (!result.toTypedArray().every(Number.isFinite)) continue; // the logarithm of a negative determinant, say
    moves.push(move);
    pool.push(result);
  }
  const f = (...inputs: Tensor[]) => {
    const pool = [...inputs], weights = draws(seed);
    for (const move of moves) pool.push(follow(move, pool));
    return pool.map((t) => t.mul(drawn(t.shape, weights, 0.5, 1.5)).sum()).reduce((sum, t) => sum.add(t));
  };
  return { text: moves.map((move) => move.name).join(" "), f };
}

const families = sources();

function inputs(seed: number): Tensor[] {
  const random = draws(seed);
  return [[2, 4], [4]].map((shape) => drawn(shape, random, -1.5, 1.5).requiresGrad_());
}

Deno.test("random graphs have the gradients that differences have", () => {
  for (let seed = 0; seed < seeds(100); seed++) {
    const { text, f } = graphOf(seed);
    try {
      gradcheck(f, inputs(seed), { rtol: 1e-6, atol: 1e-6 });
      if (seed % 5 === 0) gradgradcheck(f, inputs(seed), { rtol: 1e-5, atol: 1e-5 });
    } catch (error) {
      throw new Error(`seed ${seed}: ${text}`, { cause: error });
    }
  }
});

Deno.test({
  name: "random graphs are the same on every engine",
  ignore: engine !== undefined,
  fn() {
    const on = (name: "js" | "wasm" | "auto", seed: number): Tensor[] => {
      setBackend(name);
      const x = inputs(seed), y = graphOf(seed).f(...x);
      return [y, ...grad(y, x, { allowUnused: true }).map((g, i) => g ?? x[i].zerosLike())];
    };
    try {
      for (let seed = 0; seed < seeds(100); seed++) {
        const expected = on("js", seed);
        for (const name of ["wasm", "auto"] as const) {
          on(name, seed).forEach((t, i) => {
            assertClose(t, expected[i], `seed ${seed}, ${name}, tensor ${i}: ${graphOf(seed).text}`, 1e-11);
          });
        }
      }
    } finally {
      setBackend("auto");
    }
  },
});
