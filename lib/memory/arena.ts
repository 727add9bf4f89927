/**
 * The arena: one shared WebAssembly.Memory in which tensors live, handed out in blocks.
 *
 * Kernels work on it in place, BLAS takes views of it without a copy, and threads see the same bytes. Blocks come
 * in size classes with free lists. A block that is released is reused at once; one that is dropped comes back when
 * the garbage collector finds it (FinalizationRegistry), which happens only while the program yields. Past its
 * budget the arena answers null, and the caller takes an ordinary array (storage.ts).
 */

/** A piece of the arena. Whoever holds the object owns the bytes; dropping it gives them back in time. */
export class Block {
  /** Made by {@link Arena.allocate}. */
  constructor(readonly address: number, readonly bytes: number) {}
}

const PAGE = 65536;
const MAX_PAGES = 65536; // 4 GiB, the reach of 32-bit addresses
const GROWTH = 256; // pages at a time: 16 MiB
const BUDGET = 1280 * 2 ** 20;
const NUDGE = 32 * 2 ** 20;

/** Blocks of one shared memory. There is one, {@link arena}, made on first use. */
export class Arena {
  /** The memory that kernels import. */
  readonly memory: WebAssembly.Memory;
  /** Fill what is given back with NaN, so that a use after release shows; for tests. */
  poison = false;
  /** Bytes handed out and not yet given back. */
  inUse = 0;

  #buffer: ArrayBufferLike;
  #top = 64;
  #budget = BUDGET;
  #sinceNudge = 0;
  readonly #released: Block[][] = [];
  readonly #collected: number[][] = [];
  readonly #registry = new FinalizationRegistry<number[]>(([address, bytes]) =>
    this.#collect(address, bytes)
  );

  constructor() {
    this.memory = new WebAssembly.Memory({ initial: GROWTH, maximum: MAX_PAGES, shared: true });
    this.#buffer = this.memory.buffer;
  }

  /** The memory's current buffer; views of earlier ones stay valid. */
  get buffer(): ArrayBufferLike {
    return this.#buffer;
  }

  /** How much may be in use before {@link allocate} answers null, in bytes. */
  get budget(): number {
    return this.#budget;
  }

  /** A block of at least `bytes`, aligned to 64, not cleared; null past the budget or when memory is full. */
  allocate(bytes: number, beyondBudget = false): Block | null {
    const size = classSize(bytes), index = classIndex(size);
    if (this.inUse + size > this.#budget && !beyondBudget) return null;
    const pooled = this.#released[index]?.pop();
    if (pooled) {
      this.inUse += size;
      return pooled;
    }
    const address = this.#collected[index]?.pop() ?? this.#extend(size);
    if (address === undefined) return null;
    const block = new Block(address, size);
    this.#nudge(size);
    this.#registry.register(block, [address, size]);
    this.inUse += size;
    return block;
  }

  /** Takes a block back at once; its owner must not use it again. */
  release(block: Block): void {
    this.inUse -= block.bytes;
    if (this.poison) this.#fill(block.address, block.bytes);
    (this.#released[classIndex(block.bytes)] ??= []).push(block);
  }

  /**
   * V8 does not see the arena's memory, and would collect its garbage rarely. An array of the same size, dropped at
   * once and never touched, makes it take account (100 us for 32 MiB).
   */
  #nudge(size: number): void {
    this.#sinceNudge += size;
    if (this.#sinceNudge < NUDGE) return;
    this.#sinceNudge = 0;
    new ArrayBuffer(NUDGE);
  }

  #collect(address: number, bytes: number): void {
    this.inUse -= bytes;
    if (this.poison) this.#fill(address, bytes);
    (this.#collected[classIndex(bytes)] ??= []).push(address);
    // Just after a collection most of what is in use is alive: leave room for as much again.
    this.#budget = Math.max(BUDGET, 2 * this.inUse);
  }

  /** Fresh memory at the top, growing it if needed; undefined if 4 GiB are not enough. */
  #extend(size: number): number | undefined {
    const address = this.#top, end = address + size;
    if (end > MAX_PAGES * PAGE) return this.#coalesce(size);
    if (end > this.#buffer.byteLength) {
      const short = Math.ceil((end - this.#buffer.byteLength) / PAGE);
      const room = MAX_PAGES - this.#buffer.byteLength / PAGE;
      try {
        this.memory.grow(Math.min(Math.max(short, GROWTH), room));
      } catch { // the machine has no more
        return this.#coalesce(size);
      }
      this.#buffer = this.memory.buffer;
    }
    this.#top = end;
    return address;
  }

  /** Joins neighbouring free blocks of all classes and carves `size` out of one; the last resort. */
  #coalesce(size: number): number | undefined {
    const free = this.#collected.flatMap((list, index) =>
      list.map((address) => [address, sizeOfClass(index)])
    );
    free.sort((a, b) => a[0] - b[0]);
    this.#collected.length = 0;
    const runs: number[][] = [];
    for (const [address, bytes] of free) {
      const last = runs.at(-1);
      if (last && last[0] + last[1] === address) last[1] += bytes;
      else runs.push([address, bytes]);
    }
    let found: number | undefined;
    for (const run of runs) {
      if (found === undefined && run[1] >= size) {
        found = run[0];
        run[0] += size;
        run[1] -= size;
      }
      this.#shelve(run[0], run[1]);
    }
    return found;
  }

  /** Puts a free run of any length on the lists, cut into the largest classes that fit. */
  #shelve(address: number, bytes: number): void {
    while (bytes >= SMALLEST) {
      let size = classSize(bytes);
      if (size > bytes) size = sizeOfClass(classIndex(size) - 1);
      (this.#collected[classIndex(size)] ??= []).push(address);
      address += size;
      bytes -= size;
    }
  }

  #fill(address: number, bytes: number): void {
    new Uint8Array(this.#buffer, address, bytes).fill(0xff);
  }
}

const SMALLEST = 256;

/** Sizes are 4, 5, 6 or 7 times a power of two: at most a fifth is lost, and all are multiples of 64. */
function classSize(bytes: number): number {
  if (bytes <= SMALLEST) return SMALLEST;
  const step = 1 << (29 - Math.clz32(bytes - 1));
  return Math.ceil(bytes / step) * step;
}

function classIndex(size: number): number {
  const exponent = 31 - Math.clz32(size);
  return exponent * 4 + (size / (1 << (exponent - 2)) - 4);
}

function sizeOfClass(index: number): number {
  return (4 + index % 4) * 2 ** (Math.floor(index / 4) - 2);
}

let instance: Arena | undefined;

/** The one arena; reserving its address space is put off until the first tensor. */
export function arena(): Arena {
  return instance ??= new Arena();
}
