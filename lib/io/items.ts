/** The tensors of a file to be written: names, element types, and their bytes without a copy where possible. */
import type { DType } from "../dtype.ts";
import { describe } from "../errors.ts";
import { isOptions } from "../arguments.ts";
import { sizeOf } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { encodeElements, isStorable, storedSize, type StoredType } from "./elements.ts";
import { type Layout, UNNAMED } from "./source.ts";

/** Tensors by name, as `stateDict()` gives them. */
export type NamedTensors = Record<string, Tensor>;

/** What can be saved: tensors by name in an object or Map, or one tensor in a .npy file. */
export type Savable = Readonly<NamedTensors> | ReadonlyMap<string, Tensor> | Tensor;

/** Element types to store tensors as, by their dtype: `{ float32: "float16", int32: "int64" }`. */
export type StoreAs = Readonly<Partial<Record<DType, StoredType>>>;

/** A tensor on its way into a file. */
export interface Item extends Layout {
  /** The name it gets. */
  readonly name: string;
  /** Its elements, stored in row-major order whatever its strides. */
  readonly tensor: Tensor;
}

const STEP = 1 << 16; // elements converted at a time

/** The tensors to be saved, with the types they are stored as; `action` is for messages: `save model.npz`. */
export function itemsOf(action: string, tensors: unknown, storeAs: unknown): Item[] {
  const types = storeAs === undefined ? {} : checkTypes(action, storeAs);
  const single = tensors instanceof Tensor;
  if (!single && !(tensors instanceof Map) && !isOptions(tensors)) {
    throw new TypeError(`Cannot ${action}: it must be tensors by name, got ${describe(tensors)}`);
  }
  const named = single ? [[UNNAMED, tensors]] : tensors instanceof Map ? tensors : Object.entries(tensors);
  return Array.from(named as Iterable<[unknown, unknown]>, ([name, tensor]) => {
    if (typeof name !== "string") {
      throw new TypeError(`Cannot ${action}: a name is ${describe(name)}, it must be a string`);
    }
    if (!(tensor instanceof Tensor)) {
      throw new TypeError(`Cannot ${action}: ${JSON.stringify(name)} is ${describe(tensor)}, not a tensor`);
    }
    return { name, tensor, shape: tensor.shape, stored: types[tensor.dtype] ?? tensor.dtype };
  });
}

function checkTypes(action: string, storeAs: unknown): StoreAs {
  if (!isOptions(storeAs)) {
    throw new TypeError(
      `Cannot ${action} with storeAs ${
        describe(storeAs)
      }: it must be types by dtype, as { float32: "float16" }`,
    );
  }
  const dtypes: readonly unknown[] = ["float64", "float32", "int32", "uint8", "bool"] satisfies DType[];
  for (const [dtype, stored] of Object.entries(storeAs)) {
    const known = dtypes.includes(dtype) && typeof stored === "string" && Object.hasOwn(storedSize, stored);
    if (!known || !isStorable(dtype as DType, stored as StoredType)) {
      throw new TypeError(
        `Cannot ${action} with storeAs ${dtype}: ${
          describe(stored)
        }: floats can be stored as float64, float32, ` +
          "float16, bfloat16, whole numbers as (u)int64, (u)int32, (u)int16, (u)int8",
      );
    }
  }
  return storeAs;
}

/** The bytes of an item's elements, in pieces; those that need no conversion are the tensor's own memory. */
export function* bytesOfItem(action: string, { name, tensor, stored }: Item): Generator<Uint8Array> {
  const { storage, offset, shape, dtype } = tensor;
  const elements = tensor.isContiguous()
    ? storage.view(dtype).subarray(offset, offset + sizeOf(shape))
    : tensor.toTypedArray();
  if (stored === dtype) {
    yield new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
    return;
  }
  for (let i = 0; i < elements.length; i += STEP) {
    try {
      yield encodeElements(stored, elements.subarray(i, i + STEP));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new RangeError(`Cannot ${action}: ${JSON.stringify(name)} holds ${error.message}`);
    }
  }
}
