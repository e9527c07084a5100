import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestBroker, type TestBroker } from './broker.test-broker.ts';
import { catalog } from './catalog/catalog.ts';
import { ExampleShell, examplesOf, normalised } from './examples.test-shell.ts';

/** docs/cli.md says what the commands do: each example is run, in order, against a broker. */
const page = readFileSync(fileURLToPath(new URL('../../../docs/cli.md', import.meta.url)), 'utf8');

/** The table of shapes: a command, and the keys of what it prints, up to what they hold. */
function shapesOf(page: string): [command: string, keys: string[]][] {
  const rows = page.matchAll(/^\| `([a-z][^`]*)` \| (`[^,|]*)/gm);
  return Array.from(rows, ([, command, keys]) => [command!, keys!.match(/[A-Za-z0-9]+/g)!]);
}

describe('docs/cli.md', () => {
  const home = mkdtempSync(join(tmpdir(), 'tidelog-examples-'));
  let broker: TestBroker;
  let shell: ExampleShell;

  beforeAll(async () => {
    broker = await startTestBroker();
    shell = new ExampleShell({
      TIDELOG_BOOTSTRAP_SERVERS: broker.bootstrapServers,
      XDG_CONFIG_HOME: home,
      DATA: broker.dataDirectory,
    });
  }, 60_000);

  afterAll(async () => {
    await broker.stop();
    rmSync(home, { recursive: true, force: true });
  });

  it.each(examplesOf(page))('$line', { timeout: 30_000 }, async ({ line, screen }) => {
    const shown = await shell.run(line.replaceAll('.tidelog/', `${broker.dataDirectory}/`));
    const own = shown.replaceAll(broker.dataDirectory, '.tidelog');
    expect(normalised(own)).toBe(normalised(screen));
  });

  it.each(shapesOf(page))('has the shape of %s', { timeout: 30_000 }, async (command, keys) => {
    const shown = await shell.run(`tidelog ${command} -o jsonl`);
    const [row] = shown.split('\n').filter((line) => line.startsWith('{'));
    expect(Object.keys(JSON.parse(row!) as object)).toEqual(keys);
  });

  it('shows every command', () => {
    const lines = examplesOf(page).map(({ line }) => line);
    const elsewhere = new Set(['start', 'dev', 'format']);
    const missing = catalog
      .filter(({ name, isHidden }) => !isHidden && !elsewhere.has(name))
      .filter(({ name }) => !lines.some((line) => new RegExp(`\\btidelog ${name}\\b`).test(line)));
    expect(missing.map(({ name }) => name)).toEqual([]);
  });
});
