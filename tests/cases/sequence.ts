/** Cases of ops: sequence: nothing to differentiate. */
import { arange, linspace, logspace } from "../../mod.ts";
import { type Table, withArgs } from "./case.ts";

const none = { gradient: "none" } as const;

export const checks = {
  arange: {
    cases: [
      ...withArgs([], [5], [1, 4], [0, 1, 0.25], [3, 0, -1], [0], [1, 2.6, 0.5], [2, 2], [5.5, 1, -2]),
      ...withArgs([], [0, 3, { dtype: "float64" }], [0.5, 2.9, { dtype: "int32" }], [3, {
        dtype: "float32",
      }]),
      ...withArgs([], [{ end: 4 }], [1, { end: 4, step: 2 }], [{ start: 2, end: 5 }], [0, true, true]),
    ],
    torch: "torch.arange(*args, **({'start': 0, **kw} if 'end' in kw and not args else kw))",
    ...none,
    errors: [
      [() => arange(0, 3, -1), "Cannot call arange() from 0 to 3 by steps of -1: the steps never arrive"],
      [() => arange(NaN), "Cannot call arange() with end NaN: it must be a finite number"],
    ],
  },
  linspace: {
    cases: withArgs([], [0, 1, 5], [-2, 3, 7], [1, 1, 3], [2, 5, 1], [0, 1, 0], [0, 1, 11, {
      dtype: "float64",
    }]),
    ...none,
    errors: [[
      () => linspace(0, 1, 2.5),
      "Cannot call linspace() with steps 2.5: it must be a whole number of at least 0",
    ]],
  },
  logspace: {
    cases: withArgs(
      [],
      [0, 3, 4],
      [-2, 3, 7],
      [1, 1, 3],
      [2, 5, 1],
      [0, 1, 0],
      [0, 1, 5, 2],
      [{ start: 0, end: 2, steps: 3, base: 3 }],
      [0, 1, 6, { dtype: "float64" }],
    ),
    ...none,
    errors: [[
      () => logspace(0, 1, -1),
      "Cannot call logspace() with steps -1: it must be a whole number of at",
    ]],
  },
} satisfies Partial<Table>;
