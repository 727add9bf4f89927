/** Cases of ops: norm. */
import { linalg, norm, ones } from "../../mod.ts";
import { type Case, type Input, type Table, withArgs } from "./case.ts";

const inf = Infinity, matrix = [[3, 4]], cube = [[2, 3, 4]];
const orders = [2, 1, 3, 1.5, 0.5, -1, -2.5, inf, -inf];
const zeros: Input = { values: [0, -0, 0] }, some: Input = { values: [0, 2, -1] };
const ties: Input = { values: [[1, -2, 2], [-1, 1, 3]] }, strange: Input = { values: [[1, NaN], [-inf, 2]] };

/** Every order: on numbers, at zeros, ties and what is not finite. */
const vectors: Case[] = [
  ...orders.flatMap((p) => withArgs([[2, 3]], [p])),
  { of: [[2, 3]], args: [0] },
  ...[...orders, 0].flatMap((p) =>
    [zeros, some, ties, strange].map((x) => ({ of: [x], args: [p], kinks: true }))
  ),
];
/** Every way to name dimensions. */
const dims = (first: readonly unknown[]): Case[] => [
  ...withArgs(cube, ...[0, -1, [1], [0, 2], [2, 1], []].map((dim) => [...first, dim])),
  ...withArgs(cube, [...first, 1, true], [...first, { dim: -2, keepdim: true }], [...first, null, true]),
  ...withArgs([[]], [...first, 0], [...first, -1, true]),
];
const matrixOrders = ["fro", "nuc", 1, -1, 2, -2, inf, -inf];
const options = [{ dtype: "float64" }];

export const checks = {
  norm: {
    cases: [
      { of: cube },
      ...vectors,
      ...dims([3]),
      ...dims(["fro"]).slice(0, 5),
      ...withArgs(matrix, ["fro"], ["nuc"], [{ p: 1, dim: 0 }], [{ dim: 1 }], [
        2,
        null,
        false,
        { dtype: "float64" },
      ]),
      ...withArgs(cube, ["nuc", [1, 2]], ["nuc", [0, -1], true]),
      { of: [{ values: [3, 4], dtype: "float32" }], args: [2, { dtype: "float64" }] },
      { of: [[0]] },
      { of: [[2, 0]], args: [1, 1] },
    ],
    errors: [
      [
        () => norm(ones([2]).int()),
        "Cannot call norm() on dtype int32: it must be a float dtype; use .float()",
      ],
      [() => norm(ones([2]), "max" as never), 'Cannot call norm() with p "max": it must be "fro" or "nuc"'],
      [
        () => norm(ones([2]), "nuc"),
        "Cannot call norm() on [2] along dims [0]: matrices have two dimensions",
      ],
      [
        () => norm(ones([0]), inf),
        "Cannot call norm() of order Infinity on [0]: there is no element along dim 0",
      ],
      [
        () => norm(ones([2]).double(), { dtype: "float32" }),
        "Cannot call norm() on float64 with dtype float32",
      ],
    ],
  },
  "linalg.norm": {
    cases: [
      { of: cube },
      ...withArgs(cube, [null, 1], [null, [0, 2], true], [3, 1], [{ ord: 1, dim: [0, 1] }], [
        null,
        null,
        true,
      ]),
      ...matrixOrders.flatMap((ord) => withArgs(matrix, [ord])),
      ...withArgs([[3]], [1], [inf, 0], [null, null, true, { dtype: "float64" }]),
      { of: [[]] },
      { of: [[0, 3]], args: ["fro"] },
      { of: [[0, 3]], args: [1] },
    ],
    torch: "torch.linalg.norm(a, *args, **kw)",
    errors: [
      [
        () => linalg.norm(ones([2, 2, 2]), 2),
        "Cannot call linalg.norm() on [2, 2, 2] with dim null: norms are of one or two dimensions",
      ],
      [
        () => linalg.norm(ones([2, 2]), 3),
        'Cannot call linalg.norm() with order 3: it must be "fro", "nuc", ±1, ±2 or ±Infinity',
      ],
    ],
  },
  "linalg.vectorNorm": {
    cases: [{ of: cube }, ...vectors, ...dims([1]), ...withArgs(cube, [{ ord: 3 }], options)],
    errors: [
      [
        () => linalg.vectorNorm(ones([2]), "fro" as never),
        'Cannot call linalg.vectorNorm() with order "fro": it must be a number',
      ],
      [
        () => linalg.vectorNorm(ones([2, 0]), -1, 1),
        "Cannot call linalg.vectorNorm() of order -1 on [2, 0]: there is no element along dim 1",
      ],
    ],
  },
  "linalg.matrixNorm": {
    cases: [
      { of: matrix },
      ...matrixOrders.flatMap((ord) => withArgs(cube, [ord], [ord, [0, 1], true], [ord, [-1, 0]])),
      ...[1, inf, -inf, "fro"].map((ord) => ({ of: [ties], args: [ord], kinks: true })),
      ...[1, inf, "nuc", 2].map((ord) => ({ of: [{ values: [[0, 0], [0, 0]] }], args: [ord], kinks: true })),
      ...withArgs([[0, 3]], [1], ["nuc"], ["fro"]),
      ...withArgs(matrix, [{ ord: 1 }], options),
    ],
    errors: [
      [
        () => linalg.matrixNorm(ones([2])),
        "Cannot call linalg.matrixNorm() on [2] along dims [-2, -1]: matrices have two dimensions",
      ],
      [
        () => linalg.matrixNorm(ones([2, 2]), "fro", [0, 0]),
        "Cannot call linalg.matrixNorm() along dims [0, 0]: each dim may appear once",
      ],
    ],
  },
} satisfies Partial<Table>;
