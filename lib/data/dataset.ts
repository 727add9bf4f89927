/** Datasets: numbered samples, from tensors or from a class of the user's own, and samples that come in turn. */
import { describe, ShapeError } from "../errors.ts";
import { show } from "../shape.ts";
import { asTensor, empty, type Tensor } from "../tensor.ts";

/**
 * Samples by number. Any object with `length` and `get` is one; see
 * {@link https://pytorch.org/docs/stable/data.html#torch.utils.data.Dataset}.
 *
 * @example
 * ```ts
 * import { data } from "@dinograd/dinograd";
 *
 * const squares: data.Dataset<number[]> = { length: 8, get: (i) => [i, i * i] };
 * for (const [x, y] of new data.DataLoader(squares, { batchSize: 4 })) console.log(x.shape, y.shape); // [4] [4], twice
 * ```
 */
export interface Dataset<T> {
  /** How many samples there are. */
  readonly length: number;
  /** Sample number `index`, from 0 on; a promise where it has to be read first, which `for await` waits for. */
  get(index: number): T;
  /** Several samples as one batch, where that is faster than one by one; loaders without `collateFn` use it. */
  batch?(indices: Int32Array): unknown;
}

/** What functions take for a {@link Dataset}: one, or an array of samples. */
export type Samples<T> = Dataset<T> | readonly T[];

/**
 * Samples that come in turn, each pass from the start; how many is not known. See
 * {@link https://pytorch.org/docs/stable/data.html#torch.utils.data.IterableDataset}.
 *
 * @example
 * ```ts
 * import { data } from "@dinograd/dinograd";
 *
 * const countdown: data.IterableDataset<number> = {
 *   *[Symbol.iterator]() {
 *     for (let n = 3; n > 0; n--) yield n;
 *   },
 * };
 * for (const x of new data.DataLoader(countdown, { batchSize: 2 })) console.log(x.toArray()); // [3, 2] and [1]
 * ```
 */
export type IterableDataset<T> = Iterable<T> | AsyncIterable<T>;

/**
 * Samples that are rows of tensors: sample i is `[x[i], y[i], ...]`. See
 * {@link https://pytorch.org/docs/stable/data.html#torch.utils.data.TensorDataset}.
 *
 * @throws {ShapeError} if the tensors do not have equally many rows.
 *
 * @example
 * ```ts
 * import { arange, data, zeros } from "@dinograd/dinograd";
 *
 * const dataset = new data.TensorDataset(zeros(10, 3), arange(10));
 * const [x, y] = dataset.get(7);
 * console.log(dataset.length, x.shape, y.item()); // 10 [3] 7
 * ```
 */
export class TensorDataset<T extends readonly Tensor[] = Tensor[]> implements Dataset<T> {
  /** The tensors whose rows are the samples. */
  readonly tensors: T;
  /** How many rows they have. */
  readonly length: number;

  /** Takes tensors with equally many rows. */
  constructor(...tensors: T) {
    tensors.forEach((x, i) => asTensor("make a TensorDataset", `argument ${i}`, x));
    if (
      tensors.length === 0 || tensors.some((x) => x.shape.length === 0 || x.shape[0] !== tensors[0].shape[0])
    ) {
      throw new ShapeError(
        `Cannot make a TensorDataset of ${
          tensors.map((x) => show(x.shape)).join(" and ") || "nothing"
        }: tensors with equally many rows are needed`,
      );
    }
    this.tensors = tensors;
    this.length = tensors[0].shape[0];
  }

  /** The rows with number `index`. */
  get(index: number): T {
    return this.tensors.map((x) => x.select(0, index)) as readonly Tensor[] as T;
  }

  /** Several rows at once, copied. */
  batch(indices: Int32Array): T {
    const index = empty([indices.length], "int32");
    index.storage.view("int32").set(indices, index.offset);
    return this.tensors.map((x) => x.indexSelect(0, index)) as readonly Tensor[] as T;
  }
}

/** Checks that a value is a dataset or an array of samples. */
export function asDataset<T>(action: string, value: Samples<T>): Dataset<T> {
  if (Array.isArray(value)) return { length: value.length, get: (i) => value[i] };
  if (isDataset<T>(value)) return value;
  throw new TypeError(
    `Cannot ${action} with dataset ${
      describe(value)
    }: it must be an array or have a length and a method get(index)`,
  );
}

/** Whether a value has numbered samples. */
export function isDataset<T>(value: unknown): value is Dataset<T> {
  if (typeof value !== "object" || value === null || !("length" in value && "get" in value)) return false;
  return isCount(value.length) && typeof value.get === "function";
}

/** Whether a value gives samples in turn. */
export function isIterable<T>(value: unknown): value is IterableDataset<T> {
  if (typeof value !== "object" || value === null) return false;
  return Symbol.iterator in value || Symbol.asyncIterator in value;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
