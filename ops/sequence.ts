/** Numbers in a row: evenly spaced, or their powers. */
import { asCount, asFlag, asNumber, named } from "../lib/arguments.ts";
import { asDType, type DType, type TypedArray } from "../lib/dtype.ts";
import { describe } from "../lib/errors.ts";
import { empty, type Tensor } from "../lib/tensor.ts";
import type { CreateOptions } from "./create.ts";

/** An arithmetic sequence: element `origin` is `value`, neighbours are `step` apart. */
interface Ramp {
  readonly origin: number;
  readonly value: number;
  readonly step: number;
}

/** A tensor of `count` numbers: those of `first`, and in the second half those of `second`. */
function sequence(count: number, dtype: DType, first: Ramp, second: Ramp = first): Tensor {
  if (dtype === "bool") return sequence(count, "float64", first, second).ne(0);
  const y = empty([count], dtype), out = y.storage.view(dtype), half = Math.ceil(count / 2);
  write(out.subarray(y.offset, y.offset + half), 0, first);
  write(out.subarray(y.offset + half, y.offset + count), half, second);
  return y;
}

function write(out: TypedArray, start: number, { origin, value, step }: Ramp): void {
  const from = start - origin;
  for (let i = 0; i < out.length; i++) out[i] = value + (from + i) * step;
}

function leaf(name: string, y: Tensor, requiresGrad: unknown): Tensor {
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
  const y = sequence(Math.ceil((b - a) / h), type, { origin: 0, value: a, step: h });
  return leaf("arange", y, requiresGrad);
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

/** Evenly spaced numbers: from both ends, as PyTorch does, so that the last one is exact. */
function spaced(name: string, given: Partial<LinspaceOptions>, dtype: DType): Tensor {
  const count = asCount(name, "steps", given.steps);
  const start = asNumber(name, "start", given.start), end = asNumber(name, "end", given.end);
  const step = (end - start) / Math.max(count - 1, 1);
  return sequence(
    count,
    dtype,
    { origin: 0, value: start, step },
    { origin: count - 1, value: end, step },
  );
}

function floatOr(name: string, dtype: DType = "float32"): DType {
  return asDType(`call ${name}()`, dtype);
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
  const y = spaced("linspace", given, floatOr("linspace", given.dtype));
  return leaf("linspace", y, given.requiresGrad);
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
  const base = asNumber("logspace", "base", given.base ?? 10), dtype = floatOr("logspace", given.dtype);
  const exponents = spaced("logspace", given, "float64");
  return leaf("logspace", exponents.newFull([], base).pow(exponents).to(dtype), given.requiresGrad);
}
