/**
 * PyTorch's own files, as `torch.save` writes them since version 1.6: a zip of one pickle and of the bytes of every
 * storage ({@link https://pytorch.org/docs/stable/notes/serialization.html}). Nothing in the pickle is run.
 */
import { describe } from "../errors.ts";
import { type Tensor, viewOf } from "../tensor.ts";
import { bad, type Contents, entryOf, type Source, UNNAMED } from "./source.ts";
import { type StoredBytes, StoredTensor, unpickleTorch } from "./torch_pickle.ts";
import type { ZipEntry } from "./zip.ts";

/** What a file of PyTorch's can hold: numbers, text and tensors, in arrays (lists, tuples) and objects (dicts). */
export type TorchValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Tensor
  | TorchValue[]
  | { [key: string]: TorchValue };

/** What a file of PyTorch's holds: tensors by name, and all the rest beside them. */
export interface TorchContents extends Contents {
  /** Everything in it, tensors read. */
  value(): Promise<TorchValue>;
}

const LONGEST = 16 * 2 ** 20; // bytes of pickle: some 100 000 tensors
const DEEPEST = 100; // containers one in another
const MOST = 1_000_000; // values, those in a shared container counted each time

/** Whether an archive of these files is one of PyTorch's. */
export function looksLikeTorch(files: readonly ZipEntry[]): boolean {
  return files.some(isPickle);
}

function isPickle({ name }: ZipEntry): boolean {
  return /^([^/]*\/)?data\.pkl$/.test(name);
}

/** What a file of PyTorch's holds, given the files of the archive. */
export async function openTorch(source: Source, files: readonly ZipEntry[]): Promise<TorchContents> {
  const pickle = files.find(isPickle)!; // looksLikeTorch() saw it
  const folder = pickle.name.slice(0, -"data.pkl".length);
  const byName = new Map(files.map((file) => [file.name, file]));
  if (pickle.size > LONGEST) throw bad(source, `its pickle has ${pickle.size} bytes`);
  const order = byName.get(`${folder}byteorder`), bytes = await readAll(pickle);
  const bigEndian = order?.size === 3 && new TextDecoder().decode(await readAll(order)) === "big";
  let root: unknown;
  const tensors = new Map<string, StoredTensor>();
  try {
    root = unpickleTorch(bytes, (key) => byName.get(`${folder}data/${key}`));
    collect(root, [], tensors, { left: MOST });
  } catch (error) {
    throw bad(source, `in its pickle, ${(error as Error).message}`);
  }
  const read = tensorReader(source, bigEndian);
  return {
    names: [...tensors.keys()],
    metadata: {},
    open(name) {
      const tensor = tensors.get(name)!; // whoever calls it takes one of the names
      const { shape, bytes: { stored } } = tensor;
      return Promise.resolve({
        ...{ shape, stored },
        read: () => read(name, tensor),
        close: () => Promise.resolve(),
      });
    },
    value: () => settle(root, read),
  };
}

async function readAll(file: ZipEntry): Promise<Uint8Array> {
  const reader = await file.open(false), bytes = new Uint8Array(file.size);
  try {
    await reader.read(bytes);
    await reader.finish();
    return bytes;
  } catch (error) {
    await reader.close();
    throw error;
  }
}

/** Finds the tensors, naming those in containers `outer.inner`, and refuses what is not data or has no end. */
function collect(
  value: unknown,
  path: readonly string[],
  tensors: Map<string, StoredTensor>,
  budget: { left: number },
): void {
  if (path.length > DEEPEST) throw new Error(`containers lie in each other more than ${DEEPEST} deep`);
  if (budget.left-- === 0) throw new Error(`there are more than ${MOST} values`);
  if (value instanceof StoredTensor) {
    const name = path.join(".") || UNNAMED;
    if (tensors.has(name)) throw new Error(`two tensors have the name ${JSON.stringify(name)}`);
    tensors.set(name, value);
  } else if (Array.isArray(value) || value instanceof Map) {
    for (const [key, inner] of value.entries()) {
      if (typeof key !== "string" && typeof key !== "number") {
        throw new Error(`a key of a dictionary is ${describe(key)}, it must be text or a number`);
      }
      collect(inner, [...path, String(key)], tensors, budget);
    }
  } else if (!isPlain(value)) throw new Error(`there is ${describe(value)}, which is not data`);
}

function isPlain(value: unknown): value is null | boolean | number | bigint | string {
  return value === null || ["boolean", "number", "bigint", "string"].includes(typeof value);
}

/** The value with its tensors read; {@link collect} has seen that it ends. */
async function settle(value: unknown, read: ReturnType<typeof tensorReader>, path = ""): Promise<TorchValue> {
  if (value instanceof StoredTensor) return read(path || UNNAMED, value);
  if (isPlain(value)) return value;
  const entries: [string, TorchValue][] = [];
  for (const [key, inner] of (value as unknown[] | Map<unknown, unknown>).entries()) {
    entries.push([String(key), await settle(inner, read, path ? `${path}.${key}` : String(key))]);
  }
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}

/** Reads tensors; those that shared a storage share it again. */
function tensorReader(
  source: Source,
  bigEndian: boolean,
): (name: string, tensor: StoredTensor) => Promise<Tensor> {
  const storages = new Map<StoredBytes, Tensor>();
  return async (name, { bytes, offset, shape, strides }) => {
    let base = storages.get(bytes);
    if (!base) {
      const layout = { stored: bytes.stored, shape: [bytes.length], bigEndian };
      base = await entryOf(source, name, layout, await bytes.file.open(false)).read();
      storages.set(bytes, base);
    }
    return viewOf(base, shape, strides, base.offset + offset);
  };
}
