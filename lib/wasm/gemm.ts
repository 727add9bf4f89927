/**
 * Matrix multiplication as WebAssembly: C = alpha · op(A) · op(B) + beta · C, in one call from JavaScript.
 *
 * Three loops block the operands for the caches (Goto and van de Geijn 2008): a block of A stays in L2, a panel of B
 * in L1, a tile of C in registers. The panel kernel takes strides and reads packed and unpacked operands alike, so
 * only what would be read against the grain is packed. Knows addresses in the arena, nothing of tensors.
 */
import { type FunctionBuilder, type Local, ModuleBuilder, type ValueType } from "./assemble.ts";
import {
  addCopy,
  addPanels,
  addTranspose,
  advance,
  type Float,
  type FloatWords,
  floatWords,
  locals,
  PANEL_BYTES,
  repeat,
  VECTORS,
} from "./gemm_kernels.ts";
import { addDots, addSums } from "./gemv.ts";

export type { Float } from "./gemm_kernels.ts";

/**
 * The exported `gemm`: BLAS's arguments and meaning for row-major matrices. Flags are 0 or 1; a, b, c and scratch are
 * byte addresses in the arena; leading dimensions count elements.
 */
export type Gemm = (
  transA: number,
  transB: number,
  m: number,
  n: number,
  k: number,
  alpha: number,
  a: number,
  lda: number,
  b: number,
  ldb: number,
  beta: number,
  c: number,
  ldc: number,
  scratch: number,
) => void;

/**
 * Steps of k in a block: a panel of B takes 256 · 64 bytes, half of a 32 KiB L1 cache. 128 to 512 steps and 128 to
 * 1024 rows all measure 40 to 46 GFLOP/s.
 */
const DEPTH = 256;
/** Rows of A in a block: 256 KiB of float32, a quarter of a 1 MiB L2 cache. */
const HEIGHT = 256;

/** Bytes that `gemm` may overwrite from its `scratch` address on: a block of A and a panel of B. */
export function gemmScratchBytes(type: Float): number {
  return HEIGHT * DEPTH * floatWords[type].bytes + DEPTH * PANEL_BYTES;
}

/**
 * Builds the module that exports `gemm`, a {@link Gemm}; `fma` says whether the engine has relaxed FMA.
 *
 * @example
 * ```ts
 * import { type Gemm, gemmModule, gemmScratchBytes } from "./gemm.ts";
 * const memory = new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true });
 * const bytes = gemmModule("float32", false).encode({ shared: true, initial: 16, maximum: 16 });
 * const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
 * const a = gemmScratchBytes("float32"), c = a + 16, gemm = exports.gemm as Gemm;
 * new Float32Array(memory.buffer, a, 4).set([1, 2, 3, 4]);
 * gemm(0, 1, 2, 2, 2, 1, a, 2, a, 2, 0, c, 2, 0); // c = a·aᵀ
 * console.log(new Float32Array(memory.buffer, c, 4)); // 5, 11, 11, 25
 * ```
 */
export function gemmModule(type: Float, fma: boolean): ModuleBuilder {
  const module = new ModuleBuilder(), t = floatWords[type];
  addGemm(module, t, {
    panels: addPanels(module, t, fma),
    copy: addCopy(module, t),
    transpose: addTranspose(module, t),
    dots: addDots(module, t, fma),
    sums: addSums(module, t, fma),
  });
  return module;
}

/** The functions `gemm` calls, by their index in the module. */
interface Callees {
  readonly panels: readonly number[];
  readonly copy: number;
  readonly transpose: number;
  readonly dots: number;
  readonly sums: number;
}

function addGemm(module: ModuleBuilder, t: FloatWords, callees: Callees): void {
  const { bytes, lanes, scalar } = t, params = repeat<ValueType>(14, "i32");
  params[5] = params[10] = scalar; // alpha and beta
  module.add("gemm", params, [], (f, ...all) => {
    const [transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, scratch] = all;
    const [aRow, aStep, bStep, bColumn, packsA, packsB, packedB] = locals(f, 7, "i32");
    const [depth, height, width, rowsLeft, columnsLeft, tail, vectors] = locals(f, 7, "i32");
    const [blockA, panelB, blockC, tileC] = locals(f, 4, "i32");
    const [fromA, fromARow, fromAStep, fromB, fromBStep] = locals(f, 5, "i32");
    const isOne = (x: Local) => f.get(x).i32(1).op("i32.eq");
    const isZero = (x: Local) => f.get(x).op(`${scalar}.const`, 0).op(`${scalar}.eq`);
    const call = (index: number, ...args: Local[]) => args.reduce((f, x) => f.get(x), f).op("call", index);

    /** Cᵀ = op(B)ᵀ · op(A)ᵀ: turns a column of C without gaps into a row. */
    function turn(): void {
      f.get(transA).op("i32.eqz").get(transB).op("i32.eqz").set(transA).set(transB);
      for (const [x, y] of [[m, n], [a, b], [lda, ldb]]) f.get(x).get(y).set(x).set(y);
    }

    /** Makes bytes of leading dimensions and finds where an element's neighbours in op(A) and op(B) lie. */
    function prepare(): void {
      for (const lead of [lda, ldb, ldc]) f.get(lead).i32(Math.log2(bytes)).op("i32.shl").set(lead);
      f.i32(bytes).get(lda).get(transA).op("select").set(aRow);
      f.get(lda).i32(bytes).get(transA).op("select").set(aStep);
      f.i32(bytes).get(ldb).get(transB).op("select").set(bStep);
      f.get(ldb).i32(bytes).get(transB).op("select").set(bColumn);
      paysToPack(n, lda);
      f.get(transA).op("i32.and").set(packsA);
      paysToPack(m, ldb);
      f.get(transB).op("i32.or").set(packsB);
      f.get(scratch).i32(HEIGHT * DEPTH * bytes).op("i32.add").set(packedB);
    }

    /**
     * Pushes whether to pack an operand that is used `times` times over, when its rows lie `lead` bytes apart.
     * From 256 uses on packing costs nothing. Below, unpacked is 3 to 8 % faster, unless the rows are a multiple of
     * 4096 bytes apart and drive each other out of the caches: 25 GFLOP/s at 64x1024x1024, packed 42.
     */
    function paysToPack(times: Local, lead: Local): void {
      f.get(times).i32(256).op("i32.ge_u");
      f.get(times).i32(16).op("i32.ge_u").get(lead).i32(4095).op("i32.and").op("i32.eqz");
      f.op("i32.and").op("i32.or");
    }

    /** C has one row and B is transposed: dot products of a with the rows of B. A row of A with gaps is gathered. */
    function multiplyByDots(): void {
      inBlocks(f, k, HEIGHT * DEPTH, depth, () => {
        f.get(a).set(fromA);
        f.get(transA).if(() => {
          f.get(scratch).i32(bytes).get(a).get(lda).get(depth).i32(1).op("call", callees.copy);
          f.get(scratch).set(fromA);
        });
        call(callees.dots, n, depth, b, ldb, fromA, c, alpha, beta);
        nextDepth();
      });
    }

    function nextDepth(): void {
      advance(f, a, depth, aStep);
      advance(f, b, depth, bStep);
      f.op(`${scalar}.const`, 1).set(beta);
    }

    function multiplyInBlocks(): void {
      inBlocks(f, k, DEPTH, depth, () => {
        f.get(m).set(rowsLeft).get(a).set(blockA).get(c).set(blockC);
        inBlocks(f, rowsLeft, HEIGHT, height, () => {
          chooseA();
          f.get(n).set(columnsLeft).get(b).set(panelB).get(blockC).set(tileC);
          inBlocks(f, columnsLeft, VECTORS * lanes, width, () => {
            f.get(width).i32(lanes - 1).op("i32.and").set(tail);
            f.get(width).i32(lanes - 1).op("i32.add").i32(Math.log2(lanes)).op("i32.shr_u").set(vectors);
            chooseB();
            multiplyPanel(VECTORS);
            advance(f, panelB, width, bColumn);
            f.increment(tileC, PANEL_BYTES);
          });
          advance(f, blockA, height, aRow);
          advance(f, blockC, height, ldc);
        });
        nextDepth();
      });
    }

    function chooseA(): void {
      f.get(packsA).if(() => {
        f.get(scratch).set(fromA).i32(DEPTH * bytes).set(fromARow).i32(bytes).set(fromAStep);
        call(callees.transpose, fromA, fromARow, blockA, lda, depth, height);
      }, () => f.get(blockA).set(fromA).get(aRow).set(fromARow).get(aStep).set(fromAStep));
    }

    /** A panel that does not fill its vectors is always packed, so that whole vectors of it can be read. */
    function chooseB(): void {
      f.get(packsB).get(tail).op("i32.or").if(() => {
        f.get(packedB).set(fromB).i32(PANEL_BYTES).set(fromBStep);
        f.get(transB).if(
          () => call(callees.transpose, fromB, fromBStep, panelB, ldb, width, depth),
          () => call(callees.copy, fromB, fromBStep, panelB, ldb, depth, width),
        );
      }, () => f.get(panelB).set(fromB).get(bStep).set(fromBStep));
    }

    function multiplyPanel(count: number): void {
      const multiply = () => {
        const operands = [height, depth, fromA, fromARow, fromAStep, fromB, fromBStep];
        call(callees.panels[count - 1], ...operands, tileC, ldc, tail, alpha, beta);
      };
      if (count === 1) multiply();
      else f.get(vectors).i32(count).op("i32.eq").if(multiply, () => multiplyPanel(count - 1));
    }

    f.get(m).op("i32.eqz").get(n).op("i32.eqz").op("i32.or").if(() => f.op("return"));
    // alpha = 0 does not read A and B, so NaN there stays there; and the sum of nothing is 0 whatever alpha is.
    isZero(alpha).if(() => f.i32(0).set(k));
    f.get(k).op("i32.eqz").if(() => f.op(`${scalar}.const`, 0).set(alpha));
    isOne(n).if(() => isOne(ldc).if(turn));
    prepare();
    isOne(m).if(
      () =>
        f.get(transB).if(multiplyByDots, () => call(callees.sums, k, n, b, ldb, a, aStep, c, alpha, beta)),
      multiplyInBlocks,
    );
  });
}

/** Runs `body` for pieces of `left`, each of at most `size` and with its size in `now`; once if `left` is 0. */
function inBlocks(f: FunctionBuilder, left: Local, size: number, now: Local, body: () => void): void {
  f.loop(() => {
    f.i32(size).get(left).i32(size).get(left).op("i32.lt_u").op("select").set(now);
    body();
    f.get(left).get(now).op("i32.sub").tee(left).op("br_if", 0);
  });
}
