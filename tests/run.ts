/**
 * Runs the tests and the examples of the docs: what `deno task test` calls.
 *
 *   deno run -A tests/run.ts [--only tiny|docs] [--family NAME,...] [--engine blas|wasm|js] [flags and files for deno test]
 *
 * `--family` tests the ops of some families only, by the names of table.ts and without type checks.
 * Tests import `@std/assert`, which deno.json maps to esm.sh. Where that cannot be reached the same tests run on
 * tests/assert.ts, by the import map that replaces deno.json's here. The last line is `N passed, N failed`, and the exit
 * code is deno test's.
 */
import config from "../deno.json" with { type: "json" };
import { writeExamples } from "./examples.ts";

const root = new URL("../", import.meta.url);
const TIMEOUT = 2500; // milliseconds to wait for esm.sh

/** The quick look: every family once, without type checks. */
const tiny = ["tape", "gradcheck", "ops", "errors", "arrows"].map((name) => `tests/${name}_test.ts`);
/** What goes through the cases of every op. */
const perOp = ["ops", "goldens", "fuzz", "twins", "sabotage"].map((name) => `tests/${name}_test.ts`);
/** Where examples are: doc comments, and the README if there is one. */
const documented = ["lib", "ops", "mod.ts", "README.md"];

/** What one call of deno test reported. */
interface Outcome {
  readonly code: number;
  readonly passed: number;
  readonly failed: number;
}

async function main(args: string[]): Promise<number> {
  const only = take(args, "--only"), engine = take(args, "--engine"), family = take(args, "--family");
  const folder = await Deno.makeTempDir({ prefix: "dinograd-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  const { url, why } = await assertions(config.imports["@std/assert"]);
  console.log(`Assertions: ${why}`);
  const env = {
    ...(engine ? { DINOGRAD_ENGINE: engine } : {}),
    ...(family ? { DINOGRAD_FAMILY: family } : {}),
    ...(only === "tiny" ? { DINOGRAD_TINY: "1" } : {}),
  };
  const { passed, failed, code } = await test(
    [
      ...["--no-lock", `--import-map=${await writeMap(folder, url)}`, "--parallel"],
      ...family ? ["--no-check", ...args, ...perOp] : await chosen(only, engine, args, folder),
    ],
    env,
  );
  console.log(`${passed} passed, ${failed} failed`);
  return code;
}

/** The arguments of deno test: what the user asked for, else all tests and examples. */
async function chosen(
  only: string | undefined,
  engine: string | undefined,
  args: string[],
  folder: string,
): Promise<string[]> {
  if (only === "tiny") return ["--no-check", ...args, ...tiny];
  if (only !== "docs" && args.some((a) => !a.startsWith("-"))) return args;
  const examples = engine ? [] : await writeExamples(await present(documented), folder); // they need no second engine
  return only === "docs" ? [...args, ...examples] : [...args, ...examples, "tests/"];
}

/** Removes `--name value` or `--name=value` from `args` and returns the value. */
function take(args: string[], name: string): string | undefined {
  const at = args.findIndex((a) => a === name || a.startsWith(`${name}=`));
  if (at < 0) return undefined;
  const [option] = args.splice(at, 1);
  return option.includes("=") ? option.slice(name.length + 1) : args.splice(at, 1)[0];
}

/** Where the assertions that the tests use come from, and why. */
async function assertions(url: string): Promise<{ url: string; why: string }> {
  const own = (reason: string) => ({
    url: new URL("tests/assert.ts", root).href,
    why: `tests/assert.ts (esm.sh ${reason})`,
  });
  try {
    const response = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(TIMEOUT) });
    return response.ok ? { url, why: `@std/assert from ${url}` } : own(`answers ${response.status}`);
  } catch {
    return own("cannot be reached");
  }
}

/** The import map of the tests, which also serves the examples in `folder`; it replaces deno.json's, so it names everything. */
async function writeMap(folder: string, assertions: string): Promise<string> {
  const imports = {
    ...config.imports,
    "@std/assert": assertions,
    "@dinograd/dinograd": new URL("mod.ts", root).href,
    "@dinograd/dinograd/images": new URL("lib/data/images.ts", root).href,
    "@dinograd/dinograd/models": new URL("lib/nn/models/mod.ts", root).href,
    "@dinograd/dinograd/viz": new URL("lib/viz/mod.ts", root).href,
    "chart.js/auto": "npm:chart.js@4.5.0/auto",
  };
  const path = `${folder}/imports.json`;
  await Deno.writeTextFile(path, JSON.stringify({ imports }));
  return path;
}

async function present(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map((path) => Deno.stat(new URL(path, root)).catch(() => null)));
  return paths.filter((_, i) => found[i]);
}

/** Runs deno test, passing its output through, and reads its counts. */
async function test(args: readonly string[], env: Record<string, string>): Promise<Outcome> {
  const terminal = Deno.stdout.isTerminal();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", ...args],
    cwd: root,
    env: { ...env, ...(terminal ? { FORCE_COLOR: "1" } : { NO_COLOR: "1" }) },
    stdout: "piped",
  }).spawn();
  const decoder = new TextDecoder();
  let tail = "";
  for await (const chunk of child.stdout) {
    for (let at = 0; at < chunk.length;) at += await Deno.stdout.write(chunk.subarray(at));
    tail = (tail + decoder.decode(chunk, { stream: true })).slice(-20_000);
  }
  const { code } = await child.status;
  // deno-lint-ignore no-control-regex -- colours
  const lines = tail.replace(/\x1b\[[0-9;]*m/g, "").matchAll(
    /^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed/gm,
  );
  const [, passed, failed] = [...lines].at(-1) ?? [, 0, code === 0 ? 0 : 1];
  return { code, passed: Number(passed), failed: Number(failed) };
}

if (import.meta.main) Deno.exit(await main([...Deno.args]));
