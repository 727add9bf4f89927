/** Cases of ops: bitwise: integers take no gradient. */
import { bitwiseAnd, bitwiseLeftShift, bitwiseNot, gcd, ones, tensor } from "../../mod.ts";
import { type Case, type Checks, type Given, mask, type Table } from "./case.ts";

function integers(...values: Given["values"][]): Given {
  return { values, dtype: "int32" };
}

function bytes(...values: Given["values"][]): Given {
  return { values, dtype: "uint8" };
}

const few = [0, 1, -1, 2, 5, -8, 12, 100, -2147483647, 2147483647], none = "none";
const all: Case = { of: [integers(...few.map((v) => [v])), integers(...few)] };
const shapes: readonly Case[] = [
  { of: [integers([1, 2, 3], [4, 5, 6]), integers(3, 2, 1)] },
  { of: [integers([12], [-7]), { values: 10, dtype: "int32" }] },
  { of: [{ values: [], dtype: "int32" }, { values: 4, dtype: "int32" }] },
  { of: [bytes(0, 1, 200, 255), bytes(255, 3, 6, 1)] },
  { of: [bytes(0, 1, 200, 255), integers(300, 3, 6, 1)] },
];

function onIntegers(more: Partial<Checks> = {}): Checks {
  const { cases = [], ...rest } = more;
  return { cases: [...shapes, ...cases], gradient: none, ...rest };
}

const number: Case = { of: [integers(12, -7, 0)], args: [10] };
const truths: Case = { of: [mask(true, true, false, false), mask(true, false, true, false)] };
const logic = onIntegers({
  cases: [all, number, truths, { of: [mask(true, false)], args: [3] }, {
    of: [mask(true, false), bytes(3, 200)],
  }],
});
const counts = integers(0, 1, 4, 15, 30, 31);
const shift: Checks = {
  cases: [
    { of: [integers([1], [-1], [5], [0], [-8]), integers(0, 1, 4, 15, 25)] },
    number,
    { of: [bytes(0, 1, 200, 255)], args: [3] },
    { of: [bytes(1, 200, 255), bytes(8, 7, 1)] },
    { of: [{ values: [], dtype: "int32" }, { values: 4, dtype: "int32" }] },
  ],
  gradient: none,
};

export const checks = {
  bitwiseAnd: {
    ...logic,
    laws: { "x & x = x": ([x]) => [bitwiseAnd(x, x), x] },
    errors: [
      [
        () => bitwiseAnd(ones([2]), 1),
        "Cannot call bitwiseAnd() on float32: operand 0 must have integers or bools",
      ],
      [
        () => bitwiseAnd(tensor([1], { dtype: "int32" }), 1.5),
        "Cannot call bitwiseAnd() on 1.5: operand 1 must",
      ],
    ],
  },
  bitwiseOr: logic,
  bitwiseXor: logic,
  bitwiseNot: {
    cases: [{ of: [integers(...few)] }, { of: [bytes(0, 1, 200)] }, { of: [mask(true, false)] }, {
      of: [{ values: 7, dtype: "int32" }],
    }],
    gradient: none,
    errors: [[() => bitwiseNot(ones([2])), "Cannot call bitwiseNot() on float32"]],
  },
  bitwiseLeftShift: {
    ...shift,
    laws: { "1 << n = 2ⁿ": ([x, y], [z]) => [y ? bitwiseLeftShift(1, y).mul(x) : z, z] },
  },
  bitwiseRightShift: {
    ...shift,
    cases: [...shift.cases, { of: [integers(...few.map((v) => [v])), counts] }, {
      of: [integers(5, -5, 7, -7), integers(32, 40, -1, 63)],
    }],
  },
  gcd: onIntegers({
    cases: [all],
    errors: [[() => gcd(ones([2]), 4), "Cannot call gcd() on float32"]],
  }),
  lcm: onIntegers({
    cases: [{ of: [integers(...few.slice(0, 8).map((v) => [v])), integers(...few.slice(0, 8))] }],
  }),
} satisfies Partial<Table>;
