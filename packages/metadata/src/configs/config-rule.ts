import type { ConfigType, ConfigValue } from './config-value.ts';
import { invalidValue, quoteValue } from './config-value.ts';

/** What a value must satisfy besides its type. Data, so that tables can be compared and printed. */
export type ConfigRule =
  | { readonly kind: 'range'; readonly min?: number; readonly max?: number }
  | { readonly kind: 'one-of'; readonly values: readonly string[]; readonly ignoreCase?: true }
  | { readonly kind: 'non-empty' }
  | { readonly kind: 'non-null' }
  | {
      readonly kind: 'list';
      /** Every entry must be one of these; no entries here: anything goes. */
      readonly values: readonly string[];
      readonly emptyAllowed: boolean;
      readonly nullAllowed: boolean;
    }
  | CustomRule;

/** A rule of one config alone. `check` answers the whole sentence of what is wrong. */
export interface CustomRule {
  readonly kind: 'custom';
  /** The valid values in short, as Kafka's documentation writes them. */
  readonly valid: string;
  check(name: string, value: ConfigValue): string | undefined;
}

export function atLeast(min: number): ConfigRule {
  return { kind: 'range', min };
}

export function between(min: number, max: number): ConfigRule {
  return { kind: 'range', min, max };
}

export function oneOf(...values: string[]): ConfigRule {
  return { kind: 'one-of', values };
}

export function oneOfIgnoringCase(...values: string[]): ConfigRule {
  return { kind: 'one-of', values, ignoreCase: true };
}

/** A list without repeated or blank entries. */
export function listOf(
  values: readonly string[],
  allow: { empty?: boolean; null?: boolean } = {},
): ConfigRule {
  const { empty: emptyAllowed = false, null: nullAllowed = false } = allow;
  return { kind: 'list', values, emptyAllowed, nullAllowed };
}

/** Answers what is wrong with a parsed value, or undefined when it satisfies the rule. */
export function checkRule(
  key: { readonly name: string; readonly type: ConfigType },
  rule: ConfigRule,
  value: ConfigValue,
): string | undefined {
  const refuse = (reason: string): string =>
    invalidValue(key.name, quoteValue(value, key.type), reason);
  switch (rule.kind) {
    case 'range':
      return checkRange(rule, value, refuse);
    case 'one-of':
      return checkOneOf(rule, value, refuse);
    case 'non-empty':
      return value === '' ? refuse('String must be non-empty') : undefined;
    case 'non-null':
      return value === null ? refuse('entry must be non null') : undefined;
    case 'list':
      return checkList(key.name, rule, value);
    case 'custom':
      return rule.check(key.name, value);
  }
}

/** The valid values in short, as the reference documentation of Kafka prints them. */
export function describeRule(rule: ConfigRule): string {
  switch (rule.kind) {
    case 'range':
      return `[${rule.min ?? '...'},...${rule.max === undefined ? '' : `,${rule.max}`}]`;
    case 'one-of':
      return `${rule.ignoreCase ? '(case insensitive) ' : ''}[${rule.values.join(', ')}]`;
    case 'non-empty':
      return 'non-empty string';
    case 'non-null':
      return 'non-null string';
    case 'list':
      return rule.values.length === 0 ? '' : `[${rule.values.join(', ')}]`;
    case 'custom':
      return rule.valid;
  }
}

type Refuse = (reason: string) => string;

function checkRange(
  rule: Extract<ConfigRule, { kind: 'range' }>,
  value: ConfigValue,
  refuse: Refuse,
): string | undefined {
  if (value === null) return refuse('Value must be non-null');
  const number = Number(value);
  if (rule.min !== undefined && number < rule.min)
    return refuse(`Value must be at least ${rule.min}`);
  if (rule.max !== undefined && number > rule.max) {
    return refuse(`Value must be no more than ${rule.max}`);
  }
  return undefined;
}

function checkOneOf(
  rule: Extract<ConfigRule, { kind: 'one-of' }>,
  value: ConfigValue,
  refuse: Refuse,
): string | undefined {
  const options = rule.values.join(', ');
  if (rule.ignoreCase) {
    if (value !== null && rule.values.includes(String(value).toUpperCase())) return undefined;
    return refuse(`String must be one of (case insensitive): ${options}`);
  }
  if (value !== null && rule.values.includes(String(value))) return undefined;
  return refuse(`String must be one of: ${options}`);
}

function checkList(
  name: string,
  rule: Extract<ConfigRule, { kind: 'list' }>,
  value: ConfigValue,
): string | undefined {
  if (value === null) {
    return rule.nullAllowed ? undefined : `Configuration '${name}' values must not be null.`;
  }
  const entries = value as readonly string[];
  if (entries.length === 0 && !rule.emptyAllowed) {
    const valid = rule.values.length === 0 ? 'any non-empty value' : describeRule(rule);
    return `Configuration '${name}' must not be empty. Valid values include: ${valid}`;
  }
  for (const entry of entries) {
    if (entry === '') return `Configuration '${name}' values must not be empty.`;
    if (rule.values.length > 0 && !rule.values.includes(entry)) {
      return invalidValue(name, entry, `String must be one of: ${rule.values.join(', ')}`);
    }
  }
  return undefined;
}
