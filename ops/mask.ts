/** Elements chosen by truth: masks, and the places where a tensor is not zero. */
import { asFlag, named } from "../lib/arguments.ts";
import { isFloat } from "../lib/dtype.ts";
import { ShapeError } from "../lib/errors.ts";
import { truePositions } from "../lib/indices.ts";
import { assign, checkPlaces, refuseLeaf } from "../lib/inplace.ts";
import { ORIGIN, type Places } from "../lib/blocks.ts";
import { changing, recorded, taking } from "../lib/places.ts";
import { pointwise } from "../lib/pointwise.ts";
import { Scalar } from "../lib/scalar.ts";
import { broadcastShapes, checkExpands, show, sizeOf, stridesOf } from "../lib/shape.ts";
import { asTensor, empty, type Tensor } from "../lib/tensor.ts";

const fill = pointwise("maskedFill", (k, x, mask, value) => k.select(k.truth(mask), value, x), {
  verb: "fill by mask",
  gradient: [(k, g, _y, _x, mask) => k.select(k.truth(mask), k.constant(0), g), false, null],
});

function asMask(name: string, mask: unknown): Tensor {
  const given = asTensor(`call ${name}()`, "mask", mask);
  if (given.dtype === "bool") return given;
  throw new TypeError(`Cannot call ${name}() with a mask of dtype ${given.dtype}: it must be bool`);
}

/** A number for whole dtypes as they hold it; a 0-d tensor in the dtype of `x`. */
function fillValue(name: string, x: Tensor, value: Tensor | Scalar | number): Tensor | Scalar | number {
  if (value instanceof Scalar) return isFloat(x.dtype) ? value : fillValue(name, x, value.value);
  if (typeof value === "number") {
    return x.dtype === "bool" ? Number(value !== 0) : isFloat(x.dtype) ? value : value | 0;
  }
  const given = asTensor(`call ${name}()`, "value", value);
  if (given.shape.length > 0) {
    throw new ShapeError(
      `Cannot call ${name}() with value of shape ${show(given.shape)}: it must be 0-d or a number`,
    );
  }
  if (isFloat(given.dtype) && !isFloat(x.dtype)) {
    throw new TypeError(
      `Cannot call ${name}() on dtype ${x.dtype} with a ${given.dtype} value: convert with .to()`,
    );
  }
  return given.to(x.dtype);
}

/**
 * A copy of `x` that has `value`, a number or a 0-d tensor, wherever `mask` is true; shapes broadcast. See
 * {@link https://pytorch.org/docs/stable/generated/torch.Tensor.masked_fill.html}.
 *
 * @throws {TypeError} if the mask is not bool.
 *
 * @example
 * ```ts
 * import { maskedFill, tensor } from "@dinograd/dinograd";
 *
 * console.log(maskedFill(tensor([1, 2, 3]), tensor([true, false, true]), 0).toArray()); // [0, 2, 0]
 * ```
 */
export function maskedFill(x: Tensor, mask: Tensor, value: Tensor | Scalar | number): Tensor {
  const input = asTensor("call maskedFill()", "the input", x), chosen = asMask("maskedFill", mask);
  const given = fillValue("maskedFill", input, value);
  if (isFloat(input.dtype)) return fill.apply([input, chosen, given]) as Tensor;
  const shape = broadcastShapes("fill by mask", input.shape, chosen.shape);
  return fill.applyInto(empty(shape, input.dtype), [input, chosen, given as Tensor | number]);
}

/**
 * {@link maskedFill} in place: the mask broadcasts to `x`.
 *
 * @example
 * ```ts
 * import { tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([1, 2]);
 * console.log(x.maskedFill_(x.gt(1), 0).toArray()); // [1, 0]
 * ```
 */
export function maskedFill_(x: Tensor, mask: Tensor, value: Tensor | Scalar | number): Tensor {
  const input = asTensor("call maskedFill_()", "the input", x), chosen = asMask("maskedFill_", mask);
  checkExpands("broadcast a mask of shape", chosen.shape, input.shape);
  const given = fillValue("maskedFill_", input, value);
  refuseLeaf("maskedFill_", input);
  if (recorded(input, given)) return assign("maskedFill_", input, () => maskedFill(input, chosen, given));
  checkPlaces("maskedFill_", input);
  const number = typeof given === "number" ? given : given instanceof Scalar ? given.value : given.item();
  return fill.applyInto(input, [input, chosen, number]);
}

const runSelect = taking("maskedSelect"), runScatter = changing("maskedScatter", "put");

/** Places of what a mask of the shape of x chooses. */
function chosenBy(mask: Tensor): Places {
  const at = truePositions(mask.toTypedArray());
  return { outer: ORIGIN, at, block: 1, shape: [at.length] };
}

/**
 * The elements of `x` where `mask` is true, in one dimension; shapes broadcast. See
 * {@link https://pytorch.org/docs/stable/generated/torch.masked_select.html}.
 *
 * @example
 * ```ts
 * import { maskedSelect, tensor } from "@dinograd/dinograd";
 *
 * console.log(maskedSelect(tensor([[1, 2], [3, 4]]), tensor([true, false])).toArray()); // [1, 3]
 * ```
 */
export function maskedSelect(x: Tensor, mask: Tensor): Tensor {
  const input = asTensor("call maskedSelect()", "the input", x), chosen = asMask("maskedSelect", mask);
  const shape = broadcastShapes("select by mask", input.shape, chosen.shape);
  return runSelect(input.expand(shape), chosenBy(chosen.expand(shape)));
}

/** Reads the arguments of maskedScatter: which places of `x`, and the elements of `source` that go there. */
function scatterPlan(name: string, x: Tensor, mask: Tensor, source: Tensor): [Places, Tensor] {
  const chosen = asMask(name, mask), given = asTensor(`call ${name}()`, "source", source);
  const places = chosenBy(chosen.expand(x.shape)), count = places.at.length;
  if (given.dtype !== x.dtype) {
    throw new TypeError(
      `Cannot call ${name}() on dtype ${x.dtype} with source of dtype ${given.dtype}: use .to()`,
    );
  }
  if (sizeOf(given.shape) < count) {
    throw new ShapeError(
      `Cannot call ${name}() with source of shape ${
        show(given.shape)
      }: the mask is true at ${count} places, it must ` +
        `have as many elements`,
    );
  }
  return [places, given.reshape([-1]).narrow(0, 0, count)];
}

/**
 * A copy of `x` where the elements at which `mask` is true are, in order, the first of `source`; shapes of x and mask
 * broadcast. See {@link https://pytorch.org/docs/stable/generated/torch.Tensor.masked_scatter_.html}.
 *
 * @example
 * ```ts
 * import { maskedScatter, tensor, zeros } from "@dinograd/dinograd";
 *
 * console.log(maskedScatter(zeros([3]), tensor([true, false, true]), tensor([7, 8])).toArray()); // [7, 0, 8]
 * ```
 */
export function maskedScatter(x: Tensor, mask: Tensor, source: Tensor): Tensor {
  const input = asTensor("call maskedScatter()", "the input", x), chosen = asMask("maskedScatter", mask);
  const wide = input.expand(broadcastShapes("scatter by mask", input.shape, chosen.shape));
  return runScatter(wide, ...scatterPlan("maskedScatter", wide, chosen, source));
}

/**
 * {@link maskedScatter} in place: the mask broadcasts to `x`.
 *
 * @example
 * ```ts
 * import { tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([1, 2]);
 * console.log(x.maskedScatter_(x.gt(1), tensor([9])).toArray()); // [1, 9]
 * ```
 */
export function maskedScatter_(x: Tensor, mask: Tensor, source: Tensor): Tensor {
  const input = asTensor("call maskedScatter_()", "the input", x);
  return runScatter.inPlace(input, ...scatterPlan("maskedScatter_", input, mask, source));
}

/**
 * The indices of all elements that are not zero: int32 [n, number of dimensions], or with `asTuple` one list of n
 * indices per dimension. See {@link https://pytorch.org/docs/stable/generated/torch.nonzero.html}.
 *
 * @example
 * ```ts
 * import { nonzero, tensor } from "@dinograd/dinograd";
 *
 * console.log(nonzero(tensor([[0, 1], [1, 0]])).toArray()); // [[0, 1], [1, 0]]
 * ```
 */
export function nonzero(x: Tensor, options: { asTuple: true }): Tensor[];
/** The places as the rows of one tensor [n, dimensions]. */
/** As one tensor. */
export function nonzero(x: Tensor, options?: { asTuple?: false }): Tensor;
export function nonzero(x: Tensor, options: { asTuple?: boolean } = {}): Tensor | Tensor[] {
  const { asTuple = false } = named<{ asTuple: boolean }>("nonzero", [options], [], ["asTuple"]);
  const { shape } = asTensor("call nonzero()", "the input", x), rank = shape.length;
  const at = truePositions(x.toTypedArray()), n = at.length, strides = stridesOf(shape);
  if (!asFlag("nonzero", "asTuple", asTuple)) {
    const y = empty([n, rank], "int32"), out = y.storage.view("int32");
    for (let d = 0; d < rank; d++) coordinates(at, strides[d], shape[d], out, y.offset + d, rank);
    return y;
  }
  return (rank === 0 ? [1] : shape).map((size, d) => {
    const y = empty([n], "int32");
    coordinates(at, strides[d] ?? 1, size, y.storage.view("int32"), y.offset, 1);
    return y;
  });
}

/** Writes the coordinate along one dimension of each position. */
function coordinates(
  at: Int32Array,
  stride: number,
  size: number,
  out: Int32Array | Float32Array | Float64Array | Uint8Array,
  start: number,
  step: number,
): void {
  for (let i = 0; i < at.length; i++) out[start + i * step] = ((at[i] / stride) | 0) % size;
}

/**
 * {@link nonzero} without options. See {@link https://pytorch.org/docs/stable/generated/torch.argwhere.html}.
 *
 * @example
 * ```ts
 * import { argwhere, tensor } from "@dinograd/dinograd";
 *
 * console.log(argwhere(tensor([0, 5, 6])).toArray()); // [[1], [2]]
 * ```
 */
export function argwhere(x: Tensor): Tensor {
  return nonzero(x);
}
