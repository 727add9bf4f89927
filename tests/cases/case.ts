/**
 * What the tests know of an op: calls to try, the laws its results obey, the errors it owes the user.
 *
 * Each file of tests/cases/ holds a part of the {@link Table}, one family of ops; table.ts joins them, and the tests
 * iterate.
 */
import type * as linalg from "../../ops/linalg.ts";
import type * as ops from "../../ops/mod.ts";
import type * as special from "../../ops/special.ts";
import type * as fft from "../../ops/fft.ts";
import type { DType } from "../../lib/dtype.ts";
import type { Shape } from "../../lib/shape.ts";
import type { NestedArray, Tensor } from "../../lib/tensor.ts";

/**
 * The checks of every function that ops/mod.ts exports, and of those that only a namespace has, under "linalg.inv"
 * and the like: a function that has none does not compile.
 */
export type Table =
  & Entries<typeof ops, "">
  & Entries<typeof linalg, "linalg.">
  & Entries<Omit<typeof special, keyof typeof ops | "expit">, "special.">
  & Entries<Omit<typeof fft, keyof typeof ops>, "fft.">;

type Entries<Ops, Prefix extends string> = {
  readonly [
    K in keyof Ops & string as Ops[K] extends (...args: never[]) => unknown ? `${Prefix}${K}` : never
  ]: Checks | Elsewhere;
};

/** An entry for a function that is no op of tensors: says which test covers it. */
export interface Elsewhere {
  readonly elsewhere: string;
}

/** How to check one op. */
export interface Checks {
  /** Calls to try. */
  readonly cases: readonly Case[];
  /**
   * The same in PyTorch, in Python: inputs are `a`, `b`, `c` ... (together `x`), positional arguments `args`, options
   * `kw`. Default: the function or method of that name. null: PyTorch 1.13 has none, or it is random.
   */
  readonly torch?: string | null;
  /** How to call it where inputs do not come first: default `op(...x, ...args)`. */
  readonly call?: (x: readonly Tensor[], args: readonly never[]) => unknown;
  /** "none": takes no gradient at all. Default: all orders. */
  readonly gradient?: "none";
  /** First inputs at which PyTorch is wrong and we are not, with the reason. */
  readonly except?: readonly (readonly [at: number, why: string])[];
  /** How far PyTorch may be from us where it rounds more than float64 does; the table says why. */
  readonly tolerance?: number;
  /** Operands broadcast against each other, as those of all pointwise ops do. */
  readonly broadcasts?: boolean;
  /** The result depends on memory, not on elements alone: layouts are not compared. */
  readonly layoutMatters?: boolean;
  /** The dtype of the result is not that of the inputs. */
  readonly dtypeIsFixed?: boolean;
  /** Equations between tensors that hold for all inputs x and the results y. */
  readonly laws?: Readonly<Record<string, Law>>;
  /** Calls that must fail, and the words the user must see. */
  readonly errors?: readonly (readonly [call: () => unknown, says: string])[];
}

/** Two sides that must agree. */
export type Law = (
  x: readonly Tensor[],
  y: readonly Tensor[],
  args: readonly never[],
) => readonly [Tensor, Tensor];

/** One call: inputs, then further arguments. */
export interface Case {
  /** Inputs: a shape draws float64 numbers between `from` and `to`; others are given as they are. */
  readonly of: readonly Input[];
  /** Arguments after the inputs, as JSON has them. */
  readonly args?: readonly unknown[];
  /** Where drawn inputs lie, away from kinks; default −2 to 2. */
  readonly from?: number;
  readonly to?: number;
  /** Special values, kinks, single precision: compared with PyTorch, but not with differences. */
  readonly kinks?: boolean;
  /** This call alone takes no gradient, for example because its inputs are integers. */
  readonly gradient?: "none";
}

/** An input of a case. */
export type Input = Shape | Given;

/** An input with its elements; numbers are float64 unless `dtype` says otherwise. */
export interface Given {
  readonly values: NestedArray;
  readonly dtype?: DType;
  /** Takes no gradient although it is float64, for example the weights of classes. */
  readonly constant?: true;
}

/** Values where formulas go wrong. */
export const specials = [
  ...[0, -0, 1, -1, 0.5, -0.5, 2, 3, -2.5, 30, -30, 88.8, -103.9, 710, -745.2],
  ...[1e-300, -1e-300, 1e300, -1e300, Infinity, -Infinity, NaN],
];

/** Indices into a dimension. */
export function indices(...values: NestedArray[]): Given {
  return { values, dtype: "int32" };
}

/** Elements that are true or false. */
export function mask(...values: NestedArray[]): Given {
  return { values, dtype: "bool" };
}

/** The checks of a pointwise op of one operand, smooth between `from` and `to`. */
export function unary(from = -2, to = 2, more: Partial<Checks> = {}): Checks {
  const { cases = [], ...rest } = more;
  const usual: Case[] = [{ of: [[2, 3]], from, to }, { of: [[]], from, to }, { of: [[0, 2]], from, to }];
  return { cases: [...usual, ...cases, { of: [{ values: specials }], kinks: true }], ...rest };
}

/** The checks of a pointwise op of two operands, smooth between `from` and `to`. */
export function binary(from = -2, to = 2, more: Partial<Checks> = {}): Checks {
  const { cases = [], ...rest } = more, few = specials.filter((_, i) => i < 9 || i > 14);
  const usual: Case[] = [
    { of: [[2, 3], [2, 3]], from, to },
    { of: [[2, 1], [3]], from, to },
    { of: [[], [2, 2]], from, to },
    { of: [[2, 2], []], from, to },
    { of: [{ values: few.map((v) => [v]) }, { values: few }], kinks: true },
  ];
  return { cases: [...usual, ...cases], ...rest };
}

/** Cases with the same inputs and one set of arguments each. */
export function withArgs(of: readonly Input[], ...args: readonly (readonly unknown[])[]): Case[] {
  return args.map((list) => ({ of, args: list }));
}
