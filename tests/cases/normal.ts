/** Cases of ops: normal. */
import { logNdtr, ndtr, ndtri } from "../../ops/normal.ts";
import { binary, type Table, unary } from "./case.ts";

export const checks = {
  "special.ndtr": unary(-3, 3, {
    laws: {
      "ndtr(x) + ndtr(-x) = 1": ([x], [y]) => [y.add(ndtr(x.neg())), x.onesLike()],
      "ndtri undoes ndtr": ([x], [y]) => [ndtri(y), x],
    },
  }),
  "special.logNdtr": unary(-3, 3, {
    cases: [{ of: [[3]], from: -30, to: -3 }],
    tolerance: 1e-11, // of PyTorch's erfcx far out
    except: [-1e300, -Infinity].map((x) => [x, "PyTorch's slope is NaN, the right one −x"]),
    laws: { "exp(logNdtr) is ndtr": ([x], [y]) => [y.exp(), ndtr(x)] },
  }),
  "special.ndtri": unary(0.02, 0.98, {
    cases: [{ of: [{ values: [-0.1, 0, 1e-300, 1e-10, 0.001, 0.5, 0.9999, 1, 1.1] }], kinks: true }],
    laws: { "log ndtr undoes ndtri": ([x], [y]) => [logNdtr(y), x.log()] },
  }),
  "special.entr": unary(0.2, 3),
  "special.xlog1py": binary(0.2, 2, {
    cases: [{ of: [{ values: [0, 0, 0, 1] }, { values: [-1, 2, NaN, -1] }], kinks: true }],
  }),
} satisfies Partial<Table>;
