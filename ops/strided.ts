/** Views with any strides, and what writes through them. */
import { isOptions } from "../lib/arguments.ts";
import { itemSize } from "../lib/dtype.ts";
import { describe } from "../lib/errors.ts";
import { defineOp } from "../lib/op.ts";
import { asShape, checkExpands, isContiguous, type Shape, show, sizeOf } from "../lib/shape.ts";
import { asTensor, type Tensor, viewOf } from "../lib/tensor.ts";

/** A view by strides, and the strides of the tensor that it is a view of. */
interface StridedParams {
  readonly shape: Shape;
  readonly strides: readonly number[];
  /** Where it begins, counted from the first element of that tensor; negative if before it. */
  readonly offset: number;
  readonly layout: readonly number[];
  /** Scattering: elements that share a place add up there; otherwise the last one counts. */
  readonly adds?: boolean;
}

const runStrided: (inputs: readonly Tensor[], params: StridedParams) => Tensor = defineOp<StridedParams>({
  name: "asStrided",
  forward: ([x], { shape, strides, offset }) => viewOf(x, shape, strides, x.offset + offset),
  isView: true,
  keeps: "nothing",
  grad: [(g, [x], _y, params) => {
    return stridedScatter([g.newZeros(x.shape), g], { ...params, layout: x.strides, adds: true });
  }],
});

/** `into` with the part that asStrided shows replaced by `part`. */
const stridedScatter: (inputs: readonly Tensor[], params: StridedParams) => Tensor = defineOp<StridedParams>({
  name: "asStridedScatter",
  forward: ([into, part], params) => {
    const { shape, strides, offset, adds = false } = params;
    const y = laidOut(into, params), target = viewOf(y, shape, strides, y.offset + offset);
    if (!overlaps(shape, strides)) target.copy_(part);
    else putInto(target, part.expand(shape), adds);
    return y;
  },
  keeps: "nothing",
  grad: [
    (g, _inputs, _y, params) => stridedScatter([g, g.newZeros(params.shape)], params),
    (g, _inputs, _y, params) => runStrided([runLayOut([g], params)], params),
  ],
});

const runLayOut = defineOp<StridedParams>({
  name: "layOut",
  forward: ([x], params) => laidOut(x, params),
  keeps: "nothing",
  grad: [(g) => g],
});

/** A copy of `x` with the strides of `layout`, so that the view shows in it what it shows in the original. */
function laidOut(x: Tensor, { shape, strides, offset, layout }: StridedParams): Tensor {
  const reach = (shape: Shape, strides: readonly number[]) =>
    sizeOf(shape) === 0 ? 0 : shape.reduce((at, n, i) => at + (n - 1) * strides[i], 1);
  const before = Math.max(-offset, 0),
    size = Math.max(reach(x.shape, layout), offset + reach(shape, strides));
  if (isContiguous(x.shape, layout) && before === 0 && size <= sizeOf(x.shape)) return x.clone();
  const y = viewOf(x.newZeros([before + size]), x.shape, layout, before);
  y.copy_(x);
  return y;
}

/** Whether two indices may show one element. */
function overlaps(shape: Shape, strides: readonly number[]): boolean {
  const dims = shape.map((size, i) => [size, strides[i]]).filter(([size]) => size > 1).sort((a, b) =>
    a[1] - b[1]
  );
  let reach = 0;
  for (const [size, stride] of dims) {
    if (stride <= reach) return true;
    reach += (size - 1) * stride;
  }
  return false;
}

/** Writes `part` element by element into what `target` shows; those that share a place add up if `adds`. */
function putInto(target: Tensor, part: Tensor, adds: boolean): void {
  const all = target.storage.view(target.dtype), values = part.toTypedArray(), places = positions(target);
  for (let i = 0; i < places.length; i++) all[places[i]] = 0;
  for (let i = 0; i < places.length; i++) all[places[i]] = adds ? all[places[i]] + values[i] : values[i];
  target.storage.version++;
}

function positions({ shape, strides, offset }: Tensor): Int32Array {
  const result = new Int32Array(sizeOf(shape)), index = shape.map(() => 0);
  for (let i = 0, at = offset; i < result.length; i++) {
    result[i] = at;
    for (let d = shape.length - 1; d >= 0; d--) {
      at += strides[d];
      if (++index[d] < shape[d]) break;
      at -= strides[d] * shape[d];
      index[d] = 0;
    }
  }
  return result;
}

/** Where a strided view begins: in elements from the start of the storage; default: where the tensor begins. */
export type StorageOffset = number | null | { storageOffset?: number | null };

/**
 * A view with any strides, in elements, over the storage of `x`, whose first element it begins with unless told
 * otherwise. See {@link https://pytorch.org/docs/stable/generated/torch.as_strided.html}.
 *
 * @throws {RangeError} if an index would leave the storage.
 *
 * @example
 * ```ts
 * import { arange } from "@dinograd/dinograd";
 *
 * console.log(arange(6).asStrided([2, 2], [1, 2], 1).toArray()); // [[1, 3], [2, 4]]
 * ```
 */
export function asStrided(
  x: Tensor,
  shape: Shape,
  strides: readonly number[],
  storageOffset?: StorageOffset,
): Tensor {
  return runStrided([x], stridedParams("asStrided", x, shape, strides, storageOffset));
}

/** Checks that a view with these strides stays inside the storage of `x`. */
function stridedParams(
  name: string,
  x: Tensor,
  shape: Shape,
  strides: readonly number[],
  storageOffset: StorageOffset | undefined,
): StridedParams {
  const { storage, dtype } = asTensor(`call ${name}()`, "the first argument", x);
  const offset = (isOptions(storageOffset) ? storageOffset.storageOffset : storageOffset) ?? x.offset;
  const size = asShape(`call ${name}()`, shape);
  const fits = Array.isArray(strides) && strides.length === size.length &&
    strides.every((s) => Number.isSafeInteger(s) && s >= 0) && Number.isSafeInteger(offset) &&
    offset >= 0;
  const last = fits ? size.reduce((at, n, i) => at + Math.max(n - 1, 0) * strides[i], offset) : 0;
  if (!fits || (sizeOf(size) > 0 && last >= Math.floor(storage.bytes / itemSize[dtype]))) {
    throw new RangeError(
      `Cannot call ${name}() with shape ${describe(shape)}, strides ${describe(strides)} and offset ` +
        `${describe(offset)}: they must be whole, not negative, and stay inside the storage of ${
          show(x.shape)
        }`,
    );
  }
  return { shape: size, strides, offset: offset - x.offset, layout: x.strides };
}

/**
 * A copy of `x` in which what {@link asStrided} shows is replaced by `src`; where elements share a place, by the last. See
 * {@link https://pytorch.org/docs/stable/generated/torch.as_strided_scatter.html}.
 *
 * @example
 * ```ts
 * import { ones, zeros } from "@dinograd/dinograd";
 *
 * console.log(zeros([5]).asStridedScatter(ones([2]), [2], [3], 1).toArray()); // [0, 1, 0, 0, 1]
 * ```
 */
export function asStridedScatter(
  x: Tensor,
  src: Tensor,
  shape: Shape,
  strides: readonly number[],
  storageOffset?: StorageOffset,
): Tensor {
  const params = stridedParams("asStridedScatter", x, shape, strides, storageOffset);
  checkExpands("scatter", asTensor("scatter", "src", src).shape, params.shape);
  return stridedScatter([x, src], params);
}
