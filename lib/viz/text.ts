/** Tables and pictures as text, for the terminal. */
import type { Tensor } from "../tensor.ts";
import { extent, imageSizes } from "./pixels.ts";

/** How {@link picture} draws. */
export interface PictureOptions {
  /** A text under each image. */
  readonly captions?: Iterable<string | number>;
  /** Images side by side; by default as many as fit into 100 characters. */
  readonly columns?: number;
  /** The values of the lightest and the darkest character; by default the least and greatest of each image. */
  readonly range?: readonly [number, number];
}

const SHADES = " ░▒▓█";

/**
 * Images as text, two rows of pixels a line, since characters are twice as high as wide: [h, w], [n, h, w] or
 * [n, channels, h, w], of which the mean of the channels is drawn.
 *
 * @throws {TypeError} if the images have another shape.
 *
 * @example
 * ```ts
 * import { eye } from "@dinograd/dinograd";
 * import { picture } from "@dinograd/dinograd/viz";
 *
 * console.log(picture(eye(8), { captions: ["one"] }));
 * ```
 */
export function picture(images: Tensor, options: PictureOptions = {}): string {
  const [n, channels, height, width] = imageSizes(images);
  const { columns = Math.max(1, Math.floor(100 / (width + 1))), range } = options;
  const captions = Array.from(options.captions ?? [], String), lines: string[] = [];
  const gray = images.reshape([n, channels, height * width]).double().mean(1).toArray() as number[][];
  for (let first = 0; first < n; first += columns) {
    const row = gray.slice(first, first + columns);
    const drawn = row.map((image) => draw(image, height, width, range ?? extent(image)));
    for (let y = 0; y < height; y += 2) lines.push(drawn.map((image) => image[y / 2]).join(" ").trimEnd());
    const names = captions.slice(first, first + columns);
    if (names.length) lines.push(names.map((name) => name.slice(0, width).padEnd(width)).join(" ").trimEnd());
  }
  return lines.join("\n");
}

function draw(
  image: readonly number[],
  height: number,
  width: number,
  range: readonly [number, number],
): string[] {
  const [light, dark] = range, lines: string[] = [];
  for (let y = 0; y < height; y += 2) {
    let line = "";
    for (let x = 0; x < width; x++) {
      const upper = image[y * width + x], lower = image[Math.min(y + 1, height - 1) * width + x];
      const shade = ((upper + lower) / 2 - light) / (dark - light || 1);
      line += SHADES[Math.round(4 * Math.max(0, Math.min(1, shade)))];
    }
    lines.push(line);
  }
  return lines;
}

/** What a table is made of. */
export type Cell = string | number | boolean;

/**
 * A table as text: columns as wide as needed, numbers to the right. Numbers are written with at most six significant
 * digits.
 *
 * @example
 * ```ts
 * import { table } from "@dinograd/dinograd/viz";
 *
 * console.log(table(["gate", "weight"], [["AND", 1], ["NAND", -0.5]]));
 * // gate  weight
 * // AND        1
 * // NAND    -0.5
 * ```
 */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = [head, ...rows.map((row) => row.map(cellText))];
  const widths = head.map((_, i) => Math.max(...texts.map((row) => [...row[i] ?? ""].length)));
  const isRight = head.map((_, i) => rows.some((row) => typeof row[i] === "number"));
  return texts.map((row) =>
    row.map((text, i) => isRight[i] ? text.padStart(widths[i]) : text.padEnd(widths[i])).join("  ").trimEnd()
  ).join("\n");
}

/** A value of a table: numbers with at most six significant digits. */
export function cellText(cell: Cell): string {
  if (typeof cell === "boolean") return cell ? "yes" : "no";
  if (typeof cell !== "number" || (Number.isInteger(cell) && Math.abs(cell) < 1e12)) return String(cell);
  const size = Math.abs(cell);
  return size >= 1e-4 && size < 1e7 ? String(Number(cell.toPrecision(6))) : cell.toExponential(3);
}
