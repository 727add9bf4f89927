/**
 * The printed form of a tensor, held against what PyTorch 1.13 prints for the same elements (its True and
 * False in lower case, our shape and dtype as the suffixes).
 */
import { assertEquals } from "@std/assert";
import type { DType } from "../lib/dtype.ts";
import { formatTensor } from "../lib/format.ts";

type At = (index: number) => number;

function of(...values: number[]): At {
  return (i) => values[i];
}

const none: At = () => {
  throw new Error("An empty tensor has no elements to read");
};

/** What is printed, its elements by row-major index, shape, dtype, and PyTorch's text after a line break. */
const printed: readonly (readonly [string, At, number[], DType, string])[] = [
  [
    "a number",
    () => Math.fround(Math.PI),
    [],
    "float32",
    `
tensor(3.1416, shape=[], dtype=float32)`,
  ],
  [
    "a whole number",
    () => 3,
    [],
    "float32",
    `
tensor(3., shape=[], dtype=float32)`,
  ],
  [
    "a negative zero",
    () => -0,
    [],
    "float32",
    `
tensor(-0., shape=[], dtype=float32)`,
  ],
  [
    "a bool",
    () => 1,
    [],
    "bool",
    `
tensor(true, shape=[], dtype=bool)`,
  ],
  [
    "an int",
    () => -7,
    [],
    "int32",
    `
tensor(-7, shape=[], dtype=int32)`,
  ],
  [
    "nothing",
    none,
    [0],
    "float32",
    `
tensor([], shape=[0], dtype=float32)`,
  ],
  [
    "nothing with a shape",
    none,
    [0, 3],
    "int32",
    `
tensor([], shape=[0, 3], dtype=int32)`,
  ],
  [
    "a matrix of decimals",
    of(1, -2.5, 3, 4),
    [2, 2],
    "float32",
    `
tensor([[ 1.0000, -2.5000],
        [ 3.0000,  4.0000]], shape=[2, 2], dtype=float32)`,
  ],
  [
    "a matrix of whole floats",
    of(1, 2, 3, -4),
    [2, 2],
    "float32",
    `
tensor([[ 1.,  2.],
        [ 3., -4.]], shape=[2, 2], dtype=float32)`,
  ],
  [
    "float32 tenths",
    (i) => Math.fround((i + 1) / 10),
    [3],
    "float32",
    `
tensor([0.1000, 0.2000, 0.3000], shape=[3], dtype=float32)`,
  ],
  [
    "float64 thirds",
    (i) => (i + 1) / 3,
    [3],
    "float64",
    `
tensor([0.3333, 0.6667, 1.0000], shape=[3], dtype=float64)`,
  ],
  [
    "ties, rounded to even",
    of(0.03125, 0.09375, -0.03125, 0.15625),
    [4],
    "float32",
    `
tensor([ 0.0312,  0.0938, -0.0312,  0.1562], shape=[4], dtype=float32)`,
  ],
  [
    "scientific ties",
    of(100005, 100015, 3, 1e9),
    [4],
    "float64",
    `
tensor([1.0000e+05, 1.0002e+05, 3.0000e+00, 1.0000e+09], shape=[4],
       dtype=float64)`,
  ],
  [
    "decimals that span more than 1000",
    of(0.001, 1.5, -2000, 0),
    [4],
    "float32",
    `
tensor([ 1.0000e-03,  1.5000e+00, -2.0000e+03,  0.0000e+00], shape=[4],
       dtype=float32)`,
  ],
  [
    "decimals below 1e-4",
    of(5e-5, 1e-4),
    [2],
    "float64",
    `
tensor([5.0000e-05, 1.0000e-04], shape=[2], dtype=float64)`,
  ],
  [
    "whole numbers above 1e8",
    of(1e8, 123456789),
    [2],
    "float64",
    `
tensor([1.0000e+08, 1.2346e+08], shape=[2], dtype=float64)`,
  ],
  [
    "whole numbers that span more than 1000",
    of(1, 1001, 0),
    [3],
    "float32",
    `
tensor([1.0000e+00, 1.0010e+03, 0.0000e+00], shape=[3], dtype=float32)`,
  ],
  [
    "whole numbers that span just 1000",
    of(1, 1000, 0),
    [3],
    "float32",
    `
tensor([   1., 1000.,    0.], shape=[3], dtype=float32)`,
  ],
  [
    "three exponent digits",
    of(1e-300, 5e-324, 1e100),
    [3],
    "float64",
    `
tensor([1.0000e-300, 4.9407e-324, 1.0000e+100], shape=[3], dtype=float64)`,
  ],
  [
    "nan and infinities among whole numbers",
    of(1, NaN, Infinity, -Infinity),
    [4],
    "float32",
    `
tensor([1., nan, inf, -inf], shape=[4], dtype=float32)`,
  ],
  [
    "nan and infinities among decimals",
    of(0.5, NaN, 12.25, -Infinity),
    [2, 2],
    "float32",
    `
tensor([[ 0.5000,     nan],
        [12.2500,    -inf]], shape=[2, 2], dtype=float32)`,
  ],
  [
    "nan and infinities in scientific notation",
    of(1e-9, NaN, 2, -Infinity),
    [2, 2],
    "float64",
    `
tensor([[1.0000e-09,        nan],
        [2.0000e+00,       -inf]], shape=[2, 2], dtype=float64)`,
  ],
  [
    "only nan",
    () => NaN,
    [2],
    "float32",
    `
tensor([nan, nan], shape=[2], dtype=float32)`,
  ],
  [
    "zeros and negative zeros",
    of(0, -0, 1.5),
    [3],
    "float32",
    `
tensor([0.0000, -0.0000, 1.5000], shape=[3], dtype=float32)`,
  ],
  [
    "bools",
    (i) => i % 2,
    [2, 3],
    "bool",
    `
tensor([[false,  true, false],
        [ true, false,  true]], shape=[2, 3], dtype=bool)`,
  ],
  [
    "bytes",
    (i) => i * 50,
    [6],
    "uint8",
    `
tensor([  0,  50, 100, 150, 200, 250], shape=[6], dtype=uint8)`,
  ],
  [
    "ints of unequal width",
    of(1, -20, 300, 2147483647),
    [2, 2],
    "int32",
    `
tensor([[         1,        -20],
        [       300, 2147483647]], shape=[2, 2], dtype=int32)`,
  ],
  [
    "a line that wraps",
    (i) => i / 4,
    [30],
    "float32",
    `
tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000, 1.2500, 1.5000, 1.7500, 2.0000,
        2.2500, 2.5000, 2.7500, 3.0000, 3.2500, 3.5000, 3.7500, 4.0000, 4.2500,
        4.5000, 4.7500, 5.0000, 5.2500, 5.5000, 5.7500, 6.0000, 6.2500, 6.5000,
        6.7500, 7.0000, 7.2500], shape=[30], dtype=float32)`,
  ],
  [
    "a matrix whose rows wrap",
    (i) => i,
    [2, 30],
    "int32",
    `
tensor([[ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,
         18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29],
        [30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
         48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59]], shape=[2, 30],
       dtype=int32)`,
  ],
  [
    "3-D, a blank line between matrices",
    (i) => i,
    [2, 3, 2],
    "float32",
    `
tensor([[[ 0.,  1.],
         [ 2.,  3.],
         [ 4.,  5.]],

        [[ 6.,  7.],
         [ 8.,  9.],
         [10., 11.]]], shape=[2, 3, 2], dtype=float32)`,
  ],
  [
    "4-D",
    (i) => i,
    [2, 2, 1, 2],
    "int32",
    `
tensor([[[[0, 1]],

         [[2, 3]]],


        [[[4, 5]],

         [[6, 7]]]], shape=[2, 2, 1, 2], dtype=int32)`,
  ],
  [
    "a trailing dimension of one",
    (i) => i / 2,
    [3, 1],
    "float32",
    `
tensor([[0.0000],
        [0.5000],
        [1.0000]], shape=[3, 1], dtype=float32)`,
  ],
  [
    "1001 elements, the edges",
    (i) => i,
    [1001],
    "float32",
    `
tensor([   0.,    1.,    2.,  ...,  998.,  999., 1000.], shape=[1001],
       dtype=float32)`,
  ],
  [
    "a matrix, the edges of both dimensions",
    (i) => i / 2,
    [40, 50],
    "float32",
    `
tensor([[0.0000e+00, 5.0000e-01, 1.0000e+00,  ..., 2.3500e+01, 2.4000e+01,
         2.4500e+01],
        [2.5000e+01, 2.5500e+01, 2.6000e+01,  ..., 4.8500e+01, 4.9000e+01,
         4.9500e+01],
        [5.0000e+01, 5.0500e+01, 5.1000e+01,  ..., 7.3500e+01, 7.4000e+01,
         7.4500e+01],
        ...,
        [9.2500e+02, 9.2550e+02, 9.2600e+02,  ..., 9.4850e+02, 9.4900e+02,
         9.4950e+02],
        [9.5000e+02, 9.5050e+02, 9.5100e+02,  ..., 9.7350e+02, 9.7400e+02,
         9.7450e+02],
        [9.7500e+02, 9.7550e+02, 9.7600e+02,  ..., 9.9850e+02, 9.9900e+02,
         9.9950e+02]], shape=[40, 50], dtype=float32)`,
  ],
  [
    "a cut matrix with a short dimension",
    (i) => i,
    [500, 4],
    "int32",
    `
tensor([[   0,    1,    2,    3],
        [   4,    5,    6,    7],
        [   8,    9,   10,   11],
        ...,
        [1988, 1989, 1990, 1991],
        [1992, 1993, 1994, 1995],
        [1996, 1997, 1998, 1999]], shape=[500, 4], dtype=int32)`,
  ],
  [
    "3-D, cut in one dimension",
    (i) => i % 400,
    [2, 2, 400],
    "int32",
    `
tensor([[[  0,   1,   2,  ..., 397, 398, 399],
         [  0,   1,   2,  ..., 397, 398, 399]],

        [[  0,   1,   2,  ..., 397, 398, 399],
         [  0,   1,   2,  ..., 397, 398, 399]]], shape=[2, 2, 400],
       dtype=int32)`,
  ],
];

for (const [name, at, shape, dtype, text] of printed) {
  Deno.test(`formatTensor() of ${name} prints as in PyTorch`, () => {
    assertEquals("\n" + formatTensor(at, shape, dtype), text);
  });
}

Deno.test("formatTensor() adds the suffix after the dtype", () => {
  const text = formatTensor(of(1, 2, 3, 4), [2, 2], "float32", ["gradFn=<Mul>"]);
  assertEquals(text, "tensor([[1., 2.],\n        [3., 4.]], shape=[2, 2], dtype=float32, gradFn=<Mul>)");
});

Deno.test("formatTensor() starts a new line where the suffix would cross column 80", () => {
  const lines = formatTensor((i) => i, [12], "float64", ["requiresGrad=true"]).split("\n");
  assertEquals(lines, [
    "tensor([ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11.],",
    "       shape=[12], dtype=float64, requiresGrad=true)",
  ]);
});

Deno.test("formatTensor() of a huge tensor reads its edges only", () => {
  let reads = 0;
  const at: At = (i) => (reads++, i);
  formatTensor(at, [1e5, 1e5, 1e4], "float64");
  assertEquals(reads, 6 ** 3);
});

Deno.test("formatTensor() of no elements ignores how long the other dimensions are", () => {
  assertEquals(formatTensor(none, [1e9, 0], "bool"), "tensor([], shape=[1000000000, 0], dtype=bool)");
});

Deno.test("formatTensor() of exactly 1000 elements prints them all", () => {
  const text = formatTensor((i) => i, [1000], "int32");
  assertEquals([text.includes("..."), text.includes(" 500, ")], [false, true]);
});
