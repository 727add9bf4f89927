/** Cases of ops: factor. */
import { cholesky, choleskyInverse, choleskySolve, linalg, ones, tensor, zeros } from "../../mod.ts";
import { indices, type Table } from "./case.ts";
import { each, positive, python, squares, symmetric, triangle } from "./matrices.ts";

const indefinite = () => tensor([[1, 2], [2, 1]]);
/** Symmetric matrices that need blocks of two, interchanges, or nothing. */
const matrices = [
  [[4, 2], [2, -3]],
  [[0, 1], [1, 0]],
  [[0, 1, 2], [1, 0, 3], [2, 3, 0]],
  [[1e-3, 2, 1], [2, 5, -1], [1, -1, 1e-3]],
  [[[2, 1], [1, 2]], [[1, 3], [3, 1]]],
];

export const checks = {
  cholesky: {
    cases: [...squares, ...each(squares.slice(0, 2), [true], [{ upper: true }])],
    call: ([x], args) => cholesky(positive(x), ...args),
    torch: `torch.cholesky(${python.positive}, *args, **kw)`,
    errors: [
      [
        () => cholesky(indefinite()),
        "Cannot call cholesky() on matrix 0 of [2, 2]: its leading minor of order 2 is not positive",
      ],
      [() => cholesky(ones([2, 3])), "Cannot call cholesky() on [2, 3]: the input must be square"],
      [() => cholesky(ones([2])), "Cannot call cholesky() on [2]: the input must have at least 2 dimensions"],
      [
        () => cholesky(tensor([[1]], { dtype: "int32" })),
        "Cannot call cholesky() on dtype int32: the input must be of a float dtype",
      ],
    ],
  },
  "linalg.cholesky": { elsewhere: "cholesky" },
  "linalg.choleskyEx": {
    cases: each(squares, [], [{ upper: true }]),
    call: ([x], args) => linalg.choleskyEx(positive(x), ...args),
    torch: `torch.linalg.cholesky_ex(${python.positive}, *args, **kw)`,
    errors: [[
      () => linalg.choleskyEx(indefinite(), { checkErrors: true }),
      "Cannot call linalg.choleskyEx() on matrix 0 of [2, 2]: its leading minor of order 2 is not positive",
    ]],
  },
  choleskySolve: {
    cases: [
      { of: [[3, 2], [3, 3]] },
      { of: [[2, 3, 1], [2, 3, 3]] },
      { of: [[3, 1], [2, 3, 3]] },
      { of: [[0, 2], [0, 0]] },
      { of: [[3, 2], [3, 3]], args: [true] },
      { of: [[3, 2], [3, 3]], args: [{ upper: true }] },
    ],
    call: ([b, x], args: readonly unknown[]) =>
      choleskySolve(b, triangle(x, isUpper(args)), ...args as [boolean]),
    torch: `torch.cholesky_solve(a, ${python.upper("b")} if args or kw else ${
      python.lower("b")
    }, *args, **kw)`,
    errors: [
      [
        () => choleskySolve(ones([2, 1]), ones([3, 3])),
        "Cannot call choleskySolve() on [3, 3] and [2, 1]: the second must have 3 rows",
      ],
      [
        () => choleskySolve(ones([3, 1]), ones([3, 3], { dtype: "float64" })),
        "Cannot call choleskySolve() on float64 and float32: the dtypes must be equal",
      ],
    ],
  },
  choleskyInverse: {
    cases: each(squares, [], [true]),
    call: ([x], args: readonly unknown[]) =>
      choleskyInverse(triangle(x, isUpper(args)), ...args as [boolean]),
    torch: `torch.cholesky_inverse(${python.upper("a")} if args else ${python.lower("a")}, *args, **kw)`,
  },
  "linalg.ldlFactor": {
    cases: [...squares, ...matrices.map((values) => ({ of: [{ values }], args: [{ hermitian: true }] }))],
    gradient: "none",
    call: ([x], args) => linalg.ldlFactor(symmetric(x), ...args),
    torch: `torch.linalg.ldl_factor(${python.symmetric}.detach(), *args, **kw)`,
    errors: [[
      () => linalg.ldlFactor(zeros([2, 2])),
      "Cannot call linalg.ldlFactor() on matrix 0 of [2, 2]: element 1 of the diagonal of D is zero",
    ]],
  },
  "linalg.ldlFactorEx": {
    cases: [...squares, { of: [{ values: [[0, 0], [0, 0]] }] }],
    gradient: "none",
    call: ([x], args) => linalg.ldlFactorEx(symmetric(x), ...args),
    torch: `torch.linalg.ldl_factor_ex(${python.symmetric}.detach(), *args, **kw)`,
  },
  "linalg.ldlSolve": {
    cases: [
      { of: [[3, 3], indices(1, 2, 3), [3, 2]] },
      { of: [[3, 3], indices(-2, -2, 3), [2, 3, 2]], args: [{ hermitian: true }] },
      { of: [[2, 3, 3], indices([3, 2, 3], [1, -3, -3]), [3, 2]] },
    ],
    gradient: "none",
    torch: "torch.linalg.ldl_solve(a.detach(), b.int(), c.detach(), *args, **kw)",
    errors: [
      [
        () => linalg.ldlSolve(ones([2, 2]), tensor([1, 3], { dtype: "int32" }), ones([2, 1])),
        "Cannot call linalg.ldlSolve() with pivot 3: pivots must be rows from 1 to 2",
      ],
      [
        () => linalg.ldlSolve(ones([2, 2]), ones([2]), ones([2, 1])),
        "Cannot call linalg.ldlSolve() with pivots float32 [2]: they must be int32 [2]",
      ],
      [
        () => linalg.ldlSolve(ones([2, 2]), tensor([1, -2], { dtype: "int32" }), ones([2, 1])),
        "Cannot call linalg.ldlSolve() with pivot -2 at 1: negative ones must come in pairs, as [-2, -2]",
      ],
    ],
  },
} satisfies Partial<Table>;

function isUpper([first]: readonly unknown[]): boolean {
  return first === true || (typeof first === "object" && first !== null && "upper" in first);
}
