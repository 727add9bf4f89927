/**
 * What our tests use of @std/assert, with its names, signatures and tolerances, over node:assert.
 *
 * tests/run.ts maps `@std/assert` to this file where esm.sh cannot be reached; with the network the real one runs.
 */
import { AssertionError } from "node:assert/strict";
import { inspect } from "node:util";

export { AssertionError };

/** A class whose instances can be thrown. */
// deno-lint-ignore no-explicit-any -- constructors of every signature
export type ErrorClass<E extends Error = Error> = abstract new (...args: any[]) => E;

/** Fails if `condition` is falsy. */
export function assert(condition: unknown, message = ""): asserts condition {
  if (!condition) throw new AssertionError({ message });
}

/** Fails if `condition` is truthy. */
export function assertFalse(condition: unknown, message = ""): asserts condition is false {
  if (condition) throw new AssertionError({ message });
}

/** Fails always. */
export function fail(message?: string): never {
  throw new AssertionError({ message: `Failed assertion${message ? `: ${message}` : "."}` });
}

/** Fails if the two differ in depth; NaN equals NaN, and −0 equals 0. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  if (!equal(actual, expected)) {
    compared("deepStrictEqual", actual, expected, message, "Values are not equal");
  }
}

/** Fails if the two are equal in depth. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  if (equal(actual, expected)) {
    compared("!=", actual, expected, message, "Expected actual to be not equal to");
  }
}

/** Fails if the two are not the same value. */
export function assertStrictEquals<T>(actual: unknown, expected: T, message?: string): asserts actual is T {
  if (!Object.is(actual, expected)) {
    compared("strictEqual", actual, expected, message, "Values are not strictly equal");
  }
}

/** Fails if the two are the same value. */
export function assertNotStrictEquals<T>(actual: T, expected: T, message?: string): void {
  if (Object.is(actual, expected)) compared("!==", actual, expected, message, "Expected another value than");
}

/** Fails unless the two numbers are within `tolerance`, 1e-7 of the expected one if not given. */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance: number = Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7,
  message?: string,
): void {
  if (Object.is(actual, expected) || Math.abs(expected - actual) <= tolerance) return;
  const text = `Expected ${actual} to be within ${tolerance} of ${expected}`;
  throw new AssertionError({ message: message ? `${text}: ${message}` : text });
}

/** Fails on null and undefined. */
export function assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) {
    throw new AssertionError({ message: message ?? `Expected a value, got ${actual}` });
  }
}

/** Fails unless actual > expected. */
export function assertGreater<T>(actual: T, expected: T, message?: string): void {
  if (!(actual > expected)) compared(">", actual, expected, message, "Expected a greater value than");
}

/** Fails unless actual >= expected. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, message?: string): void {
  if (!(actual >= expected)) compared(">=", actual, expected, message, "Expected at least");
}

/** Fails unless actual < expected. */
export function assertLess<T>(actual: T, expected: T, message?: string): void {
  if (!(actual < expected)) compared("<", actual, expected, message, "Expected a lesser value than");
}

/** Fails unless actual <= expected. */
export function assertLessOrEqual<T>(actual: T, expected: T, message?: string): void {
  if (!(actual <= expected)) compared("<=", actual, expected, message, "Expected at most");
}

/** Fails unless `actual` contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  if (!actual.includes(expected)) compared("includes", actual, expected, message, "Expected text with");
}

/** Fails unless `expected` matches. */
export function assertMatch(actual: string, expected: RegExp, message?: string): void {
  if (!expected.test(actual)) compared("match", actual, expected, message, "Expected a match of");
}

/** Fails if `expected` matches. */
export function assertNotMatch(actual: string, expected: RegExp, message?: string): void {
  if (expected.test(actual)) compared("doesNotMatch", actual, expected, message, "Expected no match of");
}

/** Fails unless each of `expected` equals some item of `actual`. */
export function assertArrayIncludes<T>(
  actual: readonly T[],
  expected: readonly T[],
  message?: string,
): void {
  const missing = expected.filter((item) => !actual.some((other) => equal(item, other)));
  if (missing.length) compared("includes", actual, missing, message, "Expected an array with");
}

/** Fails unless `actual` is an instance of `expected`. */
export function assertInstanceOf<T>(
  actual: unknown,
  // deno-lint-ignore no-explicit-any -- constructors of every signature
  expected: abstract new (...args: any[]) => T,
  message?: string,
): asserts actual is T {
  if (!(actual instanceof expected)) {
    compared("instanceof", actual, expected, message, `Expected an instance of ${expected.name}, got`);
  }
}

/** Fails unless `error` is an error of the class whose message contains `says`. */
export function assertIsError<E extends Error = Error>(
  error: unknown,
  type?: ErrorClass<E>,
  says?: string | RegExp,
  message?: string,
): asserts error is E {
  const suffix = message ? `: ${message}` : "";
  if (!(error instanceof Error)) {
    throw new AssertionError({ message: `Expected an Error, got ${inspect(error)}${suffix}` });
  }
  if (type && !(error instanceof type)) {
    const got = error.constructor?.name;
    throw new AssertionError({
      message: `Expected a ${type.name}, got a ${got} "${error.message}"${suffix}`,
    });
  }
  const matches = says === undefined ||
    (says instanceof RegExp ? says.test(error.message) : error.message.includes(says));
  if (matches) return;
  throw new AssertionError({
    message: `Expected an error message with ${inspect(says)}, got ${inspect(error.message)}${suffix}`,
  });
}

/** Fails unless `fn` throws, an error of the class and with the words if they are given; returns what was thrown. */
export function assertThrows(fn: () => unknown, message?: string): unknown;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  type: ErrorClass<E>,
  says?: string,
  message?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  type?: ErrorClass | string,
  says?: string,
  message?: string,
): unknown {
  try {
    fn();
  } catch (error) {
    return checkThrown(error, type, says, message);
  }
  return notThrown("throw", type, message);
}

/** {@link assertThrows} for the promise that `fn` returns. */
export function assertRejects(fn: () => PromiseLike<unknown>, message?: string): Promise<unknown>;
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  type: ErrorClass<E>,
  says?: string,
  message?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  type?: ErrorClass | string,
  says?: string,
  message?: string,
): Promise<unknown> {
  let promise: PromiseLike<unknown>;
  try {
    promise = fn();
  } catch (error) {
    throw new AssertionError({ message: `Function throws when expected to reject: ${inspect(error)}` });
  }
  try {
    await promise;
  } catch (error) {
    return checkThrown(error, type, says, message);
  }
  return notThrown("reject", type, message);
}

function checkThrown(error: unknown, type?: ErrorClass | string, says?: string, message?: string): unknown {
  if (typeof type === "function") assertIsError(error, type, says, message);
  return error;
}

function notThrown(verb: string, type?: ErrorClass | string, message?: string): never {
  const text = typeof type === "string" ? type : message;
  throw new AssertionError({ message: `Expected function to ${verb}${text ? `: ${text}` : "."}` });
}

/** Whether two values are equal in depth. */
export function equal(a: unknown, b: unknown): boolean {
  return same(a, b, new Map());
}

/** `seen` holds the pairs under comparison: one that is met again inside itself is taken as equal. */
function same(a: unknown, b: unknown, seen: Map<unknown, unknown>): boolean {
  if (a === b || Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (seen.get(a) === b) return true;
  seen.set(a, b);
  if (a instanceof Date) return Object.is(a.getTime(), (b as Date).getTime());
  if (a instanceof RegExp || a instanceof URL) return String(a) === String(b);
  if (a instanceof Set) {
    const others = [...b as Set<unknown>];
    return a.size === others.length && [...a].every((x) => others.some((y) => same(x, y, seen)));
  }
  if (a instanceof Map) return same(new Set(a), new Set(b as Map<unknown, unknown>), seen);
  if (a instanceof ArrayBuffer) return same(new Uint8Array(a), new Uint8Array(b as ArrayBuffer), seen);
  const keys = Reflect.ownKeys(a);
  if (keys.length !== Reflect.ownKeys(b).length) return false;
  const [p, q] = [a, b] as Record<PropertyKey, unknown>[];
  return keys.every((key) => key in q && same(p[key], q[key], seen));
}

function compared(
  operator: string,
  actual: unknown,
  expected: unknown,
  message: string | undefined,
  text: string,
): never {
  if (operator.endsWith("Equal")) { // node's own message shows the difference line by line
    const plain = new AssertionError({ actual, expected, operator }).message;
    throw new AssertionError({ message: message ? `${plain}\n${message}` : plain });
  }
  const shown = inspect(operator === "instanceof" ? actual : expected);
  throw new AssertionError({ message: `${text} ${shown}${message ? `: ${message}` : ""}` });
}
