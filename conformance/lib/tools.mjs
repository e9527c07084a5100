/** What the suites run on: fetched from the registries once, kept in the cache. */
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cached, conformanceDir } from './cache.mjs';
import { run, runOrThrow } from './process.mjs';

/** A tool that this machine lacks; its message is the one sentence that the user sees. */
export class Missing extends Error {}

/** For a JVM that lives some seconds: nothing that pays back later. */
export const shortLived = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** @typedef {{ java: string, classPath: string, log4j: string }} JavaTool */

const log4j = join(conformanceDir, 'java', 'log4j2.xml');

/**
 * The files below a folder of conformance/ whose names end so.
 * @param {string} folder
 * @param {string} ending
 */
function sources(folder, ending) {
  return readdirSync(join(conformanceDir, folder), { recursive: true })
    .map(String)
    .filter((file) => file.endsWith(ending))
    .sort()
    .map((file) => join(conformanceDir, folder, file));
}

/**
 * What a pom depends on.
 * @param {string} name of the part of the cache
 * @param {string} pom
 * @param {string[]} [properties]
 */
async function jars(name, pom, properties = []) {
  const version = await run('javac', ['-version']);
  const major = Number(/javac (\d+)/.exec(version.stdout + version.stderr)?.[1] ?? 0);
  if (version.code !== 0 || major < 17) {
    throw new Missing('a Java development kit of version 17 or newer is not on this machine');
  }
  return cached(name, [pom], async (directory) => {
    if ((await run('mvn', ['-version'])).code !== 0) {
      throw new Missing('Maven (mvn) is not on this machine');
    }
    const goal = 'dependency:copy-dependencies';
    const options = [`-DoutputDirectory=${directory}`, '-DincludeScope=runtime', ...properties];
    await runOrThrow('mvn', ['-q', '-B', '-f', pom, goal, ...options]);
  });
}

/**
 * A broker of another release; it has no driver.
 * @param {string} release
 * @returns {Promise<JavaTool>}
 */
export async function kafkaBroker(release) {
  const pom = join(conformanceDir, 'java', 'broker-pom.xml');
  const libs = await jars(`kafka-${release}-jars`, pom, [`-Dkafka.version=${release}`]);
  return { java: 'java', classPath: join(libs, '*'), log4j };
}

/**
 * Apache Kafka's jars and our Java driver, compiled against them.
 * @returns {Promise<JavaTool>}
 */
async function java() {
  const pom = join(conformanceDir, 'java', 'pom.xml');
  const libs = await jars('kafka-jars', pom);
  const files = sources('java/src', '.java');
  const classes = await cached('java-driver', [pom, ...files], async (directory) => {
    await runOrThrow('javac', ['-nowarn', '-d', directory, '-cp', join(libs, '*'), ...files]);
  });
  return {
    java: 'java',
    classPath: `${classes}:${join(libs, '*')}`,
    log4j,
  };
}

/**
 * A Python with the pinned clients.
 * @returns {Promise<string>} its executable
 */
async function python() {
  const version = await run('python3', ['-c', 'import sys, venv; print(sys.version_info[1])']);
  if (version.code !== 0 || Number(version.stdout) < 10) {
    throw new Missing('Python 3.10 or newer with its venv module is not on this machine');
  }
  const requirements = join(conformanceDir, 'python', 'requirements.txt');
  const directory = await cached('python', [requirements], async (venv) => {
    await runOrThrow('python3', ['-m', 'venv', venv]);
    await runOrThrow(join(venv, 'bin', 'pip'), ['install', '-q', '-r', requirements]);
  });
  return join(directory, 'bin', 'python');
}

/**
 * kafkajs and its codecs.
 * @returns {Promise<string>} the directory that holds their node_modules
 */
function node() {
  const files = ['package.json', 'package-lock.json'].map((f) => join(conformanceDir, 'node', f));
  return cached('node', files, async (directory) => {
    for (const file of files) cpSync(file, join(directory, file.slice(file.lastIndexOf('/'))));
    await runOrThrow('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: directory,
    });
  });
}

/**
 * Our franz-go program.
 * @returns {Promise<string>} its executable
 */
async function go() {
  if ((await run('go', ['version'])).code !== 0) throw new Missing('Go is not on this machine');
  const source = join(conformanceDir, 'go');
  const files = [join(source, 'go.mod'), join(source, 'go.sum'), ...sources('go', '.go')];
  const directory = await cached('go', files, async (target) => {
    await runOrThrow('go', ['build', '-o', join(target, 'franz-go'), '.'], { cwd: source });
  });
  return join(directory, 'franz-go');
}

/** kcat, installed by apt-get where that is possible. */
async function kcat() {
  if ((await run('kcat', ['-V'])).code === 0) return 'kcat';
  if (process.getuid?.() === 0) {
    const install = () => run('apt-get', ['install', '-y', 'kcat']);
    if ((await install()).code !== 0) {
      await run('apt-get', ['update']);
      await install();
    }
    if ((await run('kcat', ['-V'])).code === 0) return 'kcat';
  }
  throw new Missing('kcat is not on this machine (on Debian or Ubuntu: apt-get install kcat)');
}

/** Each tool is made ready once, when the first suite asks for it. */
function once(/** @type {() => Promise<any>} */ make) {
  /** @type {Promise<any> | undefined} */
  let made;
  return () => (made ??= make());
}

export const tools = {
  /** @type {() => Promise<JavaTool>} */ java: once(java),
  /** @type {() => Promise<string>} */ python: once(python),
  /** @type {() => Promise<string>} */ node: once(node),
  /** @type {() => Promise<string>} */ go: once(go),
  /** @type {() => Promise<string>} */ kcat: once(kcat),
};

/**
 * The command line of our Java driver.
 * @param {string} mode what it is to do
 * @returns {Promise<[string, ...string[]]>}
 */
export async function javaDriver(mode) {
  const { java, classPath, log4j } = await tools.java();
  const options = ['-Xmx768m', ...shortLived, `-Dlog4j2.configurationFile=${log4j}`];
  return [java, ...options, '-cp', classPath, 'Driver', mode];
}
