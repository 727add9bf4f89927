/** Single ops without gradients. */
import * as d from "../../mod.ts";
import type { Workload } from "./workload.ts";

/** Whether results take memory of their own, which a scope gives back: the smallest ones are carved from a common piece. */
function isLarge(shape: readonly number[]): boolean {
  return shape.reduce((a, b) => a * b, 1) > 512;
}

function unary(name: string, shape: readonly number[], f: (x: d.Tensor) => unknown): Workload {
  return {
    name,
    scoped: isLarge(shape),
    make: () => {
      const x = d.rand(shape);
      return () => f(x);
    },
  };
}

function binary(name: string, shape: readonly number[], f: (x: d.Tensor, y: d.Tensor) => unknown): Workload {
  return {
    name,
    scoped: isLarge(shape),
    make: () => {
      const x = d.rand(shape), y = d.rand(shape);
      return () => f(x, y);
    },
  };
}

const products = [16, 64, 128, 256, 512, 1024, 2048].map((n) => {
  return binary(`matmul_${n}`, [n, n], (x, y) => x.matmul(y));
});

const elementwise = [1, 64, 1024, 65536, 1 << 20, 1 << 22].flatMap((n) => [
  binary(`add_${n}`, [n], (x, y) => x.add(y)),
  unary(`exp_${n}`, [n], (x) => x.exp()),
  unary(`tanh_${n}`, [n], (x) => x.tanh()),
  unary(`gelu_${n}`, [n], (x) => x.gelu()),
  unary(`sum_${n}`, [n], (x) => x.sum()),
]);

/** Kernels, as torch_bench.py orders them. */
export const kernels: readonly Workload[] = [
  ...products,
  ...elementwise,
  unary("softmax_512x1024", [512, 1024], (x) => x.softmax(-1)),
  {
    name: "layernorm_512x1024",
    scoped: true,
    make: () => {
      const x = d.rand([512, 1024]), layer = new d.nn.LayerNorm(1024);
      return () => layer.forward(x);
    },
  },
  unary("sum_axis0_1024", [1024, 1024], (x) => x.sum(0)),
  unary("transpose_copy_1024", [1024, 1024], (x) => x.t().contiguous()),
];
