/**
 * The algebra of pointwise functions: one definition, several readers.
 *
 * A {@link Formula} is written once against {@link Algebra}. {@link numbers} reads it as arithmetic on
 * JavaScript numbers; {@link express} reads it as an expression graph ({@link Expr}), from which come the plain
 * loop (loops.ts), the WASM SIMD kernel (wasm/) and the derivative, again an expression (derivative.ts).
 * This file knows nothing of tensors or memory.
 */

import { erf } from "./special/erf.ts";
import type { Lanes, LaneType } from "./wasm/lanes.ts";

/** What a formula may say about values `V` and truths `M` (a comparison's result). */
export interface Algebra<V, M = V> {
  /** The number `c`. */
  constant(c: number): V;
  /** a + b */
  add(a: V, b: V): V;
  /** a − b */
  sub(a: V, b: V): V;
  /** a · b */
  mul(a: V, b: V): V;
  /** a / b */
  div(a: V, b: V): V;
  /** a to the power b */
  pow(a: V, b: V): V;
  /** The smaller of a and b; NaN if either is. */
  min(a: V, b: V): V;
  /** The larger of a and b; NaN if either is. */
  max(a: V, b: V): V;
  /** −a */
  neg(a: V): V;
  /** |a| */
  abs(a: V): V;
  /** √a */
  sqrt(a: V): V;
  /** eᵃ */
  exp(a: V): V;
  /** eᵃ − 1, exact near 0 */
  expm1(a: V): V;
  /** Natural logarithm. */
  log(a: V): V;
  /** log(1 + a), exact near 0 */
  log1p(a: V): V;
  /** Sine of radians. */
  sin(a: V): V;
  /** Cosine of radians. */
  cos(a: V): V;
  /** Hyperbolic tangent. */
  tanh(a: V): V;
  /** The error function. */
  erf(a: V): V;
  /** The whole number at or below a. */
  floor(a: V): V;
  /** The whole number at or above a. */
  ceil(a: V): V;
  /** a without its fraction. */
  trunc(a: V): V;
  /** The nearest whole number, halves to even. */
  round(a: V): V;
  /** a = b */
  eq(a: V, b: V): M;
  /** a < b */
  lt(a: V, b: V): M;
  /** a ≤ b */
  le(a: V, b: V): M;
  /** Both. */
  and(a: M, b: M): M;
  /** Either. */
  or(a: M, b: M): M;
  /** The opposite. */
  not(a: M): M;
  /** Whether a is not 0 (NaN is true). */
  truth(a: V): M;
  /** 1 for true, 0 for false. */
  number(a: M): V;
  /** a where `condition` holds, else b. */
  select(condition: M, a: V, b: V): V;
  /** A function beyond these words. */
  call(f: Intrinsic, ...x: V[]): V;
}

/** A function that the algebra has no word for: how it is computed, and its derivatives. Its name is unique. */
export interface Intrinsic {
  readonly name: string;
  /** The function on numbers; it gets whole numbers where operands are integers. */
  readonly compute: (...x: number[]) => number;
  /** ∂y/∂a, ∂y/∂b ... from the output y and the arguments; null where it is 0 everywhere, or taken to be. */
  readonly partials: readonly (((k: Algebra<Expr>, y: Expr, a: Expr, b: Expr) => Expr) | null)[];
  /** The function in SIMD lanes. Without it and `formula` kernels call `compute` for each lane: 10 ns and more. */
  readonly lanes?: <V>(k: Lanes<V>, ...x: V[]) => V;
  /** The type that it is for, if for one alone. */
  readonly only?: LaneType;
  /** About how many instructions `lanes` takes, where that is less than the nine or so that are assumed. */
  readonly cost?: number;
  /** The function in words, for float lanes, where that is faster than `compute` though not as exact. */
  readonly formula?: Formula;
  /** Whether the formula would lose too much in float32: then its lanes are computed in float64. */
  readonly precise?: boolean;
  /** Where the formula holds, if not everywhere. */
  readonly usual?: <V, M>(k: Algebra<V, M>, ...x: V[]) => M;
  /** What holds elsewhere, for vectors that go there; without it `compute` is called, which should be rare. */
  readonly otherwise?: Formula;
}

/** A pointwise function: one output element from one element of each input. */
export type Formula = <V, M>(k: Algebra<V, M>, ...x: V[]) => V;

/** A word of the algebra. */
export type Word = Exclude<keyof Algebra<number>, "constant" | "call">;

/** Reads a formula as arithmetic at once; truths are 1 and 0. */
export const numbers: Algebra<number> = {
  constant: (c) => c,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: power,
  min: Math.min,
  max: Math.max,
  neg: (a) => -a,
  abs: Math.abs,
  sqrt: Math.sqrt,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  erf,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  round: roundHalfEven,
  eq: (a, b) => a === b ? 1 : 0,
  lt: (a, b) => a < b ? 1 : 0,
  le: (a, b) => a <= b ? 1 : 0,
  and: (a, b) => a && b ? 1 : 0,
  or: (a, b) => a || b ? 1 : 0,
  not: (a) => a ? 0 : 1,
  truth: (a) => a !== 0 ? 1 : 0,
  number: (a) => a,
  select: (c, a, b) => c ? a : b,
  call: (f, ...x) => f.compute(...x),
};

/** C's pow: 1 to any power and anything to the power 0 are 1, also for NaN (JavaScript says NaN for the first). */
function power(a: number, b: number): number {
  return a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b;
}

function roundHalfEven(a: number): number {
  const r = Math.round(a); // halves go up
  return r - a === 0.5 && r % 2 !== 0 ? r - 1 : Object.is(r, 0) && a < 0 ? -0 : r;
}

/** A node of an expression graph: a constant, an input, or a word applied to other nodes. */
export interface Expr {
  /** Order of creation in its graph: arguments always come first. */
  readonly id: number;
  readonly word: Word | "constant" | "input" | "call";
  readonly args: readonly Expr[];
  /** The function of a call. */
  readonly callee?: Intrinsic;
  /** The number of a constant, the index of an input, otherwise 0. */
  readonly value: number;
}

/** How many arguments each word takes; the words of the algebra in one list. */
export const arity: Readonly<Record<Word, number>> = {
  ...{ add: 2, sub: 2, mul: 2, div: 2, pow: 2, min: 2, max: 2 },
  ...{ neg: 1, abs: 1, sqrt: 1, exp: 1, expm1: 1, log: 1, log1p: 1, sin: 1, cos: 1, tanh: 1, erf: 1 },
  ...{ floor: 1, ceil: 1, trunc: 1, round: 1 },
  ...{ eq: 2, lt: 2, le: 2, and: 2, or: 2, not: 1, truth: 1, number: 1, select: 3 },
};

/** The words of the algebra. */
export const words = Object.keys(arity) as readonly Word[];

/** Builds expressions: equal ones become one node, constants fold. */
export class Graph {
  readonly #nodes = new Map<string, Expr>();

  /** The reading of a formula that builds expressions in this graph. */
  readonly algebra: Algebra<Expr> = {
    constant: (c: number) => this.#node("constant", [], c),
    call: (f: Intrinsic, ...args: Expr[]) => this.#call(f, args),
    ...Object.fromEntries(words.map((word) => [word, (...args: Expr[]) => this.apply(word, args)])),
  } as Algebra<Expr>; // every word has its entry: `words` lists them all

  /** Input number `index`. */
  input(index: number): Expr {
    return this.#node("input", [], index);
  }

  /** Applies `word`, folding constants and the identities that hold for every float. */
  apply(word: Word, args: readonly Expr[]): Expr {
    const [a, b, c] = args;
    if (args.every((x) => x.word === "constant")) {
      const compute = numbers[word] as (...values: number[]) => number;
      return this.algebra.constant(compute(...args.map((x) => x.value)));
    }
    if (word === "mul" && is(a, 1)) return b;
    if ((word === "mul" || word === "div") && is(b, 1)) return a;
    if (word === "mul" && is(a, -1)) return this.apply("neg", [b]);
    if (word === "mul" && is(b, -1)) return this.apply("neg", [a]);
    if ((word === "neg" || word === "not") && a.word === word) return a.args[0];
    if ((word === "and" || word === "or") && a.word === "constant") {
      return !a.value === (word === "and") ? a : b;
    }
    if ((word === "and" || word === "or") && b.word === "constant") {
      return !b.value === (word === "and") ? b : a;
    }
    if (word === "select" && a.word === "constant") return a.value ? b : c;
    if (word === "select" && b === c) return b;
    if (word === "select" && b.word === word && b.args[0] === a) return this.apply(word, [a, b.args[1], c]);
    if (word === "select" && c.word === word && c.args[0] === a) return this.apply(word, [a, b, c.args[2]]);
    if (word === "truth" && a.word === "number") return a.args[0];
    return this.#node(word, args, 0);
  }

  #call(f: Intrinsic, args: readonly Expr[]): Expr {
    if (args.every((x) => x.word === "constant")) {
      return this.algebra.constant(f.compute(...args.map((x) => x.value)));
    }
    return this.#node("call", args, 0, f);
  }

  #node(word: Expr["word"], args: readonly Expr[], value: number, callee?: Intrinsic): Expr {
    const key = `${callee?.name ?? word} ${Object.is(value, -0) ? "-0" : value} ${
      args.map((a) => a.id).join(" ")
    }`;
    let node = this.#nodes.get(key);
    if (!node) this.#nodes.set(key, node = { id: this.#nodes.size, word, args, value, callee });
    return node;
  }
}

/** Reads a formula of `inputs` arguments as an expression. */
export function express(formula: Formula, inputs: number, graph: Graph = new Graph()): Expr {
  return formula(graph.algebra, ...Array.from({ length: inputs }, (_, i) => graph.input(i)));
}

/** The nodes under `roots`, arguments before their users, each once. */
export function inOrder(...roots: readonly Expr[]): Expr[] {
  const found = new Set<Expr>(), stack = [...roots];
  for (let e = stack.pop(); e; e = stack.pop()) {
    if (found.has(e)) continue;
    found.add(e);
    stack.push(...e.args);
  }
  return [...found].sort((a, b) => a.id - b.id);
}

/** The inputs that an expression reads, each once, in order. */
export function inputsOf(root: Expr): number[] {
  return inOrder(root).filter((e) => e.word === "input").map((e) => e.value).sort((a, b) => a - b);
}

/** Reads an expression in another algebra, each node once; `x` are the inputs' values there. */
export function interpret<V>(root: Expr, k: Algebra<V>, x: readonly V[]): V {
  const values = new Map<Expr, V>();
  for (const e of inOrder(root)) {
    const args = e.args.map((a) => values.get(a) as V);
    values.set(e, e.word === "input" ? x[e.value] : speak(k, e, args));
  }
  return values.get(root) as V;
}

/** Says one node, which is no input, in the algebra `k`. */
export function speak<V>(k: Algebra<V>, { word, value, callee }: Expr, args: V[]): V {
  if (word === "constant") return k.constant(value);
  return word === "call" ? k.call(callee!, ...args) : (k[word as Word] as (...args: V[]) => V)(...args);
}

/** Replaces nodes of `root` by others of the same graph. */
export function substitute(root: Expr, graph: Graph, replaced: ReadonlyMap<Expr, Expr>): Expr {
  const values = new Map<Expr, Expr>(replaced);
  for (const e of inOrder(root)) {
    if (values.has(e)) continue;
    const args = e.args.map((a) => values.get(a)!);
    values.set(e, args.length ? speak(graph.algebra, e, args) : e);
  }
  return values.get(root)!;
}

/** Compiles an expression to a function of its inputs in an array: closures, no eval. */
export function toFunction(root: Expr): (x: readonly number[]) => number {
  const built = new Map<Expr, (x: readonly number[]) => number>();
  for (const e of inOrder(root)) built.set(e, closure(e, e.args.map((arg) => built.get(arg)!)));
  return built.get(root)!;
}

type Closure = (x: readonly number[]) => number;

function closure({ word, value, args, callee }: Expr, [a, b, c]: readonly Closure[]): Closure {
  if (word === "input") return (x) => x[value];
  if (word === "constant") return () => value;
  if (word === "call") {
    const f = callee!.compute;
    return args.length === 1
      ? (x) => f(a(x))
      : args.length === 2
      ? (x) => f(a(x), b(x))
      : (x) => f(a(x), b(x), c(x));
  }
  if (word === "mul" && args.every((arg) => arg.word === "input")) {
    const [i, j] = args.map((arg) => arg.value); // the gradient of every product: worth its own closure
    return (x) => x[i] * x[j];
  }
  if (word === "add") return (x) => a(x) + b(x);
  if (word === "mul") return (x) => a(x) * b(x);
  if (word === "select") return (x) => a(x) ? b(x) : c(x);
  if (arity[word] === 1) {
    const f = numbers[word] as (a: number) => number;
    return (x) => f(a(x));
  }
  const f = numbers[word] as (a: number, b: number) => number;
  return (x) => f(a(x), b(x));
}

/** The expression as people write it, for example `x0 * exp(-x1)`. */
export function toText(root: Expr, names: readonly string[] = []): string {
  const infix: Partial<Record<Word, string>> = {
    ...{
      add: "+",
      sub: "-",
      mul: "*",
      div: "/",
      pow: "**",
      eq: "=",
      lt: "<",
      le: "<=",
      and: "and",
      or: "or",
    },
  };
  const write = (e: Expr): string => {
    if (e.word === "input") return names[e.value] ?? `x${e.value}`;
    if (e.word === "constant") return String(e.value);
    const args = e.args.map(write);
    if (e.word === "call") return `${e.callee!.name}(${args.join(", ")})`;
    const sign = infix[e.word];
    if (sign) return `(${args.join(` ${sign} `)})`;
    if (e.word === "neg") return `-${args[0]}`;
    if (e.word === "number" || e.word === "truth") return args[0];
    return e.word === "select" ? `(${args[0]} ? ${args[1]} : ${args[2]})` : `${e.word}(${args.join(", ")})`;
  };
  return write(root).replace(/^\((.*)\)$/, (all, inner) => balanced(inner) ? inner : all);
}

function balanced(text: string): boolean {
  let depth = 0;
  for (const c of text) {
    if (c === "(") depth++;
    if (c === ")" && --depth < 0) return false;
  }
  return true;
}

function is(e: Expr, c: number): boolean {
  return e.word === "constant" && e.value === c;
}
