/** Values that a user might pass by mistake, and how calls may respond to them. */
import { ones, tensor, zeros } from "../mod.ts";

/** Values that a user might pass by mistake. */
export const odd: readonly (readonly [string, unknown])[] = [
  ["undefined", undefined],
  ["null", null],
  ["a string", "x"],
  ["an empty string", ""],
  ["an object", {}],
  ["an object with an unknown option", { sideways: 1 }],
  ["an empty array", []],
  ["an array of a string", ["x"]],
  ["a ragged array", [[1], [2, 3], 4]],
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-7", -7],
  ["1.5", 1.5],
  ["1e99", 1e99],
  ["true", true],
  ["a bigint", 1n],
  ["a symbol", Symbol("s")],
  ["a function", () => {}],
  ["a Float64Array", new Float64Array(3)],
  ["a Date", new Date(0)],
  ["a tensor of another shape", ones([7])],
  ["a tensor without elements", zeros([0, 3])],
  ["a tensor of indices out of range", tensor([99], { dtype: "int32" })],
];

/** What the engine of JavaScript says of accidents that also begin with "Cannot". */
const accident =
  /^Cannot ((read|set|delete|create) propert|destructure|convert (a|an|undefined|null|object|BigInt|Symbol)\b.*(value|primitive|object|number)|mix|access|perform|redefine)/;

/** Fails if `call` fails by accident. */
export function assertNoAccident(what: string, call: () => unknown): void {
  try {
    call();
  } catch (error) {
    const { message } = error as Error;
    if (message.startsWith("Cannot ") && !accident.test(message)) return;
    throw new Error(`${what}: ${error}`, { cause: error });
  }
}
