/** Cases of ops: trigonometric. */
import { binary, type Checks, type Table, unary } from "./case.ts";

const wide = { of: [[50]], from: -300, to: 300 }; // beyond the first turns

const overflow: Checks["except"] = [[710, "PyTorch overflows where the result is 1.1e308"]];

const integers = { of: [{ values: [0, 1, -1, 3], dtype: "int32" as const }] };
const nearOne = { of: [{ values: [0.5, 0.51, 0.999, 1 - 1e-12, -0.5, -0.51, -0.999, 1e-9] }], kinks: true };
const asin = unary(-0.9, 0.9, { cases: [integers, nearOne] });
const acos = unary(-0.9, 0.9, { cases: [integers, nearOne] });
const atan = unary(-4, 4, { cases: [integers] });
const atan2 = binary(0.5, 2, {
  cases: [
    { of: [[8], [8]], from: -2, to: 2 },
    { of: [{ values: [1, 0, -3], dtype: "int32" }, { values: [-1, -1, 0], dtype: "int32" }] },
  ],
});
const asinh = unary(-4, 4, {
  cases: [{ of: [{ values: [0, 0], dtype: "int32" }] }, { of: [[3]], from: -0.01, to: 0.01 }],
});
const acosh = unary(1.2, 4, {
  cases: [integers, { of: [{ values: [1 + 1e-12, 1.001, 1e20] }], kinks: true }],
});
const atanh = unary(-0.9, 0.9, { cases: [{ of: [{ values: [0, 1], dtype: "int32" }] }, nearOne] });

export const checks = {
  sin: unary(-4, 4, {
    cases: [wide],
    laws: { "sin² + cos² = 1": ([x], [y]) => [y.mul(y).add(x.cos().mul(x.cos())), x.onesLike()] },
  }),
  cos: unary(-4, 4, { cases: [wide] }),
  tan: unary(-1.2, 1.2),
  sinh: unary(-2, 2, { except: overflow }),
  cosh: unary(-2, 2, { except: overflow }),
  tanh: unary(),
  ...{ asin, arcsin: asin, acos, arccos: acos, atan, arctan: atan, atan2, arctan2: atan2 },
  ...{ asinh, arcsinh: asinh, acosh, arccosh: acosh, atanh, arctanh: atanh },
  sinc: unary(-2, 2, {
    cases: [{ of: [[5]], from: -0.05, to: 0.05 }, { of: [{ values: [0, 1e-8, 1e-3, 1] }] }],
    except: [[1e-8, "digits cancel in PyTorch"], [1e-3, "digits cancel in PyTorch"]],
  }),
  hypot: binary(0.5, 2),
  deg2rad: unary(),
  rad2deg: unary(),
} satisfies Partial<Table>;
