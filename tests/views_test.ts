/** Views as properties, views by position in memory, and tensors that become their own views. As PyTorch. */
import "./setup.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { arange, noGrad, ones, type Tensor, tensor, zeros } from "../mod.ts";

function leaf(values: number[] | number[][]): Tensor {
  return tensor(values, { requiresGrad: true });
}

Deno.test("T, mT, H and mH are transposed views", () => {
  const x = arange(6).reshape([2, 3]);
  assertEquals(x.T.toArray(), [[0, 3], [1, 4], [2, 5]]);
  assert(x.T.storage === x.storage);
  assertEquals([x.mT.shape, x.H.shape, x.mH.shape], [[3, 2], [3, 2], [3, 2]]);
  const cube = zeros([2, 3, 4]);
  assertEquals([cube.T.shape, cube.mT.shape, cube.mH.shape], [[4, 3, 2], [2, 4, 3], [2, 4, 3]]);
  assertEquals([ones([3]).T.shape, ones([]).mT.shape, ones([]).H.shape], [[3], [], []]);
  assertThrows(() => ones([3]).mT, TypeError, "Cannot take mT of [3]: it must have 2 dimensions or more");
  assertThrows(() => ones([3]).mH, TypeError, "Cannot take mT of [3]");
  assertThrows(() => cube.H, TypeError, "Cannot take H of [2, 3, 4]: it must have 2 dimensions; use mH");
});

Deno.test("asStrided() of a view counts from the start of the storage", () => {
  const x = arange(12), view = x.narrow(0, 4, 6);
  assertEquals(view.asStrided([2], [3]).toArray(), [4, 7]);
  assertEquals(view.asStrided([2], [3], 1).toArray(), [1, 4]);
  assertEquals(view.asStrided([2], [3], { storageOffset: 8 }).toArray(), [8, 11]);
  assertThrows(() => view.asStrided([2], [3], 9), RangeError, "Cannot call asStrided() with shape [2]");
  const w = tensor(new Float64Array(12), { requiresGrad: true }), part = w.mul(1).narrow(0, 4, 6);
  part.asStrided([3], [3], 1).mul(tensor([1, 10, 100])).sum().backward(); // its first element is not in the view
  assertEquals(w.grad!.toArray(), [0, 0, 0, 0, 10, 0, 0, 100, 0, 0, 0, 0]);
});

Deno.test("squeeze_(), unsqueeze_(), t_() and transpose_() change the tensor itself", () => {
  const x = zeros([1, 2, 3]);
  assert(x.squeeze_(0) === x);
  assertEquals(x.shape, [2, 3]);
  assertEquals(x.t_().stride(), [1, 3]);
  assertEquals(x.unsqueeze_(-1).shape, [3, 2, 1]);
  assertEquals([x.transpose_(0, 2).shape, x.swapaxes_(0, 1).shape, x.swapdims_(0, 2).shape], [
    [1, 2, 3],
    [2, 1, 3],
    [3, 1, 2],
  ]);
});

Deno.test("t_() is recorded", () => {
  const x = leaf([[1, 2], [3, 4]]), y = x.mul(1);
  y.t_().mul(tensor([[1, 10], [100, 1000]])).sum().backward();
  assertEquals(x.grad!.toArray(), [[1, 100], [10, 1000]]);
});

Deno.test("views made before squeeze_() stay, and see later changes", () => {
  const x = leaf([[1, 2, 3]]), y = x.mul(1), view = y.narrow(1, 1, 2);
  y.squeeze_(0).mul_(10);
  assertEquals([y.shape, view.toArray()], [[3], [[20, 30]]]);
  view.sum().backward();
  assertEquals(x.grad!.toArray(), [[0, 10, 10]]);
});

Deno.test("a view can become another view of its base", () => {
  const x = leaf([[1, 2], [3, 4]]), y = x.mul(1), row = y.select(0, 1);
  row.unsqueeze_(0).mul_(tensor([[2, 3]]));
  assertEquals([row.shape, y.toArray()], [[1, 2], [[1, 2], [6, 12]]]);
  y.sum().backward();
  assertEquals(x.grad!.toArray(), [[1, 1], [2, 3]]);
});

Deno.test("leaves that take gradients become views only inside noGrad()", () => {
  const x = leaf([[1, 2], [3, 4]]);
  assertThrows(() => x.t_(), Error, "Cannot call t_() on a leaf that takes a gradient");
  assertThrows(() => x.select(0, 0).unsqueeze_(0), Error, "Cannot call unsqueeze_() on a view of a leaf");
  noGrad(() => x.t_());
  assertEquals([x.toArray(), x.isLeaf], [[[1, 3], [2, 4]], true]);
  x.mul(tensor([[1, 10], [100, 1000]])).sum().backward();
  assertEquals(x.grad!.toArray(), [[1, 10], [100, 1000]]);
});

Deno.test("resize_() shows memory as it lies, and gets more where it needs it", () => {
  const x = arange(6).reshape([2, 3]), other = x.view([6]);
  x.t_().resize_([2, 2]);
  assertEquals(x.toArray(), [[0, 1], [2, 3]]);
  x.resize_(2, 4);
  assertEquals(x.toTypedArray().slice(0, 6), new Int32Array([0, 1, 2, 3, 4, 5]));
  x.fill_(9); // its own memory by now
  assertEquals(other.toArray(), [0, 1, 2, 3, 4, 5]);
});
