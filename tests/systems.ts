/**
 * Runs the example systems with their checks: what `deno task systems` calls. Every file in a folder of examples/ is one.
 *
 *   deno run -A tests/systems.ts [--only WORD,...] [--quick] [--list]
 *
 * `--only` takes those whose path has one of the words, `--quick` those that `deno task test` runs, `--list` only says
 * which they are. Figures reached go into the table of examples/README.md, between its markers; rows of systems that did
 * not run stay as they are. The exit code is 1 if a figure missed its target.
 */
import type { Result } from "../examples/system.ts";

const root = new URL("../", import.meta.url), readme = new URL("examples/README.md", root);
/** The folders in the order of the story, with what they are about. */
const folders: Readonly<Record<string, string>> = {
  neurons: "Neurons",
  backprop: "Backpropagation",
  training: "Training",
  convolution: "Convolution",
  unsupervised: "Learning without labels",
  sequences: "Sequences",
  generative: "Making new things",
  shallow: "Shallow models",
};
const SECONDS_OF_QUICK = 20, SECONDS_OF_TEST = 50;
const MOST_FIGURES = 4; // of a system in the table

/** An example: where it is and what its opening comment says. */
export interface Example {
  /** Folder and name, such as "neurons/mp_neuron". */
  readonly path: string;
  readonly title: string;
  /** What it does, in one sentence. */
  readonly line: string;
  /** How long it takes, as it says itself. */
  readonly seconds: number;
}

/** What a run of an example gave. */
export interface Outcome {
  readonly code: number;
  readonly results: readonly Result[];
  /** All that it printed. */
  readonly output: string;
}

/** The paths of all examples, in the order of the story. */
async function paths(): Promise<string[]> {
  const found = Object.keys(folders).map(async (folder) => {
    const files = await Array.fromAsync(Deno.readDir(new URL(`examples/${folder}/`, root))).catch(() => []);
    const names = files.map(({ name }) => name).filter((name) => name.endsWith(".ts"));
    return names.sort().map((name) => `${folder}/${name.slice(0, -3)}`);
  });
  return (await Promise.all(found)).flat();
}

/** All examples, or those whose path has one of some words. */
export async function findExamples(words: readonly string[] = [""]): Promise<Example[]> {
  const wanted = (await paths()).filter((path) => words.some((word) => path.includes(word)));
  return await Promise.all(
    wanted.map(async (path) => describe(path, await Deno.readTextFile(new URL(`examples/${path}.ts`, root)))),
  );
}

/** Reads the opening comment of an example: `Title: sentence.` at its beginning, `Takes 3 s.` at its end. */
function describe(path: string, source: string): Example {
  const comment = /^\/\*\*([^]*?)\*\//.exec(source)?.[1].replaceAll(/^ \* ?/gm, "").trim() ?? "";
  const [, title, line] = /^([^:]+): ([^]+?[.?!])(?=\s)/.exec(comment.replaceAll(/(\S)\n(\S)/g, "$1 $2")) ??
    [];
  const [, number, unit] = /Takes (?:about )?([\d.]+) (s|min)\.$/.exec(comment) ?? [];
  if (!line || !number) {
    throw new Error(
      `Cannot read examples/${path}.ts: its opening comment must begin with "Title: One sentence." and end with ` +
        '"Takes 3 s." or "Takes 4 min."',
    );
  }
  return { path, title, line, seconds: Number(number) * (unit === "min" ? 60 : 1) };
}

/** The examples that `deno task test` runs: the shortest, as long as all together take less than a minute. */
export function quickOnes(examples: readonly Example[]): Example[] {
  const short = examples.filter(({ seconds }) => seconds < SECONDS_OF_QUICK)
    .toSorted((a, b) => a.seconds - b.seconds);
  let sum = 0;
  return short.filter(({ seconds }) => (sum += seconds) <= SECONDS_OF_TEST);
}

/** Runs an example with --check. */
export async function runExample({ path }: Example): Promise<Outcome> {
  const flags = ["--no-prompt", "--no-lock", "--allow-ffi", "--allow-read"];
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, `examples/${path}.ts`, "--check"],
    cwd: root,
    env: { NO_COLOR: "1" },
    stderr: "piped",
  });
  const { code, stdout, stderr } = await command.output(), decoder = new TextDecoder();
  const lines = decoder.decode(stdout),
    results = lines.split("\n").filter((line) => line.startsWith('{"system"'));
  return { code, results: results.map((line) => JSON.parse(line)), output: lines + decoder.decode(stderr) };
}

async function main(args: readonly string[]): Promise<number> {
  const only = args.includes("--only") ? args[args.indexOf("--only") + 1]?.split(",") : undefined;
  const wanted = await findExamples(only);
  const chosen = args.includes("--quick") ? quickOnes(wanted) : wanted;
  if (args.includes("--list")) {
    chosen.forEach(({ path, title, seconds }) =>
      console.log(`${path.padEnd(40)}${String(seconds).padStart(6)} s  ${title}`)
    );
    return 0;
  }
  const reached = new Map<string, string>();
  let missed = 0;
  for (const example of chosen) {
    const started = performance.now(), { code, results, output } = await runExample(example);
    const seconds = (performance.now() - started) / 1000, ok = code === 0 && results.length > 0;
    console.log(`${ok ? "ok    " : "FAILED"} ${example.path.padEnd(40)}${seconds.toFixed(1).padStart(7)} s`);
    for (const { ok, metric, value, target, published = "-" } of results) {
      console.log(`  ${ok ? "✓" : "✗"} ${metric}: ${show(value)} (target ${target}, published ${published})`);
    }
    if (!ok) {
      missed++;
      console.log(output.trimEnd().replaceAll(/^/gm, "    "));
    } else reached.set(example.path, rowOf(example, results));
  }
  await writeRows(new Map([...await readRows(), ...reached]));
  console.log(`${chosen.length - missed} passed, ${missed} failed`);
  return missed ? 1 : 0;
}

const [begin, end] = ["<!-- systems: written by deno task systems -->", "<!-- end of systems -->"];

/** The rows of the table as it is, by the paths of their examples. */
async function readRows(): Promise<Map<string, string>> {
  const text = await Deno.readTextFile(readme);
  return new Map([...text.matchAll(/^\| \[[^\]]*\]\(([\w/]+)\.ts\).*$/gm)].map(([row, path]) => [path, row]));
}

/** One row: system, what it does, its command, figures reached and published. */
function rowOf({ path, title, line, seconds }: Example, results: readonly Result[]): string {
  const first = results.slice(0, MOST_FIGURES), more = results.length - first.length;
  const reached = first.map(({ metric, value }) => `${metric}: ${show(value)}`);
  if (more) reached.push(`and ${more} more`);
  const published = first.map((result) => show(result.published ?? "-"));
  const time = seconds < 60 ? `${seconds} s` : `${seconds / 60} min`;
  const cells = [`[${title}](${path}.ts)`, line, `\`deno run examples/${path}.ts\``, time];
  return `| ${[...cells, reached.join("<br>"), published.join("<br>")].join(" | ")} |`;
}

function show(value: unknown): string {
  if (Array.isArray(value)) return value.map(show).join(" ");
  if (typeof value !== "number" || Number.isInteger(value)) return String(value).replaceAll("|", "\\|");
  return Math.abs(value) < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(4)));
}

async function writeRows(rows: ReadonlyMap<string, string>): Promise<void> {
  const there = (await paths()).filter((path) => rows.has(path));
  const lines = Object.entries(folders).flatMap(([folder, heading]) => {
    const own = there.filter((path) => path.startsWith(`${folder}/`)).map((path) => rows.get(path)!);
    const head = ["", `### ${heading}`, "", "| system | what | command | time | reached | published |"];
    return own.length ? [...head, "|---|---|---|---|---|---|", ...own] : [];
  });
  const text = await Deno.readTextFile(readme);
  const [before, rest] = text.split(begin), [, after] = rest.split(end);
  await Deno.writeTextFile(readme, `${before}${begin}\n${lines.join("\n")}\n\n${end}${after}`);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
