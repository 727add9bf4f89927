/** Writing: the functions that users call, and which format they mean. */
import { asChoice, asFlag, named } from "../arguments.ts";
import { describe } from "../errors.ts";
import { type Path, writeFile } from "./files.ts";
import { type Item, itemsOf, type Savable, type StoreAs } from "./items.ts";
import { writeNpy } from "./npy.ts";
import { writeNpz } from "./npz.ts";
import { writeSafetensors } from "./safetensors.ts";

/** A format that can be written. */
export type WriteFormat = "safetensors" | "npy" | "npz";

/** Options of {@link save} and {@link encode}. */
export interface SaveOptions {
  /** The format; by the path's extension if not given, and safetensors for bytes. */
  readonly format?: WriteFormat;
  /** The type to store tensors of a dtype as, if not their own: `{ float32: "bfloat16", int32: "int64" }`. */
  readonly storeAs?: StoreAs;
  /** What to say in safetensors' `__metadata__`. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Whether to deflate an .npz; no if not given. */
  readonly compress?: boolean;
}

const formats: readonly WriteFormat[] = ["safetensors", "npy", "npz"];

/** The bytes of a file in pieces; all tensors have been read when a promise is returned. */
function pieces(
  action: string,
  tensors: unknown,
  format: WriteFormat,
  { storeAs, metadata, compress = false }: SaveOptions,
): Iterable<Uint8Array> | Promise<Iterable<Uint8Array>> {
  const items = itemsOf(action, tensors, storeAs);
  if (metadata !== undefined && format !== "safetensors") {
    throw new TypeError(`Cannot ${action} with metadata: an .${format} file has none; use safetensors`);
  }
  if (asFlag("save", "compress", compress) && format !== "npz") {
    throw new TypeError(`Cannot ${action} with compress: only .npz files are compressed`);
  }
  if (format === "safetensors") return writeSafetensors(action, items, metadata);
  return format === "npz" ? writeNpz(action, items, compress) : writeNpy(action, only(action, items));
}

function only(action: string, items: readonly Item[]): Item {
  if (items.length === 1) return items[0];
  throw new RangeError(`Cannot ${action}: an .npy file holds one tensor, got ${items.length}; use .npz`);
}

function optionsOf(name: string, options: unknown): SaveOptions {
  const read = named<SaveOptions>(name, [options], [], ["format", "storeAs", "metadata", "compress"]);
  if (read.format !== undefined) asChoice(name, "format", read.format, formats);
  return read;
}

/**
 * Saves tensors to a file: .safetensors, .npz, or .npy for one tensor, by the extension of its name. Needs
 * --allow-write, and --allow-read because a finished file is renamed into place.
 *
 * A process that is stopped at any moment leaves the old file or the new one, never a part; a file
 * `<path>.<id>.tmp` may then stay behind. What is saved are the tensors as they are when `save` is called. Nothing
 * is copied, except to compress.
 *
 * @throws {RangeError} if a number does not fit the type of `storeAs`.
 *
 * @example
 * ```ts ignore
 * import { io, nn } from "@dinograd/dinograd";
 *
 * const model = new nn.Linear(2, 3);
 * await io.save("model.safetensors", model.stateDict());
 * await io.save("half.safetensors", model.stateDict(), { storeAs: { float32: "bfloat16" } });
 * await io.save("weight.npy", model.weight);
 * ```
 */
export async function save(path: Path, tensors: Savable, options?: SaveOptions): Promise<void> {
  checkPath(path);
  const given = optionsOf("save", options), format = given.format ?? formatOf(path);
  const parts = pieces(`save ${path}`, tensors, format, given);
  await writeFile(path, parts instanceof Promise ? await parts : parts);
}

/** Checks that something can be saved to. */
export function checkPath(path: unknown): void {
  if (typeof path === "string" || path instanceof URL) return;
  throw new TypeError(`Cannot save to ${describe(path)}: it must be a path or a URL`);
}

function formatOf(path: Path): WriteFormat {
  const name = typeof path === "string" ? path : path.pathname;
  const format = formats.find((format) => name.toLowerCase().endsWith(`.${format}`));
  if (format) return format;
  throw new RangeError(`Cannot save ${path}: its name must end in .safetensors, .npz or .npy`);
}

/**
 * The bytes of a file with the given tensors, safetensors unless `format` says otherwise; {@link decode} reads them.
 *
 * @throws {RangeError} if a number does not fit the type of `storeAs`.
 *
 * @example
 * ```ts
 * import { io, tensor } from "@dinograd/dinograd";
 *
 * const bytes = await io.encode({ x: tensor([1, 2, 3]) }, { format: "npz", compress: true });
 * console.log((await io.decode(bytes)).x.toArray()); // [1, 2, 3]
 * ```
 */
export async function encode(tensors: Savable, options?: SaveOptions): Promise<Uint8Array<ArrayBuffer>> {
  const given = optionsOf("encode", options);
  const parts = pieces("encode the tensors", tensors, given.format ?? "safetensors", given);
  return joined(parts instanceof Promise ? await parts : parts);
}

function joined(pieces: Iterable<Uint8Array>): Uint8Array<ArrayBuffer> {
  const parts = [...pieces], all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
