/** Numbers in a row: evenly spaced, or their powers. */
import { asCount, asFlag, asNumber, named } from "../lib/arguments.ts";
import { asDType, type DType } from "../lib/dtype.ts";
import { describe } from "../lib/errors.ts";
import { empty, type Tensor } from "../lib/tensor.ts";
import type { CreateOptions } from "./create.ts";

/** A tensor of what `at` says of 0 to `count` − 1. */
function sequence(
  name: string,
  count: number,
  dtype: DType,
  requiresGrad: unknown,
  at: (i: number) => number,
): Tensor {
  const y = empty([count], dtype), out = y.storage.view(dtype), isBool = dtype === "bool";
  for (let i = 0; i < count; i++) out[y.offset + i] = isBool ? Number(at(i) !== 0) : at(i);
  return asFlag(name, "requiresGrad", requiresGrad ?? false) ? y.requiresGrad_() : y;
}

/** Options of {@link arange}. */
export interface ArangeOptions extends CreateOptions {
  /** The first number; default 0. */
  start?: number;
  /** Where to end, not included. */
  end?: number;
  /** The distance of neighbours; default 1. */
  step?: number;
}

/**
 * Numbers from `start` (default 0) up to but without `end`, `step` apart: `arange(end)`, `arange(start, end)`,
 * `arange(start, end, step)`. int32 if all are whole, else float32. See
 * {@link https://pytorch.org/docs/stable/generated/torch.arange.html}.
 *
 * @throws {RangeError} if the step is 0 or leads away from `end`.
 *
 * @example
 * ```ts
 * import { arange } from "@dinograd/dinograd";
 *
 * console.log(arange(3).toArray(), arange(1, 2, 0.5).toArray()); // [0, 1, 2] [1, 1.5]
 * ```
 */
export function arange(...args: (number | ArangeOptions | undefined)[]): Tensor {
  const given = named<ArangeOptions>("arange", args, ["start", "end", "step"], ["dtype", "requiresGrad"]);
  const { step = 1, dtype, requiresGrad } = given;
  const [start, end] = given.end === undefined ? [0, given.start] : [given.start ?? 0, given.end]; // arange(end)
  let [a, b, h] = [["start", start], ["end", end], ["step", step]].map(([name, value]) => {
    if (typeof value === "boolean") return Number(value);
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw new TypeError(`Cannot call arange() with ${name} ${describe(value)}: it must be a finite number`);
  });
  const isWhole = [a, b, h].every(Number.isInteger);
  const type = dtype === undefined ? (isWhole ? "int32" : "float32") : asDType("call arange()", dtype);
  if (type === "int32") [a, b, h] = [a, b, h].map(Math.trunc);
  if (h === 0 || (b - a) / h < 0) {
    throw new RangeError(`Cannot call arange() from ${a} to ${b} by steps of ${h}: the steps never arrive`);
  }
  return sequence("arange", Math.ceil((b - a) / h), type, requiresGrad, (i) => a + i * h);
}

/** Options of {@link linspace}. */
export interface LinspaceOptions extends CreateOptions {
  /** The first number. */
  start?: number;
  /** The last number. */
  end?: number;
  /** How many. */
  steps?: number;
}

/** Options of {@link logspace}. */
export interface LogspaceOptions extends LinspaceOptions {
  /** What the numbers are powers of; default 10. */
  base?: number;
}

/** Evenly spaced numbers, each handed to `f`: from both ends, as PyTorch does, so that the last one is exact. */
function spaced(name: string, given: Partial<LinspaceOptions>, f: (x: number) => number): Tensor {
  const { dtype = "float32", requiresGrad } = given, count = asCount(name, "steps", given.steps);
  const start = asNumber(name, "start", given.start), end = asNumber(name, "end", given.end);
  const step = (end - start) / Math.max(count - 1, 1);
  return sequence(
    name,
    count,
    asDType(`call ${name}()`, dtype),
    requiresGrad,
    (i) => f(i < count / 2 ? start + i * step : end - (count - 1 - i) * step),
  );
}

/**
 * `steps` numbers from `start` to `end`, evenly spaced, both included. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linspace.html}.
 *
 * @example
 * ```ts
 * import { linspace } from "@dinograd/dinograd";
 *
 * console.log(linspace(0, 1, 5).toArray()); // [0, 0.25, 0.5, 0.75, 1]
 * ```
 */
export function linspace(...args: (number | LinspaceOptions | undefined)[]): Tensor {
  const given = named<LinspaceOptions>("linspace", args, ["start", "end", "steps"], [
    "dtype",
    "requiresGrad",
  ]);
  return spaced("linspace", given, (x) => x);
}

/**
 * `steps` numbers from base^`start` to base^`end` (default base: 10), with evenly spaced exponents. See
 * {@link https://pytorch.org/docs/stable/generated/torch.logspace.html}.
 *
 * @example
 * ```ts
 * import { logspace } from "@dinograd/dinograd";
 *
 * console.log(logspace(0, 2, 3).toArray(), logspace(0, 3, 4, { base: 2 }).toArray()); // [1, 10, 100] [1, 2, 4, 8]
 * ```
 */
export function logspace(...args: (number | LogspaceOptions | undefined)[]): Tensor {
  const given = named<LogspaceOptions>("logspace", args, ["start", "end", "steps", "base"], [
    "dtype",
    "requiresGrad",
  ]);
  const base = asNumber("logspace", "base", given.base ?? 10);
  return spaced("logspace", given, (x) => base ** x);
}
