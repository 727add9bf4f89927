/**
 * The examples of the docs as tests: every ```ts block of a doc comment or a Markdown file becomes a module of its own.
 *
 * `deno test --doc` gives each its own process-like world, in which the whole library is loaded anew: 660 of them took two
 * minutes. Here a few test files import them one after the other, which takes seconds; types are checked all the same.
 */
import { setBackend } from "../mod.ts";

/** One example: its text, and where it stands. */
interface Example {
  /** For example `ops/reduce.ts:31`. */
  readonly place: string;
  readonly text: string;
}

const root = new URL("../", import.meta.url);
const FILES = 4; // test files, which run side by side

/** Writes the examples of `paths`, files or folders of the repository, as test files into `folder`; returns their paths. */
export async function writeExamples(paths: readonly string[], folder: string): Promise<string[]> {
  const examples = (await Promise.all(paths.map(examplesUnder))).flat();
  const tests = Array.from(
    { length: FILES },
    () => [`import { each } from ${JSON.stringify(import.meta.url)};\n`],
  );
  for (const [i, { place, text }] of examples.entries()) {
    await Deno.writeTextFile(`${folder}/example_${i}.ts`, `${text}\nexport {};\n`);
    tests[i % FILES].push(`each(${JSON.stringify(place)}, () => import("./example_${i}.ts"));\n`);
  }
  return await Promise.all(tests.map(async (lines, i) => {
    const path = `${folder}/examples_${i}_test.ts`;
    await Deno.writeTextFile(path, lines.join(""));
    return path;
  }));
}

/** Runs one example, on the engine that a user starts with. */
export function each(place: string, run: () => Promise<unknown>): void {
  Deno.test(`the example at ${place} runs`, async () => {
    setBackend("auto");
    await run();
  });
}

async function examplesUnder(path: string): Promise<Example[]> {
  const url = new URL(path, root);
  if ((await Deno.stat(url)).isDirectory) {
    const names = (await Array.fromAsync(Deno.readDir(url))).map(({ name }) => name).sort();
    return (await Promise.all(names.map((name) => examplesUnder(`${path}/${name}`)))).flat();
  }
  if (!/\.(ts|md)$/.test(path)) return [];
  const text = await Deno.readTextFile(url);
  return path.endsWith(".md") ? blocksOf(text, path, 0, "") : [...text.matchAll(/^[ \t]*\/\*\*[^]*?\*\//gm)]
    .flatMap((comment) => blocksOf(comment[0], path, comment.index, "[ \\t]*\\* ?"));
}

/** The ```ts blocks of a text whose lines begin with `prefix`; `at` is where the text begins in its file. */
function blocksOf(text: string, path: string, at: number, prefix: string): Example[] {
  const source = Deno.readTextFileSync(new URL(path, root));
  return [...text.matchAll(new RegExp(`^${prefix}\`\`\`ts\\n([^]*?)^${prefix}\`\`\``, "gm"))].map((block) => {
    const line = source.slice(0, at + block.index).split("\n").length;
    const code = block[1].replace(new RegExp(`^${prefix}`, "gm"), "");
    return {
      place: `${path}:${line}`,
      text: code.replace(/(from\s+")(\.[^"]+)"/g, (_, from, to) => {
        return `${from}${new URL(to, new URL(path, root)).href}"`; // relative to where it stands
      }),
    };
  });
}
