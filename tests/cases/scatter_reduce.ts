/** Cases of ops: scatter reduce. */
import * as ops from "../../mod.ts";
import { type Case, type Checks, indices, type Input, type Table } from "./case.ts";

const reductions = ["sum", "prod", "mean", "amax", "amin"];
const options = [{}, { includeSelf: false }];

/** An op called as f(x, dim, index, source, reduce, options). */
function reducing(
  name: keyof Table & keyof typeof ops,
  of: readonly Input[],
  zeros: readonly Input[],
  how = reductions,
): Checks {
  const f = ops[name] as unknown as (...args: unknown[]) => unknown, inPlace = name.endsWith("_");
  const snake = name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
  const cases: Case[] = how.flatMap((reduce) => options.map((o) => ({ of, args: [0, reduce, o] })));
  return {
    // zeros in a product: with differences for the first derivative, but PyTorch's second ones are NaN there
    cases: [...cases, { of: zeros, args: [0, "prod", {}] }],
    call: ([x, index, source], [dim, ...rest]) => f(x, dim, index, source, ...rest),
    torch: `a${inPlace ? ".clone()" : ""}.${snake}(args[0], b, c, args[1], **kw)`,
  };
}

const scatter = [[3, 2], indices([0, 0], [2, 1], [0, 1]), [3, 2]],
  slices = [[3, 2], indices(0, 2, 0), [3, 2]];
const withZeros = { values: [[2, 0], [0, 3], [1, 1]] }, three = { values: [[1, 2], [3, 1], [0, 2]] };
const wide = [three, indices([0, 0], [2, 1], [0, 1]), withZeros],
  wideSlices = [three, indices(0, 2, 0), withZeros];
const noSum = reductions.slice(1);

export const checks = {
  scatterReduce: reducing("scatterReduce", scatter, wide),
  scatterReduce_: reducing("scatterReduce_", scatter, wide),
  indexReduce: reducing("indexReduce", slices, wideSlices, noSum),
  indexReduce_: reducing("indexReduce_", slices, wideSlices, noSum),
} satisfies Partial<Table>;
