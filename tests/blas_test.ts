/** Finding and opening a BLAS, and its routines against plain loops. Skips what needs ffi or a library. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { candidates, isGranted } from "../lib/blas/find.ts";
import { type Blas, loadBlas } from "../lib/blas/load.ts";
import { type NativeRoutines, rowMajor, toBigInt } from "../lib/blas/routines.ts";

const unscoped = isGranted({ name: "ffi" });
const blas = loadBlas().library;
const ignore = blas === null;
const absolute = blas !== null && /^([/\\]|[A-Z]:)/.test(blas.path);

/** The reason that loading `path` ends with; `path` must be the only one tried. */
function failure(path: string): string {
  const search = loadBlas({ path });
  assert(search.library === null);
  assertEquals(search.tried.length, 1);
  assert(search.tried[0].why.length > 0);
  return search.reason;
}

Deno.test({ name: "loadBlas() without ffi says how to run", permissions: "none" }, () => {
  const search = loadBlas();
  assert(search.library === null);
  assertEquals(search.reason, "run with --allow-ffi");
  assert(search.tried.length > 3);
  assertEquals(failure("/opt/libblas.so"), "run with --allow-ffi=/opt/libblas.so");
});

Deno.test(
  { name: "candidates() without permission are absolute and not granted", permissions: "none" },
  () => {
    for (const { path, granted, named } of candidates()) {
      assert(/^([/\\]|[A-Z]:)/.test(path), path);
      assertEquals([granted, named], [false, false]);
    }
    const [bare] = candidates("libopenblas.so.0");
    assert(bare.path.startsWith(Deno.cwd()));
    assertEquals(bare.named, true);
  },
);

Deno.test({
  name: "loadBlas() opens what a scoped grant covers and passes over the rest",
  ignore: !absolute,
  permissions: { ffi: absolute ? [blas!.path.replace(/[^/\\]+$/, "")] : false },
}, () => {
  assert(!isGranted({ name: "ffi" }));
  const { library } = loadBlas({ path: blas!.path });
  assertEquals([library?.library, library?.ints], [blas!.library, blas!.ints]);
  library?.close();
  assertEquals(failure("/nowhere/libblas.so"), "run with --allow-ffi=/nowhere/libblas.so");
});

Deno.test({ name: "loadBlas() of a missing path says so", ignore: !unscoped }, () => {
  assertEquals(failure("/nowhere/libblas.so"), "/nowhere/libblas.so: no such file");
  failure(""); // the working directory
});

Deno.test({ name: "loadBlas() of a text file says that it cannot be opened", ignore: !unscoped }, () => {
  assert(failure(import.meta.filename!).includes("it cannot be opened"));
});

Deno.test({
  name: "loadBlas() of random bytes says that it cannot be opened",
  ignore: !unscoped || !isGranted({ name: "write" }),
}, () => {
  const path = Deno.makeTempFileSync({ suffix: ".so" });
  try {
    Deno.writeFileSync(path, Uint8Array.from({ length: 4000 }, (_, i) => (i * 167 + 13) % 256));
    assert(failure(path).includes("it cannot be opened"));
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test({
  name: "loadBlas() of a library without BLAS says so",
  ignore: !unscoped || Deno.build.os !== "linux",
}, () => {
  assertEquals(failure("libc.so.6"), "libc.so.6: it has no CBLAS interface");
});

Deno.test({ name: "loadBlas() tells name, integers and threads", ignore }, () => {
  assert(blas!.library.length > 0);
  assert(blas!.ints === "LP64" || blas!.ints === "ILP64");
  const threads = blas!.threads();
  assert(threads >= 1);
  blas!.setThreads(1);
  assertEquals(blas!.threads(), 1);
  blas!.setThreads(threads);
  assertEquals(blas!.threads(), threads);
});

Deno.test({ name: "close() makes the routines throw", ignore }, () => {
  const library = loadBlas({ path: blas!.path }).library!;
  library.close();
  library.close();
  assertThrows(() => library.threads(), Error, "Cannot call threads");
  const x = new Float32Array(1);
  assertThrows(() => library.sger(1, 1, 1, x, 1, x, 1, x, 1), Error, "Cannot call sger");
});

type Floats = Float32Array | Float64Array;
type Make = (length: number) => Floats;

const make: Record<string, Make> = {
  float32: (length) => new Float32Array(length),
  float64: (length) => new Float64Array(length),
  "float32 in shared WebAssembly memory": (length) => new Float32Array(shared(), take(length), length),
  "float64 in shared WebAssembly memory": (length) => new Float64Array(shared(), take(length), length),
};
const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
let top = 8;
const shared = (): ArrayBufferLike => memory.buffer;
const take = (length: number): number => (top += 8 * length) - 8 * length;

/** Whole numbers from -4 to 4, so that every sum is exact and results must be equal to the bit. */
function fill<Data extends Floats>(data: Data, seed: number): Data {
  for (let i = 0; i < data.length; i++) data[i] = ((i + seed) * 7) % 9 - 4;
  return data;
}

/** Element [i, j] of a row-major matrix, or of its transpose. */
function at(a: Floats, lda: number, i: number, j: number, transposed: boolean): number {
  return transposed ? a[j * lda + i] : a[i * lda + j];
}

function checkGemm(routine: Blas["sgemm"] | Blas["dgemm"], make: Make): void {
  const gemm = routine as (...values: [boolean, boolean, ...(number | Floats)[]]) => void;
  const [m, n, k, lda, ldb, ldc] = [3, 4, 5, 7, 8, 6];
  for (const [transA, transB] of [[false, false], [false, true], [true, false], [true, true]]) {
    const a = fill(make(k * lda), 1), b = fill(make(k * ldb), 2), c = fill(make(m * ldc), 3);
    const expected = c.slice();
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++) sum += at(a, lda, i, l, transA) * at(b, ldb, l, j, transB);
        expected[i * ldc + j] = 2 * sum - 3 * c[i * ldc + j];
      }
    }
    gemm(transA, transB, m, n, k, 2, a, lda, b, ldb, -3, c, ldc);
    assertEquals(c.slice(), expected);
  }
}

function checkGemv(routine: Blas["sgemv"] | Blas["dgemv"], make: Make): void {
  const gemv = routine as (...values: [boolean, ...(number | Floats)[]]) => void;
  const [m, n, lda, incx, incy] = [3, 4, 6, 2, 3];
  for (const trans of [false, true]) {
    const [rows, columns] = trans ? [n, m] : [m, n];
    const a = fill(make(m * lda), 1), x = fill(make(columns * incx), 2), y = fill(make(rows * incy), 3);
    const expected = y.slice();
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let j = 0; j < columns; j++) sum += at(a, lda, i, j, trans) * x[j * incx];
      expected[i * incy] = 2 * sum - 3 * y[i * incy];
    }
    gemv(trans, m, n, 2, a, lda, x, incx, -3, y, incy);
    assertEquals(y.slice(), expected);
  }
}

function checkGer(routine: Blas["sger"] | Blas["dger"], make: Make): void {
  const ger = routine as (...values: (number | Floats)[]) => void;
  const [m, n, lda, incx, incy] = [3, 4, 6, 2, 3];
  const a = fill(make(m * lda), 1), x = fill(make(m * incx), 2), y = fill(make(n * incy), 3);
  const expected = a.slice();
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) expected[i * lda + j] += 2 * x[i * incx] * y[j * incy];
  }
  ger(m, n, 2, x, incx, y, incy, a, lda);
  assertEquals(a.slice(), expected);
}

for (const [name, floats] of Object.entries(make)) {
  const [gemm, gemv, ger] = name.startsWith("float32")
    ? [blas?.sgemm, blas?.sgemv, blas?.sger]
    : [blas?.dgemm, blas?.dgemv, blas?.dger];
  Deno.test({ name: `gemm() is the plain loops, ${name}`, ignore }, () => checkGemm(gemm!, floats));
  Deno.test({ name: `gemv() is the plain loops, ${name}`, ignore }, () => checkGemv(gemv!, floats));
  Deno.test({ name: `ger() is the plain loops, ${name}`, ignore }, () => checkGer(ger!, floats));
}

Deno.test("rowMajor() hands an ILP64 library bigints for sizes and numbers for flags", () => {
  const calls: unknown[][] = [];
  const record = (...values: unknown[]): void => void calls.push(values);
  const names = ["sgemm", "dgemm", "sgemv", "dgemv", "sger", "dger"];
  const native = Object.fromEntries(names.map((name) => [name, record])) as unknown as NativeRoutines<bigint>;
  const x = new Float32Array(1);
  const { sgemm, sgemv, sger } = rowMajor(native, toBigInt());
  sgemm(true, false, 4096, 4097, 1, 0.5, x, 1, x, 1, 0, x, 1);
  sgemv(true, 2, 3, 1, x, 4, x, -1, 0, x, 1);
  sger(2, 3, 1, x, 1, x, 1, x, 4);
  assertEquals(calls, [
    [101, 112, 111, 4096n, 4097n, 1n, 0.5, x, 1n, x, 1n, 0, x, 1n],
    [101, 112, 2n, 3n, 1, x, 4n, x, -1n, 0, x, 1n],
    [101, 2n, 3n, 1, x, 1n, x, 1n, x, 4n],
  ]);
});

Deno.test({
  name: "loadBlas() passes over a library that is cut short, which would kill the process",
  ignore: !absolute || Deno.build.os !== "linux" || !isGranted({ name: "read" }) ||
    !isGranted({ name: "write" }),
  fn: () => {
    const path = Deno.makeTempFileSync({ suffix: ".so" });
    try {
      Deno.writeFileSync(path, Deno.readFileSync(blas!.path).subarray(0, 200_000));
      assertEquals(failure(path), `${path}: it is cut short`);
    } finally {
      Deno.removeSync(path);
    }
  },
});
