/** Cases of ops: float. */
import { floatPower, frexp, nanToNum, tensor } from "../../mod.ts";
import { binary, type Case, specials, type Table, withArgs } from "./case.ts";

const integers: Case = {
  of: [{ values: [1, 2, 3], dtype: "int32" }, { values: [3, -1, 0], dtype: "int32" }],
};
const strange = { values: [1, NaN, Infinity, -Infinity, -0, 1e300] };

export const checks = {
  floatPower: {
    ...binary(0.5, 2, {
      cases: [
        ...[0, 2, -1, 0.5].map((p) => ({ of: [[3]], args: [p], from: 0.5 })),
        integers,
        { of: [{ values: [1, 2, 3], dtype: "int32" }], args: [-2] },
      ],
      laws: { "2 to the power log2 x is x": ([x]) => [floatPower(2, x.log2()), x.double()] },
    }),
    dtypeIsFixed: true,
  },
  ldexp: binary(-2, 2, {
    cases: [{ of: [[3], { values: [-3, 0, 5], dtype: "int32" }], kinks: true }],
  }),
  frexp: {
    cases: [
      { of: [[2, 3]], from: 0.6, to: 0.9 },
      { of: [[]], from: -7, to: -5 },
      { of: [[0, 2]] },
      { of: [{ values: [...specials, 5e-324, -1e-310, 8, 0.125] }], kinks: true },
      { of: [{ values: [1e-40, -8, 0.1, 1e30, 0, -0, Infinity], dtype: "float32" }] },
    ],
    except: [1e-300, -1e-300, 5e-324, -1e-310, 1e300, -1e300].map((x) => [x, "PyTorch has 2ᵉ in float32"]),
    laws: { "x = m 2ᵉ": ([x], [m, e]) => [m.ldexp(e), x] },
    errors: [[
      () => frexp(tensor([1], { dtype: "int32" })),
      "Cannot call frexp() on int32: it must have floats",
    ]],
  },
  logaddexp2: binary(-2, 2),
  nanToNum: {
    cases: [
      { of: [[2, 3]] },
      { of: [{ values: [1, -2], dtype: "int32" }], args: [7] },
      ...withArgs([strange], [], [5], [5, 6], [5, null, 7], [{ posinf: 9 }]).map((c) => ({
        ...c,
        kinks: true,
      })),
      { of: [{ values: [1, NaN, Infinity, -Infinity], dtype: "float32" }] },
    ],
    errors: [[() => nanToNum(tensor([1]), "x" as never), 'Cannot call nanToNum() with nan "x"']],
  },
} satisfies Partial<Table>;
