/**
 * Runs PyTorch (1 and 2 threads, where it is installed) and dinograd in turn, on its best engine and without BLAS, and
 * prints the table: medians, the ratio to the better of PyTorch's, the aim, and a mark where it is missed. Each workload
 * of ours has a process of its own, as a program has: the engine specialises code for what a process does.
 *
 * Given a git revision, compares the working tree with it instead (revisions.ts).
 *
 *   deno run -A tests/bench/compare.ts [REVISION] [--only NAME,..] [--seconds 0.5] [--engine auto,wasm] [--rounds 1]
 *                                      [--json FILE]
 */
import { parseArgs } from "node:util";
import { aimWithoutBlas, ratioAim } from "./aims.ts";
import { linesOf, measure, median, processTime, type Times } from "./processes.ts";
import { compareRevisions } from "./revisions.ts";

const { values: flags, positionals: [revision] } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string", default: "" },
    seconds: { type: "string", default: "0.5" },
    engine: { type: "string", default: "auto,wasm" },
    rounds: { type: "string", default: "1" },
    json: { type: "string" },
  },
});
const here = import.meta.dirname!, deno = Deno.execPath(), python = "/usr/bin/python3";
const engines = flags.engine.split(","),
  rounds = Number(flags.rounds),
  bench = ["run", "-A", `${here}/bench.ts`];
const names = await linesOf(deno, [...bench, "--only", flags.only, "--list"]) ?? [];
const results = revision === undefined
  ? await withTorch()
  : await compareRevisions(revision, names, { seconds: flags.seconds, engine: engines[0], rounds });
if (flags.json) Deno.writeTextFileSync(flags.json, JSON.stringify(results, null, 1) + "\n");

async function hasTorch(): Promise<boolean> {
  try {
    return (await new Deno.Command(python, { args: ["-c", "import torch"], stderr: "null" }).output())
      .success;
  } catch {
    return false;
  }
}

/** Measures both sides and prints the table; returns its rows. */
async function withTorch(): Promise<Record<string, unknown>[]> {
  const torch = await hasTorch(), theirs: Times[] = [new Map(), new Map()];
  const ours: Times[] = engines.map(() => new Map());
  if (!torch) console.error("PyTorch is not installed (apt-get install python3-torch): dinograd alone");
  for (let round = 0; round < rounds; round++) {
    for (const threads of [1, 2]) {
      if (torch) {
        const args = ["--threads", `${threads}`, "--only", flags.only, "--seconds", flags.seconds];
        await measure(python, [`${here}/torch_bench.py`, ...args], theirs[threads - 1]);
      }
      for (const name of names) {
        for (const [i, engine] of engines.entries()) {
          const args = ["--engine", engine, "--only", name, "--seconds", flags.seconds];
          await measure(deno, [...bench, ...args], ours[i]);
        }
      }
    }
  }
  if (flags.only === "" || flags.only.split(",").includes("start")) {
    names.push("start");
    ours[0].set("start", [await processTime(deno, ["run", `${here}/start.ts`])]);
    if (torch) theirs[0].set("start", [await processTime(python, ["-c", "import torch"])]);
  }
  const header = engines.map((engine) => `${engine} us`.padStart(11) + "  ratio").join("  ");
  console.log(["workload".padEnd(28), "PyTorch us".padStart(11), header, "  aim"].join("  "));
  return names.map((name) => row(name, theirs, ours));
}

/** One line of the table, printed, and as data. */
function row(name: string, theirs: readonly Times[], ours: readonly Times[]): Record<string, unknown> {
  const alias = name === "scalar_chain_200_tensors" ? "scalar_chain_200" : name;
  const known = theirs.map((times) => median(times.get(alias))).filter((us) => us !== null);
  const best = known.length ? Math.min(...known) : null, aim = ratioAim(name);
  const us = ours.map((times) => median(times.get(name)));
  const ratios = us.map((us) => us === null || best === null ? null : us / best);
  const marks = engines.map((engine, i) => {
    const limit = engine === "wasm"
      ? us[0] !== null && engines[0] !== "wasm" ? aimWithoutBlas(name, us[0]) : null
      : aim !== null && best !== null
      ? aim * best
      : null;
    return limit !== null && us[i] !== null && us[i] > limit;
  });
  const number = (value: number | null, digits: number) => value === null ? "-" : value.toFixed(digits);
  const cells = us.map((us, i) =>
    number(us, 1).padStart(11) + number(ratios[i], 2).padStart(6) + (marks[i] ? "!" : " ")
  );
  const missed = marks.flatMap((mark, i) => mark ? [engines[i]] : []);
  console.log(
    [
      name.padEnd(28),
      number(best, 1).padStart(11),
      ...cells,
      number(aim, 2).padStart(5),
      missed.length ? `missed: ${missed.join(", ")}` : "",
    ].join("  ").trimEnd(),
  );
  return {
    ...{ name, torch: best, aim, missed },
    ...Object.fromEntries(engines.map((engine, i) => [engine, { us: us[i], ratio: ratios[i] }])),
  };
}
