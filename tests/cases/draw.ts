/** Makes the inputs of cases: the same seed gives the same numbers, here and in the goldens. */
import { tensor } from "../../mod.ts";
import { type Shape, sizeOf } from "../../lib/shape.ts";
import type { Tensor } from "../../lib/tensor.ts";
import type { Case, Given, Input } from "./case.ts";

/** Uniform numbers from 0 to 1 (mulberry32). */
export function draws(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A float64 tensor of numbers drawn between `from` and `to`. */
export function drawn(shape: Shape, random: () => number, from = -2, to = 2): Tensor {
  const values = Float64Array.from({ length: sizeOf(shape) }, () => from + random() * (to - from));
  return tensor(values, { shape });
}

/** The inputs of a case, off the tape. */
export function inputsOf(c: Case, seed = 3): Tensor[] {
  const random = draws(seed);
  return c.of.map((input) => isGiven(input) ? given(input) : drawn(input, random, c.from, c.to));
}

/** The inputs of a case as leaves: those of float64 take gradients. */
export function leavesOf(c: Case, seed = 3): Tensor[] {
  return leaves(c, inputsOf(c, seed));
}

/** Makes the floats among `x`, laid out or converted inputs of `c`, leaves that take gradients. */
export function leaves(c: Case, x: readonly Tensor[]): Tensor[] {
  return x.map((t, i) => takesGradient(c.of[i]) ? t.requiresGrad_() : t);
}

function takesGradient(input: Input): boolean {
  return !isGiven(input) || ((input.dtype ?? "float64") === "float64" && !input.constant);
}

/** Whether any input of a case takes a gradient. */
export function isDifferentiable(c: Case): boolean {
  return c.gradient !== "none" && c.of.some(takesGradient);
}

/** Whether an input comes with its elements. */
export function isGiven(input: Input): input is Given {
  return "values" in input && !Array.isArray(input);
}

function given({ values, dtype = "float64" }: Given): Tensor {
  return tensor(values, { dtype });
}

/** How a case is named in messages: `[2, 3] [3] 1 {"keepdim":true}`. */
export function title({ of, args = [] }: Case): string {
  const inputs = of.map((input) =>
    isGiven(input) ? `${input.dtype ?? "special"} values` : `[${input.join(", ")}]`
  );
  return [...inputs, ...args.map((a) => JSON.stringify(a))].join(" ");
}
