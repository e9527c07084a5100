import type { CleaningJob, JobSegment } from './cleaning-job.ts';

const MAX_RELATIVE_OFFSET = 0x7fffffff;

/**
 * Puts neighbours together that will surely fit one segment, by what they are now: compaction would leave
 * ever smaller segments else. Only segments that begin below `endOffset` have anything to be cleaned.
 */
export function groupSegments(job: CleaningJob, endOffset: number): JobSegment[][] {
  const { segmentBytes, segmentIndexBytes } = job.config;
  const segments = job.segments.filter(({ baseOffset }) => baseOffset < endOffset);
  const groups: JobSegment[][] = [];
  let sizes = { log: 0, offsetIndex: 0, timeIndex: 0 };
  segments.forEach((segment, i) => {
    const group = groups.at(-1);
    const lastOffset = (segments[i + 1]?.baseOffset ?? job.firstUncleanableOffset) - 1;
    const grown = {
      log: sizes.log + segment.sizeBytes,
      offsetIndex: sizes.offsetIndex + segment.offsetIndexBytes,
      timeIndex: sizes.timeIndex + segment.timeIndexBytes,
    };
    const fits =
      group !== undefined &&
      grown.log <= segmentBytes &&
      grown.offsetIndex <= segmentIndexBytes &&
      grown.timeIndex <= segmentIndexBytes &&
      (segment.sizeBytes === 0 || lastOffset - group[0]!.baseOffset <= MAX_RELATIVE_OFFSET);
    if (fits) {
      group.push(segment);
      sizes = grown;
      return;
    }
    groups.push([segment]);
    sizes = {
      log: segment.sizeBytes,
      offsetIndex: segment.offsetIndexBytes,
      timeIndex: segment.timeIndexBytes,
    };
  });
  return groups;
}
