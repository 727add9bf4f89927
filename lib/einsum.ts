/**
 * Einstein's notation: reads equations such as "bij,bjk->bik" against the shapes of the operands.
 *
 * Pure: what is contracted in which order, and with which products, is for products.ts.
 */
import { describe, ShapeError } from "./errors.ts";
import { type Shape, show } from "./shape.ts";

/** An equation read: a label for every dimension, of each operand and of the result. */
export interface Equation {
  readonly terms: readonly (readonly string[])[];
  readonly output: readonly string[];
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Reads `equation` for operands of the given shapes. The labels of dimensions under an ellipsis are ".1", ".0" ... */
export function readEquation(equation: string, shapes: readonly Shape[]): Equation {
  const [left, right, ...more] = equation.replaceAll(" ", "").split("->"), parts = left.split(",");
  if (more.length > 0) refuse(equation, "it has more than one ->");
  if (parts.length !== shapes.length) {
    refuse(equation, `it describes ${parts.length} operands, not the ${shapes.length} given`);
  }
  const terms = parts.map((part, i) => {
    const { head, tail, ellipsis } = readPart(equation, part), { length } = shapes[i];
    const hidden = length - head.length - tail.length;
    if (hidden < 0 || (hidden > 0 && !ellipsis)) {
      throw new ShapeError(
        `Cannot call einsum(): "${part}" does not fit operand ${i} of shape ${show(shapes[i])}`,
      );
    }
    return [...head, ...hiddenLabels(hidden), ...tail];
  });
  const all = terms.flat(),
    hidden = hiddenLabels(Math.max(...terms.map((term) => term.filter(isHidden).length)));
  if (right === undefined) {
    const once = [...letters].filter((label) =>
      all.indexOf(label) >= 0 && all.indexOf(label) === all.lastIndexOf(label)
    );
    return { terms, output: [...hidden, ...once] };
  }
  const { head, tail, ellipsis } = readPart(equation, right);
  const output = [...head, ...ellipsis ? hidden : [], ...tail];
  output.forEach((label, i) => {
    if (output.indexOf(label) !== i) refuse(equation, `${label} appears twice in its result`);
    if (!all.includes(label)) refuse(equation, `${label} of its result is in no operand`);
  });
  return { terms, output };
}

/** A list of dimensions as numbers from 0 to 51 and "...", as letters. */
export function lettersOf(list: unknown): string {
  if (!Array.isArray(list)) {
    throw new TypeError(
      `Cannot call einsum() with dimensions ${describe(list)}: they must be an array of numbers`,
    );
  }
  return list.map((label) => {
    if (label === "...") return label;
    if (Number.isInteger(label) && label >= 0 && label < letters.length) return letters[label];
    throw new RangeError(
      `Cannot call einsum() with dimension ${
        describe(label)
      }: it must be a whole number from 0 to 51, or "..."`,
    );
  }).join("");
}

function readPart(equation: string, part: string): { head: string[]; tail: string[]; ellipsis: boolean } {
  const found = /^([A-Za-z]*)(\.\.\.)?([A-Za-z]*)$/.exec(part);
  if (!found) refuse(equation, `"${part}" must be letters, and ... at most once`);
  return { head: [...found[1]], tail: [...found[3]], ellipsis: found[2] !== undefined };
}

function isHidden(label: string): boolean {
  return label[0] === ".";
}

/** Labels counted from the last, for ellipses broadcast as shapes do. */
function hiddenLabels(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `.${count - 1 - i}`);
}

function refuse(equation: string, why: string): never {
  throw new TypeError(`Cannot call einsum() with ${describe(equation)}: ${why}`);
}

/** The size of every label: the same wherever it appears, or 1 where it broadcasts; but not within one operand. */
export function sizesOf(
  name: string,
  terms: readonly (readonly string[])[],
  shapes: readonly Shape[],
): Map<string, number> {
  const sizes = new Map<string, number>();
  const check = (fits: boolean, size: number, other: number) => {
    if (fits) return;
    throw new ShapeError(
      `Cannot call ${name}() on ${
        shapes.map(show).join(" and ")
      }: sizes ${other} and ${size} should be the same`,
    );
  };
  terms.forEach((labels, i) =>
    labels.forEach((label, d) => {
      const size = shapes[i][d], known = sizes.get(label) ?? 1, first = shapes[i][labels.indexOf(label)];
      check(size === first, size, first);
      check(size === known || size === 1 || known === 1, size, known);
      sizes.set(label, size === 1 ? known : size);
    })
  );
  return sizes;
}
