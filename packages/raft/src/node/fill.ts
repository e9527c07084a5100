import type { Effect } from '../events.ts';
import type { RaftApi, Reply } from '../messages.ts';
import type { ReplicatedLog } from './replicated-log.ts';

/** The body of a reply, with the bytes of the log or of a snapshot that it asks for. */
export function filledBody(
  { api, body, fill }: Extract<Effect, { type: 'reply' }>,
  log: Pick<ReplicatedLog, 'read' | 'readSnapshot'>,
): Reply<RaftApi> {
  if (fill === undefined) return body;
  if (api === 'Fetch' && fill.from === 'log') {
    const records = log.read(fill.offset, fill.maxBytes);
    return withBytes(body, 'responses', { records });
  }
  if (api === 'FetchSnapshot' && fill.from === 'snapshot') {
    const unalignedRecords = log.readSnapshot(fill.id, fill.position, fill.maxBytes);
    return withBytes(body, 'topics', { unalignedRecords });
  }
  throw new Error(`${api} has no place for bytes of a ${fill.from}`);
}

interface Topic {
  readonly partitions: readonly object[];
}

function withBytes<K extends string>(
  body: { readonly [T in K]: readonly Topic[] },
  topicsField: K,
  bytes: object,
): Reply<RaftApi> {
  const topics = body[topicsField].map((topic) => ({
    ...topic,
    partitions: topic.partitions.map((partition) => ({ ...partition, ...bytes })),
  }));
  return { ...body, [topicsField]: topics } as unknown as Reply<RaftApi>;
}
