/**
 * Storage: the bytes behind tensors, wherever they are.
 *
 * Small storages are carved from a shared chunk of the arena, because a fresh typed array costs 350 ns and a
 * registered block 140 ns where carving costs 14 ns; the chunk returns when its last storage is garbage. Past the
 * arena's budget a storage is an ordinary array, which the garbage collector frees even in a loop that never
 * yields; it visits the arena for the length of a kernel ({@link locate}).
 */
import { allocateArray, type DType, itemSize, type TypedArray, viewArray } from "../dtype.ts";
import { supplier, watcher } from "../watch.ts";
import { arena, type Block } from "./arena.ts";

const SMALL = 2048; // bytes: above, a storage is a block of its own
const CHUNK = 16384;
const ALIGN = 16;

/** The bytes of one or more tensors (views share one), with a version that counts changes in place. */
export class Storage {
  /** Byte address in the arena, or -1 while the bytes are elsewhere. */
  address: number;
  /** How often the contents were changed in place. */
  version = 0;
  /** Counts up with each storage made: tells what was allocated since some moment. */
  readonly serial: number = ++serial;
  /** Not to be freed by the {@link scope} it was made in. */
  escaped = false;

  #block: Block | null;
  #chunk: Owner | null;
  #array: TypedArray | null = null;
  #home: TypedArray | null = null;
  #written = false;

  /** Made by {@link allocate}. */
  constructor(readonly bytes: number, address: number, block: Block | null, chunk: Owner | null) {
    this.address = address;
    this.#block = block;
    this.#chunk = chunk;
  }

  /** All bytes as elements of `dtype`, valid as long as this storage is referenced. */
  view(dtype: DType): TypedArray {
    if (watcher !== null) watcher.touch(this);
    const cached = this.#array;
    if (cached && (cached.BYTES_PER_ELEMENT === 8) === (dtype === "float64") && fits(cached, dtype)) {
      return cached;
    }
    const length = Math.floor(this.bytes / itemSize[dtype]);
    if (this.address >= 0) return this.#array = viewArray(dtype, arena().buffer, this.address, length);
    if (!this.#home) {
      throw new Error("Cannot read a tensor whose memory was given back: its scope() has ended");
    }
    return this.#array = viewArray(dtype, this.#home.buffer, this.#home.byteOffset, length);
  }

  /** Whether the memory was given back. */
  get released(): boolean {
    return this.address < 0 && !this.#home;
  }

  /** Gives the memory back at once. Nothing may use this storage afterwards. */
  release(): void {
    if (this.#block) arena().release(this.#block);
    else this.#chunk?.giveBack(this.address, this.bytes);
    this.address = -1;
    this.#block =
      this.#chunk =
      this.#array =
      this.#home =
        null;
  }

  /** Gives its own memory back and shows what is at `address`, which belongs to `owner`. */
  lend(address: number, owner: Owner | null): void {
    this.release();
    this.address = address;
    this.#chunk = owner;
  }

  /** Makes this storage an ordinary array outside the arena. */
  static outside(bytes: number): Storage {
    const storage = new Storage(bytes, -1, null, null);
    storage.#home = allocateArray("float64", Math.ceil(bytes / 8));
    return storage;
  }

  /** Brings an outside storage into the arena for one kernel. */
  enter(): void {
    if (!this.#home) {
      throw new Error("Cannot use a tensor whose memory was given back: its scope() has ended");
    }
    const block = arena().allocate(this.bytes, true);
    if (!block) throw new RangeError(`Cannot allocate ${this.bytes} bytes: the 4 GiB of the arena are full`);
    this.#block = block;
    this.address = block.address;
    this.#array = null;
    bytesAt(block.address, this.bytes).set(new Uint8Array(this.#home.buffer, 0, this.bytes));
  }

  /** Notes that the kernel writes here, so that {@link leave} takes the contents along. */
  touch(): void {
    this.#written = true;
  }

  /** Leaves the arena, taking the contents back outside if they changed. */
  leave(): void {
    if (!this.#home || !this.#block) return;
    if (this.#written) {
      new Uint8Array(this.#home.buffer, 0, this.bytes).set(bytesAt(this.address, this.bytes));
    }
    this.#written = false;
    arena().release(this.#block);
    this.#block = this.#array = null;
    this.address = -1;
  }
}

/** Whoever holds the memory that a storage has a part of; the storage keeps it alive. */
export interface Owner {
  /** Takes a part back. */
  giveBack(address: number, bytes: number): void;
}

/** A chunk of the arena from which small storages are carved in turn. */
class Chunk implements Owner {
  #used = 0;

  constructor(readonly block: Block) {}

  carve(bytes: number): number {
    const at = this.#used;
    if (at + bytes > CHUNK) return -1;
    this.#used = at + ((bytes + ALIGN - 1) & -ALIGN);
    return this.block.address + at;
  }

  /** Space given back at the end of the used part is carved again; other space waits for the collector. */
  giveBack(address: number, bytes: number): void {
    const start = address - this.block.address;
    if (arena().poison) bytesAt(address, bytes).fill(0xff);
    if (start + ((bytes + ALIGN - 1) & -ALIGN) === this.#used) this.#used = start;
  }
}

let serial = 0;
let chunk: Chunk | null = null;
let guests: Storage[] = [];
const tracked: Storage[] = [];
let tracking = 0;

/** New storage of `bytes` bytes, contents unspecified. */
export function allocate(bytes: number): Storage {
  if (supplier !== null) return supplier(bytes);
  if (bytes <= SMALL) {
    const address = chunk ? chunk.carve(bytes) : -1;
    return address < 0 ? startChunk(bytes) : new Storage(bytes, address, null, chunk);
  }
  const block = arena().allocate(bytes);
  const storage = block ? new Storage(bytes, block.address, block, null) : Storage.outside(bytes);
  if (tracking > 0) tracked.push(storage);
  return storage;
}

function startChunk(bytes: number): Storage {
  const block = arena().allocate(CHUNK);
  if (!block) return Storage.outside(bytes);
  chunk = new Chunk(block);
  return new Storage(bytes, chunk.carve(bytes), null, chunk);
}

/** The byte address of a storage to read; one that lives outside is brought in until {@link dismiss}. */
export function locate(storage: Storage): number {
  if (watcher !== null) watcher.touch(storage);
  if (storage.address < 0) {
    storage.enter();
    guests.push(storage);
  }
  return storage.address;
}

/** As {@link locate}, for a storage that the kernel writes to. */
export function locateOutput(storage: Storage): number {
  const address = locate(storage);
  if (guests.length > 0) storage.touch();
  return address;
}

/** Sends the storages that {@link locate} brought in back out; call after each kernel. */
export function dismiss(): void {
  if (guests.length === 0) return;
  const leaving = guests;
  guests = [];
  for (const storage of leaving) storage.leave();
}

/** The serial of the newest storage: later ones have a higher one. */
export function newestSerial(): number {
  return serial;
}

/** Starts to remember new storages; pass the result to {@link releaseSince}. */
export function track(): number {
  tracking++;
  return tracked.length;
}

/** Gives back what was allocated since `mark`, except the storages of `kept` and those that escaped. */
export function releaseSince(mark: number, kept: readonly ({ readonly storage: Storage } | null)[]): void {
  tracking--;
  for (let i = mark; i < tracked.length; i++) {
    const storage = tracked[i];
    if (storage.escaped || holds(kept, storage)) {
      if (tracking > 0 && !storage.escaped) tracked[mark++] = storage; // an outer frame still watches it
    } else if (!storage.released) storage.release();
  }
  while (tracked.length > mark) tracked.pop(); // shortening it by its length would give its own memory back, too
}

function holds(kept: readonly ({ readonly storage: Storage } | null)[], storage: Storage): boolean {
  for (let i = 0; i < kept.length; i++) if (kept[i] !== null && kept[i]!.storage === storage) return true;
  return false;
}

function fits(array: TypedArray, dtype: DType): boolean {
  if (dtype === "float32") return array instanceof Float32Array;
  if (dtype === "float64") return array instanceof Float64Array;
  return dtype === "int32" ? array instanceof Int32Array : array instanceof Uint8Array;
}

function bytesAt(address: number, bytes: number): Uint8Array {
  return new Uint8Array(arena().buffer, address, bytes);
}
