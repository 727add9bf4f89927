/**
 * Pooling as WebAssembly: maxima of windows with their places, sums of windows, and what is given back to places.
 *
 * Planes are put into a frame as for direct convolution (planes.ts); windows next to each other are the lanes of a vector.
 */
import { type FunctionBuilder, type Local, ModuleBuilder, type ValueType } from "./assemble.ts";
import { advance, type Float, floatWords, locals, repeat } from "./gemm_kernels.ts";
import { addFill, eachGroup } from "./planes.ts";

/**
 * Builds the module that exports `sums(planes, x, xStep, y, yStep, divisor, lines, width, lineTable, taps, tapTable, ...frame)`:
 * the sum of each window, divided. A line is a row of `width` windows, at least a vector; `lineTable` says where in the frame it
 * begins, `tapTable` how far from there an element of the window is; for the frame see {@link addFill}.
 */
export function sumsModule(type: Float): ModuleBuilder {
  const module = new ModuleBuilder(), t = floatWords[type], fill = addFill(module, t);
  const types: ValueType[] = repeat(20, "i32");
  types[5] = t.scalar;
  module.add("sums", types, [], (f, planes, x, xStep, y, yStep, divisor, ...more) => {
    const [lines, width, lineTable, taps, tapTable, ...frame] = more, by = f.local("v128");
    const [at, p, tap, left] = locals(f, 4, "i32"), sum = f.local("v128"), one = oneGroup(f);
    f.get(divisor).op(`${t.vector}.splat`).set(by);
    const operands = [[x, xStep, one], [y, yStep, one]] as const;
    eachGroup(f, fill, planes, one, operands, frame, f.constant(repeat(16, 0)), ([, to]) => {
      eachVector(f, lines, width, t.bytes, lineTable, 4, to, (line, column, target) => {
        f.get(line).op("i32.load").get(frame[0]).op("i32.add").get(column).op("i32.add").set(at);
        f.op("v128.const", repeat(16, 0)).set(sum).get(tapTable).set(tap).get(taps).set(left);
        f.loop(() => {
          f.get(tap).op("i32.load").get(at).op("i32.add").set(p);
          f.get(sum).get(p).op("v128.load").op(`${t.vector}.add`).set(sum);
          f.increment(tap, 4).get(left).i32(1).op("i32.sub").tee(left).op("br_if", 0);
        });
        f.get(target).get(sum).get(by).op(`${t.vector}.div`).op("v128.store");
      });
    });
  });
  return module;
}

/**
 * Builds the module for float32 that exports
 *
 * - `maxima(planes, x, xStep, y, yStep, found, foundStep, step, lines, width, lineTable, columnTable, taps, tapTable,
 *   ...frame)`: the first maximum of each window, or the last NaN, and its place in the plane. `lineTable` has three words
 *   for a line: where it begins in the frame, the place in the plane where its first window begins, padding included, and
 *   the place of its first row within the plane. `columnTable` has the first column of each window within the plane,
 *   `tapTable` two words for a tap: how far it is in the frame, and in the plane. Windows are `step` columns apart.
 * - `scatter(planes, x, xBytes, y, found, count)`: planes of `xBytes` of zeros, with `count` elements of y each added at
 *   the places `found`.
 */
export function maximaModule(): ModuleBuilder {
  const module = new ModuleBuilder(), t = floatWords.float32, fill = addFill(module, t);
  const lowest = [...new Uint8Array(new Float32Array(4).fill(-Infinity).buffer)];
  module.add("maxima", repeat<ValueType>(23, "i32"), [], (f, ...all) => {
    const [planes, x, xStep, y, yStep, found, foundStep, step, lines, width] = all;
    const [lineTable, columnTable, taps, tapTable] = all.slice(10), frame = all.slice(14), one = oneGroup(f);
    const [at, tap, left] = locals(f, 3, "i32"),
      [best, place, value, here, wins, apart] = locals(f, 6, "v128");
    const lanes = f.constant([...new Uint8Array(Int32Array.of(0, 1, 2, 3).buffer)]);
    f.get(step).op("i32x4.splat").get(lanes).op("i32x4.mul").set(apart);
    const operands = [[x, xStep, one], [y, yStep, one], [found, foundStep, one]] as const;
    eachGroup(f, fill, planes, one, operands, frame, f.constant(lowest), ([, to, toPlaces]) => {
      eachVector(f, lines, width, 4, lineTable, 12, to, (line, column, target) => {
        f.get(line).op("i32.load").get(frame[0]).op("i32.add").get(column).op("i32.add").set(at);
        f.get(line).op("i32.load", 8).op("i32x4.splat");
        f.get(columnTable).get(column).op("i32.add").op("v128.load").op("i32x4.add").set(place);
        f.get(line).op("i32.load", 4).get(column).i32(2).op("i32.shr_u").get(step).op("i32.mul").op(
          "i32.add",
        );
        f.op("i32x4.splat").get(apart).op("i32x4.add").set(here);
        f.get(f.constant(lowest)).set(best).get(tapTable).set(tap).get(taps).set(left);
        f.loop(() => {
          f.get(tap).op("i32.load").get(at).op("i32.add").op("v128.load").tee(value);
          f.get(best).op("f32x4.gt").get(value).get(value).op("f32x4.ne").op("v128.or").set(wins);
          f.get(value).get(best).get(wins).op("v128.bitselect").set(best);
          f.get(here).get(tap).op("v128.load32_splat", 4).op("i32x4.add").get(place).get(wins);
          f.op("v128.bitselect").set(place);
          f.increment(tap, 8).get(left).i32(1).op("i32.sub").tee(left).op("br_if", 0);
        });
        f.get(target).get(best).op("v128.store");
        f.get(target).get(to).op("i32.sub").get(toPlaces).op("i32.add").get(place).op("v128.store");
      });
    });
  });
  module.add("scatter", repeat<ValueType>(6, "i32"), [], (f, planes, x, xBytes, y, found, count) => {
    const left = f.local("i32"), at = f.local("i32");
    f.while(() => f.get(planes), () => {
      f.get(x).i32(0).get(xBytes).op("memory.fill").get(count).set(left);
      f.while(() => f.get(left), () => {
        f.get(found).op("i32.load").i32(2).op("i32.shl").get(x).op("i32.add").tee(at);
        f.get(at).op("f32.load").get(y).op("f32.load").op("f32.add").op("f32.store");
        f.increment(found, 4).increment(y, 4).increment(left, -1);
      });
      advance(f, x, xBytes);
      f.increment(planes, -1);
    });
  });
  return module;
}

/** A local that is 1: the groups of planes that are each on their own, and so never stepped over. */
function oneGroup(f: FunctionBuilder): Local {
  const one = f.local("i32");
  f.i32(1).set(one);
  return one;
}

/** Calls `body` for each vector of results of all lines; the last of a line ends at its end. */
function eachVector(
  f: FunctionBuilder,
  lines: Local,
  width: Local,
  bytes: number,
  table: Local,
  entry: number,
  to: Local,
  body: (line: Local, column: Local, target: Local) => void,
): void {
  const [line, rest, next, last, column, target, toLine] = locals(f, 7, "i32");
  f.get(lines).set(rest).get(table).set(line).get(to).set(toLine);
  f.get(width).i32(Math.log2(bytes)).op("i32.shl").i32(16).op("i32.sub").set(last);
  f.while(() => f.get(rest), () => {
    f.i32(0).set(next);
    f.while(() => f.get(next).get(last).i32(16).op("i32.add").op("i32.lt_s"), () => {
      f.get(next).get(last).get(next).get(last).op("i32.lt_s").op("select").set(column);
      f.get(toLine).get(column).op("i32.add").set(target);
      body(line, column, target);
      f.increment(next, 16);
    });
    f.get(toLine).get(last).op("i32.add").i32(16).op("i32.add").set(toLine);
    f.increment(line, entry).increment(rest, -1);
  });
}
