/** Cases of ops/special.ts. */
import type * as family from "../../ops/special.ts";
import { type Family, unary } from "./case.ts";

/** Every function of ops/special.ts. */
export const checks: Family<typeof family> = {
  erf: unary(-3, 3, { laws: { "erf is odd": ([x], [y]) => [x.neg().erf(), y.neg()] } }),
};
