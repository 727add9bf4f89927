/** Weighted sums along routes (see sparse_map.ts) as WebAssembly functions. */
import { ModuleBuilder, type ValueType } from "./assemble.ts";
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

function addBlocks(module: ModuleBuilder, t: FloatWords, fma: boolean): void {
  const { bytes, lanes, scalar, vector } = t;
  module.add("blocks", params, [], (f, ...all) => {
    const [outer, count, source, target, weight, x, xStep, y, yStep, inner] = all;
    const [route, left, here, there, from, to] = locals(f, 6, "i32"), factor = f.local(scalar);
    const [factors, loaded, sum] = locals(f, 3, "v128");
    f.while(() => f.get(outer), () => {
      f.i32(0).set(route);
      f.while(() => f.get(route).get(count).op("i32.lt_u"), () => {
        f.get(source).get(route).i32(4).op("i32.mul").op("i32.add").op("i32.load").set(here);
        f.get(target).get(route).i32(4).op("i32.mul").op("i32.add").op("i32.load").set(there);
        f.get(here).get(there).op("i32.or").i32(0).op("i32.ge_s").if(() => {
          f.get(weight).get(route).i32(bytes).op("i32.mul").op("i32.add").op(`${scalar}.load`).tee(factor);
          f.op(`${vector}.splat`).set(factors).get(inner).set(left);
          f.get(here).get(inner).op("i32.mul").i32(bytes).op("i32.mul").get(x).op("i32.add").set(from);
          f.get(there).get(inner).op("i32.mul").i32(bytes).op("i32.mul").get(y).op("i32.add").set(to);
          f.while(() => f.get(left).i32(lanes).op("i32.ge_u"), () => {
            f.get(from).op("v128.load").set(loaded).get(to).op("v128.load").set(sum);
            emitMadd(f, t, fma, factors, loaded, sum);
            f.get(to).get(sum).op("v128.store");
            f.increment(from, 16).increment(to, 16).increment(left, -lanes);
          });
          f.while(() => f.get(left), () => {
            f.get(to).get(to).op(`${scalar}.load`).get(factor).get(from).op(`${scalar}.load`);
            f.op(`${scalar}.mul`).op(`${scalar}.add`).op(`${scalar}.store`);
            f.increment(from, bytes).increment(to, bytes).increment(left, -1);
          });
        });
        f.increment(route, 1);
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
