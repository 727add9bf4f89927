/** Cases of ops: inverse. */
import { eye, inverse, linalg, matrixPower, ones, Tensor } from "../../mod.ts";
import { type Table, withArgs } from "./case.ts";
import { python, rectangles, regular, regularMap, squares } from "./matrices.ts";

export const checks = {
  inverse: {
    cases: squares,
    call: ([x]) => inverse(regular(x)),
    torch: `torch.inverse(${python.regular})`,
    laws: {
      "A·A⁻¹ is 1": ([x], [y]) => [
        regular(x).matmul(y),
        eye(x.shape.at(-1)!, { dtype: "float64" }).expand(x.shape),
      ],
    },
    errors: [
      [
        () => inverse(ones([2, 2])),
        "Cannot call inverse() on matrix 0 of [2, 2]: it is singular, pivot 2 is zero",
      ],
      [() => inverse(ones([2, 3])), "Cannot call inverse() on [2, 3]: the input must be square"],
    ],
  },
  "linalg.inv": { elsewhere: "inverse" },
  "linalg.invEx": {
    cases: [...squares, { of: [[2, 2]], args: [{ checkErrors: true }] }],
    call: ([x], args) => linalg.invEx(regular(x), ...args),
    torch: `torch.linalg.inv_ex(${python.regular}, *args, **kw)`,
    errors: [[
      () => linalg.invEx(ones([2, 2]), { checkErrors: true }),
      "Cannot call linalg.invEx() on matrix 0 of [2, 2]: it is singular",
    ]],
  },
  matrixPower: {
    cases: [
      ...withArgs([[2, 2]], [0], [1], [2], [5], [-1], [-3]),
      ...withArgs([[2, 3, 3]], [3], [-2]),
      { of: [[0, 0]], args: [3] },
      { of: [{ values: [[1, 2], [3, 4]], dtype: "int32" }], args: [3] },
    ],
    call: ([x], [n]) => matrixPower(x instanceof Tensor && x.dtype === "int32" ? x : regular(x), n),
    torch: `torch.matrix_power(a if a.dtype == torch.int64 else ${python.regular}, *args)`,
    tolerance: 1e-11,
    errors: [
      [
        () => matrixPower(ones([2, 2]), 1.5),
        "Cannot call matrixPower() with n 1.5: it must be a whole number",
      ],
      [() => matrixPower(ones([2, 3]), 2), "Cannot call matrixPower() on [2, 3]: it must be square matrices"],
    ],
  },
  "linalg.matrixPower": { elsewhere: "matrixPower" },
  "linalg.cond": {
    cases: [
      ...rectangles.slice(0, 5),
      ...withArgs([[3, 3]], [1], [-1], [2], [-2], ["fro"], ["nuc"], [{ p: 1 }]),
      { of: [[2, 2, 2]], args: [1] },
    ],
    call: ([x], args) => linalg.cond(regular(x), ...args),
    // the gradient of norms other than 2 fails in PyTorch 1.13
    torch:
      `(lambda a, p=None: torch.linalg.cond(a, p) if p in (None, 2, -2) else torch.linalg.matrix_norm(a, p) * ` +
      `torch.linalg.matrix_norm(torch.linalg.inv(a), p))(${python.regular}, *args, **kw)`,
    errors: [[
      () => linalg.cond(ones([2, 3]), 1),
      "Cannot call linalg.cond() on [2, 3]: the input must be square",
    ]],
  },
  "linalg.tensorinv": {
    cases: [
      { of: [[2, 2, 4]] },
      { of: [[4, 2, 2]], args: [1] },
      { of: [[2, 3, 3, 2]], args: [{ ind: 2 }] },
    ],
    call: ([x], args) => linalg.tensorinv(regularMap(x), ...args),
    torch: `torch.linalg.tensorinv(${python.regularMap}, *args, **kw)`,
    errors: [
      [
        () => linalg.tensorinv(ones([2, 3, 5])),
        "Cannot call linalg.tensorinv() on [2, 3, 5] with ind 2: the first 2 dimensions have 6 elements",
      ],
      [
        () => linalg.tensorinv(ones([2, 2]), 0),
        "Cannot call linalg.tensorinv() with ind 0: it must be a whole number of at least 1",
      ],
    ],
  },
} satisfies Partial<Table>;
