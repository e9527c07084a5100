import type { Call } from './call.ts';

/** What the shell may complete an argument or a value with. */
export type Completes = 'topics' | 'groups' | 'profiles' | 'files';

export interface ArgumentSpec {
  readonly name: string;
  readonly about?: string;
  readonly isOptional?: true;
  /** Takes all that follow; only the last argument can. */
  readonly isRepeated?: true;
  readonly choices?: readonly string[];
  readonly completes?: Completes;
}

export interface OptionSpec {
  /** As commander reads them: `-n, --num <count>`. */
  readonly flags: string;
  readonly about: string;
  readonly choices?: readonly string[];
  readonly fallback?: unknown;
  readonly isRepeated?: true;
  readonly isRequired?: true;
  /** Throws a CallError that says what the value is instead. */
  readonly parse?: (text: string) => unknown;
  readonly conflicts?: readonly string[];
  readonly completes?: Completes;
}

/**
 * A command as the only place that says what it is called, what it takes and how it is used. The parser,
 * `--help`, the completions of shells and the tests of the documentation are made from it.
 */
export interface CommandSpec {
  /** Noun and verb: `topic create`. */
  readonly name: string;
  readonly about: string;
  readonly args?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  /** Without the leading `tidelog`. */
  readonly examples?: readonly string[];
  readonly isHidden?: true;
  /** Loads the command, and runs it. `never` stands for the settings that its options make. */
  readonly run: (call: Call<never>) => Promise<void>;
}

/** What a noun is about, for the help of `tidelog NOUN`. */
export interface NounSpec {
  readonly name: string;
  readonly about: string;
}
