/** Whole files as bytes or text. */
import { describe } from "../errors.ts";
import { openFile, type Path } from "../io/files.ts";

/** Reads a file; needs --allow-read. */
export async function readBytes(path: Path): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof path !== "string" && !(path instanceof URL)) {
    throw new TypeError(`Cannot load ${describe(path)}: a file is a path or a URL`);
  }
  using file = await openFile(path);
  const bytes = new Uint8Array(file.size);
  await file.read(0, bytes);
  return bytes;
}

/** Reads a file of UTF-8; needs --allow-read. */
export async function readText(path: Path): Promise<string> {
  const bytes = await readBytes(path);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SyntaxError(`Cannot load ${path}: it is not UTF-8, or too long for a string`, { cause });
  }
}

/** Checks that a value is text. */
export function asText(action: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw new TypeError(`Cannot ${action} ${describe(value)}: it must be a string`);
}

/** Checks that a value is bytes. */
export function asBytes(action: string, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  throw new TypeError(`Cannot ${action} ${describe(value)}: it must be a Uint8Array or an ArrayBuffer`);
}
