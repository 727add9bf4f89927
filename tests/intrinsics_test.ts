/**
 * Functions beyond the algebra's words, in SIMD lanes against their definition on numbers: exact ones bit for bit, angles
 * within 2 ulp (and Math's own error, up to 1), over all floats and where formulas change.
 */
import { assert, assertEquals } from "@std/assert";
import { acos, asin, atan, atan2 } from "../lib/arcs.ts";
import { fmod } from "../lib/division.ts";
import { copysign, exponent, mantissa, nextafter, signbit } from "../lib/float_parts.ts";
import type { Intrinsic } from "../lib/formula.ts";
import { and, not, or, shiftLeft, shiftRight, xor } from "../lib/integers.ts";
import { ModuleBuilder } from "../lib/wasm/assemble.ts";
import { features } from "../lib/wasm/engine.ts";
import { emitLanes, type LaneType } from "../lib/wasm/lanes.ts";

type Floats = "float32" | "float64";

const COUNT = 1 << 16, BYTES = COUNT * 8, memory = new WebAssembly.Memory({ initial: 3 * BYTES / 65536 });
const places = [0, BYTES, 2 * BYTES];
const arrays = {
  float32: places.map((at) => new Float32Array(memory.buffer, at, COUNT)),
  float64: places.map((at) => new Float64Array(memory.buffer, at, COUNT)),
  int32: places.map((at) => new Int32Array(memory.buffer, at, COUNT)),
};
const words = places.map((at) => new Uint32Array(memory.buffer, at, 2 * COUNT));

/** Applies `f` to the first `count` elements of the first arrays; results go to the last. */
function apply({ lanes, compute }: Intrinsic, type: LaneType, fma: boolean, count: number): void {
  const module = new ModuleBuilder();
  module.add("run", ["i32"], [], (f, bytes) => {
    const k = emitLanes(f, type, fma), i = f.local("i32");
    f.while(() => f.get(i).get(bytes).op("i32.lt_u"), () => {
      const x = Array.from({ length: compute.length }, (_, j) => {
        const vector = f.local("v128");
        f.get(i).op("v128.load", places[j]).set(vector);
        return vector;
      });
      f.get(i).get(lanes!(k, ...x)).op("v128.store", places[2]).increment(i, 16);
    });
  });
  const compiled = new WebAssembly.Module(module.encode({ shared: false, initial: 1, maximum: 1 }));
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory }, host: module.host });
  (exports.run as (bytes: number) => void)(count * arrays[type][0].BYTES_PER_ELEMENT);
}

/** Floats of all magnitudes, in pairs of similar ones, and where formulas change. */
function fill(type: Floats): void {
  const [x, y] = arrays[type],
    edges = [0, 1, 0.5, 2, Math.SQRT2 - 1, Math.SQRT2 + 1, 3, Infinity, NaN, 5e-324, 1e-45];
  const perFloat = type === "float32" ? 1 : 2;
  let state = 1;
  for (let i = 0; i < COUNT * perFloat; i++) {
    for (const array of words) array[i] = state = Math.imul(state, 1664525) + 1013904223 >>> 0;
  }
  for (let i = 0; i < COUNT; i++) {
    const part = (words[2][i] / 2 ** 32 - 0.5) * 2;
    if (i % 4 === 0) [x[i], y[i]] = [part * 4, x[i] % 4];
    if (i % 4 === 1) y[i] = x[i] * part * 2 ** (i % 40);
    if (i % 4 === 2) x[i] = edges[i % 11] * (1 + part * 1e-6) * (i % 8 < 4 ? 1 : -1);
    if (i % 64 === 3) {
      [x[i], y[i]] = [edges[i % 11] * (i % 7 < 3 ? 1 : -1), edges[(i >> 5) % 11] * (i % 3 ? 1 : -1)];
    }
  }
}

function ulp(x: number, type: Floats): number {
  const [least, fraction] = type === "float32" ? [-126, 23] : [-1022, 52];
  return 2 ** (Math.max(least, exponent.compute(x) - 1) - fraction);
}

const modes = features().fma ? [true, false] : [false];

for (const f of [asin, acos, atan, atan2]) {
  Deno.test(`${f.name}() in lanes is within 2 ulp`, () => {
    for (const type of ["float32", "float64"] as const) {
      const [a, b, y] = arrays[type], limit = type === "float32" ? 2 : 3;
      for (const fma of modes) {
        fill(type);
        apply(f, type, fma, COUNT);
        for (let i = 0; i < COUNT; i++) {
          const exact = f.compute(a[i], b[i]), error = Math.abs(y[i] - exact) / ulp(exact, type);
          const zero = exact === 0 && Object.is(y[i], exact);
          assert(
            zero || error <= limit || (exact !== exact && y[i] !== y[i]),
            `${f.name}(${a[i]}, ${b[i]}) in ${type}: ${y[i]} instead of ${exact}, ${error} ulp`,
          );
        }
      }
    }
  });
}

for (const f of [fmod, copysign, signbit, mantissa, exponent, nextafter.float32, nextafter.float64]) {
  Deno.test(`${f.name}() in lanes is exact`, () => {
    for (const type of ["float32", "float64"] as const) {
      if (f.name.endsWith("32") && type === "float64" || f.name.endsWith("64") && type === "float32") {
        continue;
      }
      const [a, b, y] = arrays[type];
      fill(type);
      apply(f, type, features().fma, COUNT);
      for (let i = 0; i < COUNT; i++) {
        assert(
          Object.is(y[i], f.compute(a[i], b[i])),
          `${f.name}(${a[i]}, ${b[i]}) in ${type}: ${y[i]} instead of ${f.compute(a[i], b[i])}`,
        );
      }
    }
  });
}

for (const f of [and, or, xor, not, shiftLeft, shiftRight]) {
  Deno.test(`${f.name}() in lanes is exact`, () => {
    const [a, b, y] = arrays.int32;
    fill("float32");
    for (let i = 0; i < COUNT; i += 2) b[i] = i % 40 - 4;
    apply(f, "int32", features().fma, COUNT);
    for (let i = 0; i < COUNT; i++) assertEquals(y[i], f.compute(a[i], b[i]), `${f.name}(${a[i]}, ${b[i]})`);
  });
}
