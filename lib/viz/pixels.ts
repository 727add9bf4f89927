/** Tensors as pixels that a page can draw. */
import type { Tensor } from "../tensor.ts";

/** How images are drawn. */
export interface ImageOptions {
  /** A text under each image, such as its class. */
  readonly captions?: Iterable<string | number>;
  /** How many images a row has; by default as many as fit. */
  readonly columns?: number;
  /**
   * What is drawn black and white: the least and greatest value of each image, of all together (the default), or two
   * given values.
   */
  readonly range?: "each" | "all" | readonly [black: number, white: number];
  /** For weights, "signed": negative values blue, positive ones red, zero white; default "gray", or RGB of 3 channels. */
  readonly colors?: "gray" | "signed";
}

/** Images of equal size as bytes in base64, in the order [n, height, width, channels]. */
export interface PackedImages {
  /** How many there are. */
  readonly count: number;
  /** Rows of an image. */
  readonly height: number;
  /** Columns of an image. */
  readonly width: number;
  /** 1 or 3 bytes a pixel. */
  readonly channels: number;
  /** The bytes. */
  readonly bytes: string;
  /** What a byte means. */
  readonly colors: "gray" | "signed";
  /** A text for each image, or none. */
  readonly captions: readonly string[];
  /** Images a row, or 0 for as many as fit. */
  readonly columns: number;
}

/** The sizes of images [h, w], [n, h, w] or [n, channels, h, w]. */
export function imageSizes({ shape }: Tensor): [n: number, channels: number, height: number, width: number] {
  const [n, channels, height, width] = shape.length === 3
    ? [shape[0], 1, shape[1], shape[2]]
    : [...Array(4 - shape.length).fill(1), ...shape];
  if (shape.length < 2 || shape.length > 4 || (channels !== 1 && channels !== 3)) {
    throw new TypeError(
      `Cannot draw images of shape [${
        shape.join(", ")
      }]: it must be [h, w], [n, h, w] or [n, channels, h, w] ` +
        "with 1 or 3 channels",
    );
  }
  return [n, channels, height, width];
}

/** Images as bytes. */
export function packImages(images: Tensor, options: ImageOptions): PackedImages {
  const { captions = [], columns = 0, colors = "gray", range = "all" } = options;
  const [count, channels, height, width] = imageSizes(images);
  const values = images.toTypedArray(), size = values.length / count, area = height * width;
  const bytes = new Uint8Array(values.length);
  const all = typeof range === "string" ? extent(values) : range;
  for (let n = 0; n < count; n++) {
    const image = values.subarray(n * size, (n + 1) * size);
    let [black, white] = range === "each" ? extent(image) : all;
    if (colors === "signed") black = -(white = Math.max(Math.abs(black), Math.abs(white)));
    const scale = 255 / (white - black || 1);
    for (let i = 0; i < size; i++) { // [channels, area] becomes [area, channels]
      const to = n * size + (i % area) * channels + Math.floor(i / area);
      bytes[to] = Math.max(0, Math.min(255, Math.round((image[i] - black) * scale)));
    }
  }
  const texts = Array.from(captions, String);
  return { count, height, width, channels, bytes: bytes.toBase64(), colors, captions: texts, columns };
}

/** The least and the greatest of finite values. */
export function extent(values: ArrayLike<number>): [least: number, greatest: number] {
  let least = Infinity, greatest = -Infinity;
  for (let i = 0; i < values.length; i++) {
    if (values[i] < least && values[i] > -Infinity) least = values[i];
    if (values[i] > greatest && values[i] < Infinity) greatest = values[i];
  }
  return least <= greatest ? [least, greatest] : [0, 0];
}
