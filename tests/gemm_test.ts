/** gemm in WebAssembly (with and without fused multiply-add) and as a loop, against the definition in float64. */
import { assert } from "@std/assert";
import { gemmLoop } from "../lib/gemm_loop.ts";
import { type Float, type Gemm, gemmModule, gemmScratchBytes } from "../lib/wasm/gemm.ts";

/** One call: sizes, flags, factors, and how much longer than needed the stored rows are. */
interface Case {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly alpha?: number;
  readonly beta?: number;
  readonly gap?: number;
}

/** A matrix inside the shared bytes of one engine's run. */
interface Placed {
  readonly data: Float32Array | Float64Array;
  readonly lead: number;
}

type Engine = (type: Float, call: Required<Case>, a: Placed, b: Placed, c: Placed) => void;

const PAGES = 96, GUARD = 12345;
const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true });
const engines: Record<string, Engine> = {
  "WASM with FMA": wasm(true),
  "WASM": wasm(false),
  "loop": (_type, { transA, transB, m, n, k, alpha, beta }, a, b, c) =>
    gemmLoop(transA, transB, m, n, k, alpha, a.data, 0, a.lead, b.data, 0, b.lead, beta, c.data, 0, c.lead),
};

/** Around vectors of 2 and 4, tiles of 1 to 8 rows and 8 or 16 columns, unrolling by 4. */
const edges = {
  m: [1, 2, 3, 5, 7, 9, 16],
  n: [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 33],
  k: [1, 2, 4, 5, 17],
};

/** Around what is blocked (256 rows, 256 steps), packed or not, and done as vector times matrix. */
const blocks = [
  ...[[0, 5, 3], [5, 0, 3], [5, 6, 0], [1, 6, 0], [1, 1, 515]],
  ...[[65, 66, 33], [3, 70, 300], [70, 3, 300], [33, 64, 257], [257, 19, 20], [100, 100, 100], [17, 257, 9]],
  ...[[1, 70, 513], [70, 1, 513], [1, 2100, 9], [9, 1, 4200], [1, 2, 70_000], [2, 1, 70_000]],
  ...[[16, 1024, 5], [1024, 16, 5]], // rows 4096 and 8192 bytes apart
] as const;
const flags = [false, true];

for (const [name, engine] of Object.entries(engines)) {
  for (const type of ["float32", "float64"] as const) {
    Deno.test(`gemm() of ${type} by ${name} is the definition at the edges of tiles`, () => {
      let turn = 0;
      for (const m of edges.m) {
        for (const n of edges.n) {
          for (const k of edges.k) {
            turn++; // 455 cases; periods 4, 3 and 11 share no factor, so that all combinations come up
            const transA = turn % 2 === 1, transB = turn % 4 > 1, beta = turn % 3 - 1, gap = turn % 11 % 4;
            check(engine, type, { m, n, k, transA, transB, alpha: 0.5, beta, gap }, "abc"[(turn + m) % 3]);
          }
        }
      }
    });

    Deno.test(`gemm() of ${type} by ${name} is the definition for all transposes, at the edges of blocks`, () => {
      for (const [m, n, k] of blocks) {
        for (const transA of flags) {
          for (const transB of flags) {
            check(engine, type, { m, n, k, transA, transB }, transA ? "a" : "b");
            check(engine, type, { m, n, k, transA, transB, alpha: -1.5, beta: 0.5, gap: 3 }, "c");
          }
        }
      }
    });

    Deno.test(`gemm() of ${type} by ${name} does not read C where beta is 0, nor A and B where alpha is 0`, () => {
      for (const [m, n] of [[5, 7], [1, 9], [9, 1], [16, 16]]) {
        for (const [alpha, beta] of [[2, 0], [0, 0], [0, 2], [0, 1]]) {
          const call = complete({ m, n, k: 6, alpha, beta });
          const { a, b, c } = place(type, call);
          if (beta === 0) c.data.fill(NaN);
          else c.data.fill(3);
          if (alpha === 0) a.data.fill(NaN);
          engine(type, call, a, b, c);
          assert(
            c.data.every((x) => alpha === 0 ? x === 3 * beta || beta === 0 && x === 0 : !Number.isNaN(x)),
          );
        }
      }
    });
  }
}

function wasm(fma: boolean): Engine {
  const limits = { shared: true, initial: 1, maximum: 65536 };
  const gemm = (type: Float) => {
    const module = new WebAssembly.Module(gemmModule(type, fma).encode(limits));
    return new WebAssembly.Instance(module, { env: { memory } }).exports.gemm as Gemm;
  };
  const byType = { float32: gemm("float32"), float64: gemm("float64") };
  return (type, { transA, transB, m, n, k, alpha, beta }, a, b, c) => {
    const scratch = new Uint8Array(memory.buffer, 0, gemmScratchBytes(type) + 16);
    scratch.fill(0xff); // NaN
    const at = (x: Placed) => x.data.byteOffset, gemm = byType[type];
    const flagA = Number(transA), flagB = Number(transB);
    gemm(flagA, flagB, m, n, k, alpha, at(a), a.lead, at(b), b.lead, beta, at(c), c.lead, scratch.byteOffset);
    const behind = scratch.subarray(-16);
    assert(behind.every((x) => x === 0xff), "wrote behind its scratch area");
  };
}

/** Runs one case with the matrix `last` at the very end of the memory, where going further would trap. */
function check(engine: Engine, type: Float, call: Case, last: string): void {
  const whole = complete(call), { a, b, c } = place(type, whole, last);
  const before = c.data.slice(), expected = definition(whole, a, b, c);
  const operands = [a, b].map(({ data }) => [data, data.slice()]);
  engine(type, whole, a, b, c);
  for (const [now, then] of operands) assert(now.every((x, i) => x === then[i]), "wrote into an operand");
  // k products in [-1, 1], added in any order, are wrong by sqrt(k) roundings of their sum, also about sqrt(k).
  const tolerance = (type === "float32" ? 2 ** -23 : 2 ** -52) * (whole.k + 4);
  for (let i = 0; i < c.data.length; i++) {
    const row = Math.floor(i / c.lead), column = i % c.lead, inside = row < whole.m && column < whole.n;
    const good = inside
      ? Math.abs(c.data[i] - expected[row * whole.n + column]) <= tolerance
      : c.data[i] === before[i];
    if (!good) assert(good, `${JSON.stringify(call)} at ${row}, ${column}: ${c.data[i]}, ${last} last`);
  }
}

function complete(call: Case): Required<Case> {
  return { transA: false, transB: false, alpha: 1, beta: 0, gap: 0, ...call };
}

/** Puts the three matrices at the end of memory, `last` last; C is full of NaN or guards. */
function place(type: Float, call: Required<Case>, last = "c"): Record<"a" | "b" | "c", Placed> {
  const { m, n, k, transA, transB, gap, beta } = call;
  const size = type === "float32" ? 4 : 8;
  let end = memory.buffer.byteLength;
  const matrix = (rows: number, columns: number): Placed => {
    // The last row ends with its last element: what a gap would add to it may not exist.
    const lead = columns + gap, length = Math.max(0, rows === 0 ? 0 : (rows - 1) * lead + columns);
    end -= length * size;
    end -= end % size;
    const { buffer } = memory;
    return {
      data: size === 4 ? new Float32Array(buffer, end, length) : new Float64Array(buffer, end, length),
      lead,
    };
  };
  const make = {
    a: () => transA ? matrix(k, m) : matrix(m, k),
    b: () => transB ? matrix(n, k) : matrix(k, n),
    c: () => matrix(m, n),
  };
  const order = (["a", "b", "c"] as const).toSorted((x, y) => Number(y === last) - Number(x === last));
  const placed = Object.fromEntries(order.map((name) => [name, make[name]()])) as Record<
    "a" | "b" | "c",
    Placed
  >;
  let seed = m * 31 + n * 17 + k;
  for (const { data } of [placed.a, placed.b]) {
    for (let i = 0; i < data.length; i++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
      data[i] = seed / 2 ** 31;
    }
  }
  const { data, lead } = placed.c;
  for (let i = 0; i < data.length; i++) data[i] = i % lead >= n ? GUARD : beta === 0 ? NaN : (i % 7) / 7;
  return placed;
}

function definition(call: Required<Case>, a: Placed, b: Placed, c: Placed): Float64Array {
  const { m, n, k, transA, transB, alpha, beta } = call, out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) {
        const x = transA ? a.data[p * a.lead + i] : a.data[i * a.lead + p];
        sum += x * (transB ? b.data[j * b.lead + p] : b.data[p * b.lead + j]);
      }
      out[i * n + j] = alpha * sum + (beta === 0 ? 0 : beta * c.data[i * c.lead + j]);
    }
  }
  return out;
}
