/** The messages of STYLE.md, "Errors side by side", word for word; and that all of them come as our classes. */
import { engine } from "./setup.ts";
import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import {
  autograd,
  backend,
  crossEntropy,
  exp,
  mul,
  nn,
  ones,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from "../mod.ts";

function leaf(values: number[]): Tensor {
  return tensor(values, { requiresGrad: true });
}

/** What the user does, the class of the error, and its text. */
const table: readonly (readonly [string, () => unknown, new (message?: string) => Error, string])[] = [
  [
    "shapes that do not broadcast",
    () => mul(ones([2, 3]), ones([4, 3])),
    ShapeError,
    "Cannot multiply [2, 3] and [4, 3]: dimension -2 is 2 on the left and 4 on the right, and neither is 1",
  ],
  [
    "a layer of another width",
    () => new nn.Linear(10, 3).forward(ones([2, 7])),
    ShapeError,
    "Cannot apply Linear(10, 3) to [2, 7]: the last dimension must be 10",
  ],
  [
    "backward of a vector",
    () => leaf([1, 2, 3]).mul(2).backward(),
    ShapeError,
    "Cannot call backward() on shape [3]: reduce it to one number first, for example y.sum().backward()",
  ],
  [
    "a second backward",
    () => {
      const y = leaf([1, 2]).exp().sum();
      y.backward();
      y.backward();
    },
    Error,
    "Cannot call backward() again: the first call freed the tape; pass { retainGraph: true } to the first",
  ],
  [
    "a class that does not exist",
    () => crossEntropy(zeros([4, 3]), tensor([0, 1, 2, 3], { dtype: "int32" })),
    RangeError,
    "Cannot take crossEntropy: target 3 at position 3 is not one of the 3 classes 0..2",
  ],
  [
    "a result changed in place",
    () => {
      const y = exp(leaf([1, 2, 3])), z = y.sum();
      y.mul_(2);
      z.backward();
      y.sum().backward();
    },
    Error,
    "Cannot run backward of exp: its output [3] was changed in place afterwards (version 1, recorded at 0)",
  ],
  [
    "matrices that do not fit",
    () => ones([2, 3]).matmul(ones([4, 5])),
    ShapeError,
    "Cannot matmul [2, 3] by [4, 5]: inner sizes 3 and 4 differ",
  ],
  [
    "an input that was not used",
    () => autograd.grad(leaf([1]).sum(), leaf([1, 2])),
    TypeError,
    "Cannot differentiate with respect to input 0 of shape [2]: the outputs were not computed from it; " +
    "pass { allowUnused: true } to get null instead",
  ],
  [
    "item() of several elements",
    () => ones([2, 2]).item(),
    ShapeError,
    "Cannot take item() of a tensor of shape [2, 2]: it has 4 elements, not 1",
  ],
];

for (const [situation, call, type, text] of table) {
  Deno.test(`the error for ${situation} says what is and what must be`, () => {
    const error = assertThrows(call, Error);
    assertEquals(error.message, text);
    assertInstanceOf(error, type);
  });
}

Deno.test("the error for a state dict lists what is missing, one a line, with the nearest name", () => {
  const state = { weigth: ones([3, 2]), bias: ones([3]) };
  const { message } = assertThrows(() => new nn.Linear(2, 3).loadStateDict(state), Error);
  const [first, ...lines] = message.split("\n");
  assert(first.startsWith("Cannot load a state dict into Linear"), message);
  assert(
    lines.some((line) => line.includes("weight") && line.includes("missing") && line.includes("weigth")),
    message,
  );
});

const pinned = engine !== undefined; // then a library may be loaded already

Deno.test(
  { name: "backend() without ffi says why, in one line", permissions: "none", ignore: pinned },
  () => {
    assertEquals(String(backend()), "matmul: WASM SIMD (BLAS not loaded: run with --allow-ffi)");
  },
);
