/** Cases of ops: shift. */
import { fft, ones } from "../../mod.ts";
import { type Checks, type Table, withArgs } from "./case.ts";

const shifts: Checks = {
  cases: [
    { of: [[4, 5]] },
    { of: [[5]] },
    ...withArgs([[4, 5]], [0], [-1], [[0, 1]], [{ dim: [1] }], [{ dim: 0 }]),
    { of: [[2, 3, 3]], args: [[0, 2]] },
    { of: [[0, 3]] },
  ],
};

export const checks = {
  "fft.fftshift": {
    ...shifts,
    laws: { "ifftshift takes it back": ([x], [y], args) => [fft.ifftshift(y, ...args), x] },
    errors: [[
      () => fft.fftshift(ones([2]), 1),
      "Cannot call fft.fftshift() along dim 1 of a tensor of shape [2]",
    ]],
  },
  "fft.ifftshift": shifts,
} satisfies Partial<Table>;
