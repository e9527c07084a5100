import { describe, expect, it } from 'vitest';
import type { Platform } from '@tidelog/platform';
import { runCommand } from './command.ts';
import type { Scenario } from './scenario.ts';
import { Violation, simulate } from './scenario.ts';
import { ignoreCrash } from './world/failures.ts';

/** The smallest program with something to lose: a file of numbers, acknowledged one by one. */
class NumberFile {
  static readonly path = '/numbers';
  readonly acked: number[] = [];
  readonly #platform: Platform;
  readonly #plant: string | undefined;

  constructor(platform: Platform, plant: string | undefined) {
    this.#platform = platform;
    this.#plant = plant;
  }

  async run(count: number): Promise<void> {
    const { disk } = this.#platform;
    const file = disk.open(NumberFile.path, 'write');
    if (this.#plant !== 'no directory sync') disk.syncDirectory('/');
    const start = NumberFile.read(disk).length;
    for (let number = start; number < start + count; number++) {
      file.write(Buffer.of(number + 1), number);
      if (this.#plant !== 'no sync before the ack') await file.sync();
      this.acked.push(number + 1);
    }
  }

  /** The numbers up to the first one that is missing. */
  static read(disk: Platform['disk']): number[] {
    const numbers = disk.exists(NumberFile.path) ? [...disk.readFile(NumberFile.path)] : [];
    const end = numbers.findIndex((number, i) => number !== i + 1);
    return end === -1 ? numbers : numbers.slice(0, end);
  }
}

const appendNumbers: Scenario = {
  name: 'append-numbers',
  plants: ['no sync before the ack', 'no directory sync'],
  async run(world, plant) {
    let crashes = 0;
    for (let at = 1; ; at++) {
      const machine = world.machine(`machine ${at}`);
      const platform = machine.boot();
      platform.disk.crashAtOperation(at);
      const program = new NumberFile(platform, plant);
      const end = program.run(5).catch(ignoreCrash);
      await world.settle(end);
      if (machine.running) return `${crashes} crash points`;
      crashes++;
      const found = NumberFile.read(machine.disk);
      if (program.acked.length > found.length) {
        throw new Violation(`acked ${program.acked.join(' ')}, found ${found.join(' ')}`);
      }
    }
  },
};

describe('simulate', () => {
  it('loses nothing that was acked, at any crash point of any seed', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const outcome = await simulate(appendNumbers, seed);
      expect(outcome).toMatchObject({ covered: '12 crash points' });
    }
  });

  it.each(appendNumbers.plants)('catches the planted bug: %s', async (plant) => {
    const outcomes = await Promise.all(
      [1, 2, 3, 4, 5].map((seed) => simulate(appendNumbers, seed, plant)),
    );
    expect(outcomes.some((outcome) => 'error' in outcome)).toBe(true);
  });

  it('replays a seed exactly, and another seed otherwise', async () => {
    const first = await simulate(appendNumbers, 7);
    expect(await simulate(appendNumbers, 7)).toEqual(first);
    expect((await simulate(appendNumbers, 8)).digest).not.toBe(first.digest);
    const plant = 'no sync before the ack';
    const failure = await simulate(appendNumbers, 7, plant);
    expect((await simulate(appendNumbers, 7, plant)).digest).toBe(failure.digest);
  });
});

describe('the simulate command', () => {
  const run = async (options: Record<string, string>) => {
    const lines: string[] = [];
    const exitCode = await runCommand(options, [appendNumbers], (line) => lines.push(line));
    return { exitCode, output: lines.join('\n') };
  };

  it('plays as many seeds as asked and prints a line for each', async () => {
    const { exitCode, output } = await run({ seed: '5', runs: '2' });
    expect(exitCode).toBe(0);
    expect(output).toMatch(
      /^append-numbers seed 5: ok, 12 crash points, \d+ events, trace [0-9a-f]{16}\nappend-numbers seed 6: ok.*$/,
    );
  });

  it('shows a failure and how to replay it', async () => {
    const plant = 'no sync before the ack';
    const { exitCode, output } = await run({ seed: '1', runs: '5', plant });
    expect(exitCode).toBe(1);
    expect(output).toContain('Violation: acked 1');
    expect(output).toContain(`--scenario append-numbers --seed 1 --plant '${plant}'`);
  });

  it('plays a scenario with all that it has when asked to be thorough', async () => {
    const lines: string[] = [];
    const run = () => Promise.reject(new Violation('thorough'));
    const scenario = { ...appendNumbers, thorough: { ...appendNumbers, run } };
    const print = (line: string) => lines.push(line);
    expect(await runCommand({ seed: '1' }, [scenario], print)).toBe(0);
    expect(await runCommand({ seed: '1', thorough: true }, [scenario], print)).toBe(1);
    expect(lines.at(-1)).toContain('--scenario append-numbers --seed 1 --thorough');
  });

  it('says what can be played', async () => {
    const lines: string[] = [];
    expect(await runCommand({ help: true }, [appendNumbers], (line) => lines.push(line))).toBe(0);
    expect(lines[0]).toContain('Plays every scenario');
    expect(lines[1]).toContain('--scenario append-numbers');
  });

  it('draws a seed when none is given', async () => {
    const [first, second] = [await run({}), await run({})];
    expect(first.exitCode).toBe(0);
    expect(first.output).not.toBe(second.output);
  });

  it.each([
    [{ seed: 'x' }, '--seed takes a whole number.'],
    [{ runs: '0' }, '--runs takes a number from 1 on.'],
    [{ scenario: 'x' }, 'There is no such scenario.'],
    [{ plant: 'x' }, 'There is no such scenario.'],
  ])('says what is wrong with %j', async (options, complaint) => {
    const { exitCode, output } = await run(options);
    expect(exitCode).toBe(2);
    expect(output).toContain(complaint);
    expect(output).toContain('--scenario append-numbers');
  });
});
