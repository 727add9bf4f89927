/**
 * Python's pickle, of which only data is read: numbers, text, lists, tuples, dictionaries, and what the caller allows.
 *
 * A pickle is a program for a machine with a stack. This one imports nothing and calls nothing but the functions it
 * was given. Opcodes are those of CPython's Lib/pickletools.py, protocols 2 to 5, without the ones that make objects.
 */
import { describe } from "../errors.ts";
import { PickleBytes } from "./pickle_bytes.ts";

/** What a pickle may use. Functions take their arguments as one array, and throw an Error if they are wrong. */
export interface Allowed {
  /** Values of globals by `module.name`; those that are functions may be called. */
  readonly globals: ReadonlyMap<string, unknown>;
  /** What a persistent id stands for. */
  persistent(id: unknown): unknown;
}

/**
 * The value that a pickle makes of null, booleans, numbers, bigints, strings, arrays (lists and tuples), Maps, and
 * what the allowed functions return.
 *
 * @throws {Error} if it is cut short, damaged, or asks for what is not allowed; the text goes on from "... : ".
 */
export function unpickle(pickle: Uint8Array, allowed: Allowed): unknown {
  const machine = new Machine(new PickleBytes(pickle), allowed);
  for (;;) {
    const opcode = machine.bytes.byte();
    if (opcode === STOP) return machine.pop();
    const action = actions.get(opcode);
    if (!action) {
      throw new Error(`it has the opcode 0x${opcode.toString(16)}, which is not one of plain data`);
    }
    action(machine, machine.bytes);
  }
}

/** The stack, on which a mark remembers a height, and the memo. */
class Machine {
  readonly #stack: unknown[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();

  constructor(readonly bytes: PickleBytes, readonly allowed: Allowed) {}

  push(value: unknown): void {
    this.#stack.push(value);
  }

  pop(): unknown {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) throw new Error("it takes from an empty stack");
    return this.#stack.pop();
  }

  /** The last `count` values, in the order they came. */
  take(count: number): unknown[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  top(): unknown {
    const value = this.pop();
    this.push(value);
    return value;
  }

  mark(): void {
    this.#marks.push(this.#stack.length);
  }

  /** All values since the last mark. */
  takeMarked(): unknown[] {
    const height = this.#marks.pop();
    if (height === undefined) throw new Error("it takes up to a mark that it did not set");
    return this.#stack.splice(height);
  }

  memorize(key: number = this.#memo.size): void {
    this.#memo.set(key, this.top());
  }

  recall(key: number): void {
    if (!this.#memo.has(key)) throw new Error(`it recalls value ${key}, which it did not store`);
    this.push(this.#memo.get(key));
  }

  append(values: readonly unknown[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw new Error(`it appends to ${describe(list)}`);
    for (const value of values) list.push(value);
  }

  /** Sets items of the dictionary on top, given keys and values in turn. */
  setItems(items: readonly unknown[]): void {
    const map = this.top();
    if (!(map instanceof Map) || items.length % 2 === 1) throw new Error(`it sets items of ${describe(map)}`);
    for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
  }

  pushGlobal([module, name]: readonly unknown[]): void {
    const title = `${String(module)}.${String(name)}`, value = this.allowed.globals.get(title);
    if (value === undefined) {
      throw new Error(`it asks for ${title}, which is not allowed: it could run any code`);
    }
    this.push(value);
  }

  call(): void {
    const [callee, args] = this.take(2);
    if (typeof callee !== "function" || !Array.isArray(args)) {
      throw new Error(`it calls ${describe(callee)}, which is no function`);
    }
    this.push(callee(args));
  }

  /** Attributes: those that a dictionary may have are of no use here. */
  dropState(): void {
    this.pop();
    const target = this.top();
    if (!(target instanceof Map)) throw new Error(`it sets attributes of ${describe(target)}`);
  }
}

const STOP = 0x2e;

const actions: ReadonlyMap<number, (machine: Machine, bytes: PickleBytes) => void> = new Map([
  [0x80, (_, bytes) => bytes.byte()], // PROTO
  [0x95, (_, bytes) => bytes.long()], // FRAME, a hint for readers of streams
  [0x28, (machine) => machine.mark()], // MARK
  [0x30, (machine) => machine.pop()], // POP
  [0x31, (machine) => machine.takeMarked()], // POP_MARK
  [0x32, (machine) => machine.push(machine.top())], // DUP

  [0x4e, (machine) => machine.push(null)], // NONE
  [0x88, (machine) => machine.push(true)], // NEWTRUE
  [0x89, (machine) => machine.push(false)], // NEWFALSE
  [0x4b, (machine, bytes) => machine.push(bytes.byte())], // BININT1
  [0x4d, (machine, bytes) => machine.push(bytes.short())], // BININT2
  [0x4a, (machine, bytes) => machine.push(bytes.signed())], // BININT
  [0x8a, (machine, bytes) => machine.push(bytes.integer(bytes.byte()))], // LONG1
  [0x8b, (machine, bytes) => machine.push(bytes.integer(bytes.unsigned()))], // LONG4
  [0x47, (machine, bytes) => machine.push(bytes.float())], // BINFLOAT
  [0x55, (machine, bytes) => machine.push(bytes.text(bytes.byte()))], // SHORT_BINSTRING, of Python 2
  [0x54, (machine, bytes) => machine.push(bytes.text(bytes.unsigned()))], // BINSTRING
  [0x8c, (machine, bytes) => machine.push(bytes.text(bytes.byte()))], // SHORT_BINUNICODE
  [0x58, (machine, bytes) => machine.push(bytes.text(bytes.unsigned()))], // BINUNICODE
  [0x8d, (machine, bytes) => machine.push(bytes.text(bytes.long()))], // BINUNICODE8

  [0x5d, (machine) => machine.push([])], // EMPTY_LIST
  [0x6c, (machine) => machine.push(machine.takeMarked())], // LIST
  [0x61, (machine) => machine.append(machine.take(1))], // APPEND
  [0x65, (machine) => machine.append(machine.takeMarked())], // APPENDS
  [0x29, (machine) => machine.push([])], // EMPTY_TUPLE
  [0x85, (machine) => machine.push(machine.take(1))], // TUPLE1
  [0x86, (machine) => machine.push(machine.take(2))], // TUPLE2
  [0x87, (machine) => machine.push(machine.take(3))], // TUPLE3
  [0x74, (machine) => machine.push(machine.takeMarked())], // TUPLE
  [0x7d, (machine) => machine.push(new Map())], // EMPTY_DICT
  [0x73, (machine) => machine.setItems(machine.take(2))], // SETITEM
  [0x75, (machine) => machine.setItems(machine.takeMarked())], // SETITEMS

  [0x71, (machine, bytes) => machine.memorize(bytes.byte())], // BINPUT
  [0x72, (machine, bytes) => machine.memorize(bytes.unsigned())], // LONG_BINPUT
  [0x94, (machine) => machine.memorize()], // MEMOIZE
  [0x68, (machine, bytes) => machine.recall(bytes.byte())], // BINGET
  [0x6a, (machine, bytes) => machine.recall(bytes.unsigned())], // LONG_BINGET

  [0x63, (machine, bytes) => machine.pushGlobal([bytes.line(), bytes.line()])], // GLOBAL
  [0x93, (machine) => machine.pushGlobal(machine.take(2))], // STACK_GLOBAL
  [0x51, (machine) => machine.push(machine.allowed.persistent(machine.pop()))], // BINPERSID
  [0x52, (machine) => machine.call()], // REDUCE
  [0x62, (machine) => machine.dropState()], // BUILD
]);
