/**
 * The vectorised mathematics of lib/wasm/math.ts against better references, with and without fused multiply-add.
 *
 * Errors are counted in ulp: units in the last place of the exact result. data/math.json has, for each function,
 * arguments, the float64 nearest to the exact result and what that lacks in ulp, from mpmath with 1,400 bits: for
 * arguments of all magnitudes, near multiples of π/2, and where formulas change.
 */
import { assert } from "@std/assert";
import { arity, numbers, type Word, words } from "../lib/formula.ts";
import { erf } from "../lib/special/erf.ts";
import { ModuleBuilder } from "../lib/wasm/assemble.ts";
import { features } from "../lib/wasm/engine.ts";
import { emitLanes, type LaneType } from "../lib/wasm/lanes.ts";
import { laneAlgebra } from "../lib/wasm/math.ts";
import references from "./data/math.json" with { type: "json" };

type Floats = "float32" | "float64";
type Unary = "exp" | "expm1" | "log" | "log1p" | "sin" | "cos" | "tanh" | "erf";

const unary: readonly Unary[] = ["exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "erf"];
const limits = { float32: { unary: 2, pow: 4 }, float64: { unary: 4, pow: 16 } };
const modes = features().fma ? [true, false] : [false];

// Memory for three operands and the result of a kernel.
const COUNT = 1 << 15, BYTES = COUNT * 8, memory = new WebAssembly.Memory({ initial: 4 * BYTES / 65536 });
const arrays = {
  float32: [0, 1, 2, 3].map((i) => new Float32Array(memory.buffer, i * BYTES, COUNT)),
  float64: [0, 1, 2, 3].map((i) => new Float64Array(memory.buffer, i * BYTES, COUNT)),
  int32: [0, 1, 2, 3].map((i) => new Int32Array(memory.buffer, i * BYTES, COUNT)),
};

/** How a word is read as a function of values alone: truths become 1 and 0, and select's condition a number. */
function pointwise(word: Word): (...x: number[]) => number;
function pointwise<V>(word: Word, k: ReturnType<typeof laneAlgebra<V>>): (...x: V[]) => V;
function pointwise<V>(word: Word, k = numbers as unknown as ReturnType<typeof laneAlgebra<V>>) {
  const apply = k[word] as (...x: V[]) => V; // every word takes values of one kind here
  if (["eq", "lt", "le", "truth"].includes(word)) return (...x: V[]) => k.number(apply(...x));
  if (["and", "or", "not"].includes(word)) return (...x: V[]) => k.number(apply(...x.map(k.truth)));
  if (word === "number") return (x: V) => k.number(k.truth(x));
  if (word === "select") return (c: V, a: V, b: V) => k.select(k.truth(c), a, b);
  return apply;
}

/** A function that applies `word` to the first elements of the arrays; results go to the last array. */
function kernel(word: Word, type: LaneType, fma: boolean): (count: number) => void {
  const module = new ModuleBuilder();
  module.add("run", ["i32"], [], (f, bytes) => {
    const lanes = emitLanes(f, type, fma), i = f.local("i32");
    f.while(() => f.get(i).get(bytes).op("i32.lt_u"), () => {
      const x = Array.from({ length: arity[word] }, (_, j) => {
        const vector = f.local("v128");
        f.get(i).op("v128.load", j * BYTES).set(vector);
        return vector;
      });
      const y = pointwise(word, laneAlgebra(lanes))(...x);
      f.get(i).get(y).op("v128.store", 3 * BYTES);
      f.increment(i, 16);
    });
  });
  const compiled = new WebAssembly.Module(module.encode({ shared: false, initial: 1, maximum: 1 }));
  const imports = { env: { memory }, host: module.host };
  const run = new WebAssembly.Instance(compiled, imports).exports.run as (bytes: number) => void;
  return (count) => run(Math.ceil(count * arrays[type][0].BYTES_PER_ELEMENT / 16) * 16);
}

/** The distance of neighbouring numbers at |x|. */
function ulp(x: number, type: Floats): number {
  const [smallest, fraction] = type === "float32" ? [-126, 23] : [-1022, 52], a = Math.abs(x);
  let e = Math.max(smallest, Math.floor(Math.log2(a)));
  if (e > smallest && 2 ** e > a) e--; // log2 may round up
  return 2 ** e * 2 ** -fraction;
}

/** The error of `y` in ulp, when `nearest` + `rest` ulp is exact. */
function error(y: number, nearest: number, rest: number, type: Floats): number {
  if (Object.is(y, nearest)) return Math.abs(rest);
  if (Number.isNaN(y) || Number.isNaN(nearest) || (y === 0 && nearest === 0)) return Infinity;
  const largest = type === "float32" ? 3.4028234663852886e38 : Number.MAX_VALUE;
  const finite = (x: number) => Math.abs(x) > largest ? Math.sign(x) * largest : x;
  return Math.abs((finite(y) - finite(nearest)) / ulp(finite(nearest), type) - rest);
}

/** Fails where an error exceeds `limit`, naming the worst. */
function check(
  title: string,
  count: number,
  type: Floats,
  limit: number,
  exact: (i: number) => readonly number[],
) {
  const [a, b, , y] = arrays[type];
  let worst = -1, at = 0;
  for (let i = 0; i < count; i++) {
    const [nearest, rest] = exact(i), e = error(y[i], nearest, rest, type);
    if (!(e <= worst)) [worst, at] = [e, i];
  }
  const [nearest] = exact(at);
  assert(worst <= limit, `${title}: ${worst} ulp at (${a[at]}, ${b[at]}): ${y[at]} instead of ${nearest}`);
}

/** The exact float32 result as {@link check} takes it, from a float64 one. */
function rounded(exact: number): readonly number[] {
  const nearest = Math.fround(exact);
  return [nearest, Number.isFinite(nearest) ? (exact - nearest) / ulp(nearest, "float32") : 0];
}

for (const fma of modes) {
  const title = (word: Word, type: Floats) => `${word}() in ${type} lanes${fma ? "" : " without fma"}`;

  Deno.test(`${title("exp", "float32")} and its kin are within 2 ulp over all floats`, () => {
    const [x] = arrays.float32, bits = new Uint32Array(memory.buffer, 0, COUNT), stride = 4093;
    for (const word of unary) {
      const run = kernel(word, "float32", fma), reference = numbers[word];
      for (let start = 0; start < 2 ** 32; start += COUNT * stride) {
        const count = Math.min(COUNT, Math.ceil((2 ** 32 - start) / stride));
        for (let i = 0; i < count; i++) bits[i] = start + i * stride;
        run(count);
        check(
          title(word, "float32"),
          count,
          "float32",
          limits.float32.unary,
          (i) => rounded(reference(x[i])),
        );
      }
    }
  });

  Deno.test(`${title("exp", "float32")} and its kin are within 2 ulp where formulas change`, () => {
    const [x] = arrays.float32;
    const edges = [
      0.25,
      0.3466,
      0.7071,
      0.95,
      1,
      1.22,
      1.25,
      1.4142,
      1.5708,
      3.1416,
      9.25,
      88.72,
      103.97,
      6400,
    ];
    for (const word of unary) {
      const run = kernel(word, "float32", fma), reference = numbers[word];
      edges.forEach((edge, j) => {
        for (let i = 0; i < 2000; i++) {
          x[2000 * j + i] = edge * (1 + (i - 1000) * 5e-6) * (i % 2 ? 1 : -1);
        }
      });
      run(2000 * edges.length);
      check(title(word, "float32"), 2000 * edges.length, "float32", 2, (i) => rounded(reference(x[i])));
    }
  });

  Deno.test(`${title("exp", "float64")} and its kin are within 4 ulp of mpmath's values`, () => {
    const [x] = arrays.float64;
    for (const word of unary) {
      const table = references[word], count = table.length / 3;
      for (let i = 0; i < count; i++) x[i] = table[3 * i];
      kernel(word, "float64", fma)(count);
      const limit = limits.float64.unary;
      check(title(word, "float64"), count, "float64", limit, (i) => [table[3 * i + 1], table[3 * i + 2]]);
    }
  });

  Deno.test(`${title("exp", "float64")} and its kin are within 5 ulp of Math's over all floats`, () => {
    const [x] = arrays.float64, bits = new BigUint64Array(memory.buffer, 0, COUNT);
    const stride = 2n ** 64n / BigInt(COUNT) + 12345678901n; // Math's own error is up to 1
    for (const word of unary) {
      for (let i = 0; i < COUNT; i++) bits[i] = BigInt(i) * stride;
      for (let i = 0; i < COUNT; i += 2) x[i] = (i / COUNT - 0.5) * [1500, 20, 2][i / 2 % 3]; // where most happens
      kernel(word, "float64", fma)(COUNT);
      check(title(word, "float64"), COUNT, "float64", 5, (i) => [numbers[word](x[i]), 0]);
    }
  });

  Deno.test(`${title("pow", "float32")} is within 4 ulp`, () => {
    const [a, b] = arrays.float32, bits = new Uint32Array(memory.buffer, 0, COUNT);
    for (let i = 0; i < COUNT; i++) {
      bits[i] = i * 65213 % 0x7f800000; // all positive floats
      if (i % 3 === 0) a[i] = 1 + (i - COUNT / 2) / COUNT * 2 ** -(i % 20);
      b[i] = Math.sin(i) * 150 / Math.max(1e-6, Math.abs(Math.log2(a[i])));
      if (i % 7 === 0) [a[i], b[i]] = [-a[i], Math.round(b[i])];
    }
    kernel("pow", "float32", fma)(COUNT);
    const limit = limits.float32.pow;
    check(title("pow", "float32"), COUNT, "float32", limit, (i) => rounded(numbers.pow(a[i], b[i])));
  });

  Deno.test(`${title("pow", "float64")} is within 16 ulp of mpmath's values`, () => {
    const [a, b] = arrays.float64, table = references.pow, count = table.length / 4;
    for (let i = 0; i < count; i++) [a[i], b[i]] = [table[4 * i], table[4 * i + 1]];
    kernel("pow", "float64", fma)(count);
    const limit = limits.float64.pow;
    check(title("pow", "float64"), count, "float64", limit, (i) => [table[4 * i + 2], table[4 * i + 3]]);
  });
}

const special = [0, 1, 2, 0.5, 3, 2.5, 1e-45, 1e30, Infinity].flatMap((x) => [x, -x]).concat(NaN);

Deno.test("exact words in lanes are those of numbers bit for bit", () => {
  for (const type of ["float32", "float64", "int32"] as const) {
    const values = type === "int32" ? [0, 1, -1, 2, 7, -13, 2 ** 31 - 1, -(2 ** 31)] : special;
    const skipped = type === "int32" ? ["div", "sqrt", "floor", "ceil", "trunc", "round"] : [];
    const [a, b, c, y] = arrays[type];
    for (const word of words.filter((w) => ![...unary, "pow", ...skipped].includes(w))) {
      const reference = pointwise(word), n = values.length;
      for (let i = 0; i < n * n; i++) {
        [a[i], b[i], c[i]] = [values[i % n], values[Math.floor(i / n)], values[i * 5 % n]];
      }
      kernel(word, type, features().fma)(n * n);
      for (let i = 0; i < n * n; i++) {
        let expected = reference(...[a[i], b[i], c[i]].slice(0, arity[word]));
        if (type === "float32") expected = Math.fround(expected);
        if (type === "int32") expected = word === "mul" ? Math.imul(a[i], b[i]) : (expected | 0);
        assert(
          Object.is(y[i], expected),
          `${word}(${a[i]}, ${b[i]}, ${c[i]}) in ${type}: ${y[i]}, not ${expected}`,
        );
      }
    }
  }
});

Deno.test("pow() in lanes follows C at zeros, infinities, NaN and negative bases", () => {
  for (const type of ["float32", "float64"] as const) {
    const [a, b, , y] = arrays[type], n = special.length;
    for (let i = 0; i < n * n; i++) [a[i], b[i]] = [special[i % n], special[Math.floor(i / n)]];
    kernel("pow", type, false)(n * n);
    for (let i = 0; i < n * n; i++) {
      const exact = numbers.pow(a[i], b[i]), expected = type === "float32" ? Math.fround(exact) : exact;
      assert(
        error(y[i], expected, 0, type) <= 2,
        `pow(${a[i]}, ${b[i]}) in ${type}: ${y[i]}, not ${expected}`,
      );
    }
  }
});

Deno.test("words in lanes have their special values", () => {
  const inf = Infinity;
  const cases: readonly [Unary, x: number, y: number][] = [
    ...[0, -0].flatMap((x) =>
      (["expm1", "log1p", "sin", "tanh", "erf"] as const).map((w) => [w, x, x] as const)
    ),
    ...unary.map((word) => [word, NaN, NaN] as const),
    ...[["exp", inf, inf], ["exp", -inf, 0], ["exp", -0, 1], ["expm1", inf, inf], [
      "expm1",
      -inf,
      -1,
    ]] as const,
    ...[["log", 0, -inf], ["log", -0, -inf], ["log", 1, 0], ["log", -1, NaN], ["log", inf, inf]] as const,
    ...[["log", -1e-45, NaN], ["log", -inf, NaN], ["log1p", -1, -inf], ["log1p", -2, NaN]] as const,
    ...[["log1p", inf, inf], ["log1p", -inf, NaN], ["sin", inf, NaN], ["cos", -inf, NaN], [
      "cos",
      -0,
      1,
    ]] as const,
    ...[["tanh", inf, 1], ["tanh", -inf, -1], ["erf", inf, 1], ["erf", -inf, -1], [
      "erf",
      -1e300,
      -1,
    ]] as const,
  ].map(([word, x, y]) => [word as Unary, x as number, y as number]);
  for (const type of ["float32", "float64"] as const) {
    for (const word of unary) {
      const mine = cases.filter((c) => c[0] === word), [x, , , y] = arrays[type];
      mine.forEach((c, i) => x[i] = c[1]);
      kernel(word, type, false)(mine.length);
      mine.forEach(([, value, expected], i) => {
        assert(Object.is(y[i], expected), `${word}(${value}) in ${type}: ${y[i]}, not ${expected}`);
      });
    }
  }
});

Deno.test("int32 lanes refuse words that whole numbers lack", () => {
  new ModuleBuilder().add("refused", [], [], (f) => {
    const k = laneAlgebra(emitLanes(f, "int32", false));
    let text = "";
    try {
      k.exp(f.local("v128"));
    } catch (e) {
      text = String(e);
    }
    assert(text === "Error: Bug: exp was asked of int32 lanes", text);
  });
});

Deno.test("erf() of a number is within 1 ulp of mpmath's values", () => {
  const table = references.erf;
  for (let i = 0; i < table.length; i += 3) {
    const e = error(erf(table[i]), table[i + 1], table[i + 2], "float64");
    assert(e <= 1, `erf(${table[i]}): ${e} ulp`);
  }
  assert(Object.is(erf(-0), -0) && erf(Infinity) === 1 && erf(-Infinity) === -1 && Number.isNaN(erf(NaN)));
});
