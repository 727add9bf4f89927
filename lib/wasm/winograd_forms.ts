/**
 * The one-dimensional steps of Winograd's convolution as WebAssembly, four tiles at a time in the lanes of a vector.
 *
 * m outputs of a kernel of r taps need m + r − 1 = 6 products instead of m · r: input and kernel are evaluated at six
 * points, multiplied, and the outputs interpolated (Winograd 1980, Toom and Cook; for convolution Lavin and Gray 2016).
 * In two dimensions each step is done to all columns, then all rows.
 */
import type { FunctionBuilder, Local } from "./assemble.ts";
import { laneBytes } from "./gemm_kernels.ts";

/** Points besides 0 and ∞: ±P and ±Q. With 1 and 2, as usually taken, the error is twice as large. */
const P = Math.SQRT1_2, Q = Math.SQRT2;

/** Products for a row of outputs, and so elements that a tile of the input has a side. */
export const POINTS = 6;

/** Turns a row of vectors into another. */
export type Form = (e: Vectors, x: readonly Local[]) => Local[];

/** Arithmetic on float32 vectors in a function under construction; each result is a new local. */
export class Vectors {
  constructor(readonly f: FunctionBuilder, readonly fma: boolean) {}

  /** a + b. */
  add(a: Local, b: Local): Local {
    return this.#keep(this.f.get(a).get(b).op("f32x4.add"));
  }

  /** a − b. */
  sub(a: Local, b: Local): Local {
    return this.#keep(this.f.get(a).get(b).op("f32x4.sub"));
  }

  /** a · c. */
  scale(a: Local, c: number): Local {
    return Math.abs(c - 1) < 1e-12 ? a : this.#keep(this.f.get(a).get(this.number(c)).op("f32x4.mul"));
  }

  /** Σ a · c over the pairs [a, c]. */
  sum(...terms: readonly (readonly [Local, number])[]): Local {
    // a term with factor 1 begins, for it takes no multiplication
    const first = Math.max(terms.findIndex(([, c]) => Math.abs(c - 1) < 1e-12), 0);
    let sum = this.scale(...terms[first]);
    terms.forEach(([a, c], i) => {
      if (i === first) return;
      if (Math.abs(c - 1) < 1e-12) sum = this.add(sum, a);
      else if (this.fma) {
        sum = this.#keep(this.f.get(a).get(this.number(c)).get(sum).op("f32x4.relaxed_madd"));
      } else sum = this.#keep(this.f.get(sum).get(a).get(this.number(c)).op("f32x4.mul").op("f32x4.add"));
    });
    return sum;
  }

  /** Lanes picked from those of a, 0 to 3, and of b, 4 to 7. */
  shuffle(a: Local, b: Local, lanes: readonly number[]): Local {
    return this.#keep(this.f.get(a).get(b).op("i8x16.shuffle", laneBytes(lanes, 4)));
  }

  /** The rows of a square of four vectors as its columns. */
  transpose([a, b, c, d]: readonly Local[]): Local[] {
    const abLow = this.shuffle(a, b, [0, 4, 1, 5]), abHigh = this.shuffle(a, b, [2, 6, 3, 7]);
    const cdLow = this.shuffle(c, d, [0, 4, 1, 5]), cdHigh = this.shuffle(c, d, [2, 6, 3, 7]);
    return [[abLow, cdLow], [abHigh, cdHigh]].flatMap(([x, y]) => {
      return [this.shuffle(x, y, [0, 1, 4, 5]), this.shuffle(x, y, [2, 3, 6, 7])];
    });
  }

  /** A constant in all lanes. */
  number(c: number): Local {
    return this.f.constant([...new Uint8Array(Float32Array.of(c, c, c, c).buffer)]);
  }

  #keep(f: FunctionBuilder): Local {
    const local = f.local("v128");
    f.set(local);
    return local;
  }
}

/** A form done to the columns of an array, and then to its rows. */
export function inBothDimensions(e: Vectors, form: Form, rows: readonly (readonly Local[])[]): Local[][] {
  const columns = rows[0].map((_, j) => form(e, rows.map((row) => row[j])));
  return columns[0].map((_, i) => form(e, columns.map((column) => column[i])));
}

/** Six elements of the input at the points 0, P, −P, Q, −Q, ∞: values of the dual of evaluation (Bᵀ d). */
export const spread: Form = (e, d) => {
  const [p2, q2] = [P * P, Q * Q];
  const pair = (a: number, b2: number) => {
    const even = e.sum([d[4], 1], [d[2], -b2]), odd = e.sum([d[3], a], [d[1], -a * b2]);
    return [e.add(even, odd), e.sub(even, odd)];
  };
  return [
    e.sum([d[4], 1], [d[0], p2 * q2], [d[2], -p2 - q2]),
    ...pair(P, q2),
    ...pair(Q, p2),
    e.sum([d[5], 1], [d[1], p2 * q2], [d[3], -p2 - q2]),
  ];
};

/** The polynomial with coefficients w at the six points, over what interpolation there divides by (G w). */
export const evaluate: Form = (e, w) => {
  const pair = (a: number, b: number) => {
    const by = 2 * a * a * (a * a - b * b), terms = w.map((x, i) => [x, a ** i / by] as const);
    const even = e.sum(...terms.filter((_, i) => i % 2 === 0)), odd = e.sum(...terms.filter((_, i) => i % 2));
    return [e.add(even, odd), e.sub(even, odd)];
  };
  return [e.scale(w[0], 1 / (P * Q) ** 2), ...pair(P, Q), ...pair(Q, P), w[w.length - 1]];
};

/** `m` outputs from the products at the six points (Aᵀ y). */
export function combine(m: number): Form {
  return (e, y) => {
    const [, a, b, c, d] = y, sums = [e.add(a, b), e.add(c, d)], differences = [e.sub(a, b), e.sub(c, d)];
    return Array.from({ length: m }, (_, j) => {
      const [x, z] = j % 2 ? differences : sums;
      const ends = [...(j === 0 ? [y[0]] : []), ...(j === m - 1 ? [y[5]] : [])];
      return e.sum(...ends.map((x) => [x, 1] as const), [x, P ** j], [z, Q ** j]);
    });
  };
}
