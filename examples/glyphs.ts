/** Characters as pixels: the outlines of a font, read by npm's opentype.js, turned, moved and filled row by row. */
import opentype from "npm:opentype.js@2.0.0";
import { type Tensor, tensor } from "../mod.ts";
import { dejavu } from "./sources.ts";

/** The faces of the DejaVu fonts that have all letters. */
export const faceNames: readonly string[] = [
  ...["Sans", "Sans-Bold", "Sans-Oblique", "Sans-BoldOblique", "Sans-ExtraLight"],
  ...["SansCondensed", "SansCondensed-Bold", "SansCondensed-Oblique", "SansCondensed-BoldOblique"],
  ...["SansMono", "SansMono-Bold", "SansMono-Oblique", "SansMono-BoldOblique"],
  ...["Serif", "Serif-Bold", "Serif-Italic", "Serif-BoldItalic"],
  ...["SerifCondensed", "SerifCondensed-Bold", "SerifCondensed-Italic", "SerifCondensed-BoldItalic"],
];

/** How a character stands in its image; lengths in pixels, angles in degrees. */
export interface Pose {
  /** The height of an em. */
  readonly size: number;
  /** How far the middle of the character is from that of the image, to the right and down. */
  readonly right?: number;
  readonly down?: number;
  readonly turn?: number;
}

/** Draws characters of one face. */
export interface Face {
  /** A character as [height, width] of float32, ink is 1. */
  draw(character: string, height: number, width: number, pose: Pose): Tensor;
}

/** Loads a face, such as "Sans-Bold". */
export async function face(name: string): Promise<Face> {
  const font = opentype.parse((await dejavu(`DejaVu${name}`)).buffer);
  return {
    draw(character, height, width, { size, right = 0, down = 0, turn = 0 }) {
      const path = font.getPath(character, 0, 0, size),
        box = path.getBoundingBox(),
        angle = turn * Math.PI / 180;
      const [middleX, middleY] = [(box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2];
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      const place = ([x, y]: Point): Point => [
        width / 2 + right + cos * (x - middleX) - sin * (y - middleY),
        height / 2 + down + sin * (x - middleX) + cos * (y - middleY),
      ];
      const lines = outline(path.commands).map(([from, to]) => [place(from), place(to)] as const);
      return tensor(fill(lines, height, width), { shape: [height, width] });
    },
  };
}

type Point = readonly [x: number, y: number];
type Line = readonly [from: Point, to: Point];

/** A path as straight lines; curves become `PIECES` of them. */
function outline(commands: readonly opentype.PathCommand[]): Line[] {
  const lines: Line[] = [];
  let start: Point = [0, 0], at = start;
  const to = (next: Point) => {
    lines.push([at, next]);
    at = next;
  };
  for (const c of commands) {
    if (c.type === "Z") to(start);
    else if (c.type === "M") start = at = [c.x, c.y];
    else if (c.type === "L") to([c.x, c.y]);
    else {
      const from = at,
        [first, second]: Point[] = c.type === "Q"
          ? [[c.x1, c.y1], [c.x1, c.y1]]
          : [[c.x1, c.y1], [c.x2, c.y2]];
      for (let i = 1; i <= PIECES; i++) {
        const t = i / PIECES, s = 1 - t;
        const along = (a: number, b: number, c: number, d: number) =>
          s ** 3 * a + 3 * s * s * t * b + 3 * s * t * t * c + t ** 3 * d;
        const quadratic = (a: number, b: number, d: number) => s * s * a + 2 * s * t * b + t * t * d;
        to(
          c.type === "Q"
            ? [quadratic(from[0], first[0], c.x), quadratic(from[1], first[1], c.y)]
            : [along(from[0], first[0], second[0], c.x), along(from[1], first[1], second[1], c.y)],
        );
      }
    }
  }
  return lines;
}
const PIECES = 6;

/** The share of each pixel that lies inside the lines: what they go around, whichever way. */
function fill(lines: readonly Line[], height: number, width: number): Float32Array {
  const pixels = new Float32Array(height * width);
  for (let row = 0; row < height; row++) {
    for (let part = 0; part < ROWS; part++) {
      const y = row + (part + 0.5) / ROWS, crossings: { x: number; way: number }[] = [];
      for (const [[x1, y1], [x2, y2]] of lines) {
        if (y1 <= y === y2 <= y) continue;
        crossings.push({ x: x1 + (x2 - x1) * (y - y1) / (y2 - y1), way: y1 <= y ? 1 : -1 });
      }
      crossings.sort((a, b) => a.x - b.x);
      for (let i = 0, around = 0; i + 1 < crossings.length; i++) {
        around += crossings[i].way;
        if (around !== 0) cover(pixels, row * width, width, crossings[i].x, crossings[i + 1].x);
      }
    }
  }
  return pixels;
}
const ROWS = 3; // lines that are looked at in each row of pixels

/** Adds ink between two places in a row. */
function cover(pixels: Float32Array, offset: number, width: number, from: number, to: number): void {
  const [left, right] = [Math.max(from, 0), Math.min(to, width)];
  for (let x = Math.floor(left); x < right; x++) {
    pixels[offset + x] += (Math.min(right, x + 1) - Math.max(left, x)) / ROWS;
  }
}
