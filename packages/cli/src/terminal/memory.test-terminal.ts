import type { Terminal } from '../command/call.ts';

/** A terminal that remembers what was printed, with an input and answers from the test. */
export class MemoryTerminal implements Terminal {
  readonly env: Record<string, string | undefined>;
  readonly input: AsyncIterable<Buffer>;
  readonly isInputTyped = false;
  readonly isInteractive: boolean;
  readonly hasColours = false;
  readonly questions: string[] = [];
  readonly #answers: string[];
  readonly #stop = new AbortController();
  readonly #printed: Buffer[] = [];
  told = '';
  /** Standard output and standard error, in the order in which they came. */
  screen = '';

  constructor(
    options: {
      env?: Record<string, string>;
      input?: Buffer | string;
      /** What is typed when something is asked; without it nobody is there. */
      answers?: readonly string[];
    } = {},
  ) {
    this.env = options.env ?? {};
    this.input = once(Buffer.from(options.input ?? ''));
    this.isInteractive = options.answers !== undefined;
    this.#answers = [...(options.answers ?? [])];
  }

  get printed(): Buffer {
    return Buffer.concat(this.#printed);
  }

  write(bytes: string | Uint8Array): Promise<void> {
    this.#printed.push(Buffer.from(bytes as Uint8Array));
    this.screen += Buffer.from(bytes as Uint8Array).toString();
    return Promise.resolve();
  }

  tell(text: string): void {
    this.told += text;
    this.screen += text;
  }

  ask(question: string): Promise<string> {
    this.questions.push(question);
    return Promise.resolve(this.#answers.shift() ?? '');
  }

  stopped(): AbortSignal {
    return this.#stop.signal;
  }

  interrupt(): void {
    this.#stop.abort();
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  await Promise.resolve();
  if (bytes.length > 0) yield bytes;
}
