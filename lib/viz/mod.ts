/**
 * Pictures of what a program learns: a page of charts, image grids and confusion matrices, live in the browser or saved
 * as one file, and the same as text for the terminal. An entry point of its own: Chart.js comes with it.
 *
 * @example
 * ```ts
 * import { Page, table } from "@dinograd/dinograd/viz";
 *
 * const page = new Page("Squares");
 * for (let x = 0; x < 10; x++) page.curve("x²", "y", x, x * x);
 * console.log(table(["x", "x²"], [[1, 1], [2, 4]]));
 * console.log((await page.html()).length > 1e5); // true: Chart.js is inside
 * ```
 *
 * @module
 */
export { type Axes, type MatrixOptions, Page, type Point, type Server } from "./page.ts";
export type { ImageOptions } from "./pixels.ts";
export { type Cell, picture, type PictureOptions, table } from "./text.ts";
export type { Tensor } from "../tensor.ts";
