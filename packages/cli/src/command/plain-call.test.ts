import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { devOptions, startOptions } from '../catalog/broker-options.ts';
import { MemoryTerminal } from '../terminal/memory.test-terminal.ts';
import { buildProgram } from './build-program.ts';
import type { Call } from './call.ts';
import { readPlainCall } from './plain-call.ts';
import type { CommandSpec } from './spec.ts';

type Parsed = Omit<Call, 'terminal'>;

const specs = {
  start: { options: startOptions, args: [{ name: 'file', isOptional: true }] },
  dev: { options: devOptions, args: [] },
} as const;

/** What the parser of the command line makes of it; undefined where it refuses. */
async function parsed(name: keyof typeof specs, words: readonly string[]): Promise<unknown> {
  let call: Parsed | undefined;
  const spec: CommandSpec = {
    name,
    about: '',
    ...specs[name],
    run: async ({ args, settings }: Call) => {
      call = await Promise.resolve({ args, settings });
    },
  };
  const program = buildProgram([spec], [], new MemoryTerminal());
  await program.parseAsync([name, ...words], { from: 'user' }).catch(() => {});
  return call;
}

const plain = (name: keyof typeof specs, words: readonly string[]) =>
  readPlainCall(words, specs[name].options, specs[name].args.length);

describe('readPlainCall', () => {
  it('makes of what it takes what the parser makes', async () => {
    const plainWords = [
      '--port',
      '--data-dir',
      '-X',
      '0',
      'dir',
      'a=b',
      'a=-1',
      'a.properties',
      '',
    ];
    const others = ['--port=1', '-Xa=b', '--help', '--', '-', '--version', '--por'];
    const word = fc.constantFrom(...plainWords, ...others);
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('start' as const, 'dev' as const),
        fc.array(word, { maxLength: 6 }),
        async (name, words) => {
          const call = plain(name, words);
          if (call === null) return;
          taken += 1;
          expect(call).toEqual(await parsed(name, words));
        },
      ),
      { numRuns: 500 },
    );
    expect(taken).toBeGreaterThan(50);
  });

  it('takes what is spelled out', () => {
    expect(plain('start', ['--port', '0', '-X', 'a=1', '--data-dir', 'd', '-X', 'b=2'])).toEqual({
      args: [],
      settings: { port: '0', dataDir: 'd', X: ['a=1', 'b=2'] },
    });
    expect(plain('start', ['server.properties'])).toEqual({
      args: ['server.properties'],
      settings: { X: [] },
    });
  });

  it.each([
    [['--help']],
    [['--port']],
    [['--port=1']],
    [['--port', '-1']],
    [['-Xa=b']],
    [['one', 'two']],
    [['--', 'one']],
  ])('leaves %j to the parser', (words) => {
    expect(plain('start', words)).toBeNull();
  });
});
