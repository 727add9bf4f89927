/** From samples to a batch: equal parts of all samples are stacked. */
import { allocateArray, type DType, type TypedArray } from "../dtype.ts";
import { describe, ShapeError } from "../errors.ts";
import { sameShape, type Shape, show } from "../shape.ts";
import { noGrad } from "../grad_mode.ts";
import { empty, Tensor } from "../tensor.ts";

/** What {@link defaultCollate} makes of samples of type `T`. */
export type Collated<T> = T extends Tensor | TypedArray | number | boolean ? Tensor
  : T extends string ? string[]
  : T extends readonly unknown[] ? { -readonly [K in keyof T]: Collated<T[K]> }
  : T extends object ? { [K in keyof T]: Collated<T[K]> }
  : unknown;

/**
 * Stacks samples: tensors and typed arrays along a new first dimension, numbers to float32 and booleans to bool
 * tensors; arrays and objects part by part; strings are listed. See
 * {@link https://pytorch.org/docs/stable/data.html#torch.utils.data.default_collate}.
 *
 * @throws {ShapeError} if tensors to be stacked differ in shape.
 *
 * @example
 * ```ts
 * import { data, tensor } from "@dinograd/dinograd";
 *
 * const { x, y } = data.defaultCollate([{ x: tensor([1, 2]), y: 0 }, { x: tensor([3, 4]), y: 1 }]);
 * console.log(x.toArray(), y.toArray()); // [[1, 2], [3, 4]] [0, 1]
 * ```
 */
export function defaultCollate<T>(samples: readonly T[]): Collated<T> {
  if (!Array.isArray(samples) || samples.length === 0) {
    throw new TypeError(
      `Cannot make a batch of ${describe(samples)}: it takes an array of one sample at least`,
    );
  }
  return collate(samples) as Collated<T>; // by the kind of the first sample, as the type says
}

function collate(samples: readonly unknown[]): unknown {
  const [first] = samples;
  if (first instanceof Tensor) return stack(samples);
  if (typeof first === "number") return fromNumbers(samples, [], "float32", (x) => [x as number]);
  if (typeof first === "boolean") return fromNumbers(samples, [], "bool", (x) => [Number(x)]);
  if (typeof first === "string") return [...samples];
  if (isNumbers(first)) return collateArrays(samples, first);
  if (Array.isArray(first)) {
    if (samples.every((s) => Array.isArray(s) && s.length === first.length)) {
      return first.map((_, i) => collate(samples.map((s) => (s as unknown[])[i])));
    }
    throw new ShapeError(
      "Cannot make a batch of arrays of different lengths: pass { collateFn } to the DataLoader",
    );
  }
  if (typeof first === "object" && first !== null && !ArrayBuffer.isView(first)) {
    return Object.fromEntries(
      Object.keys(first).map((key) => [key, collate(samples.map((s) => part(s, key)))]),
    );
  }
  throw new TypeError(
    `Cannot make a batch of samples like ${describe(first)}: pass { collateFn } to the DataLoader`,
  );
}

function isNumbers(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && typeof Reflect.get(value, 0) !== "bigint" &&
    !(value instanceof DataView);
}

function part(sample: unknown, key: string): unknown {
  if (typeof sample === "object" && sample !== null) return Reflect.get(sample, key);
  throw new ShapeError(`Cannot make a batch of an object and ${describe(sample)}`);
}

function stack(samples: readonly unknown[]): Tensor {
  const { shape, dtype } = samples[0] as Tensor, y = empty([samples.length, ...shape], dtype);
  noGrad(() => {
    for (let i = 0; i < samples.length; i++) {
      const x = samples[i];
      if (!(x instanceof Tensor) || !sameShape(x.shape, shape)) {
        const found = x instanceof Tensor ? show(x.shape) : describe(x);
        throw new ShapeError(
          `Cannot make a batch of ${show(shape)} and ${found}: samples must have one shape`,
        );
      }
      y.select(0, i).copy_(x);
    }
  });
  return y;
}

function collateArrays(samples: readonly unknown[], first: TypedArray): Tensor {
  const dtype = (["float32", "float64", "uint8"] as const).find((type) =>
    allocateArray(type, 0).constructor === first.constructor
  );
  return fromNumbers(samples, [first.length], dtype ?? "int32", (x) => x as TypedArray);
}

function fromNumbers(
  samples: readonly unknown[],
  shape: Shape,
  dtype: DType,
  read: (x: unknown) => ArrayLike<number>,
): Tensor {
  const y = empty([samples.length, ...shape], dtype), out = y.storage.view(dtype), size = shape[0] ?? 1;
  for (let i = 0; i < samples.length; i++) {
    const numbers = read(samples[i]);
    if (typeof samples[i] !== typeof samples[0] || numbers.length !== size) {
      throw new ShapeError(`Cannot make a batch of ${describe(samples[0])} and ${describe(samples[i])}`);
    }
    out.set(numbers, y.offset + i * size);
  }
  return y;
}
