/**
 * What every example shares: the command line, checks beside published figures, the page with its plots, and the exit
 * code. An example calls `system()` at its beginning, works from top to bottom, and ends with `await run.end()`.
 *
 *   --check        ends with one line of JSON for each figure and exits with 1 if one misses its target
 *   --plot         shows charts live at 127.0.0.1, which needs --allow-net=127.0.0.1
 *   --plot FILE    saves them as one self-contained HTML file, which needs --allow-write
 *   --seed N       another seed; the options of the example are numbers, words and switches like it
 */
import { backend, manualSeed } from "../mod.ts";
import { Page, type Server, table } from "../lib/viz/mod.ts";

/** The options of an example and their defaults: numbers, words and switches. */
type Options = Record<string, number | string | boolean>;

/** A figure: one value, or several in a row. */
export type Figure = number | string | boolean | readonly (number | string | boolean)[];

/** What a figure must be, and what others had. */
export interface Target {
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly equals?: Figure;
  /** How far from `equals` each number may be, by default 0. */
  readonly within?: number;
  /** The figure that was published elsewhere, as it is written there. */
  readonly published?: number | string;
}

/** The line of JSON that `--check` prints for a figure, with what was published if something was. */
export interface Result {
  readonly system: string;
  readonly metric: string;
  readonly value: Figure;
  readonly target: string;
  readonly ok: boolean;
  readonly seconds: number;
  readonly published?: number | string;
}

/** A running example. */
export interface System<O extends Options> {
  /** The values of the command line, else the defaults. */
  readonly options: Readonly<Widened<O>> & { readonly seed: number };
  /** The page: whatever is drawn on it is shown with --plot and costs next to nothing without. */
  readonly plot: Page;
  /** Holds a figure against its target; all are printed together at the end. */
  check(metric: string, value: Figure, target: Target): void;
  /** Lets the page and Ctrl-C in, in a long loop that awaits nothing else (a DataLoader does so by itself). */
  tick(): Promise<void>;
  /** Prints the figures beside the published ones, saves the page, and ends the program. */
  end(): Promise<never>;
}

type Widened<O> = { [K in keyof O]: O[K] extends number ? number : O[K] extends boolean ? boolean : string };

/** Begins an example: reads the command line and seeds the random numbers. */
export function system<const O extends Options>(title: string, defaults?: O): System<O> {
  const started = performance.now(), results: Result[] = [], page = new Page(title);
  const name = Deno.mainModule.replace(/^.*\/examples\//, "").replace(/\.ts$/, "");
  const { values, flags } = readCommandLine({ seed: 0, ...defaults });
  const server = flags.plot === true ? serve(page) : undefined;
  if (typeof flags.plot === "string") askToWrite(flags.plot);
  if (server) page.status("running");
  manualSeed(Number(values.seed));

  function check(metric: string, value: Figure, target: Target): void {
    const seconds = Number(((performance.now() - started) / 1000).toFixed(2)), { published } = target;
    const ok = holds(value, target), wanted = targetText(target);
    results.push({
      system: name,
      metric,
      value,
      target: wanted,
      ok,
      seconds,
      ...(published !== undefined && { published }),
    });
  }

  async function end(): Promise<never> {
    const missed = results.filter(({ ok }) => !ok).length;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const head = ["", "figure", "ours", "published", "target"];
    const rows = results.map(({ ok, metric, value, published, target }) => [
      ok ? "✓" : "✗",
      metric,
      figureText(value),
      figureText(published ?? "-"),
      target,
    ]);
    if (rows.length) console.log(`\n${table(head, rows)}`);
    const summary = `${missed ? `${missed} missed; ` : ""}${seconds} s, seed ${values.seed}, ${backend()}`;
    console.log(summary);
    if (rows.length) page.table("Ours beside the published figures", head, rows);
    page.status(summary);
    if (flags.check) results.forEach((result) => console.log(JSON.stringify(result)));
    if (typeof flags.plot === "string") await Deno.writeTextFile(flags.plot, await page.html());
    if (server && !flags.check) {
      console.log(`${server.url} stays until Ctrl-C`);
      await server.finished;
    }
    Deno.exit(flags.check && missed ? 1 : 0);
  }

  const options = values as Widened<O> & { seed: number };
  return { options, plot: page, check, tick: () => new Promise((done) => setImmediate(done)), end };
}

/** Shows the page live, or ends the program with the flag that it takes. */
function serve(page: Page): Server {
  try {
    const server = page.serve();
    console.log(`live at ${server.url}`);
    return server;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    return fail(
      "Cannot show the page live: run with --allow-net=127.0.0.1, or save it with --plot FILE.html",
    );
  }
}

/** Asks for the permission to write a file before the work, not after it. */
function askToWrite(path: string): void {
  if (Deno.permissions.requestSync({ name: "write", path }).state === "granted") return;
  fail(`Cannot save ${path}: run with --allow-write`);
}

/** The options of the command line, and the flags that all examples have. */
function readCommandLine(defaults: Options) {
  const values: Options = { ...defaults }, flags: { check?: boolean; plot?: boolean | string } = {};
  const args = Deno.args.flatMap((arg) =>
    /^--\w+=/.test(arg) ? [arg.split("=", 1)[0], arg.slice(arg.indexOf("=") + 1)] : [arg]
  );
  while (args.length) {
    const arg = args.shift()!, name = arg.replace(/^--/, ""), value = args[0] ?? "";
    if (arg === "--help") help(defaults);
    else if (arg === "--check") flags.check = true;
    else if (arg === "--plot") flags.plot = args.length && !value.startsWith("--") ? args.shift()! : true;
    else if (!arg.startsWith("--") || !Object.hasOwn(defaults, name)) {
      fail(`Cannot run with ${arg}: see --help`);
    } else if (typeof defaults[name] === "boolean") values[name] = true;
    else if (typeof defaults[name] === "string") {
      values[name] = args.shift() ?? fail(`Cannot run with ${arg}: a word must follow`);
    } else if (value === "" || !Number.isFinite(Number(value))) {
      fail(`Cannot run with ${arg} ${value}: it must be a number`);
    } else values[name] = Number(args.shift());
  }
  return { values, flags };
}

function help(defaults: Options): never {
  const options = Object.entries(defaults).map(([name, value]) =>
    `[--${name}${typeof value === "boolean" ? "" : ` ${value}`}]`
  );
  console.log(`deno run ${Deno.mainModule} ${options.join(" ")} [--check] [--plot [FILE.html]]`);
  Deno.exit(0);
}

function fail(message: string): never {
  console.error(message);
  Deno.exit(2);
}

function holds(
  value: Figure,
  { atLeast = -Infinity, atMost = Infinity, equals, within = 0 }: Target,
): boolean {
  const ours = [value].flat(), theirs = equals === undefined ? undefined : [equals].flat();
  const near = (a: unknown, b: unknown) => a === b || Math.abs(Number(a) - Number(b)) <= within;
  const isUnbounded = atLeast === -Infinity && atMost === Infinity;
  return ours.every((x) => isUnbounded || (typeof x === "number" && x >= atLeast && x <= atMost)) &&
    (theirs === undefined || (ours.length === theirs.length && ours.every((x, i) => near(x, theirs[i]))));
}

function targetText({ atLeast, atMost, equals, within }: Target): string {
  const parts = [];
  if (equals !== undefined) parts.push(`= ${figureText(equals)}${within ? ` ± ${within}` : ""}`);
  if (atLeast !== undefined) parts.push(`≥ ${figureText(atLeast)}`);
  if (atMost !== undefined) parts.push(`≤ ${figureText(atMost)}`);
  return parts.join(", ");
}

/** A row of figures may be long: its beginning. */
function shortened(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, text.lastIndexOf(" ", LONGEST))} …`;
}

const LONGEST = 40; // characters

function figureText(figure: Figure): string {
  if (typeof figure === "object") return shortened(figure.map(figureText).join(" "));
  if (typeof figure !== "number" || Number.isInteger(figure)) return String(figure);
  return Math.abs(figure) < 1e-3 ? figure.toExponential(2) : String(Number(figure.toPrecision(5)));
}
