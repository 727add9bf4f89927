/** Cases of ops: complex. */
import { ones, positive } from "../../mod.ts";
import { type Checks, mask, specials, type Table } from "./case.ts";

const itself: Checks = {
  cases: [{ of: [[2, 3]] }, { of: [[]] }, { of: [[0, 2]] }, { of: [{ values: [1, -2], dtype: "int32" }] }],
};
export const checks = {
  conj: itself,
  conjPhysical: itself,
  resolveConj: itself,
  resolveNeg: itself,
  real: itself,
  isreal: {
    cases: [...itself.cases, { of: [{ values: specials }] }, { of: [mask(true, false)] }],
    gradient: "none",
  },
  angle: {
    cases: [
      { of: [[2, 3]], from: 0.1, to: 2 },
      { of: [[2, 3]], from: -2, to: -0.1 },
      { of: [[]], from: -2, to: -0.1 },
      { of: [{ values: specials }], kinks: true },
      { of: [{ values: [1, -2, 0], dtype: "int32" }] },
    ],
    dtypeIsFixed: true,
  },
  positive: {
    ...itself,
    errors: [[
      () => positive(ones([1]).bool()),
      "Cannot call positive() on dtype bool: it must be one of numbers",
    ]],
  },
} satisfies Partial<Table>;
