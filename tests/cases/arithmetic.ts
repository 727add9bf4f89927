/** Cases of ops: arithmetic. */
import { add, ones, pow, tensor } from "../../mod.ts";
import { binary, type Table, unary } from "./case.ts";

const twoThree = [[2, 3], [2, 3]];

const sub = binary(-2, 2, {
  cases: [{ of: twoThree, args: [{ alpha: 2.5 }] }],
  errors: [[
    () => ones([2]).sub(ones([3])),
    "Cannot subtract [2] and [3]: dimension -1 is 2 on the left and 3 on the right",
  ]],
});
const mul = binary(-2, 2, {
  errors: [[
    () => ones([2, 3]).mul(ones([4, 3])),
    "Cannot multiply [2, 3] and [4, 3]: dimension -2 is 2 on the left and 4 on the right, and neither is 1",
  ]],
});
const abs = unary(0.5, 2, { cases: [{ of: [[3]], from: -2, to: -0.5 }] });
export const checks = {
  add: binary(-2, 2, {
    cases: [{ of: twoThree, args: [{ alpha: 2.5 }] }, { of: [[2, 0], [2, 1]] }, { of: [[4, 1, 2], [3, 1]] }],
    laws: { "x + y = y + x": ([x, y]) => [x.add(y), y.add(x)] },
    errors: [
      [
        () => add(ones([2, 3]), ones([4, 3])),
        "Cannot add [2, 3] and [4, 3]: dimension -2 is 2 on the left and 4 on the right, and neither is 1",
      ],
      [() => add(ones([2]), "x" as never), 'Cannot add: operand 1 must be a tensor or a number, got "x"'],
      [
        () => add(ones([2]), 1, { beta: 2 } as never),
        "Cannot call add() with option beta: its options are alpha",
      ],
    ],
  }),
  sub,
  subtract: sub,
  rsub: binary(-2, 2, {
    cases: [{ of: twoThree, args: [{ alpha: 2.5 }] }, { of: [[3]], args: [1.5] }],
  }),
  mul,
  multiply: mul,
  neg: unary(),
  negative: unary(),
  abs,
  absolute: abs,
  reciprocal: unary(0.5, 2),
  pow: binary(0.5, 2, {
    cases: [
      ...[0, 1, 2, 3, 4, -1, -2, 0.5, -0.5, 2.5].map((p) => ({ of: [[3]], args: [p], from: 0.5 })),
      ...[0, 1, 2, 3].map((p) => ({ of: [[3]], args: [p] })),
      { of: [{ values: [0, -0, 1, -1, 2, Infinity, NaN, 1e200] }], args: [2], kinks: true },
      { of: [{ values: [0, 1, 4, Infinity, NaN] }], args: [0.5], kinks: true },
      { of: [{ values: [0, 1, -4, Infinity, NaN] }], args: [0], kinks: true },
    ],
    errors: [[
      () => pow(tensor([2], { dtype: "int32" }), -1),
      "Cannot raise int32 to the power -1: integers take exponents of at least 0",
    ]],
  }),
  square: unary(),
  addcmul: {
    cases: [{ of: [[2, 3], [2, 3], [3]] }, { of: [[2, 1], [3], [2, 3]], args: [{ value: 0.3 }] }],
    broadcasts: true,
  },
  addcdiv: {
    cases: [
      { of: [[2, 3], [2, 3], [3]], from: 0.5 },
      { of: [[2, 1], [3], [2, 3]], args: [{ value: 0.3 }], from: 0.5 },
    ],
    broadcasts: true,
  },
  lerp: {
    cases: [{ of: [[2, 3], [3]], args: [0.3] }, { of: [[2, 3], [2, 3]], args: [0.7] }, {
      of: [[2, 3], [3], [2, 1]],
    }],
    broadcasts: true,
    laws: { "weight 1 gives the end": ([x, end]) => [x.lerp(end, 1), end.expandAs(x)] },
  },
} satisfies Partial<Table>;
