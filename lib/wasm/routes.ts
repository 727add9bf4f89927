/** Weighted sums along routes (see sparse_map.ts) as WebAssembly functions. */
import { type Local, ModuleBuilder, type ValueType } from "./assemble.ts";
import {
  advance,
  emitMadd,
  type Float,
  type FloatWords,
  floatWords,
  locals,
  repeat,
} from "./gemm_kernels.ts";

/**
 * Builds the module that exports `blocks` and `elements`, which do the same: for each of `outer` rows and each of
 * `count` routes, y[target] += weight · x[source] for blocks of `inner` elements, or for single elements. Called with
 * (outer, count, source, target, weight, x, xStep, y, yStep, inner): addresses, and steps between rows, in bytes.
 */
export function routesModule(type: Float, fma: boolean): ModuleBuilder {
  const module = new ModuleBuilder();
  addBlocks(module, floatWords[type], fma);
  addElements(module, floatWords[type]);
  return module;
}

const params: ValueType[] = repeat(10, "i32");

/** Routes that follow each other to one place share their sum, which stays in registers. */
function addBlocks(module: ModuleBuilder, t: FloatWords, fma: boolean): void {
  const { bytes, lanes, scalar, vector } = t;
  module.add("blocks", params, [], (f, ...all) => {
    const [outer, count, source, target, weight, x, xStep, y, yStep, inner] = all;
    const [route, end, i, left, column, here, there, from, to] = locals(f, 9, "i32");
    const sums = locals(f, 8, "v128"), [factors, loaded] = locals(f, 2, "v128"), sum = f.local(scalar);
    const at = (list: Local, index: Local, size: number) =>
      f.get(list).get(index).i32(size).op("i32.mul").op("i32.add");
    const rowAt = (start: Local, row: Local, to: Local) =>
      at(start, row, bytes).get(column).op("i32.add").set(to);

    /** Calls `add` for each route of the run: `from` is where its block begins, and its weight is on the stack. */
    function eachRoute(add: () => void): void {
      f.get(route).set(i);
      f.while(() => f.get(i).get(end).op("i32.lt_u"), () => {
        at(source, i, 4).op("i32.load").tee(here).i32(0).op("i32.ge_s").if(() => {
          f.get(here).get(inner).op("i32.mul").set(here);
          rowAt(x, here, from);
          at(weight, i, bytes).op(`${scalar}.load`);
          add();
        });
        f.increment(i, 1);
      });
    }

    function slabs(vectors: number): void {
      f.while(() => f.get(left).i32(vectors * lanes).op("i32.ge_u"), () => {
        rowAt(y, there, to);
        for (let v = 0; v < vectors; v++) f.get(to).op("v128.load", 16 * v).set(sums[v]);
        eachRoute(() => {
          f.op(`${vector}.splat`).set(factors);
          for (let v = 0; v < vectors; v++) {
            f.get(from).op("v128.load", 16 * v).set(loaded);
            emitMadd(f, t, fma, factors, loaded, sums[v]);
          }
        });
        for (let v = 0; v < vectors; v++) f.get(to).get(sums[v]).op("v128.store", 16 * v);
        f.increment(column, 16 * vectors).increment(left, -vectors * lanes);
      });
    }

    f.while(() => f.get(outer), () => {
      f.i32(0).set(route);
      f.while(() => f.get(route).get(count).op("i32.lt_u"), () => {
        at(target, route, 4).op("i32.load").set(there);
        f.get(route).i32(1).op("i32.add").set(end);
        f.while(() => {
          // behind the last route nothing may be read: there it looks at its own once more
          f.get(end).get(route).get(end).get(count).op("i32.lt_u").op("select").set(i);
          at(target, i, 4).op("i32.load").get(there).op("i32.eq");
          f.get(end).get(count).op("i32.lt_u").op("i32.and");
        }, () => f.increment(end, 1));
        f.get(there).i32(0).op("i32.ge_s").if(() => {
          f.get(there).get(inner).op("i32.mul").set(there).i32(0).set(column).get(inner).set(left);
          for (const vectors of [8, 4, 1]) slabs(vectors);
          f.while(() => f.get(left), () => {
            rowAt(y, there, to);
            f.get(to).op(`${scalar}.load`).set(sum);
            eachRoute(() => {
              f.get(from).op(`${scalar}.load`).op(`${scalar}.mul`).get(sum).op(`${scalar}.add`).set(sum);
            });
            f.get(to).get(sum).op(`${scalar}.store`);
            f.increment(column, bytes).increment(left, -1);
          });
        });
        f.get(end).set(route);
      });
      advance(f, x, xStep);
      advance(f, y, yStep);
      f.increment(outer, -1);
    });
  });
}

/** Four rows at a time: sums that follow each other to one place would wait for each other (2.8 ns a route, not 1). */
function addElements(module: ModuleBuilder, { bytes, scalar }: FloatWords): void {
  module.add("elements", params, [], (f, ...all) => {
    const [outer, count, source, target, weight, x, xStep, y, yStep] = all;
    const [route, here, there] = locals(f, 3, "i32"), from = locals(f, 4, "i32"), to = locals(f, 4, "i32");
    const factor = f.local(scalar);

    function band(height: number): void {
      for (let r = 0; r < height; r++) {
        f.get(x).set(from[r]).get(y).set(to[r]);
        advance(f, x, xStep);
        advance(f, y, yStep);
      }
      f.i32(0).set(route);
      f.while(() => f.get(route).get(count).op("i32.lt_u"), () => {
        f.get(source).get(route).i32(4).op("i32.mul").op("i32.add").op("i32.load").set(here);
        f.get(target).get(route).i32(4).op("i32.mul").op("i32.add").op("i32.load").set(there);
        f.get(here).get(there).op("i32.or").i32(0).op("i32.ge_s").if(() => {
          f.get(weight).get(route).i32(bytes).op("i32.mul").op("i32.add").op(`${scalar}.load`).set(factor);
          f.get(here).i32(bytes).op("i32.mul").set(here).get(there).i32(bytes).op("i32.mul").set(there);
          for (let r = 0; r < height; r++) {
            f.get(to[r]).get(there).op("i32.add").get(to[r]).get(there).op("i32.add").op(`${scalar}.load`);
            f.get(factor).get(from[r]).get(here).op("i32.add").op(`${scalar}.load`).op(`${scalar}.mul`);
            f.op(`${scalar}.add`).op(`${scalar}.store`);
          }
        });
        f.increment(route, 1);
      });
      f.increment(outer, -height);
    }

    f.while(() => f.get(outer).i32(4).op("i32.ge_u"), () => band(4));
    f.while(() => f.get(outer), () => band(1));
  });
}
