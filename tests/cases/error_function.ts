/** Cases of ops: error_function. */
import { type Table, unary } from "./case.ts";

export const checks = {
  erf: unary(-3, 3, { laws: { "erf is odd": ([x], [y]) => [x.neg().erf(), y.neg()] } }),
  erfc: unary(-3, 3, {
    cases: [{ of: [[3]], from: 3, to: 20 }],
    laws: { "erf + erfc = 1": ([x], [y]) => [y.add(x.erf()), x.onesLike()] },
  }),
  "special.erfcx": unary(-3, 3, {
    cases: [{ of: [[3]], from: 3, to: 40 }],
    laws: { "erfcx(x) = exp(x²) erfc(x)": ([x], [y]) => [y.mul(x.square().neg().exp()), x.erfc()] },
  }),
  erfinv: unary(-0.9, 0.9, {
    cases: [{ of: [{ values: [-1, -0.99999, 0, 1e-20, 0.99999, 1, 1.1] }], kinks: true }],
    tolerance: 1e-11, // PyTorch solves for it with erf, which has few digits to tell from 1
    laws: { "erf undoes erfinv": ([x], [y]) => [y.erf(), x] },
  }),
} satisfies Partial<Table>;
