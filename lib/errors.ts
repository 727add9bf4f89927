/** The library's own error class and the words that every message shares. */

/**
 * Shapes, ranks or sizes that do not fit together. The message names the operation, the shapes and the way out.
 *
 * @example
 * ```ts
 * import { ShapeError, tensor } from "@dinograd/dinograd";
 *
 * try {
 *   tensor([1, 2]).add(tensor([1, 2, 3]));
 * } catch (error) {
 *   console.log(error instanceof ShapeError); // true
 * }
 * ```
 */
export class ShapeError extends TypeError {
  /** Always "ShapeError". */
  override name = "ShapeError";
}

/** What a user passed, in words fit for a message: `a string "x"`, `an array`, `NaN`, `a Map`. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  switch (typeof value) {
    case "number":
    case "boolean":
      return String(value);
    case "string":
      return value.length > 40 ? `a string of ${value.length} characters` : JSON.stringify(value);
    case "bigint":
      return `the bigint ${value}n`;
    case "function":
      return `a function${value.name ? ` (${value.name})` : ""}`;
    case "symbol":
      return "a symbol";
    default:
      return describeObject(value as object);
  }
}

function describeObject(value: object): string {
  if (Array.isArray(value)) {
    const plain = value.length <= 8 && value.every((v) => typeof v === "number");
    return plain ? `[${value.join(", ")}]` : `an array of ${value.length} items`;
  }
  const name = value.constructor?.name ?? "Object";
  return /^[AEIOU]/.test(name) ? `an ${name}` : `a ${name}`;
}
