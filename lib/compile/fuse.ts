/**
 * Joins kernels: what one computes element by element and another reads element by element never goes to memory.
 *
 * Goes through the instructions once, in order. A pointwise kernel moves into all that read its result, if they can
 * take it: into other pointwise kernels, into reductions, in front of row kernels; chains collapse from their
 * beginnings. Behind a row kernel, such as layer norm, a pointwise one becomes another step of it.
 */
import type { Strided } from "../execute.ts";
import type { Storage } from "../memory/storage.ts";
import { runReduction } from "../reduce.ts";
import { absorb, canHandOn, extend, intoRows, isCheap, simplified } from "./join.ts";
import type { Call, Instruction, PointwiseCall, RowsCall } from "./trace.ts";

/** What is known of storages. */
export interface Known {
  /** Whether a storage serves the instructions only, and need not exist if none reads it. */
  isFree(storage: Storage): boolean;
  /** The number that a tensor always shows, if it has one element and that is known. */
  constant(x: Strided): number | null;
}

/** The instructions with kernels joined. */
export function fuse(instructions: readonly Instruction[], known: Known): Instruction[] {
  const list = new Joining(instructions.map((i) => withConstants(i, known)), known);
  for (let i = 0; i < instructions.length; i++) {
    if (!list.moveInto(i) && !list.moveAlong(i)) list.appendTo(i);
  }
  return list.result();
}

/** Puts numbers where constants of one element are read. */
function withConstants(instruction: Instruction, { constant }: Known): Instruction {
  const { call } = instruction;
  if (call?.kind !== "pointwise") return instruction;
  const inputs = call.inputs.map((x) => typeof x === "number" ? x : constant(x) ?? x);
  return instructionOf(simplified({ ...call, inputs }), instruction.name);
}

/** An instruction that runs `call`. */
function instructionOf(call: Call, name: string): Instruction {
  const rest = { name, call, made: [], effect: "none" as const };
  if (call.kind === "pointwise") {
    const { kernel, out, dtype, inputs } = call;
    const run = () => kernel.run(out, dtype, inputs);
    return { ...rest, run, reads: storagesOf(inputs), writes: [out.storage] };
  }
  if (call.kind === "reduce") {
    return {
      ...rest,
      run: () => runReduction(call),
      reads: storagesOf(call.inputs),
      writes: [call.y.storage],
    };
  }
  const { kernel, outputs, inputs, rows, n } = call;
  const run = () => kernel.fill(outputs, inputs, rows, n);
  return { ...rest, run, reads: storagesOf(inputs), writes: storagesOf(outputs) };
}

function storagesOf(list: readonly (Strided | number)[]): Storage[] {
  return [...new Set(list.flatMap((x) => typeof x === "number" ? [] : [x.storage]))];
}

/** The list as it changes: numbers of instructions stay, joined ones leave gaps. */
class Joining {
  readonly #list: (Instruction | null)[];
  readonly #readers = new Map<Storage, Set<number>>();
  readonly #writers = new Map<Storage, Set<number>>();

  constructor(instructions: readonly Instruction[], readonly known: Known) {
    this.#list = [];
    instructions.forEach((instruction, i) => this.#set(i, instruction));
  }

  result(): Instruction[] {
    return this.#list.filter((i) => i !== null);
  }

  #set(i: number, next: Instruction | null): void {
    const before = this.#list[i] ?? null;
    for (const storage of before?.reads ?? []) this.#readers.get(storage)!.delete(i);
    for (const storage of before?.writes ?? []) this.#writers.get(storage)!.delete(i);
    this.#list[i] = next;
    for (const storage of next?.reads ?? []) add(this.#readers, storage, i);
    for (const storage of next?.writes ?? []) add(this.#writers, storage, i);
  }

  /** Whether one of the storages is written between two instructions. */
  #isWritten(storages: readonly Storage[], after: number, before: number): boolean {
    return storages.some((storage) => {
      for (const i of this.#writers.get(storage) ?? []) if (i > after && i < before) return true;
      return false;
    });
  }

  /** Whether one of the storages is read between two instructions. */
  #isRead(storages: readonly Storage[], after: number, before: number): boolean {
    return storages.some((storage) => {
      for (const i of this.#readers.get(storage) ?? []) if (i > after && i < before) return true;
      return false;
    });
  }

  /** Moves a pointwise kernel into those that read its result. */
  moveInto(i: number): boolean {
    const first = this.#list[i], call = first?.call;
    if (!first || call?.kind !== "pointwise" || !canHandOn(call)) return false;
    const { storage } = call.out;
    if (!this.known.isFree(storage) || this.#writers.get(storage)!.size > 1) return false;
    if (first.reads.includes(storage)) return false;
    const readers = [...this.#readers.get(storage) ?? []];
    if (readers.length === 0 || (readers.length > 1 && !(readers.length <= 4 && isCheap(call)))) return false;
    const joined = readers.map((q) => this.#absorbed(q, i, call, first.reads));
    if (joined.includes(null)) return false;
    readers.forEach((q, k) => {
      const before = this.#list[q]!, next = joined[k]!;
      this.#set(q, instructionOf(next, nameOf(first.name, before.name)));
    });
    this.#set(i, null);
    return true;
  }

  /** Moves a pointwise kernel in front of a row kernel that reads its result, which others read later. */
  moveAlong(i: number): boolean {
    const first = this.#list[i], call = first?.call;
    if (!first || call?.kind !== "pointwise" || !canHandOn(call)) return false;
    const { storage } = call.out, q = Math.min(...this.#readers.get(storage) ?? []);
    const reader = this.#list[q], rows = reader?.call;
    if (!reader || rows?.kind !== "rows" || reader.made.length > 0 || q <= i) return false;
    if (this.#writers.get(storage)!.size > 1 || first.reads.includes(storage)) return false;
    if (this.#isWritten(first.reads, i, q) || reader.writes.some((s) => first.reads.includes(s))) {
      return false;
    }
    const joined = intoRows(rows, call, true);
    if (!joined) return false;
    this.#set(q, instructionOf(joined, nameOf(first.name, reader.name)));
    this.#set(i, null);
    return true;
  }

  #absorbed(q: number, i: number, first: PointwiseCall, reads: readonly Storage[]): Call | null {
    const reader = this.#list[q]!, { call } = reader;
    if (!call || reader.made.length > 0 || q <= i || reader.writes.includes(first.out.storage)) return null;
    if (this.#isWritten(reads, i, q)) return null;
    // what the reader overwrites would have to be read in the same place
    if (reader.writes.some((storage) => reads.includes(storage))) {
      if (call.kind !== "pointwise" || !canHandOn(call)) return null;
      const clash = first.inputs.some((x) =>
        typeof x !== "number" && x.storage === call.out.storage && !isSamePlace(x, call.out)
      );
      if (clash) return null;
    }
    return absorb(call, first);
  }

  /** Makes a pointwise kernel a step of the row kernel whose result it reads. */
  appendTo(q: number): void {
    const next = this.#list[q], call = next?.call;
    if (!next || call?.kind !== "pointwise") return;
    for (const storage of next.reads) {
      const writers = [...this.#writers.get(storage) ?? []], [p] = writers;
      const before = this.#list[p], rows = before?.call;
      if (writers.length !== 1 || p >= q || !before || rows?.kind !== "rows" || before.made.length > 0) {
        continue;
      }
      if (next.writes.some((s) => before.reads.includes(s) || before.writes.includes(s))) continue;
      const others = next.reads.filter((s) => !before.writes.includes(s));
      const mayRise = !this.#isWritten(others, p, q) && !this.#isWritten(next.writes, p, q) &&
        !this.#isRead(next.writes, p, q);
      if (!mayRise) continue;
      const kept = !this.known.isFree(storage) || this.#readers.get(storage)!.size > 1;
      const joined: RowsCall | null = extend(rows, call, storage, kept);
      if (!joined) continue;
      this.#set(p, instructionOf(joined, nameOf(before.name, next.name)));
      this.#set(q, null);
      return;
    }
  }
}

function add(map: Map<Storage, Set<number>>, storage: Storage, i: number): void {
  const known = map.get(storage);
  if (known) known.add(i);
  else map.set(storage, new Set([i]));
}

function isSamePlace(x: Strided, y: Strided): boolean {
  return x.offset === y.offset && x.dtype === y.dtype && x.shape.join() === y.shape.join() &&
    x.strides.join() === y.strides.join();
}

function nameOf(first: string, second: string): string {
  return `${first} + ${second}`;
}
