/** Reading: which format a file is in, and the functions that users call. */
import { named, type Optional } from "../arguments.ts";
import { describe } from "../errors.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import type { StoredType } from "./elements.ts";
import { openFile, type Path } from "./files.ts";
import type { NamedTensors } from "./items.ts";
import { looksLikeNpy, openNpy } from "./npy.ts";
import { looksLikeSafetensors, openSafetensors } from "./safetensors.ts";
import { bad, bytesSource, type Contents, type Source } from "./source.ts";
import type { TorchContents, TorchValue } from "./torch.ts";

/** A file, or the bytes of one. */
export type FileOrBytes = Path | Uint8Array | ArrayBuffer;

/** Options of {@link load} and {@link decode}. */
export interface LoadOptions {
  /** Which tensors to read; all if not given. */
  readonly names?: readonly string[];
}

/** A format that can be read. */
export type ReadFormat = "safetensors" | "npy" | "npz" | "torch";

/** What {@link inspect} tells of a file. */
export interface FileSummary {
  /** The format, as its contents tell. */
  readonly format: ReadFormat;
  /** What safetensors' `__metadata__` says; empty for the other formats. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The tensors by name: their shapes, and their element types in the file. */
  readonly tensors: Readonly<Record<string, { readonly stored: StoredType; readonly shape: Shape }>>;
}

/** A file, its format found out. */
export type Opened =
  | { readonly format: Exclude<ReadFormat, "torch">; readonly contents: Contents }
  | { readonly format: "torch"; readonly contents: TorchContents };

/** Whether a file that begins so can be a zip archive. */
function looksLikeZip(start: Uint8Array): boolean {
  return start[0] === 0x50 && start[1] === 0x4b && (start[2] === 3 && start[3] === 4 || start[2] === 5);
}

/** Finds out the format by the first bytes. */
export async function open(source: Source): Promise<Opened> {
  const start = new Uint8Array(Math.min(source.size, 9));
  await source.read(0, start);
  if (looksLikeNpy(start)) return { format: "npy", contents: await openNpy(source) };
  if (looksLikeZip(start)) return await (await import("./archive.ts")).openArchive(source);
  if (looksLikeSafetensors(start)) return { format: "safetensors", contents: await openSafetensors(source) };
  if (start[0] === 0x80) {
    throw bad(source, "it is a bare pickle, as PyTorch wrote before 1.6; load and save it there again");
  }
  throw bad(source, "it is not one of safetensors, .npy, .npz and PyTorch's zip, or it is damaged");
}

/** Opens a file or bytes for as long as `use` takes. */
export async function within<T>(file: unknown, use: (source: Source) => Promise<T>): Promise<T> {
  if (file instanceof Uint8Array) return await use(bytesSource(file));
  if (file instanceof ArrayBuffer) return await use(bytesSource(new Uint8Array(file)));
  if (typeof file !== "string" && !(file instanceof URL)) {
    throw new TypeError(`Cannot load ${describe(file)}: a file is a path, a URL or bytes`);
  }
  using source = await openFile(file);
  return await use(source);
}

async function readTensors(source: Source, names: unknown): Promise<NamedTensors> {
  const { contents } = await open(source), tensors: [string, Tensor][] = [];
  for (const name of names === undefined ? contents.names : chosen(source, contents.names, names)) {
    tensors.push([name, await (await contents.open(name)).read()]);
  }
  return Object.fromEntries(tensors); // which takes even __proto__ for a name
}

function chosen(source: Source, all: readonly string[], names: unknown): string[] {
  if (!Array.isArray(names)) {
    throw new TypeError(
      `Cannot ${source.action} with names ${describe(names)}: it must be an array of names`,
    );
  }
  const missing = names.findIndex((name) => !all.includes(name));
  if (missing < 0) return names;
  const known = all.slice(0, 20).join(", ") + (all.length > 20 ? ", ..." : "");
  throw new RangeError(
    `Cannot ${source.action} with names: ${describe(names[missing])} is not one of ${
      known || "its 0 tensors"
    }`,
  );
}

/**
 * Loads the tensors of a file by name: safetensors, .npy, .npz, or a .pt/.pth of PyTorch's, as the contents tell. Needs
 * --allow-read.
 *
 * Halves become float32 and whole numbers int32, uint8 or bool. A file is read tensor by tensor, straight into
 * place. The array of an .npy file has the name `arr_0` (see {@link loadTensor}). Of a .pt file no code is run;
 * tensors in nested dictionaries are named `outer.inner` (see {@link loadTorch}).
 *
 * @throws {SyntaxError} if the file is not whole or not of these formats.
 * @throws {RangeError} if a whole number does not fit int32, or there is no tensor of one of `names`.
 *
 * @example
 * ```ts ignore
 * import { io, nn } from "@dinograd/dinograd";
 *
 * const layer = new nn.Linear(2, 3);
 * layer.loadStateDict(await io.load("model.safetensors"));
 * const { bias } = await io.load("model.pt", { names: ["bias"] });
 * ```
 */
export async function load(path: Path, ...args: Optional<LoadOptions>): Promise<NamedTensors> {
  const { names } = named<LoadOptions>("load", args, ["names"]);
  return await within(path, (source) => readTensors(source, names));
}

/**
 * The tensors in the bytes of a file, as {@link load} gives them; needs no permission.
 *
 * @throws {SyntaxError} if the bytes are not those of a whole file.
 *
 * @example
 * ```ts
 * import { io, tensor } from "@dinograd/dinograd";
 *
 * const bytes = await io.encode({ x: tensor([1, 2, 3]) });
 * const { x } = await io.decode(bytes);
 * console.log(x.toArray()); // [1, 2, 3]
 * ```
 */
export async function decode(
  bytes: Uint8Array | ArrayBuffer,
  ...args: Optional<LoadOptions>
): Promise<NamedTensors> {
  const { names } = named<LoadOptions>("decode", args, ["names"]);
  return await within(asBytes(bytes), (source) => readTensors(source, names));
}

function asBytes(bytes: unknown): Uint8Array | ArrayBuffer {
  if (bytes instanceof Uint8Array || bytes instanceof ArrayBuffer) return bytes;
  throw new TypeError(`Cannot decode ${describe(bytes)}: it must be a Uint8Array or ArrayBuffer`);
}

/**
 * Loads the one tensor of a file, such as the array of an .npy file; needs --allow-read for a path.
 *
 * @throws {RangeError} if the file does not hold exactly one tensor.
 *
 * @example
 * ```ts
 * import { io, tensor } from "@dinograd/dinograd";
 *
 * const bytes = await io.encode(tensor([[1, 2], [3, 4]]), { format: "npy" });
 * console.log((await io.loadTensor(bytes)).toArray()); // [[1, 2], [3, 4]]
 * ```
 */
export async function loadTensor(file: FileOrBytes): Promise<Tensor> {
  return await within(file, async (source) => {
    const { contents } = await open(source), { names: { length }, names: [name] } = contents;
    if (length === 1) return await (await contents.open(name)).read();
    throw new RangeError(`Cannot ${source.action} as one tensor: it holds ${length}`);
  });
}

/**
 * Loads all that a .pt or .pth file of PyTorch's holds: the tensors, and the numbers and texts beside them, in the
 * dictionaries and lists they were saved in. No code is run: a file that asks for any is refused. Needs --allow-read
 * for a path.
 *
 * @throws {SyntaxError} if the file is not whole, or holds anything but data; the text names what.
 *
 * @example
 * ```ts ignore
 * import { io } from "@dinograd/dinograd";
 *
 * const checkpoint = await io.loadTorch("checkpoint.pt"); // torch.save({"epoch": 3, "model": model.state_dict()})
 * ```
 */
export async function loadTorch(file: FileOrBytes): Promise<TorchValue> {
  return await within(file, async (source) => {
    const { format, contents } = await open(source);
    if (format === "torch") return await contents.value();
    throw bad(source, `it is a file of ${format}, not of PyTorch's; use io.load()`);
  });
}

/**
 * Tells what is in a file without reading the tensors: format, metadata, and the name, type and shape of each. Needs
 * --allow-read for a path.
 *
 * @throws {SyntaxError} if the file is not whole or not of a known format.
 *
 * @example
 * ```ts
 * import { io, tensor } from "@dinograd/dinograd";
 *
 * const bytes = await io.encode({ x: tensor([1, 2, 3]) }, { metadata: { epoch: "3" } });
 * const { metadata, tensors } = await io.inspect(bytes);
 * console.log(metadata.epoch, tensors.x); // 3 { stored: "float32", shape: [3] }
 * ```
 */
export async function inspect(file: FileOrBytes): Promise<FileSummary> {
  return await within(file, async (source) => {
    const { format, contents } = await open(source), tensors: [string, FileSummary["tensors"][string]][] = [];
    for (const name of contents.names) {
      const entry = await contents.open(name), { stored, shape } = entry;
      await entry.close();
      tensors.push([name, { stored, shape }]);
    }
    return { format, metadata: contents.metadata, tensors: Object.fromEntries(tensors) };
  });
}
