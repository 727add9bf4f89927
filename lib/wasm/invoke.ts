/** Calls of kernels whose arguments are in an array. */
import type { WasmFunction } from "./engine.ts";

/** Calls `f` with the first `count` elements of `a`; the usual counts without spreading, which takes 70 ns. */
export function invoke(f: WasmFunction, a: readonly number[], count: number): void {
  if (count === 6) f(a[0], a[1], a[2], a[3], a[4], a[5]);
  else if (count === 10) f(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9]);
  else if (count === 13) f(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11], a[12]);
  else if (count === 14) {
    f(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11], a[12], a[13]);
  } else f(...(count === a.length ? a : a.slice(0, count)));
}
