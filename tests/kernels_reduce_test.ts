/**
 * Reductions and fused row kernels: WASM equals the plain loop; sums are exact, NaN and first extremes are found.
 */
import { assert, assertEquals } from "@std/assert";
import { itemSize, type TypedArray, viewArray } from "../lib/dtype.ts";
import { express, Graph } from "../lib/formula.ts";
import type { Combine, ReduceSpec, RowsSpec } from "../lib/kernel.ts";
import { reduceLoop, rowsLoop } from "../lib/loops.ts";
import { reduceModule } from "../lib/wasm/reduce.ts";
import { rowsModule } from "../lib/wasm/rows.ts";
import { END, GUARD, instantiate, memory, numbersFor, place, type Placed, same } from "./kernel_memory.ts";

/** Runs a reduction by WASM and by the loop; both results as plain arrays. */
function reduceBoth(
  spec: ReduceSpec,
  rows: number,
  n: number,
  values: readonly (Placed | number)[],
): TypedArray[] {
  const count = spec.along === "row" ? rows : n, size = itemSize[spec.output];
  const views = values.map((x) => typeof x === "number" ? x : x.view);
  const out = viewArray(spec.output, memory.buffer, 1024, count + 2);
  new Uint8Array(out.buffer, 1024, out.byteLength).fill(GUARD);
  const guard = out[0], copy = out.slice(), view = { array: copy, offset: 1, row: 1, col: 1 };
  const bytes = values.flatMap((x) => typeof x === "number" ? [x] : x.bytes);
  instantiate(reduceModule(spec, true))(rows, n, 1024 + size, size, ...bytes);
  reduceLoop(spec)(rows, n, view, views);
  for (const y of [out, copy]) {
    assert(Object.is(y[0], guard) && Object.is(y[count + 1], guard), "guard written");
  }
  return [out.slice(1, -1), copy.slice(1, -1)];
}

const combines: readonly Combine[] = ["sum", "prod", "max", "min", "argmax", "argmin"];
const shapes = [[0, 5], [1, 0], [1, 1], [3, 5], [1, 31], [2, 32], [9, 33], [17, 70], [3, 300]];

for (const compute of ["float32", "float64", "int32"] as const) {
  Deno.test(`reductions of ${compute}: WASM = loop`, () => {
    const root = express((k, x) => k.sub(x, k.constant(1)), 1), isFloat = compute !== "int32";
    for (const combine of combines) {
      const output = combine.startsWith("arg") ? "int32" : compute;
      const ulps = !isFloat ? 0 : combine === "prod" ? 64 : combine === "sum" ? 1 : 0;
      for (const along of ["row", "column"] as const) {
        for (const dtype of isFloat ? [compute] : [compute, "uint8" as const]) {
          const inputs = [{ dtype, mode: "vector" }] as const;
          const spec: ReduceSpec = { root, combine, along, compute, inputs, output };
          for (const [rows, n] of shapes) {
            const x = place(inputs[0], rows, n, END),
              next = numbersFor("uint8", rows * n + 1),
              { array } = x.view;
            const size = combine === "prod" && isFloat ? 1 / 4096 : 1 / 8; // a product of up to 300 stays finite
            for (let i = 0; i < array.length; i++) array[i] = 2 + next() * size;
            const [wasm, loop] = reduceBoth(spec, rows, n, [x]);
            same(wasm, loop, ulps, () => `${JSON.stringify(spec)} ${rows} x ${n}`);
          }
        }
      }
    }
  });
}

Deno.test("max, min, argmax and argmin find NaN and the first of equals, wherever they stand", () => {
  for (const compute of ["float32", "float64"] as const) {
    for (const combine of ["max", "min", "argmax", "argmin"] as const) {
      const isArg = combine.startsWith("arg");
      const root = express((_k, x) => x, 1), inputs = [{ dtype: compute, mode: "vector" }] as const;
      const output = isArg ? "int32" : compute;
      const spec: ReduceSpec = { root, combine, along: "row", compute, inputs, output };
      const n = 71, x = place(spec.inputs[0], 1, n, END);
      for (const at of [0, 1, 5, 31, 32, 63, 67, 70]) {
        x.view.array.fill(3);
        x.view.array[at] = x.view.array[n - 1] = combine.endsWith("max") ? 4 : 2;
        let [wasm, loop] = reduceBoth(spec, 1, n, [x]);
        assertEquals([wasm[0], loop[0]], isArg ? [at, at] : [x.view.array[at], x.view.array[at]]);
        x.view.array[at] = NaN;
        [wasm, loop] = reduceBoth(spec, 1, n, [x]);
        assertEquals([wasm[0], loop[0]], isArg ? [at, at] : [NaN, NaN]);
      }
      x.view.array.fill(combine.endsWith("max") ? -Infinity : Infinity);
      const [wasm, loop] = reduceBoth(spec, 1, n, [x]);
      assertEquals([wasm[0], loop[0]], isArg ? [0, 0] : [x.view.array[0], x.view.array[0]]);
    }
  }
});

Deno.test("sums are exact to the last digit at any length", () => {
  const root = express((_k, a) => a, 1), tenth = Math.fround(0.1);
  for (const compute of ["float32", "float64"] as const) {
    const splat = { dtype: compute, mode: "splat" } as const,
      vector = { dtype: compute, mode: "vector" } as const;
    const sum = { root, combine: "sum", compute, output: compute } as const, count = 1e7;

    const one = place(splat, 1, 1, END);
    one.view.array.fill(tenth);
    const [[byRow], [rowLoop]] = reduceBoth({ ...sum, along: "row", inputs: [splat] }, 1, count, [one]);
    const expected = compute === "float32" ? 1e6 : tenth * count;
    assertEquals([byRow, rowLoop], [expected, expected]);

    const five = place(vector, 1, 5, END); // rows of five, all at the same place
    five.view.array.fill(tenth);
    const rows: Placed = {
      ...five,
      view: { ...five.view, row: 0 },
      bytes: [five.start, 0, itemSize[compute]],
    };
    const [byColumn] = reduceBoth({ ...sum, along: "column", inputs: [vector] }, count / 10, 5, [rows]);
    assert(byColumn.every((y) => y === (compute === "float32" ? 1e5 : tenth * count / 10)));

    const many = place(vector, 1, 100, END);
    many.view.array.fill(1);
    many.view.array[50] = Infinity;
    const infinite = reduceBoth({ ...sum, along: "row", inputs: [vector] }, 1, 100, [many]);
    assertEquals(infinite.map((y) => y[0]), [Infinity, Infinity]);
  }
});

Deno.test("reductions take formulas of several inputs", () => {
  const root = express((k, x, mean, scale) => k.exp(k.mul(k.sub(x, mean), scale)), 3);
  for (const compute of ["float32", "float64"] as const) {
    for (const along of ["row", "column"] as const) {
      for (const from of ["float32", "int32", "bool"] as const) {
        const inputs = [
          { dtype: from, mode: "vector" },
          { dtype: compute, mode: "splat" },
          { dtype: compute, mode: "number" },
        ] as const;
        const x = place(inputs[0], 5, 43, END), mean = place(inputs[1], 5, 43, x.start - 8);
        for (let i = 0; i < x.view.array.length; i++) x.view.array[i] = i % 3;
        for (let i = 0; i < mean.view.array.length; i++) mean.view.array[i] = i / 2;
        const spec: ReduceSpec = { root, combine: "sum", along, compute, inputs, output: compute };
        const [wasm, loop] = reduceBoth(spec, 5, 43, [x, mean, 0.5]);
        same(wasm, loop, 4, () => JSON.stringify(spec));
      }
    }
  }
});

/** Softmax along rows: max; exp(x − max) and its sum; the quotient. */
function softmaxSpec(compute: "float32" | "float64"): RowsSpec {
  const graph = new Graph(), k = graph.algebra, x = graph.input(0), step = (j: number) => graph.input(1 + j);
  return {
    compute,
    inputs: [{ dtype: compute, mode: "vector" }],
    outputs: ["row"],
    steps: [
      { kind: "reduce", combine: "max", root: x },
      { kind: "map", root: k.exp(k.sub(x, step(0))), output: 0 },
      { kind: "reduce", combine: "sum", root: step(1) },
      { kind: "map", root: k.div(step(1), step(2)), output: 0 },
    ],
  };
}

/** Layer norm: x, γ and β as rows, a scale for each row, and two numbers; also gives mean and 1/deviation. */
function normSpec(compute: "float32" | "float64"): RowsSpec {
  const graph = new Graph(), k = graph.algebra, step = (j: number) => graph.input(6 + j);
  const [x, gamma, beta, scale, inverse, epsilon] = [0, 1, 2, 3, 4, 5].map((i) => graph.input(i));
  const modes = ["vector", "vector", "vector", "splat", "number", "number"] as const;
  const centred = k.sub(x, step(1)), variance = k.add(k.mul(step(2), inverse), epsilon);
  return {
    compute,
    inputs: modes.map((mode) => ({ dtype: compute, mode })),
    outputs: ["row", "one", "one", "one"],
    steps: [
      { kind: "reduce", combine: "sum", root: x },
      { kind: "one", root: k.mul(step(0), inverse), output: 1 },
      { kind: "reduce", combine: "sum", root: k.mul(centred, centred) },
      { kind: "reduce", combine: "min", root: x, output: 3 },
      { kind: "one", root: k.div(k.constant(1), k.sqrt(variance)), output: 2 },
      { kind: "map", root: k.mul(scale, k.add(k.mul(k.mul(centred, step(4)), gamma), beta)), output: 0 },
    ],
  };
}

Deno.test("fused rows: WASM = loop", () => {
  for (const compute of ["float32", "float64"] as const) {
    for (const spec of [softmaxSpec(compute), normSpec(compute)]) {
      const run = instantiate(rowsModule(spec, true)), loop = rowsLoop(spec);
      for (const [rows, n] of [[0, 4], [1, 1], [3, 3], [1, 4], [2, 5], [3, 31], [2, 33], [3, 64], [2, 300]]) {
        let end = END;
        const values = spec.inputs.map((x, i) => {
          if (x.mode === "number") return i === 4 ? 1 / n : 1e-5;
          const placed = place(x, i === 1 || i === 2 ? 1 : rows, n, end), { array } = placed.view;
          for (let j = 0; j < array.length; j++) array[j] = Math.sin(j + i) * 3;
          end = placed.start - 5;
          return i === 1 || i === 2
            ? { ...placed, view: { ...placed.view, row: 0 }, bytes: [placed.start, 0, 0] as const }
            : placed;
        });
        const outputs = spec.outputs.map((kind) => {
          const mode = kind === "row" ? "vector" : "splat";
          const placed = place({ dtype: compute, mode }, rows, n, end - 16);
          new Uint8Array(memory.buffer, placed.start - 16, end - placed.start + 16).fill(GUARD);
          end = placed.start - 16;
          return placed;
        });
        const guarded = new Uint8Array(memory.buffer, end).slice();
        run(
          rows,
          n,
          ...outputs.flatMap((x) => x.bytes.slice(0, 2)),
          ...values.flatMap((x) => typeof x === "number" ? [x] : x.bytes.slice(0, 2)),
        );
        const results = outputs.map((x) => x.view.array.slice());
        const after = new Uint8Array(memory.buffer, end).slice();
        for (const { start, view } of outputs) {
          const bytes = new Uint8Array(view.array.buffer, start, view.array.byteLength);
          after.set(guarded.subarray(start - end, start - end + bytes.length), start - end);
        }
        assert(after.every((byte, i) => byte === guarded[i]), "written outside the outputs");
        new Uint8Array(memory.buffer, end).set(guarded);
        loop(rows, n, outputs.map((x) => x.view), values.map((x) => typeof x === "number" ? x : x.view));
        const what = (j: number) => () =>
          `output ${j} of ${JSON.stringify(spec.outputs)} ${rows} x ${n} ${compute}`;
        // a map's relative error grows where its terms cancel
        results.forEach((y, j) => same(y, outputs[j].view.array, 64, what(j)));
      }
    }
  }
});
