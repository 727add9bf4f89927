/** The element types of files, and their conversion to and from those of tensors. Knows no format. */
import { allocateArray, type DType, type TypedArray } from "../dtype.ts";

/** An element type of a file: more than tensors have, which hold halves as float32 and integers as int32. */
export type StoredType =
  | DType
  | "float16"
  | "bfloat16"
  | "int64"
  | "int16"
  | "int8"
  | "uint64"
  | "uint32"
  | "uint16";

/** Bytes per element in a file. */
export const storedSize: Readonly<Record<StoredType, number>> = {
  ...{ float64: 8, float32: 4, float16: 2, bfloat16: 2, int64: 8, int32: 4, int16: 2, int8: 1 },
  ...{ uint64: 8, uint32: 4, uint16: 2, uint8: 1, bool: 1 },
};

const floats: readonly StoredType[] = ["float64", "float32", "float16", "bfloat16"];

/** The dtype that holds elements of a stored type. */
export function dtypeOf(stored: StoredType): DType {
  if (stored === "float64" || stored === "uint8" || stored === "bool") return stored;
  return floats.includes(stored) ? "float32" : "int32";
}

/** Whether elements of `dtype` can be written as `stored`: floats as floats, whole numbers as whole numbers. */
export function isStorable(dtype: DType, stored: StoredType): boolean {
  return floats.includes(dtype) === floats.includes(stored) && (stored !== "bool" || dtype === "bool");
}

/** Whether the bytes of a tensor are those of the file. A bool of a file may be any byte, so it is looked at. */
export function isVerbatim(stored: StoredType): boolean {
  return stored !== "bool" && stored === dtypeOf(stored);
}

/** Reverses the bytes of every element: big-endian to little-endian. */
export function swapBytes(bytes: Uint8Array, size: number): void {
  for (let start = 0; start < bytes.length; start += size) {
    for (let i = start, j = start + size - 1; i < j; i++, j--) {
      const byte = bytes[i];
      bytes[i] = bytes[j];
      bytes[j] = byte;
    }
  }
}

/**
 * Fills `out` with the elements that `bytes` hold, little-endian, aligned to 8.
 *
 * @throws {RangeError} if a whole number does not fit int32; the text begins with the number.
 */
export function decodeElements(stored: StoredType, bytes: Uint8Array, out: TypedArray): void {
  const { buffer, byteOffset } = bytes, n = out.length;
  switch (stored) {
    case "float16":
      return out.set(new Float16Array(buffer, byteOffset, n));
    case "bfloat16": { // the upper half of a float32
      const halves = new Uint16Array(buffer, byteOffset, n);
      const words = new Uint32Array(out.buffer, out.byteOffset, n);
      for (let i = 0; i < n; i++) words[i] = halves[i] << 16;
      return;
    }
    case "int64":
    case "uint64": {
      const words = new Int32Array(buffer, byteOffset, 2 * n);
      for (let i = 0; i < n; i++) {
        const low = words[2 * i];
        if (words[2 * i + 1] !== low >> 31 || (low < 0 && stored === "uint64")) throw unfit(stored, bytes, i);
        out[i] = low;
      }
      return;
    }
    case "uint32": {
      const words = new Int32Array(buffer, byteOffset, n);
      for (let i = 0; i < n; i++) if (words[i] < 0) throw unfit(stored, bytes, i);
      return out.set(words);
    }
    case "bool":
      for (let i = 0; i < n; i++) out[i] = bytes[i] === 0 ? 0 : 1;
      return;
    default:
      return out.set(arrayOf(stored, buffer, byteOffset, n));
  }
}

/** The element types that a typed array of their own holds. */
function arrayOf(
  stored: StoredType,
  buffer: ArrayBufferLike,
  byteOffset: number,
  length: number,
): TypedArray | Int16Array | Int8Array | Uint16Array | Uint32Array {
  switch (stored) {
    case "float64":
      return new Float64Array(buffer, byteOffset, length);
    case "float32":
      return new Float32Array(buffer, byteOffset, length);
    case "int32":
      return new Int32Array(buffer, byteOffset, length);
    case "int16":
      return new Int16Array(buffer, byteOffset, length);
    case "int8":
      return new Int8Array(buffer, byteOffset, length);
    case "uint16":
      return new Uint16Array(buffer, byteOffset, length);
    case "uint32":
      return new Uint32Array(buffer, byteOffset, length);
    default:
      return new Uint8Array(buffer, byteOffset, length);
  }
}

function unfit(stored: StoredType, bytes: Uint8Array, i: number): RangeError {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const value = stored === "uint32"
    ? view.getUint32(4 * i, true)
    : stored === "int64"
    ? view.getBigInt64(8 * i, true)
    : view.getBigUint64(8 * i, true);
  return new RangeError(`${value} (${stored}), which does not fit int32`);
}

/**
 * The bytes of elements as `stored`, little-endian. Halves are rounded to the nearest, ties to even.
 *
 * @throws {RangeError} if a whole number does not fit; the text begins with the number.
 */
export function encodeElements(stored: StoredType, elements: TypedArray): Uint8Array {
  const n = elements.length, bytes = new Uint8Array(n * storedSize[stored]), { buffer } = bytes;
  if (stored === "float16") new Float16Array(buffer).set(elements);
  else if (stored === "bfloat16") roundToBFloat16(elements, new Uint16Array(buffer));
  else if (stored === "int64" || stored === "uint64") {
    const words = new Int32Array(buffer);
    for (let i = 0; i < n; i++) {
      if (elements[i] < 0 && stored === "uint64") throw outside(elements[i], stored);
      words[2 * i] = elements[i];
      words[2 * i + 1] = elements[i] >> 31;
    }
  } else {
    const out = arrayOf(stored, buffer, 0, n);
    out.set(elements);
    if (floats.includes(stored)) return bytes; // rounding is no error
    for (let i = 0; i < n; i++) if (out[i] !== elements[i]) throw outside(elements[i], stored);
  }
  return bytes;
}

function outside(value: number, stored: StoredType): RangeError {
  return new RangeError(`${value}, which does not fit ${stored}`);
}

function roundToBFloat16(elements: TypedArray, out: Uint16Array): void {
  const floats = allocateArray("float32", elements.length);
  floats.set(elements);
  const words = new Uint32Array(floats.buffer);
  for (let i = 0; i < out.length; i++) {
    const word = words[i], nan = (word & 0x7fffffff) > 0x7f800000;
    // half a unit less one, plus one where the kept half is odd: to nearest, ties to even
    out[i] = nan ? word >>> 16 | 0x40 : (word + 0x7fff + (word >>> 16 & 1)) >>> 16;
  }
}
