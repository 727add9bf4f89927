/**
 * IDX files, the format of MNIST, plain or gzipped: two zeros, the element type, the number of dimensions, each size in
 * four bytes, then the elements; all big-endian.
 */
import { decodeElements, dtypeOf, storedSize, type StoredType, swapBytes } from "../io/elements.ts";
import type { Path } from "../io/files.ts";
import { type UnzipOptions, zlib } from "../io/zlib.ts";
import { show, sizeOf } from "../shape.ts";
import { empty, type Tensor } from "../tensor.ts";
import { asBytes, readBytes } from "./bytes.ts";

const types: Readonly<Record<number, StoredType>> = {
  ...{ 0x08: "uint8", 0x09: "int8", 0x0b: "int16", 0x0c: "int32", 0x0d: "float32", 0x0e: "float64" },
};
const RANKS = 64; // dimensions at most
const START = 4096; // bytes that hold any header, even gzipped, and unpack to 4 MB at most
const DENSEST = 1032; // bytes that gzip can make of one

/** What the header says. */
interface Header {
  readonly stored: StoredType;
  readonly shape: readonly number[];
  /** Bytes before the elements. */
  readonly length: number;
  /** Bytes of the whole file. */
  readonly total: number;
}

/**
 * The tensor in the bytes of an IDX file, plain or gzipped. int8 and int16 become int32. See
 * {@link http://yann.lecun.com/exdb/mnist/}.
 *
 * @throws {SyntaxError} if the bytes are damaged, too few or too many.
 *
 * @example
 * ```ts
 * import { data } from "@dinograd/dinograd";
 *
 * const file = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4); // three labels
 * console.log(data.decodeIdx(file).toArray()); // [5, 0, 4]
 * ```
 */
export function decodeIdx(bytes: Uint8Array | ArrayBuffer): Tensor {
  const file = asBytes("decode", bytes);
  return decode(`decode ${file.length} bytes`, file);
}

/**
 * Reads an IDX file, plain or gzipped, as {@link decodeIdx} does; needs --allow-read.
 *
 * @throws {SyntaxError} if the file is damaged, {@link Error} if it cannot be read.
 */
export async function readIdx(path: Path): Promise<Tensor> {
  return decode(`load ${String(path)}`, await readBytes(path));
}

function decode(action: string, file: Uint8Array): Tensor {
  const gzipped = file[0] === 0x1f && file[1] === 0x8b;
  const start = gzipped
    ? unzip(action, file.subarray(0, START), { finishFlush: zlib()?.constants.Z_SYNC_FLUSH })
    : file;
  const { stored, shape, length, total } = parse(action, start), size = storedSize[stored];
  if (gzipped && total > file.length * DENSEST) throw wrong(action, shape, stored, total, file.length);
  const bytes = gzipped ? unzip(action, file, { maxOutputLength: total }) : file;
  if (bytes.length !== total) throw wrong(action, shape, stored, total, bytes.length);
  const y = empty(shape, dtypeOf(stored)), elements = y.storage.view(y.dtype);
  const raw = size === 1 ? bytes.subarray(length) : new Uint8Array(bytes.subarray(length));
  if (size > 1) swapBytes(raw, size);
  decodeElements(stored, raw, elements.subarray(y.offset, y.offset + sizeOf(shape)));
  return y;
}

function parse(action: string, start: Uint8Array): Header {
  const stored = types[start[2]], rank = start[3], length = 4 + 4 * rank;
  if (start[0] !== 0 || start[1] !== 0 || !stored || !(rank >= 1 && rank <= RANKS)) {
    throw new SyntaxError(`Cannot ${action}: it is not an IDX file, or its header is damaged`);
  }
  if (start.length < length) throw new SyntaxError(`Cannot ${action}: it ends inside the header`);
  const view = new DataView(start.buffer, start.byteOffset);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  return { stored, shape, length, total: length + sizeOf(shape) * storedSize[stored] };
}

/** Unpacks no more than asked for: what is too much is not made. */
function unzip(action: string, bytes: Uint8Array, options: UnzipOptions): Uint8Array {
  const unzipper = zlib();
  if (!unzipper) throw new Error(`Cannot ${action}: there is no zlib here; unpack it first`);
  try {
    return unzipper.gunzipSync(bytes, options);
  } catch (cause) {
    const why = cause instanceof RangeError ? "it unpacks to more than its header says" : String(cause);
    throw new SyntaxError(`Cannot ${action}: it is not gzipped as it should be (${why})`, { cause });
  }
}

function wrong(
  action: string,
  shape: readonly number[],
  stored: string,
  total: number,
  found: number,
): SyntaxError {
  return new SyntaxError(
    `Cannot ${action}: its header says ${
      show(shape)
    } of ${stored}, ${total} bytes in all, but there are ${found}`,
  );
}
