/**
 * Where a progress bar is drawn: in place on a terminal, as lines in a log, or in a notebook's output. Nothing
 * here can end a training run: a closed pipe or a kernel that went away only means that nothing is seen.
 *
 * @module
 */

/** A place that takes text; standard error is one. Tests and other user interfaces may give their own. */
export interface ProgressFile {
  /** Writes text as it is, control characters included. */
  write(text: string): void;
  /** Whether a line can be redrawn in place. */
  isTerminal(): boolean;
  /** The width of the terminal, 0 where it is not known. */
  columns(): number;
}

/** Shows the state of one bar. */
export interface Screen {
  /** Whether drawing replaces what was drawn before, so that it may be done often. */
  readonly live: boolean;
  /** Shows a line; `last` says that no other follows, and an empty last line leaves nothing behind. */
  draw(line: string, last: boolean): void;
}

/** The screen for a file; without one the notebook's output where there is a notebook, else standard error. */
export function screenOf(file: ProgressFile | undefined): Screen {
  const kernel = file === undefined ? notebook() : null;
  if (kernel !== null) return cell(kernel);
  const out = file ?? standardError;
  return out.isTerminal() ? terminal(out) : log(out);
}

const encoder = new TextEncoder();

const standardError: ProgressFile = {
  write(text: string): void {
    try {
      let rest = encoder.encode(text);
      while (rest.length > 0) rest = rest.subarray(Deno.stderr.writeSync(rest));
    } catch {
      // Nobody reads any more.
    }
  },
  isTerminal: () => Deno.stderr.isTerminal(),
  columns(): number {
    try {
      return Deno.consoleSize().columns;
    } catch {
      return 0;
    }
  },
};

function terminal(file: ProgressFile): Screen {
  return {
    live: true,
    draw(line: string, last: boolean): void {
      // One column stays free: some terminals go to the next line as soon as the last one is filled.
      const text = clip(line, (file.columns() || 80) - 1);
      file.write(`\r\x1b[2K${text}${last && text !== "" ? "\n" : ""}`);
    },
  };
}

function log(file: ProgressFile): Screen {
  return {
    live: false,
    draw(line: string): void {
      if (line !== "") file.write(`${line}\n`);
    },
  };
}

type Kernel = typeof Deno.jupyter;

/** The Jupyter kernel this program runs in, if it does: elsewhere even looking at it throws. */
function notebook(): Kernel | null {
  try {
    return Deno.jupyter;
  } catch {
    return null;
  }
}

/** What is written to standard error never reaches a notebook; a display that is updated does. */
function cell(kernel: Kernel): Screen {
  const transient = { display_id: crypto.randomUUID() };
  let message = "display_data";
  async function send(line: string): Promise<void> {
    const content = { data: { "text/plain": line }, metadata: {}, transient };
    const type = message;
    message = "update_display_data";
    try {
      await kernel.broadcast(type, content);
    } catch {
      // The front end went away.
    }
  }
  return { live: true, draw: send };
}

// East Asian wide characters and emoji take two columns.
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|\p{Emoji_Presentation}/u;

/** As many characters of a line as fit into `columns`; a line that wraps could not be redrawn. */
function clip(line: string, columns: number): string {
  let used = 0, end = 0;
  for (const character of line) {
    used += WIDE.test(character) ? 2 : 1;
    if (used > columns) return line.slice(0, end);
    end += character.length;
  }
  return line;
}
