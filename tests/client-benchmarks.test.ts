import { describe, expect, it } from 'vitest';
import { merged, type Report, text } from '../benchmarks/client/report.mjs';
import type { Outcome } from '../benchmarks/client/clients.mjs';

const clients = ['@tidelog/client', 'kafkajs 2.2.4', '@platformatic/kafka 1.35.0'];

function report(name: string, samples: [string, Outcome[]][]): Report {
  const task = { what: 'produce' as const, recordBytes: 100, singly: false, codec: 'none' };
  const shape = { name, records: 1000, task };
  const how = { date: '2026-01-01', machine: 'a machine', broker: 'Tidelog', rounds: 1 };
  return { ...how, clients, absent: [], rows: [{ shape, samples }] };
}

function outcome(cpuSeconds: number): Outcome[] {
  return [{ records: 1e6, seconds: 2 * cpuSeconds, cpuSeconds, peakMB: 50 }];
}

describe('the table of clients', () => {
  it('holds ours against kafkajs and the next best, and leaves out what was not measured', () => {
    const samples: [string, Outcome[]][] = [
      ['@tidelog/client', outcome(1)],
      ['kafkajs 2.2.4', outcome(6)],
      ['@platformatic/kafka 1.35.0', outcome(2)],
    ];
    expect(text(report('all', samples))).toContain(
      '| all | CPU µs/record | 1.00 | 6.00 | 2.00 | 6.00 × | 2.00 × (platformatic) |',
    );
    const some = text(report('some', [samples[0]!, samples[1]!, [clients[2]!, []]]));
    expect(some).toContain(
      '| some | records/s | 500,000 | 83,333 |  | 6.00 × | 6.00 × (kafkajs) |',
    );
  });

  it('is made of runs that measured a part each, the last of what was measured again', () => {
    const parts = [report('a', []), report('b', []), report('a', [[clients[0]!, outcome(3)]])];
    const { rows } = merged(parts);
    expect(rows.map(({ shape }) => shape.name)).toEqual(['a', 'b']);
    expect(rows[0]!.samples).toEqual([[clients[0], outcome(3)]]);
  });

  it('says which clients are not there, and why', () => {
    const absent = ['one is not installed here: no compiler'];
    expect(text({ ...report('a', []), absent })).toContain(
      '\none is not installed here: no compiler.',
    );
  });
});
