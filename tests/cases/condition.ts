/** Cases of ops: condition. */
import { ones, where } from "../../mod.ts";
import { type Checks, mask, specials, type Table } from "./case.ts";

const near: Checks = {
  cases: [
    { of: [[3], [3]] },
    { of: [{ values: [1, 1, NaN, Infinity, 1e-9] }, { values: [1 + 1e-6, 1.1, NaN, Infinity, 0] }] },
    { of: [{ values: [1, 1, NaN] }, { values: [1.05, 1.2, NaN] }], args: [0.1, { equalNan: true }] },
  ],
  torch: "torch.isclose(a, b, *args, **kw)",
  gradient: "none",
};

export const checks = {
  where: {
    cases: [
      { of: [mask([true, false, true], [false, false, true]), [2, 3], [2, 3]] },
      { of: [mask([true], [false]), [3], [2, 1]] },
      {
        of: [mask(...specials.map((_, i) => i % 2 === 0)), { values: specials }, [specials.length]],
        kinks: true,
      },
    ],
    torch: "torch.where(a, b, c)",
    errors: [
      [
        () => where(ones([2]), ones([2]), 0),
        "Cannot choose by a condition of dtype float32: it must be bool; use x.ne(0) or another comparison",
      ],
    ],
  },
  isclose: near,
  allclose: { elsewhere: "tests/predicates_test.ts" },
  equal: { elsewhere: "tests/predicates_test.ts" },
} satisfies Partial<Table>;
