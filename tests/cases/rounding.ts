/** Cases of ops: rounding: drawn between whole numbers, where nothing jumps. */
import { type Case, type Table, unary } from "./case.ts";

const halves = {
  of: [{ values: [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 1e15 + 0.5, 0.49999999999999994] }],
  kinks: true,
};
const integers: Case = { of: [{ values: [1, -2], dtype: "int32" }] };
const between: Case[] = [{ of: [[3]], from: -1.9, to: -1.6 }, halves];
const rounding = unary(1.1, 1.4, { cases: [...between, integers] });

export const checks = {
  floor: rounding,
  ceil: rounding,
  trunc: rounding,
  fix: rounding,
  round: {
    ...rounding,
    cases: [
      ...rounding.cases,
      { of: [{ values: [1.2345, -9.8765, 1234.5] }], args: [{ decimals: 2 }], kinks: true },
      { of: [{ values: [12.345, -98.765, 1234.5] }], args: [{ decimals: -2 }], kinks: true },
    ],
  },
  frac: unary(1.1, 1.4, { cases: between }),
} satisfies Partial<Table>;
