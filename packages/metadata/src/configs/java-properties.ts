import type { Parsed } from './config-value.ts';

/**
 * Reads the text of a Java `.properties` file: `name=value`, `name: value` or `name value`,
 * comments after `#` and `!`, escapes, and lines that go on after a backslash. The last value of
 * a name counts. Kafka reads such files as Latin-1; other characters are written `\uXXXX`. One
 * thing is different from Java: a lone backslash at the end gives no property without a name.
 */
export function parseProperties(text: string): Parsed<Map<string, string>> {
  const properties = new Map<string, string>();
  for (const line of logicalLines(text)) {
    const { name, value } = splitLine(line);
    const [key, content] = [unescape(name), unescape(value)];
    if (key === undefined || content === undefined) {
      return { problem: `Malformed \\uXXXX escape in the line: ${line}` };
    }
    properties.set(key, content);
  }
  return { value: properties };
}

/** Joins lines that go on, and drops blank ones and comments. */
function* logicalLines(text: string): Generator<string> {
  let joined = '';
  let continued = false;
  for (const natural of text.split(/\r\n|\r|\n/)) {
    const line = natural.replace(/^[ \t\f]+/, '');
    // A line that goes on holds no comment, unless nothing of it was there yet.
    if (joined === '' && (line === '' || /^[#!]/.test(line))) {
      if (!continued || line !== '') continue;
    }
    continued = /(^|[^\\])(\\\\)*\\$/.test(line);
    joined += continued ? line.slice(0, -1) : line;
    if (continued) continue;
    if (joined !== '') yield joined;
    joined = '';
  }
  if (joined !== '') yield joined;
}

function splitLine(line: string): { name: string; value: string } {
  let end = 0;
  while (end < line.length && !/[=: \t\f]/.test(line.charAt(end))) {
    end += line.charAt(end) === '\\' ? 2 : 1;
  }
  const value = line.slice(end).replace(/^[ \t\f]*[=:]?[ \t\f]*/, '');
  return { name: line.slice(0, end), value };
}

const ESCAPES = new Map([
  ['t', '\t'],
  ['n', '\n'],
  ['r', '\r'],
  ['f', '\f'],
]);

/** Undefined when a unicode escape is not four hexadecimal digits. */
function unescape(text: string): string | undefined {
  let malformed = false;
  const result = text.replace(/\\(u[0-9a-fA-F]{4}|[^])/g, (_, escape: string) => {
    if (escape.length > 1) return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    malformed ||= escape === 'u';
    return ESCAPES.get(escape) ?? escape;
  });
  return malformed ? undefined : result;
}
