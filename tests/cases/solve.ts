/** Cases of ops: solve. */
import { linalg, ones, triangularSolve } from "../../mod.ts";
import { type Case, type Table, withArgs } from "./case.ts";
import { python, regular, regularMap } from "./matrices.ts";

const systems: Case[] = [
  { of: [[3, 3], [3, 2]] },
  { of: [[3, 3], [3]] },
  { of: [[2, 3, 3], [2, 3]] },
  { of: [[2, 3, 3], [3]] },
  { of: [[2, 1, 2, 2], [3, 2, 1]] },
  { of: [[0, 0], [0, 2]] },
  { of: [[1, 1], [1, 1]] },
  { of: [[3, 3], [2, 3]], args: [{ left: false }] },
  { of: [[2, 2], [3, 1, 2]], args: [{ left: false }] },
];

export const checks = {
  "linalg.solve": {
    cases: systems,
    call: ([a, b], args) => linalg.solve(regular(a), b, ...args),
    torch: `torch.linalg.solve(${python.regular}, b, *args, **kw)`,
    errors: [
      [
        () => linalg.solve(ones([2, 2]), ones([2])),
        "Cannot call linalg.solve() on matrix 0 of [2, 2]: it is singular",
      ],
      [
        () => linalg.solve(ones([2, 2]), ones([3, 1])),
        "Cannot call linalg.solve() on [2, 2] and [3, 1]: the second must have 2 rows",
      ],
      [
        () => linalg.solve(ones([2, 2]), ones([2]), { left: false }),
        "Cannot call linalg.solve() on [2, 2] and [2] with left false: B must be a matrix, not a vector",
      ],
      [
        () => linalg.solve(ones([2, 2, 2]), ones([3, 2, 1])),
        "Cannot call linalg.solve() on batches [2] and [3]",
      ],
    ],
  },
  "linalg.solveEx": {
    cases: systems,
    call: ([a, b], args) => linalg.solveEx(regular(a), b, ...args),
    torch: `torch.linalg.solve_ex(${python.regular}, b, *args, **kw)`,
    errors: [[
      () => linalg.solveEx(ones([2, 2]), ones([2]), { checkErrors: true }),
      "Cannot call linalg.solveEx() on matrix 0 of [2, 2]: it is singular, pivot 2 is zero",
    ]],
  },
  "linalg.solveTriangular": {
    cases: [
      ...withArgs([[3, 3], [3, 2]], [{ upper: true }], [{ upper: false }], [{
        upper: true,
        unitriangular: true,
      }]),
      ...withArgs([[2, 2, 2], [3, 2]], [{ upper: true, left: false }], [
        { upper: false, left: false, unitriangular: true },
      ]),
      ...withArgs([[2, 2], [3, 2, 1]], [{ upper: false, unitriangular: true }]),
      ...withArgs([[0, 0], [0, 2]], [{ upper: true }]),
    ].map((c) => ({ ...c, from: 0.5 })),
    errors: [
      [
        () => linalg.solveTriangular(ones([2, 2]), ones([2, 1]), {}),
        "Cannot call linalg.solveTriangular() with upper undefined: it must be true or false",
      ],
      [
        () => linalg.solveTriangular(ones([2, 2]), ones([2, 1]), { upper: true, left: false }),
        "Cannot call linalg.solveTriangular() on [2, 2] and [2, 1]: the second must have 2 columns",
      ],
    ],
  },
  triangularSolve: {
    cases: [
      ...withArgs([[3, 2], [3, 3]], [], [false], [true, true], [{ upper: false, transpose: true }]),
      { of: [[3, 1], [2, 3, 3]], args: [{ unitriangular: true }] },
    ].map((c) => ({ ...c, from: 0.5 })),
    torch: "torch.triangular_solve(a, b, *args, **kw)",
    errors: [[
      () => triangularSolve(ones([2, 1]), ones([3, 3])),
      "Cannot call triangularSolve() on [3, 3] and [2, 1]: the second must have 3 rows",
    ]],
  },
  "linalg.tensorsolve": {
    cases: [
      { of: [[2, 3, 6], [2, 3]] },
      { of: [[2, 2, 2, 2], [2, 2]] },
      { of: [[2, 4, 2], [2, 2]], args: [[1]] },
      { of: [[2, 2, 4], [4]], args: [{ dims: [0, 1] }] },
    ],
    call: ([a, b], args) => linalg.tensorsolve(regularMap(a), b, ...args),
    torch: `torch.linalg.tensorsolve(${python.regularMap}, b, *args, **kw)`,
    errors: [
      [
        () => linalg.tensorsolve(ones([2, 3, 5]), ones([2, 3])),
        "Cannot call linalg.tensorsolve() on [2, 3, 5] and [2, 3]: A has 30 elements",
      ],
      [
        () => linalg.tensorsolve(ones([2, 2]), ones([2]), 0 as never),
        "Cannot call linalg.tensorsolve() with dims 0: they must be an array of dimensions",
      ],
    ],
  },
} satisfies Partial<Table>;
