import { unitsMs } from '../command/shared-options.ts';
import { CallError } from '../command-error.ts';

/** A place in a partition, before it is looked up there. */
export type Place =
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'offset'; readonly offset: number }
  /** So many offsets after the start, or before the end. */
  | { readonly kind: 'after-start' | 'before-end'; readonly count: number }
  /** The first record at or after this time (ms). */
  | { readonly kind: 'time'; readonly timeMs: number };

export interface OffsetRange {
  readonly from: Place;
  /** The first offset that is left out; null: never stop. */
  readonly until: Place | null;
}

const GRAMMAR =
  'start, end, an offset (100), +10 or -10 from either end, a range (100:200, :end), ' +
  'a time (@2024-01-01, @2024-01-01T10:00:00Z, @1704067200000, @-1h) or a range of times (@-1h:now)';

/** Where to begin and to stop, as people write it; `nowMs` is what relative times count from. */
export function parseOffsetRange(text: string, nowMs: number): OffsetRange {
  const parsed = text.startsWith('@') ? timeRange(text.slice(1), nowMs) : offsetRange(text);
  if (parsed === null) throw new CallError(`${text} says no offsets; known are ${GRAMMAR}`);
  return parsed;
}

/** One place, where a range makes no sense. */
export function parsePlace(text: string, nowMs: number): Place {
  const { from, until } = parseOffsetRange(text, nowMs);
  if (until !== null) throw new CallError(`${text} is a range; one place is needed`);
  return from;
}

function offsetRange(text: string): OffsetRange | null {
  const [first = '', second, ...more] = text.split(':');
  if (more.length > 0) return null;
  const from = first === '' && second !== undefined ? ({ kind: 'start' } as const) : place(first);
  if (from === null) return null;
  if (second === undefined) return { from, until: null };
  const until = place(second);
  return until === null ? null : { from, until };
}

function place(text: string): Place | null {
  if (text === 'start' || text === 'end') return { kind: text };
  const [, sign, digits] = /^([+-]?)(\d{1,15})$/.exec(text) ?? [];
  if (digits === undefined) return null;
  const count = Number(digits);
  if (sign === '') return { kind: 'offset', offset: count };
  return { kind: sign === '+' ? 'after-start' : 'before-end', count };
}

/** A day, a moment, seconds or milliseconds since 1970, a time before now, or an end. */
const TIME =
  /^(?:now|start|end|-\d{1,9}(?:ms|s|m|h|d)|\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)?)?|\d{13}|\d{10})/;

function timeRange(text: string, nowMs: number): OffsetRange | null {
  const [first] = TIME.exec(text) ?? [];
  if (first === undefined) return null;
  const from = timePlace(first, nowMs);
  const rest = text.slice(first.length);
  if (from === null) return null;
  if (rest === '') return { from, until: null };
  const [second] = TIME.exec(rest.slice(1)) ?? [];
  if (!rest.startsWith(':') || second?.length !== rest.length - 1) return null;
  const until = timePlace(second, nowMs);
  return until === null ? null : { from, until };
}

function timePlace(text: string, nowMs: number): Place | null {
  if (text === 'start' || text === 'end') return { kind: text };
  const timeMs = timeOf(text, nowMs);
  return Number.isNaN(timeMs) ? null : { kind: 'time', timeMs };
}

function timeOf(text: string, nowMs: number): number {
  if (text === 'now') return nowMs;
  const [, count, unit] = /^-(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
  if (count !== undefined) return nowMs - Number(count) * unitsMs[unit as keyof typeof unitsMs];
  if (/^\d{13}$/.test(text)) return Number(text);
  if (/^\d{10}$/.test(text)) return Number(text) * 1000;
  // Without a zone a moment is one of UTC, as a day is: the same command means the same everywhere.
  return Date.parse(/T.*(?:Z|[+-]\d\d:\d\d)$|^[^T]*$/.test(text) ? text : `${text}Z`);
}
