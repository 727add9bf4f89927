/** What is recorded and what is not: switches for a function or for the rest of a block. */
import { describe } from "./errors.ts";
import { mode } from "./node.ts";

/** Runs `f`, or everything until the end of the enclosing block if used with `using`, with the tape off. */
export function noGrad(): Disposable;
/** Runs `f` with the tape off. */
export function noGrad<T>(f: () => T): T;
export function noGrad<T>(f?: () => T): T | Disposable {
  return within("noGrad", "recording", false, f);
}

/** Turns the tape back on inside {@link noGrad}. */
export function enableGrad(): Disposable;
/** Runs `f` with the tape on. */
export function enableGrad<T>(f: () => T): T;
export function enableGrad<T>(f?: () => T): T | Disposable {
  return within("enableGrad", "recording", true, f);
}

/** As {@link noGrad}: for code that only predicts. */
export function inferenceMode(): Disposable;
/** Runs `f` with the tape off, for code that only predicts. */
export function inferenceMode<T>(f: () => T): T;
export function inferenceMode<T>(f?: () => T): T | Disposable {
  return within("inferenceMode", "recording", false, f);
}

/**
 * Makes backward stop at the first NaN with an error that names the operation and where it was called. Slow; for
 * hunting. See {@link https://pytorch.org/docs/stable/autograd.html#anomaly-detection}.
 */
export function detectAnomaly(): Disposable;
/** Runs `f` with NaN detection on. */
export function detectAnomaly<T>(f: () => T): T;
export function detectAnomaly<T>(f?: () => T): T | Disposable {
  return within("detectAnomaly", "anomaly", true, f);
}

/** Whether operations are being recorded. */
export function isGradEnabled(): boolean {
  return mode.recording;
}

function within<T>(name: string, key: keyof typeof mode, value: boolean, f?: () => T): T | Disposable {
  if (f !== undefined && typeof f !== "function") {
    throw new TypeError(
      `Cannot call ${name}() with ${describe(f)}: it takes a function, or nothing with using`,
    );
  }
  const was = mode[key];
  mode[key] = value;
  if (!f) {
    return {
      [Symbol.dispose]: () => {
        mode[key] = was;
      },
    };
  }
  try {
    const result = f();
    if (result instanceof Promise) {
      throw new TypeError(
        `Cannot call ${name}() with an async function: it would end at the first await; put it around the ` +
          `synchronous parts`,
      );
    }
    return result;
  } finally {
    mode[key] = was;
  }
}
