import type { NewRecordHeader } from '@tidelog/protocol';
import { type HeadersInput, headerList } from '../producer/message.ts';
import type { OtelGetter, OtelSetter } from './otel-api.ts';

/** Headers as whoever reads a trace from them needs them: a key may come twice, and the last counts. */
interface ReadHeader {
  readonly key: string;
  readonly value: Uint8Array | string | null;
}

/** Writes `traceparent` and its like over what was there, as for a message that is passed on. */
export const headerSetter: OtelSetter<NewRecordHeader[]> = {
  set(headers, key, value) {
    const kept = headers.filter((header) => header.key !== key);
    headers.splice(0, headers.length, ...kept, { key, value });
  },
};

export const headerGetter: OtelGetter<readonly ReadHeader[]> = {
  keys: (headers) => headers.map(({ key }) => key),
  get(headers, key) {
    const value = headers.findLast((header) => header.key === key)?.value ?? undefined;
    return typeof value === 'object' ? Buffer.from(value).toString() : value;
  },
};

/** A list of its own, that may be added to. */
export function headersToWrite(headers: HeadersInput | undefined): NewRecordHeader[] {
  return [...headerList(headers)];
}
