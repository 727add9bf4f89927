/**
 * Compiles fused kernels over rows, such as softmax and layer norm: reductions and maps in as few passes over a row
 * as their dependences allow, while the row stays in the first-level cache.
 */
import { Access, type Place, placeTypes } from "./access.ts";
import { type Accumulator, accumulator } from "./accumulate.ts";
import { type Local, ModuleBuilder } from "./assemble.ts";
import { Inputs, inputsOf, inputTypes, isLight, openScope, type Scope } from "./evaluate.ts";
import type { RowsSpec, RowStep } from "../kernel.ts";

/**
 * Compiles a kernel that exports `run(rows, n, ...outputs, ...inputs)`: for each output, and for each input in order,
 * an address and a row stride in bytes; for an input of mode "number" the number alone. Outputs have the compute type
 * and are none of the inputs.
 */
export function rowsModule(spec: RowsSpec, fma: boolean): ModuleBuilder {
  const { compute } = spec, module = new ModuleBuilder();
  const types = [
    "i32",
    "i32",
    ...spec.outputs.flatMap(() => placeTypes(1)),
    ...inputTypes(spec.inputs, 1),
  ] as const;
  module.add("run", types, [], (f, rows, n, ...parameters) => {
    const access = new Access(f, compute);
    const outputs = spec.outputs.map(() => access.place({ dtype: compute, mode: "vector" }, parameters, 1));
    const inputs = new Inputs(access, spec.inputs, parameters, 1);
    const roots = spec.steps.map((step) => step.root), call = openScope(f, compute, fma);
    const states = spec.steps.map((step) =>
      step.kind === "reduce" ? accumulator(f, call.lanes, step.combine) : null
    );
    inputs.bindNumbers(call);
    call.prepare(roots);
    f.while(() => f.get(rows), () => {
      const row = call.inside();
      inputs.bindSplats(row);
      new Row(spec, access, inputs, outputs, states, row, n).write();
      for (const place of [...inputs.places, ...outputs]) access.nextRow(place);
      f.increment(rows, -1);
    });
  });
  return module;
}

/** The steps of a kernel over one row. */
class Row {
  /** The map whose result each output holds. */
  readonly #held = new Map<number, number>();

  constructor(
    readonly spec: RowsSpec,
    readonly access: Access,
    readonly inputs: Inputs,
    readonly outputs: readonly Place[],
    readonly states: readonly (Accumulator | null)[],
    readonly scope: Scope,
    readonly n: Local,
  ) {}

  /** Writes all steps: each pass takes up the steps that need no reduction of the same pass. */
  write(): void {
    const walks = [...this.spec.steps.keys()].filter((j) => this.spec.steps[j].kind !== "one");
    while (walks.length > 0) {
      this.#writeOnes();
      const pass: number[] = [];
      while (walks.length > 0 && (pass.length === 0 || this.#fits(walks[0], pass))) pass.push(walks.shift()!);
      this.#writePass(pass);
    }
    this.#writeOnes();
  }

  /** The expression input that stands for the result of step `j`. */
  #result(j: number): number {
    return this.spec.inputs.length + j;
  }

  /** The steps whose results step `j` reads. */
  #reads(j: number): number[] {
    const first = this.#result(0);
    return [...inputsOf([this.spec.steps[j].root])].filter((i) => i >= first).map((i) => i - first);
  }

  #ready(j: number): boolean {
    return this.#reads(j).every((k) =>
      this.spec.steps[k].kind === "map" || this.scope.knows(this.#result(k))
    );
  }

  /**
   * Whether step `j` may join the steps of `pass`. A reduction of what a heavy map writes does better alone: the map's
   * constants would drive its state from the registers (exp and sum: 2.9 ns a vector in two passes, 4.0 in one).
   */
  #fits(j: number, pass: readonly number[]): boolean {
    const heavy = !isLight(pass.map((k) => this.spec.steps[k].root));
    return this.#ready(j) && !(heavy && this.states[j] && this.#reads(j).some((k) => pass.includes(k)));
  }

  /** Writes the steps of one number a row that can be, and are not yet. */
  #writeOnes(): void {
    this.spec.steps.forEach((step, j) => {
      if (step.kind !== "one" || this.scope.knows(this.#result(j)) || !this.#ready(j)) return;
      this.#finish(step, j, this.scope.value(step.root));
    });
  }

  #finish({ output }: RowStep, j: number, value: Local): void {
    this.scope.bind(this.#result(j), value);
    if (output !== undefined) this.access.storeOne(this.outputs[output], value);
  }

  #writePass(pass: readonly number[]): void {
    const { access, scope, spec, states } = this, roots = pass.map((j) => spec.steps[j].root);
    const sources = this.#sources(pass), places = new Set(sources.map((x) => x.place));
    const reductions = pass.filter((j) => states[j]);
    for (const j of pass) {
      const step = spec.steps[j];
      if (step.kind === "map") places.add(this.outputs[step.output]);
    }
    scope.prepare(roots);
    for (const j of reductions) states[j]!.reset();
    const unroll = reductions.length ? (isLight(roots) ? 8 : 2) : isLight(roots) ? 4 : 1;
    access.walk(this.n, unroll, [...places], (vectors, left) => {
      const computed: Map<number, Local>[] = [];
      const at = (u: number) => computed[u] ??= this.#writeVector(pass, sources, u, left);
      for (const j of reductions) states[j]!.take(vectors, (u) => at(u).get(j)!);
      for (let u = 0; u < vectors; u++) at(u);
    });
    for (const j of pass) {
      const step = spec.steps[j];
      if (step.kind === "map") this.#held.set(step.output, j);
    }
    for (const j of reductions) this.#finish(spec.steps[j], j, access.splatFirst(states[j]!.fold()));
  }

  /** What a pass loads: inputs, and results of maps in earlier passes from where they were written. */
  #sources(pass: readonly number[]): { index: number; place: Place }[] {
    const used = inputsOf(pass.map((j) => this.spec.steps[j].root));
    const sources = this.inputs.vectors.filter((x) => used.has(x.index));
    this.spec.steps.forEach((step, j) => {
      const index = this.#result(j);
      if (step.kind !== "map" || !used.has(index) || pass.includes(j)) return;
      if (this.#held.get(step.output) !== j) throw new Error("Bug: a row kernel reads a map written over");
      sources.push({ index, place: this.outputs[step.output] });
    });
    return sources;
  }

  /** Writes the steps of a pass for one vector; returns what its reductions take up. */
  #writeVector(
    pass: readonly number[],
    sources: readonly { index: number; place: Place }[],
    index: number,
    left?: Local,
  ): Map<number, Local> {
    const { access, spec } = this, here = this.scope.inside(), taken = new Map<number, Local>();
    for (const source of sources) here.bind(source.index, access.load(source.place, index, left));
    for (const j of pass) {
      const step = spec.steps[j], y = here.value(step.root), state = this.states[j];
      if (state) taken.set(j, left ? access.keepFirst(left, y, state.neutral) : y);
      if (step.kind !== "map") continue;
      here.bind(this.#result(j), y);
      access.store(this.outputs[step.output], y, index, left);
    }
    return taken;
  }
}
