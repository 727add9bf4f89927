/**
 * Which engine serves, and why: BLAS through FFI for matrix products where it may, WASM SIMD for everything else,
 * plain TypeScript where there is no WebAssembly. Nothing is probed before it is needed, and nothing ever prompts.
 */
import { type Attempt, type Blas, type BlasSearch, loadBlas } from "./blas/load.ts";
import { asChoice, asCount, named } from "./arguments.ts";
import { describe } from "./errors.ts";
import { features } from "./wasm/engine.ts";
import { kernelThreads, setKernelThreads } from "./wasm/threads.ts";

/** What {@link setBackend} accepts: the best there is, or one engine to hold everything to. */
export type BackendName = "auto" | "blas" | "wasm" | "js";

/** What serves at the moment; printing it gives one line. */
export interface Backend {
  /** Who multiplies matrices. */
  readonly matmul: "blas" | "wasm" | "js";
  /** Who runs everything else. */
  readonly kernels: "wasm" | "js";
  /** Whether WASM kernels have fused multiply-add. */
  readonly fma: boolean;
  /** The BLAS library with its version, for example "OpenBLAS 0.3.21 Cooperlake"; null if none is used. */
  readonly library: string | null;
  /** Where the library was found. */
  readonly path: string | null;
  /** The width of the library's integers. */
  readonly ints: "LP64" | "ILP64" | null;
  /** The most threads that matrix products may use. */
  readonly threads: number;
  /** Why no BLAS is used; null if one is. */
  readonly why: string | null;
  /** Libraries that were not taken, and why. */
  readonly tried: readonly Attempt[];
  /** All of it in one line. */
  toString(): string;
}

let choice: BackendName = "auto";
let search: BlasSearch | undefined;
let threads: number | undefined;

/** The BLAS in use, loaded on first call; null where WASM or plain TypeScript must do. Library use. */
export function blas(): Blas | null {
  if (choice === "wasm" || choice === "js") return null;
  return (search ??= find()).library;
}

/** Whether WASM SIMD kernels run. Library use. */
export function usesWasm(): boolean {
  return choice !== "js" && features().simd;
}

function find(path?: string): BlasSearch {
  const found = loadBlas({ path });
  if (found.library && threads !== undefined) found.library.setThreads(threads);
  return found;
}

/**
 * Tells which engine serves, and why.
 *
 * @example
 * ```ts
 * import { backend } from "@dinograd/dinograd";
 *
 * console.log(String(backend())); // matmul: WASM SIMD (BLAS not loaded: run with --allow-ffi)
 * ```
 */
export function backend(): Backend {
  const library = blas(), wasm = usesWasm();
  const why = library
    ? null
    : search && !search.library && choice === "auto"
    ? search.reason
    : `setBackend("${choice}")`;
  const report = {
    matmul: library ? "blas" : wasm ? "wasm" : "js",
    kernels: wasm ? "wasm" : "js",
    fma: wasm && features().fma,
    library: library?.library ?? null,
    path: library?.path ?? null,
    ints: library?.ints ?? null,
    threads: library?.threads() ?? (wasm ? kernelThreads() : 1),
    why,
    tried: search?.tried ?? [],
  } as const;
  const engine = wasm ? "WASM SIMD" : "plain TypeScript";
  const line = library
    ? `matmul: ${report.library} (${report.path}, ${report.ints}, ${count(report.threads)}); rest: ${engine}`
    : `matmul: ${engine} (BLAS not loaded: ${why})`;
  return Object.defineProperty({ ...report, toString: () => line }, "toString", { enumerable: false });
}

function count(threads: number): string {
  return `${threads} thread${threads === 1 ? "" : "s"}`;
}

/**
 * Chooses the engine: "auto" takes the best there is; "blas" insists on a library; "wasm" and "js" hold everything to
 * one engine. `path` names the library to load.
 *
 * @throws {Error} for "blas", if no library can be loaded: the message lists every path tried.
 *
 * @example
 * ```ts
 * import { backend, setBackend } from "@dinograd/dinograd";
 *
 * setBackend("wasm");
 * console.log(backend().matmul); // wasm
 * setBackend("auto");
 * ```
 */
export function setBackend(name: BackendName, options: { path?: string } = {}): void {
  asChoice("setBackend", "name", name, ["auto", "blas", "wasm", "js"]);
  const { path } = named<{ path: string }>("setBackend", [options], [], ["path"]);
  if (path !== undefined && typeof path !== "string") {
    throw new TypeError(`Cannot call setBackend() with path ${describe(path)}: it must be a string`);
  }
  if (name === "wasm" && !features().simd) {
    throw new Error(`Cannot set the backend to "wasm": no WASM SIMD here`);
  }
  if (name === "blas" || path !== undefined) {
    const found = path === undefined && search?.library ? search : find(path);
    if (!found.library && name === "blas") {
      const list = found.tried.map(({ path, why }) => `\n  ${path}: ${why}`).join("");
      throw new Error(`Cannot set the backend to "blas": ${found.reason}; tried:${list || " nothing"}`);
    }
    if (search?.library && search !== found) search.library.close();
    search = found;
  }
  choice = name;
}

/** How many threads matrix products and large kernels may use: by default as many as there are cores, at most 8. */
export function getNumThreads(): number {
  return threads ?? blas()?.threads() ?? kernelThreads();
}

/**
 * Sets how many threads matrix products and large kernels may use, at most 16. Kernels take others only where that has
 * been found faster; with 1 they take none. Results do not depend on it.
 *
 * @throws {RangeError} if `count` is not a whole number of 1 or more.
 *
 * @example
 * ```ts
 * import { getNumThreads, setNumThreads } from "@dinograd/dinograd";
 *
 * setNumThreads(1);
 * console.log(getNumThreads()); // 1
 * ```
 */
export function setNumThreads(count: number): void {
  threads = asCount("setNumThreads", "count", count, 1);
  setKernelThreads(threads);
  search?.library?.setThreads(threads);
}
