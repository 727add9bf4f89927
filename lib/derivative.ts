/**
 * Symbolic differentiation of formulas: the derivative of an expression is an expression, of any order.
 *
 * Reverse accumulation over the expression graph, with one line of {@link partials} a word. Subgradients follow
 * PyTorch: 0 for abs at 0, half each for ties of min and max, 0 for rounding.
 */
import { type Algebra, type Expr, type Graph, inOrder, type Word } from "./formula.ts";

/** ∂y/∂a, ∂y/∂b ... of one word, from its output y and its arguments; null where it is 0 everywhere. */
type Partials = readonly (((k: Algebra<Expr>, y: Expr, a: Expr, b: Expr) => Expr) | null)[];

const one = (k: Algebra<Expr>) => k.constant(1);
const none: Partials = [null, null, null];

const partials: Readonly<Record<Exclude<Word, "select">, Partials>> = {
  add: [one, one],
  sub: [one, (k) => k.constant(-1)],
  mul: [(_k, _y, _a, b) => b, (_k, _y, a) => a],
  div: [(k, _y, _a, b) => k.div(k.constant(1), b), (k, y, _a, b) => k.neg(k.div(y, b))],
  pow: [
    // b aᵇ⁻¹, and 0 for b = 0 even at a = 0
    (k, _y, a, b) => {
      const zero = k.constant(0);
      return k.select(k.eq(b, zero), zero, k.mul(b, k.pow(a, k.sub(b, k.constant(1)))));
    },
    // aᵇ log a, and 0 for a = 0 with b ≥ 0, where log is −∞
    (k, y, a, b) => {
      const zero = k.constant(0);
      return k.select(k.and(k.eq(a, zero), k.le(zero, b)), zero, k.mul(y, k.log(a)));
    },
  ],
  min: [(k, _y, a, b) => share(k, a, b), (k, _y, a, b) => share(k, b, a)],
  max: [(k, _y, a, b) => share(k, b, a), (k, _y, a, b) => share(k, a, b)],
  neg: [(k) => k.constant(-1)],
  abs: [(k, _y, a) => sign(k, a)],
  sqrt: [(k, y) => k.div(k.constant(0.5), y)],
  exp: [(_k, y) => y],
  expm1: [(k, y) => k.add(y, k.constant(1))],
  log: [(k, _y, a) => k.div(k.constant(1), a)],
  log1p: [(k, _y, a) => k.div(k.constant(1), k.add(k.constant(1), a))],
  sin: [(k, _y, a) => k.cos(a)],
  cos: [(k, _y, a) => k.neg(k.sin(a))],
  tanh: [(k, y) => k.sub(k.constant(1), k.mul(y, y))],
  erf: [(k, _y, a) => k.mul(k.constant(2 / Math.sqrt(Math.PI)), k.exp(k.neg(k.mul(a, a))))],
  floor: none,
  ceil: none,
  trunc: none,
  round: none,
  eq: none,
  lt: none,
  le: none,
  and: none,
  or: none,
  not: none,
  truth: none,
  number: none,
};

/** 0 where a > b, half where they are equal, else 1 (so for NaN): the share of a in the gradient of the smaller. */
function share(k: Algebra<Expr>, a: Expr, b: Expr): Expr {
  return k.select(k.lt(b, a), k.constant(0), k.select(k.eq(a, b), k.constant(0.5), k.constant(1)));
}

function sign(k: Algebra<Expr>, a: Expr): Expr {
  const zero = k.constant(0);
  return k.sub(k.number(k.lt(zero, a)), k.number(k.lt(a, zero)));
}

/**
 * The gradient of `root`, weighted by `g`, with respect to each input: g · ∂root/∂xᵢ as expressions of the same
 * graph, or null where it is 0 everywhere.
 */
export function differentiate(graph: Graph, root: Expr, g: Expr, inputs: readonly Expr[]): (Expr | null)[] {
  const k = graph.algebra, adjoints = new Map<Expr, Expr>([[root, g]]);
  const send = (to: Expr, amount: Expr) => {
    if (isZero(amount)) return;
    const before = adjoints.get(to);
    adjoints.set(to, before ? plus(k, before, amount) : amount);
  };
  for (const e of inOrder(root).reverse()) {
    const adjoint = adjoints.get(e);
    if (!adjoint || e.word === "input" || e.word === "constant") continue;
    if (e.word === "select") {
      const [condition, a, b] = e.args, zero = k.constant(0);
      send(a, k.select(condition, adjoint, zero));
      send(b, k.select(condition, zero, adjoint));
      continue;
    }
    const rules: Partials = e.word === "call" ? e.callee!.partials : partials[e.word];
    rules.forEach((partial, i) => {
      if (partial && i < e.args.length) {
        send(e.args[i], times(k, adjoint, partial(k, e, e.args[0], e.args[1])));
      }
    });
  }
  return inputs.map((x) => adjoints.get(x) ?? null);
}

/** a + b; what two branches of one select send joins to one select. */
function plus(k: Algebra<Expr>, a: Expr, b: Expr): Expr {
  if (isZero(a)) return b;
  if (isZero(b)) return a;
  if (a.word !== "select" || b.word !== "select" || a.args[0] !== b.args[0]) return k.add(a, b);
  return k.select(a.args[0], plus(k, a.args[1], b.args[1]), plus(k, a.args[2], b.args[2]));
}

/**
 * g · d, written as a quotient where d is one, which saves a division's rounding: g · (1 / b) = g / b. A gradient that
 * a select has masked stays masked: 0 · Infinity in the branch not taken would be NaN.
 */
function times(k: Algebra<Expr>, g: Expr, d: Expr): Expr {
  if (isZero(g) || isZero(d)) return k.constant(0);
  if (g.word === "select" && (isZero(g.args[1]) || isZero(g.args[2]))) {
    return k.select(g.args[0], times(k, g.args[1], d), times(k, g.args[2], d));
  }
  if (d.word === "div" && d.args[0].word === "constant" && d.args[0].value === 1) return k.div(g, d.args[1]);
  if (d.word === "select") return k.select(d.args[0], times(k, g, d.args[1]), times(k, g, d.args[2]));
  return k.mul(g, d);
}

function isZero(e: Expr): boolean {
  return e.word === "constant" && e.value === 0;
}
