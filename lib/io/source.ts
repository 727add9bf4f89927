/** Where the bytes of a file come from, and how they become tensors without a second copy. */
import { empty, type Tensor } from "../tensor.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { decodeElements, dtypeOf, isVerbatim, storedSize, type StoredType, swapBytes } from "./elements.ts";

/** The bytes of a file, in any order. */
export interface Source {
  /** What is being done, for messages: `load model.npz`. */
  readonly action: string;
  /** How many bytes there are. */
  readonly size: number;
  /** Fills `into` with the bytes from `at` on; whoever calls it has compared both with `size`. */
  read(at: number, into: Uint8Array): Promise<void>;
}

/** Some bytes of a file, in order. */
export interface Reader {
  /** Fills `into` with the next bytes. */
  read(into: Uint8Array): Promise<void>;
  /** Checks, after the last byte, whatever can be checked then. */
  finish(): Promise<void>;
  /** Stops before the end. */
  close(): Promise<void>;
}

/** How the elements of a tensor lie in a file. */
export interface Layout {
  /** Their type there. */
  readonly stored: StoredType;
  /** The shape of the tensor. */
  readonly shape: Shape;
  /** Whether the most significant byte comes first. */
  readonly bigEndian?: boolean;
  /** Whether the first index varies fastest. */
  readonly fortran?: boolean;
}

/** A tensor of a file that can be read, once. */
export interface Entry extends Layout {
  /** Reads the elements. */
  read(): Promise<Tensor>;
  /** Gives up reading. */
  close(): Promise<void>;
}

/** What a file holds; nothing is read that is not asked for. */
export interface Contents {
  /** The names of its tensors. */
  readonly names: readonly string[];
  /** What safetensors' `__metadata__` says. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Finds one of `names`. */
  open(name: string): Promise<Entry>;
}

/** The name of an array in a file that names none, as in NumPy's savez. */
export const UNNAMED = "arr_0";

const CHUNK = 1 << 18; // bytes converted at a time: they stay in the cache
const RANKS = 64; // dimensions; NumPy's limit

/** The error for a file that is not as it should be. */
export function bad(source: Source, what: string): SyntaxError {
  return new SyntaxError(`Cannot ${source.action}: ${what}`);
}

/** Whether a value is a list of whole numbers that are sizes or positions. */
export function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

/** Whether a value is the shape of a tensor, as far as its size can be known. */
export function isShape(value: unknown): value is number[] {
  return isCounts(value) && value.length <= RANKS && Number.isSafeInteger(sizeOf(value));
}

/** The bytes that a tensor takes in a file. */
export function bytesOf({ stored, shape }: Layout): number {
  return sizeOf(shape) * storedSize[stored];
}

/** Bytes in memory as a source. */
export function bytesSource(bytes: Uint8Array): Source {
  return {
    action: `decode ${bytes.length} bytes`,
    size: bytes.length,
    read: (at, into) => Promise.resolve(into.set(bytes.subarray(at, at + into.length))),
  };
}

/** The bytes of a source from `at` on. */
export function segment(source: Source, at: number): Reader {
  return {
    read(into) {
      const from = at;
      at += into.length;
      return source.read(from, into);
    },
    finish: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

/** An entry whose elements are the next bytes of `reader`; `name` is for messages. */
export function entryOf(source: Source, name: string, layout: Layout, reader: Reader): Entry {
  return {
    ...layout,
    close: () => reader.close(),
    async read() {
      try {
        const y = await readTensor(reader, layout);
        await reader.finish();
        return y;
      } catch (error) {
        await reader.close();
        if (!(error instanceof RangeError)) throw error;
        throw new RangeError(`Cannot ${source.action}: ${JSON.stringify(name)} holds ${error.message}`);
      }
    },
  };
}

/** Reads elements straight into the storage of a new tensor; those that change come through a small buffer. */
async function readTensor(reader: Reader, layout: Layout): Promise<Tensor> {
  const { stored, shape, bigEndian, fortran } = layout, size = storedSize[stored], dtype = dtypeOf(stored);
  const y = fortran ? empty(shape, dtype, fortranStrides(shape)) : empty(shape, dtype);
  const out = y.storage.view(dtype).subarray(y.offset, y.offset + sizeOf(shape));
  if (isVerbatim(stored)) {
    const bytes = new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
    await reader.read(bytes);
    if (bigEndian) swapBytes(bytes, size);
    return y;
  }
  const step = CHUNK / size, chunk = new Uint8Array(Math.min(out.length, step) * size);
  for (let i = 0; i < out.length; i += step) {
    const part = out.subarray(i, i + step), bytes = chunk.subarray(0, part.length * size);
    await reader.read(bytes);
    if (bigEndian) swapBytes(bytes, size);
    decodeElements(stored, bytes, part);
  }
  return y;
}

function fortranStrides(shape: Shape): number[] {
  let step = 1;
  return shape.map((size) => {
    const stride = step;
    step *= Math.max(size, 1);
    return stride;
  });
}
