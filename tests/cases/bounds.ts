/** Cases of ops: bounds. */
import { clamp, ones } from "../../mod.ts";
import { binary, type Checks, type Table } from "./case.ts";

const ties = { of: [{ values: [1, 2, 2, -0, 0] }, { values: [1, 2, 3, 0, -0] }], kinks: true };
const clampChecks: Checks = {
  cases: [
    { of: [[2, 3]], args: [-5, 5] },
    { of: [[3]], args: [-0.1, 0.1], from: 0.5 },
    { of: [[3]], args: [null, 0.5], from: 1 },
    { of: [[3]], args: [{ min: -0.5 }] },
    { of: [[3]], args: [2, 1], from: 3, to: 4 },
    { of: [{ values: [-2, -1, 0, 1, 2, NaN, Infinity, -0] }], args: [-1, 1], kinks: true },
    { of: [{ values: [-2, -1, 0, 1, 2, NaN, Infinity, -0] }], args: [1, -1], kinks: true },
  ],
  torch: "a.clamp(*x[1:], *args, **kw)",
  errors: [[() => clamp(ones([2])), "Cannot clamp without a bound: give min, max or both"]],
};
const between: Checks = {
  cases: [{ of: [[3], [3], [3]], from: -2, to: 2 }, { of: [[2, 3], [3], []] }],
  call: ([x, low, high]) => clamp(x, low, high),
  torch: "a.clamp(b, c)",
  broadcasts: true,
};

export const checks = {
  maximum: binary(-2, 2, { cases: [ties] }),
  minimum: binary(-2, 2, {
    cases: [ties],
    laws: { "min + max = x + y": ([x, y], [low]) => [low.add(x.maximum(y)), x.add(y)] },
  }),
  clamp: {
    ...clampChecks,
    cases: [...clampChecks.cases, ...between.cases.map((c) => ({ ...c }))],
    broadcasts: false,
  },
  clip: clampChecks,
  clampMin: { cases: [{ of: [[2, 3]], args: [-3] }, { of: [[3]], args: [2.5] }, { of: [[3], [3]] }, ties] },
  clampMax: { cases: [{ of: [[2, 3]], args: [3] }, { of: [[3]], args: [-2.5] }, { of: [[3], [3]] }, ties] },
} satisfies Partial<Table>;
