import { describe, expect, it } from 'vitest';
import { Events, type InstrumentationEvent } from './events.ts';
import { bothObservers, networkEvents } from './network-events.ts';

const names = {
  REQUEST: 'x.network.request',
  REQUEST_TIMEOUT: 'x.network.request_timeout',
  REQUEST_QUEUE_SIZE: 'x.network.request_queue_size',
} as const;

const sent = {
  clientId: 'me',
  broker: 'b:9092',
  node: 3,
  api: 'Fetch',
  apiKey: 1,
  version: 13,
  correlationId: 7,
};
const ended = { ...sent, durationMs: 20, responseBytes: 99, throttleTimeMs: 0, errorCode: 0 };
const failure = (kind: string) => Object.assign(new Error(kind), { failure: kind });

async function told(play: (observer: ReturnType<typeof networkEvents>) => void) {
  const events = new Events(names, () => {});
  const seen: InstrumentationEvent<unknown>[] = [];
  for (const name of Object.values(names)) events.on(name, (event) => void seen.push(event));
  const before = Date.now();
  play(networkEvents(events));
  await new Promise((resolve) => setImmediate(resolve));
  return { seen: seen.map(({ type, payload }) => ({ type, payload })), before };
}

describe('what kafkajs tells of requests', () => {
  const request = {
    apiKey: 1,
    apiName: 'Fetch',
    apiVersion: 13,
    broker: 'b:9092',
    clientId: 'me',
    correlationId: 7,
    pendingDuration: 0,
    createdAt: expect.any(Number),
    sentAt: expect.any(Number),
  };

  it('is how many wait, and what became of each', async () => {
    const { seen, before } = await told((observer) => {
      observer.sent(sent, 0);
      observer.sent(sent, 2);
      observer.sent(sent, 2);
      observer.ended({ ...ended, error: null });
    });
    expect(seen).toEqual([
      {
        type: 'x.network.request_queue_size',
        payload: { broker: 'b:9092', clientId: 'me', queueSize: 2 },
      },
      { type: 'x.network.request', payload: { ...request, duration: 20, size: 99 } },
    ]);
    const { sentAt } = seen[1]!.payload as { sentAt: number };
    expect(sentAt).toBeGreaterThanOrEqual(before - 20);
    expect(sentAt).toBeLessThanOrEqual(Date.now() - 20);
  });

  it('is that one was not answered in time, and nothing where the connection broke', async () => {
    const { seen } = await told((observer) => {
      observer.ended({ ...ended, error: failure('timed out') });
      observer.ended({ ...ended, error: failure('closed') });
    });
    expect(seen).toEqual([{ type: 'x.network.request_timeout', payload: request }]);
  });

  it('is told to both observers', () => {
    const calls: string[] = [];
    const observer = (name: string) => ({
      sent: () => void calls.push(`${name} sent`),
      ended: () => void calls.push(`${name} ended`),
    });
    const both = bothObservers(observer('one'), observer('two'));
    both.sent(sent, 0);
    both.ended({ ...ended, error: null });
    expect(calls).toEqual(['one sent', 'two sent', 'one ended', 'two ended']);
  });
});
