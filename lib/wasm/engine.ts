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

/** Finds out, once, by small modules. */
export function features(): Features {
  if (!known) {
    const simd = accepts("f32x4.add", 2);
    known = { simd, fma: simd && accepts("f32x4.relaxed_madd", 3) && fuses() };
  }
  return known;
}

function accepts(instruction: string, operands: number): boolean {
  const module = new ModuleBuilder();
  module.add("run", new Array(operands).fill("v128"), ["v128"], (f, ...x) => {
    for (const local of x) f.get(local);
    f.op(instruction);
  });
  try {
    return WebAssembly.validate(module.encode(limits));
  } catch {
    return false; // no WebAssembly at all
  }
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
  const compiled = new WebAssembly.Module(module.encode(limits));
  const instance = new WebAssembly.Instance(compiled, {
    env: { memory: arena().memory },
    host: module.host,
  });
  return instance.exports as Record<string, WasmFunction>; // functions are all that ModuleBuilder exports
}
