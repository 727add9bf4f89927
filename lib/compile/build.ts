/** From a function to a compiled form: it is traced, what nobody needs goes, kernels are joined, memory is planned. */
import { grad } from "../backward.ts";
import { isOptions } from "../arguments.ts";
import { itemSize } from "../dtype.ts";
import { describe } from "../errors.ts";
import { noGrad } from "../grad_mode.ts";
import { Storage } from "../memory/storage.ts";
import { mode, newestNode, type Node } from "../node.ts";
import { OpNode } from "../op.ts";
import { sizeOf } from "../shape.ts";
import { currentNode, Leaf } from "../tape.ts";
import { empty, Tensor } from "../tensor.ts";
import { anyShared, isRecorded, type Leaves, withTensors } from "./arguments.ts";
import { fuse } from "./fuse.ts";
import { type BackwardProgram, CompiledNode } from "./gradient.ts";
import { type Role, settle } from "./plan.ts";
import { type Made, type Program, storageInside } from "./program.ts";
import { type Instruction, Trace } from "./trace.ts";
import type { Body, Captured, GradientChange, Variant } from "./variant.ts";

/** How the function is called. */
// deno-lint-ignore no-explicit-any -- the arguments are the user's
export type AnyFunction = (...args: any[]) => any;

/** Runs the function once and compiles what it does; also gives the result of the run. */
export function build(
  title: string,
  fn: AnyFunction,
  args: readonly unknown[],
  given: Leaves,
): { variant: Variant; result: unknown } {
  return new Builder(title, given).build(fn, args);
}

/** A traced backward pass: `weights` stand for the gradients of `outputs`, `found` are those of `targets`. */
interface Pull {
  readonly outputs: readonly Tensor[];
  readonly targets: readonly Tensor[];
  readonly weights: readonly Tensor[];
  readonly found: readonly (Tensor | null)[];
  readonly instructions: readonly Instruction[];
  /** Runs the function again. */
  readonly rerun: BackwardProgram["rerun"];
}

/** The making of one form. */
class Builder {
  #traced = 0;
  readonly #recording = mode.recording;
  /** Stand for the tensor arguments. */
  readonly #stand: readonly Tensor[];
  readonly #slots: readonly Storage[];
  /** The newest node before the function ran. */
  readonly #before: number;
  readonly #trace: Trace;
  #outputs: Tensor[] = [];
  #gradients: GradientChange[] = [];
  /** Storages that are written to in the run. */
  #written: ReadonlySet<Storage> = new Set();
  /** Those whose contents are needed from run to run. */
  #lasting: ReadonlySet<Storage> = new Set();
  /** Those that the results show, but for those that are new in each call. */
  #shown: ReadonlySet<Storage> = new Set();
  #fresh: ReadonlySet<Storage> = new Set();

  constructor(readonly title: string, readonly given: Leaves) {
    this.#stand = given.tensors.map(standIn);
    this.#slots = this.#stand.map((x) => x.storage);
    this.#before = newestNode();
    this.#trace = new Trace(title);
  }

  build(fn: AnyFunction, args: readonly unknown[]): { variant: Variant; result: unknown } {
    const trace = this.#trace, stand = this.#stand;
    let next = 0;
    const seen = withTensors(args, () => stand[next++]) as unknown[];
    const form: Leaves = { tensors: [...stand], rest: this.given.rest };
    const output: unknown = trace.run(() => fn(...seen)), first = trace.instructions.slice();
    this.#slots.forEach(({ version }, i) => this.given.tensors[i].storage.version += version);
    this.#outputs = resultsOf(this.title, output);
    this.#traced = performance.now();
    const used = new Set(first.flatMap((i) => [...i.reads, ...i.writes]));
    this.#gradients = [...trace.gradients].map(([tensor, before]) => {
      return { tensor, before, isUsed: before ? used.has(before.storage) : false, after: tensor.grad };
    });
    if (stand.some((x) => trace.gradients.has(x))) {
      throw new TypeError(
        `Cannot compile ${this.title}: backward() inside of it reaches an argument that is itself the result of a ` +
          `recorded operation; detach it, or compute it inside`,
      );
    }
    const recorded = this.#recording ? this.#outputs.filter(isForBackward) : [];
    const targets = this.#targetsOf(recorded);
    if (targets === null && stand.some((x) => x.requiresGrad)) {
      throw new TypeError(
        `Cannot compile ${this.title}: its result goes back to recorded operations outside of it, beside those of its ` +
          `arguments; pass what they gave as an argument too, or detach it`,
      );
    }
    const pull = targets && recorded.length > 0 ? this.#pull(recorded, targets) : null;
    const rerun = first.some((i) => i.effect === "change") || this.#changes(first)
      ? null
      : (tensors: readonly Tensor[]) => {
        let at = 0;
        const results = resultsOf(this.title, fn(...withTensors(args, () => tensors[at++]) as unknown[]));
        return recorded.map((y) => results[this.#outputs.indexOf(y)]);
      };
    const body = targets ? this.#body(output, first, pull && { ...pull, rerun }) : null;
    const variant: Variant = {
      conditions: {
        form,
        recording: this.#recording,
        flags: trace.flags,
        captured: this.#captured(),
        gradients: this.#gradients,
      },
      body: body?.body ?? null,
      report: {
        recorded: trace.instructions.length,
        kernels: body?.steps.length ?? trace.instructions.length,
        bytes: body?.bytes ?? 0,
        milliseconds: performance.now() - this.#traced,
        steps: (body?.steps ?? trace.instructions).map((i) => i.name),
        why: body?.body ? null : targets ? "the arena is full" : "the result has a history from outside",
      },
    };
    return { variant, result: body ? body.result : output };
  }

  /** Whether something outside is changed. */
  #changes(instructions: readonly Instruction[]): boolean {
    return instructions.some((i) => i.writes.some((storage) => !this.#trace.isOwn(storage)));
  }

  /** The leaves that the results can be differentiated by; null if their history goes on outside of the function. */
  #targetsOf(outputs: readonly Tensor[]): Tensor[] | null {
    const found: Tensor[] = [], seen = new Set<Node>(), stack = outputs.map((y) => currentNode(y)!);
    for (let node = stack.pop(); node; node = stack.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      if (node instanceof Leaf) found.push(node.tensor);
      else if (node.isLeaf || node.id <= this.#before) return null;
      else node.pushSources(stack, -1);
    }
    return found;
  }

  /** Traces backward, from gradients that stand for those to come. */
  #pull(outputs: readonly Tensor[], targets: readonly Tensor[]): Omit<Pull, "rerun"> {
    const trace = this.#trace, at = trace.instructions.length;
    const weights = trace.once(() => noGrad(() => outputs.map((y) => empty(y.shape, y.dtype).fill_(1))));
    const found = trace.run(() =>
      grad(outputs, targets, { gradOutputs: weights, allowUnused: true, retainGraph: true })
    );
    return { outputs, targets, weights, found, instructions: trace.instructions.slice(at) };
  }

  #body(output: unknown, first: readonly Instruction[], pull: Pull | null) {
    const trace = this.#trace, { constants } = trace, all = [...trace.instructions];
    const written = this.#written = new Set(all.flatMap((i) => i.writes));
    this.#lasting = new Set(
      this.#gradients.flatMap(({ after }) => after && trace.isOwn(after.storage) ? [after.storage] : []),
    );
    const restored = [...constants].flatMap(([storage, bytes]) =>
      bytes && written.has(storage) ? [restoring(storage, bytes)] : []
    );
    const later = new Set(pull?.instructions.flatMap((i) => i.reads) ?? []);
    const before = new Set(first.flatMap((i) => i.writes));
    const saved = [...before].filter((storage) => trace.isOwn(storage) && later.has(storage));
    const results = pull ? pull.found.filter((g) => g !== null) : [];
    const own = [...this.#outputs, ...results];
    const fresh = new Set([...saved, ...own.filter((y) => this.#isFresh(y)).map((y) => y.storage)]);
    this.#fresh = fresh;
    this.#shown = new Set(own.map((y) => y.storage).filter((storage) => !fresh.has(storage)));

    // this call's results, before memory moves
    const made = new Map([...fresh].map((storage) => [storage, copied(storage)]));
    const plain = new Map(this.#outputs.map((y) => [y, this.#isCopied(y) ? copyOf(y) : null]));
    const forward = this.#refined([...restored, ...first]);
    const backward = pull ? this.#refined(pull.instructions) : [];
    const bytes = settle([...forward, ...backward], (storage) => this.#roleOf(storage));
    if (bytes === null) return null;
    const program = this.#program(
      forward,
      this.#slots,
      new Set(this.#outputs.map((y) => y.storage).concat(saved)),
    );
    const blocked = [...program.changed].some((storage) => storage.address < 0) ||
      (program.changedSlots.length > 0 && anyShared(this.given));
    const finders = new Map(this.#outputs.map((y) => [y, this.#finder(y)]));
    const body: Body = {
      program,
      backward: pull && this.#backward(pull, backward, saved),
      result: (given, made) => {
        for (const { tensor, after } of this.#gradients) if (tensor.grad !== after) tensor.grad = after;
        return withTensors(output, (y) => finders.get(y)!(given, made), true);
      },
    };
    let result = withTensors(output, (y) => plain.get(y) ?? finders.get(y)!(this.given.tensors, made), true);
    result = recordedAs(this.title, body, this.given.tensors, made, result);
    return { body: blocked ? null : body, bytes, steps: [...forward, ...backward], result };
  }

  /** What is left of instructions. */
  #refined(instructions: readonly Instruction[]): Instruction[] {
    const { constants } = this.#trace;
    const isWanted = (storage: Storage) => this.#roleOf(storage) !== "passing";
    return fuse(withoutUnused(instructions, isWanted), {
      isFree: (storage) => !isWanted(storage),
      constant: (x) => constants.has(x.storage) && !this.#written.has(x.storage) ? valueOf(x) : null,
    });
  }

  #program(
    instructions: readonly Instruction[],
    slots: readonly Storage[],
    mine: ReadonlySet<Storage>,
  ): Program {
    const written = new Set(instructions.flatMap((i) => i.writes));
    return {
      instructions,
      slots,
      fresh: [...this.#fresh].filter((storage) => mine.has(storage)),
      changed: new Set(
        [...written].filter((storage) => !this.#trace.isOwn(storage) && !slots.includes(storage)),
      ),
      changedSlots: slots.flatMap((storage, i) => written.has(storage) ? [i] : []),
    };
  }

  #backward(
    { outputs, targets, weights, found, instructions, rerun }: Pull,
    refined: readonly Instruction[],
    saved: readonly Storage[],
  ): BackwardProgram {
    const trace = this.#trace, slots = [...weights.map((g) => g.storage), ...this.#slots];
    const fresh = new Set(found.flatMap((g) => g ? [g.storage] : []));
    for (const storage of saved) fresh.delete(storage);
    const finders = found.map((g) => g && this.#finder(g, weights));
    const read = new Set(instructions.flatMap((i) => i.reads));
    return {
      program: this.#program(refined, slots, fresh),
      rerun,
      saved,
      captured: [...read].filter((storage) => !trace.isOwn(storage) && !slots.includes(storage)),
      targets: targets.map((x) => {
        const at = this.#stand.indexOf(x);
        return at < 0 ? x : at;
      }),
      outputs: outputs.map((y) => new Tensor(new Storage(0, -1, null, null), y.shape, y.dtype, y.strides)),
      places: outputs.map((y) => this.#outputs.indexOf(y)),
      results: (given, made) => finders.map((find) => find && find(given, made)),
    };
  }

  /** Whether a result can be a storage that is new in each call. */
  #isFresh(y: Tensor): boolean {
    const { storage } = y;
    return this.#trace.isOwn(storage) && this.#written.has(storage) && !this.#lasting.has(storage) &&
      !this.#trace.constants.has(storage) && fills(y);
  }

  #isCopied({ storage }: Tensor): boolean {
    return this.#trace.isOwn(storage) && !this.#fresh.has(storage);
  }

  #roleOf(storage: Storage): Role {
    if (!this.#trace.isOwn(storage) || this.#fresh.has(storage)) return "other";
    if (this.#lasting.has(storage)) return "lasting";
    if (this.#trace.constants.has(storage)) return this.#written.has(storage) ? "lasting" : "other";
    return this.#shown.has(storage) ? "kept" : "passing";
  }

  /** How a tensor of the result is found after a call; `more` are arguments before those of the function. */
  #finder(y: Tensor, more: readonly Tensor[] = []): (given: readonly Tensor[], made: Made) => Tensor {
    const { shape, dtype, strides, offset, storage } = y, stand = [...more, ...this.#stand];
    const slot = stand.findIndex((x) => x.storage === storage);
    if (slot >= 0 && stand[slot] === y) return (given) => given[slot];
    if (slot >= 0) {
      return (given) => new Tensor(given[slot].storage, shape, dtype, strides, given[slot].offset + offset);
    }
    if (!this.#trace.isOwn(storage)) return () => y;
    if (!this.#fresh.has(storage)) return () => copyOf(y);
    return (_, made) => new Tensor(made.get(storage)!, shape, dtype, strides, offset);
  }

  /** Tensors from outside whose state later calls are held against. */
  #captured(): Captured[] {
    const found = new Map<Tensor, Captured>(), met = new Set<Storage>(this.#slots);
    for (const [x] of this.#trace.captured) {
      const tensor = x.node instanceof Leaf ? x.node.tensor : x, takes = tensor.node !== null;
      // of tensors that take no gradient the first with the storage stands for all its views
      if (this.#stand.includes(tensor) || (!takes && met.has(x.storage))) continue;
      met.add(x.storage);
      if (tensor.isLeaf) found.set(tensor, { tensor, storage: tensor.storage, takes });
    }
    return [...found.values()];
  }
}

/** Gives the results of a call the history that backward goes by. */
export function recordedAs(
  title: string,
  { backward }: Body,
  given: readonly Tensor[],
  made: Made,
  result: unknown,
): unknown {
  if (!backward) return result;
  const node = new CompiledNode(title, backward, given, made), outputs: Tensor[] = [];
  withTensors(result, (y) => outputs.push(y), true);
  backward.places.forEach((at, k) => {
    outputs[at].node = node;
    outputs[at].output = k;
  });
  return result;
}

/** The tensors of a result. */
function resultsOf(title: string, value: unknown): Tensor[] {
  if (value instanceof Tensor) return [value];
  if (Array.isArray(value)) return value.flatMap((part) => resultsOf(title, part));
  if (isOptions(value)) return Object.values(value).flatMap((part) => resultsOf(title, part));
  if (value instanceof Promise) {
    throw new TypeError(`Cannot compile ${title}: it is async, it must be synchronous`);
  }
  if (typeof value !== "function" && (typeof value !== "object" || value === null)) return [];
  throw new TypeError(
    `Cannot compile ${title}: it returns ${
      describe(value)
    }, it must return tensors, in arrays and plain objects`,
  );
}

/** Stands for a tensor argument while the function is traced, and for those of later calls. */
function standIn(x: Tensor): Tensor {
  const { storage, shape, dtype, strides, offset } = x, from = offset * itemSize[dtype];
  const own = new Storage(storage.bytes - from, -1, null, null);
  own.lend(storage.address + from, { giveBack: () => storage.address });
  const y = new Tensor(own, shape, dtype, strides);
  return isRecorded(x) ? y.requiresGrad_() : y;
}

/** Whether backward may be called on a result: it has a history that no backward inside the function has used up. */
function isForBackward(y: Tensor): boolean {
  const node = currentNode(y);
  if (node === null || node.isLeaf) return false;
  return node instanceof OpNode ? node.output !== null : node.seen === 0;
}

/** Whether a tensor shows each byte of its storage once. */
function fills({ storage, shape, strides, dtype, offset }: Tensor): boolean {
  if (offset !== 0 || sizeOf(shape) * itemSize[dtype] !== storage.bytes) return false;
  return strides.every((step, d) => step > 0 || shape[d] === 1);
}

/** The only element of a tensor, if it has just one. */
function valueOf(x: Pick<Tensor, "storage" | "shape" | "dtype" | "offset">): number | null {
  return sizeOf(x.shape) === 1 ? x.storage.view(x.dtype)[x.offset] : null;
}

/** Sets a constant that is overwritten in each run to what it was. */
function restoring(storage: Storage, bytes: Uint8Array): Instruction {
  const run = () => storage.view("uint8").set(bytes);
  return { name: "constant", reads: [], writes: [storage], made: [], effect: "none", run, call: null };
}

/** Leaves out what nobody reads. */
function withoutUnused(
  instructions: readonly Instruction[],
  isWanted: (storage: Storage) => boolean,
): Instruction[] {
  const read = new Set<Storage>(), kept: Instruction[] = [];
  for (const instruction of instructions.toReversed()) {
    const { effect, writes, reads } = instruction;
    if (effect === "none" && !writes.some((storage) => read.has(storage) || isWanted(storage))) continue;
    for (const storage of reads) read.add(storage);
    for (const storage of writes) read.add(storage); // it may fill a part only
    kept.push(instruction);
  }
  return kept.reverse();
}

/** A storage with the same contents. */
function copied(storage: Storage): Storage {
  const copy = storageInside(storage.bytes);
  copy.view("uint8").set(storage.view("uint8").subarray(0, storage.bytes));
  return copy;
}

function copyOf(y: Tensor): Tensor {
  return noGrad(() => y.detach().clone());
}
