/**
 * The LAPACK that comes in the same library as a BLAS, behind the interface of our own kernels (lib/linalg).
 *
 * Fortran takes every argument by address, integers in the width of the library, and after all others the length of
 * each text. A routine that the library lacks is left out, and ours takes its place. It opens nothing.
 *
 * @module
 */
import type { Kernels } from "../linalg/kernels.ts";
import { type Affix, type Optional, optional } from "./vendor.ts";

/** How many arguments each routine takes, and how many of them are texts. */
const ROUTINES = {
  dgetrf: [6, 0],
  dpotrf: [5, 1],
  dsytrf: [8, 1],
  dgeqrf: [8, 0],
  dorgqr: [9, 0],
  dtrsm: [11, 4],
  dsyevd: [11, 2],
  dgesdd: [14, 1],
} as const;

type Name = keyof typeof ROUTINES;
type Routine = Optional<Deno.NativeType[], "void">;
type Native = Deno.DynamicLibrary<Record<Name, Routine>>["symbols"];

/** Gives the signatures for `Deno.dlopen` under a library's spelling. */
export function lapackSignatures({ prefix, suffix }: Affix): Record<Name, Routine> {
  const underscore = suffix.startsWith("$") ? "" : "_"; // Accelerate's new names have none
  const entries = Object.entries(ROUTINES).map(([name, [count, texts]]) => {
    const parameters = [...Array(count).fill("buffer"), ...Array(texts).fill("usize")];
    return [name, optional(`${prefix}${name}${underscore}${suffix}`, parameters, "void")];
  });
  return Object.fromEntries(entries);
}

type Integers = Int32Array | BigInt64Array;

/** Up to so many rows threads wait for each other longer than they work. */
const ALONE = 256;

/**
 * Wraps what the library has of LAPACK. `alone` runs a call on one thread: small ones, and all of dgetrf, because the
 * parallel one of OpenBLAS keeps 2 MiB on the stack, which is all that Deno's workers and tests have, and would kill
 * the process there.
 */
export function bindLapack(
  native: Native,
  ints: "LP64" | "ILP64",
  alone: (run: () => void) => void,
): Partial<Kernels> {
  const int = (value: number): Integers =>
    ints === "LP64" ? Int32Array.of(value) : BigInt64Array.of(BigInt(value));
  const integers = (count: number): Integers =>
    ints === "LP64" ? new Int32Array(count) : new BigInt64Array(count);

  /** Calls a routine: numbers become integers, texts their first letter; returns info, which comes last. */
  function call(name: Name, ...values: (number | string | Float64Array | Integers)[]): number {
    const info = int(0), lengths: bigint[] = [], rows = values.find((value) => typeof value === "number")!;
    const given = values.map((value) => {
      if (typeof value === "number") return int(value);
      if (typeof value !== "string") return value;
      lengths.push(1n);
      return Uint8Array.of(value.charCodeAt(0));
    });
    const run = () => native[name]!(...given, ...(name === "dtrsm" ? [] : [info]), ...lengths);
    if (rows <= ALONE || name === "dgetrf") alone(run);
    else run();
    return Number(info[0]);
  }

  /** Asks a routine for the size of its workspace, then lets it work. */
  function withWork(run: (work: Float64Array, size: number) => number): number {
    const best = new Float64Array(1);
    run(best, -1);
    const size = Math.max(1, best[0]);
    return run(new Float64Array(size), size);
  }

  /** Lets `run` write pivots in the library's integers. */
  function withPivots(pivots: Int32Array, run: (into: Integers) => number): number {
    if (ints === "LP64") return run(pivots);
    const wide = new BigInt64Array(pivots.length), info = run(wide);
    for (let i = 0; i < wide.length; i++) pivots[i] = Number(wide[i]);
    return info;
  }

  const kernels: Kernels = {
    lu: (m, n, a, pivots) => withPivots(pivots, (into) => call("dgetrf", m, n, a, Math.max(1, m), into)),
    cholesky: (n, a) => call("dpotrf", "U", n, a, Math.max(1, n)),
    ldl: (n, a, pivots) =>
      withPivots(
        pivots,
        (into) => withWork((work, size) => call("dsytrf", "L", n, a, Math.max(1, n), into, work, size)),
      ),
    qr: (m, n, a, tau) =>
      void withWork((work, size) => call("dgeqrf", m, n, a, Math.max(1, m), tau, work, size)),
    orthogonal: (m, n, k, a, tau) =>
      void withWork((work, size) => call("dorgqr", m, n, k, a, Math.max(1, m), tau, work, size)),
    solveTriangular: (upper, transposed, unit, n, count, a, b) => {
      const flags = ["L", upper ? "U" : "L", transposed ? "T" : "N", unit ? "U" : "N"], lead = Math.max(1, n);
      call("dtrsm", ...flags, n, count, Float64Array.of(1), a, lead, b, lead);
    },
    eigen: (n, a, values, vectors) => {
      const iwork = integers(5 * n + 3);
      return withWork((work, size) =>
        call(
          "dsyevd",
          vectors ? "V" : "N",
          "L",
          n,
          a,
          Math.max(1, n),
          values,
          work,
          size,
          iwork,
          iwork.length,
        )
      );
    },
    svd: (m, n, a, s, u, vt) => {
      const k = Math.min(m, n), rows = n > 0 ? vt.length / n : 0;
      const job = u.length + vt.length === 0 ? "N" : u.length === m * m && vt.length === n * n ? "A" : "S";
      const iwork = integers(8 * k);
      return withWork((work, size) =>
        call(
          "dgesdd",
          job,
          m,
          n,
          a,
          Math.max(1, m),
          s,
          u,
          Math.max(1, m),
          vt,
          Math.max(1, rows),
          work,
          size,
          iwork,
        )
      );
    },
  };
  const from: Record<keyof Kernels, Name> = {
    ...{ lu: "dgetrf", cholesky: "dpotrf", ldl: "dsytrf", qr: "dgeqrf", orthogonal: "dorgqr" },
    ...{ solveTriangular: "dtrsm", eigen: "dsyevd", svd: "dgesdd" },
  };
  return Object.fromEntries(Object.entries(kernels).filter(([name]) => native[from[name as keyof Kernels]]));
}
