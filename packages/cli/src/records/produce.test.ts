import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestBroker, type TestBroker } from '../broker.test-broker.ts';
import { run } from '../program.ts';
import { MemoryTerminal } from '../terminal/memory.test-terminal.ts';

let broker: TestBroker;

beforeAll(async () => {
  broker = await startTestBroker();
}, 60_000);

afterAll(() => broker.stop());

async function call(line: string, input: string) {
  const env = { TIDELOG_BOOTSTRAP_SERVERS: broker.bootstrapServers };
  const terminal = new MemoryTerminal({ env, input });
  return { exitCode: await run(line.split(' '), terminal), terminal };
}

it('keeps the order of the lines, the last of which may have no end', async () => {
  expect((await call('topic create order', '')).exitCode).toBe(0);
  // What is left at the end of the input comes by itself, while the first lines wait for metadata.
  await call('produce order', 'a\nb\nc\nd');
  const { terminal } = await call('consume order --offset :end', '');
  expect(terminal.screen).toBe('a\nb\nc\nd\n');
});

it('keeps the order within each topic that lines name', async () => {
  const lines = Array.from({ length: 100 }, (_, index) => {
    return JSON.stringify({ topic: `named-${index % 2}`, value: String(index) });
  });
  const { terminal } = await call('produce -i json', lines.join('\n'));
  expect(terminal.told.trim().split('\n')).toHaveLength(2);
  const consumed = await call('consume named-1 --offset :end', '');
  const odd = lines.flatMap((_, index) => (index % 2 === 1 ? [String(index)] : []));
  expect(consumed.terminal.screen.trim().split('\n')).toEqual(odd);
});

it.each([
  ['produce x -k :', 'no separator', 'line 1 has no key'],
  ['produce x -i json', '{"value":"a"}\n{', 'line 2: it is no JSON'],
  ['produce -i json', '{"value":"a"}', 'line 1: it names no topic, nor does the call'],
  ['produce x -p 99', 'a', 'x has no partition 99'],
])('%s of %j fails in one sentence', async (line, input, sentence) => {
  await call('topic create x --if-not-exists', '');
  const { exitCode, terminal } = await call(line, input);
  expect(exitCode).toBe(1);
  expect(terminal.told).toContain(sentence);
});
