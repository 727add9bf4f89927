/** Comma-separated values ({@link https://www.rfc-editor.org/rfc/rfc4180}): from text to a {@link Table}. */
import { asChoice, asCount, named } from "../arguments.ts";
import { describe } from "../errors.ts";
import type { Path } from "../io/files.ts";
import { asText, readText } from "./bytes.ts";
import { type Column, Table } from "./table.ts";

/** What a column can hold. */
export type ColumnType = "number" | "string";

/** Options of {@link parseCsv} and {@link readCsv}. */
export interface CsvOptions {
  /** Whether the first row has the names of the columns (default), or the names if the text has none; else 0, 1, 2... */
  header?: boolean | readonly string[];
  /** One character between values; default ",". */
  separator?: string;
  /** The values that stand for none; default: nothing, NA, N/A, NaN and null in any case. */
  missing?: readonly string[];
  /** What columns hold, by name; of the others, those with numbers alone hold numbers. */
  types?: Readonly<Record<string, ColumnType>>;
  /** How many rows to leave out at the start; default 0. */
  skip?: number;
}

/** The values of a row, and the line it begins in. */
interface Row {
  readonly values: string[];
  readonly line: number;
}

const NUMBER = /^[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf(?:inity)?)$/i;
const MISSING: readonly string[] = ["", "na", "n/a", "nan", "null"];

/**
 * The table in a text of comma-separated values. Values in double quotes may hold separators, line breaks and, doubled,
 * quotes. A column of numbers has NaN for missing values, a column of text null.
 *
 * @throws {SyntaxError} that names the line of a row too long or short, a quote not closed, or a value of the wrong type.
 *
 * @example
 * ```ts
 * import { data } from "@dinograd/dinograd";
 *
 * const table = data.parseCsv("length,width,kind\n5.1,3.5,setosa\n4.9,NA,virginica\n");
 * console.log(table.tensor(["length", "width"]).shape, table.classes("kind").names); // [2, 2] ["setosa", "virginica"]
 * ```
 */
export function parseCsv(text: string, options?: CsvOptions): Table {
  return parse("parse CSV", "parseCsv", asText("parse CSV from", text), options);
}

/**
 * Reads a file of comma-separated values in UTF-8, as {@link parseCsv} does; needs --allow-read.
 *
 * @throws {SyntaxError} as {@link parseCsv} does, {@link Error} if the file cannot be read.
 */
export async function readCsv(path: Path, options?: CsvOptions): Promise<Table> {
  const text = await readText(path);
  return parse(`load ${path}`, "readCsv", text, options);
}

function parse(action: string, name: string, text: string, options: CsvOptions | undefined): Table {
  const { header, separator, missing, types, skip } = readOptions(name, options);
  const rows = rowsOf(action, text, separator).slice(skip);
  const names = typeof header !== "boolean"
    ? header
    : header
    ? rows.shift()?.values.map((title) => title.trim())
    : rows[0]?.values.map((_, i) => String(i));
  if (!names) throw new SyntaxError(`Cannot ${action}: there is no row`);
  const twice = names.find((title, i) => names.indexOf(title) < i);
  if (twice !== undefined) {
    throw new SyntaxError(`Cannot ${action}: two columns are called ${JSON.stringify(twice)}`);
  }
  const odd = rows.find(({ values }) => values.length !== names.length);
  if (odd) {
    throw new SyntaxError(
      `Cannot ${action}: line ${odd.line} has ${odd.values.length} values, and there are ${names.length} columns`,
    );
  }
  for (const title of Object.keys(types)) {
    if (!names.includes(title)) {
      throw new RangeError(`Cannot ${action}: there is no column ${JSON.stringify(title)}`);
    }
  }
  const columns = names.map((title, i) => columnOf(action, title, rows, i, types[title], missing));
  return new Table(names, columns, rows.length);
}

function columnOf(
  action: string,
  title: string,
  rows: readonly Row[],
  i: number,
  type: ColumnType | undefined,
  missing: (value: string) => boolean,
): Column {
  const values = rows.map((row) => row.values[i].trim());
  if (type !== "string") {
    const odd = values.findIndex((value) => !missing(value) && !NUMBER.test(value));
    if (odd < 0) return Float64Array.from(values, (value) => missing(value) ? NaN : numberOf(value));
    if (type === "number") {
      throw new SyntaxError(
        `Cannot ${action}: ${describe(values[odd])} of column ${JSON.stringify(title)} in line ${
          rows[odd].line
        } is ` +
          "not a number",
      );
    }
  }
  return rows.map((row, j) => missing(values[j]) ? null : row.values[i]);
}

function numberOf(value: string): number {
  return /inf/i.test(value) ? (value.startsWith("-") ? -Infinity : Infinity) : Number(value);
}

/** Splits a text into rows; those without any character are left out. */
function rowsOf(action: string, text: string, separator: string): Row[] {
  const rows: Row[] = [], plain = new RegExp(`[${separator.replace(/[\]\\^]/, "\\$&")}\r\n]`, "g");
  let at = text.startsWith("\ufeff") ? 1 : 0, line = 1, from = 1, values: string[] = [];
  for (;;) {
    let value = "";
    const quoted = text[at] === '"';
    if (quoted) {
      const opened = line;
      for (let end = at + 1;; end += 2) {
        end = text.indexOf('"', end);
        if (end < 0) {
          throw new SyntaxError(`Cannot ${action}: the quote opened in line ${opened} is never closed`);
        }
        if (text[end + 1] === '"') continue; // doubled, it stands for itself
        value = text.slice(at + 1, end).replaceAll('""', '"');
        line += value.split("\n").length - 1;
        at = end + 1;
        break;
      }
    }
    plain.lastIndex = at;
    const end = plain.exec(text)?.index ?? text.length;
    if (quoted && end > at) {
      throw new SyntaxError(`Cannot ${action}: in line ${line} there is text behind a closing quote`);
    }
    if (!quoted) value = text.slice(at, end);
    values.push(value);
    at = end + 1;
    if (text[end] === separator) continue;
    if (values.length > 1 || quoted || value !== "") rows.push({ values, line: from });
    if (end >= text.length) return rows;
    if (text[end] === "\r" && text[end + 1] === "\n") at++;
    from = ++line;
    values = [];
  }
}

function readOptions(name: string, options: CsvOptions | undefined) {
  const order = ["header", "separator", "missing", "types", "skip"] as const;
  const given = named<CsvOptions>(name, options === undefined ? [] : [options], order);
  const { header = true, separator = ",", missing, types = {} } = given;
  if (typeof header !== "boolean" && !isStrings(header)) {
    throw new TypeError(
      `Cannot call ${name}() with header ${describe(header)}: it must be true, false or names`,
    );
  }
  if (typeof separator !== "string" || separator.length !== 1 || '"\r\n'.includes(separator)) {
    throw new TypeError(
      `Cannot call ${name}() with separator ${describe(separator)}: it must be one character`,
    );
  }
  if (missing !== undefined && !isStrings(missing)) {
    throw new TypeError(
      `Cannot call ${name}() with missing ${describe(missing)}: it must be an array of strings`,
    );
  }
  if (typeof types !== "object" || types === null) {
    throw new TypeError(`Cannot call ${name}() with types ${describe(types)}: it must be an object`);
  }
  for (const type of Object.values(types)) asChoice(name, "types", type, ["number", "string"]);
  return {
    header,
    separator,
    types,
    missing: (value: string) => missing ? missing.includes(value) : MISSING.includes(value.toLowerCase()),
    skip: asCount(name, "skip", given.skip ?? 0),
  };
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
