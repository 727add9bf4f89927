/** Cases of ops: condition. */
import { allclose, equal, ones, tensor, where } from "../../mod.ts";
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
  allclose: {
    ...near,
    call: ([x, y], args) => tensor(allclose(x, y, ...args)),
    torch: "torch.tensor(torch.allclose(a, b, *args, **kw))",
  },
  equal: {
    cases: [...near.cases, { of: [{ values: [1, 2] }, { values: [1, 2] }] }, { of: [[2], [3]] }],
    call: ([x, y]) => tensor(equal(x, y)),
    torch: "torch.tensor(torch.equal(a, b))",
    gradient: "none",
  },
} satisfies Partial<Table>;
