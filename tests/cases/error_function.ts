/** Cases of ops: special. */
import { type Table, unary } from "./case.ts";

export const checks = {
  erf: unary(-3, 3, { laws: { "erf is odd": ([x], [y]) => [x.neg().erf(), y.neg()] } }),
} satisfies Partial<Table>;
