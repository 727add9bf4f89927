/**
 * NumPy's format of one array ({@link https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html}): a
 * magic word, a version, a Python dictionary with type, order and shape, then the elements.
 */
import { describe } from "../errors.ts";
import { storedSize, type StoredType } from "./elements.ts";
import { bytesOfItem, type Item } from "./items.ts";
import {
  bad,
  bytesOf,
  type Contents,
  type Entry,
  entryOf,
  isShape,
  type Layout,
  type Reader,
  segment,
  type Source,
  UNNAMED,
} from "./source.ts";

const codes: Readonly<Partial<Record<StoredType, string>>> = {
  ...{ float64: "f8", float32: "f4", float16: "f2", int64: "i8", int32: "i4", int16: "i2", int8: "i1" },
  ...{ uint64: "u8", uint32: "u4", uint16: "u2", uint8: "u1", bool: "b1" },
};
const types = new Map(Object.entries(codes).map(([stored, code]) => [code, stored as StoredType]));

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
const LONGEST = 1 << 20; // bytes of header; that of 64 dimensions takes 2 KiB
const ALIGN = 64; // where the elements begin

/** Whether a file that begins so can be an .npy file. */
export function looksLikeNpy(start: Uint8Array): boolean {
  return MAGIC.every((byte, i) => start[i] === byte);
}

/** What an .npy file holds: one array without a name. */
export async function openNpy(source: Source): Promise<Contents> {
  const entry = await openArray(source, UNNAMED, segment(source, 0), source.size);
  return { names: [UNNAMED], metadata: {}, open: () => Promise.resolve(entry) };
}

/** The array of `size` bytes, header included, that `reader` gives. */
export async function openArray(source: Source, name: string, reader: Reader, size: number): Promise<Entry> {
  const take = async (count: number): Promise<Uint8Array> => {
    if (count > size) throw bad(source, `the array ${JSON.stringify(name)} ends inside its header`);
    const bytes = new Uint8Array(count);
    await reader.read(bytes);
    size -= count;
    return bytes;
  };
  const start = await take(8), version = start[6];
  if (!looksLikeNpy(start) || version < 1 || version > 3 || start[7] !== 0) {
    throw bad(source, `${JSON.stringify(name)} is not a NumPy array of version 1, 2 or 3`);
  }
  const view = new DataView((await take(version === 1 ? 2 : 4)).buffer);
  const length = version === 1 ? view.getUint16(0, true) : view.getUint32(0, true);
  if (length > LONGEST) throw bad(source, `the header of ${JSON.stringify(name)} has ${length} bytes`);
  const layout = parseHeader(source, name, new TextDecoder().decode(await take(length)));
  if (bytesOf(layout) !== size) {
    throw bad(source, `the array ${JSON.stringify(name)} takes ${bytesOf(layout)} bytes, there are ${size}`);
  }
  return entryOf(source, name, layout, reader);
}

/** Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`. */
function parseHeader(source: Source, name: string, text: string): Layout {
  const inside = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1] ?? "", found = new Map<string, string>();
  // a key, then a string, a word, a tuple of numbers, or the list of fields of a structured array
  const item = /\s*'(\w+)'\s*:\s*('[^']*'|\w+|\([\d\s,L]*\)|\[.*\])\s*(?:,\s*|$)/gsy;
  for (const [, key, value] of inside.matchAll(item)) found.set(key, value);
  const descr = found.get("descr") ?? "",
    order = found.get("fortran_order"),
    tuple = found.get("shape") ?? "";
  const shape = tuple.match(/\d+/g)?.map(Number) ?? [];
  if (!descr || !/^(True|False)$/.test(order ?? "") || !tuple.startsWith("(") || !isShape(shape)) {
    throw bad(source, `the header of the array ${JSON.stringify(name)} is malformed`);
  }
  const [, sign, code] = /^'([<>=|])(\w+)'$/.exec(descr) ?? [], stored = types.get(code);
  if (!stored) {
    const why = code?.startsWith("O") ? "Python objects, which may be any code" : `elements of type ${descr}`;
    throw bad(
      source,
      `the array ${JSON.stringify(name)} holds ${why}, not numbers of a type that tensors have`,
    );
  }
  return { stored, shape, bigEndian: sign === ">", fortran: order === "True" };
}

/** The bytes of an .npy file, in pieces; their number is `npySize`. */
export function* writeNpy(action: string, item: Item): Generator<Uint8Array> {
  yield headerOf(action, item);
  yield* bytesOfItem(action, item);
}

/** How many bytes {@link writeNpy} gives. */
export function npySize(action: string, item: Item): number {
  return headerOf(action, item).length + bytesOf(item);
}

function headerOf(action: string, { name, stored, shape }: Item): Uint8Array {
  const code = codes[stored];
  if (!code) {
    throw new TypeError(
      `Cannot ${action}: ${JSON.stringify(name)} is ${describe(stored)}, which NumPy does not have`,
    );
  }
  const order = storedSize[stored] === 1 ? "|" : "<", sizes = shape.map((size) => `${size},`).join(" ");
  const tuple = shape.length > 1 ? sizes.slice(0, -1) : sizes; // (), (2,) and (2, 3)
  const text = `{'descr': '${order}${code}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const length = Math.ceil((10 + text.length + 1) / ALIGN) * ALIGN;
  const header = new Uint8Array(length).fill(32);
  header.set([...MAGIC, 1, 0]);
  new DataView(header.buffer).setUint16(8, length - 10, true);
  header.set(new TextEncoder().encode(text), 10);
  header[length - 1] = 10;
  return header;
}
