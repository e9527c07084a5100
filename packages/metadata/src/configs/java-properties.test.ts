import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseProperties } from './java-properties.ts';

interface PropertiesCheck {
  readonly text: string;
  readonly properties?: Record<string, string>;
  readonly problem?: true;
}

const golden = new URL('facts/java-properties.json', import.meta.url);
const checks = JSON.parse(readFileSync(golden, 'utf8')) as PropertiesCheck[];

describe('a properties file', () => {
  it.each(checks)('is read as java.util.Properties reads it: $text', (check) => {
    const parsed = parseProperties(check.text);
    const answer = 'problem' in parsed ? undefined : Object.fromEntries(parsed.value);
    expect(answer).toEqual(check.properties);
  });

  it('gives back every name and value that was escaped into it', () => {
    const word = fc.string({
      unit: fc.constantFrom(...Array.from('ab \t\f\r\n=:#!\\uü')),
      minLength: 1,
    });
    const separator = fc.constantFrom('=', ':', ' ', ' = ', '\t:\f');
    const entries = fc.array(fc.tuple(word, separator, word), { minLength: 1 });
    fc.assert(
      fc.property(entries, fc.constantFrom('\n', '\r', '\r\n'), (lines, newline) => {
        const text = lines.map(([name, by, value]) => escape(name) + by + escape(value));
        const expected = new Map(lines.map(([name, , value]) => [name, value]));
        expect(parseProperties(text.join(newline))).toEqual({ value: expected });
      }),
    );
  });

  it('keeps the sense of a line that goes on below', () => {
    const value = fc.stringMatching(/^[a-z]+$/);
    const indent = fc.stringMatching(/^[ \t\f]*$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(value, indent), { minLength: 1 }), (parts) => {
        const text = `name=${parts.map(([part, space]) => space + part).join('\\\n')}`;
        const joined = parts.map(([part]) => part).join('');
        expect(parseProperties(text)).toEqual({ value: new Map([['name', joined]]) });
      }),
    );
  });
});

function escape(text: string): string {
  return text.replace(/[^a-z]/g, (char) => {
    if (/[=:#!\\ ]/.test(char)) return `\\${char}`;
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
