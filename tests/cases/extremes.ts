/** Cases of ops: extremes. */
import { argmax, max, ones } from "../../mod.ts";
import type { Case, Checks, Table } from "./case.ts";
import { dims, integers, oneDim } from "./reduce.ts";

const ties: Case[] = [
  { of: [{ values: [[1, 3, 3], [2, 2, 1]] }], kinks: true },
  { of: [{ values: [[1, 3, 3], [2, 2, 1]] }], args: [1], kinks: true },
  { of: [{ values: [[1, NaN, 3], [2, 2, -0]] }], args: [0], kinks: true },
];
const extreme: Checks = { cases: [...dims, ...ties, integers] };
const firstExtreme: Checks = { cases: [...oneDim, ...ties, { of: [[3], [2, 3]] }, integers] };
const place: Checks = { cases: [...oneDim, ...ties, integers], gradient: "none" };

export const checks = {
  amax: extreme,
  amin: extreme,
  max: {
    ...firstExtreme,
    errors: [[
      () => max(ones([2, 0]), 1),
      "Cannot take max() of shape [2, 0]: there is no element along dim 1",
    ]],
  },
  min: firstExtreme,
  argmax: {
    ...place,
    errors: [[() => argmax(ones([0])), "Cannot take argmax() of shape [0]: there is no element along dim 0"]],
  },
  argmin: place,
} satisfies Partial<Table>;
