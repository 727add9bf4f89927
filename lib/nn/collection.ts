/** Modules that hold modules or parameters as their properties: in a list, or by name. */
import { isOptions } from "../arguments.ts";
import { describe } from "../errors.ts";
import { Module } from "./module.ts";

/** What a collection holds. */
export interface Kind<T> {
  /** Whether a property is an item. */
  isItem(value: unknown): value is T;
  /** Makes a value the property `name` of a module; fails if it cannot be an item. */
  put(owner: Module, name: string, item: unknown): void;
}

/** A list of items, which are the properties 0, 1, 2, ... */
export abstract class List<T> extends Module {
  /** The item at a place from 0 on. */
  [index: number]: T;

  /** Library use: what items are. */
  protected abstract get kind(): Kind<T>;

  /** How many items there are. */
  get length(): number {
    return [...this].length;
  }

  /** The item at a place; negative ones count from the end. */
  at(index: number): T | undefined {
    return [...this].at(index);
  }

  /** The items from `start` up to but without `end`, as of an array. */
  slice(start?: number, end?: number): T[] {
    return [...this].slice(start, end);
  }

  /** Adds an item at the end. */
  append(item: T): this {
    this.kind.put(this, String(this.length), item);
    return this;
  }

  /** Adds items at the end. */
  extend(items: Iterable<T>): this {
    if (typeof items?.[Symbol.iterator] !== "function") {
      throw new TypeError(`Cannot make a ${this.constructor.name} of ${describe(items)}: it takes an array`);
    }
    for (const item of items) this.append(item);
    return this;
  }

  /** Puts an item in front of the one at `index`, which may be negative; those behind move up. */
  insert(index: number, item: T): this {
    const items = [...this];
    items.splice(index, 0, item);
    return this.extend(emptied(this, items));
  }

  /** Takes away and returns the item at `index`, by default the last. */
  pop(index = -1): T {
    const items = [...this], count = items.length;
    if (!Number.isInteger(index) || index < -count || index >= count) {
      throw new RangeError(
        `Cannot pop item ${describe(index)} of a ${this.constructor.name}: there are ${count}`,
      );
    }
    const [item] = items.splice(index, 1);
    this.extend(emptied(this, items));
    return item;
  }

  /** The items in order. */
  *[Symbol.iterator](): Generator<T> {
    for (const value of Object.values(this)) if (this.kind.isItem(value)) yield value;
  }
}

/** Takes all items away from a list, and returns `items` to fill it with. */
function emptied<T>(list: List<T>, items: T[]): T[] {
  const old = new Set<unknown>(list);
  for (const [key, value] of Object.entries(list)) if (old.has(value)) Reflect.deleteProperty(list, key);
  return items;
}

/** Items by name, in the order given. */
export abstract class Dict<T> extends Module {
  /** Library use: what items are. */
  protected abstract get kind(): Kind<T>;

  /** How many items there are. */
  get size(): number {
    return [...this].length;
  }

  /** The item of a name. */
  get(name: string): T | undefined {
    const value: unknown = Object.hasOwn(this, name) ? Reflect.get(this, name) : undefined;
    return this.kind.isItem(value) ? value : undefined;
  }

  /** Whether there is an item of a name. */
  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Names an item, in place of the one of that name if there is one. */
  set(name: string, item: T): this {
    this.kind.put(this, name, item);
    return this;
  }

  /** Names items. */
  update(items: Readonly<Record<string, T>>): this {
    if (!isOptions(items)) {
      throw new TypeError(
        `Cannot make a ${this.constructor.name} of ${describe(items)}: it takes an object of items by name`,
      );
    }
    for (const [name, item] of Object.entries(items)) this.kind.put(this, name, item);
    return this;
  }

  /** Takes away and returns the item of a name. */
  pop(name: string): T {
    const item = this.get(name);
    if (item === undefined) {
      throw new TypeError(`Cannot pop ${describe(name)} of a ${this.constructor.name}: there is none`);
    }
    Reflect.deleteProperty(this, name);
    return item;
  }

  /** Takes all items away. */
  clear(): void {
    for (const name of [...this.keys()]) Reflect.deleteProperty(this, name);
  }

  /** The names. */
  *keys(): Generator<string> {
    for (const [name] of this.items()) yield name;
  }

  /** The items. */
  *values(): Generator<T> {
    for (const [, item] of this.items()) yield item;
  }

  /** Names and items. */
  *items(): Generator<[name: string, item: T]> {
    for (const [name, value] of Object.entries(this)) if (this.kind.isItem(value)) yield [name, value];
  }

  /** Names and items. */
  [Symbol.iterator](): Generator<[name: string, item: T]> {
    return this.items();
  }
}
