/**
 * A list of instructions that can be run again: on arguments and results that are elsewhere in each call.
 *
 * The instructions work on the very tensors of the trace, whose storages were moved into the plan's block (plan.ts).
 * Arguments, results and what is saved for backward are lent the addresses of this call's.
 */
import { itemSize } from "../dtype.ts";
import { arena } from "../memory/arena.ts";
import { allocate, Storage } from "../memory/storage.ts";
import { mode } from "../node.ts";
import type { Tensor } from "../tensor.ts";
import { supplyFrom } from "../watch.ts";
import type { Instruction } from "./trace.ts";

/** What a list of instructions works on. */
export interface Program {
  readonly instructions: readonly Instruction[];
  /** The storages that stand for those of the arguments, in order. */
  readonly slots: readonly Storage[];
  /** Storages from outside that it writes to. */
  readonly changed: ReadonlySet<Storage>;
  /** The arguments that it writes to. */
  readonly changedSlots: readonly number[];
  /** Storages that are new in each call: of results, and of what is saved for backward. */
  readonly fresh: readonly Storage[];
}

/** The new storages of a call, by those that stand for them. */
export type Made = ReadonlyMap<Storage, Storage>;

/** New storages for a call. */
export function makeFresh({ fresh }: Program): Made {
  const made = new Map<Storage, Storage>();
  for (let i = 0; i < fresh.length; i++) made.set(fresh[i], storageInside(fresh[i].bytes));
  return made;
}

/** A new storage in the arena, even beyond the budget. */
export function storageInside(bytes: number): Storage {
  const storage = allocate(bytes);
  if (storage.address >= 0) return storage;
  const block = arena().allocate(bytes, true);
  if (!block) throw new RangeError(`Cannot allocate ${bytes} bytes: the 4 GiB of the arena are full`);
  return new Storage(bytes, block.address, block, null);
}

/** Whether a program can work on these arguments: all is in the arena, and nothing that it writes is theirs. */
export function fits({ changed, changedSlots }: Program, tensors: readonly Tensor[]): boolean {
  for (let i = 0; i < tensors.length; i++) {
    const { storage } = tensors[i];
    if (storage.address < 0 || changed.has(storage)) return false;
    if (changedSlots.length === 0) continue;
    for (let j = 0; j < i; j++) if (tensors[j].storage === storage) return false;
  }
  for (const storage of changed) if (storage.address < 0) return false;
  return true;
}

/** Runs a program, on arguments that {@link fits} has found good. */
export function execute(program: Program, tensors: readonly Tensor[], made: Made): void {
  const { slots, changed, changedSlots, instructions } = program;
  for (const [storage, own] of made) storage.lend(own.address, null);
  for (let i = 0; i < slots.length; i++) {
    const { storage, offset, dtype } = tensors[i];
    slots[i].lend(storage.address + offset * itemSize[dtype], null);
  }
  const was = mode.recording;
  mode.recording = false;
  try {
    for (let i = 0; i < instructions.length; i++) {
      const instruction = instructions[i];
      if (instruction.made.length === 0) instruction.run();
      else runSupplied(instruction);
    }
  } finally {
    mode.recording = was;
  }
  for (const storage of changed) storage.version++;
  for (const i of changedSlots) tensors[i].storage.version++;
}

/** Runs what makes storages: they get the places that the plan has for them. */
function runSupplied({ name, made, run }: Instruction): void {
  let next = 0;
  const was = supplyFrom((bytes) => {
    const place = made[next++];
    if (place?.bytes !== bytes) throw otherSize(name, bytes, place?.bytes);
    return new Storage(bytes, place.address, null, null);
  });
  try {
    run();
  } finally {
    supplyFrom(was);
  }
}

function otherSize(name: string, bytes: number, expected: number | undefined): Error {
  const then = expected === undefined ? "which it did not make" : `not ${expected} as`;
  return new Error(
    `Cannot run a compiled function again: ${name} makes a tensor of ${bytes} bytes, ${then} when it was compiled; ` +
      `sizes must not depend on numbers in tensors`,
  );
}
