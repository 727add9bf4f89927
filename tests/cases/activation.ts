/** Cases of ops: activation: drawn on either side of each kink. */
import { type Case, type Checks, type Table, unary } from "./case.ts";

/** An activation drawn in two intervals, and with each set of arguments. */
export function activation(
  name: string,
  intervals: readonly [number, number][],
  ...args: readonly unknown[][]
): Checks {
  const cases: Case[] = intervals.flatMap(([from, to]) =>
    [[], ...args].map((a) => ({ of: [[2, 2]], args: a, from, to }))
  );
  const edges: Case = { of: [{ values: [-3, -1, -0.5, -0, 0, 0.5, 1, 3, 6] }], kinks: true };
  return unary(...intervals[0], {
    cases: [...cases, edges],
    torch: `torch.nn.functional.${name}(a, *args, **kw)`,
  });
}

export const checks = {
  elu: activation("elu", [[-2, -0.1], [0.1, 2]], [0.5]),
  celu: activation("celu", [[-2, -0.1], [0.1, 2]], [0.5]),
  selu: activation("selu", [[-2, -0.1], [0.1, 2]]),
  gelu: activation("gelu", [[-3, 3]], [{ approximate: "tanh" }]),
  silu: activation("silu", [[-3, 3]]),
  mish: {
    ...activation("mish", [[-3, 3]]),
    except: [[Infinity, "PyTorch multiplies Infinity by 0; the slope there is 1"]],
  },
  softsign: {
    ...activation("softsign", [[0.1, 3], [-3, -0.1]]),
    except: [Infinity, -Infinity].map((x) => [x, "PyTorch divides infinities; the slope there is 0"]),
  },
  tanhshrink: activation("tanhshrink", [[-3, 3]]),
} satisfies Partial<Table>;
