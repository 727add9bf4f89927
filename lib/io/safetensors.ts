/**
 * Tensors in files: the safetensors format ({@link https://github.com/huggingface/safetensors}).
 *
 * Eight bytes of header length, a JSON header with dtype, shape and byte range of every tensor, then the bytes.
 * The one file of the library that writes to disk: a save is complete or it did not happen.
 */
import { type DType, itemSize } from "../dtype.ts";
import { describe } from "../errors.ts";
import { sizeOf } from "../shape.ts";
import { empty, Tensor } from "../tensor.ts";

const codes: Readonly<Record<DType, string>> = {
  float32: "F32",
  float64: "F64",
  int32: "I32",
  uint8: "U8",
  bool: "BOOL",
};
const dtypes = new Map(Object.entries(codes).map(([dtype, code]) => [code, dtype as DType]));

/** Tensors by name, as `stateDict()` gives them. */
export type NamedTensors = Record<string, Tensor>;

/** The bytes of a safetensors file. */
export function encode(tensors: NamedTensors): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = {}, parts: Uint8Array[] = [];
  let at = 0;
  for (const [name, x] of Object.entries(tensors)) {
    if (!(x instanceof Tensor)) {
      throw new TypeError(`Cannot save ${JSON.stringify(name)}: it is ${describe(x)}, not a tensor`);
    }
    const data = x.toTypedArray(), bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    header[name] = { dtype: codes[x.dtype], shape: x.shape, data_offsets: [at, at += bytes.length] };
    parts.push(bytes);
  }
  const json = new TextEncoder().encode(JSON.stringify(header)), padded = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + padded + at).fill(32, 8, 8 + padded);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.set(json, 8);
  let to = 8 + padded;
  for (const part of parts) {
    file.set(part, to);
    to += part.length;
  }
  return file;
}

/**
 * The tensors of a safetensors file.
 *
 * @throws {SyntaxError} if the bytes are not such a file, are cut short, or contradict their header.
 */
export function decode(file: Uint8Array): NamedTensors {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = file.length >= 8 ? Number(view.getBigUint64(0, true)) : Infinity, start = 8 + length;
  if (start > file.length) throw bad(`it has ${file.length} bytes, fewer than its header needs`);
  const header = parseHeader(file.subarray(8, start)), tensors: NamedTensors = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    tensors[name] = readTensor(name, entry, file.subarray(start));
  }
  return tensors;
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw bad("its header is not JSON");
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) {
    throw bad("its header is not an object");
  }
  return header as Record<string, unknown>;
}

function readTensor(name: string, entry: unknown, bytes: Uint8Array): Tensor {
  const { dtype: code, shape, data_offsets: range } = (entry ?? {}) as Record<string, unknown>;
  const dtype = dtypes.get(String(code));
  if (!dtype) {
    throw bad(
      `${JSON.stringify(name)} has the dtype ${describe(code)}, which is not one of ${[...dtypes.keys()]}`,
    );
  }
  if (!isCounts(shape) || !isCounts(range) || range.length !== 2) {
    throw bad(`the entry of ${JSON.stringify(name)} is malformed`);
  }
  const [from, to] = range, size = sizeOf(shape);
  if (to > bytes.length || to - from !== size * itemSize[dtype]) {
    throw bad(
      `${JSON.stringify(name)} should take ${
        size * itemSize[dtype]
      } bytes from ${from} to ${to} of ${bytes.length}`,
    );
  }
  const y = empty([...shape], dtype), all = y.storage.view(dtype);
  new Uint8Array(all.buffer, all.byteOffset + y.offset * itemSize[dtype], to - from).set(
    bytes.subarray(from, to),
  );
  return y;
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function bad(what: string): SyntaxError {
  return new SyntaxError(`Cannot read a safetensors file: ${what}`);
}

/**
 * Saves tensors to a safetensors file. An interrupted save leaves the old file whole: the new one takes its place by a
 * rename, for which Deno asks --allow-read beside --allow-write.
 *
 * @example
 * ```ts ignore
 * import { io, nn } from "@dinograd/dinograd";
 *
 * await io.save("model.safetensors", new nn.Linear(2, 3).stateDict());
 * ```
 */
export async function save(path: string, tensors: NamedTensors): Promise<void> {
  const bytes = encode(tensors), temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    const file = await Deno.open(temporary, { write: true, createNew: true });
    try {
      const writer = file.writable.getWriter();
      await writer.write(bytes);
      writer.releaseLock();
      await file.sync();
    } finally {
      file.close();
    }
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    const why = error instanceof Deno.errors.NotCapable
      ? "permission is missing; run with --allow-write --allow-read"
      : error instanceof Error
      ? error.message
      : String(error);
    throw new Error(`Cannot save ${path}: ${why}`, { cause: error });
  }
}

/**
 * Loads the tensors of a safetensors file, by name; needs --allow-read.
 *
 * @throws {SyntaxError} if the file is not whole.
 *
 * @example
 * ```ts ignore
 * import { io, nn } from "@dinograd/dinograd";
 *
 * new nn.Linear(2, 3).loadStateDict(await io.load("model.safetensors"));
 * ```
 */
export async function load(path: string): Promise<NamedTensors> {
  return decode(await Deno.readFile(path));
}
