/** Cases of ops: division and remainders. */
import { div, floorDivide, fmod, ones, remainder, tensor } from "../../mod.ts";
import { binary, type Case, type Checks, specials, type Table } from "./case.ts";

const signs = [7, -7, 6, -6, 0, 1, 2147483647, -2147483647], by = [3, -3, 1, -1, 2147483647];
const whole: Case = {
  of: [{ values: signs.map((v) => [v]), dtype: "int32" }, { values: by, dtype: "int32" }],
};
const bytes: Case = { of: [{ values: [0, 7, 200, 255], dtype: "uint8" }], args: [7] };
/** Quotients that are whole, or just not; none above 1e300, where PyTorch gives NaN. */
const edges: Case = {
  of: [
    { values: [[0.3], [-0.3], [6], [-6], [1e17], [-1e17], [4.5e15], [1e200], [5e-324]] },
    { values: [0.1, -0.1, 3, 0.7, 1e-5, 1e308, -Infinity] },
  ],
  kinks: true,
};
const few = specials.filter((v) => Math.abs(v) !== 1e300);
const strange: Case = { of: [{ values: few.map((v) => [v]) }, { values: few }], kinks: true };
const single: Case = {
  of: [{ values: [0.3, -0.3, 1e9, -1e9, 3e38], dtype: "float32" }, {
    values: [[0.1], [-0.7], [1e-7], [3]],
    dtype: "float32",
  }],
};
const cases: Case[] = [
  { of: [[2, 3], [2, 3]], from: 0.5, to: 2 },
  { of: [[2, 1], [3]], from: 1, to: 9 },
  { of: [[2, 2], []], from: -2, to: 2 },
  { of: [[], [0, 2]] },
  { of: [[4]], args: [0.7], from: -4, to: 4 },
  { of: [[4]], args: [-3], from: -9, to: 9 },
  ...[whole, bytes, edges, strange],
];
const i32 = tensor([1, 2], { dtype: "int32" }), byZero = "Cannot divide int32 by 0: integers have neither";
const quotient = binary(0.5, 2, {
  cases: [{ of: [{ values: [1, 2], dtype: "int32" }], args: [4] }, { of: [[3]], args: [0.5] }],
  laws: { "x / y · y = x": ([x, y], [z], [by]) => [z.mul(y ?? by), x.add(z.sub(z))] },
});
function rounded(mode: "floor" | "trunc"): Case[] {
  return cases.map((c) => ({ ...c, args: [...c.args ?? [], { roundingMode: mode }] }));
}
const division: Checks = {
  ...quotient,
  cases: [...quotient.cases, ...rounded("floor"), ...rounded("trunc")],
  laws: {},
  errors: [
    [() => div(ones([2]), ones([3])), "Cannot divide [2] and [3]"],
    [() => div(i32, 0, { roundingMode: "trunc" }), byZero],
    [
      () => div(i32, 2, { roundingMode: "up" as "floor" }),
      'Cannot call div() with roundingMode "up": it must be "floor" or "trunc"',
    ],
  ],
};

export const checks = {
  div: division,
  divide: division,
  trueDivide: quotient,
  floorDivide: {
    cases: [...cases, single],
    gradient: "none",
    errors: [[() => floorDivide(i32, tensor([1, 0], { dtype: "int32" })), byZero]],
  },
  fmod: { cases: [...cases, single], errors: [[() => fmod(i32, 0), byZero]] },
  remainder: {
    cases: [...cases, single],
    laws: {
      "x = y ⌊x / y⌋ + r": (
        [x, y],
        [r],
        [by],
      ) => [floorDivide(x, y ?? by).mul(y ?? by).add(r), x.add(r.mul(0))],
    },
    errors: [[() => remainder(i32, 0), byZero]],
  },
} satisfies Partial<Table>;
