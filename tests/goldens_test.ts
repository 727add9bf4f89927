/** Values and gradients of every case against what PyTorch says in float64 (goldens/goldens.json). */
import { partial, tiny } from "./setup.ts";
import { assert, assertEquals } from "@std/assert";
import { ones, tensor } from "../mod.ts";
import type { DType } from "../lib/dtype.ts";
import { grad } from "../lib/backward.ts";
import { Tensor } from "../lib/tensor.ts";
import { inputsOf, isDifferentiable, leavesOf } from "./cases/draw.ts";
import { type Op, table } from "./cases/table.ts";
import { assertCloseTo } from "./close.ts";
import { rowsOf, stampOf } from "./goldens/dump.ts";

type Written = number | "nan" | "inf" | "-inf";

interface Golden {
  readonly stamp: string;
  readonly y: readonly {
    readonly shape: number[];
    readonly dtype: string;
    readonly values: readonly Written[];
  }[];
  readonly g: readonly (readonly Written[] | null)[];
}

/** PyTorch's answers for one family of ops. */
interface Goldens {
  readonly torch: string;
  /** Our names of what PyTorch has as methods. */
  readonly methods: readonly string[];
  readonly cases: Readonly<Record<string, Golden>>;
}

const folder = new URL("goldens/", import.meta.url);
const families = new Map<string, Goldens>();
for (const family of new Set(table.filter((op) => op.torch !== null).map((op) => op.family))) {
  const text = await Deno.readTextFile(new URL(`${family}.json`, folder)).catch(() => null);
  families.set(family, text === null ? { torch: "", methods: [], cases: {} } : JSON.parse(text));
}

function read(values: readonly Written[]): Float64Array {
  return Float64Array.from(
    values,
    (v) => v === "nan" ? NaN : v === "inf" ? Infinity : v === "-inf" ? -Infinity : v,
  );
}

/** The tolerance for a result: what float32 holds, or what another order of summation leaves of float64. */
function toleranceOf(op: Op, y: Tensor): number {
  return op.tolerance ?? (y.dtype === "float32" ? 2e-6 : 1e-12);
}

/** Puts our numbers where PyTorch's do not count: at exceptions, and at NaN, where gradients mean nothing. */
function forgiving(op: Op, theirs: Float64Array, ours: Tensor, x: Tensor | undefined): Float64Array {
  if (!x || x.numel() !== theirs.length) return theirs;
  const inputs = x.toTypedArray(), got = ours.toTypedArray();
  const counts = (v: number, i: number) =>
    !op.except?.some(([at]) => Object.is(at, v)) && !(Number.isNaN(v) && Number.isNaN(got[i]));
  return theirs.map((v, i) => counts(inputs[i], i) ? v : got[i]);
}

function check(op: Op): void {
  for (const { c, row } of rowsOf(op).slice(0, tiny ? 2 : undefined)) {
    const golden = families.get(op.family)!.cases[`${row.op} ${row.title}`],
      label = `${op.name} ${row.title}`;
    assert(
      golden?.stamp === stampOf(row),
      `goldens of ${label} are stale: run deno task goldens ${op.family}`,
    );
    const differentiable = op.gradient !== "none" && isDifferentiable(c);
    const x = differentiable ? leavesOf(c) : inputsOf(c), y = op.run(x, c);
    assertEquals(y.length, golden.y.length, `${label}: number of outputs`);
    y.forEach((t, k) => {
      const { shape, dtype, values } = golden.y[k], expected = forgiving(op, read(values), t, x[0]);
      assertEquals(t.dtype, dtype, `${label}: dtype of output ${k}`);
      assertCloseTo(t, shape, expected, `${label} output ${k}`, toleranceOf(op, t));
    });
    if (differentiable) checkGradients(op, label, x.filter((t) => t.requiresGrad), y, golden);
  }
}

function checkGradients(
  op: Op,
  label: string,
  x: readonly Tensor[],
  y: readonly Tensor[],
  golden: Golden,
): void {
  const recorded = y.filter((t) => t.requiresGrad);
  if (recorded.length === 0) return;
  const gradOutputs = recorded.map((t) => {
    return tensor(Float64Array.from({ length: t.numel() }, (_, i) => i + 1), {
      shape: t.shape,
      dtype: t.dtype,
    });
  });
  grad(recorded, x, { gradOutputs, allowUnused: true }).forEach((g, k) => {
    const theirs = golden.g[k] && read(golden.g[k]);
    if (g === null) assert(!theirs || theirs.every((v) => v === 0), `${label}: gradient ${k} is missing`);
    else if (theirs) {
      const expected = forgiving(op, theirs, g, x[k]);
      assertCloseTo(g, x[k].shape, expected, `${label} gradient ${k}`, toleranceOf(op, recorded[0]));
    }
  });
}

for (const op of table) {
  if (op.torch !== null) Deno.test(`${op.name}() agrees with PyTorch`, () => check(op));
}

Deno.test("what is a method in PyTorch is a method here", () => {
  const methods = [...families.values()].flatMap((goldens) => goldens.methods);
  assertEquals(methods.filter((name) => !(name in Tensor.prototype)), []);
});

/** By operation and operands, for example "add | float32 1 | int32 0", the dtype of the result. */
const promotions: Readonly<Record<string, string>> = JSON.parse(
  await Deno.readTextFile(new URL("promotions.json", folder)),
);

Deno.test("operands of all dtypes, with dimensions, 0-d or numbers, promote as in PyTorch", {
  ignore: partial,
}, () => {
  const make = (kind: string) => {
    const [dtype, rank] = kind.split(" ");
    return rank === undefined ? Number(dtype) : ones(rank === "1" ? [2] : [], { dtype: dtype as DType });
  };
  for (const [key, dtype] of Object.entries(promotions)) {
    const [name, a, b] = key.split(" | "), op = table.find((op) => op.name === name)!;
    assertEquals((op.f(make(a), make(b)) as Tensor).dtype, dtype, key);
  }
});
