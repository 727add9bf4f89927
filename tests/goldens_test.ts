/** Values and gradients of every case against what PyTorch says in float64 (goldens/goldens.json). */
import { tiny } from "./setup.ts";
import { assert, assertEquals } from "@std/assert";
import { tensor } from "../mod.ts";
import { grad } from "../lib/tape.ts";
import { Tensor } from "../lib/tensor.ts";
import { inputsOf, isDifferentiable, leavesOf } from "./cases/draw.ts";
import { type Op, table } from "./cases/table.ts";
import { assertCloseTo } from "./close.ts";
import { rowsOf, stampOf } from "./goldens/dump.ts";

type Written = number | "nan" | "inf" | "-inf";

interface Golden {
  readonly stamp: string;
  readonly y: readonly { readonly shape: number[]; readonly values: readonly Written[] }[];
  readonly g: readonly (readonly Written[] | null)[];
}

const goldens: { torch: string; methods: string[]; cases: Record<string, Golden> } = JSON.parse(
  await Deno.readTextFile(new URL("goldens/goldens.json", import.meta.url)),
);

function read(values: readonly Written[]): Float64Array {
  return Float64Array.from(
    values,
    (v) => v === "nan" ? NaN : v === "inf" ? Infinity : v === "-inf" ? -Infinity : v,
  );
}

/** The tolerance for a result: what float32 holds, or what another order of summation leaves of float64. */
function toleranceOf(y: Tensor): number {
  return y.dtype === "float32" ? 2e-6 : 1e-12;
}

function check(op: Op): void {
  for (const { c, row } of rowsOf(op).slice(0, tiny ? 2 : undefined)) {
    const golden = goldens.cases[`${row.op} ${row.title}`], label = `${op.name} ${row.title}`;
    assert(golden?.stamp === stampOf(row), `goldens of ${label} are stale: run deno task goldens`);
    const differentiable = op.gradient !== "none" && isDifferentiable(c);
    const x = differentiable ? leavesOf(c) : inputsOf(c), y = op.run(x, c);
    assertEquals(y.length, golden.y.length, `${label}: number of outputs`);
    y.forEach((t, k) => {
      const { shape, values } = golden.y[k];
      assertCloseTo(t, shape, read(values), `${label} output ${k}`, toleranceOf(t));
    });
    if (!differentiable) continue;
    const recorded = y.filter((t) => t.requiresGrad), leaves = x.filter((t) => t.requiresGrad);
    if (recorded.length === 0) continue;
    const weights = recorded.map((t) => {
      return tensor(Float64Array.from({ length: t.numel() }, (_, i) => i + 1), {
        shape: t.shape,
        dtype: t.dtype,
      });
    });
    grad(recorded, leaves, { gradOutputs: weights, allowUnused: true }).forEach((g, k) => {
      const expected = golden.g[k] && read(golden.g[k]);
      if (g === null) {
        assert(!expected || expected.every((v) => v === 0), `${label}: gradient ${k} is missing`);
      } else if (expected) {
        assertCloseTo(g, leaves[k].shape, expected, `${label} gradient ${k}`, toleranceOf(recorded[0]));
      }
    });
  }
}

for (const op of table) {
  if (op.torch !== null) Deno.test(`${op.name}() agrees with PyTorch ${goldens.torch}`, () => check(op));
}

Deno.test("what is a method in PyTorch is a method here", () => {
  assertEquals(goldens.methods.filter((name) => !(name in Tensor.prototype)), []);
});
