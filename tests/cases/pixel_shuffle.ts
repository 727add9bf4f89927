/** Cases of ops: pixel_shuffle. */
import { channelShuffle, ones, pixelShuffle, pixelUnshuffle } from "../../mod.ts";
import { type Table, withArgs } from "./case.ts";

export const checks = {
  pixelShuffle: {
    cases: [...withArgs([[1, 8, 2, 3]], [2], [{ upscaleFactor: 1 }]), { of: [[9, 1, 2]], args: [3] }, {
      of: [[2, 0, 1, 1]],
      args: [2],
    }],
    laws: {
      "there and back": (
        [x],
        [y],
        [factor],
      ) => [x, pixelUnshuffle(y, typeof factor === "number" ? factor : 1)],
    },
    errors: [
      [
        () => pixelShuffle(ones([1, 6, 2, 2]), 2),
        "Cannot call pixelShuffle() on [1, 6, 2, 2] with upscaleFactor 2: 6 channels do not divide by 4",
      ],
      [
        () => pixelShuffle(ones([4, 2]), 2),
        "Cannot call pixelShuffle() on [4, 2]: it must have at least 3 dimensions",
      ],
    ],
  },
  pixelUnshuffle: {
    cases: [...withArgs([[1, 2, 4, 6]], [2], [{ downscaleFactor: 1 }]), { of: [[1, 3, 6]], args: [3] }],
    errors: [[
      () => pixelUnshuffle(ones([1, 4, 3]), 2),
      "Cannot call pixelUnshuffle() on [1, 4, 3] with downscaleFactor 2: the last two dimensions must divide by it",
    ]],
  },
  channelShuffle: {
    cases: [...withArgs([[2, 6, 3]], [2], [3]), { of: [[1, 4, 2, 2]], args: [{ groups: 4 }] }],
    torch: // PyTorch's own has no derivative
      "(lambda groups: a.unflatten(1, (groups, -1)).transpose(1, 2).reshape(a.shape))(*args, **kw)",
    errors: [[
      () => channelShuffle(ones([1, 3, 2]), 2),
      "Cannot call channelShuffle() on [1, 3, 2]: 3 channels do not divide into 2 groups",
    ]],
  },
} satisfies Partial<Table>;
