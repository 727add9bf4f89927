/**
 * The one printed form of a tensor: PyTorch's layout, followed by shape, dtype and gradient function.
 * `String(x)`, `console.log`, the REPL and the notebook all print what this file returns. It knows numbers
 * and shapes, nothing of tensors, and reads only the elements that it shows.
 *
 * @module
 */

import type { DType } from "./dtype.ts";

const PREFIX = "tensor(";
const PRECISION = 4; // decimals of a float
const THRESHOLD = 1000; // more elements than this print as their edges
const EDGE = 3; // elements shown at either end of a dimension that is cut
const LINE_WIDTH = 80;

/** What is shown of a tensor: nested as its dimensions are, null where elements were left out. */
type Shown = number | null | readonly Shown[];

/** How the elements of one tensor are written, and the width that aligns them. */
interface Column {
  readonly width: number;
  readonly write: (value: number) => string;
}

/**
 * Writes a tensor as PyTorch prints it: columns aligned, four decimals, scientific notation where the values
 * span more than 1000 or leave 1e-4 to 1e8, lines broken at 80 columns, and only the three first and last
 * elements of each dimension beyond 1000 elements. Unlike PyTorch it always adds shape and dtype.
 *
 * @param at Reads the element at a row-major index; called only for elements that are shown.
 * @param shape The sizes, outermost first; `[]` for a single number.
 * @param dtype Floats end in a point or decimals, bools are `true` and `false`.
 * @param suffix What follows the dtype, such as `gradFn=<Mul>` or `requiresGrad=true`.
 *
 * @example
 * ```ts
 * import { tensor } from "@dinograd/dinograd";
 *
 * console.log(String(tensor([[1, -2.5], [3, 4]])));
 * // tensor([[ 1.0000, -2.5000],
 * //         [ 3.0000,  4.0000]], shape=[2, 2], dtype=float32)
 * ```
 */
export function formatTensor(
  at: (index: number) => number,
  shape: readonly number[],
  dtype: DType,
  suffix: readonly string[] = [],
): string {
  const size = sizeOf(shape), indent = PREFIX.length;
  const facts = [`shape=[${shape.join(", ")}]`, `dtype=${dtype}`, ...suffix];
  if (size === 0) return finish(`${PREFIX}[]`, facts, indent);
  const shown = gather(at, shape, 0, size > THRESHOLD);
  return finish(PREFIX + draw(shown, shape.length, indent, columnOf(shown, dtype)), facts, indent);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, n) => size * n, 1);
}

/** Reads what will be shown of the block that starts at `offset`. */
function gather(
  at: (index: number) => number,
  shape: readonly number[],
  offset: number,
  cut: boolean,
): Shown {
  if (shape.length === 0) return at(offset);
  const [n, ...inner] = shape, stride = sizeOf(inner);
  const read = (i: number): Shown => gather(at, inner, offset + i * stride, cut);
  if (!cut || n <= 2 * EDGE) return Array.from({ length: n }, (_, i) => read(i));
  const edge = Array.from({ length: EDGE }, (_, i) => i);
  return [...edge.map(read), null, ...edge.map((i) => read(n - EDGE + i))];
}

/** Lays out a block of the given rank whose opening bracket stands at column `indent`. */
function draw(shown: Shown, rank: number, indent: number, column: Column): string {
  if (shown === null) return rank === 0 ? " ..." : "...";
  if (typeof shown === "number") return column.write(shown).padStart(column.width);
  const parts = shown.map((part) => draw(part, rank - 1, indent + 1, column));
  const margin = " ".repeat(indent + 1);
  if (rank > 1) return `[${parts.join("," + "\n".repeat(rank - 1) + margin)}]`;
  const perLine = Math.max(1, Math.floor((LINE_WIDTH - indent) / (column.width + 2)));
  const lines: string[] = [];
  for (let i = 0; i < parts.length; i += perLine) lines.push(parts.slice(i, i + perLine).join(", "));
  return `[${lines.join(",\n" + margin)}]`;
}

/** Adds the facts and the closing parenthesis; a fact that would cross the line's end starts a new line. */
function finish(body: string, facts: readonly string[], indent: number): string {
  let text = body;
  // PyTorch counts two columns more than the line has, except on a line that a fact began.
  let used = body.length - body.lastIndexOf("\n") + 1;
  for (const fact of facts) {
    const fits = used + fact.length + 2 <= LINE_WIDTH;
    text += fits ? `, ${fact}` : `,\n${" ".repeat(indent)}${fact}`;
    used = fits ? used + fact.length + 2 : indent + fact.length;
  }
  return `${text})`;
}

/** Chooses one notation for all elements. As in PyTorch, zeros, nan and inf do not widen a float column. */
function columnOf(shown: Shown, dtype: DType): Column {
  const values = leaves(shown);
  const floating = dtype.startsWith("float");
  const counted = floating ? values.filter((x) => x !== 0 && Number.isFinite(x)) : values;
  const write = dtype === "bool"
    ? (x: number) => (x === 0 ? "false" : "true")
    : floating
    ? floatWriter(counted)
    : String;
  return { width: counted.reduce((width, x) => Math.max(width, write(x).length), 1), write };
}

function leaves(shown: Shown): number[] {
  if (shown === null) return [];
  return typeof shown === "number" ? [shown] : shown.flatMap(leaves);
}

/** Picks whole, decimal or scientific notation from the finite values other than zero. */
function floatWriter(values: readonly number[]): (value: number) => string {
  let least = Infinity, greatest = 0;
  for (const x of values) {
    least = Math.min(least, Math.abs(x));
    greatest = Math.max(greatest, Math.abs(x));
  }
  const whole = values.every(Number.isInteger);
  const scientific = greatest / least > 1000 || greatest > 1e8 || (!whole && least < 1e-4);
  const digits = scientific ? writeScientific : whole ? (x: number) => `${x}.` : writeDecimal;
  return (x) => {
    if (Number.isNaN(x)) return "nan";
    const magnitude = Number.isFinite(x) ? digits(Math.abs(x)) : "inf";
    return x < 0 || Object.is(x, -0) ? `-${magnitude}` : magnitude;
  };
}

function writeDecimal(x: number): string {
  return tieToEven(x.toFixed(PRECISION), x.toFixed(EXACT));
}

function writeScientific(x: number): string {
  const digits = tieToEven(x.toExponential(PRECISION), x.toExponential(EXACT));
  return digits.replace(/e[+-](?=\d$)/, "$&0"); // e+5 to e+05
}

// Forty digits show whether a double equals a six-digit decimal: one that differs does so before.
const EXACT = 40;
// PRECISION decimals of which the last is even, then exactly one half.
const TIE_AT_EVEN = /^(\d+\.\d{3}[02468])50*(e.+)?$/;

/** JavaScript rounds an exact tie up, PyTorch (through Python) to even: 0.03125 prints as 0.0312. */
function tieToEven(rounded: string, exact: string): string {
  const tie = TIE_AT_EVEN.exec(exact);
  return tie === null ? rounded : tie[1] + (tie[2] ?? "");
}
