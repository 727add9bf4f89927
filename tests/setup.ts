/**
 * What every test runs under: freed memory is filled with NaN, and the engine is the one that DINOGRAD_ENGINE names.
 * Each test file imports this.
 */
import { type BackendName, setBackend } from "../lib/backend.ts";
import { arena } from "../lib/memory/arena.ts";

arena().poison = true;

/** The engine that the run is held to; undefined lets the library choose. */
export const engine = Deno.env.get("DINOGRAD_ENGINE") as BackendName | undefined; // setBackend checks it
if (engine) setBackend(engine);

/** Whether this is the quick look: one case of each op, few seeds. */
export const tiny = Deno.env.has("DINOGRAD_TINY");

/** Whether only some families of ops are tested. */
export const partial = Deno.env.has("DINOGRAD_FAMILY");

/** How many random graphs, draws and the like a test goes through: DINOGRAD_SEEDS, or `usual`. */
export function seeds(usual: number): number {
  return Number(Deno.env.get("DINOGRAD_SEEDS") ?? (tiny ? Math.min(usual, 10) : usual));
}
