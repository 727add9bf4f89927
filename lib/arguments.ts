/**
 * Optional arguments as API.md spells them: in PyTorch's order, by name in one last options object, or mixed.
 *
 * `x.sum(1, true)`, `x.sum(1, { keepdim: true })` and `x.sum({ dim: 1, keepdim: true })` all read alike.
 */
import { describe } from "./errors.ts";

/** Spellings accepted for an option, as in PyTorch and NumPy. */
const synonyms: Readonly<Record<string, string>> = { axis: "dim", keepdims: "keepdim" };

/** Options that every function accepts and ignores. */
const ignored = new Set(["device", "layout", "pinMemory", "memoryFormat"]);

/** Optional arguments of a function: in PyTorch's order, by name in one last object, or both. */
export type Optional<Options> = (Options | Options[keyof Options] | undefined)[];

/** Whether a value is an options object rather than an array, tensor or other instance. */
export function isOptions(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Reads `args` into an object with the given names: positions first, then the options object at the end. Names
 * after `positional` can be given by name only. Unknown names are an error that lists the known ones.
 */
export function named<T>(
  name: string,
  args: readonly unknown[],
  positional: readonly (keyof T & string)[],
  byName: readonly (keyof T & string)[] = [],
): Partial<T> {
  const result: Record<string, unknown> = {};
  let count = args.length;
  while (count > 0 && args[count - 1] === undefined) count--;
  const last = count > 0 ? args[count - 1] : undefined, options = isOptions(last) ? last : undefined;
  if (options) count--;
  if (count > positional.length) {
    throw new TypeError(
      `Cannot call ${name}() with ${count} arguments after its inputs: it takes at most ${positional.length}` +
        (positional.length ? ` (${positional.join(", ")})` : ""),
    );
  }
  for (let i = 0; i < count; i++) if (args[i] !== undefined) result[positional[i]] = args[i];
  for (const key in options) {
    const option = synonyms[key] ?? key;
    if (!positional.includes(option as never) && !byName.includes(option as never)) {
      if (ignored.has(option)) continue;
      throw new TypeError(
        `Cannot call ${name}() with option ${key}: its options are ${
          [...positional, ...byName].join(", ") || "none"
        }`,
      );
    }
    if (option in result) throw new TypeError(`Cannot call ${name}(): ${option} is given twice`);
    if (options[key] !== undefined) result[option] = options[key];
  }
  return result as Partial<T>; // only names of T got in; their values are checked by whoever uses them
}

/** Checks that an option is a finite or infinite number, not NaN unless `nan`. */
export function asNumber(name: string, option: string, value: unknown, nan = true): number {
  if (typeof value === "number" && (nan || !Number.isNaN(value))) return value;
  throw new TypeError(`Cannot call ${name}() with ${option} ${describe(value)}: it must be a number`);
}

/** Checks that an option is a whole number of at least `least`. */
export function asCount(name: string, option: string, value: unknown, least = 0): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least) return value;
  const error = typeof value === "number" ? RangeError : TypeError;
  throw new error(
    `Cannot call ${name}() with ${option} ${describe(value)}: it must be a whole number of at least ${least}`,
  );
}

/** Checks that an option is true or false. */
export function asFlag(name: string, option: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new TypeError(`Cannot call ${name}() with ${option} ${describe(value)}: it must be true or false`);
}

/** Checks that an option is one of a few words. */
export function asChoice<T extends string>(
  name: string,
  option: string,
  value: unknown,
  choices: readonly T[],
): T {
  if (choices.includes(value as T)) return value as T;
  throw new TypeError(
    `Cannot call ${name}() with ${option} ${describe(value)}: it must be ${
      choices.map((c) => `"${c}"`).join(" or ")
    }`,
  );
}
