/** Cases of ops: exponential. */
import { binary, type Table, unary } from "./case.ts";

const logsigmoid = unary(-2, 2, { torch: "torch.nn.functional.logsigmoid(a)" });

export const checks = {
  exp: unary(-2, 2, { laws: { "exp(x) exp(-x) = 1": ([x], [y]) => [y.mul(x.neg().exp()), x.onesLike()] } }),
  exp2: unary(),
  expm1: unary(),
  log: unary(0.2, 3, { laws: { "exp undoes log": ([x], [y]) => [y.exp(), x] } }),
  log2: unary(0.2, 3),
  log10: unary(0.2, 3),
  log1p: unary(-0.7, 2),
  sqrt: unary(0.2, 3),
  rsqrt: unary(0.2, 3),
  sigmoid: unary(-3, 3, {
    laws: { "sigmoid(x) + sigmoid(-x) = 1": ([x], [y]) => [y.add(x.neg().sigmoid()), x.onesLike()] },
  }),
  logit: unary(0.1, 0.9, {
    cases: [{ of: [[3]], args: [0.2], from: 0.3, to: 0.7 }, { of: [[3]], args: [0.2], from: 0.85, to: 0.95 }],
    laws: { "sigmoid undoes logit": ([x], [y], args) => args.length ? [x, x] : [y.sigmoid(), x] },
  }),
  softplus: unary(-3, 3, {
    cases: [{ of: [[3]], args: [2, 1], from: -1, to: 0.4 }, {
      of: [[3]],
      args: [{ beta: 2, threshold: 1 }],
      from: 0.6,
    }],
    torch: "torch.nn.functional.softplus(a, *args, **kw)",
  }),
  logsigmoid,
  logSigmoid: logsigmoid,
  logaddexp: binary(),
  xlogy: binary(0.2, 2, {
    cases: [{ of: [{ values: [0, 0, 0, 1] }, { values: [0, 2, NaN, 0] }], kinks: true }],
  }),
} satisfies Partial<Table>;
