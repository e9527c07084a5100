/** What a member is told beside its tasks; the codes of StreamsGroupHeartbeat. */
export const heartbeatStatus = {
  STALE_TOPOLOGY: 0,
  MISSING_SOURCE_TOPICS: 1,
  INCORRECTLY_PARTITIONED_TOPICS: 2,
  MISSING_INTERNAL_TOPICS: 3,
  SHUTDOWN_APPLICATION: 4,
  ASSIGNMENT_DELAYED: 5,
} as const;

export interface Status {
  readonly statusCode: number;
  readonly statusDetail: string;
}

export function statusOf(statusCode: number, statusDetail: string): Status {
  return { statusCode, statusDetail };
}
