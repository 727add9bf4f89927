/** Where the kernels of direct convolution and pooling find the elements of a window: tables of places in a frame. */
import { stridesOf } from "../shape.ts";
import { extentOf, type Windows } from "../windows.ts";
import type { Scratch } from "./memory.ts";

/** Along one dimension: where elements of planes go in the frame, and where windows read it. */
export interface Axis {
  readonly size: number;
  /** Places in the frame from one element to the next: more than 1 where zeros are put in between. */
  readonly spacing: number;
  readonly before: number;
  readonly count: number;
  readonly stride: number;
  /** How far each tap is from the beginning of the window. */
  readonly taps: readonly number[];
}

/** The windows of a convolution as they are. */
export function axesOf(windows: readonly Windows[]): Axis[] {
  return windows.map(({ size, count, kernel, stride, dilation, before }) => {
    return {
      size,
      spacing: 1,
      before,
      count,
      stride,
      taps: Array.from({ length: kernel }, (_, i) => i * dilation),
    };
  });
}

/** The windows of the adjoint: elements `stride` apart, taps in reverse. */
export function adjointAxesOf(windows: readonly Windows[]): Axis[] {
  return windows.map((w) => {
    const { size, count, kernel, stride, dilation } = w, before = extentOf(w) - 1 - w.before;
    const taps = Array.from({ length: kernel }, (_, i) => (kernel - 1 - i) * dilation);
    return { size: count, spacing: stride, before, count: size, stride: 1, taps };
  });
}

/** More words for each line and each tap. */
interface Words {
  readonly lines: readonly (readonly number[])[];
  readonly taps: readonly (readonly number[])[];
}

/** Tables for the kernels, and the arguments that go with them. */
export class Layout {
  readonly lines: number;
  readonly width: number;
  readonly lineTable: number;
  readonly taps: number;
  readonly tapTable: number;
  readonly frame: number[];

  /** Tables for planes of so many channels; `words` are put behind those of each line and each tap. */
  constructor(
    axes: readonly Axis[],
    channels: number,
    bytes: number,
    scratch: Scratch,
    words: Words = { lines: [], taps: [] },
  ) {
    const last = axes[axes.length - 1], outer = axes.slice(0, -1), step = last.stride;
    const sizes = axes.map((a) => {
      const reach = Math.max(...a.taps) + (a.count - 1) * a.stride;
      return Math.max(reach, a.before + (a.size - 1) * a.spacing) + 1;
    });
    // elements that windows next to each other read lie next to each other, so there is a part for each phase of a stride
    const pitch = Math.ceil(sizes[sizes.length - 1] / step), row = pitch * step * bytes;
    const shape = [channels, ...sizes.slice(0, -1)], steps = stridesOf(shape).map((s) => s * row);
    const across = (at: number) => (at % step * pitch + Math.floor(at / step)) * bytes;
    const planes = along(channels, steps[0]);
    const rows = sums([
      planes,
      ...outer.map((a, d) => along(a.size, a.spacing * steps[d + 1], a.before * steps[d + 1])),
    ]);
    const lines = sums(outer.map((a, d) => along(a.count, a.stride * steps[d + 1])));
    const taps = sums([
      planes,
      ...outer.map((a, d) => a.taps.map((t) => t * steps[d + 1])),
      last.taps.map(across),
    ]);
    const passes: number[] = [];
    for (let phase = 0; phase < step; phase++) {
      const first = ((phase - last.before) % step + step) % step;
      passes.push(
        first * bytes,
        across(first + last.before),
        Math.max(0, Math.ceil((last.size - first) / step)),
      );
    }
    const lineWords = lines.flatMap((at, i) => [at, ...words.lines.map((list) => list[i])]);
    const tapWords = taps.flatMap((at, i) => [at, ...words.taps.map((list) => list[i])]);
    const numbers = [...rows, ...lineWords, ...tapWords, ...passes], address = scratch.table(numbers);
    this.lines = lines.length;
    this.width = last.count;
    this.lineTable = address + 4 * rows.length;
    this.taps = taps.length;
    this.tapTable = this.lineTable + 4 * lineWords.length;
    const frameBytes = Math.ceil(shape[0] * steps[0] / 16) * 16 + 16,
      passTable = this.tapTable + 4 * tapWords.length;
    const ends = [step, passTable, step * bytes, last.spacing * bytes];
    this.frame = [scratch.takeEach(frameBytes), frameBytes, rows.length, last.size * bytes, address, ...ends];
  }
}

/** Whether the adjoint's windows begin at or before the planes, not within: others have no axes. */
export function hasAdjoint(windows: readonly Windows[]): boolean {
  return windows.every((w) => w.before <= extentOf(w) - 1);
}

/** The sums of one number from each list, the last list's changing fastest. */
export function sums(lists: readonly ArrayLike<number>[]): number[] {
  return lists.reduce<number[]>((all, list) => all.flatMap((a) => Array.from(list, (b) => a + b)), [0]);
}

/** `n` numbers that are `by` apart. */
export function along(n: number, by: number, from = 0): number[] {
  return Array.from({ length: n }, (_, i) => from + i * by);
}
