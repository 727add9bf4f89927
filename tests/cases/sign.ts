/** Cases of ops: sign. */
import { binary, type Case, type Checks, specials, type Table, unary } from "./case.ts";

const none = { gradient: "none" } as const;
const integers: Case = { of: [{ values: [0, 7, -3], dtype: "int32" }] };
const truths: Case = { of: [{ values: [true, false], dtype: "bool" }] };
const test: Checks = { cases: [{ of: [[3]] }, { of: [{ values: specials }] }, integers, truths], ...none };
const sign = unary(0.5, 2, { cases: [{ of: [[3]], from: -2, to: -0.5 }] });
const ties: Case = { of: [{ values: [1, 2, 2, -0, 0] }, { values: [1, 2, 3, 0, -0] }], kinks: true };
const whole: Case = { of: [{ values: [1, -2, 3], dtype: "int32" }, { values: [3, -2, 1], dtype: "int32" }] };
const steps = [0, -0, 1, -1, 1.5, 2, -1e-310, 1e300, Infinity, -Infinity, NaN];

export const checks = {
  sign,
  sgn: { ...sign, torch: "torch.sign(a)" }, // whose gradient PyTorch 1.13 cannot print
  copysign: binary(0.5, 2, {
    cases: [
      { of: [[3], [3]], from: -2, to: -0.5 },
      { of: [[3]], args: [-1], from: 0.5 },
      whole,
      { of: [{ values: [1, -2, 0, -0], dtype: "float32" }, { values: [-0, 0, -1, 1], dtype: "float32" }] },
    ],
  }),
  signbit: test,
  isposinf: test,
  isneginf: test,
  heaviside: binary(-2, 2, { cases: [whole], ...none }),
  fmax: binary(-2, 2, { cases: [ties, whole] }),
  fmin: binary(-2, 2, {
    cases: [ties, whole],
    laws: { "min + max = x + y": ([x, y], [low]) => [low.add(x.fmax(y)), x.add(y)] },
  }),
  nextafter: {
    cases: [
      { of: [[2, 3], [3]] },
      { of: [{ values: steps.map((v) => [v]) }, { values: steps }] },
      {
        of: [{ values: steps.map((v) => [v]), dtype: "float32" }, {
          values: [3e38, ...steps],
          dtype: "float32",
        }],
      },
    ],
    ...none,
  },
} satisfies Partial<Table>;
