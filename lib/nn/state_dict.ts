/** Loading state dicts: matching names, and saying well what does not match. */
import { describe } from "../errors.ts";
import { sameShape, show } from "../shape.ts";
import { noGrad } from "../grad_mode.ts";
import { Tensor } from "../tensor.ts";

/** Tensors by name, as `stateDict()` and `io.load()` give them. */
export type StateDict = Readonly<Record<string, Tensor>> | ReadonlyMap<string, Tensor>;

/** What `loadStateDict` could not match; both are empty unless `strict` was false. */
export interface LoadResult {
  /** Names of the module that the state dict lacks. */
  readonly missingKeys: string[];
  /** Names of the state dict that the module lacks. */
  readonly unexpectedKeys: string[];
}

/** Copies `state` into the tensors of `own`. A name is also matched by its other `spelling`. */
export function copyInto(
  title: string,
  own: Readonly<Record<string, Tensor>>,
  state: StateDict,
  spelling: (name: string) => string,
  strict: boolean,
): LoadResult {
  if (typeof state !== "object" || state === null || state instanceof Tensor || Array.isArray(state)) {
    throw new TypeError(
      `Cannot load ${describe(state)} into ${title}: a state dict is an object or Map of tensors by name`,
    );
  }
  const given = new Map<string, Tensor>();
  for (const [key, value] of state instanceof Map ? state : Object.entries(state)) {
    if (!(value instanceof Tensor)) {
      throw new TypeError(
        `Cannot load a state dict into ${title}: ${key} is ${describe(value)}, it must be a tensor`,
      );
    }
    given.set(key in own ? key : String(key).split(".").map(spelling).join("."), value);
  }
  const names = Object.keys(own), keys = [...given.keys()];
  const missingKeys = names.filter((name) => !given.has(name));
  const unexpectedKeys = keys.filter((key) => !(key in own));
  const misshapen = names.filter((name) =>
    given.has(name) && !sameShape(given.get(name)!.shape, own[name].shape)
  );
  if (misshapen.length > 0 || (strict && missingKeys.length + unexpectedKeys.length > 0)) {
    const lines = misshapen.map((name) =>
      `${name} is ${show(given.get(name)!.shape)} in the state dict, it must be ${show(own[name].shape)}`
    );
    if (strict) {
      lines.push(...missingKeys.map((name) => `${name} is missing${hint(name, unexpectedKeys)}`));
      lines.push(...unexpectedKeys.map((key) => `${key} is unexpected${hint(key, missingKeys)}`));
    }
    throw new Error(`Cannot load a state dict into ${title}:\n  ${lines.join("\n  ")}`);
  }
  noGrad(() => {
    for (const name of names) if (given.has(name)) own[name].copy_(given.get(name)!);
  });
  return { missingKeys, unexpectedKeys };
}

/** Names the nearest of `others`, if one is near. */
function hint(name: string, others: readonly string[]): string {
  const [nearest] = others.map((other) => [distance(name, other), other] as const).sort(([a], [b]) => a - b);
  return nearest && nearest[0] <= name.length / 2 ? `; the nearest name is ${nearest[1]}` : "";
}

/** How many letters must be inserted, deleted or replaced to get from `a` to `b` (Levenshtein 1966). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}
