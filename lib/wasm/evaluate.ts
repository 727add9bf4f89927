/**
 * Writes the expressions of a kernel into its function, each part as far outside the loops as it can be.
 *
 * A {@link Scope} is one level of the kernel: the call, a row, a vector. Whatever depends only on what is known at a
 * level is written there, once for all that happens inside.
 */
import { type Access, type Place, placeTypes } from "./access.ts";
import type { FunctionBuilder, Local, ValueType } from "./assemble.ts";
import { emitLanes, type Lanes } from "./lanes.ts";
import { laneAlgebra } from "./math.ts";
import { type Algebra, type Expr, inOrder, speak, type Word } from "../formula.ts";
import type { ComputeType, Operand } from "../kernel.ts";

/** What is known at one level of a kernel: values of inputs, by index, and of expressions. */
export class Scope {
  readonly #values = new Map<Expr | number, Local>();

  /** A level inside `outer`; {@link openScope} makes the outermost. */
  constructor(readonly lanes: Lanes<Local>, readonly algebra: Algebra<Local>, readonly outer?: Scope) {}

  /** A level inside this one. */
  inside(): Scope {
    return new Scope(this.lanes, this.algebra, this);
  }

  /** Whether input `index` has a value here. */
  knows(index: number): boolean {
    return this.#values.has(index) || (this.outer?.knows(index) ?? false);
  }

  /** Says that input `index` has this value here. */
  bind(index: number, value: Local): void {
    this.#values.set(index, value);
  }

  /** Writes all parts of `roots` that are known here. */
  prepare(roots: readonly Expr[]): void {
    for (const e of inOrder(...roots)) {
      if (e.word === "input" || this.#find(e)) continue;
      const args = e.args.map((a) => this.#find(a));
      if (args.every((a) => a !== undefined)) this.#values.set(e, speak(this.algebra, e, args));
    }
  }

  /** Writes `root`, whose inputs are all known here; returns its value. */
  value(root: Expr): Local {
    this.prepare([root]);
    const value = this.#find(root);
    if (!value) throw new Error("Bug: an expression reads an input that has no value in its scope");
    return value;
  }

  #find(e: Expr): Local | undefined {
    const known = this.#values.get(e.word === "input" ? e.value : e);
    return known || !this.outer ? known : this.outer.#find(e);
  }
}

/** The outermost level of a kernel. */
export function openScope(f: FunctionBuilder, compute: ComputeType, fma: boolean): Scope {
  const lanes = emitLanes(f, compute, fma);
  return new Scope(lanes, laneAlgebra(lanes));
}

/** The parameters of a kernel for its inputs, in order: address and strides of one in memory, or a number. */
export function inputTypes(inputs: readonly Operand[], strides = 2): ValueType[] {
  return inputs.flatMap((x): ValueType[] => x.mode === "number" ? ["f64"] : placeTypes(strides));
}

/** An input in memory. */
export interface MemoryInput {
  readonly index: number;
  readonly place: Place;
}

/** The inputs of a kernel under construction. */
export class Inputs {
  /** Those with one element for a whole row. */
  readonly splats: MemoryInput[] = [];
  /** Those with an element for every column. */
  readonly vectors: MemoryInput[] = [];
  readonly #numbers: (readonly [index: number, parameter: Local])[] = [];

  /** Takes the inputs' parameters, as {@link inputTypes} lists them, from the front of `parameters`. */
  constructor(readonly access: Access, inputs: readonly Operand[], parameters: Local[], strides = 2) {
    inputs.forEach((x, index) => {
      if (x.mode === "number") this.#numbers.push([index, parameters.shift()!]);
      else {
        const place = access.place(x, parameters, strides);
        (x.mode === "splat" ? this.splats : this.vectors).push({ index, place });
      }
    });
  }

  /** All in memory. */
  get places(): readonly Place[] {
    return [...this.splats, ...this.vectors].map((x) => x.place);
  }

  /** Gives `scope` the numbers. */
  bindNumbers(scope: Scope): void {
    for (const [index, parameter] of this.#numbers) scope.bind(index, this.access.splatNumber(parameter));
  }

  /** Gives `scope` the elements that serve the whole current row. */
  bindSplats(scope: Scope): void {
    for (const { index, place } of this.splats) scope.bind(index, this.access.loadSplat(place));
  }
}

/** The inputs that `roots` read. */
export function inputsOf(roots: readonly Expr[]): Set<number> {
  return new Set(inOrder(...roots).filter((e) => e.word === "input").map((e) => e.value));
}

/** Whether a loop's own instructions would weigh as much as the formulas: then a round should take several vectors. */
export function isLight(roots: readonly Expr[]): boolean {
  let weight = 0;
  for (const { word, callee } of inOrder(...roots)) {
    if (word === "call") weight += callee!.cost ?? 9;
    else if (word !== "input" && word !== "constant") weight += costs[word] ?? 1;
  }
  return weight <= 8;
}

/** About how many instructions a word takes, where that is more than one. */
const costs: Partial<Record<Word, number>> = {
  ...{ pow: 60, exp: 20, expm1: 30, log: 25, log1p: 30, sin: 40, cos: 40, tanh: 30, erf: 40, min: 3, max: 3 },
};
