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
import { bytesOf, clear, moveBox, type Place, type Scratch } from "./memory.ts";

/** Images [images, channels, ...size] at an address, and the windows over them. */
export interface Images {
  readonly type: Float;
  readonly address: number;
  readonly images: number;
  readonly channels: number;
  readonly windows: readonly Windows[];
}

/** Some images, and some of the rows of windows in each; several images only with all their rows. */
export interface Block {
  readonly first: number;
  readonly images: number;
  readonly top: number;
  readonly rows: number;
}

/** One tap's matrix: the address of its first column, and from one row to the next in elements. */
export interface Tap {
  readonly address: number;
  readonly lead: number;
}

/** Columns that read the rows phase, phase + stride ... of images; some taps begin `extra` rows below the first. */
interface Phase {
  readonly phase: number;
  readonly extra: number;
}

/** Elements in a block of columns: 1 MiB of float32, as the second-level cache. */
const BLOCK = 2 ** 18;
/** Windows in an image from which on it has a product of its own: below, images are laid side by side. */
const ALONE = 256;
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
      const at = this.#phases.findIndex((p) => p.phase === phase);
      this.#phases.splice(at < 0 ? this.#phases.length : at, at < 0 ? 0 : 1, { phase, extra });
    }
    const perRow = channels * this.depth * this.perRow;
    const n = this.count >= ALONE ? 1 : Math.min(images, Math.ceil(BLOCK / (perRow * outer.count)));
    // rows that blocks overlap in are laid out twice: keep them few
    const fitting = Math.max(BLOCK / perRow, 3 * this.#phases[0].extra, 1);
    const rows = n > 1 ? outer.count : Math.ceil(outer.count / Math.ceil(outer.count / fitting));
    this.#most = { first: 0, images: n, top: 0, rows };
    this.together = n > 1;
    this.#frame = windows.map((w) => Math.max(w.before + w.size, (w.count - 1) * w.stride + extentOf(w)));
    this.#hasFrame = windows.some((w, d) => this.#frame[d] !== w.size);
    this.#isAlias = n === 1 && stride === 1 && this.depth === 1 &&
      inner.every((w, d) => w.stride === 1 && this.#frame[d + 1] === w.count);
    this.isPlain = this.#isAlias && this.taps === 1;
    const frameBytes = this.#bytes * n * channels * sizeOf(this.#frame);
    this.#frameAt = this.#hasFrame ? scratch.take(frameBytes) : x.address;
    if (this.#hasFrame) clear(this.#frameAt, frameBytes);
    this.#columnsAt = this.#isAlias ? 0 : scratch.take(this.#sizeOf(this.#most));
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
  tapsOf(block: Block): Tap[] {
    const [{ dilation, stride }] = this.#x.windows;
    return Array.from({ length: this.taps }, (_, i) => {
      const down = Math.floor(i * dilation / stride);
      if (this.#isAlias) {
        const row = (block.top + i * dilation) * this.perRow;
        return { address: this.#imageAt(block) + row * this.#bytes, lead: this.#frame[0] * this.perRow };
      }
      let address = this.#columnsAt;
      for (const p of this.#phases) {
        if (p.phase === (i * dilation) % stride) {
          return { address: address + down * this.perRow * this.#bytes, lead: this.#leadOf(p, block) };
        }
        address += this.#phaseBytes(p, block);
      }
      throw new Error("Bug: a tap without a phase");
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
    for (const p of this.#phases) {
      const rows = block.rows + p.extra;
      const shape = [
        channels,
        ...laid.map((w) => w.kernel),
        block.images,
        rows,
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
    return block.images * (block.rows + phase.extra) * this.perRow;
  }

  #phaseBytes(phase: Phase, block: Block): number {
    return this.#bytes * this.#x.channels * this.depth * this.#leadOf(phase, block);
  }

  #sizeOf(block: Block): number {
    return this.#phases.reduce((sum, p) => sum + this.#phaseBytes(p, block), 0);
  }
}

function sizeOf(list: readonly number[]): number {
  return list.reduce((a, b) => a * b, 1);
}
