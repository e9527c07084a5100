/** The types that Kafka gives a config; the names are those of DescribeConfigs, in lower case. */
export type ConfigType =
  | 'boolean'
  | 'string'
  | 'int'
  | 'short'
  | 'long'
  | 'double'
  | 'list'
  | 'class'
  | 'password';

/**
 * A parsed value: `int`, `short` and `double` are numbers, `long` is a bigint (its bounds do not
 * fit a number), `class` and `password` are strings, null is "not set".
 */
export type ConfigValue = boolean | number | bigint | string | readonly string[] | null;

/** The largest `long`; as a time or a size it means "no bound". */
export const MAX_LONG = 2n ** 63n - 1n;

export type Parsed<T> = { readonly value: T } | { readonly problem: string };

const INTEGER = /^[+-]?[0-9]+$/;
const DOUBLE = /^([+-]?)(NaN|Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[fFdD]?$/;
const LIST_SEPARATOR = /[ \t\n\v\f\r]*,[ \t\n\v\f\r]*/;

const INTEGER_BITS = { int: 32n, short: 16n, long: 64n } as const;

/** The sentence that clients see for a value that is refused. */
export function invalidValue(name: string, value: string, reason: string): string {
  return `Invalid value ${value} for configuration ${name}: ${reason}`;
}

/** Reads the text form of a value. Whitespace around it does not count. */
export function parseValue(name: string, text: string, type: ConfigType): Parsed<ConfigValue> {
  const trimmed = trimJava(text);
  switch (type) {
    case 'boolean':
      return parseBoolean(name, text);
    case 'string':
    case 'password':
      return { value: trimmed };
    case 'int':
    case 'short':
    case 'long':
      return parseInteger(name, text, type);
    case 'double': {
      const match = DOUBLE.exec(trimmed);
      if (match === null)
        return { problem: invalidValue(name, text, 'Not a number of type DOUBLE') };
      return { value: Number(`${match[1]}${match[2]}`) };
    }
    case 'list':
      return { value: trimmed === '' ? [] : trimmed.split(LIST_SEPARATOR) };
    case 'class':
      // Kafka loads the class; here a name is taken when it could be one.
      if (isJavaBinaryName(trimmed)) return { value: trimmed };
      return { problem: invalidValue(name, text, `Class ${text} could not be found.`) };
  }
}

function isJavaBinaryName(text: string): boolean {
  // To make an expression of letters takes half a millisecond, which starts without such a config are spared.
  return /^[\p{L}_$][\p{L}\p{N}_$]*(\.[\p{L}_$][\p{L}\p{N}_$]*)*$/u.test(text);
}

/** The text form of a value as DescribeConfigs shows it; null stays null. */
export function formatValue(value: ConfigValue, type: ConfigType | undefined): string | null {
  if (value === null) return null;
  if (typeof value === 'object') return value.join(',');
  if (type === 'double') return formatDouble(Number(value));
  return String(value);
}

/** The form that a value has inside an error message, where a list shows its brackets. */
export function quoteValue(value: ConfigValue, type: ConfigType): string {
  if (value !== null && typeof value === 'object') return `[${value.join(', ')}]`;
  if (type === 'password') return '[hidden]';
  return formatValue(value, type) ?? 'null';
}

/** Cuts what Java's `trim` cuts: every leading and trailing character up to the space. */
export function trimJava(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) <= 0x20) start++;
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end--;
  return text.slice(start, end);
}

function parseBoolean(name: string, text: string): Parsed<boolean> {
  const lower = trimJava(text).toLowerCase();
  if (lower === 'true') return { value: true };
  if (lower === 'false') return { value: false };
  return { problem: invalidValue(name, text, 'Expected value to be either true or false') };
}

function parseInteger(
  name: string,
  text: string,
  type: 'int' | 'short' | 'long',
): Parsed<number | bigint> {
  const trimmed = trimJava(text);
  const problem = invalidValue(name, text, `Not a number of type ${type.toUpperCase()}`);
  if (!INTEGER.test(trimmed)) return { problem };
  const value = BigInt(trimmed.startsWith('+') ? trimmed.slice(1) : trimmed);
  const bound = 1n << (INTEGER_BITS[type] - 1n);
  if (value < -bound || value >= bound) return { problem };
  return { value: type === 'long' ? value : Number(value) };
}

/** A double as Java prints it: always a fraction, and an exponent from 1e7 up and below 1e-3. */
function formatDouble(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  if (size >= 1e-3 && size < 1e7) {
    const plain = String(value);
    return plain.includes('.') ? plain : `${plain}.0`;
  }
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  const fraction = mantissa.includes('.') ? mantissa : `${mantissa}.0`;
  return `${fraction}E${exponent.replace('+', '')}`;
}
