/** Cases of ops: rectifier: drawn on either side of each kink. */
import { ones, prelu } from "../../mod.ts";
import { activation } from "./activation.ts";
import type { Table } from "./case.ts";

export const checks = {
  relu: activation("relu", [[-2, -0.1], [0.1, 2]]),
  relu6: activation("relu6", [[-2, -0.1], [0.1, 5.9], [6.1, 8]]),
  hardtanh: activation("hardtanh", [[-0.9, 0.9], [1.1, 2]], [-2.5, 3], [{ minVal: -0.5, maxVal: 1.05 }]),
  leakyRelu: activation("leaky_relu", [[-2, -0.1], [0.1, 2]], [0.2], [{ negativeSlope: 0.3 }]),
  prelu: {
    cases: [
      { of: [[2, 3], [3]], from: -2, to: -0.1 },
      { of: [[2, 3, 2], [1]], from: 0.1, to: 2 },
      { of: [[4], [1]], from: -2, to: -0.1 },
    ],
    torch: "torch.nn.functional.prelu(a, b)",
    broadcasts: false,
    errors: [[
      () => prelu(ones([2, 3]), ones([2])),
      "Cannot call prelu() on [2, 3] with weight [2]: weight must have one element, or one for each of the 3 channels",
    ]],
  },
  hardsigmoid: {
    ...activation("hardsigmoid", [[-2.9, 2.9], [3.1, 4]]),
    tolerance: 1e-6, // PyTorch holds its 1/6 in single precision
  },
  hardswish: activation("hardswish", [[-2.9, 2.9], [3.1, 4]]),
  softshrink: {
    ...activation("softshrink", [[-0.4, 0.4], [0.6, 2]], [0.1]),
    except: [[NaN, "PyTorch 1.13 says 0, later versions NaN"]],
  },
  hardshrink: activation("hardshrink", [[-0.4, 0.4], [0.6, 2]], [0.05]),
  threshold: {
    cases: [
      { of: [[3]], args: [0.5, 9], from: 0.6, to: 2 },
      { of: [[3]], args: [0.5, 9], from: -2, to: 0.4 },
      { of: [{ values: [-1, 0.5, 1, NaN] }], args: [0.5, 9], kinks: true },
    ],
    torch: "torch.nn.functional.threshold(a, *args)",
  },
} satisfies Partial<Table>;
