/**
 * What sets one BLAS apart from another: how its symbols are spelled, what it is called, and which of its
 * functions count threads. It reads symbols that load.ts has opened, and opens nothing.
 *
 * @module
 */

/** What a library puts before and after the standard name of each of its symbols. */
export interface Affix {
  /** Goes before the name. */
  readonly prefix: string;
  /** Goes after the name. */
  readonly suffix: string;
}

/** The spellings in use, as threadpoolctl and libblastrampoline have them; the first that fits is taken. */
export const AFFIXES: readonly Affix[] = [
  { prefix: "", suffix: "$NEWLAPACK" }, // Accelerate since macOS 13.3; its plain names are older
  { prefix: "", suffix: "" },
  { prefix: "scipy_", suffix: "" }, // pip's SciPy
  { prefix: "scipy_", suffix: "64_" }, // pip's NumPy
  { prefix: "", suffix: "64_" }, // Julia, Fedora
  { prefix: "", suffix: "_64" },
  { prefix: "", suffix: "64" },
  { prefix: "", suffix: "_64_" },
  { prefix: "", suffix: "$NEWLAPACK$ILP64" },
];

/** What a library tells of itself. */
export interface Identity {
  /** Its name and version, such as "OpenBLAS 0.3.21 Cooperlake". */
  readonly name: string;
  /** Returns the number of threads it may use; 1 where it cannot tell. */
  threads(): number;
  /** Sets the number of threads; a library that cannot change it ignores the call. */
  setThreads(count: number): void;
}

/** The signature of a C function that a library may lack. */
export type Optional<Parameters extends Deno.NativeType[], Result extends Deno.NativeResultType> = {
  name: string;
  parameters: Parameters;
  result: Result;
  optional: true;
};

/**
 * The symbols by which vendors are known, each present or not. A count has 32 bits in some and 64 in others:
 * passing 64 and reading 32 is right for both.
 */
export type VendorSignatures = {
  flexiGet: Optional<[], "i32">;
  flexiSet: Optional<["i64"], "void">;
  openGet: Optional<[], "i32">;
  openSet: Optional<["i64"], "void">;
  openConfig: Optional<[], "pointer">;
  openCore: Optional<[], "pointer">;
  blisGet: Optional<[], "i32">;
  blisSet: Optional<["i64"], "void">;
  blisVersion: Optional<[], "pointer">;
  mklGet: Optional<[], "i32">;
  mklSet: Optional<["i64"], "void">;
  mklVersion: Optional<["buffer", "i32"], "void">;
  appleGet: Optional<[], "i32">;
  appleSet: Optional<["i64"], "void">;
  appleSign: Optional<[], "i32">;
  strncpy: Optional<["buffer", "pointer", "usize"], "pointer">;
};

/** Gives the signatures for `Deno.dlopen`; of these names only OpenBLAS's follow the spelling. */
export function vendorSignatures({ prefix, suffix }: Affix): VendorSignatures {
  const openblas = (name: string): string => `${prefix}openblas_${name}${suffix}`;
  return {
    flexiGet: optional("flexiblas_get_num_threads", [], "i32"),
    flexiSet: optional("flexiblas_set_num_threads", ["i64"], "void"),
    openGet: optional(openblas("get_num_threads"), [], "i32"),
    openSet: optional(openblas("set_num_threads"), ["i64"], "void"),
    openConfig: optional(openblas("get_config"), [], "pointer"),
    openCore: optional(openblas("get_corename"), [], "pointer"),
    blisGet: optional("bli_thread_get_num_threads", [], "i32"),
    blisSet: optional("bli_thread_set_num_threads", ["i64"], "void"),
    blisVersion: optional("bli_info_get_version_str", [], "pointer"),
    mklGet: optional("MKL_Get_Max_Threads", [], "i32"),
    mklSet: optional("MKL_Set_Num_Threads", ["i64"], "void"),
    mklVersion: optional("MKL_Get_Version_String", ["buffer", "i32"], "void"),
    appleGet: optional("BLASGetThreading", [], "i32"), // since macOS 15
    appleSet: optional("BLASSetThreading", ["i64"], "void"),
    appleSign: optional("vDSP_vadd", [], "i32"), // never called
    strncpy: optional("strncpy", ["buffer", "pointer", "usize"], "pointer"), // libc has it
  };
}

/** Describes a C function that a library may lack: its symbol is then null. */
export function optional<Parameters extends Deno.NativeType[], Result extends Deno.NativeResultType>(
  name: string,
  parameters: [...Parameters],
  result: Result,
): Optional<Parameters, Result> {
  return { name, parameters, result, optional: true };
}

/**
 * Recognises the vendor of a library by its symbols. Returns null for ATLAS and for the reference BLAS: in
 * float32 they do 33 and 6 GFLOP/s a core, where our WASM kernels do 40 and these vendors 100.
 */
export function identify(symbols: Deno.DynamicLibrary<VendorSignatures>["symbols"]): Identity | null {
  const { openConfig, openCore, blisVersion, mklVersion, strncpy } = symbols;
  // First, because it also answers to the names of the libraries that it stands for.
  if (symbols.flexiGet) return identity("FlexiBLAS", symbols.flexiGet, symbols.flexiSet);
  if (openConfig) {
    const [vendor, version] = copied(openConfig(), strncpy).split(" "); // "OpenBLAS 0.3.21 DYNAMIC_ARCH ..."
    const core = openCore ? copied(openCore(), strncpy) : "";
    const name = vendor === "OpenBLAS" ? `OpenBLAS ${version}` : "OpenBLAS";
    return identity(`${name} ${core}`.trim(), symbols.openGet, symbols.openSet);
  }
  if (blisVersion) {
    const name = `BLIS ${copied(blisVersion(), strncpy)}`.trim();
    return identity(name, symbols.blisGet, symbols.blisSet);
  }
  if (symbols.mklGet) {
    const version = / Version (\d[\d.]*)/.exec(filled((into) => mklVersion?.(into, into.length)));
    return identity(version ? `MKL ${version[1]}` : "MKL", symbols.mklGet, symbols.mklSet);
  }
  if (symbols.appleSign) return accelerate(symbols.appleGet, symbols.appleSet);
  return null;
}

type Getter = (() => number) | null;
type Setter = ((count: bigint) => void) | null;

function identity(name: string, get: Getter, set: Setter): Identity {
  return {
    name,
    threads: () => Math.max(1, get?.() ?? 1), // BLIS says -1 until it is set
    setThreads: (count) => set?.(BigInt(count)),
  };
}

/** Accelerate knows only 1, one thread, and 0, as many as it likes. */
function accelerate(get: Getter, set: Setter): Identity {
  return {
    name: "Accelerate",
    threads: () => get?.() === 1 ? 1 : navigator.hardwareConcurrency,
    setThreads: (count) => set?.(count === 1 ? 1n : 0n),
  };
}

/** The text that a call writes, up to its first NUL. */
function filled(fill: (into: Uint8Array) => void): string {
  const bytes = new Uint8Array(256);
  fill(bytes);
  return new TextDecoder().decode(bytes).replace(/\0.*$/s, "");
}

/** A C string, copied by strncpy because `Deno.UnsafePointerView` needs ffi without a scope. */
function copied(pointer: Deno.PointerValue, strncpy: Strncpy | null): string {
  return pointer === null ? "" : filled((into) => strncpy?.(into, pointer, 255n));
}

type Strncpy = (into: Uint8Array, from: Deno.PointerValue, size: bigint) => unknown;
