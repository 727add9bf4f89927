/**
 * Boxes of elements moved between any strides, in one call: what lays out patches of images and adds them up again.
 */
import { type Local, ModuleBuilder, type ValueType } from "./assemble.ts";
import { advance, type Float, type FloatWords, floatWords, locals, repeat } from "./gemm_kernels.ts";
import { loadEven } from "./planes.ts";

/** Dimensions of a box. */
export const DIMENSIONS = 6;

/**
 * Builds the module that exports `copy(to, from, ...dimensions)` and `add(...)`, which adds to what is there. For each
 * dimension, outermost first: its size, and the bytes from one element to the next in `to` and in `from`. Elements of
 * `to` that are the same are written in order. The innermost dimension is fast if both sides lie without gaps, and in
 * `copy` also if `from` has one number only, or every second element.
 */
export function boxModule(type: Float): ModuleBuilder {
  const module = new ModuleBuilder(), t = floatWords[type];
  addBox(module, t, "copy", false);
  addBox(module, t, "add", true);
  return module;
}

/** Where a row of the innermost dimension starts. */
interface Row {
  readonly to: Local;
  readonly from: Local;
}

function addBox(module: ModuleBuilder, t: FloatWords, name: string, adds: boolean): void {
  module.add(name, repeat<ValueType>(2 + 3 * DIMENSIONS, "i32"), [], (f, to, from, ...sizes) => {
    const [count, toStep, fromStep] = sizes.slice(-3);
    const [p, q, left] = [
      locals(f, DIMENSIONS, "i32"),
      locals(f, DIMENSIONS, "i32"),
      locals(f, DIMENSIONS, "i32"),
    ];
    const a = p[DIMENSIONS - 1], b = q[DIMENSIONS - 1], more = left[DIMENSIONS - 1];

    /** Loops over dimension `d` and those within it. */
    function nest(d: number, to: Local, from: Local, body: (row: Row) => void): void {
      if (d === DIMENSIONS - 1) return body({ to, from });
      f.get(to).set(p[d]).get(from).set(q[d]).get(sizes[3 * d]).set(left[d]);
      f.while(() => f.get(left[d]), () => {
        nest(d + 1, p[d], q[d], body);
        advance(f, p[d], sizes[3 * d + 1]);
        advance(f, q[d], sizes[3 * d + 2]);
        f.increment(left[d], -1);
      });
    }

    /** Whole vectors by `vector`, then what is left one by one. */
    function row({ to, from }: Row, vector: () => void): void {
      f.get(to).set(a).get(from).set(b).get(count).set(more);
      f.while(() => f.get(more).i32(t.lanes).op("i32.ge_s"), () => {
        vector();
        f.increment(a, 16).increment(more, -t.lanes);
        f.get(b).get(fromStep).i32(Math.log2(t.lanes)).op("i32.shl").op("i32.add").set(b);
      });
      f.while(() => f.get(more), one);
    }

    function one(): void {
      f.get(a).get(b).op(`${t.scalar}.load`);
      if (adds) f.get(a).op(`${t.scalar}.load`).op(`${t.scalar}.add`);
      f.op(`${t.scalar}.store`);
      advance(f, a, toStep);
      advance(f, b, fromStep);
      f.increment(more, -1);
    }

    /** Both sides without gaps. */
    const dense = (r: Row) =>
      row(r, () => {
        f.get(a).get(b).op("v128.load");
        if (adds) f.get(a).op("v128.load").op(`${t.vector}.add`);
        f.op("v128.store");
      });
    /** One number for all. */
    const filled = (r: Row) => row(r, () => f.get(a).get(r.from).op(t.splat).op("v128.store"));
    /** Every second element. */
    const halved = (r: Row) =>
      row(r, () => {
        f.get(a);
        loadEven(f, t, b);
        f.op("v128.store");
      });
    const sparse = ({ to, from }: Row) => {
      f.get(to).set(a).get(from).set(b).get(count).set(more);
      f.while(() => f.get(more), one);
    };

    const isStep = (step: Local, bytes: number) => f.get(step).i32(bytes).op("i32.eq");
    const otherwise = () => nest(0, to, from, sparse);
    isStep(toStep, t.bytes).if(() => {
      isStep(fromStep, t.bytes).if(() => nest(0, to, from, dense), () => {
        if (adds) return otherwise();
        isStep(fromStep, 0).if(() => nest(0, to, from, filled), () => {
          isStep(fromStep, 2 * t.bytes).if(() => nest(0, to, from, halved), otherwise);
        });
      });
    }, otherwise);
  });
}
