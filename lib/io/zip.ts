/**
 * Reading zip archives ({@link https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT}): stored and deflated
 * entries, zip64. Trusts no number of the file before it has been compared with the file's size.
 */
import { crc32 } from "./crc32.ts";
import { bad, type Reader, segment, type Source } from "./source.ts";

/** A file in an archive. */
export interface ZipEntry {
  /** Its path there. */
  readonly name: string;
  /** Its bytes. */
  readonly size: number;
  /** Reads them; the checksum of what was read to the end is compared if `check`. */
  open(check: boolean): Promise<Reader>;
}

/** What the directory of an archive says of an entry. */
interface Listing {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly at: number;
}

const END = 0x06054b50, END64 = 0x06064b50, LOCATOR64 = 0x07064b50, CENTRAL = 0x02014b50, LOCAL = 0x04034b50;
const LONGEST = 64 * 2 ** 20; // bytes of directory: half a million entries
const FULL = 0xffffffff; // stands for a number that is in the zip64 record
const STORED = 0, DEFLATED = 8;
const DENSEST = 1032; // bytes that deflate can make of one
const DAMAGED = "the directory of the archive is damaged";
const CHUNK = 16384; // packed bytes inflated at a time: 16 MiB unpacked at most

/** The entries of an archive. */
export async function readZip(source: Source): Promise<ZipEntry[]> {
  const { at, size, count } = await findDirectory(source);
  if (size > LONGEST) throw bad(source, `the directory of the archive has ${size} bytes`);
  const listings = parseDirectory(source, await viewOf(source, at, size), count);
  const ends = checkPlaces(source, listings, at);
  return listings.map((listing) => ({
    name: listing.name,
    size: listing.size,
    open: (check) => openEntry(source, listing, ends.get(listing)!, check),
  }));
}

async function viewOf(source: Source, at: number, size: number): Promise<DataView> {
  if (!(at >= 0 && at + size <= source.size)) throw bad(source, "the archive is cut short or damaged");
  const bytes = new Uint8Array(size);
  await source.read(at, bytes);
  return new DataView(bytes.buffer);
}

function long(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true)); // beyond 2^53 it is not exact, and far beyond any file
}

/** Where the directory is. Its end record is the last thing of the file but for a comment. */
async function findDirectory(source: Source): Promise<{ at: number; size: number; count: number }> {
  const tail = await viewOf(source, Math.max(0, source.size - 65557), Math.min(source.size, 65557));
  let at = tail.byteLength - 22;
  while (
    at >= 0 &&
    !(tail.getUint32(at, true) === END && tail.getUint16(at + 20, true) === tail.byteLength - at - 22)
  ) at--;
  if (at < 0) throw bad(source, "the archive has no directory: it is cut short");
  const end = source.size - tail.byteLength + at;
  const found = {
    count: tail.getUint16(at + 10, true),
    size: tail.getUint32(at + 12, true),
    at: tail.getUint32(at + 16, true),
  };
  let limit = end;
  if (found.count === 0xffff || found.size === FULL || found.at === FULL) {
    const locator = await viewOf(source, end - 20, 20);
    if (locator.getUint32(0, true) !== LOCATOR64) throw bad(source, "its zip64 locator is missing");
    limit = long(locator, 8);
    const record = await viewOf(source, limit, 56);
    if (record.getUint32(0, true) !== END64) throw bad(source, "its zip64 directory is missing");
    Object.assign(found, { count: long(record, 32), size: long(record, 40), at: long(record, 48) });
  }
  if (found.at + found.size > limit) throw bad(source, "its archive's directory goes past its end");
  return found;
}

function parseDirectory(source: Source, view: DataView, count: number): Listing[] {
  const listings: Listing[] = [], names = new Set<string>();
  let at = 0;
  while (at < view.byteLength) {
    const room = view.byteLength - at;
    if (room < 46 || view.getUint32(at, true) !== CENTRAL) throw bad(source, DAMAGED);
    const name = view.getUint16(at + 28, true), extra = view.getUint16(at + 30, true);
    const size = 46 + name + extra + view.getUint16(at + 32, true);
    if (size > room) throw bad(source, DAMAGED);
    const listing = parseListing(source, new DataView(view.buffer, at, size), name, extra);
    if (names.has(listing.name)) throw bad(source, `${JSON.stringify(listing.name)} is twice in the archive`);
    names.add(listing.name);
    listings.push(listing);
    at += size;
  }
  if (listings.length !== count) {
    throw bad(source, `the archive has ${listings.length} entries, it says ${count}`);
  }
  return listings;
}

function parseListing(source: Source, view: DataView, nameLength: number, extraLength: number): Listing {
  const name = new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + 46, nameLength));
  let [size, packed, at] = [view.getUint32(24, true), view.getUint32(20, true), view.getUint32(42, true)];
  const extraEnd = 46 + nameLength + extraLength;
  for (let i = 46 + nameLength; i + 4 <= extraEnd;) {
    const end = i + 4 + view.getUint16(i + 2, true);
    if (end > extraEnd) break;
    if (view.getUint16(i, true) === 1) { // zip64: those of the three that did not fit, in this order
      let next = i + 4;
      const wide = (value: number): number => {
        if (value !== FULL || next + 8 > end) return value;
        return long(view, (next += 8) - 8);
      };
      [size, packed, at] = [wide(size), wide(packed), wide(at)];
    }
    i = end;
  }
  const flags = view.getUint16(8, true), method = view.getUint16(10, true), title = JSON.stringify(name);
  if (flags & 1) throw bad(source, `${title} is encrypted`);
  if (method !== STORED && method !== DEFLATED) {
    throw bad(source, `${title} is compressed by method ${method}, it must be stored or deflated`);
  }
  if (method === STORED ? size !== packed : size > packed * DENSEST) {
    throw bad(source, `${title} cannot have ${size} bytes: ${packed} are in the archive`);
  }
  return { name, method, crc: view.getUint32(16, true), packed, size, at };
}

/** Checks that entries do not overlap, which no zip writer does but makers of bombs; gives where each must end. */
function checkPlaces(source: Source, listings: readonly Listing[], end: number): Map<Listing, number> {
  const sorted = [...listings].sort((a, b) => a.at - b.at), ends = new Map<Listing, number>();
  sorted.forEach((listing, i) => {
    const next = sorted[i + 1]?.at ?? end;
    if (listing.at + 30 + listing.packed > next) {
      throw bad(source, `${JSON.stringify(listing.name)} overlaps what follows it in the archive`);
    }
    ends.set(listing, next);
  });
  return ends;
}

async function openEntry(source: Source, listing: Listing, end: number, check: boolean): Promise<Reader> {
  const { at, packed, method } = listing, local = await viewOf(source, at, 30);
  const start = at + 30 + local.getUint16(26, true) + local.getUint16(28, true);
  if (local.getUint32(0, true) !== LOCAL || start + packed > end) {
    throw bad(source, `the header of ${JSON.stringify(listing.name)} in the archive is damaged`);
  }
  const reader = method === STORED ? segment(source, start) : inflate(source, listing, start);
  return check ? checked(source, listing, reader) : reader;
}

/** Compares the checksum at the end. */
function checked(source: Source, { name, crc }: Listing, reader: Reader): Reader {
  let sum = 0;
  return {
    async read(into) {
      await reader.read(into);
      sum = crc32(into, sum);
    },
    async finish() {
      await reader.finish();
      if (sum !== crc) throw bad(source, `${JSON.stringify(name)} is damaged: its checksum differs`);
    },
    close: () => reader.close(),
  };
}

/** Inflates a deflated entry as far as it is read. */
function inflate(source: Source, { name, packed }: Listing, start: number): Reader {
  let at = start;
  const title = JSON.stringify(name);
  const deflated = new ReadableStream<BufferSource>({
    async pull(controller) {
      const bytes = new Uint8Array(Math.min(CHUNK, start + packed - at));
      if (bytes.length === 0) return controller.close();
      await source.read(at, bytes);
      at += bytes.length;
      controller.enqueue(bytes);
    },
  }, { highWaterMark: 0 });
  const chunks = deflated.pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  let rest = new Uint8Array(0);
  /** Whether there are more bytes, which are then in `rest`. */
  const more = async (): Promise<boolean> => {
    while (rest.length === 0) {
      const { value, done } = await chunks.read().catch((error) => {
        throw bad(source, `${title} is not deflated as it should be (${error.message})`);
      });
      if (done) return false;
      rest = value;
    }
    return true;
  };
  return {
    async read(into) {
      for (let filled = 0; filled < into.length;) {
        if (!await more()) throw bad(source, `${title} has fewer bytes than the archive says`);
        const piece = rest.subarray(0, into.length - filled);
        into.set(piece, filled);
        filled += piece.length;
        rest = rest.subarray(piece.length);
      }
    },
    async finish() {
      if (await more()) {
        await chunks.cancel();
        throw bad(source, `${title} has more bytes than the archive says`);
      }
    },
    close: () => chunks.cancel().catch(() => {}),
  };
}
