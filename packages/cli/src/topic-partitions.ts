import type { TopicPartition } from '@tidelog/client';
import { CallError } from './command-error.ts';

/** Different for different partitions: a number holds no dash. */
export function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

export function comparePartitions(a: TopicPartition, b: TopicPartition): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  return a.partition - b.partition;
}

/** `0,2,5-7` as numbers. */
export function parsePartitions(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [, first, last] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part.trim()) ?? [];
    const from = Number(first);
    const to = Number(last ?? first);
    if (first === undefined || to < from) {
      throw new CallError(`takes partitions such as 0,2,5-7, not ${text}`);
    }
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}
