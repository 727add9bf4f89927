/** Forward mode of every op: ⟨w, J v⟩ by tangents is ⟨Jᵀ w, v⟩ by gradients, and so is its derivative. */
import { tiny } from "./setup.ts";
import { assertAlmostEquals, assertThrows } from "@std/assert";
import { autograd, func, tensor } from "../mod.ts";
import { grad } from "../lib/backward.ts";
import { pushforward } from "../lib/forward.ts";
import type { Tensor } from "../lib/tensor.ts";
import type { Case } from "./cases/case.ts";
import { drawn, draws, isDifferentiable, leavesOf, title } from "./cases/draw.ts";
import { type Op, table } from "./cases/table.ts";

/** Σ Σ a · b over pairs of which both are there. */
function dot(a: readonly (Tensor | null)[], b: readonly Tensor[]): Tensor | null {
  let total: Tensor | null = null;
  a.forEach((x, i) => {
    const part = x?.mul(b[i]).sum().double();
    if (part) total = total ? total.add(part) : part;
  });
  return total;
}

function check(op: Op, c: Case): void {
  const leaves = leavesOf(c), x = leaves.filter((t) => t.requiresGrad), random = draws(7);
  const y = op.run(leaves, c).filter((t) => t.requiresGrad);
  if (y.length === 0) return;
  const like = (t: Tensor) => drawn(t.shape, random, 0.5, 1.5).to(t.dtype);
  const v = x.map(like), w = y.map(like);
  const forward = dot(pushforward(y, x.map((t, i) => ({ x: t, tangent: v[i] })), true), w);
  const back = grad(y, x, { gradOutputs: w, createGraph: true, allowUnused: true });
  const reverse = dot(back, v);
  agree(forward, reverse, title(c));
  if (!forward?.requiresGrad || !reverse?.requiresGrad) return;
  const options = { allowUnused: true, retainGraph: true };
  agree(dot(grad(forward, x, options), v), dot(grad(reverse, x, options), v), `${title(c)}, differentiated`);
}

function agree(a: Tensor | null, b: Tensor | null, label: string): void {
  const [p, q] = [a?.item() ?? 0, b?.item() ?? 0];
  assertAlmostEquals(p, q, 1e-9 * Math.max(1, Math.abs(q)), label); // another order of the same operations
}

for (const op of table) {
  const cases = op.gradient === "none" ? [] : op.cases.filter((c) => !c.kinks && isDifferentiable(c));
  if (cases.length === 0) continue;
  Deno.test(`${op.name}() carries tangents as its gradient says`, () => {
    for (const c of tiny ? cases.slice(0, 1) : cases) check(op, c);
  });
}

Deno.test("jvp() names a user's Function whose backward leaves the tape", () => {
  class Doubled extends autograd.Function {
    static override forward(_: autograd.FunctionContext, x: Tensor) {
      return x.mul(2);
    }
    static override backward(_: autograd.FunctionContext, g: Tensor) {
      return tensor(g.toTypedArray()).mul(2);
    }
  }
  assertThrows(
    () => func.jvp((x: Tensor) => Doubled.apply(x) as Tensor, [tensor([1])], [tensor([1])]),
    TypeError,
    "Cannot carry tangents through Doubled: its backward cannot be differentiated",
  );
});
