/**
 * The cells of recurrent layers: what one step makes, element by element, of the product of the input, the product of
 * the state, and the state before. recurrence.ts walks a sequence with them.
 */
import type { Algebra, Expr } from "./formula.ts";
import { sigmoid } from "./phrases.ts";
import type { Tensor } from "./tensor.ts";
import { UpdateRule } from "./update.ts";

/** What a step gives in plain ops. */
export interface StepResult {
  /** The new state, before the projection. */
  readonly output: Tensor;
  /** The new memory. */
  readonly memory?: Tensor;
  /** What the step leaves for its gradient. */
  readonly kept: readonly Tensor[];
}

/** One kind of cell. All tensors of a step are [rows, hidden]. */
export interface Cell {
  readonly name: string;
  /** How many gates there are: the products are that many times as wide as the state, in PyTorch's order. */
  readonly gates: number;
  /** How many tensors a step leaves for its gradient. */
  readonly kept: number;
  /** Whether the state comes with a memory, as in LSTM. */
  readonly remembers: boolean;
  /** Whether the new state is partly the old one, and the products do not just add up, as in GRU. */
  readonly blends: boolean;
  /** From the parts of x and of h: fills what is kept [, reads the state before] [, renews the memory], fills the output. */
  readonly step: UpdateRule;
  /**
   * From what was kept [, the state before] and g, the gradient of the output [, renewing that of the memory]: fills
   * the gradients of the parts of x [, of h, and adds to that of the state before].
   */
  readonly back: UpdateRule;
  /** The step in plain ops. */
  readonly meaning: (
    x: readonly Tensor[],
    h: readonly Tensor[],
    before: Tensor,
    memory: Tensor | null,
  ) => StepResult;
}

/** y (1 − y) g: the gradient of y = sigmoid(a). */
function sigmoidGradient(k: Algebra<Expr>, y: Expr, g: Expr): Expr {
  return k.mul(k.mul(y, k.sub(k.constant(1), y)), g);
}

/** (1 − y²) g: the gradient of y = tanh(a). */
function tanhGradient(k: Algebra<Expr>, y: Expr, g: Expr): Expr {
  return k.mul(k.sub(k.constant(1), k.mul(y, y)), g);
}

/** h' = f(x + h), f from Elman, 1990: tanh. */
function elman(
  name: string,
  activation: (k: Algebra<Expr>, a: Expr) => Expr,
  gradient: (k: Algebra<Expr>, y: Expr, g: Expr) => Expr,
  meaning: (a: Tensor) => Tensor,
): Cell {
  return {
    name,
    ...{ gates: 1, kept: 1, remembers: false, blends: false },
    step: new UpdateRule(["x", "h", "y", "output"], [], (k, { x, h }, set) => {
      set("output", set("y", activation(k, k.add(x, h))));
    }),
    back: new UpdateRule(["y", "g", "dx"], [], (k, { y, g }, set) => {
      set("dx", gradient(k, y, g));
    }),
    meaning: ([x], [h]) => {
      const output = meaning(x.add(h));
      return { output, kept: [output] };
    },
  };
}

/** h' = tanh(x + h) */
export const rnnTanh: Cell = elman("rnnTanh", (k, a) => k.tanh(a), tanhGradient, (a) => a.tanh());

/** h' = relu(x + h) */
export const rnnRelu: Cell = elman(
  "rnnRelu",
  (k, a) => k.max(a, k.constant(0)),
  (k, y, g) => k.select(k.lt(k.constant(0), y), g, k.constant(0)),
  (a) => a.relu(),
);

/**
 * Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000):
 * c' = f c + i g and h' = o tanh(c').
 */
export const lstm: Cell = {
  name: "lstm",
  ...{ gates: 4, kept: 5, remembers: true, blends: false },
  step: new UpdateRule(
    ["xi", "xf", "xg", "xo", "hi", "hf", "hg", "ho", "i", "f", "g", "o", "before", "c", "output"],
    [],
    (k, x, set) => {
      const i = set("i", sigmoid(k, k.add(x.xi, x.hi))), f = set("f", sigmoid(k, k.add(x.xf, x.hf)));
      const g = set("g", k.tanh(k.add(x.xg, x.hg))), o = set("o", sigmoid(k, k.add(x.xo, x.ho)));
      const before = set("before", x.c), c = set("c", k.add(k.mul(f, before), k.mul(i, g)));
      set("output", k.mul(o, k.tanh(c)));
    },
  ),
  // c' is made again, which takes less time than keeping it
  back: new UpdateRule(
    ["i", "f", "g", "o", "before", "dh", "dc", "di", "df", "dg", "do"],
    [],
    (k, { i, f, g, o, before, dh, dc }, set) => {
      const t = k.tanh(k.add(k.mul(f, before), k.mul(i, g)));
      const d = k.add(dc, tanhGradient(k, t, k.mul(dh, o)));
      set("di", sigmoidGradient(k, i, k.mul(d, g)));
      set("df", sigmoidGradient(k, f, k.mul(d, before)));
      set("dg", tanhGradient(k, g, k.mul(d, i)));
      set("do", sigmoidGradient(k, o, k.mul(dh, t)));
      set("dc", k.mul(d, f));
    },
  ),
  meaning: (x, h, _before, c) => {
    const [ai, af, ag, ao] = x.map((part, n) => part.add(h[n]));
    const i = ai.sigmoid(), f = af.sigmoid(), g = ag.tanh(), o = ao.sigmoid();
    const memory = f.mul(c!).add(i.mul(g));
    return { output: o.mul(memory.tanh()), memory, kept: [i, f, g, o, c!] };
  },
};

/**
 * The gated recurrent unit (Cho et al. 2014) as PyTorch has it, with the reset gate after the product:
 * n = tanh(xₙ + r hₙ) and h' = (1 − z) n + z h.
 */
export const gru: Cell = {
  name: "gru",
  ...{ gates: 3, kept: 4, remembers: false, blends: true },
  step: new UpdateRule(
    ["xr", "xz", "xn", "hr", "hz", "hn", "r", "z", "n", "m", "before", "output"],
    [],
    (k, x, set) => {
      const r = set("r", sigmoid(k, k.add(x.xr, x.hr))), z = set("z", sigmoid(k, k.add(x.xz, x.hz)));
      const n = set("n", k.tanh(k.add(x.xn, k.mul(r, set("m", x.hn)))));
      set("output", k.add(n, k.mul(z, k.sub(x.before, n))));
    },
  ),
  back: new UpdateRule(
    ["r", "z", "n", "m", "before", "g", "dxr", "dxz", "dxn", "dhr", "dhz", "dhn", "dbefore"],
    [],
    (k, { r, z, n, m, before, g, dbefore }, set) => {
      const dn = tanhGradient(k, n, k.mul(g, k.sub(k.constant(1), z)));
      set("dhn", k.mul(set("dxn", dn), r));
      set("dhr", set("dxr", sigmoidGradient(k, r, k.mul(dn, m))));
      set("dhz", set("dxz", sigmoidGradient(k, z, k.mul(g, k.sub(before, n)))));
      set("dbefore", k.add(dbefore, k.mul(g, z)));
    },
  ),
  meaning: (x, [hr, hz, m], before) => {
    const r = x[0].add(hr).sigmoid(), z = x[1].add(hz).sigmoid(), n = x[2].add(r.mul(m)).tanh();
    return { output: n.add(z.mul(before.sub(n))), kept: [r, z, n, m] };
  },
};
