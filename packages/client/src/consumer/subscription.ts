import { invalidArgument } from '../client-error.ts';

/** What to read of: topics by their names, or all whose names the pattern matches. */
export interface Subscription {
  /** Empty where there is a pattern. */
  readonly topics: readonly string[];
  readonly pattern: RegExp | null;
}

export function subscriptionOf(topics: string | readonly string[] | RegExp): Subscription {
  if (topics instanceof RegExp) {
    // A pattern that keeps where it stands would match other names each time.
    const flags = topics.flags.replace(/[gy]/g, '');
    return { topics: [], pattern: new RegExp(topics.source, flags) };
  }
  const list = typeof topics === 'string' ? [topics] : [...new Set(topics)];
  if (list.length === 0) throw invalidArgument('`subscribe` takes one topic at least');
  return { topics: list, pattern: null };
}

/**
 * The pattern in the language of brokers (RE2), where the whole name has to match. What RE2 does not have
 * (looking around, back references) is refused by the broker.
 */
export function brokerRegex({ source, flags }: RegExp): string {
  return `${flags.includes('i') ? '(?i)' : ''}.*(?:${source}).*`;
}
