/** Cases of ops: grid. */
import { affineGrid, gridSample, ones } from "../../mod.ts";
import { type Case, type Table, withArgs } from "./case.ts";

const modes = ["bilinear", "nearest", "bicubic"], paddings = ["zeros", "border", "reflection"];

/** Every mode, border and alignment, with positions on and off the image. */
const images: Case[] = modes.flatMap((mode) =>
  paddings.flatMap((padding) =>
    [true, false].map((align) => ({ of: [[2, 2, 3, 4], [2, 2, 3, 2]], args: [mode, padding, align] }))
  )
);
const volumes: Case[] = modes.slice(0, 2).flatMap((mode) =>
  paddings.map((paddingMode) => ({ of: [[1, 2, 3, 2, 4], [1, 2, 1, 3, 3]], args: [{ mode, paddingMode }] }))
);

export const checks = {
  gridSample: {
    cases: [
      ...images,
      ...volumes,
      { of: [[1, 1, 1, 3], [1, 2, 2, 2]], args: ["bilinear", "reflection", true] },
      { of: [[1, 1, 2, 3], [1, 0, 2, 2]] },
      // on the pixels, on the edges, far away
      {
        of: [[1, 1, 3, 3], { values: [[[[-1, -1], [0, 0], [1, 1], [-2, 0.5], [1e9, 0], [0.2, -0.7]]]] }],
        args: ["nearest", "border", false],
        kinks: true,
      },
    ],
    torch:
      "torch.nn.functional.grid_sample(a, b, *args, **{'align_corners': False, **kw} if len(args) < 3 else {})",
    errors: [
      [
        () => gridSample(ones([1, 1, 2, 2]), ones([1, 2, 2, 3])),
        "Cannot call gridSample() on [1, 1, 2, 2] with a grid of shape [1, 2, 2, 3]: the grid must be [1, h, w, 2]",
      ],
      [
        () => gridSample(ones([1, 1, 2]), ones([1, 2, 2])),
        "Cannot call gridSample() on [1, 1, 2] with a grid of shape [1, 2, 2]: x must have 4 or 5 dimensions",
      ],
      [
        () => gridSample(ones([1, 1, 2, 2, 2]), ones([1, 2, 2, 2, 3]), "bicubic"),
        'Cannot call gridSample() on [1, 1, 2, 2, 2] with a grid of shape [1, 2, 2, 2, 3]: mode "bicubic" takes 4 ' +
        "dimensions only",
      ],
    ],
  },
  affineGrid: {
    cases: [
      ...withArgs([[2, 2, 3]], [[2, 1, 3, 4]], [[2, 1, 3, 4], true], [[2, 3, 1, 2]]),
      ...withArgs([[1, 3, 4]], [[1, 1, 2, 3, 2]], [{ size: [1, 1, 2, 3, 1], alignCorners: true }]),
    ],
    torch: "torch.nn.functional.affine_grid(a, *args, **kw)",
    errors: [[
      () => affineGrid(ones([2, 2, 3]), [1, 1, 2, 2]),
      "Cannot call affineGrid() with theta of shape [2, 2, 3] and size [1, 1, 2, 2]",
    ]],
  },
} satisfies Partial<Table>;
