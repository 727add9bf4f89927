/**
 * The transforms of Winograd's convolution over images as WebAssembly: pictures into tiles at 36 points, and back.
 *
 * What is at one point is a matrix [channels, tiles] or [filters, channels], so that the products in between are 36
 * matrix products. A plane of the image is first copied into a frame of zeros that stays in the first-level cache, so
 * that no tile needs to know about edges. Knows addresses, nothing of tensors.
 */
import { type FunctionBuilder, type Local, ModuleBuilder, type ValueType } from "./assemble.ts";
import { advance, locals, repeat } from "./gemm_kernels.ts";
import { combine, evaluate, type Form, inBothDimensions, POINTS, spread, Vectors } from "./winograd_forms.ts";

/** Tiles in a vector: no plane, and no filter bank, may have fewer. */
export const TILES = 4;

/**
 * Builds the module for kernels of `taps` x `taps` and tiles of `step` x `step` outputs, where step + taps = 7. It exports
 *
 * - `spread(images, planes, to, toImage, toStep, from, fromImage, fromStep, pointStep, height, rowBytes, table, tiles, frame,
 *   pitch, inset, frameBytes)`: the tiles of each plane of an input; `evaluate(...)`, the same of an output's gradient,
 *   whose tiles do not overlap;
 * - `combine(images, planes, to, toImage, toStep, from, fromImage, fromStep, pointStep, height, rowBytes, table, tiles,
 *   frame, pitch, bias, biasStep)`: planes from the products, each with its bias;
 * - `filters(count, to, pointStep, from)` and `turned(...)`, the same of filters turned by 180 degrees;
 * - `gather(count, to, pointStep, from)`, the gradients of filters from the products.
 *
 * A plane has `height` rows of `rowBytes`; the frame rows of `pitch` bytes, of which `inset` says where the plane begins;
 * `table` has the byte in the frame where each tile starts. Point number p is p · pointStep bytes behind the first.
 */
export function winogradModule(taps: number, fma: boolean): ModuleBuilder {
  const module = new ModuleBuilder(), step = POINTS + 1 - taps;
  const copy = addCopyRows(module);
  addSpread(module, "spread", POINTS, spread, copy, fma);
  addSpread(module, "evaluate", step, evaluate, copy, fma);
  addCombine(module, step, copy, fma);
  addFilters(module, "filters", taps, false, fma);
  addFilters(module, "turned", taps, true, fma);
  addGather(module, taps, fma);
  return module;
}

/** Runs `body` for i = 0, 4, 8 ..., where the last four of `count` end at the end: what overlaps is done twice. */
function eachFour(f: FunctionBuilder, count: Local, body: (i: Local) => void): void {
  const next = f.local("i32"), last = f.local("i32"), i = f.local("i32");
  f.get(count).i32(TILES).op("i32.sub").set(last).i32(0).set(next);
  f.while(() => f.get(next).get(count).op("i32.lt_s"), () => {
    f.get(next).get(last).get(next).get(last).op("i32.lt_s").op("select").set(i);
    body(i);
    f.increment(next, TILES);
  });
}

/** Adds `copyRows(to, toRow, from, fromRow, rows, bytes, addend)`, which adds a number to all it copies. */
function addCopyRows(module: ModuleBuilder): number {
  const types: ValueType[] = [...repeat<ValueType>(6, "i32"), "f32"];
  return module.add("copyRows", types, [], (f, to, toRow, from, fromRow, rows, bytes, addend) => {
    const at = f.local("i32"), last = f.local("i32"), more = f.local("v128");
    const vector = (at: Local) => {
      f.get(to).get(at).op("i32.add").get(from).get(at).op("i32.add").op("v128.load");
      f.get(more).op("f32x4.add").op("v128.store");
    };
    f.get(addend).op("f32x4.splat").set(more).get(bytes).i32(16).op("i32.sub").set(last);
    f.while(() => f.get(rows), () => {
      f.i32(0).set(at);
      f.get(last).i32(0).op("i32.ge_s").if(() => {
        f.while(() => f.get(at).get(last).op("i32.lt_s"), () => {
          vector(at);
          f.increment(at, 16);
        });
        vector(last);
      }, () => {
        f.while(() => f.get(at).get(bytes).op("i32.lt_s"), () => {
          f.get(to).get(at).op("i32.add").get(from).get(at).op("i32.add").op("f32.load");
          f.get(addend).op("f32.add").op("f32.store");
          f.increment(at, 4);
        });
      });
      advance(f, to, toRow);
      advance(f, from, fromRow);
      f.increment(rows, -1);
    });
  });
}

/** Calls `body` with where each plane of each image goes and comes from, and its number. */
function eachPlane(
  f: FunctionBuilder,
  [images, planes, to, toImage, toStep, from, fromImage, fromStep]: readonly Local[],
  body: (to: Local, from: Local, plane: Local) => void,
): void {
  const [p, q, plane] = locals(f, 3, "i32");
  f.while(() => f.get(images), () => {
    f.get(to).set(p).get(from).set(q).i32(0).set(plane);
    f.while(() => f.get(plane).get(planes).op("i32.lt_s"), () => {
      body(p, q, plane);
      advance(f, p, toStep);
      advance(f, q, fromStep);
      f.increment(plane, 1);
    });
    advance(f, to, toImage);
    advance(f, from, fromImage);
    f.increment(images, -1);
  });
}

/** The addresses of four tiles in the frame. */
function tilesAt(f: FunctionBuilder, table: Local, i: Local, frame: Local, bases: readonly Local[]): void {
  bases.forEach((base, lane) => {
    f.get(table).get(i).i32(2).op("i32.shl").op("i32.add").op("i32.load", 4 * lane);
    f.get(frame).op("i32.add").set(base);
  });
}

function addSpread(
  module: ModuleBuilder,
  name: string,
  size: number,
  form: Form,
  copy: number,
  fma: boolean,
): void {
  module.add(name, repeat<ValueType>(17, "i32"), [], (f, ...all) => {
    const [pointStep, height, rowBytes, table, tiles, frame, pitch, inset, frameBytes] = all.slice(8);
    const bases = locals(f, TILES, "i32"), out = f.local("i32"), e = new Vectors(f, fma);
    const load = (base: Local, name: string, ...immediates: number[]) => {
      const v = f.local("v128");
      f.get(base).op(name, ...immediates).set(v);
      return v;
    };
    /** One row of four tiles: vector j has element j of each. */
    const row = () => {
      const columns = e.transpose(bases.map((base) => load(base, "v128.load")));
      if (size > 4) {
        const ends = bases.map((base) => load(base, "v128.load64_zero", 16));
        const [low, high] = [[0, 1], [2, 3]].map(([i, j]) => e.shuffle(ends[i], ends[j], [0, 4, 1, 5]));
        columns.push(e.shuffle(low, high, [0, 1, 4, 5]), e.shuffle(low, high, [2, 3, 6, 7]));
      }
      for (const base of bases) advance(f, base, pitch);
      return columns.slice(0, size);
    };
    f.get(frame).i32(0).get(frameBytes).op("memory.fill");
    eachPlane(f, all, (to, from) => {
      f.get(frame).get(inset).op("i32.add").get(pitch).get(from).get(rowBytes).get(height).get(rowBytes);
      f.op("f32.const", 0).op("call", copy);
      eachFour(f, tiles, (i) => {
        tilesAt(f, table, i, frame, bases);
        f.get(to).get(i).i32(2).op("i32.shl").op("i32.add").set(out);
        const points = inBothDimensions(e, form, Array.from({ length: size }, row)).flat();
        for (const point of points) {
          f.get(out).get(point).op("v128.store");
          advance(f, out, pointStep);
        }
      });
    });
  });
}

function addCombine(module: ModuleBuilder, step: number, copy: number, fma: boolean): void {
  module.add("combine", repeat<ValueType>(17, "i32"), [], (f, ...all) => {
    const [pointStep, height, rowBytes, table, tiles, frame, pitch, bias, biasStep] = all.slice(8);
    const bases = locals(f, TILES, "i32"), at = f.local("i32"), e = new Vectors(f, fma);
    eachPlane(f, all, (to, from, plane) => {
      eachFour(f, tiles, (i) => {
        f.get(from).get(i).i32(2).op("i32.shl").op("i32.add").set(at);
        const points = Array.from({ length: POINTS }, () =>
          Array.from({ length: POINTS }, () => {
            const v = f.local("v128");
            f.get(at).op("v128.load").set(v);
            advance(f, at, pointStep);
            return v;
          }));
        tilesAt(f, table, i, frame, bases);
        for (const row of inBothDimensions(e, combine(step), points)) {
          const square = [...row, ...repeat(4 - step, row[0])];
          e.transpose(square).forEach((tile, lane) => {
            f.get(bases[lane]).get(tile);
            if (step === 4) f.op("v128.store");
            else for (let j = 0; j < step; j++) f.op("v128.store32_lane", 4 * j, j);
            advance(f, bases[lane], pitch);
          });
        }
      });
      f.get(to).get(rowBytes).get(frame).get(pitch).get(height).get(rowBytes);
      f.get(bias).get(plane).get(biasStep).op("i32.mul").op("i32.add").op("f32.load").op("call", copy);
    });
  });
}

function addFilters(module: ModuleBuilder, name: string, taps: number, turned: boolean, fma: boolean): void {
  const size = taps * taps;
  module.add(name, repeat<ValueType>(4, "i32"), [], (f, count, to, pointStep, from) => {
    const at = f.local("i32"), out = f.local("i32"), e = new Vectors(f, fma);
    eachFour(f, count, (i) => {
      f.get(from).get(i).i32(4 * size).op("i32.mul").op("i32.add").set(at);
      f.get(to).get(i).i32(2).op("i32.shl").op("i32.add").set(out);
      const rows = Array.from({ length: taps }, (_, y) =>
        Array.from({ length: taps }, (_, x) => {
          const tap = y * taps + x, v = f.local("v128");
          f.op("v128.const", repeat(16, 0)).set(v);
          for (let lane = 0; lane < TILES; lane++) {
            const byte = 4 * (lane * size + (turned ? size - 1 - tap : tap));
            f.get(at).get(v).op("v128.load32_lane", byte, lane).set(v);
          }
          return v;
        }));
      for (const point of inBothDimensions(e, evaluate, rows).flat()) {
        f.get(out).get(point).op("v128.store");
        advance(f, out, pointStep);
      }
    });
  });
}

function addGather(module: ModuleBuilder, taps: number, fma: boolean): void {
  const size = taps * taps;
  module.add("gather", repeat<ValueType>(4, "i32"), [], (f, count, to, pointStep, from) => {
    const at = f.local("i32"), out = f.local("i32"), e = new Vectors(f, fma);
    eachFour(f, count, (i) => {
      f.get(from).get(i).i32(2).op("i32.shl").op("i32.add").set(at);
      f.get(to).get(i).i32(4 * size).op("i32.mul").op("i32.add").set(out);
      const points = Array.from({ length: POINTS }, () =>
        Array.from({ length: POINTS }, () => {
          const v = f.local("v128");
          f.get(at).op("v128.load").set(v);
          advance(f, at, pointStep);
          return v;
        }));
      inBothDimensions(e, combine(taps), points).flat().forEach((tap, t) => {
        for (let lane = 0; lane < TILES; lane++) {
          f.get(out).get(tap).op("v128.store32_lane", 4 * (lane * size + t), lane);
        }
      });
    });
  });
}
