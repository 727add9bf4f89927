/** The same elements laid out differently in memory. */
import { tensor } from "../../mod.ts";
import { sizeOf } from "../../lib/shape.ts";
import type { Tensor } from "../../lib/tensor.ts";

/** Copies `x` into memory laid out otherwise; null where that makes no difference. Unused places hold NaN. */
export const layouts: Readonly<Record<string, (x: Tensor) => Tensor | null>> = {
  transposed: (x) => {
    if (x.ndim < 2) return null;
    const back = x.shape.map((_, i) => x.ndim - 1 - i);
    return x.permute(back).clone().permute(back);
  },
  sliced: (x) => {
    if (x.ndim === 0) return null;
    const shape = [...x.shape.slice(0, -1), 2 * x.shape.at(-1)!];
    const view = blank(x, shape).sliceDim(-1, 1, null, 2);
    view.copy_(x);
    return view;
  },
  offset: (x) => {
    if (x.ndim === 0) return null;
    const view = blank(x, [x.shape[0] + 3, ...x.shape.slice(1)]).narrow(0, 2, x.shape[0]);
    view.copy_(x);
    return view;
  },
};

/** The first index of the first dimension repeated, once as a view and once in memory; null for a 0-d tensor. */
export function expanded(x: Tensor): { view: Tensor; plain: Tensor } | null {
  if (x.ndim === 0 || x.shape[0] < 2) return null;
  const view = x.narrow(0, 0, 1).clone().expand(x.shape);
  return { view, plain: view.clone() };
}

function blank(x: Tensor, shape: readonly number[]): Tensor {
  return tensor(new Float64Array(sizeOf(shape)).fill(NaN), { shape, dtype: x.dtype });
}
