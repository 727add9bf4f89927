/** Every function of ops/ says what it does and shows it: a doc comment with an example that imports the library. */
import { assertEquals } from "@std/assert";

const folder = new URL("../ops/", import.meta.url);
const lists = ["mod.ts", "pointwise.ts", "functional.ts", "nn.ts", "linalg.ts", "special.ts", "fft.ts"];

/** What the doc comment of an exported function lacks, or null. */
function lacking(source: string, name: string): string | null {
  const found = new RegExp(`(/\\*\\*(?:(?!\\*/)[^])*\\*/\\n)?export (?:function|const) ${name}\\b`).exec(
    source,
  );
  if (!found) return source.includes(` as ${name}`) ? null : "a declaration"; // renamed: documented under its own name
  const [, comment] = found;
  if (!comment) return "a doc comment";
  const [, example] = comment.split("@example");
  if (!example) return "an @example";
  return example.includes('from "@dinograd/dinograd"') ? null : "an import in its @example";
}

Deno.test("every op has a doc comment with an example", async () => {
  const missing: string[] = [], published = new Set<unknown>();
  for (const list of lists) Object.values(await import(`../ops/${list}`)).forEach((op) => published.add(op));
  for await (const { name: file } of Deno.readDir(folder)) {
    if (lists.includes(file)) continue;
    const source = await Deno.readTextFile(new URL(file, folder));
    for (const [name, op] of Object.entries(await import(new URL(file, folder).href))) {
      const lack = typeof op === "function" && published.has(op) ? lacking(source, name) : null;
      if (lack) missing.push(`ops/${file}: ${name} lacks ${lack}`);
    }
  }
  assertEquals(missing.sort(), []);
});
