/**
 * Who looks on while kernels run: how compile() learns what a function does.
 *
 * A watcher is there only while a function is traced (lib/compile/); at all other times asking for one is a comparison
 * with null. Kernels tell it what they read and write, ops and gradients where they begin and end, storages when their
 * bytes are about to be seen by anything else. Knows types only, so that every file may import it.
 */
import type { DType } from "./dtype.ts";
import type { PointwiseKernel, Strided } from "./execute.ts";
import type { Storage } from "./memory/storage.ts";
import type { OpNode } from "./op.ts";
import type { ReduceCall } from "./reduce.ts";
import type { RowsKernel } from "./rows.ts";
import type { Tensor } from "./tensor.ts";
import type { UpdateRule } from "./update.ts";

/**
 * What is told while a function is traced; whoever tells it has the watcher do the work. Functions come with their
 * arguments, as closures would cost all the calls that nobody watches.
 */
export interface Watcher {
  /** out = formula(inputs), element by element. */
  pointwise(kernel: PointwiseKernel, out: Strided, dtype: DType, inputs: readonly (Strided | number)[]): void;
  /** A reduction of a formula. */
  reduce(call: ReduceCall): void;
  /** A fused kernel over rows. */
  rows(
    kernel: RowsKernel,
    outputs: readonly Tensor[],
    inputs: readonly (Tensor | number)[],
    rows: number,
    n: number,
  ): void;
  /** Tensors changed by a rule. */
  update(rule: UpdateRule, tensors: readonly Tensor[], numbers: readonly number[]): void;
  /** Any other kernel, with all that it writes and reads. */
  kernel<A extends readonly unknown[]>(
    name: string,
    writes: readonly Strided[],
    reads: readonly Strided[],
    run: (...args: A) => void,
    ...args: A
  ): void;
  /** An op: the kernels it calls, unless it touches memory by hand; then it is done again as a whole. */
  op<A extends readonly unknown[], R>(name: string, run: (...args: A) => R, ...args: A): R;
  /** The gradient of a node for one input: as an op. */
  slope(node: OpNode, index: number, g: Tensor): Tensor;
  /** What is to be done again as a whole, whatever it is. */
  whole<T>(name: string, body: () => T): T;
  /** Typed arrays made from numbers of tensors, which are filled again, in place. */
  derived<T extends object>(name: string, compute: () => T): T;
  /** What is done once for all: state that outlives the call is made. */
  once<T>(body: () => T): T;
  /** The bytes of a storage are about to be read or written. */
  touch(storage: Storage): void;
  /** A random number is about to be drawn. */
  draw(): void;
  /** The gradient of a tensor is about to be read, or replaced whatever it was. */
  gradient(x: Tensor, isRead: boolean): void;
  /** A property that decides what is done is about to be read. */
  flag<K extends string>(owner: Readonly<Record<K, unknown>>, name: K): void;
}

/** Who looks on; null but while a function is traced. */
export let watcher: Watcher | null = null;

/** Where new storages come from, if not from the arena. */
export let supplier: ((bytes: number) => Storage) | null = null;

/** Sets who looks on, and returns who did. */
export function watchBy(next: Watcher | null): Watcher | null {
  const was = watcher;
  watcher = next;
  return was;
}

/** Sets where new storages come from, and returns where they did. */
export function supplyFrom(next: typeof supplier): typeof supplier {
  const was = supplier;
  supplier = next;
  return was;
}

/** Runs `body`, which compiled functions do again as a whole: it may read numbers out, draw some, and keep counts. */
export function again<T>(name: string, body: () => T): T {
  return watcher === null ? body() : watcher.whole(name, body);
}

/** Computes typed arrays from numbers of tensors; compiled functions fill the same arrays again. */
export function derived<T extends object>(name: string, compute: () => T): T {
  return watcher === null ? compute() : watcher.derived(name, compute);
}

/** Makes state that outlives the call: compiled functions do not make it again. */
export function once<T>(body: () => T): T {
  return watcher === null ? body() : watcher.once(body);
}
