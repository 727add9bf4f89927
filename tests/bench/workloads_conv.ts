/** Convolutions: forward alone, and forward with all gradients. */
import * as d from "../../mod.ts";
import type { Workload } from "./workload.ts";

const { nn } = d;

/** `conv_fwd_NAME` and `conv_fwdbwd_NAME` of a layer on an input of that shape. */
function pair(
  name: string,
  layer: () => { forward(x: d.Tensor): d.Tensor },
  shape: readonly number[],
): Workload[] {
  return [
    {
      name: `conv_fwd_${name}`,
      scoped: true,
      make: () => {
        const conv = layer(), x = d.rand(shape);
        return () => d.noGrad(() => conv.forward(x));
      },
    },
    {
      name: `conv_fwdbwd_${name}`,
      make: () => {
        const conv = layer(), x = d.rand(shape, { requiresGrad: true });
        return () => conv.forward(x).sum().backward();
      },
    },
  ];
}

/** Square images of 16 samples, with padding that keeps their size: batch 16, channels, side, filters, kernel. */
function square(channels: number, side: number, filters: number, kernel: number): Workload[] {
  return pair(
    `${channels}x${side}_k${filters}_r${kernel}`,
    () => new nn.Conv2d(channels, filters, kernel, { padding: kernel >> 1 }),
    [16, channels, side, side],
  );
}

/** Convolutions, as torch_bench.py orders them. */
export const convolutions: readonly Workload[] = [
  ...square(64, 32, 64, 3),
  ...square(3, 64, 64, 7),
  ...square(128, 16, 128, 3),
  ...square(256, 8, 256, 1),
  ...pair("stride2", () => new nn.Conv2d(64, 128, 3, { stride: 2, padding: 1 }), [16, 64, 32, 32]),
  ...pair("groups4", () => new nn.Conv2d(64, 64, 3, { padding: 1, groups: 4 }), [16, 64, 32, 32]),
  ...pair("depthwise", () => new nn.Conv2d(64, 64, 3, { padding: 1, groups: 64 }), [16, 64, 32, 32]),
  ...pair("1x1", () => new nn.Conv2d(64, 128, 1), [16, 64, 32, 32]),
  ...pair("5x5", () => new nn.Conv2d(32, 64, 5, { padding: 2 }), [16, 32, 32, 32]),
  ...pair("7x7_stride2", () => new nn.Conv2d(3, 64, 7, { stride: 2, padding: 3 }), [8, 3, 112, 112]),
  ...pair(
    "transposed",
    () => new nn.ConvTranspose2d(64, 32, 4, { stride: 2, padding: 1 }),
    [16, 64, 16, 16],
  ),
  ...pair("1d", () => new nn.Conv1d(64, 128, 5, { padding: 2 }), [16, 64, 256]),
];
