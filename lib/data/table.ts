/** A table: named columns of numbers or text, and the way from there to tensors. */
import { named } from "../arguments.ts";
import { asDType, type DType, isFloat } from "../dtype.ts";
import { describe } from "../errors.ts";
import { empty, type Tensor } from "../tensor.ts";

/** A column: numbers, NaN where one is missing, or text, null where it is missing. */
export type Column = Float64Array | readonly (string | null)[];

/** Columns by name or position: one, or several. */
export type Columns = string | number | readonly (string | number)[];

/** Options of the method `tensor` of {@link Table}. */
export interface TableTensorOptions {
  /** The element type; default float32. */
  dtype?: DType;
}

/** The categories of a column. */
export interface Classes {
  /** The number of each row's category, int32. */
  readonly labels: Tensor;
  /** What the numbers stand for, sorted. */
  readonly names: readonly string[];
}

/**
 * Named columns of equal length, as {@link parseCsv} and {@link readCsv} give them.
 *
 * @example
 * ```ts
 * import { data } from "@dinograd/dinograd";
 *
 * const table = data.parseCsv("x,y,kind\n1,2,b\n3,4,a");
 * console.log(table.names, table.length); // ["x", "y", "kind"] 2
 * console.log(table.tensor(["x", "y"]).toArray(), table.tensor("y").toArray()); // [[1, 2], [3, 4]] [2, 4]
 * console.log(table.classes("kind").labels.toArray(), table.column("kind")); // [1, 0] ["b", "a"]
 * ```
 */
export class Table {
  /** The names of the columns, in order. */
  readonly names: readonly string[];
  /** How many rows there are. */
  readonly length: number;
  readonly #columns: readonly Column[];

  /** Takes columns of `length` rows each. */
  constructor(names: readonly string[], columns: readonly Column[], length: number) {
    this.names = names;
    this.length = length;
    this.#columns = columns;
  }

  /**
   * A column by name or position.
   *
   * @throws {RangeError} if there is none such.
   */
  column(name: string | number): Column {
    const i = typeof name === "number" ? name : this.names.indexOf(name), column = this.#columns[i];
    if (column) return column;
    throw new RangeError(
      `Cannot find column ${describe(name)}: the table has ${
        this.names.map((n) => JSON.stringify(n)).join(", ")
      }`,
    );
  }

  /**
   * Numbers as a tensor, by default float32: [rows] of one column; [rows, columns] of several, or of all.
   *
   * @throws {TypeError} if a column holds text, {@link RangeError} if a number is missing or not whole for whole numbers.
   */
  tensor(columns?: Columns | TableTensorOptions, options?: TableTensorOptions): Tensor {
    const given = named<TableTensorOptions & { columns: Columns }>(
      "tensor",
      [columns, options].filter((a) => a !== undefined),
      ["columns"],
      ["dtype"],
    );
    const chosen = given.columns ?? this.names, list = typeof chosen === "object" ? chosen : [chosen];
    if (!Array.isArray(list)) {
      throw new TypeError(`Cannot find columns ${describe(list)}: they must be an array`);
    }
    const dtype = asDType("make a tensor of a table", given.dtype ?? "float32");
    const shape = list === chosen ? [this.length, list.length] : [this.length];
    const y = empty(shape, dtype), out = y.storage.view(dtype);
    for (const [j, name] of list.entries()) {
      const column = this.column(name);
      if (!(column instanceof Float64Array)) {
        throw new TypeError(
          `Cannot make a tensor of column ${describe(name)}: it holds text; use classes(), or give its type`,
        );
      }
      for (let i = 0; i < column.length; i++) out[y.offset + i * list.length + j] = column[i];
      const odd = isFloat(dtype) ? -1 : column.findIndex((x, i) => x !== out[y.offset + i * list.length + j]);
      if (odd >= 0) {
        throw new RangeError(
          `Cannot make a tensor of ${dtype} of column ${describe(name)}: row ${odd} is ${column[odd]}`,
        );
      }
    }
    return y;
  }

  /**
   * The categories in a column, sorted, numbers by size; each row's number is its place among them.
   *
   * @throws {RangeError} if a row has none.
   */
  classes(column: string | number): Classes {
    const values = this.column(column), none = values.findIndex((x) => x === null || Number.isNaN(x));
    if (none >= 0) {
      throw new RangeError(`Cannot take classes of column ${describe(column)}: row ${none} has none`);
    }
    const sorted = values instanceof Float64Array
      ? [...new Set(values)].sort((a, b) => a - b)
      : [...new Set(values)].sort();
    const numbers = new Map<unknown, number>(sorted.map((value, i) => [value, i]));
    const labels = empty([this.length], "int32"), out = labels.storage.view("int32");
    for (const [i, value] of values.entries()) out[labels.offset + i] = numbers.get(value)!;
    return { labels, names: sorted.map(String) };
  }
}
