import { createServer, type AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distance, product } from '../benchmarks/lib/dimensions.mjs';
import { follow } from '../benchmarks/lib/follow.mjs';
import { Histogram } from '../benchmarks/lib/histogram.mjs';
import { paced } from '../benchmarks/lib/paced.mjs';
import { buildBatch } from '../benchmarks/lib/requests.mjs';
import { inTurn, measurePoint, within } from '../benchmarks/lib/rounds.mjs';
import { flameGraph } from '../benchmarks/profile/flame.mjs';
import { fold } from '../benchmarks/profile/fold.mjs';
import { points } from '../benchmarks/questions/index.mjs';
import { cell, exponent, timesBetter } from '../benchmarks/report/cells.mjs';
import { bars, plot } from '../benchmarks/report/plot.mjs';
import { fullTables, pointRows, shortTable } from '../benchmarks/report/table.mjs';
import { median } from '../benchmarks/lib/statistics.mjs';
import { judge, targets } from '../benchmarks/report/targets.mjs';
import { merged } from '../benchmarks/report/write.mjs';

/** What the harness says of numbers is held to numbers that are known. */

const pace = { rounds: 3, warmUpMs: 0, durationMs: 0 };

/** A result whose one figure was measured so. */
function result(samples: Record<string, number[]>, lowerIsBetter = true) {
  return {
    question: 'q',
    group: 'g',
    name: 'n',
    figures: [{ unit: 'ms', lowerIsBetter }],
    headline: [0],
    samples: Object.fromEntries(
      Object.entries(samples).map(([id, list]) => [id, list.map((value) => [value])]),
    ),
    failed: {},
  };
}

describe('the questions', () => {
  it('have names of their own, and figures that are the same in a group', () => {
    expect(new Set(points.map(({ name }) => name)).size).toBe(points.length);
    const figures = new Map<string, unknown>();
    for (const { group, question, figures: own } of points) {
      const key = group ?? question;
      expect(own, key).toEqual(figures.get(key) ?? own);
      figures.set(key, own);
    }
  });

  it('have headlines among their figures', () => {
    for (const { name, figures, headline = [] } of points) {
      for (const index of headline) expect(figures[index], name).toBeDefined();
    }
  });

  it('include those that the targets speak of', () => {
    for (const { point, figure, against } of targets) {
      const found = points.find(({ name }) => name === point);
      expect(found?.figures[figure], point).toBeDefined();
      const names = ['kafka', 'limit', ...points.map(({ name }) => name)];
      expect(names).toContain(against);
    }
  });
});

describe('dimensions', () => {
  it('give every combination, and know how far one is from another', () => {
    const shapes = product({ a: [1, 2], b: ['x', 'y', 'z'] });
    expect(shapes).toHaveLength(6);
    expect(shapes.filter((shape) => distance(shape, { a: 1, b: 'x' }) <= 1)).toHaveLength(4);
  });
});

describe('Histogram', () => {
  it('is never further than its buckets are wide from the exact quantile', () => {
    const latencies = fc.array(fc.double({ min: 0.002, max: 50_000, noNaN: true }), {
      minLength: 1,
    });
    fc.assert(
      fc.property(latencies, fc.constantFrom(0.5, 0.99, 0.999), (samples, fraction) => {
        const histogram = new Histogram();
        for (const sample of samples) histogram.record(sample);
        const sorted = samples.toSorted((a, b) => a - b);
        const exact = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))]!;
        expect(histogram.quantile(fraction) / exact).toBeGreaterThan(0.98);
        expect(histogram.quantile(fraction) / exact).toBeLessThan(1.02);
      }),
    );
  });

  it('has no quantile of nothing', () => {
    const histogram = new Histogram();
    histogram.record(1);
    histogram.clear();
    expect(histogram.quantile(0.5)).toBeNaN();
  });
});

describe('paced', () => {
  it('sends all turns, each due at its own time however late it is sent', async () => {
    const due: number[] = [];
    await paced({ perSecond: 1e6, seconds: 0.001 }, (at) => due.push(at));
    expect(due).toHaveLength(1000);
    expect(due.at(-1)! - due[0]!).toBeCloseTo(0.999, 2);
  });
});

describe('follow', () => {
  it('counts what was due since the measurement began, and not what arrives late', async () => {
    const warmUp = 3;
    const measured = 5;
    let asked = 0;
    let unanswered = 0;
    const server = createServer((socket) => {
      socket.on('data', (chunk) => {
        for (let at = 0; at < chunk.length; at += 4 + chunk.readInt32BE(at)) {
          asked++;
          unanswered++;
        }
        // The first one settles; those of the warm-up wait for one that counts.
        if (asked > 1 && asked <= 1 + warmUp) return;
        const answer = Buffer.alloc(60);
        answer.writeInt32BE(56);
        for (; unanswered > 0; unanswered--) socket.write(answer);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const done = await follow({
      broker: { port: (server.address() as AddressInfo).port, cpuSeconds: () => 0 },
      topic: 'followed',
      partitions: 1,
      producers: 1,
      consumers: 0,
      batch: buildBatch({ batchBytes: 0, recordBytes: 10 }),
      perSecond: 1000,
      warmUpMs: warmUp,
      durationMs: measured,
    });
    server.close();
    expect(asked).toBe(1 + warmUp + measured);
    expect(done.acknowledged.count).toBe(measured);
  });
});

describe('rounds', () => {
  it('go A B, B A', () => {
    expect([0, 1, 2].map((round) => inTurn(['A', 'B'], round).join(''))).toEqual([
      'AB',
      'BA',
      'AB',
    ]);
  });

  it('end a measurement that takes too long', async () => {
    await expect(within(() => new Promise(() => {}), 1)).rejects.toThrow('not done within');
  });

  it('go on with the other server when one fails, and say why', async () => {
    const recovered: string[] = [];
    let taken = 0;
    const point = {
      question: 'q',
      name: 'n',
      figures: [{ unit: 'ms' }],
      variants: ['tidelog', 'kafka'],
      open: ({ broker }: { broker: string }) =>
        Promise.resolve({
          measure: () =>
            broker === 'kafka' && taken > 0
              ? Promise.reject(new Error('it broke'))
              : Promise.resolve([++taken]),
          close: () => Promise.resolve(),
        }),
    };
    const variants = ['tidelog', 'kafka'].map((id) => ({ id, broker: id }));
    const recover = ({ id }: { id: string }) => Promise.resolve(void recovered.push(id));
    const done = await measurePoint(point as never, variants as never, { pace, recover } as never);
    expect(done.samples).toEqual({ tidelog: [[1], [2], [3]], kafka: [] });
    expect(done.failed).toEqual({ kafka: 'it broke' });
    expect(recovered).toEqual(['kafka']);
    expect(pointRows(done).join()).toContain('failed, it broke');
  });
});

describe('what is said of results', () => {
  it('is the median, with the least and the greatest', () => {
    expect(cell(result({ tidelog: [3, 1, 2] }), 'tidelog', 0)).toBe('2.00 (1.00–3.00)');
  });

  it('is how many times better Tidelog is, whichever way better is', () => {
    expect(timesBetter(result({ tidelog: [1], kafka: [4] }), 0)).toBe(4);
    expect(timesBetter(result({ tidelog: [1], kafka: [4] }, false), 0)).toBe(0.25);
    expect(timesBetter(result({ tidelog: [1] }), 0)).toBeNaN();
  });

  it('is by which power a cost grows', () => {
    fc.assert(
      fc.property(fc.double({ min: -1, max: 3, noNaN: true }), (power) => {
        const costs = [10, 100, 1000].map((n): [number, number] => [n, 7 * n ** power]);
        expect(exponent(costs)).toBeCloseTo(power, 6);
      }),
    );
    expect(exponent([[1, 1]])).toBeNaN();
  });

  it('shows a bend of what grows', () => {
    const steps = [1, 10, 100].map((size, i) => ({
      ...result({ tidelog: [[5, 5, 50][i]!] }),
      name: `${size} things`,
      size,
    }));
    expect(fullTables(steps)).toContain('| *in the last step* |  | n^1.00 |');
  });

  it('holds targets against it', () => {
    const target = { text: '', point: 'n', figure: 0, against: 'kafka', wanted: 3 };
    const reached = judge(target, [result({ tidelog: [1], kafka: [4] })]);
    expect(reached).toEqual({ measured: 4, isReached: true });
    const limit = { ...target, against: 'limit', wanted: 0.5 };
    expect(judge(limit, [result({ tidelog: [1] })])).toEqual({ measured: 1, isReached: false });
    expect(judge(target, [])).toBeUndefined();
    const withAddon = [result({ native: [2], kafka: [4] })];
    expect(judge(target, withAddon)).toBeUndefined();
    expect(judge(target, withAddon, 'native')).toEqual({ measured: 2, isReached: false });
  });

  it('shows the floor beside the brokers, which it is not compared with', () => {
    const beside = { ...result({ tidelog: [2], kafka: [4], 'floor-c': [1] }), headline: [0] };
    const rows = pointRows(beside);
    expect(rows.map((row) => row.split('|')[2]!.trim())).toEqual([
      'Tidelog',
      'Apache Kafka 4.3.1',
      'C, and nothing else',
      '*Tidelog is better by*',
    ]);
    expect(shortTable([beside])).not.toContain('C, and nothing else');
  });

  it('takes the middle of two rounds, not the worse of them', () => {
    expect(median([4, 1])).toBe(2.5);
    expect(median([9, 1, 2])).toBe(2);
    expect(median([])).toBeNaN();
  });

  it('takes the later of two measurements', () => {
    const report = { date: '', machine: '', ceiling: '', rounds: 1 };
    const [earlier, later] = [1, 2].map((ms) => ({
      ...report,
      results: [result({ tidelog: [ms] })],
    }));
    expect(merged([earlier!, later!]).results).toEqual(later!.results);
  });

  it('is drawn with a bar to each side of one', () => {
    const worse = result({ tidelog: [8], kafka: [4] });
    const better = result({ tidelog: [1], kafka: [4] });
    const svg = plot(bars([better, worse]), 'of <a> day');
    expect(svg).toContain('class="better"');
    expect(svg).toContain('class="worse"');
    expect(svg).toContain('of &lt;a> day');
  });
});

describe('a profile', () => {
  const frame = (functionName: string) => ({ functionName, url: 'file:///a/b.js', lineNumber: 4 });
  const nodes = [
    { id: 1, callFrame: frame('(root)'), children: [2, 4] },
    { id: 2, callFrame: frame('outer'), children: [3] },
    { id: 3, callFrame: frame('inner') },
    { id: 4, callFrame: frame('(idle)') },
  ];
  const root = fold({ nodes, samples: [2, 3, 3, 4], timeDeltas: [10, 20, 30, 1000] });

  it('becomes a tree of calls, without the time in which nothing runs', () => {
    expect(root.micros).toBe(60);
    const outer = root.calls.get('outer a/b.js:5')!;
    expect(outer.micros).toBe(60);
    expect(outer.calls.get('inner a/b.js:5')!.micros).toBe(50);
  });

  it('is drawn with callers below what they call', () => {
    const svg = flameGraph(root, 'a title');
    expect(svg).toContain('<title>inner a/b.js:5 — 83.3 %, 0 ms</title>');
    const yOf = (name: string) => Number(new RegExp(`<title>${name}.*? y="(\\d+)"`).exec(svg)?.[1]);
    expect(yOf('inner')).toBeLessThan(yOf('outer'));
  });
});
