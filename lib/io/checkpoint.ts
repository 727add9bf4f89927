/**
 * Checkpoints: all that a training is made of in one safetensors file. Tensors are there by name, everything else as
 * JSON in the metadata, an entry for each part and one for the file itself.
 */
import { isOptions } from "../arguments.ts";
import { describe } from "../errors.ts";
import { copied } from "../nn/copy.ts";
import { defaultGenerator } from "../random.ts";
import { Tensor } from "../tensor.ts";
import type { Path } from "./files.ts";
import { type FileOrBytes, open, within } from "./load.ts";
import { DEEPEST, marked, opened, record, replay, type Restorable, restorable } from "./record.ts";
import { checkPath, save } from "./save.ts";
import { bad, type Contents, type Source } from "./source.ts";

/** The parts of a training by name: objects with a state, plain data, or objects and arrays of these. */
export type CheckpointParts = Readonly<Record<string, unknown>>;

const HEADER = "$checkpoint"; // no part's: names that begin with $ are marked
const VERSION = 1;

/**
 * Saves all that a training needs to go on bit for bit: modules, optimizers, schedulers, loaders, generators and
 * whatever else has `stateDict()` and `loadStateDict()`, plain data such as the epoch, and the state of the default
 * generator. Call it between two steps: gradients are not saved.
 *
 * The file is written whole or not at all, as {@link save} does, whatever its name: it is a safetensors file, in which
 * a model's tensors have PyTorch's names behind that of the part, `model.0.weight`. Its metadata tells the rest.
 *
 * @throws {TypeError} if a part is neither restorable nor plain data: the message names it.
 *
 * @example
 * ```ts ignore
 * import { io, nn, optim } from "@dinograd/dinograd";
 *
 * const model = new nn.Linear(2, 3), optimizer = new optim.Adam(model.parameters());
 * await io.saveCheckpoint("run.checkpoint", { model, optimizer, epoch: 3 });
 * ```
 */
export async function saveCheckpoint(path: Path, parts: CheckpointParts): Promise<void> {
  checkPath(path);
  const action = `save ${path}`, tensors = new Map<string, Tensor>();
  const json = (name: string, value: unknown) => JSON.stringify(record(action, name, value, tensors));
  const metadata = Object.entries(asParts(action, parts)).map(([name, part]) =>
    [marked(name), json(name, part)] as const
  );
  const header = json(HEADER, { version: VERSION, generator: defaultGenerator() });
  await save(path, tensors, {
    format: "safetensors",
    metadata: Object.fromEntries([[HEADER, header], ...metadata]),
  });
}

/** Something that is to take over a state. */
interface Step {
  readonly name: string;
  readonly part: Restorable;
  readonly state: unknown;
}

/**
 * Restores what {@link saveCheckpoint} saved, and the state of the default generator. `parts` are like those that were
 * saved, or only some of them: objects with a state take theirs over; other values, such as `epoch: 0`, say what is
 * expected, and null that anything is. Returns them with the values of the file.
 *
 * Objects of which one cannot take its state over are all left as they were.
 *
 * @throws {SyntaxError} if the file is not a whole checkpoint, or lacks a part.
 * @throws {Error} if an object cannot take its state over.
 *
 * @example
 * ```ts ignore
 * import { io, nn, optim } from "@dinograd/dinograd";
 *
 * const model = new nn.Linear(2, 3), optimizer = new optim.Adam(model.parameters());
 * const { epoch } = await io.loadCheckpoint("run.checkpoint", { model, optimizer, epoch: 0 });
 * ```
 */
export async function loadCheckpoint<P extends CheckpointParts>(file: FileOrBytes, parts: P): Promise<P> {
  asParts("load a checkpoint", parts);
  return await within(file, async (source) => {
    const { contents } = await open(source), reader = new Reader(source, contents);
    const values: [string, unknown][] = [], generator = await reader.header();
    for (const [name, part] of Object.entries(parts)) {
      values.push([name, await reader.match(name, part, reader.json(marked(name), name))]);
    }
    restore(source, [generator, ...reader.steps]);
    return Object.fromEntries(values) as P; // match() has compared each with that of `parts`
  });
}

function asParts(action: string, parts: unknown): CheckpointParts {
  if (isOptions(parts) && !restorable(parts)) return parts;
  throw new TypeError(
    `Cannot ${action} of ${
      describe(parts)
    }: parts must be an object with a name for each, as { model, epoch }`,
  );
}

/** Reads parts of a checkpoint, and compares them with what is there to take them over. */
class Reader {
  /** What is to be restored, so far. */
  readonly steps: Step[] = [];
  readonly #names: ReadonlySet<string>;
  readonly #tensors = new Map<string, Promise<Tensor>>();

  constructor(readonly source: Source, readonly contents: Contents) {
    this.#names = new Set(contents.names);
  }

  /** Checks that the file is a checkpoint; the state of the default generator. */
  async header(): Promise<Step> {
    if (!Object.hasOwn(this.contents.metadata, HEADER)) {
      throw bad(this.source, "it is no checkpoint; use io.load()");
    }
    const header = await this.#replay("its header", this.json(HEADER, "its header"));
    const { version, generator: state } = isOptions(header) ? header : {};
    if (version !== VERSION) {
      throw bad(this.source, `it is a checkpoint of version ${describe(version)}, it must be ${VERSION}`);
    }
    return { name: "the default generator", part: restorable(defaultGenerator())!, state };
  }

  /** An entry of the metadata. */
  json(key: string, name: string): unknown {
    const { metadata } = this.contents;
    if (!Object.hasOwn(metadata, key)) throw this.#missing(name, Object.keys(metadata));
    try {
      return JSON.parse(metadata[key]);
    } catch {
      throw bad(this.source, `${name} is not JSON`);
    }
  }

  /** The value of the file that takes the place of `like`; objects with a state stay, and take it over later. */
  async match(name: string, like: unknown, json: unknown, depth = 0): Promise<unknown> {
    const part = restorable(like), recorded = opened(json);
    if (part) {
      if (recorded.kind !== "tag" || recorded.tag !== "$state") {
        throw this.#differs(name, "not a state", like);
      }
      this.steps.push({ name, part, state: await this.#replay(name, recorded.content) });
      return like;
    }
    const inner = (key: string | number, item: unknown, json: unknown) =>
      this.match(`${name}.${key}`, item, json, depth + 1);
    if (isOptions(like) && recorded.kind === "object" && depth < DEEPEST) {
      const keys = new Set(recorded.entries.map(([key]) => key)), values: [string, unknown][] = [];
      const missing = Object.keys(like).find((key) => !keys.has(key));
      if (missing !== undefined) throw this.#missing(`${name}.${missing}`, [...keys]);
      for (const [key, json] of recorded.entries) {
        const value = Object.hasOwn(like, key) ? inner(key, like[key], json) : this.#replay(name, json);
        values.push([key, await value]);
      }
      return Object.fromEntries(values);
    }
    if (Array.isArray(like) && like.some(restorable) && recorded.kind === "array") {
      const { items } = recorded, values: unknown[] = [];
      if (items.length !== like.length) {
        throw this.#differs(name, `an array of ${items.length} items`, like);
      }
      for (const [i, item] of items.entries()) values.push(await inner(i, like[i], item));
      return values;
    }
    const value = await this.#replay(name, json), kind = kindOf(like);
    if (like === null || kindOf(value) === kind) return value;
    throw this.#differs(name, describe(value), like);
  }

  #replay(name: string, json: unknown): Promise<unknown> {
    return replay(
      json,
      (tensor) => this.#tensor(name, tensor),
      (what) => bad(this.source, `${name}: ${what}`),
    );
  }

  /** A tensor of the file, read once however often it is named. */
  #tensor(part: string, name: string): Promise<Tensor> {
    if (!this.#names.has(name)) throw bad(this.source, `${part} names a tensor that it lacks`);
    const read = this.#tensors.get(name) ?? this.contents.open(name).then((entry) => entry.read());
    this.#tensors.set(name, read);
    return read;
  }

  #missing(name: string, names: readonly string[]): SyntaxError {
    const others = names.filter((other) => other !== HEADER).slice(0, 20).join(", ");
    return bad(this.source, `it has no ${name}; it has ${others || "nothing else"}`);
  }

  #differs(name: string, found: string, like: unknown): SyntaxError {
    const wanted = restorable(like) ? `the state of ${describe(like)}` : `like ${describe(like)}`;
    return bad(this.source, `${name} is ${found}, it must be ${wanted}`);
  }
}

function kindOf(value: unknown): string {
  if (value instanceof Tensor) return "tensor";
  if (value instanceof Uint8Array) return "bytes";
  return Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
}

/** Lets all take their states over; if one cannot, it and those before it go back to where they were. */
function restore(source: Source, steps: readonly Step[]): void {
  const before = steps.map(({ part }) => copied(part.stateDict(), new Map(), (bytes) => bytes));
  for (const [i, { name, part, state }] of steps.entries()) {
    try {
      take(part, state);
    } catch (error) {
      for (let j = i; j >= 0; j--) {
        try {
          take(steps[j].part, before[j]);
        } catch {
          // one that refuses even its own state has changed nothing
        }
      }
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`Cannot ${source.action} into ${name}: ${why}`, { cause: error });
    }
  }
}

function take(part: Restorable, state: unknown): void {
  part.loadStateDict(state as never); // whether it is what stateDict() gave, the part itself checks
}
