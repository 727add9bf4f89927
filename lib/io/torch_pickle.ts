/** What the pickles of PyTorch may use, and what they say of tensors. Reads no tensor. */
import { describe } from "../errors.ts";
import { type Shape, show, sizeOf } from "../shape.ts";
import { storedSize, type StoredType } from "./elements.ts";
import { unpickle } from "./pickle.ts";
import { isCounts, isShape } from "./source.ts";
import type { ZipEntry } from "./zip.ts";

/** The bytes of one or more tensors in a file. */
export class StoredBytes {
  /** `file` holds `length` elements. */
  constructor(readonly file: ZipEntry, readonly stored: StoredType, readonly length: number) {}
}

/** A tensor in a file: a strided view of stored bytes. */
export class StoredTensor {
  /** `offset` and `strides` count elements. */
  constructor(
    readonly bytes: StoredBytes,
    readonly offset: number,
    readonly shape: Shape,
    readonly strides: readonly number[],
  ) {}
}

/** A class of storages, which no text of a pickle can pass for. */
class StorageClass {
  constructor(readonly stored: StoredType) {}
}

const storageClasses = {
  ...{ Double: "float64", Float: "float32", Half: "float16", BFloat16: "bfloat16", Bool: "bool" },
  ...{ Long: "int64", Int: "int32", Short: "int16", Char: "int8", Byte: "uint8" },
} satisfies Record<string, StoredType>;

const globals: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["collections.OrderedDict", makeOrderedDict],
  ["torch._utils._rebuild_tensor_v2", rebuildTensor],
  ["torch._utils._rebuild_parameter", rebuildParameter],
  ["torch.Size", ([sizes]: readonly unknown[]) => sizes],
  ...Object.entries(storageClasses).map(
    ([name, stored]): [string, unknown] => [`torch.${name}Storage`, new StorageClass(stored)],
  ),
]);

/**
 * The value of a pickle made by `torch.save`: plain data, with Maps for dictionaries and StoredTensors for tensors.
 * `find` gives the file of a storage.
 *
 * @throws {Error} if it asks for anything else, as {@link unpickle} does.
 */
export function unpickleTorch(pickle: Uint8Array, find: (key: string) => ZipEntry | undefined): unknown {
  const storages = new Map<string, StoredBytes>();
  return unpickle(pickle, {
    globals,
    /** The storage of `("storage", torch.FloatStorage, key, location, length)`. */
    persistent(id) {
      const [kind, type, key, , length] = Array.isArray(id) ? id : [];
      if (
        kind !== "storage" || !(type instanceof StorageClass) || typeof key !== "string" ||
        !isCounts([length])
      ) throw new Error("a persistent id is not that of a storage");
      const { stored } = type, storage = storages.get(key) ?? storageOf(key, find(key), stored, length);
      if (storage.stored !== stored || storage.length !== length) {
        throw new Error(`storage ${key} is described in two ways`);
      }
      storages.set(key, storage);
      return storage;
    },
  });
}

function storageOf(
  key: string,
  file: ZipEntry | undefined,
  stored: StoredType,
  length: number,
): StoredBytes {
  if (!file) throw new Error(`storage ${key} is missing`);
  if (file.size === length * storedSize[stored]) return new StoredBytes(file, stored, length);
  throw new Error(
    `storage ${key} has ${file.size} bytes, its ${length} elements take ${length * storedSize[stored]}`,
  );
}

function makeOrderedDict([items = []]: readonly unknown[]): Map<unknown, unknown> {
  if (Array.isArray(items) && items.every((item) => Array.isArray(item) && item.length === 2)) {
    return new Map(items);
  }
  throw new Error(`it makes an OrderedDict of ${describe(items)}`);
}

/** `_rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks)`. */
function rebuildTensor([bytes, offset, shape, strides]: readonly unknown[]): StoredTensor {
  const places = [offset];
  if (!(bytes instanceof StoredBytes) || !isCounts(places) || !isShape(shape) || !isCounts(strides)) {
    throw new Error("it makes a tensor of what is not a storage, an offset, a shape and strides");
  }
  const [at] = places, last = shape.reduce((sum, size, d) => sum + (size - 1) * strides[d], at);
  if (strides.length !== shape.length || (sizeOf(shape) > 0 && !(last < bytes.length))) {
    throw new Error(
      `a tensor of shape ${show(shape)} reaches out of the ${bytes.length} elements of its storage`,
    );
  }
  return new StoredTensor(bytes, at, shape, strides);
}

/** `_rebuild_parameter(tensor, requires_grad, hooks)`. */
function rebuildParameter([tensor]: readonly unknown[]): StoredTensor {
  if (tensor instanceof StoredTensor) return tensor;
  throw new Error(`it makes a parameter of ${describe(tensor)}`);
}
