/** Cases of ops: lu. */
import { linalg, lu, luSolve, luUnpack, ones, tensor } from "../../mod.ts";
import { type Case, indices, type Table } from "./case.ts";
import { each, python, rectangles, regular } from "./matrices.ts";

const pivots = indices(2, 3, 3);
/** Factors, pivots, and right sides that broadcast. */
const systems: Case[] = [
  { of: [[3, 3], pivots, [3, 2]] },
  { of: [[2, 3, 3], indices([1, 3, 3], [3, 3, 3]), [2, 3, 1]] },
  { of: [[3, 3], pivots, [2, 3, 2]] },
  { of: [[0, 0], { values: [], dtype: "int32" }, [0, 2]] },
];

export const checks = {
  lu: {
    cases: [...rectangles, ...each(rectangles.slice(0, 4), [true, true], [{ getInfos: true }])],
    errors: [
      [() => lu(ones([2, 2]), false), "Cannot call lu() with pivot false: rows are always interchanged"],
      [() => lu(ones([2])), "Cannot call lu() on [2]: the input must have at least 2 dimensions"],
    ],
  },
  "linalg.luFactor": {
    cases: rectangles,
    call: ([x]) => linalg.luFactor(regular(x)),
    torch: `torch.linalg.lu_factor(${python.regular})`,
    errors: [[
      () => linalg.luFactor(ones([2, 2])),
      "Cannot call linalg.luFactor() on matrix 0 of [2, 2]: pivot 2 is zero",
    ]],
  },
  "linalg.luFactorEx": {
    cases: [...rectangles, { of: [{ values: [[1, 1], [1, 1]], constant: true }], gradient: "none" }],
    errors: [[
      () => linalg.luFactorEx(ones([2, 2]), { checkErrors: true }),
      "Cannot call linalg.luFactorEx() on matrix 0 of [2, 2]: pivot 2 is zero",
    ]],
  },
  luUnpack: {
    cases: [
      { of: [[3, 3], pivots] },
      { of: [[4, 2], indices(3, 4)] },
      { of: [[2, 2, 3], indices([1, 2], [2, 2])] },
      { of: [[3, 3], pivots], args: [true, false] },
      { of: [[3, 3], pivots], args: [{ unpackData: false }], gradient: "none" },
    ],
    torch: "torch.lu_unpack(a, b.int(), *args, **kw)",
    errors: [[
      () => luUnpack(ones([2, 2]), tensor([2, 3], { dtype: "int32" })),
      "Cannot call luUnpack() with pivot 3: pivots must be rows from 1 to 2",
    ]],
  },
  "linalg.lu": {
    cases: rectangles,
    laws: { "P·L·U is A": ([x], [p, l, u]) => [p.matmul(l).matmul(u), x] },
  },
  luSolve: {
    cases: systems.map(({ of: [a, p, b] }) => ({ of: [b, a, p], from: 0.5 })),
    torch: "torch.lu_solve(a, b, c.int())",
    errors: [[
      () => luSolve(ones([2, 1]), ones([3, 3]), tensor([1, 2, 3], { dtype: "int32" })),
      "Cannot call luSolve() on [3, 3] and [2, 1]: the second must have 3 rows",
    ]],
  },
  "linalg.luSolve": {
    cases: [
      ...each(systems.map((c) => ({ ...c, from: 0.5 })), [], [{ adjoint: true }]),
      { of: [[3, 3], pivots, [2, 3]], from: 0.5, args: [{ left: false }] },
      { of: [[3, 3], pivots, [2, 2, 3]], from: 0.5, args: [{ left: false, adjoint: true }] },
    ],
    torch: "torch.linalg.lu_solve(a, b.int(), c, *args, **kw)",
  },
} satisfies Partial<Table>;
