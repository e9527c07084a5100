import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBroker, type TestBroker } from '@tidelog/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** The programs of the client's README do what it says that they do. */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const readme = readFileSync(join(root, 'packages', 'client', 'README.md'), 'utf8');

const example =
  /^### (?<title>.+)\n[\s\S]*?```js\n(?<code>[\s\S]*?)```\n\n```text\n(?<says>[\s\S]*?)```/gm;
const examples = Array.from(readme.matchAll(example), ({ groups }) => ({
  title: groups!['title']!,
  code: groups!['code']!,
  says: groups!['says']!,
}));

function run(file: string): Promise<string> {
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  return new Promise((resolve) => child.once('close', () => resolve(said)));
}

describe('the README of the client', { timeout: 60_000 }, () => {
  // Beside the packages, so that their names lead to what is built.
  const folder = mkdtempSync(join(root, 'node_modules', '.tidelog-readme-'));
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await startBroker();
  }, 30_000);

  afterAll(async () => {
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has ten examples', () => {
    expect(examples.map(({ title }) => Number.parseInt(title, 10))).toEqual(
      Array.from({ length: 10 }, (_, i) => i + 1),
    );
  });

  it.each(examples)('$title', async ({ title, code, says }) => {
    const file = join(folder, `${Number.parseInt(title, 10)}.mjs`);
    writeFileSync(file, code.replace('127.0.0.1:9092', broker.bootstrapServers));
    expect(await run(file)).toBe(says);
  });
});
