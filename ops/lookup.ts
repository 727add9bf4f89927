/** Looking elements up: in the flattened tensor, or along a broadcast dimension. */
import { asCount, asFlag, named } from "../lib/arguments.ts";
import { ShapeError } from "../lib/errors.ts";
import { fillElements } from "../lib/fill.ts";
import { checkIndices, type IndexLike, indexTensor, readIndices } from "../lib/indices.ts";
import { ORIGIN, type Places } from "../lib/blocks.ts";
import { changing, taking } from "../lib/places.ts";
import { broadcastShapes, resolveDim, show, sizeOf } from "../lib/shape.ts";
import { asTensor, empty, type Tensor } from "../lib/tensor.ts";
import { again } from "../lib/watch.ts";

const runTake = taking("take"), runPut = changing("put", "put"), runPutAdd = changing("putAdd", "add");

/** Places of single elements of `x` counted in row-major order. */
function elementsOf(name: string, x: Tensor, index: IndexLike): Places {
  const input = asTensor(`call ${name}()`, "the input", x), { values, shape } = readIndices(name, index);
  checkIndices(name, values, input.shape, -1, sizeOf(input.shape), true);
  return { outer: ORIGIN, at: values, block: 1, shape };
}

/**
 * Elements of `x` counted as if it were flat; negative indices count from the end. The result has the shape of the
 * index. See {@link https://pytorch.org/docs/stable/generated/torch.take.html}.
 *
 * @throws {RangeError} if an index is beyond the last element.
 *
 * @example
 * ```ts
 * import { take, tensor } from "@dinograd/dinograd";
 *
 * console.log(take(tensor([[4, 3], [2, 1]]), [0, -1]).toArray()); // [4, 1]
 * ```
 */
export function take(x: Tensor, index: IndexLike): Tensor {
  return runTake(x, elementsOf("take", x, index));
}

/** Reads the arguments of put. */
function putPlan(
  x: Tensor,
  index: IndexLike,
  source: Tensor,
  options: { accumulate?: boolean } | boolean,
): { add: boolean; places: Places; source: Tensor } {
  const { accumulate = false } = named<{ accumulate: boolean }>("put", [options], ["accumulate"]);
  const places = elementsOf("put", x, index), given = asTensor("call put()", "source", source);
  if (sizeOf(given.shape) !== places.at.length) {
    throw new ShapeError(
      `Cannot call put() with ${places.at.length} indices and source of shape ${
        show(given.shape)
      }: it must have as ` +
        `many elements`,
    );
  }
  if (given.dtype !== x.dtype) {
    throw new TypeError(
      `Cannot call put() on dtype ${x.dtype} with source of dtype ${given.dtype}: use .to()`,
    );
  }
  return { add: asFlag("put", "accumulate", accumulate), places, source: given.reshape(places.shape) };
}

/**
 * A copy of `x` whose elements at `index`, counted as if it were flat, are those of `source`, or have them added. See
 * {@link https://pytorch.org/docs/stable/generated/torch.Tensor.put_.html}.
 *
 * @example
 * ```ts
 * import { put, tensor, zeros } from "@dinograd/dinograd";
 *
 * console.log(put(zeros([2, 2]), [1, -1], tensor([5, 6])).toArray()); // [[0, 5], [0, 6]]
 * ```
 */
export function put(
  x: Tensor,
  index: IndexLike,
  source: Tensor,
  options: { accumulate?: boolean } | boolean = false,
): Tensor {
  const { add, places, source: given } = putPlan(x, index, source, options);
  return add ? runPutAdd(x, places, given) : runPut(x, places, given);
}

/**
 * {@link put} in place.
 *
 * @example
 * ```ts
 * import { tensor, zeros } from "@dinograd/dinograd";
 *
 * console.log(zeros([3]).put_([-1], tensor([7])).toArray()); // [0, 0, 7]
 * ```
 */
export function put_(
  x: Tensor,
  index: IndexLike,
  source: Tensor,
  options: { accumulate?: boolean } | boolean = false,
): Tensor {
  const { add, places, source: given } = putPlan(x, index, source, options);
  return (add ? runPutAdd : runPut).inPlace(x, places, given);
}

/**
 * {@link gather} with `x` and `indices` broadcast against each other in all dimensions but `dim`; without `dim`,
 * elements of the flattened tensor. Takes what argsort and argmax return. See
 * {@link https://pytorch.org/docs/stable/generated/torch.take_along_dim.html}.
 *
 * @example
 * ```ts
 * import { takeAlongDim, tensor } from "@dinograd/dinograd";
 *
 * console.log(takeAlongDim(tensor([[30, 10], [20, 40]]), tensor([[1], [0]]).int(), 1).toArray()); // [[10], [20]]
 * ```
 */
export function takeAlongDim(
  x: Tensor,
  indices: Tensor,
  dim?: number | null | { dim?: number | null },
): Tensor {
  const { dim: along = null } = named<{ dim: number | null }>(
    "takeAlongDim",
    dim === undefined || dim === null ? [] : [dim],
    ["dim"],
  );
  const input = asTensor("call takeAlongDim()", "the input", x);
  const index = asTensor("call takeAlongDim()", "indices", indices);
  if (along === null) return input.reshape([-1]).gather(0, index.reshape([-1]));
  if (input.shape.length !== index.shape.length) {
    throw new ShapeError(
      `Cannot call takeAlongDim() on ${show(input.shape)} with indices of shape ${
        show(index.shape)
      }: they must have as many dimensions`,
    );
  }
  const d = resolveDim("call takeAlongDim()", along, input.shape);
  const others = broadcastShapes(
    "call takeAlongDim() with shapes",
    input.shape.map((size, i) => i === d ? 1 : size),
    index.shape.map((size, i) => i === d ? 1 : size),
  );
  const withDim = (size: number) => others.map((other, i) => i === d ? size : other);
  const wide = index.expand(withDim(index.shape[d] ?? 1)), size = input.shape[d] ?? 1;
  const { values } = readIndices("takeAlongDim", wide);
  checkIndices("takeAlongDim", values, input.shape, d, size, true);
  return input.expand(withDim(size)).gather(d, indexTensor({ values, shape: wide.shape }));
}

/**
 * For each whole number of `x`, a row of `numClasses` zeros with a 1 at that place: int32, shape [..., numClasses]. By
 * default there are as many classes as the largest number needs. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.one_hot.html}.
 *
 * @throws {RangeError} if a number is negative or not below `numClasses`.
 *
 * @example
 * ```ts
 * import { oneHot, tensor } from "@dinograd/dinograd";
 *
 * console.log(oneHot(tensor([2, 0], { dtype: "int32" })).toArray()); // [[0, 0, 1], [1, 0, 0]]
 * ```
 */
export function oneHot(x: IndexLike, numClasses: number | { numClasses?: number } = -1): Tensor {
  const { numClasses: wanted = -1 } = named<{ numClasses: number }>("oneHot", [numClasses], ["numClasses"]);
  return again("oneHot", () => hotOnes(x, wanted));
}

function hotOnes(x: IndexLike, wanted: number): Tensor {
  const { values, shape } = readIndices("oneHot", x);
  let classes = wanted;
  if (wanted === -1) {
    classes = 0;
    for (let i = 0; i < values.length; i++) classes = Math.max(classes, values[i] + 1);
    if (values.length === 0) {
      throw new ShapeError(
        `Cannot call oneHot() on ${show(shape)}: without elements, numClasses must be given`,
      );
    }
  } else asCount("oneHot", "numClasses", wanted, values.length === 0 ? 1 : 0);
  for (let i = 0; i < values.length; i++) {
    if (values[i] >= 0 && values[i] < classes) continue;
    throw new RangeError(
      `Cannot call oneHot() on class ${values[i]} at position ${i}: it must be ${
        wanted === -1 ? "at least 0" : `from 0 to ${classes - 1}`
      }`,
    );
  }
  const y = empty([...shape, classes], "int32"), out = y.storage.view("int32");
  fillElements(y, 0);
  for (let i = 0; i < values.length; i++) out[y.offset + i * classes + values[i]] = 1;
  return y;
}
