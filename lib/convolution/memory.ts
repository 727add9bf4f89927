/** Scratch memory of one convolution, and boxes of elements moved in the arena. */
import { itemSize } from "../dtype.ts";
import { fold } from "../execute.ts";
import { arena, type Block } from "../memory/arena.ts";
import { locate, locateOutput } from "../memory/storage.ts";
import type { Tensor } from "../tensor.ts";
import { boxModule, DIMENSIONS } from "../wasm/box.ts";
import { instantiate, type WasmFunction } from "../wasm/engine.ts";
import type { Float } from "../wasm/gemm.ts";
import { kernelThreads, share } from "../wasm/threads.ts";

/** Memory that is given back all at once. */
export class Scratch {
  readonly #blocks: Block[] = [];

  /** The address of `bytes` more bytes, not cleared. */
  take(bytes: number): number {
    const block = arena().allocate(bytes, true);
    if (!block) throw new RangeError("Cannot convolve: the 4 GiB of the arena are full");
    this.#blocks.push(block);
    return block.address;
  }

  /** The same for each thread. */
  takeEach(bytes: number): number {
    return this.take(bytes * kernelThreads());
  }

  /** The address of numbers, as 32-bit words. */
  table(numbers: ArrayLike<number>): number {
    const address = this.take(4 * numbers.length);
    new Int32Array(arena().buffer, address, numbers.length).set(numbers);
    return address;
  }

  /** Gives all of it back. */
  release(): void {
    for (const block of this.#blocks.splice(0)) arena().release(block);
  }
}

/** How threads may share a call; see {@link share}. */
interface Sharing {
  /** The argument that counts what is cut into pieces. */
  readonly axis: number;
  /** Arguments that are addresses, and how many bytes they move with one step along the axis. */
  readonly moves: Readonly<Record<number, number>>;
  /** What the time of the call grows with. */
  readonly work: number;
  readonly grain?: number;
  /** An argument that is scratch memory of each thread's own, and its bytes. */
  readonly scratch?: readonly [argument: number, bytes: number];
}

/** Calls below this are not worth asking how long they take. */
const SMALL = 2048;

/** Calls a kernel, on several threads where that is faster. */
export function call(kernel: WasmFunction, args: readonly number[], sharing: Sharing): void {
  const { axis, moves, work, grain, scratch } = sharing;
  if (work < SMALL || args[axis] < 2) {
    kernel(...args);
    return;
  }
  const own = scratch && { argument: scratch[0], bytes: scratch[1] };
  share(kernel, args, { axis, steps: args.map((_, i) => moves[i] ?? 0), work, grain, scratch: own });
}

/** The byte address of a contiguous tensor that is read. */
export function addressOf(x: Tensor): number {
  return locate(x.storage) + x.offset * itemSize[x.dtype];
}

/** The byte address of a contiguous tensor that is written to. */
export function outputOf(x: Tensor): number {
  return locateOutput(x.storage) + x.offset * itemSize[x.dtype];
}

/** Bytes of an element. */
export function bytesOf(type: Float): number {
  return type === "float32" ? 4 : 8;
}

/** Elements at an address, with the steps between them along each dimension, in elements. */
export interface Place {
  readonly address: number;
  readonly steps: readonly number[];
}

const compiled: Partial<Record<Float, Record<string, WasmFunction>>> = {};

/**
 * to[i] = from[i], or to[i] += from[i], for all indices i of a box. Places added to may be the same for different indices,
 * but not for different first ones.
 */
export function moveBox(
  how: "copy" | "add",
  type: Float,
  shape: readonly number[],
  to: Place,
  from: Place,
): void {
  if (shape.includes(0)) return;
  const run = (compiled[type] ??= instantiate(boxModule(type)))[how], bytes = bytesOf(type);
  const { shape: sizes, steps } = fold(shape, [to.steps, from.steps]),
    extra = Math.max(sizes.length - DIMENSIONS, 0);
  const args: number[] = [0, 0];
  for (let d = sizes.length; d < DIMENSIONS; d++) {
    args.push(1, d === DIMENSIONS - 1 ? bytes : 0, d === DIMENSIONS - 1 ? bytes : 0);
  }
  for (let d = extra; d < sizes.length; d++) args.push(sizes[d], steps[0][d] * bytes, steps[1][d] * bytes);
  // what is added may overlap, but not for different indices of the first dimension
  const axis = args.length - 3 * (sizes.length - extra), work = sizes.slice(extra).reduce((a, b) => a * b, 1);
  const isCut = sizes.length > 0 && (how === "copy" || (extra === 0 && sizes[0] === shape[0]));
  const each = (d: number, p: number, q: number): void => {
    if (d === extra) {
      args[0] = p;
      args[1] = q;
      if (isCut) call(run, args, { axis, moves: { 0: args[axis + 1], 1: args[axis + 2] }, work });
      else run(...args);
    } else {
      for (let i = 0; i < sizes[d]; i++) {
        each(d + 1, p + i * steps[0][d] * bytes, q + i * steps[1][d] * bytes);
      }
    }
  };
  each(0, to.address, from.address);
}

/** From so many bytes on threads may share clearing them. */
const MUCH = 2 ** 16;

/** Sets `bytes` bytes, a multiple of 4, to 0. */
export function clear(address: number, bytes: number): void {
  const whole = bytes - bytes % MUCH;
  new Uint8Array(arena().buffer, address + whole, bytes - whole).fill(0);
  if (whole === 0) return;
  const zero = new Float32Array(arena().buffer, address, 1);
  zero[0] = 0;
  const shape = [whole / MUCH, MUCH / 4];
  moveBox("copy", "float32", shape, { address, steps: [MUCH / 4, 1] }, { address, steps: [0, 0] });
}
