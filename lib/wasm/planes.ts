/** Planes in a frame: what kernels over windows begin with, so that they need to know neither edges nor strides. */
import type { FunctionBuilder, Local, ModuleBuilder, ValueType } from "./assemble.ts";
import { advance, type FloatWords, laneBytes, locals, repeat } from "./gemm_kernels.ts";

/** Pushes every second element from `at` on; the second load begins early, so as not to read behind the last one. */
export function loadEven(f: FunctionBuilder, t: FloatWords, at: Local): void {
  const lanes = Array.from({ length: t.lanes }, (_, i) => 2 * i < t.lanes ? 2 * i : 2 * i + 1);
  f.get(at).op("v128.load").get(at).op("v128.load", 16 - t.bytes).op(
    "i8x16.shuffle",
    laneBytes(lanes, t.bytes),
  );
}

/**
 * Adds `fill(from, frame, frameBytes, rows, rowBytes, table, passes, passTable, fromStep, toStep)`: `rows` rows of
 * `rowBytes` into the frame, each where `table` says. Every pass moves some elements of a row, `fromStep` bytes apart in
 * the row and `toStep` in the frame: `passTable` has the byte of the row it begins with, the byte in the frame's row, and
 * how many elements it moves.
 */
export function addFill(module: ModuleBuilder, t: FloatWords): number {
  return module.add("fill", repeat<ValueType>(10, "i32"), [], (f, ...all) => {
    const [from, frame, , rows, rowBytes, table, passes, passTable, fromStep, toStep] = all;
    const [row, pass, to, at, more, left] = locals(f, 6, "i32");
    f.get(rows).set(left).get(table).set(row);
    f.while(() => f.get(left), () => {
      f.get(passTable).set(pass).get(passes).set(more);
      f.while(() => f.get(more), () => {
        const count = f.local("i32");
        f.get(row).op("i32.load").get(frame).op("i32.add").get(pass).op("i32.load", 4).op("i32.add").set(to);
        f.get(from).get(pass).op("i32.load").op("i32.add").set(at).get(pass).op("i32.load", 8).set(count);
        const vectors = (emit: () => void, step: number) =>
          f.while(() => f.get(count).i32(t.lanes).op("i32.ge_s"), () => {
            f.get(to);
            emit();
            f.op("v128.store").increment(to, 16).increment(at, 16 * step).increment(count, -t.lanes);
          });
        f.get(toStep).i32(t.bytes).op("i32.eq").if(() => {
          f.get(fromStep).i32(t.bytes).op("i32.eq").if(() => vectors(() => f.get(at).op("v128.load"), 1));
          f.get(fromStep).i32(2 * t.bytes).op("i32.eq").if(() => vectors(() => loadEven(f, t, at), 2));
        });
        f.while(() => f.get(count), () => {
          f.get(to).get(at).op(`${t.scalar}.load`).op(`${t.scalar}.store`);
          advance(f, to, toStep);
          advance(f, at, fromStep);
          f.increment(count, -1);
        });
        f.increment(pass, 12).increment(more, -1);
      });
      advance(f, from, rowBytes);
      f.increment(row, 4).increment(left, -1);
    });
  });
}

/**
 * Loops over images and groups: `body` finds each operand at a local that moves along, and the first operand's planes in
 * the frame, whose bytes are a multiple of 16, with `padding` around them.
 */
export function eachGroup(
  f: FunctionBuilder,
  fill: number,
  images: Local,
  groups: Local,
  operands: readonly (readonly [address: Local, image: Local | null, group: Local])[],
  frame: readonly Local[],
  padding: Local,
  body: (at: readonly Local[]) => void,
): void {
  const at = locals(f, operands.length, "i32"), left = f.local("i32");
  const end = f.local("i32"), to = f.local("i32");
  f.get(frame[0]).set(to).get(frame[0]).get(frame[1]).op("i32.add").set(end);
  f.while(() => f.get(to).get(end).op("i32.lt_u"), () => {
    f.get(to).get(padding).op("v128.store").increment(to, 16);
  });
  f.while(() => f.get(images), () => {
    operands.forEach(([address], i) => f.get(address).set(at[i]));
    f.get(groups).set(left);
    f.while(() => f.get(left), () => {
      [at[0], ...frame].reduce((f, x) => f.get(x), f).op("call", fill);
      body(at);
      operands.forEach(([, , group], i) => advance(f, at[i], group));
      f.increment(left, -1);
    });
    for (const [address, image] of operands) if (image) advance(f, address, image);
    f.increment(images, -1);
  });
}
