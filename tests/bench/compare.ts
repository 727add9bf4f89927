/**
 * Runs PyTorch (1 and 2 threads, where it is installed) and dinograd in turn and prints the table of ratios: dinograd's
 * median over the better of PyTorch's medians. Each workload of ours has a process of its own, as a program has: the
 * engine specialises code for what a process does.
 *
 *   deno run -A tests/bench/compare.ts [--only NAME,..] [--seconds 0.5] [--engine auto|wasm|js] [--rounds 1]
 */
import { parseArgs } from "node:util";

const { values: flags } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    seconds: { type: "string", default: "0.5" },
    engine: { type: "string", default: "auto" },
    rounds: { type: "string", default: "1" },
  },
});
const here = import.meta.dirname!, python = "/usr/bin/python3";
const selection = ["--only", flags.only, "--seconds", flags.seconds];
type Times = Map<string, number[]>;

/** The lines that a command prints. */
async function linesOf(command: string, args: string[]): Promise<string[]> {
  const { stdout, success } = await new Deno.Command(command, { args, stderr: "inherit" }).output();
  if (!success) throw new Error(`Cannot compare: ${command} ${args.join(" ")} failed`);
  return new TextDecoder().decode(stdout).split("\n").filter(Boolean);
}

/** Runs a command that prints a JSON object a line, and adds its times to `into`. */
async function measure(command: string, args: string[], into: Times): Promise<void> {
  for (const line of await linesOf(command, args)) {
    const { name, us } = JSON.parse(line);
    into.set(name, [...into.get(name) ?? [], us]);
  }
}

/** The median time of a whole process, in microseconds. */
async function processTime(command: string, args: string[]): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 7; i++) {
    const start = performance.now();
    await new Deno.Command(command, { args, stdout: "null", stderr: "null" }).output();
    times.push((performance.now() - start) * 1e3);
  }
  return median(times);
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[(times.length - 1) >> 1];
}

async function hasTorch(): Promise<boolean> {
  try {
    return (await new Deno.Command(python, { args: ["-c", "import torch"], stderr: "null" }).output())
      .success;
  } catch {
    return false;
  }
}

const torch = await hasTorch(), ours: Times = new Map(), theirs: Times[] = [new Map(), new Map()];
const bench = ["run", "-A", `${here}/bench.ts`, "--engine", flags.engine];
const names = await linesOf(Deno.execPath(), [...bench, "--only", flags.only, "--list"]);
if (!torch) console.error("PyTorch is not installed (apt-get install python3-torch): dinograd alone");
for (let round = 0; round < Number(flags.rounds); round++) {
  for (const threads of [1, 2]) {
    if (torch) {
      const args = [`${here}/torch_bench.py`, "--threads", String(threads), ...selection];
      await measure(python, args, theirs[threads - 1]);
    }
    for (const name of names) {
      await measure(Deno.execPath(), [...bench, "--only", name, "--seconds", flags.seconds], ours);
    }
  }
}
if (flags.only === "" || flags.only.split(",").includes("start")) {
  ours.set("start", [await processTime(Deno.execPath(), ["run", `${here}/start.ts`])]);
  if (torch) theirs[0].set("start", [await processTime(python, ["-c", "import torch"])]);
}

const alias: Record<string, string> = { scalar_chain_200_tensors: "scalar_chain_200" };
console.log(["workload".padEnd(26), "PyTorch us", "dinograd us", " ratio"].join("  "));
for (const [name, times] of ours) {
  const best = Math.min(
    ...theirs.flatMap((t) => t.has(alias[name] ?? name) ? [median(t.get(alias[name] ?? name)!)] : []),
  );
  const us = median(times), known = Number.isFinite(best);
  console.log(
    [
      name.padEnd(26),
      (known ? best.toFixed(1) : "-").padStart(10),
      us.toFixed(1).padStart(11),
      (known ? (us / best).toFixed(2) : "-").padStart(6),
    ].join("  "),
  );
}
