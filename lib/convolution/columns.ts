/**
 * Patches of images as columns of matrices, in scratch memory, and such columns added up to images again.
 *
 * Where there is enough work in a matrix product, only the inner dimensions of the kernel are laid out: there is then one
 * product for each place ("tap") along the outermost, which reads the same columns some rows further on. For a kernel of
 * 5 x 5 that is a fifth of the memory to write. With a stride along the outermost dimension, taps that differ by less
 * than it read different rows of the image: there is a set of columns for each such phase.
 */
import { stridesOf } from "../shape.ts";
import type { Float } from "../wasm/gemm.ts";
import { extentOf, type Windows } from "../windows.ts";
import { kernelThreads } from "../wasm/threads.ts";
import { bytesOf, clear, moveBox, type Place, type Scratch } from "./memory.ts";

/** Images [images, channels, ...size] at an address, and the windows over them. */
export interface Images {
  readonly type: Float;
  readonly address: number;
  readonly images: number;
  readonly channels: number;
  readonly windows: readonly Windows[];
}

/** Some images, and some of the rows of windows in each. */
export interface Block {
  readonly first: number;
  readonly images: number;
  readonly top: number;
  readonly rows: number;
}

/**
 * Taps whose columns are equally far apart: number first, first + step ... The address of the first tap's matrix; then, in
 * elements, from one of its rows, from one image's matrix, and from one tap's to the next.
 */
export interface Run {
  readonly first: number;
  readonly step: number;
  readonly taps: number;
  readonly address: number;
  readonly lead: number;
  readonly apart: number;
  readonly distance: number;
}

/** Columns that read the rows phase, phase + stride ... of images, for taps from `first` on; the last is `extra` rows below. */
interface Phase {
  readonly phase: number;
  readonly first: number;
  extra: number;
}

/** Elements in a block of columns for each thread: 1 MiB of float32, as the second-level cache. */
const BLOCK = 2 ** 18;
/** Windows in an image from which on it has a product of its own: below, images are laid side by side. */
const ALONE = 64;
/** Rows of a product from which on taps are told apart. */
const DEEP = 32;

/** The columns of images, one block after the other. */
export class Columns {
  /** How many places the kernel has along the dimension that is not laid out; 1 if all are. */
  readonly taps: number;
  /** Rows of a tap's matrix for each channel: the places of the kernel that are laid out. */
  readonly depth: number;
  /** Windows in an image, and in one row of it. */
  readonly count: number;
  readonly perRow: number;
  /** Whether images are laid side by side. */
  readonly together: boolean;
  /** Whether the columns are the image itself, each element once. */
  readonly isPlain: boolean;

  readonly #x: Images;
  readonly #bytes: number;
  readonly #phases: Phase[] = [];
  readonly #isShifted: boolean;
  readonly #isAlias: boolean;
  /** The sizes of an image with all the padding that windows reach into. */
  readonly #frame: readonly number[];
  readonly #hasFrame: boolean;
  readonly #frameAt: number;
  readonly #columnsAt: number;
  readonly #most: Block;
  #framed = -1;

  /** Plans for images of which `perGroup` channels are multiplied at once, with memory from `scratch`. */
  constructor(x: Images, perGroup: number, scratch: Scratch) {
    const { windows, channels, images } = x,
      [outer, ...inner] = windows,
      { kernel, stride, dilation } = outer;
    const places = sizeOf(inner.map((w) => w.kernel));
    this.#x = x;
    this.#bytes = bytesOf(x.type);
    this.perRow = sizeOf(inner.map((w) => w.count));
    this.count = outer.count * this.perRow;
    this.#isShifted = kernel > 1 && this.count >= ALONE && perGroup * places >= DEEP;
    this.taps = this.#isShifted ? kernel : 1;
    this.depth = this.#isShifted ? places : places * kernel;
    for (let i = 0; i < this.taps; i++) {
      const phase = (i * dilation) % stride, extra = Math.floor(i * dilation / stride);
      const known = this.#phases.find((p) => p.phase === phase);
      if (known) known.extra = extra;
      else this.#phases.push({ phase, first: i, extra });
    }
    this.together = this.count < ALONE && images > 1;
    this.#frame = windows.map((w) => Math.max(w.before + w.size, (w.count - 1) * w.stride + extentOf(w)));
    this.#hasFrame = windows.some((w, d) => this.#frame[d] !== w.size);
    this.#isAlias = !this.together && stride === 1 && this.depth === 1 &&
      inner.every((w, d) => w.stride === 1 && this.#frame[d + 1] === w.count);
    this.isPlain = this.#isAlias && this.taps === 1;
    this.#most = this.#mostOf(channels * this.depth * this.perRow);
    const frameBytes = this.#bytes * this.#most.images * channels * sizeOf(this.#frame);
    this.#frameAt = this.#hasFrame ? scratch.take(frameBytes) : x.address;
    if (this.#hasFrame) clear(this.#frameAt, frameBytes);
    this.#columnsAt = this.#isAlias ? 0 : scratch.take(this.#sizeOf(this.#most));
  }

  /** What goes through at once, where a row of windows has so many elements in its columns. */
  #mostOf(perRow: number): Block {
    const { images, windows: [{ count }] } = this.#x, threads = kernelThreads();
    if (this.together) {
      const n = Math.min(images, Math.ceil(BLOCK / (perRow * count)));
      return { first: 0, images: n, top: 0, rows: count };
    }
    const each = Math.min(threads, images), fitting = Math.floor(BLOCK / (perRow * count));
    if (fitting > 0) return { first: 0, images: Math.min(images, fitting * threads), top: 0, rows: count };
    // rows that blocks overlap in are laid out twice: keep them few
    const most = Math.max(BLOCK / perRow, 3 * this.#phases[0].extra, 1);
    return { first: 0, images: each, top: 0, rows: Math.ceil(count / Math.ceil(count / most)) };
  }

  /** All blocks in turn, image by image. */
  blocks(): Block[] {
    const { images, rows } = this.#most, all: Block[] = [], height = this.#x.windows[0].count;
    for (let first = 0; first < this.#x.images; first += images) {
      for (let top = 0; top < height; top += rows) {
        const n = Math.min(images, this.#x.images - first), m = Math.min(rows, height - top);
        all.push({ first, images: n, top, rows: m });
      }
    }
    return all;
  }

  /** The matrices of a block: element (channel · depth + place, window) for each tap. */
  runsOf(block: Block): Run[] {
    const [{ dilation, stride }] = this.#x.windows, { perRow, taps } = this, { channels } = this.#x;
    if (this.#isAlias) {
      const lead = this.#frame[0] * perRow, address = this.#imageAt(block) + block.top * perRow * this.#bytes;
      const apart = channels * lead;
      return [{ first: 0, step: 1, taps, address, lead, apart, distance: dilation * perRow }];
    }
    // after all phases a tap reads the rows of the first again
    const phases = this.#phases.length, distance = phases * dilation / stride * perRow;
    let address = this.#columnsAt;
    return this.#phases.map((p) => {
      const first = p.first, lead = this.#leadOf(p, block), apart = channels * this.depth * lead;
      const down = Math.floor(first * dilation / stride);
      const start = address + down * perRow * this.#bytes;
      address += this.#phaseBytes(p, block);
      return {
        first,
        step: phases,
        taps: Math.ceil((taps - first) / phases),
        address: start,
        lead,
        apart,
        distance,
      };
    });
  }

  /** Lays out the columns of a block. */
  spread(block: Block): void {
    if (this.#hasFrame && this.#framed !== block.first) {
      this.#framed = block.first;
      moveBox("copy", this.#x.type, ...this.#inside(block));
    }
    if (!this.#isAlias) {
      this.#each(block, (shape, columns, image) => moveBox("copy", this.#x.type, shape, columns, image));
    }
  }

  /** Clears what {@link add} adds to: columns that taps add to, and the image before its first block. */
  clear(block: Block): void {
    if (this.taps > 1 && !this.#isAlias) clear(this.#columnsAt, this.#sizeOf(block));
    if (this.#framed === block.first || this.isPlain) return;
    this.#framed = block.first;
    clear(this.#imageAt(block), this.#bytes * block.images * this.#x.channels * sizeOf(this.#frame));
  }

  /** Adds the columns of a block to the images. */
  add(block: Block): void {
    if (!this.#isAlias) {
      this.#each(block, (shape, columns, image) => moveBox("add", this.#x.type, shape, image, columns));
    }
    if (!this.#hasFrame || block.top + block.rows < this.#x.windows[0].count) return;
    const [shape, frame, image] = this.#inside(block);
    moveBox("copy", this.#x.type, shape, image, frame);
  }

  /** Calls `body` for each phase with a box, and its places in the columns and in the image. */
  #each(block: Block, body: (shape: number[], columns: Place, image: Place) => void): void {
    const { channels, windows } = this.#x, [outer, ...inner] = windows, steps = stridesOf(this.#frame);
    const laid = this.#isShifted ? inner : windows,
      from = this.#isShifted ? 1 : 0,
      plane = sizeOf(this.#frame);
    let address = this.#columnsAt;
    // the channels of all images one after the other, or images side by side in each row
    const [planes, beside] = this.together ? [channels, block.images] : [channels * block.images, 1];
    for (const p of this.#phases) {
      const shape = [
        planes,
        ...laid.map((w) => w.kernel),
        beside,
        block.rows + p.extra,
        ...inner.map((w) => w.count),
      ];
      const image = [
        plane,
        ...laid.map((w, d) => w.dilation * steps[from + d]),
        channels * plane,
        outer.stride * steps[0],
        ...inner.map((w, d) => w.stride * steps[1 + d]),
      ];
      const start = (block.top * outer.stride + p.phase) * steps[0] * this.#bytes;
      body(shape, { address, steps: stridesOf(shape) }, {
        address: this.#imageAt(block) + start,
        steps: image,
      });
      address += this.#phaseBytes(p, block);
    }
  }

  /** A block's images in their frame, and where they come from. */
  #inside(block: Block): [number[], Place, Place] {
    const { windows, channels, address } = this.#x, size = windows.map((w) => w.size);
    const shape = [block.images, channels, ...size], full = [block.images, channels, ...this.#frame];
    const steps = stridesOf(full), start = windows.reduce((at, w, d) => at + w.before * steps[d + 2], 0);
    const plain = stridesOf(shape), image = address + block.first * channels * sizeOf(size) * this.#bytes;
    return [shape, { address: this.#frameAt + start * this.#bytes, steps }, { address: image, steps: plain }];
  }

  /** Where a block's images are: in their frame, if they need one. */
  #imageAt(block: Block): number {
    const image = this.#x.channels * sizeOf(this.#frame) * this.#bytes;
    return this.#hasFrame ? this.#frameAt : this.#frameAt + block.first * image;
  }

  #leadOf(phase: Phase, block: Block): number {
    return (this.together ? block.images : 1) * (block.rows + phase.extra) * this.perRow;
  }

  #phaseBytes(phase: Phase, block: Block): number {
    const rows = this.#x.channels * this.depth * (this.together ? 1 : block.images);
    return this.#bytes * rows * this.#leadOf(phase, block);
  }

  #sizeOf(block: Block): number {
    return this.#phases.reduce((sum, p) => sum + this.#phaseBytes(p, block), 0);
  }
}

function sizeOf(list: readonly number[]): number {
  return list.reduce((a, b) => a * b, 1);
}
