import { RE2JS } from 're2js';

/** A compiled expression. Matching takes time linear in the text, whatever the expression (RE2). */
export interface Regex {
  readonly pattern: string;
  /** Instructions of its program: what one character of a text costs at most. */
  readonly cost: number;
  matches(topic: string): boolean;
}

/**
 * The longest expression, in UTF-16 units. Apache Kafka has no bound but that of a record; here
 * compiling would hold up everyone else.
 */
export const LONGEST_REGEX = 8_192;
/** A short expression can repeat itself into a large program. */
const LARGEST_PROGRAM = 20_000;

/** The expression, or what is wrong with it. RE2's syntax, as in Apache Kafka. */
export function compileRegex(pattern: string): Regex | { readonly problem: string } {
  if (pattern.length > LONGEST_REGEX) return { problem: 'expression is too long' };
  try {
    const compiled = RE2JS.compile(pattern);
    const cost = compiled.programSize();
    if (cost > LARGEST_PROGRAM) return { problem: 'expression is too large' };
    return { pattern, cost, matches: (topic) => compiled.matches(topic) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
