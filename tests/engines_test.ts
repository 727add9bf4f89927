/**
 * Every pointwise formula and every gradient derived from one: the numbers, the plain loop and the SIMD kernel agree,
 * at the sizes where vectors and rounds of vectors begin and end.
 */
import { tiny } from "./setup.ts";
import { assert } from "@std/assert";
import { noGrad, setBackend, tensor } from "../mod.ts";
import type { DType, TypedArray } from "../lib/dtype.ts";
import { type Algebra, type Expr, inOrder, interpret, numbers, type Word } from "../lib/formula.ts";
import { registry } from "../lib/op.ts";
import { Pointwise } from "../lib/pointwise.ts";
import type { Tensor } from "../lib/tensor.ts";
import { specials } from "./cases/case.ts";
import { draws } from "./cases/draw.ts";
import "./cases/table.ts"; // defines all ops

const sizes = tiny ? [5, 65] : [0, 1, 3, 4, 5, 63, 64, 65];
/** Words and intrinsics whose last digit depends on who computes them. */
const inexact = new Set<string>([
  ...["pow", "exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "erf"] satisfies Word[],
  ...["asin", "acos", "atan", "atan2"],
]);
/** Words that integers have too; public functions give the others floats. */
const whole = new Set<string>(
  [
    "constant",
    "input",
    "add",
    "sub",
    "mul",
    "neg",
    "abs",
    "min",
    "max",
    "eq",
    "lt",
    "le",
    "and",
    "or",
    "not",
    "number",
    "select",
  ],
);
/** Numbers for the parameters of formulas: slopes, bounds, thresholds. */
const parameters = [0.5, 2, 20];

/** The words on numbers, each result rounded to single precision. */
const single = Object.fromEntries(
  Object.entries(numbers).map(([word, f]) => [word, (...x: [number, number]) => Math.fround(f(...x))]),
) as unknown as Algebra<number>; // `numbers` has every word

/** An op and its gradients. */
function family(op: Pointwise): Pointwise[] {
  const gradients = Array.from({ length: op.arity - op.params }, (_, i) => op.gradientOf(i)?.op);
  return [op, ...gradients.filter((g) => g !== undefined)];
}

/** Operands for `n` elements: ordinary numbers with special ones among them, then parameters. */
function operands(op: Pointwise, n: number, dtype: DType): (Tensor | number)[] {
  const random = draws(n + 1);
  const number = () => {
    if (dtype === "int32") return Math.floor(random() * 9) - 4;
    return random() < 0.2 ? specials[Math.floor(random() * specials.length)] : random() * 8 - 4;
  };
  return Array.from({ length: op.arity }, (_, i) => {
    if (i >= op.arity - op.params) return parameters[(i + op.params - op.arity) % parameters.length];
    return tensor(Float64Array.from({ length: n }, number), { dtype });
  });
}

/** What the formula says of element `i`, in the precision of `dtype`. */
function expected(op: Pointwise, x: readonly (Tensor | number)[], i: number, dtype: DType): number {
  const values = x.map((t) => typeof t === "number" ? t : t.toTypedArray()[i]);
  return dtype === "float64" ? op.evaluate(...values) : interpret(op.root, single, values.map(Math.fround));
}

/** How far the SIMD kernel may be from the loop: nothing for exact words, 2 units for one other, else a little more. */
function allowed(root: Expr, y: number, dtype: DType): number {
  const unit = dtype === "float64" ? 2 ** -52 : 2 ** -23,
    odd = inOrder(root).filter((e) => inexact.has(e.callee?.name ?? e.word) || e.callee?.formula);
  if (odd.length === 0) return 0;
  if (odd.length === 1 && odd[0] === root && !root.callee) return 2 * unit * Math.abs(y) || Number.MIN_VALUE;
  return 32 * unit * Math.max(1, Math.abs(y)); // errors of parts grow where digits cancel
}

function same(a: number, b: number): boolean {
  return Object.is(a, b) || (Number.isNaN(a) && Number.isNaN(b));
}

function check(op: Pointwise, dtype: DType): void {
  for (const n of sizes) {
    const x = operands(op, n, dtype);
    const on = (engine: "js" | "wasm"): TypedArray => {
      setBackend(engine);
      return noGrad(() => op.apply(x) as Tensor).toTypedArray();
    };
    const loop = on("js"), simd = on("wasm");
    for (let i = 0; i < n; i++) {
      const at = () =>
        `${op.name} ${dtype} element ${i} of ${n}: f(${
          x.map((t) => typeof t === "number" ? t : t.toTypedArray()[i])
        })`;
      if (dtype !== "int32") {
        const number = expected(op, x, i, dtype),
          stored = loop instanceof Uint8Array ? Number(number !== 0) : number;
        assert(same(loop[i], stored), `${at()} is ${loop[i]} in the loop, ${stored} as numbers`);
      }
      if (same(loop[i], simd[i])) continue;
      const gap = Math.abs(loop[i] - simd[i]), bound = allowed(op.root, loop[i], dtype);
      assert(gap <= bound, `${at()} is ${simd[i]} in WASM, ${loop[i]} in the loop`);
    }
  }
}

for (const op of registry.values()) {
  if (!(op instanceof Pointwise)) continue;
  const nodes = inOrder(op.root), only = nodes.find((e) => e.callee?.only)?.callee?.only;
  const usual = nodes.every((e) => whole.has(e.word))
    ? ["float32", "float64", "int32"] as const
    : ["float32", "float64"] as const;
  for (const dtype of only ? [only] : usual) {
    Deno.test(`${op.name} in ${dtype}: numbers = loop = SIMD, and so its gradients`, () => {
      try {
        for (const member of dtype === "int32" ? [op] : family(op)) check(member, dtype);
      } finally {
        setBackend("auto");
      }
    });
  }
}
