/** Cases of ops: im2col. */
import { col2im, im2col, ones } from "../../mod.ts";
import { type Table, withArgs } from "./case.ts";

export const checks = {
  im2col: {
    cases: [
      ...withArgs([[2, 2, 3, 4]], [2], [[2, 3], 1, [1, 0], [2, 1]], [{
        kernelSize: [1, 2],
        dilation: [1, 2],
      }]),
      { of: [[2, 3, 3]], args: [2, { padding: 1, stride: 2 }] },
      { of: [[0, 1, 3, 3]], args: [2] },
      { of: [{ values: [[[1, 2], [3, 4]]], dtype: "int32" }], args: [2], gradient: "none" },
    ],
    torch: "torch.nn.functional.unfold(a.double(), *args, **kw).to(a.dtype)",
    laws: {
      "col2im counts how often each element is in a patch": ([x], [y], args) => {
        const [kernel, ...rest] = args, size = x.shape.slice(-2);
        if (typeof kernel !== "number") return [y, y];
        const often = col2im(im2col(x.onesLike(), kernel, ...rest), size, kernel, ...rest);
        return [col2im(y, size, kernel, ...rest), x.mul(often)];
      },
    },
    errors: [
      [
        () => im2col(ones([2, 3]), 2),
        "Cannot call im2col() on [2, 3]: it must have 3 or 4 dimensions, the last 3 not empty",
      ],
      [
        () => im2col(ones([1, 2, 3]), 3),
        "Cannot call im2col() on [1, 2, 3]: the kernel extends over 3 elements, dim -2 has 2 with its padding",
      ],
    ],
  },
  col2im: {
    cases: [
      { of: [[2, 8, 6]], args: [[3, 4], 2] },
      { of: [[6, 4]], args: [{ outputSize: [3, 4], kernelSize: [2, 3], padding: [1, 0], stride: [2, 1] }] },
      { of: [[1, 4, 4]], args: [[4, 3], [2, 2], [2, 1]] },
      { of: [[0, 4, 4]], args: [3, 2] },
      { of: [[1, 2, 1]], args: [[3, 4], [1, 2], 1, 0, 3] },
    ],
    torch: "torch.nn.functional.fold(a, *args, **kw)",
    errors: [[
      () => col2im(ones([1, 8, 5]), [3, 4], 2),
      "Cannot call col2im() on [1, 8, 5]: it must be [N, C · 4, 6] or [C · 4, 6]",
    ]],
  },
} satisfies Partial<Table>;
