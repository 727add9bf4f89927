/** Deep copies: of tensors, and of what modules keep them in. */
import { isOptions } from "../arguments.ts";
import { noGrad } from "../grad_mode.ts";
import { Tensor } from "../tensor.ts";
import { Parameter } from "./parameter.ts";

/** Copies made so far, by what they are copies of: what is there once is copied once. */
export type Copies = Map<object, unknown>;

/** A copy of a value; `instance` copies what is no tensor, array, map, set or plain object. Functions are shared. */
export function copied(value: unknown, copies: Copies, instance: (value: object) => unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (copies.has(value)) return copies.get(value);
  const copy = value instanceof Tensor ? copyOfTensor(value) : containerLike(value) ?? instance(value);
  copies.set(value, copy); // before it is filled: it may contain itself
  const inner = (item: unknown) => copied(item, copies, instance);
  if (Array.isArray(copy)) { for (const item of value as unknown[]) copy.push(inner(item)); }
  else if (copy instanceof Map) {
    for (const [key, item] of value as Copies) {
      copy.set(inner(key), inner(item));
    }
  } else if (copy instanceof Set) { for (const item of value as Set<unknown>) copy.add(inner(item)); }
  else if (isOptions(copy)) { for (const [key, item] of Object.entries(value)) copy[key] = inner(item); }
  return copy;
}

/** An empty container of the kind of `value`; null if it is none. */
function containerLike(value: object): object | null {
  if (Array.isArray(value)) return [];
  if (value instanceof Map) return new Map();
  if (value instanceof Set) return new Set();
  return isOptions(value) ? {} : null;
}

/** A leaf of its own numbers, without a gradient. */
function copyOfTensor(x: Tensor): Tensor {
  const numbers = noGrad(() => x.detach().clone()), { requiresGrad } = x;
  if (x instanceof Parameter) return new Parameter(numbers, { requiresGrad });
  numbers.storage.escaped = true; // it outlives the scope it is made in
  return requiresGrad ? numbers.requiresGrad_() : numbers;
}
