/**
 * Values as JSON: plain data as it is, and an object of one key for what JSON has no word for, such as
 * `{ "$tensor": "model.weight" }`. Tensors themselves go elsewhere, by name.
 */
import { isOptions } from "../arguments.ts";
import { describe } from "../errors.ts";
import { Generator } from "../random.ts";
import { Tensor } from "../tensor.ts";

/** What can be saved and restored: modules, optimizers, schedulers, loaders and whatever else has these two methods. */
export interface Restorable {
  /** Its state: plain data, bytes and tensors, in objects and arrays. */
  stateDict(): unknown;
  /** Takes over what `stateDict` gave. */
  loadStateDict(state: never): unknown;
}

/** How deep values may be nested; what contains itself is deeper. */
export const DEEPEST = 64;

/** The numbers that JSON cannot write. */
const numbers: ReadonlyMap<unknown, number> = new Map(
  [Infinity, -Infinity, NaN, -0].map((x) => [Object.is(x, -0) ? "-0" : String(x), x]),
);

/** A value as something restorable; null if it is not. A generator is, by the names that PyTorch gives its methods. */
export function restorable(value: unknown): Restorable | null {
  if (value instanceof Generator) {
    return {
      stateDict: () => value.getState(),
      loadStateDict: (state) => void value.setState(state),
    };
  }
  return isRestorable(value) ? value : null;
}

function isRestorable(value: unknown): value is Restorable {
  if (typeof value !== "object" || value === null) return false;
  return "stateDict" in value && typeof value.stateDict === "function" &&
    "loadStateDict" in value && typeof value.loadStateDict === "function";
}

/** A value as JSON; its tensors go into `tensors`, named by where they are: `path`, `path.key`, `path.key.0`. */
export function record(
  action: string,
  path: string,
  value: unknown,
  tensors: Map<string, Tensor>,
  depth = 0,
): unknown {
  const inner = (key: string | number, item: unknown) =>
    record(action, `${path}.${key}`, item, tensors, depth + 1);
  if (depth > DEEPEST) {
    throw new RangeError(`Cannot ${action}: ${path.slice(0, 40)}... is more than ${DEEPEST} levels deep`);
  }
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") {
    const word = Object.is(value, -0) ? "-0" : String(value);
    return numbers.has(word) ? { $number: word } : value;
  }
  if (value instanceof Uint8Array) return { $bytes: value.toBase64() };
  if (value instanceof Tensor) {
    if (tensors.has(path)) throw new TypeError(`Cannot ${action}: there are two tensors of the name ${path}`);
    tensors.set(path, value);
    return { $tensor: path };
  }
  const part = restorable(value);
  if (part) return { $state: record(action, path, part.stateDict(), tensors, depth + 1) };
  if (Array.isArray(value)) return Array.from(value, (item, i) => inner(i, item));
  if (isOptions(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [marked(key), inner(key, item)]));
  }
  throw new TypeError(
    `Cannot ${action}: ${path} is ${describe(value)}, it must be plain data, a tensor or an object with ` +
      `stateDict() and loadStateDict()`,
  );
}

/** A key as it is in JSON: one that could be taken for a tag has another $ in front. */
export function marked(key: string): string {
  return key.startsWith("$") ? `$${key}` : key;
}

/** What a recorded value is: a tagged one, an object with its own keys, a list, or a word or number as it is. */
export type Recorded =
  | { readonly kind: "tag"; readonly tag: string; readonly content: unknown }
  | { readonly kind: "object"; readonly entries: readonly (readonly [key: string, json: unknown])[] }
  | { readonly kind: "array"; readonly items: readonly unknown[] }
  | { readonly kind: "plain"; readonly value: unknown };

/** Looks at JSON one level deep. */
export function opened(json: unknown): Recorded {
  if (Array.isArray(json)) return { kind: "array", items: json };
  if (!isOptions(json)) return { kind: "plain", value: json };
  const entries = Object.entries(json), [first] = entries;
  if (entries.length === 1 && /^\$(?!\$)/.test(first[0])) {
    return { kind: "tag", tag: first[0], content: first[1] };
  }
  return { kind: "object", entries: entries.map(([key, item]) => [key.replace(/^\$\$/, "$"), item]) };
}

/** The value that was recorded; of what is restorable, its state. `fail` makes the error for what is not as it was. */
export async function replay(
  json: unknown,
  tensor: (name: string) => Promise<Tensor>,
  fail: (what: string) => Error,
  depth = 0,
): Promise<unknown> {
  const inner = (item: unknown) => replay(item, tensor, fail, depth + 1);
  if (depth > 2 * DEEPEST) throw fail(`it is nested more than ${DEEPEST} levels deep`);
  const recorded = opened(json);
  switch (recorded.kind) {
    case "plain":
      return recorded.value;
    case "array": {
      const items: unknown[] = [];
      for (const item of recorded.items) items.push(await inner(item));
      return items;
    }
    case "object": {
      const entries: [string, unknown][] = [];
      for (const [key, item] of recorded.entries) entries.push([key, await inner(item)]);
      return Object.fromEntries(entries); // which takes even __proto__ for a key
    }
    case "tag": {
      const { tag, content } = recorded;
      if (tag === "$state") return await inner(content);
      if (tag === "$tensor" && typeof content === "string") return await tensor(content);
      if (tag === "$number" && numbers.has(content)) return numbers.get(content);
      if (tag === "$bytes" && typeof content === "string") return bytesOf(content, fail);
      throw fail(`${tag} with ${describe(content)} has no meaning`);
    }
  }
}

function bytesOf(base64: string, fail: (what: string) => Error): Uint8Array {
  try {
    return Uint8Array.fromBase64(base64);
  } catch {
    throw fail("some bytes are not in base64");
  }
}
