import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeDisk } from '@tidelog/platform';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTopicId, topicIdFile } from './partition-metadata.ts';

const TOPIC_ID = 'oJCLOtN8T02BzwF1DcWH-_';
const { name, content } = topicIdFile(TOPIC_ID);

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tidelog-topic-id-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function read(text: string): string | null {
  writeFileSync(join(directory, name), text);
  return readTopicId(new NodeDisk(), directory, new Set([name]));
}

describe('partition.metadata', () => {
  it('gives the topic id, with a line end behind it or without', () => {
    expect(read(content)).toBe(TOPIC_ID);
    expect(read(`${content}\n`)).toBe(TOPIC_ID);
    expect(readTopicId(new NodeDisk(), directory, new Set())).toBeNull();
  });

  it('gives none of a file that a crash has cut', () => {
    const found = Array.from(content, (_, length) => read(content.slice(0, length)));
    expect(new Set(found)).toEqual(new Set([null]));
  });
});
