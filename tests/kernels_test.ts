/**
 * Pointwise kernels: WASM equals the plain loop equals the numbers, for words and conversions, at the sizes where
 * vectors begin and end; nothing outside the operands is read or written.
 */
import { assert, assertEquals } from "@std/assert";
import type { DType } from "../lib/dtype.ts";
import { type Algebra, express, type Formula, interpret, numbers } from "../lib/formula.ts";
import type { ComputeType, Mode, Operand, PointwiseSpec } from "../lib/kernel.ts";
import { pointwiseLoop } from "../lib/loops.ts";
import { pointwiseModule } from "../lib/wasm/pointwise.ts";
import { END, GUARD, instantiate, memory, numbersFor, place, same } from "./kernel_memory.ts";

/** The words on numbers, each result rounded to the compute type. */
function rounded(compute: ComputeType): Algebra<number> {
  const round = { float32: Math.fround, float64: (x: number) => x, int32: (x: number) => x | 0 }[compute];
  const algebra = Object.fromEntries(
    Object.entries(numbers).map(([word, f]) => [word, (...x: [number, number]) => round(f(...x))]),
  ) as unknown as Algebra<number>; // the words of `numbers`
  return compute === "int32" ? { ...algebra, mul: Math.imul } : algebra;
}

const saturate = (x: number) =>
  Number.isNaN(x) ? 0 : Math.trunc(Math.min(Math.max(x, -(2 ** 31)), 2 ** 31 - 1));

const sizes = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 255, 257, 1000];

function checkPointwise(formula: Formula, spec: Omit<PointwiseSpec, "root">, ulps = 0, shapes = sizes): void {
  const { compute, inputs, output } = spec, full = { ...spec, root: express(formula, inputs.length) };
  const run = instantiate(pointwiseModule(full, true)), loop = pointwiseLoop(full);
  const algebra = rounded(compute);
  const take = { float32: Math.fround, float64: (x: number) => x, int32: saturate }[compute];
  const whole = new Uint8Array(memory.buffer);
  for (const rows of [0, 1, 3]) {
    for (const n of shapes) {
      if (rows !== 1 && n > 40) continue;
      let end = END;
      const values = inputs.map((x, i) => {
        if (x.mode === "number") return [2.5, -3, 0.1][i];
        const placed = place(x, rows, n, end), { array } = placed.view;
        const next = numbersFor(x.dtype, 7 * i + n + 1);
        for (let j = 0; j < array.length; j++) array[j] = next();
        end = placed.start - 5;
        return placed;
      });
      const out = place(output, rows, n, end - 64), bytes = out.view.array.byteLength;
      whole.fill(GUARD, out.start - 64, end);
      const views = values.map((x) => typeof x === "number" ? x : x.view);
      run(rows, n, ...out.bytes, ...values.flatMap((x) => typeof x === "number" ? [x] : x.bytes));
      const copy = { ...out.view, array: out.view.array.slice() };
      new Uint8Array(copy.array.buffer).fill(GUARD);
      loop(rows, n, copy, views);
      const what = () => `${formula} ${JSON.stringify(spec)} ${rows} x ${n}`;
      for (let i = out.start - 64; i < end; i++) {
        if (i === out.start) i += bytes;
        if (whole[i] !== GUARD && i < end) throw new Error(`${what()}: byte ${i - out.start} was written`);
      }
      same(out.view.array, copy.array, ulps, () => `WASM, not loop: ${what()}`);
      const expected = out.view.array.slice();
      new Uint8Array(expected.buffer).fill(GUARD);
      for (let r = 0; r < rows; r++) {
        for (let i = 0; i < n; i++) {
          const x = views.map((v) => typeof v === "number" ? v : v.array[v.offset + r * v.row + i * v.col]);
          const y = interpret(full.root, algebra, x.map(take));
          const index = r * out.view.row + i * out.view.col;
          const { dtype } = output;
          expected[index] = dtype === "bool" ? (y === 0 ? 0 : 1) : dtype.startsWith("f") ? y : saturate(y);
        }
      }
      same(copy.array, expected, ulps, () => `loop, not numbers: ${what()}`);
    }
  }
}

const exact: readonly Formula[] = [
  (k, a, b) => k.add(a, b),
  (k, a, b) => k.sub(k.mul(a, b), k.constant(2)),
  (k, a, b) => k.select(k.lt(a, b), k.max(a, b), k.neg(k.min(a, b))),
  (k, a, b) => k.number(k.or(k.eq(a, b), k.and(k.le(a, b), k.not(k.truth(a))))),
  (k, a) => k.abs(a),
];
const exactFloats: readonly Formula[] = [
  (k, a, b) => k.div(a, k.sqrt(k.abs(b))),
  (k, a, b) => k.add(k.floor(a), k.mul(k.ceil(b), k.sub(k.trunc(a), k.round(b)))),
];
const float32: DType = "float32";

for (const compute of ["float32", "float64", "int32"] as const) {
  Deno.test(`pointwise ${compute}: WASM = loop = numbers, bit for bit`, () => {
    const at = (mode: Mode): Operand => ({ dtype: compute, mode });
    const output = { dtype: compute, mode: "vector" } as const, few = [0, 1, 5, 17];
    for (const formula of compute === "int32" ? exact : [...exact, ...exactFloats]) {
      checkPointwise(formula, { compute, inputs: [at("vector"), at("vector")], output });
    }
    for (const a of ["vector", "splat", "stride", "number"] as const) {
      for (const b of ["vector", "splat", "stride", "number"] as const) {
        checkPointwise(exact[1], { compute, inputs: [at(a), at(b)], output }, 0, few);
      }
      const strided = { dtype: compute, mode: "stride" } as const;
      checkPointwise(exact[1], { compute, inputs: [at(a), at("vector")], output: strided }, 0, few);
    }
  });
}

Deno.test("pointwise converts what it reads and writes", () => {
  const computes: Record<ComputeType, readonly DType[]> = {
    float32: ["float32", "int32", "uint8", "bool", "float64"],
    float64: ["float64", "float32", "int32", "uint8", "bool"],
    int32: ["int32", "uint8", "bool", "float32", "float64"],
  };
  const few = [1, 3, 4, 5, 16, 19];
  for (const [compute, dtypes] of Object.entries(computes) as [ComputeType, readonly DType[]][]) {
    const vector = (dtype: DType) => ({ dtype, mode: "vector" } as const);
    for (const from of dtypes) {
      for (const to of dtypes) {
        if (to === "float64" && compute !== "float64") continue;
        const inputs = [vector(from), vector(from)], output = vector(to);
        checkPointwise((k, a, b) => k.add(a, b), { compute, inputs, output }, 0, few);
        if (to === "bool") {
          checkPointwise((k, a, b) => k.number(k.lt(a, b)), { compute, inputs, output }, 0, few);
        }
      }
      for (const mode of ["splat", "stride"] as const) {
        const inputs = [{ dtype: from, mode }, vector(compute)], output = vector(compute);
        checkPointwise((k, a, b) => k.add(a, b), { compute, inputs, output }, 0, few);
      }
      if (from === "float64" && compute !== "float64") continue;
      const output = { dtype: from, mode: "stride" } as const;
      checkPointwise((k, a) => k.add(a, a), { compute, inputs: [vector(compute)], output }, 0, few);
    }
  }
});

Deno.test("pointwise transcendental words: WASM within 4 ulp of the loop", () => {
  const formulas: readonly Formula[] = [
    (k, a) => k.div(a, k.add(k.constant(1), k.exp(k.neg(a)))),
    (k, a, b) => k.mul(k.tanh(a), k.log(k.abs(b))),
    (k, a) => k.add(k.sin(a), k.constant(2)),
  ];
  for (const compute of ["float32", "float64"] as const) {
    const inputs = [{ dtype: compute, mode: "vector" as const }, { dtype: compute, mode: "vector" as const }];
    for (const formula of formulas) {
      checkPointwise(formula, { compute, inputs, output: inputs[0] }, 4, [1, 4, 7, 33]);
    }
  }
});

Deno.test("pointwise output may be an input", () => {
  for (const n of [1, 4, 15, 16, 17, 40]) {
    const a = new Float32Array(memory.buffer, 64, n), b = new Float32Array(memory.buffer, 4096, n);
    for (let i = 0; i < n; i++) b[i] = (a[i] = i + 0.5) * 3;
    const output = { dtype: float32, mode: "vector" } as const;
    const root = express((k, x, y) => k.sub(k.mul(x, y), x), 2);
    const spec: PointwiseSpec = { root, compute: "float32", inputs: [output, output], output };
    const run = instantiate(pointwiseModule(spec, true));
    run(1, n, 64, 0, 4, 64, 0, 4, 4096, 0, 4);
    assertEquals([...a], [...b].map((y, i) => Math.fround(Math.fround((i + 0.5) * y) - (i + 0.5))));
  }
});

Deno.test("pointwise of transposed operands, in blocks of columns", () => {
  const at = <M extends Mode>(mode: M) => ({ dtype: float32, mode }), output = at("vector");
  const root = express((k, x, y, c) => k.add(k.mul(x, y), c), 3);
  const inputs = [at("stride"), at("number"), output];
  const spec: PointwiseSpec = { root, compute: "float32", inputs, output };
  const run = instantiate(pointwiseModule(spec, true));
  for (const [rows, n] of [[1, 20], [2, 7], [3, 8], [5, 9], [20, 33]]) {
    const bytes = 4 * rows * n, x = new Float32Array(memory.buffer, END - bytes, rows * n);
    const c = new Float32Array(memory.buffer, 8192, rows * n);
    const y = new Float32Array(memory.buffer, 65536, rows * n + 1);
    for (let i = 0; i < x.length; i++) c[i] = 100 * (x[i] = i);
    y[rows * n] = 7;
    run(rows, n, 65536, 4 * n, 4, END - bytes, 4, 4 * rows, 0.5, 8192, 4 * n, 4);
    const expected = Array.from({ length: rows * n }, (_, i) => x[i % n * rows + (i / n | 0)] * 0.5 + c[i]);
    assertEquals([...y], [...expected, 7]);
  }
});

Deno.test("kernels reach the upper half of a 4 GiB memory", () => {
  const high = new WebAssembly.Memory({ initial: 32770, maximum: 65536, shared: true }), at = 2 ** 31;
  const operand = { dtype: float32, mode: "vector" } as const, root = express((k, x) => k.neg(x), 1);
  const spec: PointwiseSpec = { root, compute: "float32", inputs: [operand], output: operand };
  const run = instantiate(pointwiseModule(spec, true), high);
  const x = new Float32Array(high.buffer, at - 32, 16).fill(1);
  run(1, 16, at - 32, 0, 4, at - 32, 0, 4);
  assert(x.every((v) => v === -1));
});
