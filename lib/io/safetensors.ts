/**
 * The safetensors format ({@link https://github.com/huggingface/safetensors}): eight bytes of header length, a JSON
 * header with dtype, shape and byte range of every tensor, then the bytes of one after the other.
 */
import { describe } from "../errors.ts";
import { isOptions } from "../arguments.ts";
import { storedSize, type StoredType } from "./elements.ts";
import { bytesOfItem, type Item } from "./items.ts";
import {
  bad,
  bytesOf,
  type Contents,
  entryOf,
  isCounts,
  isShape,
  type Layout,
  segment,
  type Source,
} from "./source.ts";

const codes: Readonly<Record<StoredType, string>> = {
  ...{ float64: "F64", float32: "F32", float16: "F16", bfloat16: "BF16", int64: "I64", int32: "I32" },
  ...{ int16: "I16", int8: "I8", uint64: "U64", uint32: "U32", uint16: "U16", uint8: "U8", bool: "BOOL" },
};
const types = new Map(Object.entries(codes).map(([stored, code]) => [code, stored as StoredType]));

const METADATA = "__metadata__";
const LONGEST = 100_000_000; // bytes of header; the format's own limit

/** Where a tensor is in a file. */
interface Place extends Layout {
  readonly from: number;
  readonly to: number;
}

/** Whether a file that begins so can be a safetensors file. */
export function looksLikeSafetensors(start: Uint8Array): boolean {
  return start.length > 8 && lengthOf(start) <= LONGEST && start[8] === 0x7b; // {
}

function lengthOf(start: Uint8Array): number {
  return Number(new DataView(start.buffer, start.byteOffset).getBigUint64(0, true));
}

/** What a safetensors file holds. */
export async function openSafetensors(source: Source): Promise<Contents> {
  const start = new Uint8Array(8);
  await source.read(0, start);
  const length = lengthOf(start), data = 8 + length;
  if (data > source.size) throw bad(source, `it has ${source.size} bytes, fewer than its header needs`);
  const json = new Uint8Array(length);
  await source.read(8, json);
  const header = parseHeader(source, json), metadata = header.get(METADATA) ?? {};
  if (!isStrings(metadata)) throw bad(source, `its ${METADATA} is not an object of strings`);
  header.delete(METADATA);
  const places = new Map([...header].map(([name, entry]) => [name, placeOf(source, name, entry)]));
  checkPlaces(source, places, source.size - data);
  return {
    names: [...places.keys()],
    metadata,
    open(name) {
      const place = places.get(name)!; // whoever calls it takes one of the names
      return Promise.resolve(entryOf(source, name, place, segment(source, data + place.from)));
    },
  };
}

function parseHeader(source: Source, json: Uint8Array): Map<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
  } catch {
    throw bad(source, "its header is not JSON");
  }
  if (!isOptions(header)) throw bad(source, "its header is not an object");
  return new Map(Object.entries(header));
}

function isStrings(value: unknown): value is Record<string, string> {
  return isOptions(value) && Object.values(value).every((text) => typeof text === "string");
}

function placeOf(source: Source, name: string, entry: unknown): Place {
  const { dtype, shape, data_offsets: range } = isOptions(entry) ? entry : {};
  const stored = types.get(String(dtype)), title = JSON.stringify(name);
  if (!stored) {
    const known = [...types.keys()].join(", ");
    throw bad(source, `${title} has the dtype ${describe(dtype)}, which is not one of ${known}`);
  }
  if (!isShape(shape) || !isCounts(range) || range.length !== 2) {
    throw bad(source, `the entry of ${title} is malformed`);
  }
  const place = { stored, shape, from: range[0], to: range[1] };
  if (place.to - place.from !== bytesOf(place)) {
    throw bad(source, `${title} takes ${bytesOf(place)} bytes, its place is ${place.from} to ${place.to}`);
  }
  return place;
}

/** Checks that the tensors follow each other to the end, without holes and overlaps, as the format demands. */
function checkPlaces(source: Source, places: ReadonlyMap<string, Place>, size: number): void {
  let end = 0;
  for (const [name, { from, to }] of [...places].sort(([, a], [, b]) => a.from - b.from || a.to - b.to)) {
    if (from !== end) {
      throw bad(
        source,
        `${JSON.stringify(name)} begins at byte ${from} of the data, it must begin at ${end}`,
      );
    }
    end = to;
  }
  if (end !== size) throw bad(source, `its tensors take ${end} bytes, it has ${size}`);
}

/** The bytes of a safetensors file, in pieces. */
export function* writeSafetensors(
  action: string,
  items: readonly Item[],
  metadata: Readonly<Record<string, string>> | undefined,
): Generator<Uint8Array> {
  if (metadata !== undefined && !isStrings(metadata)) {
    throw new TypeError(`Cannot ${action} with metadata ${describe(metadata)}: it must be strings by name`);
  }
  // The widest elements first, so that all are aligned; in the header in the order given.
  const sorted = [...items].sort((a, b) => storedSize[b.stored] - storedSize[a.stored]);
  const offsets = new Map<Item, [number, number]>();
  let at = 0;
  for (const item of sorted) offsets.set(item, [at, at += bytesOf(item)]);
  const entries: [string, unknown][] = items.map((item) => {
    if (item.name === METADATA) {
      throw new TypeError(`Cannot ${action}: ${METADATA} cannot be a tensor's name`);
    }
    return [item.name, {
      dtype: codes[item.stored],
      shape: item.shape,
      data_offsets: offsets.get(item),
    }];
  });
  if (metadata) entries.unshift([METADATA, metadata]);
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const header = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(32);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true);
  header.set(json, 8);
  yield header;
  for (const item of sorted) yield* bytesOfItem(action, item);
}
