import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/**
 * Holds the layout of the house: which package may import which, what stays pure, how long a file
 * may be, that every file is used, and under which licences our dependencies come. The lists of
 * exemptions may only shrink.
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** A package imports only packages of a strictly lower rank. */
const ranks: Record<string, number> = {
  native: -1,
  platform: 0,
  protocol: 0,
  network: 1,
  log: 1,
  raft: 1,
  metadata: 2,
  coordinator: 2,
  client: 2,
  broker: 3,
  testing: 5,
  simulator: 5,
  cli: 5,
};

/** Folders of machines that decide: no I/O, no time, no chance, no waiting. */
const pure = [
  'packages/client/src/consumer/machines',
  'packages/client/src/share-consumer/machines',
  'packages/raft/src/election',
  'packages/raft/src/replication',
  'packages/raft/src/snapshot',
  'packages/raft/src/voters',
  'packages/metadata/src/records',
  'packages/metadata/src/image',
  'packages/metadata/src/controller',
  'packages/coordinator/src/assignors',
  'packages/coordinator/src/classic-group',
  'packages/coordinator/src/consumer-group',
  'packages/coordinator/src/group',
  'packages/coordinator/src/metadata-hash',
  'packages/coordinator/src/offsets',
  'packages/coordinator/src/share-group',
  'packages/coordinator/src/share-partition',
  'packages/coordinator/src/streams-group',
  'packages/log/src/producer-state',
];

const impure = [
  /from 'node:/,
  /\bDate\.now\b/,
  /\bnew Date\(/,
  /\bMath\.random\b/,
  /\basync\b/,
  /\bawait\b/,
  /\bsetTimeout\b/,
  /\bsetInterval\b/,
  /\bperformance\b/,
  /\bprocess\.(?!env\.NODE_ENV)/,
];

const longestFile = 400;

const allowedLicences = ['Apache-2.0', 'MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD'];

interface Source {
  readonly path: string;
  readonly text: string;
  readonly imports: string[];
}

function walk(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (name === 'node_modules' || name === 'dist' || name === '.cache') return [];
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
}

function importsOf(text: string): string[] {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^'";]*?from\s*'([^']+)'|import\(\s*'([^']+)'\s*\)/g;
  return [...text.matchAll(pattern)].map((match) => (match[1] ?? match[2])!);
}

/** Those of other files of the package that are there when the program runs. */
function runtimeImportsOf({ path, text }: Source): string[] {
  const pattern = /(?:^|\n)(?:import|export)\s+(?!type\b)[^'";]*?from\s*'(\.[^']+)'/g;
  return Array.from(text.matchAll(pattern), ([, name]) =>
    relative(root, resolve(root, dirname(path), name!)),
  );
}

const sources: Source[] = walk(join(root, 'packages'))
  .filter((path) => path.endsWith('.ts'))
  .map((path) => {
    const text = readFileSync(path, 'utf8');
    return { path: relative(root, path), text, imports: importsOf(text) };
  });
const isTest = (path: string) => path.endsWith('.test.ts');
/** What only tests use stands apart: in a folder `testing` or `facts`, or named `x.test-y.ts`. */
const isForTests = (path: string) => isTest(path) || /\/(testing|facts)\/|\.test-/.test(path);
const packageOf = (path: string) => path.split('/')[1]!;

describe('the layout', () => {
  it('has only packages with a rank', () => {
    expect(readdirSync(join(root, 'packages')).toSorted()).toEqual(Object.keys(ranks).toSorted());
  });

  it('imports only packages of a lower rank, through their index', () => {
    const wrong = sources.flatMap(({ path, imports }) =>
      imports
        .filter((name) => name.startsWith('@tidelog/'))
        .filter((name) => {
          const [, target, ...deeper] = name.split('/');
          return deeper.length > 0 || !(ranks[target!]! < ranks[packageOf(path)]!);
        })
        .map((name) => `${path} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it('names in package.json exactly the packages that the source imports', () => {
    for (const name of Object.keys(ranks)) {
      const manifest = JSON.parse(
        readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'),
      ) as Record<'dependencies' | 'devDependencies', Record<string, string> | undefined>;
      const declared = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
      const imported = new Set(
        sources
          .filter(({ path }) => packageOf(path) === name)
          .flatMap(({ imports }) => imports)
          .filter((from) => from.startsWith('@tidelog/')),
      );
      expect(declared.filter((d) => d.startsWith('@tidelog/')).toSorted(), name).toEqual(
        [...imported].toSorted(),
      );
    }
  });

  it('keeps relative imports inside their package', () => {
    const wrong = sources.flatMap(({ path, imports }) =>
      imports
        .filter((name) => name.startsWith('.'))
        .filter(
          (name) =>
            packageOf(relative(root, resolve(root, dirname(path), name))) !== packageOf(path),
        )
        .map((name) => `${path} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it('has no circles of imports but those of types', () => {
    const left = new Map(sources.map((source) => [source.path, runtimeImportsOf(source)]));
    for (let before = Infinity; left.size < before; ) {
      before = left.size;
      for (const [path, imports] of left) {
        if (!imports.some((name) => left.has(name))) left.delete(path);
      }
    }
    expect([...left.keys()]).toEqual([]);
  });

  it('keeps the pure folders pure', () => {
    const wrong = sources
      .filter(({ path }) => !isTest(path) && pure.some((folder) => path.startsWith(`${folder}/`)))
      .flatMap(({ path, text }) =>
        impure
          .filter((pattern) => pattern.test(text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')))
          .map((pattern) => `${path}: ${pattern.source}`),
      );
    expect(pure.filter((folder) => !existsSync(join(root, folder)))).toEqual([]);
    expect(wrong).toEqual([]);
  });

  it('keeps files short, in whatever language', () => {
    const folders = ['packages', 'conformance', 'benchmarks', 'scripts', 'tests'];
    const code = folders
      .flatMap((folder) => walk(join(root, folder)))
      .filter((path) => /\.(ts|mjs|cjs|java|go|py|c|h)$/.test(path));
    const long = code.filter(
      (path) => readFileSync(path, 'utf8').split('\n').length > longestFile + 1,
    );
    expect(long.map((path) => relative(root, path))).toEqual([]);
  });

  it("has no dead files: each is reached from its package's index, main, worker or other entry", () => {
    const reached = new Set<string>();
    const visit = (path: string) => {
      if (reached.has(path)) return;
      reached.add(path);
      const source = sources.find((s) => s.path === path);
      for (const name of source?.imports ?? []) {
        if (name.startsWith('.')) visit(relative(root, resolve(root, dirname(path), name)));
      }
    };
    for (const { path } of sources) {
      if (/^packages\/[^/]+\/src\/(index|kafkajs|main|([a-z]+-)?worker)\.ts$/.test(path))
        visit(path);
    }
    const product = new Set(reached);
    for (const { path } of sources) if (isTest(path)) visit(path);
    const live = (path: string) => (isForTests(path) ? reached : product).has(path);
    const dead = sources.filter(({ path }) => !live(path)).map(({ path }) => path);
    expect(dead).toEqual([]);
  });

  it('depends only on packages under licences that fit Apache-2.0', () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { dev?: boolean; link?: boolean; license?: string }>;
    };
    const foreign = Object.entries(lock.packages)
      .filter(([path, entry]) => path.startsWith('node_modules/') && !entry.dev && !entry.link)
      .filter(
        ([, { license }]) =>
          !(license ?? '').split(/ OR |[()]/).some((l) => allowedLicences.includes(l)),
      )
      .map(([path, { license }]) => `${path}: ${license}`);
    expect(foreign).toEqual([]);
  });

  it('says nothing of the place where it was made', () => {
    const words = [/\/work\//, /kafka-src/, /registry\.npmjs/, /repo1?\.maven/];
    const wrong = sources
      .filter(({ text }) => words.some((word) => word.test(text)))
      .map(({ path }) => path);
    expect(wrong).toEqual([]);
  });
});
