/** Cases of ops: polynomial. */
import type { Checks, Table } from "./case.ts";

/** Degrees on both sides of where Chebyshev's polynomials turn to trigonometry. */
const degrees = { values: [[0], [1], [2], [3], [6], [9]] };

const polynomials: Checks = {
  cases: [
    { of: [[3], { values: [1, 2.9, 5] }], from: -2, to: 2 },
    { of: [[4], degrees], from: -1, to: 1 },
    { of: [[4], degrees], from: 1, to: 2 },
    { of: [[], { values: [[0, 1], [2, 3]], dtype: "int32" }] },
    {
      of: [{ values: [[-1], [1], [0], [0.5], [2], [Infinity], [NaN]] }, {
        values: [-1, 0, 1, 2, 7, 8, 30, -Infinity, Infinity, NaN],
      }],
    },
    { of: [{ values: [1, 2, 3], dtype: "int32" }, { values: [2, 3, 4], dtype: "int32" }] },
  ],
  gradient: "none",
};

export const checks = {
  "special.chebyshevPolynomialT": polynomials,
  "special.chebyshevPolynomialU": polynomials,
  "special.chebyshevPolynomialV": polynomials,
  "special.chebyshevPolynomialW": polynomials,
  "special.hermitePolynomialH": polynomials,
  "special.hermitePolynomialHe": polynomials,
  "special.laguerrePolynomialL": polynomials,
  "special.legendrePolynomialP": polynomials,
  "special.shiftedChebyshevPolynomialT": polynomials,
  "special.shiftedChebyshevPolynomialU": polynomials,
  "special.shiftedChebyshevPolynomialV": polynomials,
  "special.shiftedChebyshevPolynomialW": polynomials,
} satisfies Partial<Table>;
