/**
 * What the kernel tests work on: a memory with operands placed where a byte too far is noticed.
 */
import { type DType, itemSize, type TypedArray, viewArray } from "../lib/dtype.ts";
import type { Mode } from "../lib/kernel.ts";
import type { View } from "../lib/loops.ts";
import type { ModuleBuilder } from "../lib/wasm/assemble.ts";

const PAGE = 65536, PAGES = 24;

/** The memory that the kernels under test share. */
export const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true });

/** The first address past the memory: an operand that ends here cannot be read past its end unnoticed. */
export const END = PAGES * PAGE;

/** The byte that stands where nothing may be written. */
export const GUARD = 0xa5;

/** A kernel. */
export type Run = (...args: number[]) => void;

/** Compiles a kernel onto {@link memory}. */
export function instantiate(module: ModuleBuilder, on: WebAssembly.Memory = memory): Run {
  const bytes = module.encode({ shared: true, initial: 1, maximum: 65536 });
  const imports = { env: { memory: on }, host: module.host };
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports.run as Run;
}

/** An operand of rows × n elements in the memory, its last byte just before `end`. */
export interface Placed {
  readonly operand: { readonly dtype: DType; readonly mode: Mode };
  readonly start: number;
  readonly view: View;
  /** Address, row stride and column stride in bytes. */
  readonly bytes: readonly [number, number, number];
}

/** Places an operand, with rows a few elements apart and strided columns three. */
export function place(operand: Placed["operand"], rows: number, n: number, end: number): Placed {
  const { dtype, mode } = operand, size = itemSize[dtype], at = (end / size | 0) * size;
  const col = mode === "splat" ? 0 : mode === "stride" ? 3 : 1;
  const width = n === 0 && mode !== "splat" ? 0 : (n - 1) * col + 1, row = width + 3;
  const length = rows === 0 || width === 0 ? 0 : (rows - 1) * row + width, start = at - length * size;
  const array = viewArray(dtype, memory.buffer, start, length);
  return { operand, start, view: { array, offset: 0, row, col }, bytes: [start, row * size, col * size] };
}

/** Makes random numbers of a dtype and, now and then, a special one. */
export function numbersFor(dtype: DType, seed: number): () => number {
  let state = seed;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const special = [0, -0, 1, -1, Infinity, -Infinity, NaN, 1e-40, 3e38, 2.5, -3.5, 0.5, 300, 2 ** 31];
  return () => {
    if (dtype === "bool") return random() < 0.5 ? 1 : 0;
    if (dtype === "uint8") return Math.floor(random() * 256);
    if (dtype === "int32") {
      return random() < 0.2 ? Math.floor(random() * 2 ** 32) | 0 : Math.floor(random() * 9) - 4;
    }
    return random() < 0.2 ? special[Math.floor(random() * special.length)] : random() * 8 - 4;
  };
}

/** Fails unless the two agree, each element within `ulps` units of its last place; 0 asks for the same number. */
export function same(actual: TypedArray, expected: TypedArray, ulps: number, what: () => string): void {
  for (let i = 0; i < actual.length; i++) {
    if (Object.is(actual[i], expected[i])) continue;
    const unit = Math.abs(expected[i]) * (actual instanceof Float64Array ? 2 ** -52 : 2 ** -23) || 2 ** -149;
    if (ulps === 0 || !(Math.abs(actual[i] - expected[i]) <= ulps * unit)) {
      throw new Error(`${what()}: element ${i} is ${actual[i]}, must be ${expected[i]}`);
    }
  }
}
