/** Files on disk: the one place of the library that opens, writes and renames them. */
import type { Source } from "./source.ts";

/** Where a file is. */
export type Path = string | URL;

/** A file that is open for reading. */
export interface OpenFile extends Source, Disposable {}

/** Opens a file; needs --allow-read. */
export async function openFile(path: Path): Promise<OpenFile> {
  const action = `load ${path}`;
  expectFiles(action);
  try {
    const file = await Deno.open(path, { read: true });
    const close = (): void => file.close();
    try {
      const { size } = await file.stat();
      let turn = Promise.resolve(); // a stream may read ahead: seek and read of two must not mix
      const read = (at: number, into: Uint8Array): Promise<void> =>
        turn = turn.then(() => readAt(file, action, at, into));
      return { action, size, read, [Symbol.dispose]: close };
    } catch (error) {
      close();
      throw error;
    }
  } catch (error) {
    throw explained(action, error, "--allow-read");
  }
}

async function readAt(file: Deno.FsFile, action: string, at: number, into: Uint8Array): Promise<void> {
  await file.seek(at, Deno.SeekMode.Start);
  for (let done = 0; done < into.length;) {
    const count = await file.read(into.subarray(done));
    if (count === null) throw new Error(`Cannot ${action}: the file became shorter while it was read`);
    done += count;
  }
}

/**
 * Writes a file whole or not at all: beside the old one, forced to disk, then renamed into its place. All pieces have
 * been written when this returns its promise. Needs --allow-write, and --allow-read for the rename.
 */
export async function writeFile(path: Path, pieces: Iterable<Uint8Array>): Promise<void> {
  const action = `save ${path}`;
  expectFiles(action);
  const suffix = `.${crypto.randomUUID()}.tmp`;
  const temporary = typeof path === "string" ? path + suffix : new URL(path.href + suffix);
  try {
    const file = Deno.openSync(temporary, { write: true, createNew: true });
    try {
      for (const piece of pieces) {
        for (let done = 0; done < piece.length;) done += file.writeSync(piece.subarray(done));
      }
      await file.sync();
    } finally {
      file.close();
    }
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw explained(action, error, "--allow-write --allow-read");
  }
}

function expectFiles(action: string): void {
  if (typeof Deno !== "undefined") return;
  throw new Error(`Cannot ${action}: there are no files in a browser; use io.encode() and io.decode()`);
}

/** The errors of the system in our words; ours, which are of the contents, as they are. */
function explained(action: string, error: unknown, permissions: string): unknown {
  if (!(error instanceof Error) || error.message.startsWith("Cannot ")) return error;
  const why = error instanceof Deno.errors.NotCapable
    ? `permission is missing; run with ${permissions}`
    : error.message;
  return new Error(`Cannot ${action}: ${why}`, { cause: error });
}
