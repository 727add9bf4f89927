/** The other forms of ops: in place on tensors, and of pointwise ones on scalars, give what the op gives. */
import { tiny } from "./setup.ts";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { noGrad, type Scalar, scalar } from "../mod.ts";
import * as pointwiseOps from "../ops/pointwise.ts";
import { grad } from "../lib/backward.ts";
import { inPlace as other, type InPlaceName } from "../lib/install.ts";
import { twin } from "../lib/inplace.ts";
import type { Tensor } from "../lib/tensor.ts";
import type { Case } from "./cases/case.ts";
import { inputsOf, isDifferentiable, leavesOf, title } from "./cases/draw.ts";
import { type Op, table } from "./cases/table.ts";
import { assertClose } from "./close.ts";

type Methods = Record<string, (...args: unknown[]) => Tensor>;

function weighted(y: Tensor): Tensor {
  return y.mul(y.detach().sigmoid().add(1)).sum();
}

function sameGradients(label: string, a: Tensor, b: Tensor, x: readonly Tensor[]): void {
  const leaves = x.filter((t) => t.requiresGrad), all = { allowUnused: true };
  const expected = grad(weighted(b), leaves, all);
  grad(weighted(a), leaves, all).forEach((g, i) => {
    if (g && expected[i]) assertClose(g, expected[i], `${label} gradient ${i}`);
    else assertEquals(g, expected[i]);
  });
}

/** x.op_(...) on the tape and off it. */
function inPlace(op: Op, c: Case): void {
  const x = leavesOf(c), [first, ...rest] = x, args = c.args ?? [], [y] = op.run(x, c);
  if (y.dtype !== first.dtype || y.shape.join() !== first.shape.join()) return; // needs another place
  const z = first.mul(1) as Tensor & Methods;
  assert(z[`${op.name}_`](...rest, ...args) === z, "returns its tensor");
  assertClose(z, y, `${title(c)} on the tape`);
  if (y.requiresGrad) sameGradients(title(c), z, y, x);
  noGrad(() => {
    const [start, ...others] = inputsOf(c), version = start.storage.version;
    (start as Tensor & Methods)[`${op.name}_`](...others, ...args);
    assertClose(start, y.detach(), `${title(c)} off the tape`);
    assert(start.storage.version > version, "the version goes up");
  });
}

/** The op on the first elements of its inputs, as scalars. */
function onScalars(op: Op, c: Case): void {
  const x = leavesOf(c), head = x.map((t) => t.reshape([-1]).select(0, 0)), args = c.args ?? [];
  const first = { ...c, of: c.of.map(() => []) }, [y] = op.run(head, first);
  const s = x.map((t) => scalar(t.toTypedArray()[0], { requiresGrad: true }));
  const z = op.f(...s, ...args) as Scalar;
  assertAlmostEquals(z.value, y.item(), 1e-12 * Math.max(1, Math.abs(y.item())), title(c));
  if (!y.requiresGrad) return;
  const expected = grad(y, x, { allowUnused: true }), all = { allowUnused: true };
  grad(z, s, all).forEach((g, i) => {
    const want = expected[i]?.toTypedArray()[0] ?? 0;
    assertAlmostEquals(g?.value ?? 0, want, 1e-10 * Math.max(1, Math.abs(want)), `${title(c)} gradient ${i}`);
  });
}

for (const op of table) {
  const isPointwise = op.name in pointwiseOps;
  if (!isPointwise && other[op.name as InPlaceName] !== twin) continue;
  if (op.call || op.name === "prelu") continue; // prelu's weight is per channel
  const cases = op.cases.filter((c) => !c.kinks && isDifferentiable(c)).slice(0, tiny ? 1 : undefined);
  Deno.test(`${op.name}_() in place is ${op.name}()`, () => cases.forEach((c) => inPlace(op, c)));
  if (isPointwise) {
    Deno.test(`${op.name}() of scalars is ${op.name}() of tensors`, () => {
      cases.filter((c) => inputsOf(c).every((t) => t.numel() > 0)).forEach((c) => onScalars(op, c));
    });
  }
}
