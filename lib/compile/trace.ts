/**
 * The trace of a function: what it does to memory during one ordinary run, as a list of instructions.
 *
 * Kernels are noted one by one, with the formula where there is one, so that fuse.ts can join them. An op that touches
 * memory by hand in plain JavaScript is one instruction as a whole: its forward, on the same tensors. What happens to
 * memory outside of both cannot be done again: numbers read out are refused, memory that was just made is a constant.
 */
import type { DType } from "../dtype.ts";
import type { PointwiseKernel, Strided } from "../execute.ts";
import { allocate, newestSerial, type Storage } from "../memory/storage.ts";
import type { OpNode } from "../op.ts";
import { type ReduceCall, runReduction } from "../reduce.ts";
import type { RowsKernel } from "../rows.ts";
import { Tensor } from "../tensor.ts";
import type { UpdateRule } from "../update.ts";
import { supplyFrom, watchBy, type Watcher } from "../watch.ts";

/** A kernel of a formula, element by element. */
export interface PointwiseCall {
  readonly kind: "pointwise";
  readonly kernel: PointwiseKernel;
  readonly out: Strided;
  readonly dtype: DType;
  readonly inputs: readonly (Strided | number)[];
}

/** A fused kernel over rows. */
export interface RowsCall {
  readonly kind: "rows";
  readonly kernel: RowsKernel;
  readonly outputs: readonly Tensor[];
  readonly inputs: readonly (Tensor | number)[];
  readonly rows: number;
  readonly n: number;
}

/** A kernel whose formulas are known. */
export type Call = PointwiseCall | RowsCall | { readonly kind: "reduce" } & ReduceCall;

/** Something that the function did, and does again. */
export interface Instruction {
  readonly name: string;
  /** The storages it reads and those it writes. */
  readonly reads: readonly Storage[];
  readonly writes: readonly Storage[];
  /** The storages made while it ran, in order: it finds their memory ready when it runs again. */
  readonly made: readonly Storage[];
  /** What it does besides filling memory: fills arrays again; or changes things, draws numbers, counts steps. */
  readonly effect: Effect;
  readonly run: () => void;
  readonly call: Call | null;
}

/** See {@link Instruction.effect}. */
export type Effect = "none" | "refill" | "change";

/** An op, or something done as a whole, that has begun. */
interface Frame {
  /** How many instructions there were. */
  readonly at: number;
  /** Whether nothing inside is noted one by one. */
  readonly whole: boolean;
  readonly made: Storage[];
  /** The storages touched by hand, and their versions then. */
  readonly touched: Map<Storage, number>;
  effect: Effect;
}

/** A property that decided what was done. */
export interface Flag {
  readonly owner: Readonly<Record<string, unknown>>;
  readonly name: string;
  readonly value: unknown;
}

/** Notes what a function does. */
export class Trace implements Watcher {
  readonly instructions: Instruction[] = [];
  /** Tensors from outside that were used, and where they had their numbers. */
  readonly captured: Map<Tensor, Storage> = new Map();
  readonly flags: Flag[] = [];
  /** The gradients that tensors had at first; undefined where they were replaced before they were read. */
  readonly gradients: Map<Tensor, Tensor | null | undefined> = new Map();
  /** Storages filled by hand, and copies of those that are overwritten later. */
  readonly constants: Map<Storage, Uint8Array | null> = new Map();
  readonly #written = new Set<Storage>();
  readonly #foreign = new Set<Storage>();
  readonly #frames: Frame[] = [];
  readonly #start = newestSerial();
  #lasting = false;

  /** Runs `body` and notes what it does; `title` is what errors call it. */
  constructor(readonly title: string) {}

  /** Runs the function. */
  run<T>(body: () => T): T {
    const supplier = supplyFrom((bytes) => this.#supply(bytes)), by = watchBy(this);
    try {
      return body();
    } finally {
      watchBy(by);
      supplyFrom(supplier);
    }
  }

  /** Whether a storage was made by the function, for itself. */
  isOwn(storage: Storage): boolean {
    return storage.serial > this.#start && !this.#foreign.has(storage);
  }

  #supply(bytes: number): Storage {
    const supplier = supplyFrom(null), storage = allocate(bytes);
    supplyFrom(supplier);
    storage.escaped = true; // it is needed again after any scope() that the call is in
    if (this.#lasting) this.#foreign.add(storage);
    else for (const frame of this.#frames) frame.made.push(storage);
    return storage;
  }

  /** Whether what happens belongs to something that is done again as a whole. */
  get #inside(): boolean {
    return this.#frames.at(-1)?.whole === true;
  }

  pointwise(
    kernel: PointwiseKernel,
    out: Strided,
    dtype: DType,
    given: readonly (Strided | number)[],
  ): void {
    const inputs = given.slice(), run = () => kernel.run(out, dtype, inputs);
    this.#note("pointwise", [out], inputs, run, { kind: "pointwise", kernel, out, dtype, inputs });
  }

  reduce(call: ReduceCall): void {
    const run = () => runReduction(call);
    this.#note(call.combine, [call.y], call.inputs, run, { kind: "reduce", ...call });
  }

  rows(
    kernel: RowsKernel,
    outputs: readonly Tensor[],
    inputs: readonly (Tensor | number)[],
    rows: number,
    n: number,
  ): void {
    const run = () => kernel.fill(outputs, inputs, rows, n);
    this.#note("rows", outputs, inputs, run, { kind: "rows", kernel, outputs, inputs, rows, n });
  }

  update(rule: UpdateRule, given: readonly Tensor[], values: readonly number[]): void {
    const tensors = given.slice(), numbers = values.slice();
    this.#note("update", rule.changed(tensors), tensors, () => rule.run(tensors, numbers));
  }

  kernel<A extends readonly unknown[]>(
    name: string,
    writes: readonly Strided[],
    reads: readonly Strided[],
    run: (...args: A) => void,
    ...args: A
  ): void {
    this.#note(name, writes, reads, () => run(...args));
  }

  op<A extends readonly unknown[], R>(name: string, run: (...args: A) => R, ...args: A): R {
    if (this.#inside) return run(...args);
    if (Array.isArray(args[0])) this.#capture(args[0]);
    return this.#framed(name, "none", () => run(...args));
  }

  slope(node: OpNode, index: number, g: Tensor): Tensor {
    // the sweep takes from the node what it holds
    const held: OpNode = Object.assign(Object.create(Object.getPrototypeOf(node)), node);
    return this.op(`${node.title}Backward`, () => node.op.gradient(index, g, held));
  }

  whole<T>(name: string, body: () => T): T {
    return this.#inside ? body() : this.#framed(name, "change", body);
  }

  derived<T extends object>(name: string, compute: () => T): T {
    if (this.#inside) return compute();
    let result: T | null = null;
    const body = () => {
      if (result === null) result = compute();
      else refill(this.title, name, result, compute());
    };
    this.#framed(name, "refill", body);
    return result!;
  }

  once<T>(body: () => T): T {
    const was = this.#lasting;
    this.#lasting = true;
    try {
      return this.#unwatched(body);
    } finally {
      this.#lasting = was;
    }
  }

  touch(storage: Storage): void {
    const frame = this.#frames.at(-1);
    if (frame) {
      if (!frame.touched.has(storage)) frame.touched.set(storage, storage.version);
      if (this.constants.has(storage)) this.#save(storage); // it may be about to be overwritten
    } else if (this.isOwn(storage) && !this.#written.has(storage)) {
      if (!this.constants.has(storage)) this.constants.set(storage, null);
    } else {
      throw new Error(
        `Cannot compile ${this.title}: ${caller()} reads or writes the numbers of a tensor in JavaScript, which would ` +
          `not happen again; do that outside, with what the function returns`,
      );
    }
  }

  draw(): void {
    const frame = this.#frames.at(-1);
    if (!frame) {
      throw new Error(
        `Cannot compile ${this.title}: ${caller()} draws random numbers, which would be the same in each call; draw ` +
          `them outside and pass them in`,
      );
    }
    frame.effect = "change";
  }

  gradient(x: Tensor, isRead: boolean): void {
    if (!this.gradients.has(x)) this.gradients.set(x, isRead ? this.#unwatched(() => x.grad) : undefined);
  }

  flag<K extends string>(owner: Readonly<Record<K, unknown>>, name: K): void {
    if (this.flags.some((flag) => flag.owner === owner && flag.name === name)) return;
    this.flags.push({ owner, name, value: this.#unwatched(() => owner[name]) });
  }

  #unwatched<T>(body: () => T): T {
    const by = watchBy(null);
    try {
      return body();
    } finally {
      watchBy(by);
    }
  }

  /** Notes a kernel and runs it; inside of what is done as a whole only notes what it touches. */
  #note(
    name: string,
    writes: readonly Strided[],
    inputs: readonly (Strided | number)[],
    run: () => void,
    call: Call | null = null,
  ): void {
    const reads = inputs.filter((x) => typeof x !== "number");
    if (this.#inside) {
      for (const x of [...reads, ...writes]) this.touch(x.storage);
      this.#unwatched(run);
      return;
    }
    this.#capture([...reads, ...writes]);
    const frame = this.#open(true);
    for (const { storage } of writes) if (this.constants.has(storage)) this.#save(storage);
    try {
      this.#unwatched(run);
    } finally {
      this.#frames.pop();
    }
    this.#push({
      ...{ name, run, call, effect: "none", made: frame.made },
      reads: storagesOf(reads),
      writes: storagesOf(writes),
    });
  }

  #open(whole: boolean, effect: Effect = "none"): Frame {
    const frame: Frame = {
      ...{ whole, effect, made: [], touched: new Map() },
      at: this.instructions.length,
    };
    this.#frames.push(frame);
    return frame;
  }

  /** Runs an op; if it turns out to have touched memory by hand, it becomes one instruction. */
  #framed<T>(name: string, from: Effect, body: () => T): T {
    const frame = this.#open(from !== "none", from);
    let result: T;
    try {
      result = body();
    } finally {
      this.#frames.pop();
    }
    if (frame.touched.size === 0 && frame.effect === "none") return result;
    const inside = this.instructions.splice(frame.at), made = new Set(frame.made);
    const writes = new Set([...frame.made, ...inside.flatMap((i) => i.writes)]), reads = new Set<Storage>();
    for (const i of inside) for (const storage of i.reads) if (!made.has(storage)) reads.add(storage);
    for (const [storage, version] of frame.touched) {
      if (made.has(storage)) continue;
      const isNew = this.isOwn(storage) && !this.#written.has(storage) && !this.constants.has(storage);
      if (isNew || storage.version !== version) writes.add(storage);
      else reads.add(storage);
    }
    const effects = [frame.effect, ...inside.map((i) => i.effect)];
    const effect = effects.find((e) => e === "change") ?? effects.find((e) => e === "refill") ?? "none";
    this.#push({
      ...{ name, effect, call: null, run: body, made: frame.made },
      reads: [...reads],
      writes: [...writes],
    });
    return result;
  }

  #push(instruction: Instruction): void {
    for (const storage of instruction.writes) this.#written.add(storage);
    this.instructions.push(instruction);
  }

  /** Keeps the contents of a constant that is going to be overwritten. */
  #save(storage: Storage): void {
    if (this.constants.get(storage)) return;
    const bytes = this.#unwatched(() => new Uint8Array(storage.view("uint8")));
    this.constants.set(storage, bytes);
  }

  #capture(tensors: readonly unknown[]): void {
    for (const x of tensors) {
      if (x instanceof Tensor && !this.isOwn(x.storage)) this.captured.set(x, x.storage);
    }
  }
}

function storagesOf(list: readonly { readonly storage: Storage }[]): Storage[] {
  return [...new Set(list.map((x) => x.storage))];
}

/** Overwrites the typed arrays of `old` with those of `next`. */
function refill(title: string, name: string, old: object, next: object): void {
  for (const [key, value] of Object.entries(ArrayBuffer.isView(old) ? { old } : old)) {
    const given: unknown = value === old ? next : Reflect.get(next, key);
    if (!ArrayBuffer.isView(value)) continue;
    const to = value as Int32Array, from = given as Int32Array;
    if (to.length !== from.length) {
      throw new Error(
        `Cannot run compiled ${title}: ${name}() found ${from.length} places, and ${to.length} when it was compiled`,
      );
    }
    to.set(from);
  }
}

/** The public function that is running, for messages. */
function caller(): string {
  const lines = new Error().stack?.split("\n").slice(1) ?? [];
  const inside = lines.filter((line) => /\/ops\/|\/lib\/(tensor|nn|optim|data)/.test(line));
  const names = inside.flatMap((line) => /at (?:new )?(?:\w+\.)?#?(\w+) \(/.exec(line)?.[1] ?? []);
  return names.length > 0 ? `${names[names.length - 1]}()` : "it";
}
