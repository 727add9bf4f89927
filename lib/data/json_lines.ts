/** JSON lines: one value a line. */
import type { Path } from "../io/files.ts";
import { asText, readText } from "./bytes.ts";

/**
 * The values of a text with one JSON value a line; empty lines count for nothing. See {@link https://jsonlines.org}.
 *
 * @throws {SyntaxError} that names the first line which is not JSON.
 *
 * @example
 * ```ts
 * import { data } from "@dinograd/dinograd";
 *
 * const samples = data.parseJsonLines<{ x: number[]; y: number }>('{"x": [1, 2], "y": 0}\n{"x": [3, 4], "y": 1}\n');
 * for (const { x, y } of new data.DataLoader(samples, 2)) console.log(x.length, y.toArray()); // 2 [0, 1]
 * ```
 */
export function parseJsonLines<T = unknown>(text: string): T[] {
  return parse("parse JSON lines", asText("parse JSON lines from", text));
}

/**
 * Reads a file of JSON lines, as {@link parseJsonLines} does; needs --allow-read.
 *
 * @throws {SyntaxError} that names the first line which is not JSON, {@link Error} if the file cannot be read.
 */
export async function readJsonLines<T = unknown>(path: Path): Promise<T[]> {
  const text = await readText(path);
  return parse(`load ${path}`, text);
}

function parse<T>(action: string, text: string): T[] {
  const values: T[] = [];
  for (const [i, line] of text.replace(/^\ufeff/, "").split("\n").entries()) {
    if (line.trim() === "") continue;
    try {
      values.push(JSON.parse(line));
    } catch (cause) {
      throw new SyntaxError(`Cannot ${action}: line ${i + 1} is not JSON (${(cause as Error).message})`, {
        cause,
      });
    }
  }
  return values;
}
