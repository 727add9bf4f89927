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
import { isFloat } from "../../lib/dtype.ts";
import { show, sizeOf } from "../../lib/shape.ts";
import type { Case, Input } from "../cases/case.ts";
import * as pointwise from "../../ops/pointwise.ts";
import { isGiven } from "../cases/draw.ts";
import { type Op, table } from "../cases/table.ts";
import { byFamily, byName, type Drawn, million, small, type Workload } from "./operator_workloads.ts";

const { values: flags } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    family: { type: "string", default: "" },
    seconds: { type: "string", default: "0.1" },
    above: { type: "string", default: "5" },
  },
});
const seconds = Number(flags.seconds), limit = Number(flags.above);

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
  ["a plain loop over a million numbers; PyTorch's is vectorized", "linspace"],
  ["two exponentials and a logarithm in float64 for each state and step, one core", "ctcLoss"],
  [
    "windows are copied by a call each, which small ones notice; indices need a loop",
    "conv3d",
    "adaptiveMaxPool2dWithIndices",
  ],
];
const slow = new Map(reasons.flatMap(([reason, ...ops]) => ops.map((name) => [name, reason])));

/** The call to measure for an op. */
function workloadOf(op: Op): { of: Drawn[]; args: readonly unknown[]; torch: string } {
  const first = op.cases.find((c) => !c.kinks && c.of.length > 0);
  const listed = byName[op.name] ?? byFamily[op.family];
  if (!listed && !first) throw new Error("no case with inputs");
  const { of, args = [], from, to, torch = op.torch ?? "" } = listed ?? enlarged(op, first!);
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
  return { of: drawn, args, torch };
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
function draw({ shape, dtype, from, to, sorted }: Drawn, seed: number): Tensor {
  const x = new Float64Array(sizeOf(shape));
  for (let i = 0; i < x.length; i++) {
    let h = Math.imul(i + 1 + seed * 0x10001, 0x9e3779b1);
    h = Math.imul(h ^ h >>> 15, 0x85ebca77);
    const value = from + ((h ^ h >>> 13) >>> 0) / 2 ** 32 * (to - from);
    x[i] = isFloat(dtype) ? value : Math.floor(value);
  }
  return tensor(sorted ? x.sort() : x, { shape, dtype });
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
    const { of, args, torch: expression } = workloadOf(op), x = of.map(draw), c: Case = { of: [], args };
    let ours = Infinity, theirs = Infinity;
    // what seems slow may have been disturbed by other programs, and is measured again
    for (let round = 0; round === 0 || (round < 3 && ours > limit * theirs); round++) {
      ours = Math.min(ours, await time(() => op.run(x, c)));
      asked = true;
      theirs = Math.min(
        theirs,
        await torch.time({ name: op.name, torch: expression, args, inputs: of }),
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
