/**
 * Matrix products that threads can share: as a function here, and as text from which a worker makes the same, with a handle
 * of its own on the library, for matrices in memory that both see.
 *
 * @module
 */

/**
 * c = op(a) · op(b) + beta · c for products number `first` to `first + count`, which lie in rows of `inner`: product
 * i · inner + j has its matrices i times the outer and j times the inner distance from where the first has them. To each,
 * `terms` - 1 more are added, whose matrices are the last distance further on every time. a, b and c are byte addresses;
 * leading dimensions and distances count elements; flags are 0 or 1.
 */
export type Products = (
  count: number,
  first: number,
  inner: number,
  terms: number,
  transA: number,
  transB: number,
  m: number,
  n: number,
  k: number,
  a: number,
  lda: number,
  aOuter: number,
  aInner: number,
  aTerm: number,
  b: number,
  ldb: number,
  bOuter: number,
  bInner: number,
  bTerm: number,
  beta: number,
  c: number,
  ldc: number,
  cOuter: number,
  cInner: number,
  cTerm: number,
) => void;

/** A gemm of a library, and what opens it again. */
export interface NativeGemm {
  readonly path: string;
  readonly symbol: Deno.ForeignFunction;
  /** Whether its integers have 64 bits. */
  readonly wide: boolean;
  /** Bytes of an element. */
  readonly bytes: 4 | 8;
  // deno-lint-ignore no-explicit-any -- as C has it; what it takes depends on the library
  readonly call: (...args: any[]) => void;
}

type Elements = Float32Array | Float64Array;

/** Products by `gemm`, in the memory of which `whole` gives all elements. */
export function productsOf({ call, wide, bytes }: NativeGemm, whole: () => Elements): Products {
  return makeProducts(call, wide, bytes, whole);
}

/** A function of the memory, as text, that opens the library and gives its {@link Products}. */
export function productsText({ path, symbol, wide, bytes }: NativeGemm): string {
  const array = bytes === 4 ? "Float32Array" : "Float64Array";
  return `(memory) => {
    const { gemm } = Deno.dlopen(${JSON.stringify(path)}, { gemm: ${JSON.stringify(symbol)} }).symbols;
    let all = new ${array}(memory.buffer);
    const whole = () => all.buffer === memory.buffer ? all : all = new ${array}(memory.buffer);
    return (${makeProducts})(gemm, ${wide}, ${bytes}, whole);
  }`;
}

/** Is handed over as text too, so it uses nothing from outside itself. */
function makeProducts(
  // deno-lint-ignore no-explicit-any -- see NativeGemm
  gemm: (...args: any[]) => void,
  wide: boolean,
  bytes: number,
  whole: () => Elements,
): Products {
  const int = wide ? BigInt : (n: number) => n;
  return (count, first, inner, terms, transA, transB, m, n, k, a, lda, aOuter, aInner, aTerm, ...more) => {
    const [b, ldb, bOuter, bInner, bTerm, beta, c, ldc, cOuter, cInner, cTerm] = more;
    const all = whole(), flagA = transA ? 112 : 111, flagB = transB ? 112 : 111;
    const [rows, columns, depth, leadA, leadB, leadC] = [
      int(m),
      int(n),
      int(k),
      int(lda),
      int(ldb),
      int(ldc),
    ];
    for (let at = first; at < first + count; at++) {
      const i = Math.floor(at / inner), j = at % inner;
      for (let t = 0; t < terms; t++) {
        const left = all.subarray(a / bytes + i * aOuter + j * aInner + t * aTerm);
        const right = all.subarray(b / bytes + i * bOuter + j * bInner + t * bTerm);
        const out = all.subarray(c / bytes + i * cOuter + j * cInner + t * cTerm), keep = t > 0 ? 1 : beta;
        gemm(101, flagA, flagB, rows, columns, depth, 1, left, leadA, right, leadB, keep, out, leadC);
      }
    }
  };
}
