/**
 * The LAPACK that comes in the same library as a BLAS, behind the interface of our own kernels (lib/linalg).
 *
 * Fortran takes every argument by address, integers in the width of the library, and after all others the length of
 * each text. A routine that the library lacks is left out, and ours takes its place. It opens nothing.
 *
 * @module
 */
import type { Floats } from "../gemm_loop.ts";
import type { Kernels } from "../linalg/kernels.ts";
import { type Affix, type Optional, optional } from "./vendor.ts";

/** The routines without their first letter: how many arguments each routine takes, and how many of them are texts. */
const ROUTINES = {
  getrf: [6, 0],
  potrf: [5, 1],
  sytrf: [8, 1],
  sytrs: [9, 1],
  geqrf: [8, 0],
  orgqr: [9, 0],
  trsm: [11, 4],
  syevd: [11, 2],
  gesdd: [14, 1],
} as const;

/** Which of a routine's two variants: that for float32, whose name begins with s, or for float64, with d. */
export type Precision = "single" | "double";

type Name = keyof typeof ROUTINES;
type Routine = Optional<Deno.NativeType[], "void">;
type Native = Deno.DynamicLibrary<Record<Name, Routine>>["symbols"];

/** Gives the signatures for `Deno.dlopen` under a library's spelling. */
export function lapackSignatures({ prefix, suffix }: Affix, precision: Precision): Record<Name, Routine> {
  const underscore = suffix.startsWith("$") ? "" : "_"; // Accelerate's new names have none
  const letter = precision === "single" ? "s" : "d";
  const entries = Object.entries(ROUTINES).map(([name, [count, texts]]) => {
    const parameters = [...Array(count).fill("buffer"), ...Array(texts).fill("usize")];
    return [name, optional(`${prefix}${letter}${name}${underscore}${suffix}`, parameters, "void")];
  });
  return Object.fromEntries(entries);
}

type Integers = Int32Array | BigInt64Array;

/** Up to so many rows a routine runs on one thread: several wait for each other longer than they work, but for trsm, which two do in 0.6 of the time. */
const ALONE = 256;

/**
 * Wraps what the library has of LAPACK in one precision. `together` runs a call on all the library's threads; never
 * getrf, because the parallel one of OpenBLAS keeps 2 MiB on the stack, which is all that Deno's workers and tests
 * have, and would kill the process there.
 */
export function bindLapack(
  native: Native,
  ints: "LP64" | "ILP64",
  together: (run: () => void) => void,
  precision: Precision,
): Partial<Kernels> {
  const array = (length: number): Floats =>
    precision === "single" ? new Float32Array(length) : new Float64Array(length);
  const int = (value: number): Integers =>
    ints === "LP64" ? Int32Array.of(value) : BigInt64Array.of(BigInt(value));
  const integers = (count: number): Integers =>
    ints === "LP64" ? new Int32Array(count) : new BigInt64Array(count);

  /** Calls a routine: numbers become integers, texts their first letter; returns info, which comes last. */
  function call(name: Name, ...values: (number | string | Floats | Integers)[]): number {
    const info = int(0), lengths: bigint[] = [], rows = values.find((value) => typeof value === "number")!;
    const given = values.map((value) => {
      if (typeof value === "number") return int(value);
      if (typeof value !== "string") return value;
      lengths.push(1n);
      return Uint8Array.of(value.charCodeAt(0));
    });
    const run = () => native[name]!(...given, ...(name === "trsm" ? [] : [info]), ...lengths);
    if ((rows <= ALONE && name !== "trsm") || name === "getrf") run();
    else together(run);
    return Number(info[0]);
  }

  /** Asks a routine for the size of its workspace, then lets it work. */
  function withWork(run: (work: Floats, size: number) => number): number {
    const best = array(1);
    run(best, -1);
    const size = Math.max(1, Math.ceil(best[0] * (1 + 2 ** -23))); // from 2²⁴ on float32 rounds the answer
    return run(array(size), size);
  }

  /** Lets `run` read and write pivots in the library's integers. */
  function withPivots(pivots: Int32Array, run: (into: Integers) => number): number {
    if (ints === "LP64") return run(pivots);
    const wide = BigInt64Array.from(pivots, BigInt), info = run(wide);
    for (let i = 0; i < wide.length; i++) pivots[i] = Number(wide[i]);
    return info;
  }

  const kernels: Kernels = {
    array,
    lu: (m, n, a, pivots) => withPivots(pivots, (into) => call("getrf", m, n, a, Math.max(1, m), into)),
    cholesky: (n, a) => call("potrf", "U", n, a, Math.max(1, n)),
    ldl: (n, a, pivots) =>
      withPivots(
        pivots,
        (into) => withWork((work, size) => call("sytrf", "L", n, a, Math.max(1, n), into, work, size)),
      ),
    solveLdl: (n, count, a, pivots, b) => {
      const lead = Math.max(1, n);
      withPivots(pivots, (into) => call("sytrs", "L", n, count, a, lead, into, b, lead));
    },
    qr: (m, n, a, tau) =>
      void withWork((work, size) => call("geqrf", m, n, a, Math.max(1, m), tau, work, size)),
    orthogonal: (m, n, k, a, tau) =>
      void withWork((work, size) => call("orgqr", m, n, k, a, Math.max(1, m), tau, work, size)),
    solveTriangular: (upper, transposed, unit, n, count, a, b) => {
      const flags = ["L", upper ? "U" : "L", transposed ? "T" : "N", unit ? "U" : "N"], lead = Math.max(1, n);
      call("trsm", ...flags, n, count, array(1).fill(1), a, lead, b, lead);
    },
    eigen: (n, a, values, vectors) => {
      const iwork = integers(5 * n + 3);
      return withWork((work, size) =>
        call(
          "syevd",
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
          "gesdd",
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
  const from: Record<Exclude<keyof Kernels, "array">, Name> = {
    ...{ lu: "getrf", cholesky: "potrf", ldl: "sytrf", solveLdl: "sytrs", qr: "geqrf", orthogonal: "orgqr" },
    ...{ solveTriangular: "trsm", eigen: "syevd", svd: "gesdd" },
  };
  const has = Object.entries(from).filter(([, name]) => native[name]).map(([name]) => name);
  return Object.fromEntries(["array", ...has].map((name) => [name, kernels[name as keyof Kernels]]));
}
