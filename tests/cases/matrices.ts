/** Matrices of the kinds that linear algebra is about, made of drawn ones; what is no matrix passes through. */
import { eye, Tensor } from "../../mod.ts";
import type { Case } from "./case.ts";

/** A + Aᵀ. */
export function symmetric(x: Tensor): Tensor {
  return isSquare(x) ? x.add(x.mT) : x;
}

/** A·Aᵀ + 1. */
export function positive(x: Tensor): Tensor {
  return isSquare(x) ? x.matmul(x.mT).add(eye(x.shape.at(-1)!, { dtype: x.dtype })) : x;
}

/** A + 3 on the diagonal: regular also where elements repeat. */
export function regular(x: Tensor): Tensor {
  if (!(x instanceof Tensor) || x.ndim < 2) return x;
  return x.add(eye(x.shape.at(-2)!, x.shape.at(-1)!, { dtype: x.dtype }).mul(3));
}

/** A tensor that stands for a square matrix, with 3 more on its diagonal. */
export function regularMap(x: Tensor): Tensor {
  const size = x instanceof Tensor ? Math.sqrt(x.numel()) : NaN;
  return Number.isInteger(size) ? x.add(eye(size, { dtype: x.dtype }).mul(3).reshape(x.shape)) : x;
}

/** The lower or upper triangle of A + 3. */
export function triangle(x: Tensor, upper = false): Tensor {
  if (!isSquare(x)) return x;
  const y = x.add(eye(x.shape.at(-1)!, { dtype: x.dtype }).mul(3));
  return upper ? y.triu() : y.tril();
}

function isSquare(x: Tensor): boolean {
  return x instanceof Tensor && x.dtype.startsWith("float") && x.ndim >= 2 &&
    x.shape.at(-1) === x.shape.at(-2);
}

/** The same in Python. */
export const python = {
  symmetric: "(a + a.mT)",
  positive: "(a @ a.mT + torch.eye(a.shape[-1]))",
  regular: "(a + 3 * torch.eye(a.shape[-2], a.shape[-1]))",
  regularMap: "(a + 3 * torch.eye(int(a.numel() ** 0.5)).reshape(a.shape))",
  lower: (name: string) => `(${name} + 3 * torch.eye(${name}.shape[-1])).tril()`,
  upper: (name: string) => `(${name} + 3 * torch.eye(${name}.shape[-1])).triu()`,
};

/** Square matrices: one, a batch, of one element, of none. */
export const squares: readonly Case[] = [[3, 3], [2, 3, 3], [1, 1], [2, 1, 2, 2], [0, 0], [0, 2, 2], [
  2,
  0,
  0,
]]
  .map((shape) => ({ of: [shape] }));

/** Matrices of all shapes. */
export const rectangles: readonly Case[] = [[3, 3], [4, 2], [2, 4], [2, 3, 2], [1, 3], [0, 2], [2, 0], [
  0,
  3,
  2,
]]
  .map((shape) => ({ of: [shape] }));

/** A case for each set of arguments, on the inputs of another. */
export function each(cases: readonly Case[], ...args: readonly (readonly unknown[])[]): Case[] {
  return cases.flatMap((c) => args.map((list) => ({ ...c, args: list })));
}
