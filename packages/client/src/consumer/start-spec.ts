import { invalidArgument } from '../client-error.ts';
import type { OffsetSpec } from '../cluster/list-offsets.ts';

/** Where to begin: an end of the log, a time (ms since 1970), or so long before now. */
export type StartSpec = OffsetSpec | { readonly durationMs: number };

/** Where to start in a partition without a committed offset, or when an offset is gone. */
export type OffsetReset =
  | 'earliest'
  | 'latest'
  | 'none'
  | `by_duration:${string}`
  | { readonly timestamp: number }
  | { readonly durationMs: number };

const PREFIX = 'by_duration:';
const DAY_MS = 86_400_000;
const DURATION =
  /^P(?:(?<days>\d+)D)?(?:T(?:(?<hours>\d+)H)?(?:(?<minutes>\d+)M)?(?:(?<seconds>\d+(?:\.\d{1,9})?)S)?)?$/i;

/** Milliseconds of an ISO 8601 duration of days and parts of a day, such as `P1DT12H`; undefined otherwise. */
export function parseDuration(text: string): number | undefined {
  const groups = DURATION.exec(text)?.groups;
  if (groups === undefined || /[PT]$/i.test(text)) return undefined;
  const { days = 0, hours = 0, minutes = 0, seconds = 0 } = groups;
  const ms =
    Number(days) * DAY_MS +
    Number(hours) * 3_600_000 +
    Number(minutes) * 60_000 +
    Math.floor(Number(seconds) * 1000);
  return Number.isSafeInteger(ms) ? ms : undefined;
}

/** Null stands for `none`. */
export function resetSpecOf(reset: OffsetReset): StartSpec | null {
  if (reset === 'none') return null;
  if (reset === 'earliest' || reset === 'latest') return reset;
  if (typeof reset === 'string') {
    const text = reset.startsWith(PREFIX) ? reset.slice(PREFIX.length) : '';
    const durationMs = parseDuration(text);
    if (durationMs !== undefined) return { durationMs };
  } else if ('durationMs' in reset ? reset.durationMs >= 0 : Number.isFinite(reset.timestamp)) {
    return reset;
  }
  throw invalidArgument(
    '`autoOffsetReset` is earliest, latest, none, by_duration:PT1H, { timestamp } or { durationMs }',
  );
}

/** What to ask the broker for. `now`: milliseconds since 1970. */
export function offsetSpecOf(spec: StartSpec, now: number): OffsetSpec {
  if (typeof spec === 'string' || 'timestamp' in spec) return spec;
  return { timestamp: Math.max(0, now - spec.durationMs) };
}
