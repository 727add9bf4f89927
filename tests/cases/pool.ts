/** Cases of ops: pool. */
import { avgPool1d, avgPool2d, lpPool1d, ones } from "../../mod.ts";
import { type Table, withArgs } from "./case.ts";

export const checks = {
  avgPool1d: {
    cases: [
      ...withArgs([[2, 2, 7]], [2], [3, 2, 1], [[3], [1], [1], true, false], [{
        kernelSize: 4,
        ceilMode: true,
      }]),
      { of: [[2, 5]], args: [{ kernelSize: 3, stride: 2, padding: 1, countIncludePad: false }] },
      { of: [[0, 2, 5]], args: [2] },
      { of: [{ values: [[1, 2, -4, 2, 7]], dtype: "int32" }], args: [3, 1, 1], gradient: "none" },
    ],
    torch: "torch.nn.functional.avg_pool1d(a, *args, **kw)",
    errors: [
      [
        () => avgPool1d(ones([2, 3]), 4),
        "Cannot call avgPool1d() on [2, 3]: the kernel extends over 4 elements, dim -1 has 3 with its padding",
      ],
      [
        () => avgPool1d(ones([2, 3]), 3, 1, 2),
        "Cannot call avgPool1d() with padding [2]: 2 is more than half of the 3 elements over which the kernel extends",
      ],
      [
        () => avgPool1d(ones([3]), 2),
        "Cannot call avgPool1d() on [3]: it must have 2 or 3 dimensions, the last not empty",
      ],
      [() => avgPool1d(ones([2, 3]).bool(), 2), "Cannot call avgPool1d() on dtype bool"],
    ],
  },
  avgPool2d: {
    cases: [
      ...withArgs(
        [[2, 2, 5, 4]],
        [2],
        [[3, 2], [2, 1], 1],
        [3, 2, 1, true, false],
        [[3, 2], { stride: [], padding: [1, 0], ceilMode: true, divisorOverride: 3 }],
      ),
      { of: [[1, 3, 3]], args: [3] },
      { of: [{ values: [[[1, 2, 9], [-4, 2, 7]]], dtype: "int32" }], args: [2, 1, 1], gradient: "none" },
    ],
    errors: [[
      () => avgPool2d(ones([1, 2, 2]), 2, { divisorOverride: 0 }),
      "Cannot call avgPool2d() with divisorOverride 0: it must not be 0",
    ]],
  },
  avgPool3d: {
    cases: [
      { of: [[1, 2, 3, 4, 2]], args: [2] },
      { of: [[2, 4, 3, 5]], args: [[2, 3, 2], 2, [1, 1, 0], { ceilMode: true, countIncludePad: false }] },
    ],
  },
  lpPool1d: {
    cases: [
      ...withArgs([[2, 2, 5]], [2, 2], [3, 3, 1], [{
        normType: 2.5,
        kernelSize: 3,
        stride: 2,
        ceilMode: true,
      }])
        .map((c) => ({ ...c, from: 0.5, to: 2 })),
      { of: [{ values: [[0, 0, 1, -2]] }], args: [2, 2], kinks: true },
    ],
    errors: [[() => lpPool1d(ones([2, 3]), "x" as never, 2), 'Cannot call lpPool1d() with normType "x"']],
  },
  lpPool2d: {
    cases: withArgs([[2, 4, 4]], [2, 2], [1, [3, 2], 1], [3, 3, { stride: 2, ceilMode: true }])
      .map((c) => ({ ...c, from: 0.5, to: 2 })),
  },
} satisfies Partial<Table>;
