/**
 * Vector times matrix as WebAssembly functions, at the speed of memory: the matrix is read once, along its rows.
 *
 * gemm.ts calls them where C is one row (or one column). Distances between rows are bytes.
 */
import type { ModuleBuilder, ValueType } from "./assemble.ts";
import { advance, emitMadd, type FloatWords, locals, repeat } from "./gemm_kernels.ts";

/**
 * Adds `dots`: y[i] = alpha · (row i of the matrix) · x + beta · y[i], with x and y contiguous. Four rows at a time,
 * two vectors of each, read a matrix in L2 twice as fast as one row alone.
 */
export function addDots(module: ModuleBuilder, t: FloatWords, fma: boolean): number {
  const { bytes, lanes, scalar, vector } = t, params = [...repeat<ValueType>(6, "i32"), scalar, scalar];
  return module.add("dots", params, [], (f, ...all) => {
    const [rows, columns, matrix, lead, x, y, alpha, beta] = all;
    const from = locals(f, 4, "i32"), fromX = f.local("i32"), left = f.local("i32");
    const sums = locals(f, 8, "v128"), xs = locals(f, 2, "v128"), loaded = f.local("v128");
    const rest = locals(f, 4, scalar), total = f.local(scalar);

    function band(height: number): void {
      for (const row of from.slice(0, height)) {
        f.get(matrix).set(row);
        advance(f, matrix, lead);
      }
      for (const sum of sums.slice(0, 2 * height)) f.op("v128.const", repeat(16, 0)).set(sum);
      f.get(x).set(fromX).get(columns).set(left);
      f.while(() => f.get(left).i32(2 * lanes).op("i32.ge_u"), () => {
        xs.forEach((v, j) => f.get(fromX).op("v128.load", 16 * j).set(v));
        for (let i = 0; i < height; i++) {
          xs.forEach((v, j) => {
            f.get(from[i]).op("v128.load", 16 * j).set(loaded);
            emitMadd(f, t, fma, loaded, v, sums[2 * i + j]);
          });
          f.increment(from[i], 32);
        }
        f.increment(fromX, 32).increment(left, -2 * lanes);
      });
      for (let i = 0; i < height; i++) {
        f.get(sums[2 * i]).get(sums[2 * i + 1]).op(`${vector}.add`).tee(loaded).op(
          `${vector}.extract_lane`,
          0,
        );
        for (let lane = 1; lane < lanes; lane++) {
          f.get(loaded).op(`${vector}.extract_lane`, lane).op(`${scalar}.add`);
        }
        f.set(rest[i]);
      }
      f.while(() => f.get(left), () => {
        for (let i = 0; i < height; i++) {
          f.get(rest[i]).get(from[i]).op(`${scalar}.load`).get(fromX).op(`${scalar}.load`);
          f.op(`${scalar}.mul`).op(`${scalar}.add`).set(rest[i]).increment(from[i], bytes);
        }
        f.increment(fromX, bytes).increment(left, -1);
      });
      for (let i = 0; i < height; i++) {
        f.get(rest[i]).get(alpha).op(`${scalar}.mul`).set(total);
        f.get(beta).op(`${scalar}.const`, 0).op(`${scalar}.ne`).if(() => {
          f.get(total).get(y).op(`${scalar}.load`).get(beta).op(`${scalar}.mul`).op(`${scalar}.add`).set(
            total,
          );
        });
        f.get(y).get(total).op(`${scalar}.store`).increment(y, bytes);
      }
      f.increment(rows, -height);
    }

    f.while(() => f.get(rows).i32(4).op("i32.ge_u"), () => band(4));
    f.while(() => f.get(rows), () => band(1));
  });
}

/** Columns that `sums` takes at a time: 8 or 16 KiB of y stay in the L1 cache while all rows are added to them. */
const SPAN = 2048;

/**
 * Adds `sums`: y = alpha · Σ x[p] · (row p of the matrix) + beta · y, with y contiguous and x `step` bytes apart.
 * Four rows a pass: y is read and written once for four products.
 */
export function addSums(module: ModuleBuilder, t: FloatWords, fma: boolean): number {
  const { bytes, lanes, scalar, vector } = t, params = [...repeat<ValueType>(7, "i32"), scalar, scalar];
  return module.add("sums", params, [], (f, ...all) => {
    const [rows, columns, matrix, lead, x, step, y, alpha, beta] = all;
    const from = locals(f, 4, "i32"), factors = locals(f, 4, scalar), splats = locals(f, 4, "v128");
    const [top, nextX, rowsLeft, width, to, left] = locals(f, 6, "i32");
    const loaded = f.local("v128"), total = f.local("v128"), one = f.local(scalar);

    /** y[0..width) = beta · y, without reading it where beta is 0. */
    function scale(): void {
      f.get(beta).op(`${scalar}.const`, 0).op(`${scalar}.eq`).if(
        () => f.get(y).i32(0).get(width).i32(bytes).op("i32.mul").op("memory.fill"),
        () => {
          f.get(y).set(to).get(width).set(left);
          f.while(() => f.get(left), () => {
            f.get(to).get(to).op(`${scalar}.load`).get(beta).op(`${scalar}.mul`).op(`${scalar}.store`);
            f.increment(to, bytes).increment(left, -1);
          });
        },
      );
    }

    function addRows(height: number): void {
      for (let i = 0; i < height; i++) {
        f.get(top).set(from[i]).get(nextX).op(`${scalar}.load`).get(alpha).op(`${scalar}.mul`).tee(
          factors[i],
        );
        f.op(`${vector}.splat`).set(splats[i]);
        advance(f, top, lead);
        advance(f, nextX, step);
      }
      f.get(y).set(to).get(width).set(left);
      f.while(() => f.get(left).i32(2 * lanes).op("i32.ge_u"), () => {
        for (const at of [0, 16]) {
          f.get(to).op("v128.load", at).set(total);
          for (let i = 0; i < height; i++) {
            f.get(from[i]).op("v128.load", at).set(loaded);
            emitMadd(f, t, fma, splats[i], loaded, total);
          }
          f.get(to).get(total).op("v128.store", at);
        }
        for (const row of from.slice(0, height)) f.increment(row, 32);
        f.increment(to, 32).increment(left, -2 * lanes);
      });
      f.while(() => f.get(left), () => {
        f.get(to).op(`${scalar}.load`).set(one);
        for (let i = 0; i < height; i++) {
          f.get(one).get(from[i]).op(`${scalar}.load`).get(factors[i]).op(`${scalar}.mul`).op(
            `${scalar}.add`,
          );
          f.set(one).increment(from[i], bytes);
        }
        f.get(to).get(one).op(`${scalar}.store`).increment(to, bytes).increment(left, -1);
      });
      f.increment(rowsLeft, -height);
    }

    f.while(() => f.get(columns), () => {
      f.i32(SPAN).get(columns).i32(SPAN).get(columns).op("i32.lt_u").op("select").set(width);
      f.get(beta).op(`${scalar}.const`, 1).op(`${scalar}.ne`).if(scale);
      f.get(matrix).set(top).get(x).set(nextX).get(rows).set(rowsLeft);
      f.while(() => f.get(rowsLeft).i32(4).op("i32.ge_u"), () => addRows(4));
      f.while(() => f.get(rowsLeft), () => addRows(1));
      f.increment(matrix, SPAN * bytes).increment(y, SPAN * bytes);
      f.get(columns).get(width).op("i32.sub").set(columns);
    });
  });
}
