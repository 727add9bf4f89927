/**
 * Convolutions too large for one block of patches. The cases of tests/cases/conv.ts fit into one; random shapes are in
 * convolution_test.ts.
 */
import "./setup.ts";
import { assertClose } from "./close.ts";
import { conv2d, convTranspose2d, F, manualSeed, randn, type Tensor } from "../mod.ts";

interface Sample {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly g: Tensor;
}

/** A weighted convolution and its gradients, and the same by patches: y = w · im2col(x). */
function compare({ x, weight, g }: Sample, options: { padding: number; stride: number }): void {
  const inputs = [x, weight].map((t) => t.requiresGrad_()), y = conv2d(x, weight, options);
  y.mul(g).sum().backward();
  const [dx, dw] = inputs.map((t) => t.grad!);
  const columns = F.unfold(x.detach(), weight.shape[2], options), flat = weight.detach().flatten(1);
  assertClose(y.detach(), flat.matmul(columns).reshape(y.shape), "y");
  assertClose(dw, g.flatten(2).matmul(columns.transpose(1, 2)).sum(0).reshape(weight.shape), "dw");
  const size = x.shape.slice(2);
  assertClose(dx, F.fold(flat.t().matmul(g.flatten(2)), size, weight.shape[2], options), "dx");
}

Deno.test("convolution of many images takes several blocks of them", () => {
  manualSeed(1);
  const [x, weight, g] = [[700, 2, 9, 7], [3, 2, 3, 3], [700, 3, 9, 7]].map((shape) => randn(shape).double());
  compare({ x, weight, g }, { padding: 1, stride: 1 });
});

Deno.test("convolution of a large image takes several blocks of rows", () => {
  manualSeed(2);
  const [x, weight, g] = [[2, 3, 301, 143], [2, 3, 5, 5], [2, 2, 151, 72]].map((shape) =>
    randn(shape).double()
  );
  compare({ x, weight, g }, { padding: 2, stride: 2 });
});

Deno.test("convTranspose2d() of a large image is the gradient of conv2d()", () => {
  manualSeed(3);
  const [x, weight, g] = [[1, 4, 90, 90], [4, 4, 3, 3], [1, 4, 88, 88]].map((shape) => randn(shape).double());
  x.requiresGrad_();
  conv2d(x, weight).mul(g).sum().backward();
  assertClose(convTranspose2d(g, weight), x.grad!, "transposed");
});
