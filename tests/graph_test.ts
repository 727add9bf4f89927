/** Random graphs of 3 to 12 ops: gradients against differences, and one engine against the other. */
import { engine, seeds } from "./setup.ts";
import { setBackend, type Tensor } from "../mod.ts";
import { gradcheck, gradgradcheck } from "../lib/gradcheck.ts";
import { grad } from "../lib/backward.ts";
import { drawn, draws } from "./cases/draw.ts";
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

/** A graph drawn from `seed`: the names of its steps, and the function. */
function graphOf(seed: number): { text: string; f: (...x: Tensor[]) => Tensor } {
  const random = draws(1000 + seed), pick = (n: number) => Math.floor(random() * n);
  const plan = Array.from(
    { length: 3 + pick(10) },
    () => ({ name: names[pick(names.length)], a: random(), b: random() }),
  );
  const f = (...inputs: Tensor[]) => {
    const pool = [...inputs];
    for (const { name, a, b } of plan) {
      // later tensors are likelier, so that graphs are deep as well as wide
      const at = (r: number) => pool[Math.floor(Math.sqrt(r) * pool.length)];
      pool.push(steps[name](at(a), at(b)));
    }
    return pool.slice(inputs.length).map((t) => t.sum()).reduce((sum, t) => sum.add(t));
  };
  return { text: plan.map((p) => p.name).join(" "), f };
}

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
