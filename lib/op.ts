/**
 * Operations: one definition gives the forward computation, the gradient and what must be kept for it.
 *
 * `defineOp` is for ops with one output, `defineMultiOp` for several; pointwise ops, whose gradients derive
 * themselves, are in pointwise.ts. Every op is listed in {@link registry}, over which the tests iterate.
 */
import { isFloat } from "./dtype.ts";
import { newestSerial, releaseSince, type Storage, track } from "./memory/storage.ts";
import { mode, Node } from "./node.ts";
import { sameShape, show } from "./shape.ts";
import { checkVersion, checkVersions, snapshot } from "./snapshot.ts";
import { currentNode, type Sweep } from "./tape.ts";
import type { Tensor } from "./tensor.ts";
import { watcher } from "./watch.ts";

/** The gradient for one input, in differentiable ops, so that it can be differentiated again. */
export type GradientRule<P> = (g: Tensor, inputs: readonly Tensor[], output: Tensor, params: P) => Tensor;

/** The gradients for all inputs of an op with several outputs; null where an output's gradient did not arrive. */
export type MultiGradientRule<P> = (
  g: readonly (Tensor | null)[],
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  params: P,
) => readonly (Tensor | null)[];

/** What a gradient reads the numbers of; everything else is freed as soon as the user drops it. */
export type Keeps = "inputs" | "output" | "both" | "nothing";

/** Everything the library knows about one op. */
export interface OpDefinition<P> {
  readonly name: string;
  readonly forward: (inputs: readonly Tensor[], params: P) => Tensor;
  /** One rule per input; null where an input takes no gradient. Without rules the op is not recorded. */
  readonly grad?: readonly (GradientRule<P> | null)[] | GradientRule<P>[];
  /** The rule for any input, instead of `grad`, for ops with a list of inputs. */
  readonly gradEach?: (index: number) => GradientRule<P>;
  readonly keeps?: Keeps;
  /** Inputs broadcast against each other; the tape sums each gradient back to its input's shape. */
  readonly broadcasts?: boolean;
  /** Linear in each input while the others stand: forward mode applies the op itself to tangents. */
  readonly linear?: boolean;
  /** The output is a view of the first input. */
  readonly isView?: boolean;
  /** The same in plain ops; a test holds `forward` against it. */
  readonly meaning?: (inputs: readonly Tensor[], params: P) => Tensor;
}

/** As {@link OpDefinition}, with several outputs. Outputs of integer dtype take no gradient. */
export interface MultiOpDefinition<P> {
  readonly name: string;
  readonly forward: (inputs: readonly Tensor[], params: P) => readonly Tensor[];
  readonly grad?: MultiGradientRule<P>;
  readonly keeps?: Keeps;
  readonly meaning?: (inputs: readonly Tensor[], params: P) => readonly Tensor[];
}

/** What the tape asks of an op, whichever way it was defined. */
export interface Recordable {
  readonly title: string;
  readonly broadcasts: boolean;
  gradient(index: number, g: Tensor, node: OpNode): Tensor;
  /** What the output's tangent gets from that of input `index` (see forward.ts); null if nothing. */
  tangent?(index: number, tangent: Tensor, node: OpNode): Tensor | null;
}

/** Every defined op by name. What it computes is read at each call, so that tests can put something in its place. */
// deno-lint-ignore no-explicit-any -- parameters differ from op to op; tests only iterate
export const registry: Map<string, OpDefinition<any> | MultiOpDefinition<any> | Recordable> = new Map();

/** Defines an op and returns the function that runs it. */
export function defineOp<P = void>(
  definition: OpDefinition<P>,
): (inputs: readonly Tensor[], params: P) => Tensor {
  registry.set(definition.name, definition);
  const { name, grad, keeps = "inputs", broadcasts = false, isView = false } = definition;
  const keepsInputs = keeps === "inputs" || keeps === "both",
    keepsOutput = keeps === "output" || keeps === "both";
  const recordable: Recordable = {
    title: titleOf(name),
    broadcasts,
    gradient(index, g, node) {
      const rule = definition.gradEach ? definition.gradEach(index) : grad![index]!;
      return rule(g, node.inputs as Tensor[], node.output!, node.params as P);
    },
  };
  if (definition.linear) {
    recordable.tangent = (index, tangent, node) => {
      return run(node.inputs.map((x, i) => i === index ? tangent : x as Tensor), node.params as P);
    };
  }
  return run;

  function run(inputs: readonly Tensor[], params: P): Tensor {
    const output = offTape(name, definition.forward, inputs, params), { gradEach } = definition;
    if (isView) attachView(output, inputs[0]);
    if (!mode.recording || !(grad || gradEach) || !isFloat(output.dtype) || !anyRecorded(inputs)) {
      return output;
    }
    const node = new OpNode(recordable, params, inputs.length);
    for (let i = 0; i < inputs.length; i++) {
      const takes = gradEach || grad?.[i];
      node.save(i, inputs[i], keepsInputs, Boolean(takes));
    }
    node.finish(output, keepsOutput);
    return output;
  }
}

/** Defines an op with several outputs and returns the function that runs it. */
export function defineMultiOp<P = void>(
  definition: MultiOpDefinition<P>,
): (inputs: readonly Tensor[], params: P) => Tensor[] {
  registry.set(definition.name, definition);
  const { name, keeps = "inputs" } = definition, title = titleOf(name);
  return (inputs, params) => {
    const outputs = [...offTape(name, definition.forward, inputs, params)], { grad } = definition;
    if (!mode.recording || !grad || !anyRecorded(inputs)) return outputs;
    const node = new MultiNode(title, grad as MultiGradientRule<unknown>, params, outputs.length);
    node.record(inputs, outputs, keeps);
    return outputs;
  };
}

function offTape<P, R>(
  name: string,
  forward: (inputs: readonly Tensor[], params: P) => R,
  inputs: readonly Tensor[],
  params: P,
): R {
  if (!mode.recording) return watched(name, forward, inputs, params);
  mode.recording = false;
  try {
    return watched(name, forward, inputs, params);
  } finally {
    mode.recording = true;
  }
}

/** Runs `forward`, as an op of its own if somebody looks on. */
function watched<P, R>(
  name: string,
  forward: (inputs: readonly Tensor[], params: P) => R,
  inputs: readonly Tensor[],
  params: P,
): R {
  return watcher === null ? forward(inputs, params) : watcher.op(name, forward, inputs, params);
}

function anyRecorded(inputs: readonly Tensor[]): boolean {
  for (let i = 0; i < inputs.length; i++) if (currentNode(inputs[i]) !== null) return true;
  return false;
}

/** What messages and `gradFn` call an op: "LinalgSolve" for linalg.solve. */
export function titleOf(name: string): string {
  return name.split(".").map((part) => part[0].toUpperCase() + part.slice(1)).join("");
}

/** Remembers that `view` shows part of `x`, so that changing it in place can be recorded on its base. */
function attachView(view: Tensor, x: Tensor): void {
  if (mode.recording && x.base !== x) view.base = x.base ?? x;
  // made inside noGrad(): a change in place could not be recorded; being its own base says so
  else if (x.base === x || currentNode(x) !== null) view.base = view;
  if (view.base !== null) view.stamp = view.base.stamp;
}

/** A recorded op with one output. */
export class OpNode extends Node {
  /** What the gradients may read: tensors (without numbers where not kept) and plain numbers. */
  inputs: (Tensor | number)[];
  /** The output, if kept; otherwise its shape and history only. */
  output: Tensor | null = null;
  readonly #made: string | undefined = mode.anomaly ? new Error().stack : undefined;

  /** Library use; see {@link defineOp}. */
  constructor(readonly op: Recordable, readonly params: unknown, arity: number) {
    super();
    this.inputs = new Array(arity); // an empty one that is pushed to would take room for 17
  }

  override get title(): string {
    return this.op.title;
  }

  /** Records input `i`: its numbers if `keep`, its history if `takes`, for then a gradient can flow to it. */
  save(i: number, x: Tensor | number, keep: boolean, takes: boolean): void {
    this.inputs[i] = typeof x === "number" ? x : snapshot(x, keep, takes);
  }

  /** Records the output and makes this node its history. */
  finish(output: Tensor, keep: boolean): void {
    if (output.base === output) output.base = null;
    output.node = this;
    output.output = 0;
    this.output = snapshot(output, keep);
  }

  override outputLike(): Tensor | null {
    return this.output;
  }

  override pushSources(stack: Node[], seen: number): void {
    const { inputs } = this;
    for (let i = 0; i < inputs.length; i++) {
      const x = inputs[i];
      if (typeof x !== "number" && x.node !== null && x.node.seen !== seen) stack.push(x.node);
    }
  }

  override propagate(sweep: Sweep): void {
    const { inputs } = this;
    if (this.output === null) throwFreed();
    checkVersions(this.title, inputs);
    checkVersion(this.title, "output", this.output!);
    const fresh = sweep.isFresh(this, 0), g = sweep.take(this, 0) as Tensor;
    const before = newestSerial(), mark = sweep.createGraph ? -1 : track();
    const results: (Tensor | null)[] = new Array(inputs.length);
    try {
      for (let i = 0; i < inputs.length; i++) {
        results[i] = null;
        const x = inputs[i];
        if (typeof x === "number" || x.node === null || !sweep.wants(x.node)) continue;
        let gx = watcher === null ? this.op.gradient(i, g, this) : watcher.slope(this, i, g);
        if (this.op.broadcasts && !sameShape(gx.shape, x.shape)) gx = gx.sumToSize(x.shape);
        results[i] = conform(this.title, i, gx, x, this.#made);
      }
    } finally {
      if (mark >= 0) releaseSince(mark, results);
    }
    deliver(sweep, inputs, results, before, fresh ? [g] : none);
    if (!sweep.retainGraph) {
      this.output = null;
      this.inputs = none;
    }
  }
}

const none: Tensor[] = [];

function throwFreed(): never {
  throw new Error(
    "Cannot call backward() again: the first call freed the tape; pass { retainGraph: true } to the first",
  );
}

/** Holds a gradient against its input: brings it to its dtype, and checks its shape and, if asked to, its numbers. */
function conform(title: string, index: number, g: Tensor, x: Tensor, made: string | undefined): Tensor {
  const gx = g.dtype === x.dtype ? g : g.to(x.dtype);
  if (!sameShape(gx.shape, x.shape)) {
    throw new Error(
      `Bug in ${title}: gradient ${index} has shape ${show(gx.shape)}, its input ${show(x.shape)}`,
    );
  }
  if (mode.anomaly) checkFinite(title, index, gx, made);
  return gx;
}

function checkFinite(title: string, index: number, g: Tensor, made: string | undefined): void {
  if (!g.toTypedArray().some((v) => Number.isNaN(v))) return;
  const called = made?.split("\n").slice(1).filter((line) => !line.includes("/lib/")).join("\n") ?? "";
  throw new Error(
    `Cannot go on with backward: the gradient of input ${index} of ${title} has NaN; the operation was recorded` +
      (called ? ` here:\n${called}` : " before detectAnomaly() was on"),
  );
}

/**
 * Sends results to where their inputs came from, and gives `handed` back to the arena: gradients that came in and nobody
 * else holds, unless they are passed on. A result is fresh if its storage was allocated by this step or handed to it,
 * and goes to one place only.
 */
function deliver(
  sweep: Sweep,
  inputs: readonly (Tensor | number)[],
  results: readonly (Tensor | null)[],
  before: number,
  handed: readonly Tensor[],
): void {
  for (let i = 0; i < results.length; i++) {
    const gx = results[i];
    if (gx === null) continue;
    const x = inputs[i] as Tensor, { storage } = gx;
    const fresh = !sweep.createGraph && (storage.serial > before || countOf(handed, storage) === 1) &&
      countOf(results, storage) === 1;
    sweep.send(x.node!, x.output, gx, fresh);
  }
  if (sweep.createGraph) return;
  for (let k = 0; k < handed.length; k++) {
    if (countOf(results, handed[k].storage) === 0) handed[k].storage.release();
  }
}

function countOf(results: readonly (Tensor | null)[], storage: Storage): number {
  let count = 0;
  for (let i = 0; i < results.length; i++) {
    if (results[i] !== null && results[i]!.storage === storage) count++;
  }
  return count;
}

/** A recorded op with several outputs; gradients are kept apart by output. */
class MultiNode extends Node {
  #inputs: Tensor[] | null = null;
  #kept: Tensor[] = none;
  readonly #made: string | undefined = mode.anomaly ? new Error().stack : undefined;

  constructor(
    override readonly title: string,
    readonly rule: MultiGradientRule<unknown>,
    readonly params: unknown,
    readonly count: number,
  ) {
    super();
  }

  override get outputs(): number {
    return this.count;
  }

  record(inputs: readonly Tensor[], outputs: readonly Tensor[], keeps: Keeps): void {
    this.#inputs = inputs.map((x) => snapshot(x, keeps === "inputs" || keeps === "both"));
    outputs.forEach((y, k) => {
      if (!isFloat(y.dtype)) return;
      if (y.base === y) y.base = null;
      y.node = this;
      y.output = k;
    });
    this.#kept = outputs.map((y) => snapshot(y, keeps === "output" || keeps === "both"));
  }

  override outputLike(k: number): Tensor | null {
    const y = this.#kept.at(k);
    return y && isFloat(y.dtype) ? y : null;
  }

  override pushSources(stack: Node[]): void {
    for (const x of this.#inputs ?? []) if (x.node) stack.push(x.node);
  }

  override propagate(sweep: Sweep): void {
    const inputs = this.#inputs, kept = this.#kept;
    if (!inputs) throwFreed();
    checkVersions(this.title, inputs);
    kept.forEach((y, k) => checkVersion(this.title, `output ${k}`, y));
    const handed: Tensor[] = [];
    const g = kept.map((_, k) => {
      const fresh = sweep.isFresh(this, k), gk = sweep.take(this, k) as Tensor | undefined;
      if (fresh && gk) handed.push(gk);
      return gk ?? null;
    });
    const before = newestSerial(), mark = sweep.createGraph ? -1 : track();
    const results: (Tensor | null)[] = [];
    try {
      const given = watcher === null
        ? this.rule(g, inputs, kept, this.params)
        : watcher.op(this.title, this.rule, g, inputs, kept, this.params);
      for (let i = 0; i < inputs.length; i++) {
        const x = inputs[i], gx = given[i] ?? null;
        const flows = gx !== null && x.node !== null && sweep.wants(x.node);
        results.push(flows ? conform(this.title, i, gx, x, this.#made) : null);
      }
    } finally {
      if (mark >= 0) releaseSince(mark, results);
    }
    deliver(sweep, inputs, results, before, handed);
    if (!sweep.retainGraph) {
      this.#inputs = null;
      this.#kept = none;
    }
  }
}
