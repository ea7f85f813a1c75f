/**
 * Stand-in for `jsr:@std/assert`: the assertions this project uses, over `node:assert`.
 * Same signatures and verdicts; delete the `links` line of deno.json to use the real package.
 */
import nodeAssert from "node:assert";
import { isDeepStrictEqual } from "node:util";

export const AssertionError = nodeAssert.AssertionError;

// deno-lint-ignore no-explicit-any
type Constructor<T> = abstract new (...args: any[]) => T;

/** Throws with `message`. */
export function fail(message = "Failed"): never {
  throw new AssertionError({ message });
}

/** Throws when reached. */
export function unreachable(reason?: string): never {
  fail(reason === undefined ? "Unreachable" : `Unreachable: ${reason}`);
}

/** Narrows `value` to a truthy one. */
export function assert(value: unknown, message = "Expected a truthy value"): asserts value {
  if (!value) fail(message);
}

export function assertFalse(value: unknown, message = "Expected a falsy value"): asserts value is false {
  if (value) fail(message);
}

function show(value: unknown): string {
  return Deno.inspect(value, { depth: 8, sorted: true, strAbbreviateSize: 2000 });
}

/** Structural equality; like the original, 0 and -0 are equal and prototypes of plain objects do not count. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  if (equal(actual, expected)) return;
  const note = message === undefined ? "" : `${message}: `;
  throw new AssertionError({
    message: `${note}Values are not equal\n  actual:   ${show(actual)}\n  expected: ${show(expected)}`,
    actual,
    expected,
  });
}

export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  if (equal(actual, expected)) fail(message ?? `Expected another value than ${show(actual)}`);
}

/** Same value by `Object.is`. */
export function assertStrictEquals<T>(actual: unknown, expected: T, message?: string): asserts actual is T {
  if (!Object.is(actual, expected)) {
    fail(message ?? `Not the same value\n  actual:   ${show(actual)}\n  expected: ${show(expected)}`);
  }
}

export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance = Number.isFinite(expected) ? Math.abs(expected * 1e-7) || 1e-7 : 0,
  message?: string,
): void {
  if (Object.is(actual, expected) || Math.abs(expected - actual) <= tolerance) return;
  fail(message ?? `Expected ${expected} within ${tolerance}: got ${actual}`);
}

export function assertGreater<T>(actual: T, low: T, message?: string): void {
  if (!(actual > low)) fail(message ?? `Expected more than ${show(low)}: got ${show(actual)}`);
}

export function assertGreaterOrEqual<T>(actual: T, low: T, message?: string): void {
  if (!(actual >= low)) fail(message ?? `Expected at least ${show(low)}: got ${show(actual)}`);
}

export function assertLess<T>(actual: T, high: T, message?: string): void {
  if (!(actual < high)) fail(message ?? `Expected less than ${show(high)}: got ${show(actual)}`);
}

export function assertLessOrEqual<T>(actual: T, high: T, message?: string): void {
  if (!(actual <= high)) fail(message ?? `Expected at most ${show(high)}: got ${show(actual)}`);
}

export function assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) fail(message ?? `Expected a value: got ${actual}`);
}

export function assertInstanceOf<T>(
  actual: unknown,
  type: Constructor<T>,
  message?: string,
): asserts actual is T {
  if (!(actual instanceof type)) fail(message ?? `Expected an instance of ${type.name}: got ${show(actual)}`);
}

export function assertMatch(actual: string, pattern: RegExp, message?: string): void {
  if (!pattern.test(actual)) fail(message ?? `Expected a match of ${pattern}: got ${show(actual)}`);
}

export function assertNotMatch(actual: string, pattern: RegExp, message?: string): void {
  if (pattern.test(actual)) fail(message ?? `Expected no match of ${pattern}: got ${show(actual)}`);
}

export function assertStringIncludes(actual: string, part: string, message?: string): void {
  if (!actual.includes(part)) fail(message ?? `Expected ${show(part)} in: ${show(actual)}`);
}

export function assertArrayIncludes<T>(actual: ArrayLike<T>, parts: ArrayLike<T>, message?: string): void {
  const missing = Array.from(parts).filter((part) => !Array.from(actual).some((each) => equal(each, part)));
  if (missing.length > 0) fail(message ?? `Expected ${show(missing)} in: ${show(actual)}`);
}

/** Every property of `expected` stands in `actual` with an equal value; arrays are compared by their indices. */
export function assertObjectMatch(
  actual: Record<PropertyKey, unknown>,
  expected: Record<PropertyKey, unknown>,
  message?: string,
): void {
  if (!covers(actual, expected)) {
    fail(message ?? `Expected a part\n  actual:   ${show(actual)}\n  expected: ${show(expected)}`);
  }
}

export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  type?: Constructor<E>,
  messageIncludes?: string,
): E {
  let thrown: unknown;
  try {
    fn();
  } catch (error) {
    thrown = error;
    return checkError(thrown, type, messageIncludes);
  }
  fail("Expected function to throw");
}

export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  type?: Constructor<E>,
  messageIncludes?: string,
): Promise<E> {
  try {
    await fn();
  } catch (error) {
    return checkError(error, type, messageIncludes);
  }
  fail("Expected promise to reject");
}

function checkError<E extends Error>(error: unknown, type?: Constructor<E>, messageIncludes?: string): E {
  if (!(error instanceof Error)) fail(`Expected an Error: got ${show(error)}`);
  if (type) assertInstanceOf(error, type);
  if (messageIncludes !== undefined) assertStringIncludes(error.message, messageIncludes);
  return error as E;
}

function isPlain(value: unknown): value is Record<PropertyKey, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function equal(a: unknown, b: unknown): boolean {
  if (a === b || Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((each, index) => equal(each, b[index]));
  }
  if (isPlain(a) && isPlain(b)) {
    const keys = Reflect.ownKeys(a);
    return keys.length === Reflect.ownKeys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
  }
  return isDeepStrictEqual(a, b);
}

function covers(actual: unknown, expected: unknown): boolean {
  if (Array.isArray(expected)) {
    return Array.isArray(actual) && expected.every((each, index) => covers(actual[index], each));
  }
  if (isPlain(expected)) {
    return typeof actual === "object" && actual !== null &&
      Reflect.ownKeys(expected).every((key) => covers(Reflect.get(actual, key), expected[key]));
  }
  return equal(actual, expected);
}
