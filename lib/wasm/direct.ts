/**
 * Convolution without a matrix, as WebAssembly: for few channels, and for channels in groups of their own (depthwise).
 *
 * The planes of one group are copied into a frame that stays in the nearest caches; there each tap of the kernel is a
 * distance from where a row of windows begins, whatever stride, dilation and rank. Windows next to each other go into the
 * lanes of a vector. Knows addresses, nothing of tensors.
 */
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
import { addFill, eachGroup } from "./planes.ts";

/**
 * Builds the module that exports `convolve` and `weigh`. Both begin with the number of images, then for the operands the
 * address, the bytes from image to image and from group to group, and take as the last nine those of {@link addFill}.
 *
 * - `convolve(images, groups, x, xImage, xGroup, y, yImage, yGroup, weight, weightGroup, bias, biasGroup, outputs,
 *   outputStep, lines, width, lineTable, taps, tapTable, ...frame)`: weights are [group, tap, output]. A line is a row of
 *   `width` windows; `lineTable` says where in the frame it begins, `tapTable` how far from there a tap is.
 * - `weigh(images, groups, x, xImage, xGroup, g, gImage, gGroup, weight, weightGroup, outputs, outputStep, lines, width,
 *   lineTable, taps, tapTable, ...frame)`: adds to weights [group, output, tap]. Width is at least a vector.
 */
export function directModule(type: Float, fma: boolean): ModuleBuilder {
  const module = new ModuleBuilder(), t = floatWords[type];
  const fill = addFill(module, t);
  addConvolve(module, t, fma, fill);
  addWeigh(module, t, fma, fill);
  return module;
}

/** Vectors of windows in a tile, and outputs: eight sums hide the latency of FMA. */
const TILES = [[8, [1]], [4, [2, 1]], [2, [4, 2, 1]], [1, [8, 4, 2, 1]]] as const;

function addConvolve(module: ModuleBuilder, t: FloatWords, fma: boolean, fill: number): void {
  module.add("convolve", repeat<ValueType>(28, "i32"), [], (f, ...all) => {
    const [images, groups, x, xImage, xGroup, y, yImage, yGroup, weight, weightGroup, bias, biasGroup] = all;
    const [outputs, outputStep, lines, width, lineTable, taps, tapTable] = all.slice(12, 19);
    const frame = all.slice(19), [more, line, toLine, lineAt, next, last, column] = locals(f, 7, "i32");
    const [toOutput, fromWeight, fromBias, w, tap, p, left, weightStep] = locals(f, 8, "i32");
    const sums = locals(f, 8, "v128"), loaded = locals(f, 4, "v128"), factor = f.local("v128");

    /** One tile: `high` outputs from `column` on, `wide` vectors. */
    function tile(high: number, wide: number): void {
      for (let i = 0; i < high; i++) {
        f.get(fromBias).op(t.splat, i * t.bytes).set(sums[i * wide]);
        for (let j = 1; j < wide; j++) f.get(sums[i * wide]).set(sums[i * wide + j]);
      }
      f.get(fromWeight).set(w).get(tapTable).set(tap).get(taps).set(left);
      f.loop(() => {
        f.get(tap).op("i32.load").get(lineAt).op("i32.add").set(p);
        const load = (j: number) => f.get(p).op("v128.load", 16 * j).set(loaded[j % 4]);
        if (high > 1) { for (let j = 0; j < wide; j++) load(j); }
        for (let i = 0; i < high; i++) {
          f.get(w).op(t.splat, i * t.bytes).set(factor);
          for (let j = 0; j < wide; j++) {
            if (high === 1) load(j);
            emitMadd(f, t, fma, factor, loaded[j % 4], sums[i * wide + j]);
          }
        }
        advance(f, w, weightStep);
        f.increment(tap, 4).get(left).i32(1).op("i32.sub").tee(left).op("br_if", 0);
      });
      f.get(toLine).get(column).op("i32.add").set(p);
      for (let i = 0; i < high; i++) {
        for (let j = 0; j < wide; j++) f.get(p).get(sums[i * wide + j]).op("v128.store", 16 * j);
        if (i + 1 < high) advance(f, p, outputStep);
      }
    }

    /** All lines of `high` outputs: a tile that does not fit ends at the end and does some windows twice. */
    function eachLine(high: number, wide: number): void {
      const bytes = 16 * wide;
      f.get(lineTable).set(line).get(toOutput).set(toLine);
      f.get(width).i32(Math.log2(t.bytes)).op("i32.shl").i32(bytes).op("i32.sub").set(last);
      const rest = f.local("i32");
      f.get(lines).set(rest);
      f.while(() => f.get(rest), () => {
        f.i32(0).set(next);
        f.while(() => f.get(next).get(last).i32(bytes).op("i32.add").op("i32.lt_s"), () => {
          f.get(next).get(last).get(next).get(last).op("i32.lt_s").op("select").set(column);
          f.get(line).op("i32.load").get(frame[0]).op("i32.add").get(column).op("i32.add").set(lineAt);
          tile(high, wide);
          f.increment(next, bytes);
        });
        f.get(toLine).get(width).i32(Math.log2(t.bytes)).op("i32.shl").op("i32.add").set(toLine);
        f.increment(line, 4).increment(rest, -1);
      });
    }

    const operands = [[x, xImage, xGroup], [y, yImage, yGroup], [weight, null, weightGroup], [
      bias,
      null,
      biasGroup,
    ]] as const;
    f.get(outputs).i32(Math.log2(t.bytes)).op("i32.shl").set(weightStep);
    eachGroup(
      f,
      fill,
      images,
      groups,
      operands,
      frame,
      f.constant(repeat(16, 0)),
      ([, toPlane, weights, biases]) => {
        f.get(toPlane).set(toOutput).get(weights).set(fromWeight).get(biases).set(fromBias).get(outputs).set(
          more,
        );
        const all = (high: number, wide: number) =>
          f.while(() => f.get(more).i32(high).op("i32.ge_s"), () => {
            eachLine(high, wide);
            f.get(toOutput).get(outputStep).i32(high).op("i32.mul").op("i32.add").set(toOutput);
            f.increment(fromWeight, high * t.bytes).increment(fromBias, high * t.bytes).increment(
              more,
              -high,
            );
          });
        const choose = (i: number): void => {
          const [wide, heights] = TILES[i], tiles = () => heights.forEach((high) => all(high, wide));
          if (i === TILES.length - 1) return tiles();
          const windows = wide * t.lanes;
          f.get(width).i32(windows).op("i32.ge_s");
          // as wide as leaves at most a quarter of the windows to be done twice
          f.get(width).i32(windows - 1).op("i32.add").i32(-windows).op("i32.and").i32(4).op("i32.mul");
          f.get(width).i32(5).op("i32.mul").op("i32.le_s").op("i32.and");
          // eight vectors are for depthwise convolution (a tenth faster): two outputs share what four load
          if (wide === 8) f.get(outputs).i32(1).op("i32.eq").op("i32.and");
          f.if(tiles, () => choose(i + 1));
        };
        choose(0);
      },
    );
  });
}

function addWeigh(module: ModuleBuilder, t: FloatWords, fma: boolean, fill: number): void {
  module.add("weigh", repeat<ValueType>(26, "i32"), [], (f, ...all) => {
    const [images, groups, x, xImage, xGroup, g, gImage, gGroup, weight, weightGroup] = all;
    const [outputs, outputStep, lines, width, lineTable, taps, tapTable] = all.slice(10, 17),
      frame = all.slice(17);
    const sums = locals(f, 8, "v128"),
      left = locals(f, 2, "v128"),
      right = f.local("v128"),
      mask = f.local("v128");
    const from = locals(f, 8, "i32"), [line, rest, at, last, column, more, tapsLeft] = locals(f, 7, "i32");
    const [fromOutput, toWeight, fromLine, to, tap, weightStep] = locals(f, 6, "i32");

    /** One vector of windows: g of `high` outputs times x at `wide` taps, of x only what `mask` leaves. */
    function step(high: number, wide: number, masked: boolean): void {
      f.get(fromLine).get(column).op("i32.add").set(to);
      for (let i = 0; i < high; i++) {
        f.get(to).op("v128.load").set(left[i]);
        if (masked) f.get(left[i]).get(mask).op("v128.and").set(left[i]);
        if (i + 1 < high) advance(f, to, outputStep);
      }
      for (let j = 0; j < wide; j++) {
        f.get(from[j]).get(at).op("i32.add").op("v128.load").set(right);
        if (masked) f.get(right).get(mask).op("v128.and").set(right);
        for (let i = 0; i < high; i++) emitMadd(f, t, fma, left[i], right, sums[i * wide + j]);
      }
    }

    function block(high: number, wide: number): void {
      for (let s = 0; s < high * wide; s++) f.op("v128.const", repeat(16, 0)).set(sums[s]);
      for (let j = 0; j < wide; j++) {
        f.get(tap).op("i32.load", 4 * j).get(frame[0]).op("i32.add").set(from[j]);
      }
      f.get(lines).set(rest).get(lineTable).set(line).get(fromOutput).set(fromLine);
      f.while(() => f.get(rest), () => {
        f.i32(0).set(column).get(line).op("i32.load").set(at);
        f.while(() => f.get(column).get(last).op("i32.le_s"), () => {
          step(high, wide, false);
          f.increment(column, 16).increment(at, 16);
        });
        // what is left of the line with the vector that ends at its end
        f.get(column).get(last).op("i32.sub").i32(16).op("i32.lt_s").if(() => {
          f.get(line).op("i32.load").get(last).op("i32.add").set(at).get(last).set(column);
          step(high, wide, true);
        });
        f.get(fromLine).get(width).i32(Math.log2(t.bytes)).op("i32.shl").op("i32.add").set(fromLine);
        f.increment(line, 4).increment(rest, -1);
      });
      f.get(toWeight).set(to);
      for (let i = 0; i < high; i++) {
        for (let j = 0; j < wide; j++) {
          const sum = sums[i * wide + j];
          f.get(to).get(to).op(`${t.scalar}.load`, j * t.bytes);
          for (let lane = 0; lane < t.lanes; lane++) {
            f.get(sum).op(`${t.vector}.extract_lane`, lane).op(`${t.scalar}.add`);
          }
          f.op(`${t.scalar}.store`, j * t.bytes);
        }
        advance(f, to, weightStep);
      }
    }

    function eachTap(high: number): void {
      const start = f.local("i32");
      f.get(taps).set(tapsLeft).get(tapTable).set(tap).get(toWeight).set(start);
      for (let wide = 8 / high; wide >= 1; wide /= 2) {
        f.while(() => f.get(tapsLeft).i32(wide).op("i32.ge_s"), () => {
          block(high, wide);
          f.increment(tap, 4 * wide).increment(toWeight, wide * t.bytes).increment(tapsLeft, -wide);
        });
      }
      f.get(start).set(toWeight);
    }

    // lanes that the whole vectors of a line did not have: the last width % lanes
    const laneMasks = Array.from(
      { length: t.lanes },
      (_, rest) =>
        Array.from({ length: 16 }, (_, byte) => Math.floor(byte / t.bytes) >= t.lanes - rest ? 255 : 0),
    );
    laneMasks.forEach((bytes, rest) => {
      f.get(width).i32(t.lanes - 1).op("i32.and").i32(rest).op("i32.eq").if(() =>
        f.op("v128.const", bytes).set(mask)
      );
    });
    f.get(width).i32(Math.log2(t.bytes)).op("i32.shl").i32(16).op("i32.sub").set(last);
    f.get(taps).i32(Math.log2(t.bytes)).op("i32.shl").set(weightStep);
    const operands = [[x, xImage, xGroup], [g, gImage, gGroup], [weight, null, weightGroup]] as const;
    eachGroup(f, fill, images, groups, operands, frame, f.constant(repeat(16, 0)), ([, plane, weights]) => {
      f.get(plane).set(fromOutput).get(weights).set(toWeight).get(outputs).set(more);
      for (const high of [2, 1]) {
        f.while(() => f.get(more).i32(high).op("i32.ge_s"), () => {
          eachTap(high);
          for (let i = 0; i < high; i++) {
            advance(f, fromOutput, outputStep);
            advance(f, toWeight, weightStep);
          }
          f.increment(more, -high);
        });
      }
    });
  });
}
