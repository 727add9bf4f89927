/**
 * The kernels of linear algebra, our own and those of LAPACK, held to the same residuals on matrices of all sizes and
 * kinds; and what the functions of `linalg` make of matrices that are too large for the table of cases, or odd.
 */
import { engine } from "./setup.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { eye, linalg, noGrad, randn, setBackend, type Tensor, tensor, zeros } from "../mod.ts";
import { bindLapack, lapackSignatures } from "../lib/blas/lapack.ts";
import { loadBlas } from "../lib/blas/load.ts";
import { gemmLoop } from "../lib/gemm_loop.ts";
import { type Kernels, own } from "../lib/linalg/kernels.ts";
import { solveLu } from "../lib/linalg/lu.ts";
import { assertClose } from "./close.ts";
import { draws } from "./cases/draw.ts";

const { library } = loadBlas();
const engines: Readonly<Record<string, Engine>> = {
  "our own": { kernels: own, rounding: 1e-14, huge: 1e200 },
  LAPACK: { kernels: library?.lapack("double") ?? {}, rounding: 1e-14, huge: 1e200 },
  "LAPACK in single precision": {
    kernels: widened(library?.lapack("single") ?? {}),
    rounding: 5e-6,
    huge: 1e25,
  },
};

/** Kernels to try, and what can be asked of their precision. */
interface Engine {
  readonly kernels: Partial<Omit<Kernels<Float64Array>, "array">>;
  /** What ten additions may lose of the largest number. */
  readonly rounding: number;
  /** A number whose square overflows. */
  readonly huge: number;
}

/** Kernels of single precision as kernels of float64: their arrays are copied to float32 and back. */
function widened(kernels: Partial<Kernels>): Engine["kernels"] {
  const { array: _, ...rest } = kernels;
  const entries = Object.entries(rest).map(([name, kernel]) => [name, (...args: unknown[]) => {
    const narrow = args.map((x) => x instanceof Float64Array ? Float32Array.from(x) : x);
    const result = (kernel as (...args: unknown[]) => unknown)(...narrow);
    args.forEach((x, i) => x instanceof Float64Array && x.set(narrow[i] as Float32Array));
    return result;
  }]);
  return Object.fromEntries(entries);
}

/** A column-major matrix. */
interface Matrix {
  readonly m: number;
  readonly n: number;
  readonly a: Float64Array;
}

function matrix(m: number, n: number, at: (i: number, j: number) => number): Matrix {
  return { m, n, a: Float64Array.from({ length: m * n }, (_, p) => at(p % m, Math.floor(p / m))) };
}

function times(x: Matrix, y: Matrix): Matrix {
  const a = new Float64Array(x.m * y.n); // row-major: the transpose of the product
  gemmLoop(false, false, y.n, x.m, x.n, 1, y.a, 0, y.m, x.a, 0, x.m, 0, a, 0, x.m);
  return { m: x.m, n: y.n, a };
}

function transpose({ m, n, a }: Matrix): Matrix {
  return matrix(n, m, (i, j) => a[i * m + j]);
}

function identity(n: number): Matrix {
  return matrix(n, n, (i, j) => i === j ? 1 : 0);
}

const random = draws(7);
const drawn = (m: number, n: number): Matrix => matrix(m, n, () => 2 * random() - 1);

/** Matrices m × n by kind; those of full rank first. */
const kinds: Readonly<Record<string, (m: number, n: number, huge: number) => Matrix>> = {
  random: drawn,
  "of unit length": (m, n) => matrix(m, n, (i, j) => i === j ? 1 : 0),
  graded: (m, n) => matrix(m, n, (i, j) => (2 * random() - 1) * 10 ** -((i + j) % 12)),
  huge: (m, n, huge) => matrix(m, n, () => (2 * random() - 1) * huge),
  tiny: (m, n, huge) => matrix(m, n, () => (2 * random() - 1) / huge),
  "of rank one": (m, n) => times(drawn(m, 1), drawn(1, n)),
  "of half the rank": (m, n) => times(drawn(m, Math.ceil(n / 2)), drawn(Math.ceil(n / 2), n)),
  zero: (m, n) => matrix(m, n, () => 0),
};
const sizes = [[1, 1], [2, 2], [3, 5], [5, 3], [33, 33], [70, 30], [30, 70], [100, 100]];

/** What the engine under test may lose in ten additions. */
let rounding = 1e-14;

/** Asserts that two matrices agree to the rounding of sums of their size. */
function assertNear(x: Matrix, y: Matrix, scale: number, label: string): void {
  assertEquals([x.m, x.n], [y.m, y.n], label);
  const allowed = rounding * Math.max(x.m, x.n, 10) * scale;
  for (let p = 0; p < x.a.length; p++) {
    if (!(Math.abs(x.a[p] - y.a[p]) <= allowed)) {
      throw new Error(`${label}: element ${p} is ${x.a[p]}, must be ${y.a[p]}, within ${allowed}`);
    }
  }
}

function largest({ a }: Matrix): number {
  return a.reduce((top, x) => Math.max(top, Math.abs(x)), 0);
}

/** A test of one kernel on every engine that has it, every size and kind. */
function each<K extends Exclude<keyof Kernels, "array">>(
  name: K,
  says: string,
  among: readonly number[][],
  body: (kernel: Kernels<Float64Array>[K], m: number, n: number, x: Matrix, label: string) => void,
): void {
  for (const [engine, { kernels, huge, ...rest }] of Object.entries(engines)) {
    const kernel = kernels[name];
    Deno.test({ name: `${name} of ${engine} ${says}`, ignore: kernel === undefined }, () => {
      ({ rounding } = rest);
      for (const [m, n] of among) {
        for (const [kind, make] of Object.entries(kinds)) {
          body(kernel!, m, n, make(m, n, huge), `${m} x ${n} ${kind}`);
        }
      }
    });
  }
}

const squareSizes = sizes.filter(([m, n]) => m === n);

each("lu", "factors P·A", sizes, (lu, m, n, x, label) => {
  const k = Math.min(m, n), a = x.a.slice(), pivots = new Int32Array(k), rows = [...Array(m).keys()];
  lu(m, n, a, pivots);
  pivots.forEach((p, i) => [rows[i], rows[p - 1]] = [rows[p - 1], rows[i]]);
  const lower = matrix(m, k, (i, j) => i === j ? 1 : i > j ? a[j * m + i] : 0);
  const upper = matrix(k, n, (i, j) => i <= j ? a[j * m + i] : 0);
  assertNear(times(lower, upper), matrix(m, n, (i, j) => x.a[j * m + rows[i]]), largest(x), label);
  assert(largest(lower) <= 1, `${label}: no element of L is larger than 1`);
});

each("cholesky", "factors Aᵀ·A + 1, and reads one triangle", squareSizes, (cholesky, n, _, x, label) => {
  if (label.endsWith("huge")) return;
  const squared = times(transpose(x), x),
    spd = matrix(n, n, (i, j) => squared.a[j * n + i] + (i === j ? 1 : 0));
  const { a } = matrix(n, n, (i, j) => i <= j ? spd.a[j * n + i] : NaN);
  assertEquals(cholesky(n, a), 0, label);
  const upper = matrix(n, n, (i, j) => i <= j ? a[j * n + i] : 0);
  assertNear(times(transpose(upper), upper), spd, largest(spd), label);
});

for (const [engine, { kernels: { cholesky } }] of Object.entries(engines)) {
  Deno.test({ name: `cholesky of ${engine} tells where a minor is not positive`, ignore: !cholesky }, () => {
    for (const n of [3, 50]) {
      const { a } = matrix(n, n, (i, j) => i === j ? (i === n - 1 ? -1 : 1) : 0);
      assertEquals(cholesky!(n, a), n);
    }
  });
}

each("qr", "and orthogonal give Q·R with Q whole", sizes, (qr, m, n, x, label) => {
  const k = Math.min(m, n), a = x.a.slice(), tau = new Float64Array(k);
  qr(m, n, a, tau);
  const upper = matrix(m, n, (i, j) => i <= j ? a[j * m + i] : 0);
  for (const { kernels: { orthogonal }, rounding: least } of Object.values(engines)) {
    if (!orthogonal || least > rounding) continue;
    const q = { m, n: m, a: new Float64Array(m * m) };
    q.a.set(a.subarray(0, m * k));
    orthogonal(m, m, k, q.a, tau);
    assertNear(times(transpose(q), q), identity(m), 1, `${label}, Q`);
    assertNear(times(q, upper), x, largest(x), label);
  }
});

each("svd", "gives U·S·Vᵀ with bases whole, cut or none", sizes, (svd, m, n, x, label) => {
  const k = Math.min(m, n), s = new Float64Array(k), scale = largest(x);
  for (const [left, right] of [[m, n], [k, k]]) {
    const u = { m, n: left, a: new Float64Array(m * left) },
      vt = { m: right, n, a: new Float64Array(right * n) };
    assertEquals(svd(m, n, x.a.slice(), s, u.a, vt.a), 0, label);
    assertNear(times(transpose(u), u), identity(left), 1, `${label}, U`);
    assertNear(times(vt, transpose(vt)), identity(right), 1, `${label}, V`);
    const scaled = matrix(m, k, (i, j) => u.a[j * m + i] * s[j]),
      rows = matrix(k, n, (i, j) => vt.a[j * right + i]);
    assertNear(times(scaled, rows), x, scale, label);
  }
  const alone = new Float64Array(k);
  svd(m, n, x.a.slice(), alone, new Float64Array(0), new Float64Array(0));
  assertNear({ m: k, n: 1, a: alone }, { m: k, n: 1, a: s }, scale, `${label}, values alone`);
  assert(s.every((v, i) => v >= 0 && (i === 0 || v <= s[i - 1])), `${label}: descending`);
});

each("eigen", "diagonalizes A + Aᵀ", squareSizes, (eigen, n, _, x, label) => {
  const sum = matrix(n, n, (i, j) => x.a[j * n + i] + x.a[i * n + j]), values = new Float64Array(n);
  const vectors = matrix(n, n, (i, j) => i >= j ? sum.a[j * n + i] : 0), lower = vectors.a.slice();
  assertEquals(eigen(n, vectors.a, values, true), 0, label);
  assertNear(times(transpose(vectors), vectors), identity(n), 1, `${label}, V`);
  const scaled = matrix(n, n, (i, j) => vectors.a[j * n + i] * values[j]);
  assertNear(times(scaled, transpose(vectors)), sum, largest(sum), label);
  const alone = new Float64Array(n);
  eigen(n, lower, alone, false);
  assertNear({ m: n, n: 1, a: alone }, { m: n, n: 1, a: values }, largest(sum), `${label}, values alone`);
});

each("ldl", "solves with A + Aᵀ", squareSizes, (ldl, n, _, x, label) => {
  if (/rank|zero|graded/.test(label)) return; // singular, or nearly
  const sum = matrix(n, n, (i, j) => x.a[j * n + i] + x.a[i * n + j] + (i === j ? largest(x) / 3 : 0));
  const a = sum.a.slice(), pivots = new Int32Array(n), y = { m: n, n: 2, a: drawn(n, 2).a };
  assertEquals(ldl(n, a, pivots), 0, label);
  for (const { kernels: { solveLdl }, rounding: least } of Object.values(engines)) {
    if (!solveLdl || least > rounding) continue;
    const b = times(sum, y);
    solveLdl(n, 2, a, pivots, b.a);
    assertNear(times(sum, b), times(sum, y), 10 * largest(sum), label);
  }
});

each("solveTriangular", "solves all eight systems", squareSizes, (solve, n, _, x, label) => {
  if (/huge|tiny/.test(label)) return;
  for (
    const [upper, transposed, unit] of Array.from({ length: 8 }, (_, i) => [i & 1, i & 2, i & 4].map(Boolean))
  ) {
    const t = matrix(n, n, (i, j) => i === j ? (unit ? 1 : 2) : (i < j) === upper ? x.a[j * n + i] / n : 0);
    // what must not be read is NaN
    const { a } = matrix(
      n,
      n,
      (i, j) => (i === j && unit) || (i !== j && (i < j) !== upper) ? NaN : t.a[j * n + i],
    );
    const b = drawn(n, 3), y = { ...b, a: b.a.slice() };
    solve(upper, transposed, unit, n, 3, a, y.a);
    assertNear(times(transposed ? transpose(t) : t, y), b, 10, `${label} ${upper} ${transposed} ${unit}`);
  }
});

Deno.test("solveLu() solves with A and with its transpose", () => {
  ({ rounding } = engines["our own"]);
  for (const n of [1, 3, 40, 100]) {
    const x = drawn(n, n), a = x.a.slice(), pivots = new Int32Array(n), y = drawn(n, 2);
    own.lu(n, n, a, pivots);
    for (const transposed of [false, true]) {
      const t = transposed ? transpose(x) : x, b = times(t, y);
      solveLu(own, transposed, n, 2, a, pivots, b.a);
      assertNear(times(t, b), times(t, y), n, `${n} ${transposed}`);
    }
  }
});

Deno.test("our own svd takes less than a second for 200 x 200", () => {
  const x = drawn(200, 200), start = performance.now();
  own.svd(200, 200, x.a, new Float64Array(200), new Float64Array(40_000), new Float64Array(40_000));
  assert(performance.now() - start < 1000);
});

/** Functions on large batches, and what must come out: on LAPACK, and where there is none. */
const large: Readonly<Record<string, (x: Tensor) => readonly [Tensor, Tensor]>> = {
  "P·L·U": (x) => {
    const [p, l, u] = linalg.lu(x);
    return [p.matmul(l).matmul(u), x];
  },
  "Q·R": (x) => {
    const [q, r] = linalg.qr(x);
    return [q.matmul(r), x];
  },
  "U·S·Vᵀ": (x) => {
    const [u, s, vh] = linalg.svd(x);
    return [u.mul(s.unsqueeze(-2)).matmul(vh), x];
  },
  "V·w·Vᵀ": (x) => {
    const sum = x.add(x.mT), [w, v] = linalg.eigh(sum);
    return [v.mul(w.unsqueeze(-2)).matmul(v.mT), sum];
  },
  "A·A⁻¹": (x) => [x.matmul(linalg.inv(x)), eye(x.shape.at(-1)!, { dtype: x.dtype }).expand(x.shape)],
  "A·A⁺·A": (x) => [x.matmul(linalg.pinv(x)).matmul(x), x],
  "L·Lᵀ": (x) => {
    const spd = x.matmul(x.mT), l = linalg.cholesky(spd);
    return [l.matmul(l.mT), spd];
  },
};

for (const [name, sides] of Object.entries(large)) {
  Deno.test({
    name: `${name} is right for 40 x 40 in both precisions on every engine`,
    ignore: engine !== undefined,
  }, () => {
    try {
      for (const backend of ["auto", "wasm", "js"] as const) {
        setBackend(backend);
        for (const [dtype, tolerance] of [["float32", 1e-3], ["float64", 1e-11]] as const) {
          const x = randn([3, 40, 40], { dtype }).add(eye(40, { dtype }).mul(8)).transpose(0, 1).transpose(
            0,
            1,
          );
          const [left, right] = sides(x);
          assertClose(left, right, `${backend} ${dtype}`, tolerance);
        }
      }
    } finally {
      setBackend("auto");
    }
  });
}

Deno.test("eigh() reads one triangle only", () => {
  const x = tensor([[2, NaN], [1, 3]]), symmetric = tensor([[2, 1], [1, 3]]);
  assertClose(linalg.eigvalsh(x), linalg.eigvalsh(symmetric), "lower", 1e-6);
  assertClose(linalg.eigvalsh(x.t(), { UPLO: "U" }), linalg.eigvalsh(symmetric), "upper", 1e-6);
});

Deno.test("NaN makes NaN, or an error where there is no answer", () => {
  const x = tensor([[NaN, 1], [1, 2]]);
  const isNaN = (t: Tensor) => t.toTypedArray().every(Number.isNaN);
  assert(isNaN(linalg.eigvalsh(x)) && isNaN(linalg.inv(x)) && isNaN(linalg.det(x).reshape([1])));
  assert(isNaN(linalg.matrixExp(x)) && Number.isNaN(linalg.cholesky(x).select(0, 0).select(0, 0).item()));
  assertThrows(() => linalg.svdvals(x), Error, "it has elements that are not finite");
  assertThrows(() => linalg.pinv(x), Error, "it has elements that are not finite");
});

Deno.test("one singular matrix of a batch is named", () => {
  const x = tensor([[[1, 0], [0, 1]], [[1, 1], [1, 1]]]);
  assertThrows(() => linalg.inv(x), Error, "Cannot call inverse() on matrix 1 of [2, 2, 2]");
  assertThrows(
    () => linalg.solve(x, zeros([2, 2])),
    Error,
    "Cannot call linalg.solve() on matrix 1 of [2, 2, 2]",
  );
});

Deno.test("the gradient of det() is right at matrices without inverse, in single precision too", () => {
  const x = tensor([[1, 2, 3], [4, 5, 6], [7, 8, 9]], { requiresGrad: true });
  linalg.det(x).backward();
  assertClose(x.grad!, tensor([[-3, 6, -3], [6, -12, 6], [-3, 6, -3]]), "cofactors", 1e-4);
});

Deno.test("logdet() is NaN for negative determinants and -Infinity for zero", () => {
  assertEquals(tensor([[[-1]], [[0]], [[1]]]).logdet().toArray(), [NaN, -Infinity, 0]);
});

Deno.test("lstsq() returns residuals, rank and singular values as the driver has them", () => {
  const a = tensor([[3, 0], [0, 2], [0, 0]]),
    b = tensor([[3], [2], [5]]),
    deficient = tensor([[3, 0], [0, 0], [0, 0]]);
  const of = (x: Tensor, driver: "gels" | "gelsy" | "gelsd" | "gelss") =>
    linalg.lstsq(x, b, { driver }).map((t) => t.toArray());
  assertEquals(of(a, "gels"), [[[1], [1]], [25], [], []]);
  assertEquals(of(a, "gelsy"), [[[1], [1]], [], 2, []]);
  assertEquals(of(a, "gelsd"), [[[1], [1]], [25], 2, [3, 2]]);
  assertEquals(of(deficient, "gelss"), [[[1], [0]], [], 1, [3, 0]]);
  assertEquals(of(deficient, "gelsy"), [[[1], [0]], [], 1, []]);
  assertEquals(linalg.lstsq(tensor([a.toArray(), a.toArray()]), zeros([2, 3])).map((t) => t.shape), [
    [2, 2],
    [0],
    [2],
    [
      0,
    ],
  ]);
});

Deno.test("cond() of a singular matrix is Infinity, of none 0", () => {
  const x = tensor([[1, 1], [1, 1]]);
  assertEquals(
    [1, "fro", "nuc", Infinity].map((p) => linalg.cond(x, { p: p as 1 }).item()),
    Array(4).fill(Infinity),
  );
  assertEquals(linalg.cond(zeros([2, 0, 0])).toArray(), [0, 0]);
});

Deno.test("bindLapack() hands an ILP64 library integers of 64 bits, and brings its pivots back", () => {
  const none = Object.fromEntries(
    Object.keys(lapackSignatures({ prefix: "", suffix: "" }, "double")).map((name) => [name, null]),
  );
  const getrf = (...[m, n, , lda, pivots, info]: BigInt64Array[]): void => {
    assertEquals([m[0], n[0], lda[0]], [2n, 1n, 2n]);
    pivots[0] = 2n;
    info[0] = 1n;
  };
  const kernels = bindLapack({ ...none, getrf } as never, "ILP64", (run) => run(), "double"),
    pivots = new Int32Array(1);
  assertEquals(Object.keys(kernels), ["array", "lu"]);
  assertEquals(kernels.lu!(2, 1, new Float64Array(2), pivots), 1);
  assertEquals(pivots[0], 2);
});

Deno.test("lapackSignatures() spells names as each library does", () => {
  const spelled = (prefix: string, suffix: string, precision: "single" | "double" = "double") =>
    lapackSignatures({ prefix, suffix }, precision).getrf.name;
  assertEquals(spelled("", ""), "dgetrf_");
  assertEquals(spelled("", "", "single"), "sgetrf_");
  assertEquals(spelled("scipy_", "64_"), "scipy_dgetrf_64_");
  assertEquals(spelled("", "$NEWLAPACK"), "dgetrf$NEWLAPACK");
});

Deno.test("svdvals() and eigvalsh() off the tape leave vectors out", () => {
  const x = randn([3, 3], { requiresGrad: true });
  assertClose(noGrad(() => linalg.svdvals(x)), linalg.svdvals(x).detach(), "svdvals", 1e-6);
  assertEquals(noGrad(() => linalg.eigvalsh(x)).requiresGrad, false);
});
