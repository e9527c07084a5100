import { describe, expect, it } from 'vitest';
import { parseOffsetRange, parsePlace } from './offset-range.ts';

const now = Date.parse('2024-03-01T12:00:00Z');
const time = (text: string) => ({ kind: 'time', timeMs: Date.parse(text) });

describe('offsets', () => {
  it.each([
    ['start', { kind: 'start' }, null],
    ['end', { kind: 'end' }, null],
    ['17', { kind: 'offset', offset: 17 }, null],
    ['+10', { kind: 'after-start', count: 10 }, null],
    ['-10', { kind: 'before-end', count: 10 }, null],
    ['100:200', { kind: 'offset', offset: 100 }, { kind: 'offset', offset: 200 }],
    [':end', { kind: 'start' }, { kind: 'end' }],
    ['-5:end', { kind: 'before-end', count: 5 }, { kind: 'end' }],
    ['start:+3', { kind: 'start' }, { kind: 'after-start', count: 3 }],
    ['@-1h:now', time('2024-03-01T11:00:00Z'), time('2024-03-01T12:00:00Z')],
    ['@-7d', time('2024-02-23T12:00:00Z'), null],
    ['@2024-01-01', time('2024-01-01T00:00:00Z'), null],
    ['@2024-01-01:2024-02-01', time('2024-01-01T00:00:00Z'), time('2024-02-01T00:00:00Z')],
    ['@2024-01-01T10:30', time('2024-01-01T10:30:00Z'), null],
    ['@2024-01-01T10:30:00+02:00:end', time('2024-01-01T08:30:00Z'), { kind: 'end' }],
    ['@1704067200000', time('2024-01-01T00:00:00Z'), null],
    ['@1704067200:now', time('2024-01-01T00:00:00Z'), time('2024-03-01T12:00:00Z')],
  ])('%s', (text, from, until) => {
    expect(parseOffsetRange(text, now)).toEqual({ from, until });
  });

  it.each([
    '',
    ':',
    'later',
    '1:2:3',
    '100:',
    '1.5',
    '@',
    '@yesterday',
    '@2024-13-01',
    '@2024-01-01x',
    '@-1h:',
    '@1704067200000:5',
    '9999999999999999',
  ])('refuse %j, and tell what they know', (text) => {
    expect(() => parseOffsetRange(text, now)).toThrow(/says no offsets; known are start, end/);
  });

  it('are one place where a range makes no sense', () => {
    expect(parsePlace('end', now)).toEqual({ kind: 'end' });
    expect(() => parsePlace('1:2', now)).toThrow('is a range');
  });
});
