/** The one place that compiles WebAssembly: what the machine can do, and modules on the arena's memory. */
import { arena } from "../memory/arena.ts";
import { ModuleBuilder } from "./assemble.ts";

/** What this WebAssembly engine offers. */
export interface Features {
  /** 128-bit SIMD and shared memory. */
  readonly simd: boolean;
  /** Relaxed SIMD's multiply-add, on a machine that fuses it. */
  readonly fma: boolean;
}

/** A compiled function; addresses are unsigned 32-bit, given as numbers. */
export type WasmFunction = (...args: number[]) => number | void;

const limits = { shared: true, initial: 1, maximum: 65536 };

let known: Features | undefined;

/** Finds out, once, by a small module: what fuses has SIMD, too, and otherwise a second one asks. */
export function features(): Features {
  return known ??= answers(fuses) ? { simd: true, fma: true } : { simd: answers(adds), fma: false };
}

function answers(question: () => boolean): boolean {
  try {
    return question();
  } catch {
    return false; // an instruction is not known, or there is no WebAssembly at all
  }
}

function adds(): boolean {
  const module = new ModuleBuilder();
  module.add("run", ["v128", "v128"], ["v128"], (f, a, b) => f.get(a).get(b).op("f32x4.add"));
  return WebAssembly.validate(module.encode(limits));
}

/** Whether relaxed SIMD's multiply-add rounds once: then (1 + 2⁻²³) (1 − 2⁻²³) − 1 is not 0. */
function fuses(): boolean {
  const module = new ModuleBuilder(), small = 2 ** -23;
  module.add("run", [], ["i32"], (f) => {
    for (const c of [1 + small, 1 - small, -1]) {
      f.get(f.constant([...new Uint8Array(Float32Array.of(c, c, c, c).buffer)]));
    }
    f.op("f32x4.relaxed_madd").op("v128.any_true");
  });
  return instantiate(module).run() === 1;
}

/** Compiles a module onto the arena's memory; the result is its exported functions by name. */
export function instantiate(module: ModuleBuilder): Record<string, WasmFunction> {
  const bytes = module.encode(limits), { host } = module;
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    env: { memory: arena().memory },
    host,
  });
  const functions = instance.exports as Record<string, WasmFunction>; // all that ModuleBuilder exports
  if (Object.keys(host).length === 0) {
    Object.values(functions).forEach((f, index) => codes.set(f, { bytes, index }));
  }
  return functions;
}

/**
 * A function as another thread can make it again: its module, and which of the module's exports it is; or, with index -1,
 * the text of a function of the memory that gives it.
 */
export interface Code {
  readonly bytes: Uint8Array;
  readonly index: number;
}

/** Says how another thread makes a function that is no export of a module. */
export function lend(f: WasmFunction, text: string): void {
  codes.set(f, { bytes: new TextEncoder().encode(text), index: -1 });
}

const codes = new WeakMap<WasmFunction, Code>();

/** The code of a compiled function; null if it calls functions of this thread. */
export function codeOf(f: WasmFunction): Code | null {
  return codes.get(f) ?? null;
}
