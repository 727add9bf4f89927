/**
 * A WebAssembly assembler: functions are lists of named instructions, encoded when the module is built.
 *
 * Knows nothing of tensors. What each instruction is called and how it is encoded stands in opcodes.ts;
 * structured control flow (`loop`, `block`, `if`) takes its body as a callback, so nesting reads as nesting.
 */
import { type Immediate, leb, type Opcode, opcodes } from "./opcodes.ts";

/** The types of locals, parameters and results. */
export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

/** A parameter or local variable of a function under construction. */
export interface Local {
  readonly index: number;
  readonly type: ValueType;
}

/** One memory that a module imports; kernels all share the arena. */
export interface MemoryImport {
  readonly shared: boolean;
  readonly initial: number;
  readonly maximum: number;
}

type Operand = number | bigint | string | readonly number[];

/** A JavaScript function that a module calls, numbers to number; instances are given `{ env: { memory }, host }`. */
export interface HostFunction {
  readonly name: string;
  readonly f: (...x: number[]) => number;
  readonly arity: number;
}

type Instruction = readonly [opcode: Opcode, ...operands: Operand[]];

const typeCode: Record<ValueType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const END = 0x0b;
/** A function under construction: call its methods in the order the machine should run them. */
export class FunctionBuilder {
  readonly #instructions: Instruction[] = [];
  readonly #entry: Instruction[] = [];
  readonly #locals: ValueType[] = [];
  readonly #constants = new Map<string, Local>();
  /** The JavaScript functions it calls. */
  readonly hostCalls: HostFunction[] = [];

  /** Starts an empty function; use {@link ModuleBuilder.add}. */
  constructor(
    readonly name: string,
    readonly params: readonly ValueType[],
    readonly results: readonly ValueType[],
  ) {}

  /** The parameter at `index`. */
  param(index: number): Local {
    return { index, type: this.params[index] };
  }

  /** A new local variable, 0 at the start. */
  local(type: ValueType): Local {
    this.#locals.push(type);
    return { index: this.params.length + this.#locals.length - 1, type };
  }

  /**
   * A local that holds a 128-bit constant. It is set once on entry: built where it is used, inside the loop, each
   * constant would cost three instructions an iteration (exp in float32: 1.0 ns an element, so 0.34 ns).
   */
  constant(bytes: readonly number[]): Local {
    const key = bytes.join();
    let local = this.#constants.get(key);
    if (!local) {
      this.#constants.set(key, local = this.local("v128"));
      this.#entry.push([opcodes.get("v128.const")!, bytes], [opcodes.get("local.set")!, local.index]);
    }
    return local;
  }

  /** Appends instruction `name` with its immediates (lane, memory offset, constant, index). */
  op(name: string, ...operands: Operand[]): this {
    const opcode = opcodes.get(name);
    if (!opcode) throw new Error(`Bug: no WebAssembly instruction is called ${name}`);
    this.#instructions.push([opcode, ...operands]);
    return this;
  }

  /** Pushes a local. */
  get(local: Local): this {
    return this.op("local.get", local.index);
  }

  /** Pops into a local. */
  set(local: Local): this {
    return this.op("local.set", local.index);
  }

  /** Copies the top of the stack into a local. */
  tee(local: Local): this {
    return this.op("local.tee", local.index);
  }

  /** Pushes a 32-bit integer. */
  i32(value: number): this {
    return this.op("i32.const", value);
  }

  /** Adds an integer constant to a local. */
  increment(local: Local, by: number): this {
    return this.get(local).i32(by).op("i32.add").set(local);
  }

  /** Replaces the `arity` popped f64 by a JavaScript function of them; V8 calls those of Math without leaving compiled code. */
  callHost(name: string, f: (...x: number[]) => number, arity: number): this {
    this.hostCalls.push({ name, f, arity });
    return this.op("host", name);
  }

  /** A block: `br(0)` inside leaves it. */
  block(body: () => void): this {
    return this.#nested("block", body);
  }

  /** A loop: `br(0)` inside starts it again. */
  loop(body: () => void): this {
    return this.#nested("loop", body);
  }

  /** Runs `then` if the popped i32 is not 0, otherwise `otherwise`. */
  if(then: () => void, otherwise?: () => void): this {
    this.op("if");
    then();
    if (otherwise) {
      this.op("else");
      otherwise();
    }
    return this.op("end");
  }

  /** Repeats `body` while `condition` (which pushes an i32) holds, testing before each round. */
  while(condition: () => void, body: () => void): this {
    return this.block(() => {
      this.loop(() => {
        condition();
        this.op("i32.eqz").op("br_if", 1);
        body();
        this.op("br", 0);
      });
    });
  }

  /** The function in text form, for people; see `deno task kernels`. */
  toText(): string {
    let depth = 1;
    const head = `(func $${this.name} (param ${this.params.join(" ")}) (result ${this.results.join(" ")})`;
    const lines = [...this.#entry, ...this.#instructions].map(([{ name }, ...operands]) => {
      if (name === "end" || name === "else") depth--;
      const line = "  ".repeat(depth) + [name, ...operands.map(String)].join(" ");
      if (["block", "loop", "if", "else"].includes(name)) depth++;
      return line;
    });
    return [head, `  (local ${this.#locals.join(" ")})`, ...lines, ")"].join("\n");
  }

  /** The function's body as bytes; `imports` come before the module's own functions in their numbering. */
  encode(imports: readonly string[]): number[] {
    const body = [...leb(this.#locals.length), ...this.#locals.flatMap((t) => [1, typeCode[t]])];
    for (const instruction of this.#entry) write(body, instruction, imports);
    for (const instruction of this.#instructions) write(body, instruction, imports);
    body.push(END);
    const sized = leb(body.length);
    append(sized, body);
    return sized;
  }

  #nested(kind: "block" | "loop", body: () => void): this {
    this.op(kind);
    body();
    return this.op("end");
  }
}

/** Builds a module of exported functions over one imported memory (`env.memory`). */
export class ModuleBuilder {
  readonly #functions: FunctionBuilder[] = [];

  /** Adds a function; returns its index, for `call`. */
  add(
    name: string,
    params: readonly ValueType[],
    results: readonly ValueType[],
    body: (f: FunctionBuilder, ...params: Local[]) => void,
  ): number {
    const f = new FunctionBuilder(name, params, results);
    body(f, ...params.map((_, i) => f.param(i)));
    return this.#functions.push(f) - 1;
  }

  /** What instances import as `host`: the JavaScript functions by name. */
  get host(): Record<string, HostFunction["f"]> {
    return Object.fromEntries(this.#hostFunctions().map(({ name, f }) => [name, f]));
  }

  #hostFunctions(): HostFunction[] {
    const calls = this.#functions.flatMap((f) => f.hostCalls);
    return [...new Map(calls.map((call) => [call.name, call])).values()];
  }

  /** Every function in text form. */
  toText(): string {
    return this.#functions.map((f) => f.toText()).join("\n\n");
  }

  /** The module as bytes. */
  encode(memory: MemoryImport): Uint8Array<ArrayBuffer> {
    const signatures = this.#functions.map((f) => [0x60, ...types(f.params), ...types(f.results)]);
    const imports = this.#hostFunctions(), names = imports.map(({ name }) => name), first = signatures.length;
    const arities = [...new Set(imports.map(({ arity }) => arity))];
    for (const arity of arities) {
      signatures.push([0x60, ...types(new Array(arity).fill("f64")), ...types(["f64"])]);
    }
    const limits = memory.shared
      ? [3, ...leb(memory.initial), ...leb(memory.maximum)]
      : [0, ...leb(memory.initial)];
    const out = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
    writeSection(out, 1, signatures);
    writeSection(out, 2, [
      [...text("env"), ...text("memory"), 2, ...limits],
      ...imports.map(({ name, arity }) => {
        return [...text("host"), ...text(name), 0, ...leb(first + arities.indexOf(arity))];
      }),
    ]);
    writeSection(out, 3, this.#functions.map((_, i) => leb(i)));
    writeSection(out, 7, this.#functions.map((f, i) => [...text(f.name), 0, ...leb(imports.length + i)]));
    writeSection(out, 10, this.#functions.map((f) => f.encode(names)));
    return new Uint8Array(out);
  }
}

function types(list: readonly ValueType[]): number[] {
  return [...leb(list.length), ...list.map((t) => typeCode[t])];
}

/** Appends a section: its number, its length in bytes, how many items it has, and these. */
function writeSection(out: number[], id: number, items: readonly (readonly number[])[]): void {
  const count = leb(items.length);
  out.push(id);
  writeLeb(out, items.reduce((length, item) => length + item.length, count.length));
  append(out, count);
  for (const item of items) append(out, item);
}

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...leb(bytes.length), ...bytes];
}

/** Appends an instruction; without arrays in between, for a matrix product has 6,000 of them. */
function write(out: number[], instruction: Instruction, imports: readonly string[]): void {
  const { code, immediate } = instruction[0], first = instruction[1] ?? 0;
  append(out, code);
  if (immediate === "host") writeLeb(out, imports.indexOf(String(first)));
  else if (immediate === "function") writeLeb(out, imports.length + Number(first));
  else if (immediate !== "none") writeImmediate(out, immediate, first, Number(instruction[2] ?? 0));
}

function append(out: number[], bytes: ArrayLike<number>): void {
  for (let i = 0; i < bytes.length; i++) out.push(bytes[i]);
}

function writeImmediate(out: number[], kind: Immediate, first: Operand, second: number): void {
  switch (kind) {
    case "index":
      return writeLeb(out, Number(first));
    case "lane":
      return append(out, [Number(first)]);
    case "i32":
      return writeSigned(out, Number(first) | 0);
    case "i64":
      return writeSignedBig(out, BigInt.asIntN(64, BigInt(first as number | bigint)));
    case "f32":
      return append(out, new Uint8Array(Float32Array.of(Number(first)).buffer));
    case "f64":
      return append(out, new Uint8Array(Float64Array.of(Number(first)).buffer));
    case "memory": // alignment is only a hint: 0 is always valid
      return writeLeb((out.push(0), out), Number(first));
    case "memoryLane":
      writeLeb((out.push(0), out), Number(first));
      return append(out, [second]);
    default: // v128, shuffle: 16 bytes
      return append(out, first as readonly number[]);
  }
}

function writeLeb(out: number[], n: number): void {
  for (; n > 0x7f; n >>>= 7) out.push(n & 0x7f | 0x80);
  out.push(n);
}

function writeSigned(out: number[], n: number): void {
  for (; n < -0x40 || n > 0x3f; n >>= 7) out.push(n & 0x7f | 0x80);
  out.push(n & 0x7f);
}

function writeSignedBig(out: number[], n: bigint): void {
  for (; n < -0x40n || n > 0x3fn; n >>= 7n) out.push(Number(n & 0x7fn) | 0x80);
  out.push(Number(n & 0x7fn));
}
