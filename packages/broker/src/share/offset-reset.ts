import { isFailure } from '@tidelog/log';
import type { Partition } from '../partition/partition.ts';

const DURATION =
  /^by_duration:\+?P(?:\+?(\d+)D)?(?:T(?:\+?(\d+)H)?(?:\+?(\d+)M)?(?:\+?(\d+(?:[.,]\d*)?)S)?)?$/i;

/**
 * Where a share group begins in a partition that it has not read before, by `share.auto.offset.reset`:
 * `earliest`, `latest` (the high watermark) or `by_duration:PnDTnHnMn.nS` back from `now` (KIP-1106).
 */
export function resetOffset({ log }: Partition, reset: string, now: number): number {
  if (reset === 'earliest') return log.logStartOffset;
  if (reset === 'latest') return log.highWatermark;
  const found = log.offsetByTimestamp(now - durationMs(reset));
  if (found === null || isFailure(found)) return log.highWatermark;
  return Math.min(found.offset, log.highWatermark);
}

function durationMs(reset: string): number {
  const [, days, hours, minutes, seconds] = DURATION.exec(reset) ?? [];
  const whole = (Number(days ?? 0) * 24 + Number(hours ?? 0)) * 60 + Number(minutes ?? 0);
  return Math.floor((whole * 60 + Number((seconds ?? '0').replace(',', '.'))) * 1000);
}
