/**
 * The special functions of lib/special/ against exact values.
 *
 * data/special.json has, for each function, rows of arguments, the float64 nearest to the exact result and what that
 * lacks in ulp, from mpmath with 40 digits and more: arguments of all magnitudes, on both sides of where formulas change.
 */
import { assert, assertEquals } from "@std/assert";
import * as words from "../lib/special/intrinsics.ts";
import { numbers } from "../lib/formula.ts";
import type { Intrinsic } from "../lib/formula.ts";
import references from "./data/special.json" with { type: "json" };

const functions: Readonly<Record<string, Intrinsic>> = words;

/** How many ulp a function may be off, and the size below which its errors count as there: beside zeros digits cancel. */
const limits: Readonly<Record<string, readonly [ulp: number, size: number]>> = {
  ...{ lgamma: [4, 1], digamma: [4, 1], polygamma: [6, 1e-2], igamma: [500, 0], igammac: [100, 0] },
  ...{ besselJ0: [4, 0.1], besselJ1: [4, 0.1], besselY0: [8, 0.1], besselY1: [8, 0.1], logNdtr: [30, 0] },
  ...{
    airyAi: [4000, 0.3],
    chebyshevT: [40, 1],
    chebyshevU: [40, 1],
    chebyshevV: [40, 1],
    chebyshevW: [40, 1],
  },
  ...{ hermiteH: [100, 1], hermiteHe: [40, 1], laguerreL: [40, 1], legendreP: [40, 0.1] },
};

for (const [name, rows] of Object.entries(references) as [string, number[][]][]) {
  const [ulp, size] = limits[name] ?? [4, 0];
  Deno.test(`${name}() is within ${ulp} ulp of mpmath's values`, () => {
    for (const row of rows) {
      const x = row.slice(0, -2), [nearest, rest] = row.slice(-2), y = functions[name].compute(...x);
      const unit = 2 ** -52 * Math.max(Math.abs(nearest), size);
      const error = Math.abs((y - nearest) / unit - rest * 2 ** -52 * Math.abs(nearest) / unit);
      assert(error <= ulp, `${name}(${x}) is ${y}, must be ${nearest}: ${error.toFixed(1)} ulp`);
    }
  });
}

Deno.test("special functions have their values at poles, zeros and infinities", () => {
  const inf = Infinity;
  const cases: Record<string, [x: number[], y: number][]> = {
    erfc: [[[0], 1], [[inf], 0], [[-inf], 2], [[30], 0], [[NaN], NaN]],
    erfcx: [[[0], 1], [[inf], 0], [[-inf], inf], [[NaN], NaN]],
    erfinv: [[[-0], -0], [[1], inf], [[-1], -inf], [[1.5], NaN]],
    ndtri: [[[0], -inf], [[0.5], 0], [[1], inf], [[-1e-300], NaN], [[NaN], NaN]],
    logNdtr: [[[inf], -0], [[-inf], -inf], [[NaN], NaN]],
    lgamma: [[[0], inf], [[-0], inf], [[1], 0], [[2], 0], [[-3], inf], [[-inf], inf], [[inf], inf], [
      [NaN],
      NaN,
    ]],
    digamma: [[[0], -inf], [[-0], inf], [[-2], NaN], [[-inf], NaN], [[inf], inf], [[NaN], NaN]],
    polygamma: [[[1, 0], inf], [[1, -4], inf], [[2, 0], -inf], [[1, inf], 0], [[3, inf], 0], [[1, NaN], NaN]],
    zeta: [[[1, 3], inf], [[0.5, 3], NaN], [[2, -3], inf], [[2.5, -3.5], NaN], [[inf, 2], 0]],
    igamma: [[[2, 0], 0], [[2, inf], 1], [[0, 2], 1], [[0, 0], NaN], [[-1, 2], NaN], [[inf, inf], NaN], [[
      NaN,
      1,
    ], NaN]],
    igammac: [[[2, 0], 1], [[2, inf], 0], [[0, 2], 0], [[0, 0], NaN], [[-1, 2], NaN], [[2, NaN], NaN]],
    besselJ0: [[[0], 1], [[NaN], NaN]],
    besselY1: [[[0], -inf], [[-0], -inf], [[-1], NaN]],
    k1: [[[0], inf], [[-0], inf], [[-1], NaN], [[inf], 0]],
    sphericalJ0: [[[0], 1], [[inf], 0], [[-inf], 0]],
    chebyshevT: [[[0.3, -1], 0], [[0.3, 1e99], 0], [[NaN, 0], 1], [[-1, 7], -1], [[2, 2.9], 7]],
    chebyshevV: [[[-1, 9], -19], [[1, 9], 1]],
    chebyshevW: [[[-1, 9], -1], [[1, 9], 19]],
  };
  for (const [name, rows] of Object.entries(cases)) {
    for (const [x, y] of rows) assertEquals(functions[name].compute(...x), y, `${name}(${x})`);
  }
});

Deno.test("formulas for lanes say what the functions on numbers say", () => {
  for (const { name, formula, usual = () => true, otherwise, compute } of Object.values(functions)) {
    for (let x = -26; formula && x < 26; x += 0.37) {
      const exact = compute(x);
      const y = usual(numbers, x) ? formula(numbers, x) : otherwise?.(numbers, x) ?? exact;
      if (Object.is(y, exact)) continue;
      const gap = Math.abs(y - exact) / Math.max(Math.abs(exact), name === "lgamma" ? 1 : 0);
      assert(gap < 8 * 2 ** -52, `${name}(${x}) is ${y} as a formula, ${exact} as a function`);
    }
  }
});
