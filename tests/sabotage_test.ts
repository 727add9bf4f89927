/**
 * Tests of the tests: each gradient of each op, made 0.1 % too large, must be noticed by some case of the table.
 */
import { partial } from "./setup.ts";
import { assert } from "@std/assert";
import { grad } from "../lib/backward.ts";
import { gradcheck, gradgradcheck } from "../lib/gradcheck.ts";
import { registry } from "../lib/op.ts";
import { Pointwise } from "../lib/pointwise.ts";
import type { Tensor } from "../lib/tensor.ts";
import type { Case } from "./cases/case.ts";
import { isDifferentiable, leavesOf } from "./cases/draw.ts";
import { type Op, table } from "./cases/table.ts";

/** A gradient: of which op, with respect to which input. */
type Gradient = `${string} ${number}`;

/** The gradient that is wrong at the moment, and those that were called. */
let wrong: Gradient | null = null;
const called = new Set<Gradient>();

function spoil<G extends Tensor | null>(name: string, index: number, g: G): G {
  const gradient: Gradient = `${name} ${index}`;
  // a thousandth more of nothing, or of what rounding left, is nothing
  if (g?.toTypedArray().some((v) => Math.abs(v) > 1e-12)) called.add(gradient);
  return g !== null && wrong === gradient ? g.mul(1.001) as G : g;
}

// deno-lint-ignore no-explicit-any -- the rules of all ops, whatever their parameters
type Rule = (...args: any[]) => any;

/** Puts a spoiler around every gradient rule of the registry; there is no way back, but this module is its own program. */
function wrap(name: string, definition: object): void {
  if (definition instanceof Pointwise) {
    const right = definition.gradient.bind(definition);
    definition.gradient = (index, g, node) => spoil(name, index, right(index, g, node));
    return;
  }
  const { grad, gradEach } = definition as {
    grad?: Rule | (Rule | null)[];
    gradEach?: (index: number) => Rule;
  };
  if (Array.isArray(grad)) {
    grad.forEach((rule, i) => grad[i] = rule && ((...args) => spoil(name, i, rule(...args))));
  } else if (grad) {
    const all: Rule = (...args) => grad(...args).map((g: Tensor | null, i: number) => spoil(name, i, g));
    Object.assign(definition, { grad: all });
  } else if (gradEach) {
    const each = (index: number): Rule => (...args) => spoil(name, index, gradEach(index)(...args));
    Object.assign(definition, { gradEach: each });
  }
}

/** The gradients that an op promises. */
function promised(name: string, definition: object): Gradient[] {
  if (definition instanceof Pointwise) {
    const operands = Array.from({ length: definition.arity - definition.params }, (_, i) => i);
    return definition.differentiable
      ? operands.filter((i) => definition.gradientOf(i)).map((i): Gradient => `${name} ${i}`)
      : [];
  }
  const { grad, gradEach } = definition as { grad?: unknown; gradEach?: unknown };
  if (Array.isArray(grad)) return grad.flatMap((rule, i): Gradient[] => rule ? [`${name} ${i}`] : []);
  return grad || gradEach ? [`${name} 0`] : [];
}

/** Gradients that differences cannot judge, and who does instead. */
const unlike: Readonly<Record<Gradient, string>> = {
  "to 0": "converting to single precision rounds more than differences allow; goldens hold it",
  "scaleGradient 0": "divides by counts, as PyTorch defines scaleGradByFreq; goldens hold it",
  "clearPlaces 1": "what it puts in is always the number 0",
  "parametersToVector 0": "belongs to lib/nn, and so do its tests",
  "angle 0": "is 0 everywhere",
  "fill 0": "is 0 everywhere",
  "aboveDiagonal 0": "only third derivatives of pdist reach it",
  "powWhole 0": "whole numbers take no gradient",
  "powWhole 1": "whole numbers take no gradient",
};

type Check = (op: Op, c: Case) => boolean;
const options = { rtol: 1e-6, atol: 1e-7, raiseException: false };
const first: Check = (op, c) => gradcheck((...x) => op.run(x, c), leavesOf(c), options);
const second: Check = (op, c) => gradgradcheck((...x) => op.run(x, c), leavesOf(c), options) && isOne(op, c);

/** Whether the gradient is the same when it is to be differentiated again: then a fused one makes way for plain ops. */
function isOne(op: Op, c: Case): boolean {
  const leaves = leavesOf(c), x = leaves.filter((t) => t.requiresGrad);
  const y = op.run(leaves, c).filter((t) => t.requiresGrad),
    gradOutputs = y.map((t) => t.detach().onesLike());
  const [one, other] = [false, true].map((createGraph) =>
    grad(y, x, { gradOutputs, createGraph, retainGraph: true, allowUnused: true })
  );
  return one.every((g, i) => g === other[i] || g!.allclose(other[i]!, { rtol: 1e-6, atol: 1e-7 }));
}

/** Ops of ops/; those of nn and optim have tests of their own. */
for (const [name, definition] of registry) wrap(name, definition);

/** Which checks of which cases call which gradients; second derivatives reach those of backward kernels. */
const users = new Map<Gradient, (() => boolean)[]>();
for (const check of [first, second]) {
  const known = new Set(users.keys());
  for (const op of table) {
    if (op.gradient === "none") continue;
    for (const c of op.cases.filter((c) => !c.kinks && isDifferentiable(c))) {
      called.clear();
      check(op, c);
      for (const gradient of called) {
        if (!known.has(gradient)) users.set(gradient, [...users.get(gradient) ?? [], () => check(op, c)]);
      }
    }
  }
}

const gradients = new Set(
  partial ? [] : [...registry].flatMap(([name, definition]) => promised(name, definition)),
);
for (const gradient of gradients.union(new Set(users.keys()))) {
  if (gradient in unlike) continue;
  Deno.test(`a gradient 0.1 % too large is noticed: ${gradient}`, () => {
    wrong = gradient;
    try {
      const checks = users.get(gradient) ?? [];
      assert(checks.some((passes) => !passes()), `none of ${checks.length} cases notices`);
    } finally {
      wrong = null;
    }
  });
}
