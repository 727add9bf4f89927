/**
 * PNG and JPEG files to tensors and back, by the names of torchvision.io. An entry point of its own: only those who
 * import it download npm's fast-png and jpeg-js.
 *
 * @example
 * ```ts
 * import { tensor } from "@dinograd/dinograd";
 * import { decodeImage, encodePng } from "@dinograd/dinograd/images";
 *
 * const image = tensor([[[0, 128, 255]]], { dtype: "uint8" }); // one channel, one row
 * console.log(decodeImage(encodePng(image)).toArray()); // [[[0, 128, 255]]]
 * ```
 *
 * @module
 */
import { inflateSync } from "node:zlib";
import {
  convertIndexedToRgb,
  decode as decodePng,
  type DecodedPng,
  encode as toPng,
} from "npm:fast-png@8.0.0";
import { decode as decodeJpeg, encode as toJpeg } from "npm:jpeg-js@0.4.4";
import { asChoice, asCount, named, type Optional } from "../arguments.ts";
import { asBytes, readBytes } from "./bytes.ts";
import { ShapeError } from "../errors.ts";
import { type Path, writeFile } from "../io/files.ts";
import { show } from "../shape.ts";
import { asTensor, empty, type Tensor } from "../tensor.ts";

export type { Path, Tensor };

/** Which channels an image is to have; "unchanged": those of the file. */
export type ImageMode = "unchanged" | "gray" | "rgb" | "rgba";

/** Options of {@link decodeImage} and {@link readImage}. */
export interface DecodeOptions {
  /** Default "unchanged". */
  mode?: ImageMode;
}

/** Options of {@link encodeJpeg} and {@link writeJpeg}. */
export interface JpegOptions {
  /** From 1 to 100; default 75. */
  quality?: number;
}

/** Pixels in rows, the channels of a pixel side by side. */
interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** What white is: 255, or 65535 of 16 bits. */
  readonly white: number;
  readonly data: ArrayLike<number>;
}

const LARGEST = 2 ** 28; // pixels
const counts = { gray: 1, rgb: 3, rgba: 4 } as const;
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * The image in the bytes of a PNG or JPEG file: [channels, height, width] of uint8, of int32 (0 to 65535) for a PNG of
 * 16 bits. See {@link https://pytorch.org/vision/stable/generated/torchvision.io.decode_image.html}.
 *
 * @throws {SyntaxError} if the bytes are damaged, too few, or of another format.
 */
export function decodeImage(bytes: Uint8Array | ArrayBuffer, ...options: Optional<DecodeOptions>): Tensor {
  const file = asBytes("decode", bytes);
  return decode("decodeImage", `decode ${file.length} bytes`, file, options);
}

/**
 * Reads a PNG or JPEG file, as {@link decodeImage} does; needs --allow-read. See
 * {@link https://pytorch.org/vision/stable/generated/torchvision.io.read_image.html}.
 *
 * @throws {SyntaxError} if the file is damaged, {@link Error} if it cannot be read.
 */
export async function readImage(path: Path, ...options: Optional<DecodeOptions>): Promise<Tensor> {
  const file = await readBytes(path);
  return decode("readImage", `load ${path}`, file, options);
}

/**
 * The bytes of a PNG file with an image [channels, height, width] of uint8: grey, grey and alpha, colours, or colours
 * and alpha.
 *
 * @throws {ShapeError} for another shape, TypeError for another dtype.
 */
export function encodePng(image: Tensor): Uint8Array {
  const { width, height, channels, data } = pixelsOf("encodePng", image, [1, 2, 3, 4]);
  return toPng({ width, height, channels, depth: 8, data });
}

/**
 * The bytes of a JPEG file with an image [channels, height, width] of uint8, grey or in colours.
 *
 * @throws {ShapeError} for another shape, TypeError for another dtype.
 */
export function encodeJpeg(image: Tensor, ...options: Optional<JpegOptions>): Uint8Array {
  const { quality = 75 } = named<JpegOptions>("encodeJpeg", options, ["quality"]);
  if (asCount("encodeJpeg", "quality", quality, 1) > 100) {
    throw new RangeError(`Cannot call encodeJpeg() with quality ${quality}: it must be between 1 and 100`);
  }
  const { width, height, data } = toChannels(pixelsOf("encodeJpeg", image, [1, 3]), 4);
  return new Uint8Array(toJpeg({ width, height, data: Uint8Array.from(data) }, quality).data);
}

/** Writes a PNG file whole or not at all, see {@link encodePng}; needs --allow-write and --allow-read. */
export async function writePng(path: Path, image: Tensor): Promise<void> {
  await writeFile(path, [encodePng(image)]);
}

/** Writes a JPEG file whole or not at all, see {@link encodeJpeg}; needs --allow-write and --allow-read. */
export async function writeJpeg(path: Path, image: Tensor, ...options: Optional<JpegOptions>): Promise<void> {
  await writeFile(path, [encodeJpeg(image, ...options)]);
}

function decode(name: string, action: string, file: Uint8Array, options: Optional<DecodeOptions>): Tensor {
  const { mode = "unchanged" } = named<DecodeOptions>(name, options, ["mode"]);
  const wanted = asChoice(name, "mode", mode, ["unchanged", "gray", "rgb", "rgba"]);
  const pixels = attempt(action, () => {
    if (SIGNATURE.every((byte, i) => file[i] === byte)) return fromPng(file);
    if (file[0] === 0xff && file[1] === 0xd8) return fromJpeg(file);
    throw new Error("it is neither PNG nor JPEG");
  });
  const { width, height, channels, white, data } = wanted === "unchanged"
    ? pixels
    : toChannels(pixels, counts[wanted]);
  const size = width * height,
    planes = white === 255 ? new Uint8Array(channels * size) : new Int32Array(channels * size);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < size; i++) planes[c * size + i] = data[i * channels + c];
  }
  const image = empty([channels, height, width], white === 255 ? "uint8" : "int32");
  image.storage.view(image.dtype).set(planes, image.offset);
  return image;
}

/** The errors of the decoders in our words. */
function attempt<T>(action: string, body: () => T): T {
  try {
    return body();
  } catch (cause) {
    throw new SyntaxError(`Cannot ${action}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

function fromPng(file: Uint8Array): Pixels {
  const image = decodePng(essentials(file), { checkCrc: true }), { width, height, depth, channels } = image;
  if (image.palette) {
    const data = convertIndexedToRgb(image);
    return { width, height, white: 255, data, channels: data.length / (width * height) };
  }
  return {
    width,
    height,
    channels,
    white: depth === 16 ? 65535 : 255,
    data: depth < 8 ? unpack(image) : image.data,
  };
}

/** Grey pixels of 1, 2 or 4 bits; a row begins with a byte. */
function unpack(
  { width, height, depth, data }: Pick<DecodedPng, "width" | "height" | "depth" | "data">,
): Uint8Array {
  const stride = Math.ceil(width * depth / 8), most = 2 ** depth - 1, y = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth, byte = data[row * stride + (bit >> 3)];
      y[row * width + x] = (byte >> (8 - depth - (bit & 7)) & most) * 255 / most;
    }
  }
  return y;
}

/**
 * A PNG file without the chunks that say nothing of the pixels, some of which can unpack to any size, and only if its
 * pixels unpack to what its header says.
 */
function essentials(file: Uint8Array): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength), packed: Uint8Array[] = [];
  const kept: Uint8Array[] = [file.subarray(0, 8)];
  let at = 8, type = "", indexed = false, size = 0;
  while (type !== "IEND") {
    if (at + 12 > file.length || at + 12 + view.getUint32(at) > file.length) {
      throw new Error("it is cut short");
    }
    const end = at + 12 + view.getUint32(at), body = file.subarray(at + 8, end - 4);
    type = String.fromCharCode(...file.subarray(at + 4, at + 8));
    if ((type === "IHDR") !== (at === 8)) throw new Error("its header is damaged");
    if (type === "IHDR") {
      size = unpackedSize(view, body);
      indexed = body[9] === 3;
    }
    if (type === "IDAT") packed.push(body);
    if (/^(IHDR|PLTE|IDAT|IEND)$/.test(type) || (type === "tRNS" && indexed)) {
      kept.push(file.subarray(at, end));
    }
    at = end;
  }
  const found = inflateSync(join(packed), { maxOutputLength: size }).length;
  if (found !== size) throw new Error(`it has ${found} bytes of pixels, its header says ${size}`);
  return join(kept);
}

/** How many bytes the pixels take by the header, filters included. */
function unpackedSize(view: DataView, header: Uint8Array): number {
  if (header.length !== 13) throw new Error("its header is damaged");
  const at = header.byteOffset - view.byteOffset, width = view.getUint32(at), height = view.getUint32(at + 4);
  const [depth, colour, , , interlace] = header.subarray(8), channels = [1, 0, 3, 1, 2, 0, 4][colour] ?? 0;
  if (width * height === 0 || width * height > LARGEST || !channels || interlace > 1) {
    throw new Error(`its header says ${width} x ${height} pixels of colour type ${colour}`);
  }
  const rows = (across: number, down: number) =>
    across * down && down * (1 + Math.ceil(across * depth * channels / 8));
  if (interlace === 0) return rows(width, height);
  const passes = [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [
    0,
    1,
    1,
    2,
  ]];
  const steps = (length: number, from: number, step: number) =>
    Math.max(0, Math.ceil((length - from) / step));
  return passes.reduce((sum, [x, y, dx, dy]) => sum + rows(steps(width, x, dx), steps(height, y, dy)), 0);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) whole.set(part, (end += part.length) - part.length);
  return whole;
}

function fromJpeg(file: Uint8Array): Pixels {
  const options = {
    useTArray: true,
    tolerantDecoding: false,
    maxResolutionInMP: LARGEST / 1e6,
    maxMemoryUsageInMB: 4096,
  };
  const { width, height, data } = decodeJpeg(file, { ...options, useTArray: true });
  return toChannels({ width, height, channels: 4, white: 255, data }, components(file) === 1 ? 1 : 3);
}

/** How many components a JPEG file has, as its frame header says. */
function components(file: Uint8Array): number {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 2; at + 10 <= file.length; at += 2 + view.getUint16(at + 2)) {
    while (file[at] === 0xff && file[at + 1] === 0xff) at++;
    const marker = file[at + 1];
    if (marker >= 0xc0 && marker <= 0xc2) return file[at + 9];
  }
  return 3;
}

/** Grey is light, colours are three times grey, alpha is opaque. */
function toChannels({ width, height, channels, white, data }: Pixels, count: 1 | 3 | 4): Pixels {
  const size = width * height,
    y = white === 255 ? new Uint8Array(size * count) : new Int32Array(size * count);
  const coloured = channels >= 3, alpha = channels % 2 === 0 ? channels - 1 : -1;
  for (let i = 0; i < size; i++) {
    const from = i * channels, to = i * count, red = data[from];
    const green = coloured ? data[from + 1] : red, blue = coloured ? data[from + 2] : red;
    if (count === 1) {
      y[to] = coloured ? Math.round(0.299 * red + 0.587 * green + 0.114 * blue) : red;
      continue;
    }
    y[to] = red;
    y[to + 1] = green;
    y[to + 2] = blue;
    if (count === 4) y[to + 3] = alpha < 0 ? white : data[from + alpha];
  }
  return { width, height, channels: count, white, data: y };
}

function pixelsOf(name: string, image: unknown, allowed: readonly number[]) {
  const x = asTensor(`call ${name}()`, "the image", image), [channels, height, width] = x.shape;
  if (x.dtype !== "uint8") {
    throw new TypeError(
      `Cannot call ${name}() on ${x.dtype}: use data.transforms.convertImageDtype("uint8") before`,
    );
  }
  if (x.shape.length !== 3 || !allowed.includes(channels) || height * width === 0) {
    throw new ShapeError(
      `Cannot call ${name}() on ${show(x.shape)}: it must be [channels, height, width] with ${
        allowed.join(" or ")
      } channels`,
    );
  }
  return { width, height, channels, white: 255, data: Uint8Array.from(x.permute(1, 2, 0).toTypedArray()) };
}
