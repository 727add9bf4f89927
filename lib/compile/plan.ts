/**
 * Memory for a trace, decided once: each storage gets its place in one block of the arena, and those that are not
 * needed at the same time share places.
 */
import { arena } from "../memory/arena.ts";
import type { Owner, Storage } from "../memory/storage.ts";
import type { Instruction } from "./trace.ts";

/** Places begin at multiples of a cache line. */
const LINE = 64;

/** From the first to the last instruction that needs a storage. */
interface Life {
  readonly storage: Storage;
  first: number;
  last: number;
}

/** Whether the storage is one of the plan's, and how long it is needed: in the run, after it too, or until the next. */
export type Role = "passing" | "kept" | "lasting" | "other";

/** The lives of all storages that are the plan's. */
function livesOf(instructions: readonly Instruction[], roleOf: (storage: Storage) => Role): Life[] {
  const lives = new Map<Storage, Life>();
  instructions.forEach(({ reads, writes, made }, i) => {
    for (const storage of [...made, ...writes, ...reads]) {
      const role = roleOf(storage), life = lives.get(storage);
      if (role === "other") continue;
      if (life) life.last = Math.max(life.last, i);
      else if (role === "lasting") lives.set(storage, { storage, first: 0, last: Infinity });
      else lives.set(storage, { storage, first: i, last: role === "kept" ? Infinity : i });
    }
  });
  return [...lives.values()];
}

/** Where each storage goes, from the start of the block, and how large that is: largest first, each as low as it fits. */
function layOut(lives: readonly Life[]): { places: Map<Storage, number>; bytes: number } {
  const places = new Map<Storage, number>(), settled: { life: Life; from: number; to: number }[] = [];
  let bytes = 0;
  for (const life of lives.toSorted((a, b) => b.storage.bytes - a.storage.bytes || a.first - b.first)) {
    const size = Math.ceil(life.storage.bytes / LINE) * LINE;
    let from = 0;
    for (const other of settled) { // ordered by where they begin
      if (other.life.first > life.last || other.life.last < life.first) continue;
      if (other.from >= from + size) break;
      from = Math.max(from, other.to);
    }
    const at = settled.findIndex((other) => other.from > from);
    settled.splice(at < 0 ? settled.length : at, 0, { life, from, to: from + size });
    places.set(life.storage, from);
    bytes = Math.max(bytes, from + size);
  }
  return { places, bytes };
}

/** Moves storages to their places in one new block; those that last keep their contents. Returns its size in bytes. */
export function settle(
  instructions: readonly Instruction[],
  roleOf: (storage: Storage) => Role,
): number | null {
  const { places, bytes } = layOut(livesOf(instructions, roleOf));
  const block = arena().allocate(Math.max(bytes, LINE), true);
  if (!block) return null;
  const owner: Owner & { readonly block: object } = { block, giveBack() {} };
  for (const [storage, from] of places) {
    const kept = roleOf(storage) === "lasting" && !storage.released ? storage.view("uint8").slice() : null;
    storage.lend(block.address + from, owner);
    if (kept) storage.view("uint8").set(kept);
  }
  return bytes;
}
