import { describe, expect, it } from 'vitest';
import { Exposition } from './exposition.ts';

describe('the text of metrics', () => {
  it('keeps families together and escapes labels', () => {
    const page = new Exposition();
    page.counter('a_total', 'Counts', 1, { topic: 'plain' });
    page.gauge('b', 'Shows', Number.POSITIVE_INFINITY);
    page.counter('a_total', 'Counts', 2, { topic: 'a "quoted\\\nname' });
    expect(String(page)).toBe(
      '# HELP a_total Counts\n# TYPE a_total counter\n' +
        'a_total{topic="plain"} 1\na_total{topic="a \\"quoted\\\\\\nname"} 2\n' +
        '# HELP b Shows\n# TYPE b gauge\nb +Inf\n',
    );
  });

  it('shows a summary with quantiles, sum and count', () => {
    const page = new Exposition();
    const quantiles = [
      [0.5, 2],
      [0.99, 7],
    ] as const;
    page.summary('t', 'Times', { count: 3, sum: 10, quantiles }, { request: 'Fetch' });
    expect(String(page).split('\n').slice(2)).toEqual([
      't{request="Fetch",quantile="0.5"} 2',
      't{request="Fetch",quantile="0.99"} 7',
      't_sum{request="Fetch"} 10',
      't_count{request="Fetch"} 3',
      '',
    ]);
  });
});
