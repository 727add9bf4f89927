/**
 * Compares the working tree with another revision of it: pairs of runs in alternating order, and the median of their
 * ratios, so that a machine that slows down meets both. Both run the benchmark of the working tree.
 */
import { linesOf, measure, median, type Times } from "./processes.ts";

/** How to measure. */
export interface RevisionOptions {
  readonly seconds: string;
  readonly engine: string;
  /** How many pairs of runs a workload gets. */
  readonly rounds: number;
}

const root = new URL("../..", import.meta.url).pathname;

async function git(...args: string[]): Promise<void> {
  if (await linesOf("git", ["-C", root, ...args])) return;
  throw new Error(`Cannot compare with another revision: git ${args.join(" ")} failed`);
}

/** Measures the workloads on both sides and prints the table; returns its rows. */
export async function compareRevisions(
  revision: string,
  names: readonly string[],
  options: RevisionOptions,
): Promise<Record<string, unknown>[]> {
  const parent = await Deno.makeTempDir(), tree = `${parent}/tree`;
  try {
    await git("worktree", "add", "--detach", "--quiet", tree, revision);
    await Deno.remove(`${tree}/tests`, { recursive: true });
    await linesOf("cp", ["-r", `${root}/tests`, `${tree}/tests`]);
    console.log(
      ["workload".padEnd(28), `${revision} us`.padStart(14), "now us".padStart(11), " ratio"].join("  "),
    );
    const rows = [];
    for (const name of names) rows.push(await comparePair(name, `${tree}/tests/bench/bench.ts`, options));
    return rows;
  } finally {
    await git("worktree", "remove", "--force", tree);
    await Deno.remove(parent, { recursive: true });
  }
}

/** Measures one workload on both sides and prints its line. */
async function comparePair(
  name: string,
  bench: string,
  { seconds, engine, rounds }: RevisionOptions,
): Promise<Record<string, unknown>> {
  const before: Times = new Map(), now: Times = new Map();
  const sides = [[bench, before], [`${root}/tests/bench/bench.ts`, now]] as const;
  for (let round = 0; round < rounds; round++) {
    for (const [file, times] of round % 2 === 0 ? sides : sides.toReversed()) {
      const args = ["--only", name, "--seconds", seconds, "--engine", engine];
      await measure(Deno.execPath(), ["run", "-A", file, ...args], times);
    }
  }
  const a = before.get(name) ?? [], b = now.get(name) ?? [];
  const ratio = a.length === b.length ? median(b.map((us, i) => us / a[i])) : null;
  const cells = [
    median(a)?.toFixed(1).padStart(14),
    median(b)?.toFixed(1).padStart(11),
    ratio?.toFixed(2).padStart(6),
  ];
  console.log([name.padEnd(28), ...cells.map((cell) => cell ?? "-")].join("  "));
  return { name, before: median(a), now: median(b), ratio };
}
