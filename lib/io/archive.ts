/**
 * Files that are zip archives: NumPy's .npz and PyTorch's. load.ts imports this when it meets the first one, for few
 * programs do, and every file that the import of the library reads is a fifth of a millisecond of each start.
 */
import type { Opened } from "./load.ts";
import { openNpz } from "./npz.ts";
import type { Source } from "./source.ts";
import { looksLikeTorch, openTorch } from "./torch.ts";
import { readZip } from "./zip.ts";

/** Finds out by its entries whose an archive is. */
export async function openArchive(source: Source): Promise<Opened> {
  const files = await readZip(source);
  return looksLikeTorch(files)
    ? { format: "torch", contents: await openTorch(source, files) }
    : { format: "npz", contents: openNpz(source, files) };
}
