/** Cases of ops: trigonometric. */
import { binary, type Checks, type Table, unary } from "./case.ts";

const wide = { of: [[50]], from: -300, to: 300 }; // beyond the first turns

const overflow: Checks["except"] = [[710, "PyTorch overflows where the result is 1.1e308"]];

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
  sinc: unary(-2, 2, {
    cases: [{ of: [[5]], from: -0.05, to: 0.05 }, { of: [{ values: [0, 1e-8, 1e-3, 1] }] }],
    except: [[1e-8, "digits cancel in PyTorch"], [1e-3, "digits cancel in PyTorch"]],
  }),
  hypot: binary(0.5, 2),
  deg2rad: unary(),
  rad2deg: unary(),
} satisfies Partial<Table>;
