/** Every op on every case of its table: values, gradients of both orders, broadcasting, layouts, engines, errors. */
import { engine, partial, tiny } from "./setup.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { setBackend } from "../lib/backend.ts";
import { gradcheck, gradgradcheck } from "../lib/gradcheck.ts";
import { type OpDefinition, registry } from "../lib/op.ts";
import { Pointwise } from "../lib/pointwise.ts";
import { noGrad } from "../lib/grad_mode.ts";
import { grad } from "../lib/backward.ts";
import type { Tensor } from "../lib/tensor.ts";
import type { Case } from "./cases/case.ts";
import { drawn, draws, inputsOf, isDifferentiable, leaves, leavesOf, title } from "./cases/draw.ts";
import { expanded, layouts } from "./cases/layouts.ts";
import { type Op, table, tensorsOf } from "./cases/table.ts";
import { assertClose } from "./close.ts";

/** A thousandth of PyTorch's tolerance: a gradient 0.1 % wrong must not pass. */
const strict = { rtol: 1e-6, atol: 1e-7 };

/** The cases whose gradients can be held against differences. */
function smooth(op: Op): Case[] {
  if (op.gradient === "none") return [];
  return few(op.cases.filter((c) => !c.kinks && isDifferentiable(c)));
}

function few<T>(list: readonly T[]): T[] {
  return tiny ? list.slice(0, 1) : [...list];
}

/** One test of an op that goes through `cases`, naming the one that fails. */
function each(op: Op, criterion: string, cases: readonly Case[], body: (c: Case) => void): void {
  if (cases.length === 0) return;
  Deno.test(`${op.name}() ${criterion}`, () => {
    for (const c of cases) {
      try {
        body(c);
      } catch (error) {
        if (error instanceof Error) error.message = `${op.name} ${title(c)}: ${error.message}`;
        throw error;
      }
    }
  });
}

/** The float outputs that take gradients, and random weights for them. */
function weighted(y: readonly Tensor[], seed: number): { outputs: Tensor[]; weights: Tensor[] } {
  const outputs = y.filter((t) => t.requiresGrad), random = draws(seed);
  return { outputs, weights: outputs.map((t) => drawn(t.shape, random, 0.5, 1.5).to(t.dtype)) };
}

/** The gradients of the weighted outputs for all leaves among `x`; null where none arrives. */
function gradients(op: Op, x: readonly Tensor[], c: Case): (Tensor | null)[] {
  const { outputs, weights } = weighted(op.run(x, c), 11);
  if (outputs.length === 0) return [];
  return grad(outputs, x.filter((t) => t.requiresGrad), { gradOutputs: weights, allowUnused: true });
}

function assertAllClose(
  actual: readonly (Tensor | null)[],
  expected: readonly (Tensor | null)[],
  label: string,
  tolerance?: number,
): void {
  assertEquals(actual.length, expected.length, `${label}: number of tensors`);
  actual.forEach((t, i) => {
    const other = expected[i];
    if (t === null || other === null) assert(t === other, `${label} ${i}: only one of them is null`);
    else assertClose(t, other, `${label} ${i}`, tolerance);
  });
}

for (const op of table) {
  const cases = few(op.cases), checked = smooth(op);

  each(op, "is recorded if it takes a gradient", cases.filter((c) => !c.kinks), (c) => {
    const x = leavesOf(c), y = op.run(x, c);
    const takes = op.gradient !== "none" && isDifferentiable(c);
    assertEquals(y.some((t) => t.requiresGrad), takes, "some output takes a gradient");
  });

  each(op, "has the gradient that differences have", checked, (c) => {
    gradcheck((...x) => op.run(x, c), leavesOf(c), strict);
  });

  each(op, "has the second derivatives that differences have", checked, (c) => {
    gradgradcheck((...x) => op.run(x, c), leavesOf(c), strict);
  });

  each(op, "has one gradient, whether it is to be differentiated again or not", checked, (c) => {
    const x = leavesOf(c),
      leaf = x.filter((t) => t.requiresGrad),
      { outputs, weights } = weighted(op.run(x, c), 5);
    const of = (createGraph: boolean) =>
      grad(outputs, leaf, { gradOutputs: weights, createGraph, retainGraph: true, allowUnused: true });
    // the plain form of a fused gradient adds in another order
    assertAllClose(of(true), of(false), "gradient", 1e-10);
  });

  each(op, "has a gradient linear in what comes in", checked, (c) => {
    const x = leavesOf(c), leaf = x.filter((t) => t.requiresGrad), y = op.run(x, c);
    const { outputs, weights } = weighted(y, 5), options = { retainGraph: true, allowUnused: true };
    const along = (factor: number) =>
      grad(outputs, leaf, { gradOutputs: weights.map((w) => w.mul(factor)), ...options });
    const one = along(1);
    assertAllClose(along(2), one.map((g) => g?.mul(2) ?? null), "gradient of twice as much");
    assertAllClose(along(0), one.map((g) => g?.zerosLike() ?? null), "gradient of nothing", 0);
  });

  each(op, "accepts every layout", op.layoutMatters ? [] : checked, (c) => {
    const x = inputsOf(c), y = op.run(x, c), g = gradients(op, leavesOf(c), c);
    for (const [name, layout] of Object.entries(layouts)) {
      const z = x.map((t) => layout(t) ?? t);
      assertAllClose(op.run(z, c), y, `${name} output`);
      assertAllClose(gradients(op, leaves(c, z), c), g, `${name} gradient`);
    }
    const repeated = x.map((t) => t.dtype === "float64" ? expanded(t) : null);
    if (repeated.every((r) => r === null)) return;
    const views = x.map((t, i) => repeated[i]?.view ?? t), plain = x.map((t, i) => repeated[i]?.plain ?? t);
    assertAllClose(op.run(views, c), op.run(plain, c), "expanded output");
    assertAllClose(
      gradients(op, leaves(c, views), c),
      gradients(op, leaves(c, plain), c),
      "expanded gradient",
    );
  });

  const plain = op.dtypeIsFixed ? [] : checked.filter((c) => !JSON.stringify(c.args ?? []).includes("dtype"));
  each(op, "gives float32 for float32", plain, (c) => {
    const x = leaves(c, inputsOf(c).map((t) => t.dtype === "float64" ? t.float() : t));
    const narrow = (y: readonly (Tensor | null)[]) => y.map((t) => t?.dtype === "float64" ? t.float() : t);
    // beside single precision, what is left is the rounding of the inputs
    assertAllClose(op.run(x, c), narrow(op.run(inputsOf(c), c)), "output", 2e-5);
    assertAllClose(gradients(op, x, c), narrow(gradients(op, leavesOf(c), c)), "gradient", 1e-4);
  });

  if (!engine) {
    each(op, "gives the same on every engine", cases, (c) => {
      const on = (name: "js" | "wasm") => {
        setBackend(name);
        const x = leavesOf(c);
        return [...op.run(x, c), ...gradients(op, x, c)];
      };
      try {
        assertAllClose(on("js"), on("wasm"), "js, not wasm: tensor", 1e-14);
      } finally {
        setBackend("auto");
      }
    });
  }

  if (op.broadcasts ?? registry.get(op.name) instanceof Pointwise) {
    each(op, "broadcasts as if expanded", checked.filter((c) => c.of.length > 1), (c) => {
      const x = inputsOf(c), [y] = op.run(x, c);
      assertAllClose(op.run(x.map((t) => t.expand(y.shape)), c), [y], "output", 0);
    });
  }

  for (const [law, sides] of Object.entries(op.laws ?? {})) {
    each(op, `obeys: ${law}`, checked.length ? checked : cases, (c) => {
      for (let seed = 0; seed < (tiny ? 2 : 20); seed++) {
        const x = inputsOf(c, seed), [left, right] = sides(x, op.run(x, c), (c.args ?? []) as never[]);
        assertClose(left, right, `seed ${seed}`, 1e-9); // laws hold up to the rounding of a few operations
      }
    });
  }

  op.errors?.forEach(([call, says], i) =>
    Deno.test(`${op.name}() refuses, ${i}: ${says}`, () => {
      assert(says.startsWith("Cannot "), "errors begin with Cannot");
      assertThrows(call, Error, says);
    })
  );
}

Deno.test("fused ops compute what their meaning says", { ignore: partial }, () => {
  const fused = [...registry.values()].filter((d) => "meaning" in d && d.meaning) as OpDefinition<unknown>[];
  const met = new Set<string>();
  const forwards = fused.map((definition) => {
    const { name, forward, meaning } = definition;
    const checkedForward: typeof forward = (inputs, params) => {
      const y = forward(inputs, params);
      met.add(name);
      const expected = tensorsOf(noGrad(() => meaning!(inputs, params)));
      // the plain form may overflow where the fused one does not
      if (expected.every((t) => t.toTypedArray().every(Number.isFinite))) {
        assertAllClose(tensorsOf(y), expected, name, 1e-11);
      }
      return y;
    };
    Object.assign(definition, { forward: checkedForward });
    return forward;
  });
  try {
    for (const op of table) {
      for (const c of op.cases.filter((c) => !c.kinks)) gradients(op, leavesOf(c), c); // some are fused backwards
    }
  } finally {
    fused.forEach((definition, i) => Object.assign(definition, { forward: forwards[i] }));
  }
  assertEquals(fused.map((d) => d.name).filter((name) => !met.has(name)), [], "fused ops without a case");
});

Deno.test("the lists of ops export what the files of ops/ export", async () => {
  const lists = ["mod.ts", "functional.ts", "nn.ts", "linalg.ts", "special.ts", "fft.ts"],
    all = new Set<unknown>();
  for (const list of lists) for (const op of Object.values(await import(`../ops/${list}`))) all.add(op);
  for (const { name } of Deno.readDirSync(new URL("../ops/", import.meta.url))) {
    if (lists.includes(name)) continue;
    const module = await import(`../ops/${name}`);
    const missing = Object.keys(module).filter((key) => !all.has(module[key]));
    assertEquals(missing, [], `exports of ops/${name} that no list has`);
  }
});
