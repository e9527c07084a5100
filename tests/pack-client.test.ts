import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** What people get who install the client alone. */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const run = promisify(execFile);
const largestBytes = 2_000_000;

const program = `
import { type Client, createClient, KafkaClientError } from '@tidelog/client';
import { Kafka, type Producer } from '@tidelog/client/kafkajs';

const client: Client = createClient({ bootstrapServers: ['127.0.0.1:1'] });
async function send(): Promise<number> {
  const producer = client.producer({ compression: 'zstd' });
  const { offset } = await producer.send({ topic: 'orders', key: 'k', value: 'v' });
  return offset;
}
const producer: Producer = new Kafka({ brokers: ['127.0.0.1:1'] }).producer();
export { client, KafkaClientError, producer, send };
`;

/** How a project may look at it; each checks the declarations themselves too. */
const resolutions = [
  { name: 'node16, ESM', file: 'program.mts', options: { module: 'node16' } },
  { name: 'node16, CommonJS', file: 'program.cts', options: { module: 'node16' } },
  {
    name: 'bundler',
    file: 'program.ts',
    options: { module: 'esnext', moduleResolution: 'bundler' },
  },
];

describe('the client, packed and installed alone', () => {
  const project = mkdtempSync(join(tmpdir(), 'tidelog-pack-client-'));
  const installed = join(project, 'node_modules', '@tidelog', 'client');

  beforeAll(async () => {
    const quiet = ['--silent', '--no-audit', '--no-fund'];
    const tarballs = join(project, 'tarballs');
    mkdirSync(tarballs);
    const pack = ['pack', '-w', '@tidelog/client', '--pack-destination', tarballs, ...quiet];
    await run('npm', pack, { cwd: root });
    writeFileSync(join(project, 'package.json'), '{ "name": "empty", "private": true }');
    const tarball = join(tarballs, readdirSync(tarballs)[0]!);
    // Its codecs are optional.
    const args = ['install', '--prefer-offline', '--omit=optional', ...quiet, tarball];
    await run('npm', args, { cwd: project });
  }, 120_000);

  afterAll(() => rmSync(project, { recursive: true, force: true }));

  it('brings nothing else, runs no script, and is small', () => {
    const modules = join(project, 'node_modules');
    expect(readdirSync(modules).filter((name) => !name.startsWith('.'))).toEqual(['@tidelog']);
    expect(readdirSync(join(modules, '@tidelog'))).toEqual(['client']);
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
      dependencies?: object;
      scripts?: object;
    };
    expect(manifest.dependencies).toBeUndefined();
    expect(manifest.scripts).toBeUndefined();
    const files = readdirSync(installed, { recursive: true }).map((f) =>
      join(installed, String(f)),
    );
    const sizes = files.map((file) => statSync(file)).filter((stat) => stat.isFile());
    const bytes = sizes.reduce((sum, { size }) => sum + size, 0);
    expect(bytes).toBeLessThan(largestBytes);
  });

  it('is imported, and required', { timeout: 60_000 }, async () => {
    const use =
      'console.log(typeof createClient, new KafkaClientError("NETWORK_EXCEPTION", "x").code)';
    const names = '{ createClient, KafkaClientError }';
    writeFileSync(join(project, 'a.mjs'), `import ${names} from '@tidelog/client';\n${use}`);
    writeFileSync(join(project, 'a.cjs'), `const ${names} = require('@tidelog/client');\n${use}`);
    const other = 'console.log(new KafkaJSConnectionError("x").name)';
    const otherName = '{ KafkaJSConnectionError }';
    const from = '@tidelog/client/kafkajs';
    writeFileSync(join(project, 'b.mjs'), `import ${otherName} from '${from}';\n${other}`);
    writeFileSync(join(project, 'b.cjs'), `const ${otherName} = require('${from}');\n${other}`);
    const says = { a: 'function NETWORK_EXCEPTION\n', b: 'KafkaJSConnectionError\n' };
    for (const file of ['a.mjs', 'a.cjs', 'b.mjs', 'b.cjs']) {
      const { stdout, stderr } = await run(process.execPath, [file], { cwd: project });
      expect([file, stdout, stderr]).toEqual([file, says[file[0] as 'a' | 'b'], '']);
    }
  });

  it.each(resolutions)('has types for $name', { timeout: 60_000 }, async ({ file, options }) => {
    writeFileSync(join(project, file), program);
    const compilerOptions = {
      target: 'es2023',
      lib: ['es2023', 'esnext.disposable'],
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      types: ['node'],
      typeRoots: [join(root, 'node_modules', '@types')],
      ...options,
    };
    const config = join(project, `${file}.json`);
    writeFileSync(config, JSON.stringify({ compilerOptions, files: [file] }));
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const done = await run(process.execPath, [tsc, '-p', config]).catch(
      (error: { stdout: string }) => error,
    );
    expect(done.stdout).toBe('');
  });
});
