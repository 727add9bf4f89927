/** Cases of ops: comparison: truths take no gradient. */
import { ones } from "../../mod.ts";
import { binary, type Case, type Checks, specials, type Table, unary } from "./case.ts";

const none = { gradient: "none" } as const;
const ties = { of: [{ values: [1, 2, 3, NaN] }, { values: [1, 3, 2, NaN] }] };
const integers: Case = {
  of: [{ values: [1, 2, 3], dtype: "int32" }, { values: [1, 3, 2], dtype: "int32" }],
};
const comparison = binary(-2, 2, {
  ...none,
  cases: [ties, integers, { of: [[3]], args: [0.5] }, {
    of: [{ values: [0, 1, 2], dtype: "uint8" }],
    args: [1.5],
  }],
  errors: [[
    () => ones([2]).lt(ones([3])),
    "Cannot compare [2] and [3]: dimension -1 is 2 on the left and 3 on the right, and neither is 1",
  ]],
});
const logical = binary(-2, 2, {
  ...none,
  cases: [{ of: [{ values: [0, 1, 0.5, NaN] }, { values: [0, 0, 2, 1] }] }, integers],
});
const test: Checks = {
  cases: [{ of: [[3]] }, { of: [{ values: specials }] }, { of: [{ values: [0, 7], dtype: "int32" }] }],
  ...none,
};

export const checks = {
  eq: comparison,
  ne: comparison,
  notEqual: comparison,
  lt: comparison,
  less: comparison,
  le: comparison,
  lessEqual: comparison,
  gt: comparison,
  greater: comparison,
  ge: comparison,
  greaterEqual: comparison,
  isnan: test,
  isinf: test,
  isfinite: test,
  logicalAnd: logical,
  logicalOr: logical,
  logicalXor: logical,
  logicalNot: unary(-2, 2, { ...none, cases: [{ of: [{ values: [0, 3], dtype: "int32" }] }] }),
} satisfies Partial<Table>;
