/**
 * Opens a precompiled BLAS through FFI and proves that it multiplies before anyone trusts it.
 *
 * This is the one file that calls `Deno.dlopen`. It knows no tensors: operands are typed arrays, row-major,
 * which may be views of shared WebAssembly memory. It passes buffers, never pointers, so that a grant scoped
 * to one directory is enough. Nothing runs until {@linkcode loadBlas} is called, and nothing prompts.
 *
 * @module
 */

import type { Kernels } from "../linalg/kernels.ts";
import { candidates, isGranted } from "./find.ts";
import { bindLapack, lapackSignatures, type Precision } from "./lapack.ts";
import type { NativeGemm } from "./products.ts";
import { type Gemm, type NativeRoutines, type Routines, rowMajor, signatures, toBigInt } from "./routines.ts";
import { AFFIXES, identify, type Optional, optional, vendorSignatures } from "./vendor.ts";

/** A BLAS that was opened and has passed its self-test. */
export interface Blas extends Routines {
  /** Its name for people, such as "OpenBLAS 0.3.21 Cooperlake"; that of the file where it does not tell. */
  readonly library: string;
  /** The path it was opened by. */
  readonly path: string;
  /** The width of its integers: LP64 has 32 bits, ILP64 has 64. */
  readonly ints: "LP64" | "ILP64";
  /** A gemm as C has it, for threads to share. */
  native(name: "sgemm" | "dgemm"): NativeGemm;
  /** Returns the number of threads that its LAPACK may use; 1 where it cannot tell. Products take one. */
  threads(): number;
  /** Sets that number, at least 1; a library that cannot change it ignores the call. */
  setThreads(count: number): void;
  /** Binds, at the first call, what the library has of LAPACK; nothing if a trial shows it wrong. */
  lapack(precision: Precision): Partial<Kernels>;
  /** Unloads the library. Its other methods then throw; one kept outside this object would crash. */
  close(): void;
}

/** A library that was not taken, and why. */
export interface Attempt {
  /** The path as it was tried. */
  readonly path: string;
  /** The reason in a few words. */
  readonly why: string;
}

/** What {@linkcode loadBlas} found: a library, or a reason fit for "BLAS not loaded: ...". */
export type BlasSearch =
  | { readonly library: Blas; readonly tried: readonly Attempt[] }
  | { readonly library: null; readonly reason: string; readonly tried: readonly Attempt[] };

/**
 * Opens the first usable BLAS among the `path` given, the variable DINOGRAD_BLAS and this platform's usual
 * places; a library that the user names is the only one tried. It never throws and never prompts: what is
 * missing, forbidden, corrupt or fails a 2 x 2 product is passed over and listed in `tried`.
 *
 * @example
 * ```ts
 * import { loadBlas } from "./load.ts";
 *
 * const { library } = loadBlas();
 * const a = Float32Array.of(1, 2, 3, 4);
 * const c = new Float32Array(4);
 * library?.sgemm(false, true, 2, 2, 2, 1, a, 2, a, 2, 0, c, 2); // c = a·aᵀ
 * ```
 */
export function loadBlas(options: { readonly path?: string } = {}): BlasSearch {
  const tried: Attempt[] = [];
  let forbidden = 0;
  let namedPath: string | undefined;
  for (const { path, named, granted } of candidates(options.path)) {
    if (named) namedPath = path;
    if (!granted) {
      forbidden++;
      tried.push({ path, why: "ffi is not granted for it" });
      continue;
    }
    const opened = open(path, named);
    if (typeof opened !== "string") return { library: opened, tried };
    tried.push({ path, why: opened });
  }
  return { library: null, reason: reasonFor(tried, forbidden, namedPath), tried };
}

function reasonFor(tried: readonly Attempt[], forbidden: number, namedPath: string | undefined): string {
  if (namedPath !== undefined) {
    return forbidden > 0 ? `run with --allow-ffi=${namedPath}` : `${namedPath}: ${tried[0].why}`;
  }
  if (forbidden === tried.length) return "run with --allow-ffi";
  return `none found in ${tried.length} places; install OpenBLAS or name a library in DINOGRAD_BLAS`;
}

/** Opens one library, or says why not. One that was not `named` must come from a known vendor. */
function open(path: string, named: boolean): Blas | string {
  const handles: { close(): void }[] = [];
  function symbolsOf<Signatures extends Deno.ForeignLibraryInterface>(wanted: Signatures) {
    const handle = Deno.dlopen(path, wanted);
    handles.push(handle);
    return handle.symbols;
  }
  function close(): void {
    for (const handle of handles.splice(0)) handle.close();
  }
  if (isCutShort(path)) return "it is cut short";
  try {
    const spelled = symbolsOf(spellings());
    const affix = AFFIXES.find(({ prefix, suffix }) => spelled[prefix + suffix] !== null);
    if (affix === undefined) throw new Error("it has no CBLAS interface");
    const ints = integers(spelled[affix.prefix + affix.suffix]!);
    const identity = identify(symbolsOf(vendorSignatures(affix)));
    if (identity === null && !named) {
      throw new Error("it may be slower than WASM; give its path to use it all the same");
    }
    const declared = signatures(affix, ints === "LP64" ? "i32" : "i64"), native = symbolsOf(declared);
    const routines = ints === "LP64"
      ? rowMajor(native as NativeRoutines<number>, (n) => n)
      : rowMajor(native as NativeRoutines<bigint>, toBigInt());
    const right = multiplies(routines.sgemm, (...x) => Float32Array.of(...x)) &&
      multiplies(routines.dgemm, (...x) => Float64Array.of(...x));
    if (!right) throw new Error("it fails a 2 x 2 product");
    const lapack: { [precision in Precision]?: Partial<Kernels> } = {};
    // products are shared by threads of ours, with which the library's own would fight; only LAPACK uses those
    let many = identity?.threads() ?? 1;
    identity?.setThreads(1);
    const together = (run: () => void): void => {
      identity?.setThreads(many);
      run();
      identity?.setThreads(1);
    };
    const blas: Blas = {
      library: identity?.name ?? path.replace(/^.*[/\\]/, ""),
      path,
      ints,
      ...routines,
      native: (name) => ({
        path,
        symbol: declared[name],
        wide: ints === "ILP64",
        bytes: name === "sgemm" ? 4 : 8,
        call: native[name],
      }),
      threads: () => many,
      setThreads: (count) => many = identity ? count : 1,
      lapack: (precision) =>
        lapack[precision] ??= proven(
          bindLapack(symbolsOf(lapackSignatures(affix, precision)), ints, together, precision),
        ),
      close: () => {
        disarm(blas);
        close();
      },
    };
    return blas;
  } catch (error) {
    close();
    return explain(error, path);
  }
}

/**
 * Whether an ELF file ends before the section table that its header promises: opening one kills the process (SIGBUS),
 * past all catching. Looks only where read permission is granted; what it cannot judge is left to dlopen.
 */
function isCutShort(path: string): boolean {
  if (!path.startsWith("/") || !isGranted({ name: "read", path })) return false;
  try {
    using file = Deno.openSync(path);
    const head = new Uint8Array(64), { size } = file.statSync(), view = new DataView(head.buffer);
    if (file.readSync(head) !== 64 || view.getUint32(0) !== 0x7f454c46 || head[4] !== 2 || head[5] !== 1) {
      return false;
    }
    const sections = view.getUint16(0x3a, true) * view.getUint16(0x3c, true);
    return Number(view.getBigUint64(0x28, true)) + sections > size;
  } catch {
    return false;
  }
}

/** Makes the methods of a library about to be closed throw: calling its code would be a segfault. */
function disarm(blas: Blas): void {
  for (const [name, value] of Object.entries(blas)) {
    if (typeof value !== "function" || name === "close") continue;
    const refuse = (): never => {
      throw new Error(`Cannot call ${name} of ${blas.library}: it was closed`);
    };
    Object.assign(blas, { [name]: refuse });
  }
}

/** Turns an error of `open` into a few words: Deno puts "Could not open library: " and the path in front. */
function explain(error: unknown, path: string): string {
  const message = error instanceof Error ? error.message : String(error);
  if (!/^(Could not open library|Failed to register symbol)/.test(message)) return message;
  const cause = message.replace(/^(Could not open library: )+/, "").replace(`${path}: `, "");
  if (/^cannot open shared object file|no such file\)|module could not be found/.test(cause)) {
    return "no such file";
  }
  const missing = /^(\S+): cannot open shared object file/.exec(cause);
  if (missing) return `it needs ${missing[1]}, which is not found`;
  return /^Failed/.test(cause) ? "it lacks a CBLAS routine" : `it cannot be opened: ${cause}`;
}

/** cblas_isamax in every spelling: it tells the spelling and, called once, the width of integers. */
function spellings(): Record<string, Optional<["i64", "buffer", "i64"], "i32">> {
  return Object.fromEntries(AFFIXES.map(({ prefix, suffix }) => {
    return [prefix + suffix, optional(`${prefix}cblas_isamax${suffix}`, ["i64", "buffer", "i64"], "i32")];
  }));
}

/**
 * Reads the width of integers from behaviour, for file names lie (libblastrampoline's trick): as 64 bits this
 * n is negative, so the answer is 0; its low 32 bits are 3, and the largest of [1, 2, 1] is at 1.
 */
function integers(isamax: (n: bigint, x: Float32Array, incx: bigint) => number): "LP64" | "ILP64" {
  const at = isamax(BigInt.asIntN(64, 0xffffffff00000003n), Float32Array.of(1, 2, 1), 1n);
  if (at !== 0 && at !== 1) throw new Error(`its isamax answers ${at}`);
  return at === 1 ? "LP64" : "ILP64";
}

/** Whether 2·aᵀ·b + c comes out right for 2 x 2 matrices, which every argument has a part in. */
function multiplies<Data extends Float32Array | Float64Array>(
  gemm: Gemm<Data>,
  of: (...elements: number[]) => Data,
): boolean {
  const c = of(1, 1, 1, 1);
  gemm(true, false, 2, 2, 2, 2, of(1, 2, 3, 4), 2, of(5, 6, 7, 8), 2, 1, c, 2);
  return c.join() === "53,61,77,89";
}

/** The kernels given, or none where they fail to factor [4 2; 2 5]: Cholesky's [2 1; · 2] says all. */
function proven(kernels: Partial<Kernels>): Partial<Kernels> {
  const a = kernels.array!(4);
  a.set([4, 2, 2, 5]);
  return kernels.cholesky?.(2, a) === 0 && a.join() === "2,2,1,2" ? kernels : {};
}
