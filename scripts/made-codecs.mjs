// The readers and writers of the records that a broker's start writes and reads, as source in its bundle:
// compiling them at run time took 4 ms of a start.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export const madeCodecs = (root) => ({
  name: 'made-codecs',
  setup(build) {
    build.onLoad({ filter: /protocol[\\/]src[\\/]schema[\\/]made-codecs\.ts$/ }, async () => {
      const load = (file) =>
        import(pathToFileURL(join(root, 'packages', 'protocol', 'dist', file)).href);
      const { readerSource } = await load('schema/compile-reader.js');
      const { writerSource } = await load('schema/compile-writer.js');
      const messages = recordsOf(await load('messages/index.js'));
      const readers = messages.map(({ name, version, flexible, fields }) => {
        const source = readerSource(fields, version, flexible);
        return `['${name} ${version}', function (EMPTY) { ${source} }]`;
      });
      const writers = messages.map(({ name, version, flexible, fields }) => {
        const source = writerSource(fields, { version, flexible, lenient: false });
        return `['${name} ${version}', function (Writer, unsupported, EMPTY) { ${source} }]`;
      });
      return {
        contents: [
          `export const madeReaders = new Map([${readers.join(',\n')}]);`,
          `export const madeWriters = new Map([${writers.join(',\n')}]);`,
        ].join('\n'),
      };
    });
  },
});

/** Records of the metadata log and of its control batches, at the version in which they are written. */
function recordsOf({ metadataRecords, ...named }) {
  const control = Object.values(named).filter(({ name }) => controlRecords.includes(name));
  return [...metadataRecords.values(), ...control].map((message) => {
    const { name, versions, fields } = message;
    return { name, version: versions[1], flexible: message.isFlexible(versions[1]), fields };
  });
}

const controlRecords = [
  'KRaftVersionRecord',
  'LeaderChangeMessage',
  'SnapshotFooterRecord',
  'SnapshotHeaderRecord',
  'VotersRecord',
];
