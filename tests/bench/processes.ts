/** Runs benchmarks in processes of their own and collects their times. */

/** Times in microseconds, by the name of the row. */
export type Times = Map<string, number[]>;

/** The lines that a command prints; null if it fails. */
export async function linesOf(command: string, args: readonly string[]): Promise<string[] | null> {
  const { stdout, success } = await new Deno.Command(command, { args: [...args], stderr: "inherit" })
    .output();
  return success ? new TextDecoder().decode(stdout).split("\n").filter(Boolean) : null;
}

/** Runs a command that prints a JSON object a line, {"name", "us"}, and adds its times to `into`. */
export async function measure(command: string, args: readonly string[], into: Times): Promise<void> {
  const lines = await linesOf(command, args);
  if (!lines) console.error(`Failed: ${command} ${args.join(" ")}`);
  for (const line of lines ?? []) {
    const { name, us } = JSON.parse(line);
    into.set(name, [...into.get(name) ?? [], us]);
  }
}

/** The median time of a whole process, in microseconds. */
export async function processTime(command: string, args: readonly string[]): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 7; i++) {
    const start = performance.now();
    await new Deno.Command(command, { args: [...args], stdout: "null", stderr: "null" }).output();
    times.push((performance.now() - start) * 1e3);
  }
  return median(times)!;
}

/** The lower median; null of no numbers. */
export function median(times: readonly number[] = []): number | null {
  return [...times].sort((a, b) => a - b)[(times.length - 1) >> 1] ?? null;
}
