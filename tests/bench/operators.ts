/**
 * Every op of the tests' table on about a million float32 elements beside PyTorch's CPU time for the same call on the same
 * numbers: the better of 1 and 2 threads. Ops on matrices get smaller ones; the table states the shapes.
 *
 *   deno run -A tests/bench/operators.ts [--only NAME,..] [--family NAME,..] [--seconds 0.1] [--above 5]
 *
 * Ops that nobody listed below get the inputs of their first test case, enlarged. What could not be measured, and why,
 * comes last.
 */
import { parseArgs } from "node:util";
import { scope, type Tensor, tensor } from "../../mod.ts";
import { type DType, isFloat } from "../../lib/dtype.ts";
import { type Shape, show, sizeOf } from "../../lib/shape.ts";
import type { Case, Input } from "../cases/case.ts";
import * as pointwise from "../../ops/pointwise.ts";
import { isGiven } from "../cases/draw.ts";
import { type Op, table } from "../cases/table.ts";

const { values: flags } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    family: { type: "string", default: "" },
    seconds: { type: "string", default: "0.1" },
    above: { type: "string", default: "5" },
  },
});
const seconds = Number(flags.seconds), limit = Number(flags.above);

/** An input that both sides draw alike: uniform between `from` and `to`, whole numbers if the dtype is. */
interface Drawn {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly from: number;
  readonly to: number;
}

/** One call to measure. */
interface Workload {
  readonly of: readonly (Shape | Partial<Drawn>)[];
  readonly args?: readonly unknown[];
  readonly from?: number;
  readonly to?: number;
}

const million: Shape = [1024, 1024], image: Shape = [8, 32, 64, 64], matrix: Shape = [256, 256];
const whole = { dtype: "int32", from: 0, to: 1024 } as const;
const index = { shape: million, ...whole }, row = { shape: [1024], ...whole } as const;
const truth = { shape: million, dtype: "bool", from: 0, to: 2 } as const;
const integers = { shape: million, dtype: "int32", from: 1, to: 1e6 } as const;

/** What all ops of a family are called with. */
const byFamily: Readonly<Record<string, Workload>> = {
  reduce: { of: [million], args: [1] },
  extremes: { of: [million], args: [1] },
  softmax: { of: [million], args: [1] },
  scan: { of: [million], args: [1] },
  sort: { of: [million] },
  rearrange: { of: [million], args: [[0]] },
  bitwise: { of: [integers, integers] },
  loss: { of: [million, million], from: 0.1, to: 0.9 },
  likelihood: { of: [million, million], from: 0.1, to: 0.9 },
};

/** What single ops are called with. */
const byName: Readonly<Record<string, Workload>> = {
  bitwiseNot: { of: [integers] },
  bitwiseLeftShift: { of: [integers, { ...integers, to: 10 }] },
  bitwiseRightShift: { of: [integers, { ...integers, to: 10 }] },
  acosh: { of: [million], from: 1, to: 9 },
  arccosh: { of: [million], from: 1, to: 9 },
  ...Object.fromEntries(
    ["asin", "acos", "atanh", "arcsin", "arccos", "arctanh"].map((
      name,
    ) => [name, { of: [million], from: -1, to: 1 }]),
  ),
  all: { of: [truth], args: [1] },
  any: { of: [truth], args: [1] },
  sumToSize: { of: [million], args: [[1, 1024]] },
  flip: { of: [million], args: [[0, 1]] },
  fliplr: { of: [million] },
  flipud: { of: [million] },
  rot90: { of: [million] },
  roll: { of: [million], args: [5, 1] },
  repeat: { of: [matrix], args: [[4, 4]] },
  tile: { of: [matrix], args: [[4, 4]] },
  repeatInterleave: { of: [[256, 1024]], args: [4, 0] },
  where: { of: [truth, million, million] },
  maskedFill: { of: [million, truth], args: [1] },
  maskedSelect: { of: [million, truth] },
  maskedScatter: { of: [million, truth, million] },
  nonzero: { of: [truth] },
  argwhere: { of: [truth] },
  take: { of: [million, index] },
  embedding: { of: [row, [1024, 256]] },
  prelu: { of: [million, [1]] },
  addcdiv: { of: [million, million, million], from: 0.5 },
  matmul: { of: [[512, 512], [512, 512]] },
  mm: { of: [[512, 512], [512, 512]] },
  bmm: { of: [[16, 128, 128], [16, 128, 128]] },
  mv: { of: [million, [1024]] },
  dot: { of: [[2 ** 20], [2 ** 20]] },
  outer: { of: [[1024], [1024]] },
  linear: { of: [[512, 512], [512, 512], [512]] },
  nllLoss: { of: [million, row] },
  crossEntropy: { of: [million, row] },
  conv1d: { of: [[8, 32, 1024], [32, 32, 3]] },
  conv2d: { of: [[8, 16, 64, 64], [32, 16, 3, 3]] },
  conv3d: { of: [[2, 8, 16, 32, 32], [16, 8, 3, 3, 3]] },
  convTranspose1d: { of: [[8, 32, 1024], [32, 32, 3]] },
  convTranspose2d: { of: [[8, 16, 32, 32], [16, 32, 3, 3]] },
  convTranspose3d: { of: [[2, 8, 8, 16, 16], [8, 16, 3, 3, 3]] },
  maxPool1d: { of: [[8, 128, 1024]], args: [2] },
  maxPool2d: { of: [image], args: [2] },
  maxPool3d: { of: [[2, 16, 32, 32, 32]], args: [2] },
  maxPool1dWithIndices: { of: [[8, 128, 1024]], args: [2] },
  maxPool2dWithIndices: { of: [image], args: [2] },
  maxPool3dWithIndices: { of: [[2, 16, 32, 32, 32]], args: [2] },
  avgPool1d: { of: [[8, 128, 1024]], args: [2] },
  avgPool2d: { of: [image], args: [2] },
  avgPool3d: { of: [[2, 16, 32, 32, 32]], args: [2] },
  layerNorm: { of: [million], args: [[1024]] },
  groupNorm: { of: [image], args: [8] },
  instanceNorm: { of: [image] },
  interpolate: { of: [image], args: [{ scaleFactor: 2 }] },
  combinations: { of: [[1024]] },
  cartesianProd: { of: [[1024], [1024]] },
  kron: { of: [[32, 32], [32, 32]] },
  cross: { of: [[349525, 3], [349525, 3]] },
  "linalg.cross": { of: [[349525, 3], [349525, 3]] },
  vander: { of: [[1024]] },
  "linalg.vander": { of: [[1024]] },
  diag: { of: [[1024]] },
  diagEmbed: { of: [[1024]] },
  diagflat: { of: [[1024]] },
  reshape: { of: [million], args: [[512, 2048]] },
  view: { of: [million], args: [[512, 2048]] },
  unflatten: { of: [million], args: [0, [2, 512]] },
  expand: { of: [[1024, 1]], args: [million] },
  broadcastTo: { of: [[1024, 1]], args: [million] },
  topk: { of: [million], args: [10] },
  splitWithSizes: { of: [million], args: [[256, 768]] },
  asStridedScatter: { of: [million, matrix], args: [[256, 256], [1024, 1]] },
  gridSample: { of: [image, [8, 64, 64, 2]], args: ["bilinear", "zeros", false], from: -1, to: 1 },
  affineGrid: { of: [[8, 2, 3]], args: [[8, 3, 256, 256], false] },
  isin: { of: [{ shape: million, ...whole }, row] },
  gaussianNllLoss: { of: [million, million, million], from: 0.5 },
};

/** Families whose first case, enlarged to a million elements, would take minutes: at most this many. */
const small: Readonly<Record<string, number>> = {
  ...{ factor: 2 ** 14, eigen: 2 ** 12, solve: 2 ** 14, inverse: 2 ** 14, rank: 2 ** 12, matrix: 2 ** 14 },
  ...{ attention: 2 ** 18, distance: 2 ** 14 },
};

/** Why ops may take longer than they should: what is known and not mended yet. */
const reasons: readonly (readonly [reason: string, ...ops: readonly string[]])[] = [
  [
    "series and fractions to the end of float64, one element at a time; PyTorch ends with float32",
    ...["igamma", "igammac", "special.gammainc", "special.gammaincc"],
  ],
  [
    "bound by memory: one core, and new pages for most results, where PyTorch has two cores and its last result's pages",
    ...[
      "softshrink",
      "relu6",
      "hardtanh",
      "hardsigmoid",
      "hardswish",
      "clampMin",
      "clampMax",
      "isreal",
      "bool",
      "embedding",
    ],
  ],
  [
    "a recurrence of n steps for each element, called from the kernel lane by lane",
    ...["T", "U", "V", "W"].flatMap((kind) => [
      `special.chebyshevPolynomial${kind}`,
      `special.shiftedChebyshevPolynomial${kind}`,
    ]),
    ...["hermitePolynomialH", "hermitePolynomialHe", "laguerrePolynomialL", "legendrePolynomialP"].map((
      name,
    ) => `special.${name}`),
  ],
  [
    "computed in float64 and rounded once, after a copy to columns",
    "linalg.solveTriangular",
    "linalg.ldlSolve",
  ],
  [
    "windows are copied by a call each, which small ones notice; indices need a loop",
    "conv3d",
    "adaptiveMaxPool2dWithIndices",
  ],
];
const slow = new Map(reasons.flatMap(([reason, ...ops]) => ops.map((name) => [name, reason])));

/** The call to measure for an op. */
function workloadOf(op: Op): { of: Drawn[]; args: readonly unknown[] } {
  const first = op.cases.find((c) => !c.kinks && c.of.length > 0);
  const listed = byName[op.name] ?? byFamily[op.family];
  if (!listed && !first) throw new Error("no case with inputs");
  const { of, args = [], from, to } = listed ?? enlarged(op, first!);
  const drawn = of.map((x): Drawn => {
    const given = Array.isArray(x) ? { shape: x } : x as Partial<Drawn>;
    return {
      shape: million,
      dtype: "float32",
      from: from ?? first?.from ?? -2,
      to: to ?? first?.to ?? 2,
      ...given,
    };
  });
  return { of: drawn, args };
}

/** The first case with its dimensions stretched alike; what broadcasts in a pointwise op no longer does. */
function enlarged(op: Op, c: Case): Workload {
  const most = small[op.family] ?? 2 ** 20;
  const shapes = c.of.map((input) => isGiven(input) ? shapeOf(input.values) : input);
  const largest = shapes.reduce((a, b) => sizeOf(a) >= sizeOf(b) ? a : b);
  const factor = Math.floor((most / Math.max(1, sizeOf(largest))) ** (1 / Math.max(1, largest.length)));
  const of = c.of.map((input, i) => {
    const shape = op.name in pointwise ? million : shapes[i].map((n) => n === 1 ? 1 : n * factor);
    return { shape, ...rangeOf(input) };
  });
  return { of, args: c.args ?? [], from: c.from, to: c.to };
}

function shapeOf(values: unknown): number[] {
  return Array.isArray(values) ? [values.length, ...shapeOf(values[0])] : [];
}

/** The dtype of a given input, and for integers the values that it has. */
function rangeOf(input: Input): Partial<Drawn> {
  if (!isGiven(input)) return {};
  const { dtype = "float32", values } = input, all = [values].flat(9).map(Number).filter(Number.isFinite);
  if (dtype === "float64" || isFloat(dtype)) return { dtype: "float32" };
  return { dtype, from: Math.min(...all), to: Math.max(...all) + 1 };
}

/** Numbers in no visible order, the same in operators.py: multiplications and shifts of 32 bits. */
function draw({ shape, dtype, from, to }: Drawn, seed: number): Tensor {
  const x = new Float64Array(sizeOf(shape));
  for (let i = 0; i < x.length; i++) {
    let h = Math.imul(i + 1 + seed * 0x10001, 0x9e3779b1);
    h = Math.imul(h ^ h >>> 15, 0x85ebca77);
    const value = from + ((h ^ h >>> 13) >>> 0) / 2 ** 32 * (to - from);
    x[i] = isFloat(dtype) ? value : Math.floor(value);
  }
  return tensor(x, { shape, dtype });
}

/** The shortest time of `call` in microseconds, least disturbed by others; the first calls, while code is compiled and memory touched, do not count. */
async function time(call: () => void): Promise<number> {
  const run = (n: number) => {
    const start = performance.now();
    for (let i = 0; i < n; i++) {
      using _ = scope();
      call();
    }
    return (performance.now() - start) / n / 1e3;
  };
  const took = Math.min(run(1), run(1)), n = Math.max(1, Math.min(1000, Math.floor(seconds / 10 / took)));
  const warm = performance.now() + seconds * 500;
  while (performance.now() < warm) run(n);
  const times: number[] = [], end = performance.now() + seconds * 1e3;
  while (times.length < 3 || performance.now() < end) {
    times.push(run(n) * 1e6);
    await new Promise((done) => setTimeout(done)); // what scopes do not free comes back now
  }
  return Math.min(...times);
}

/** PyTorch, in a process of its own that answers line by line; one that takes longer than `PATIENCE` is ended. */
class Torch {
  readonly #child = new Deno.Command("/usr/bin/python3", {
    args: [`${import.meta.dirname}/operators.py`, flags.seconds],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  readonly #input = this.#child.stdin.getWriter();
  readonly #lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();

  /** The time of a call in microseconds. */
  async time(request: object): Promise<number> {
    await this.#input.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
    let line = "", late = false;
    const timer = setTimeout(() => (late = true, this.#child.kill()), PATIENCE);
    while (!line.endsWith("\n")) {
      const { value, done } = await this.#lines.read();
      if (done) {
        throw new Error(late ? `PyTorch took more than ${PATIENCE / 1e3} s` : "PyTorch's process ended");
      }
      line += value;
    }
    clearTimeout(timer);
    const { us, error } = JSON.parse(line);
    if (error !== undefined) throw new Error(`PyTorch: ${error}`);
    return us;
  }

  /** Ends the process. */
  close(): void {
    try {
      this.#child.kill();
    } catch {
      // it has ended
    }
  }
}

const PATIENCE = 20_000;

interface Measured {
  readonly name: string;
  readonly shapes: string;
  readonly theirs: number;
  readonly ours: number;
}

function text({ name, shapes, theirs, ours }: Measured): string {
  const ratio = ours / theirs;
  return [
    name.padEnd(28),
    theirs.toFixed(0).padStart(10),
    ours.toFixed(0).padStart(11),
    ratio.toFixed(2).padStart(7),
    ratio > limit ? `  above ${limit}` : "         ",
    shapes,
    ratio > limit ? slow.get(name) ?? "" : "",
  ].join("  ").trimEnd();
}

const only = flags.only.split(",").filter(Boolean), families = flags.family.split(",").filter(Boolean);
const chosen = table.filter(({ name, family }) =>
  (only.length === 0 || only.includes(name)) && (families.length === 0 || families.includes(family))
);
let torch = new Torch();
const measured: Measured[] = [], failed: string[] = [];
for (const op of chosen) {
  let asked = false;
  try {
    if (op.torch === null) throw new Error("PyTorch 1.13 has none, or it is random");
    if (Deno.stderr.isTerminal()) console.error(op.name);
    const { of, args } = workloadOf(op), x = of.map(draw), c: Case = { of: [], args };
    let ours = Infinity, theirs = Infinity;
    // what seems slow may have been disturbed by other programs, and is measured again
    for (let round = 0; round === 0 || (round < 3 && ours > limit * theirs); round++) {
      ours = Math.min(ours, await time(() => op.run(x, c)));
      asked = true;
      theirs = Math.min(
        theirs,
        await torch.time({ name: op.name, torch: op.torch ?? "", args, inputs: of }),
      );
    }
    measured.push({ name: op.name, shapes: of.map((i) => show(i.shape)).join(" "), theirs, ours });
  } catch (error) {
    const [reason] = (error as Error).message.split("\n");
    failed.push(`${op.name}: ${reason}`);
    if (asked && !reason.startsWith("PyTorch: ")) torch = new Torch(); // the last one is gone
  }
}
torch.close();

console.log("op".padEnd(28), "PyTorch us".padStart(11), "dinograd us".padStart(12), "ratio".padStart(8));
for (const m of measured.sort((a, b) => b.ours / b.theirs - a.ours / a.theirs)) console.log(text(m));
const above = measured.filter((m) => m.ours > limit * m.theirs).length;
console.log(`${measured.length} ops measured, ${above} above ${limit}; ${failed.length} not measured`);
for (const line of failed) console.log(`  ${line}`);
