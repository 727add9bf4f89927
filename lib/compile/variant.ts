/** One compiled form of a function: for arguments of certain shapes and dtypes, and a certain state of what it uses. */
import type { Storage } from "../memory/storage.ts";
import { mode } from "../node.ts";
import { sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { areAlike, type Leaves } from "./arguments.ts";
import type { BackwardProgram } from "./gradient.ts";
import type { Made, Program } from "./program.ts";
import type { Flag } from "./trace.ts";

/** What was made of a function for one kind of call. */
export interface Report {
  /** Kernels and other steps that the function ran. */
  readonly recorded: number;
  /** Those that are left. */
  readonly kernels: number;
  /** Bytes of memory for everything in between, gradients included. */
  readonly bytes: number;
  /** What it took after the call that was traced, in milliseconds. */
  readonly milliseconds: number;
  /** The steps that are left, in order; those of backward come last. */
  readonly steps: readonly string[];
  /** Why calls of this kind run as they are; null if they do not. */
  readonly why: string | null;
}

/** A tensor from outside as it was when the function was traced. */
export interface Captured {
  readonly tensor: Tensor;
  readonly storage: Storage;
  readonly takes: boolean;
}

/** The gradient of a tensor before, unless that does not matter, and after. */
export interface GradientChange {
  readonly tensor: Tensor;
  readonly before: Tensor | null | undefined;
  /** Whether the numbers of the gradient before are read or changed: then it must be the same one again. */
  readonly isUsed: boolean;
  readonly after: Tensor | null;
}

/** Everything that decides which calls a form serves. */
export interface Conditions {
  readonly form: Leaves;
  readonly recording: boolean;
  readonly flags: readonly Flag[];
  readonly captured: readonly Captured[];
  readonly gradients: readonly GradientChange[];
}

/** What a call of a form runs. */
export interface Body {
  readonly program: Program;
  /** Makes the result of a call. */
  readonly result: (given: readonly Tensor[], made: Made) => unknown;
  /** What backward runs; null if nobody can call it. */
  readonly backward: BackwardProgram | null;
}

/** A compiled form; without a body calls are run as they are. */
export interface Variant {
  readonly conditions: Conditions;
  readonly body: Body | null;
  readonly report: Report;
}

/** Whether a call is one that `conditions` describe. */
export function serves({ form, recording, flags, captured, gradients }: Conditions, given: Leaves): boolean {
  if (recording !== mode.recording || !areAlike(form, given)) return false;
  for (let i = 0; i < flags.length; i++) if (flags[i].owner[flags[i].name] !== flags[i].value) return false;
  for (let i = 0; i < captured.length; i++) {
    const { tensor, storage, takes } = captured[i];
    if (tensor.storage !== storage || (tensor.node !== null) !== takes) return false;
  }
  for (let i = 0; i < gradients.length; i++) {
    const { tensor, before, isUsed } = gradients[i];
    if (before === undefined) continue;
    const { grad } = tensor;
    if (grad === null || before === null ? grad !== before : !isAlike(grad, before, isUsed)) return false;
  }
  return true;
}

function isAlike(x: Tensor, y: Tensor, isSame: boolean): boolean {
  return isSame ? x.storage === y.storage : x.dtype === y.dtype && sameShape(x.shape, y.shape);
}
