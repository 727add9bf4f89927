/** Writing zip archives: each file as it is or deflated, with zip64 records where a size needs them. */
import { crc32 } from "./crc32.ts";

/** A file to be archived. Its pieces are asked for twice: for the checksum and to be written. */
export interface ZipFile {
  /** Its path in the archive. */
  readonly name: string;
  /** Its bytes. */
  readonly size: number;
  /** Its bytes in pieces. */
  pieces(): Iterable<Uint8Array>;
}

/** A file whose bytes are as they will be in the archive. */
interface Packed {
  readonly name: Uint8Array;
  readonly size: number;
  readonly packed: number;
  readonly crc: number;
  readonly deflated: boolean;
  pieces(): Iterable<Uint8Array>;
}

const FULL = 0xffffffff;
const UTF8 = 0x800; // flag: the name is UTF-8
const DATE = 0x21; // 1 January 1980, so that equal tensors give equal files

/** The bytes of an archive in pieces, the files stored. */
export function* writeZip(files: Iterable<ZipFile>): Generator<Uint8Array> {
  yield* archive(function* (): Generator<Packed> {
    for (const file of files) yield describeFile(file, checksum(file), null);
  }());
}

/** The bytes of an archive in pieces, the files deflated. All files have been read when this returns a promise. */
export async function writeDeflated(files: readonly ZipFile[]): Promise<Iterable<Uint8Array>> {
  return archive(
    await Promise.all(files.map((file) => {
      const whole = new Blob(Array.from(file.pieces(), (piece) => piece.slice() as Uint8Array<ArrayBuffer>));
      const crc = checksum(file), stream = whole.stream().pipeThrough(new CompressionStream("deflate-raw"));
      return new Response(stream).bytes().then((bytes) => describeFile(file, crc, bytes));
    })),
  );
}

function checksum(file: ZipFile): number {
  let crc = 0;
  for (const piece of file.pieces()) crc = crc32(piece, crc);
  return crc;
}

function describeFile(file: ZipFile, crc: number, bytes: Uint8Array | null): Packed {
  const { size } = file;
  return {
    name: new TextEncoder().encode(file.name),
    size,
    packed: bytes ? bytes.length : size,
    crc,
    deflated: bytes !== null,
    pieces: bytes ? () => [bytes] : () => file.pieces(),
  };
}

function* archive(files: Iterable<Packed>): Generator<Uint8Array> {
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const file of files) {
    const local = localHeader(file);
    directory.push(centralHeader(file, at));
    yield local;
    yield* file.pieces();
    at += local.length + file.packed;
  }
  yield* directory;
  yield endRecord(directory.length, directory.reduce((sum, { length }) => sum + length, 0), at);
}

/** Little-endian fields one after the other, of 2, 4 or 8 bytes. */
function fields(...list: readonly (readonly [bytes: 2 | 4 | 8, value: number])[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(list.reduce((sum, [bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [bytes, value] of list) {
    if (bytes === 2) view.setUint16(at, value, true);
    else if (bytes === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** What the local and the central header share: from the version needed to the length of the extra field. */
function common(file: Packed, wide: boolean, extra: number): Uint8Array {
  return fields(
    [2, wide ? 45 : 20],
    [2, UTF8],
    [2, file.deflated ? 8 : 0],
    [2, 0],
    [2, DATE],
    [4, file.crc],
    [4, wide ? FULL : file.packed],
    [4, wide ? FULL : file.size],
    [2, file.name.length],
    [2, extra],
  );
}

function isWide(file: Packed): boolean {
  return file.size >= FULL || file.packed >= FULL;
}

/** Checks that archives can hold files of these names. */
export function checkNames(action: string, names: readonly string[]): void {
  const long = names.find((name) => new TextEncoder().encode(name).length > 0xffff);
  if (long) {
    throw new RangeError(`Cannot ${action}: a name has ${long.length} characters, too many for a zip`);
  }
}

function localHeader(file: Packed): Uint8Array {
  const wide = isWide(file);
  const extra = wide ? fields([2, 1], [2, 16], [8, file.size], [8, file.packed]) : new Uint8Array(0);
  return join(fields([4, 0x04034b50]), common(file, wide, extra.length), file.name, extra);
}

function centralHeader(file: Packed, at: number): Uint8Array {
  const wide = isWide(file) || at >= FULL;
  const extra = wide ? fields([2, 1], [2, 24], [8, file.size], [8, file.packed], [8, at]) : new Uint8Array(0);
  return join(
    fields([4, 0x02014b50], [2, 45]),
    common(file, wide, extra.length),
    fields([2, 0], [2, 0], [2, 0], [4, 0], [4, wide ? FULL : at]),
    file.name,
    extra,
  );
}

function endRecord(count: number, size: number, at: number): Uint8Array {
  const wide = count >= 0xffff || size >= FULL || at >= FULL, end = at + size;
  const wideRecords = wide
    ? join(
      fields([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0]),
      fields([8, count], [8, count], [8, size], [8, at]),
      fields([4, 0x07064b50], [4, 0], [8, end], [4, 1]),
    )
    : new Uint8Array(0);
  const entries = wide ? 0xffff : count;
  return join(
    wideRecords,
    fields([4, 0x06054b50], [2, 0], [2, 0], [2, entries], [2, entries]),
    fields([4, wide ? FULL : size], [4, wide ? FULL : at], [2, 0]),
  );
}
