/** NumPy's archives: a zip of .npy files, `name.npy` each. */
import { npySize, openArray, writeNpy } from "./npy.ts";
import type { Item } from "./items.ts";
import { bad, type Contents, type Source } from "./source.ts";
import type { ZipEntry } from "./zip.ts";
import { checkNames, writeDeflated, writeZip, type ZipFile } from "./zip_writer.ts";

/** What an .npz file holds, given the entries of the archive. */
export function openNpz(source: Source, files: readonly ZipEntry[]): Contents {
  const arrays = new Map(files.map((file) => {
    if (file.name.endsWith(".npy")) return [file.name.slice(0, -4), file];
    throw bad(source, `the archive holds ${JSON.stringify(file.name)}, which is not an array of NumPy`);
  }));
  return {
    names: [...arrays.keys()],
    metadata: {},
    async open(name) {
      const file = arrays.get(name)!, reader = await file.open(true); // whoever calls it takes one of the names
      try {
        return await openArray(source, name, reader, file.size);
      } catch (error) {
        await reader.close();
        throw error;
      }
    },
  };
}

/** The bytes of an .npz file in pieces; the items have been read when a promise is returned. */
export function writeNpz(
  action: string,
  items: readonly Item[],
  compress: boolean,
): Iterable<Uint8Array> | Promise<Iterable<Uint8Array>> {
  const files = items.map((item): ZipFile => ({
    name: `${item.name}.npy`,
    size: npySize(action, item),
    pieces: () => writeNpy(action, item),
  }));
  checkNames(action, files.map(({ name }) => name));
  return compress ? writeDeflated(files) : writeZip(files);
}
