/**
 * Where a BLAS may lie on this machine: the paths to try, in order, and whether each may be opened.
 *
 * It asks `Deno.permissions.querySync` before it reads a variable, lists a directory or offers a path, so
 * it never prompts. It opens nothing: that is load.ts.
 *
 * @module
 */

/** A library that load.ts may try. */
export interface Candidate {
  /** An absolute path or, only where ffi is granted without a scope, a name for the system to search. */
  readonly path: string;
  /** Whether the user named it, by option or by DINOGRAD_BLAS, rather than the list of this platform. */
  readonly named: boolean;
  /** Whether ffi is granted for this path. */
  readonly granted: boolean;
}

/** Tells whether a permission is granted now, without asking the user for it. */
export function isGranted(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}

/**
 * Yields the libraries to try, best first: `path`, else the variable DINOGRAD_BLAS, else what this platform
 * usually has. A library that the user names is the only one: another in its place would hide the mistake.
 * It is lazy, so directories are listed only once the paths before them have failed.
 *
 * @param path the library that the user asked for, if any
 * @returns candidates, those without permission among them so that they can be reported
 */
export function* candidates(path?: string): Generator<Candidate> {
  const named = path ?? variable("DINOGRAD_BLAS");
  for (const each of named === undefined ? platformPaths() : [fromUser(named)]) {
    yield { path: each, named: named !== undefined, granted: isGranted({ name: "ffi", path: each }) };
  }
}

const windows = Deno.build.os === "windows";

/** A path with a directory in it becomes absolute; a bare name stays for the system to search. */
function fromUser(path: string): string {
  if (/^([/\\]|[a-z]:[/\\])/i.test(path)) return path;
  const bare = /^[^/\\]+$/.test(path);
  // Under a scoped grant Deno reads a bare name as a file of the working directory (denoland/deno#29246).
  if (bare && isGranted({ name: "ffi" })) return path;
  return `${Deno.cwd()}${windows ? "\\" : "/"}${path}`;
}

function* platformPaths(): Generator<string> {
  if (windows) yield* windowsPaths();
  else if (Deno.build.os === "darwin") yield* macPaths();
  else yield* linuxPaths();
}

const LINUX_NAMES = [
  "libopenblasp.so.0", // Fedora: with threads; its libopenblas.so.0 has none
  "libopenblas.so.0",
  "libopenblas.so",
  "libblis.so.4",
  "libmkl_rt.so",
  "libflexiblas.so.3",
  "libblas.so.3", // last: Debian's may be any of them, or the slow reference
];

function* linuxPaths(): Generator<string> {
  for (
    const directory of [`/usr/lib/${Deno.build.arch}-linux-gnu`, "/usr/lib64", "/usr/lib", "/usr/local/lib"]
  ) {
    yield* LINUX_NAMES.map((name) => `${directory}/${name}`);
  }
  yield "/opt/OpenBLAS/lib/libopenblas.so";
  yield "/opt/intel/oneapi/mkl/latest/lib/libmkl_rt.so.3";
  yield "/opt/intel/oneapi/mkl/latest/lib/libmkl_rt.so.2";
  for (const prefix of environments()) {
    yield `${prefix}/lib/libopenblas.so.0`;
    yield `${prefix}/lib/libmkl_rt.so.3`;
    yield `${prefix}/lib/libmkl_rt.so.2`;
    yield `${prefix}/lib/libcblas.so.3`;
  }
  yield* pipPaths(["/usr/local", "/usr"], ["scipy.libs", "numpy.libs"]);
  if (isGranted({ name: "ffi" })) yield* LINUX_NAMES;
}

function* macPaths(): Generator<string> {
  // In the system's cache of libraries since macOS 11: no such file exists, and yet it opens.
  yield "/System/Library/Frameworks/Accelerate.framework/Accelerate";
  yield "/opt/homebrew/opt/openblas/lib/libopenblas.dylib";
  yield "/usr/local/opt/openblas/lib/libopenblas.dylib";
  for (const prefix of environments()) yield `${prefix}/lib/libopenblas.dylib`;
  yield* pipPaths(["/opt/homebrew", "/usr/local"], ["scipy/.dylibs", "numpy/.dylibs"]);
  if (isGranted({ name: "ffi" })) yield "libopenblas.dylib";
}

function* windowsPaths(): Generator<string> {
  yield "C:\\opt\\OpenBLAS\\bin\\libopenblas.dll";
  yield "C:\\Program Files (x86)\\Intel\\oneAPI\\mkl\\latest\\bin\\mkl_rt.2.dll";
  for (const prefix of environments()) {
    yield `${prefix}\\Library\\bin\\openblas.dll`;
    yield `${prefix}\\Library\\bin\\mkl_rt.2.dll`;
    // Self-contained: the DLLs that other builds need are not looked for beside them (denoland/deno#17466).
    yield* scipyLibraries(`${prefix}\\Lib\\site-packages\\scipy.libs`);
    yield* scipyLibraries(`${prefix}\\Lib\\site-packages\\numpy.libs`);
  }
  if (isGranted({ name: "ffi" })) yield* ["libopenblas.dll", "openblas.dll", "mkl_rt.2.dll"];
}

/** The OpenBLAS that pip installs with SciPy and NumPy; SciPy's first, for its integers are of 32 bits. */
function* pipPaths(systems: readonly string[], packages: readonly string[]): Generator<string> {
  const home = variable("HOME");
  for (const prefix of [...environments(), ...(home === undefined ? [] : [`${home}/.local`]), ...systems]) {
    for (const python of list(`${prefix}/lib`, /^python3/)) {
      for (const site of [`${python}/site-packages`, `${python}/dist-packages`]) {
        for (const name of packages) yield* scipyLibraries(`${site}/${name}`);
      }
    }
  }
}

function scipyLibraries(directory: string): string[] {
  return list(directory, /^libscipy_openblas.*\.(so|dylib|dll)$/);
}

/** The Python environments that are active, as far as env is granted. */
function environments(): string[] {
  return [variable("VIRTUAL_ENV"), variable("CONDA_PREFIX")].filter((prefix) => prefix !== undefined);
}

function variable(name: string): string | undefined {
  return isGranted({ name: "env", variable: name }) ? Deno.env.get(name) || undefined : undefined;
}

/** Full paths of the entries that match, sorted; none where the directory is missing or read not granted. */
function list(directory: string, pattern: RegExp): string[] {
  if (!isGranted({ name: "read", path: directory })) return [];
  try {
    const names = Array.from(Deno.readDirSync(directory), (entry) => entry.name);
    return names.filter((name) => pattern.test(name)).sort().map((name) =>
      `${directory}${windows ? "\\" : "/"}${name}`
    );
  } catch {
    return [];
  }
}
